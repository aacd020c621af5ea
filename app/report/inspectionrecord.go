package report

import (
	"fmt"
	"strings"
	"time"
)

// InspectionRecordInput is everything the on-site inspection record 现场检查笔录
// prints. It is complete in itself: nothing is looked up while printing, so the
// same input gives the same bytes.
type InspectionRecordInput struct {
	Language Language
	// OrganizationCopy leaves off everything that is need-to-know 内部掌握:
	// sensitive items, findings, photos and conflicts, without a trace.
	OrganizationCopy bool
	At               time.Time // date of the document, in its properties
	Authority        Text      // the registration authority that inspects
	Number           string    // internal number; the office gives the 文号 at issue

	Organization InspectedOrganization
	Visit        Visit
	Inspectors   []InspectorOnSite
	Checklist    UsedChecklist
	Sections     []Section
	Findings     []Finding
	Photos       []Photo
	Statement    string // what the party said, as typed
	ReadBack     ReadBack
	Signatures   []Signature
	Seal         Seal       // zero = not sealed: the record is a draft
	Conflicts    []Conflict // open ones; with any the record is a draft
}

// InspectedOrganization is the organization as registered on the day.
type InspectedOrganization struct {
	Name                string
	Code                string // unified social credit code or a foreign id
	Kind                Text
	LegalRepresentative string
	Address             string
	SupervisingUnit     string
}

// Visit is the inspection as it was carried out, with what the law asks to be
// shown and told before it begins.
type Visit struct {
	Kind              Text
	Start, End        time.Time // printed in their own zone
	Place             string
	PersonOnSite      string
	PersonRole        string
	CertificatesShown bool
	NoticeShown       bool
	NoticeNumber      string
	NoNoticeReason    string // why no notice was shown
	RightsTold        bool
	RecusalAnswer     string // what the person answered when asked; "" = not recorded
}

// InspectorOnSite is one member of the team.
type InspectorOnSite struct {
	Name        string
	Certificate string // number of the enforcement certificate
	Role        Text   // team leader, inspector, recorder
}

// UsedChecklist pins the checklist by its version and digest.
type UsedChecklist struct {
	Title   Text
	Version string
	Digest  string // SHA-256, in hexadecimal
}

// Section is a part of the checklist.
type Section struct {
	Title Text
	Items []Item
}

// Outcome says which mark is drawn beside an answer and how it is counted.
type Outcome string

// The outcomes of an item. Answers that are neither good nor bad (a number, a
// date) have none.
const (
	NoOutcome     Outcome = ""
	NoProblem     Outcome = "no_problem"
	Problem       Outcome = "problem"
	Partly        Outcome = "partly"
	NotApplicable Outcome = "not_applicable"
	NotChecked    Outcome = "not_checked"
)

// outcomes in the order of the summary, with their marks and colours.
var outcomes = []struct {
	outcome Outcome
	mark    mark
	colour  colour
}{
	{NoProblem, tickMark, jade}, {Problem, crossMark, vermilion}, {Partly, halfMark, amber},
	{NotApplicable, dashMark, slate}, {NotChecked, ringMark, slate},
}

// Item is one item of the checklist and what was found.
type Item struct {
	Code       string
	Text       Text
	Outcome    Outcome
	Answer     Text   // in words
	Note       string // as typed
	Registered string // of a match item: what the register says
	Seen       string // of a match item: what was seen
	Figures    []Figure
	Evidence   []string // numbers of photos
	Sensitive  bool
}

// Figure is a number behind a ratio or count, ready to print.
type Figure struct {
	Label Text
	Value string
}

// Finding is one way in which the organization fell short.
type Finding struct {
	Number           string
	Items            []string // codes
	Text             string
	Severity         string // critical, major, minor or info
	Citations        []Citation
	CorrectiveAction Text
	Deadline         Deadline
	CorrectedOnSpot  bool
	Evidence         []string
	Sensitive        bool
}

// Citation names a provision in Chinese form: 第三十条第一款第三项.
type Citation struct {
	Text       Text
	Edition    string
	Confidence string // anything but "verified_text" prints as to be verified 待核对
}

// Deadline is a day, or days counted from the service of the order.
type Deadline struct {
	Date        time.Time
	Days        int
	WorkingDays bool
}

// Photo is one evidence picture.
type Photo struct {
	Number    string
	Caption   string
	Taken     time.Time
	TakenBy   string
	Digest    string // SHA-256 of the original, in hexadecimal
	File      []byte // JPEG or PNG to print, usually the small copy
	Sensitive bool
	Destroyed bool // unlawful content that two persons had destroyed; there is no File

	// Where File is an edited copy of the photo:
	Copy    string // SHA-256 of the copy, in hexadecimal; "" where it is not
	Hidden  int    // places made unreadable
	Cropped bool
}

// ReadBack says how the record was read before signing.
type ReadBack struct {
	At          time.Time // zero = not read back yet
	ReadAloud   bool      // read out; otherwise read by the person
	Corrections string    // what was changed at the read-back, "" = nothing
}

// SignatureKind says how a person signed.
type SignatureKind string

const (
	Drawn   SignatureKind = "drawn"   // on the pad; Image is the drawing
	OnPaper SignatureKind = "paper"   // space is left to sign in ink
	Refused SignatureKind = "refused" // with reason and witness or recorder reference
)

// Signature is one person's, or the place for it.
type Signature struct {
	Kind        SignatureKind
	Role        Text
	Name        string
	Certificate string
	At          time.Time
	Image       []byte // PNG
	Party       bool   // the person on site; signs the foot of every page
	Initials    []byte // PNG for the foot of every page, drawn for that purpose
	Remarks     string // what the person added to the signature
	Reason      string // of the refusal
	Witness     string // of the refusal: a person, or the number of the recorder file
}

// Seal is the entry that closed the record.
type Seal struct {
	Hash string // with its algorithm: sha256:…
	At   time.Time
	By   string
}

// Conflict is a value that two devices left different and nobody settled yet.
type Conflict struct {
	Where     Text
	Values    []ConflictValue
	Sensitive bool
}

// ConflictValue is one side of a conflict.
type ConflictValue struct {
	Value string
	By    string
	At    time.Time
}

// InspectionRecord prints the on-site inspection record. A record that is not
// sealed, or that has open conflicts, carries a watermark and says why. The
// warnings of the document are for the person who is about to print it.
func InspectionRecord(in InspectionRecordInput) (Document, error) {
	w, err := newWords(in.Language)
	if err != nil {
		return Document{}, err
	}
	r := &inspectionRecord{words: w, sheet: newSheet(), in: in}
	if in.OrganizationCopy {
		r.in = withoutSensitive(in)
	}
	r.draft = in.Seal.Hash == "" || len(in.Conflicts) > 0
	r.readPhotos()

	r.head()
	r.draftBox()
	r.basics()
	r.rights()
	r.items()
	r.findings()
	r.evidence()
	r.statement()
	r.signatures()
	if err := r.seal(); err != nil {
		return Document{}, err
	}
	r.photos()

	digest := r.sheet.contentDigest()
	if in.Seal.Hash != "" {
		r.digestLine(digest)
	}
	r.feet(digest)
	language := "zh-CN"
	if in.Language == English {
		language = "en"
	}
	authority, _ := w.of(in.Authority)
	title := inline(w.main("report.record.title"), w.second("report.record.title"))
	return r.sheet.document(properties{
		title:    strings.TrimSpace(title + "  " + in.Number),
		author:   authority,
		subject:  in.Organization.Name,
		language: language,
		at:       in.At,
	}, digest, r.warnings)
}

// withoutSensitive gives a copy of in without what is need-to-know. A photo
// that only sensitive items and findings point to goes with them.
func withoutSensitive(in InspectionRecordInput) InspectionRecordInput {
	open, hidden := map[string]bool{}, map[string]bool{}
	var sections []Section
	for _, s := range in.Sections {
		var items []Item
		for _, it := range s.Items {
			into := open
			if it.Sensitive {
				into = hidden
			} else {
				items = append(items, it)
			}
			for _, n := range it.Evidence {
				into[n] = true
			}
		}
		if len(items) > 0 {
			sections = append(sections, Section{s.Title, items})
		}
	}
	secretItem := map[string]bool{}
	for _, s := range in.Sections {
		for _, it := range s.Items {
			if it.Sensitive {
				secretItem[it.Code] = true
			}
		}
	}
	var findings []Finding
	for _, f := range in.Findings {
		secret := f.Sensitive
		for _, code := range f.Items {
			secret = secret || secretItem[code]
		}
		into := open
		if secret {
			into = hidden
		} else {
			findings = append(findings, f)
		}
		for _, n := range f.Evidence {
			into[n] = true
		}
	}
	var photos []Photo
	for _, p := range in.Photos {
		if !p.Sensitive && (open[p.Number] || !hidden[p.Number]) {
			photos = append(photos, p)
		}
	}
	var conflicts []Conflict
	for _, c := range in.Conflicts {
		if !c.Sensitive {
			conflicts = append(conflicts, c)
		}
	}
	in.Sections, in.Findings, in.Photos, in.Conflicts = sections, findings, photos, conflicts
	return in
}

// inspectionRecord is one record being laid out.
type inspectionRecord struct {
	words
	sheet    *sheet
	in       InspectionRecordInput
	draft    bool
	chapter  int
	pictures map[string]*picture // by photo number
	drawn    map[string]*picture // signatures, by their bytes
	warnings []Warning
	digestAt struct { // where the digest line goes
		page int
		x, y float64
	}
}

// The styles of the record.
var (
	recordTitle = style{face: heading, size: 22, lead: 11, colour: black}
	recordFrom  = style{face: heading, size: 14, lead: 7, colour: black}
	titleSecond = style{face: label, size: 10, lead: 5, colour: grey}
	chapter     = style{face: heading, size: 12, lead: 6.4, colour: black}
	field       = style{face: label, size: 9, lead: 4.7, colour: black}
	columnHead  = style{face: heading, size: 9, lead: 4.6, colour: black}
	value       = style{face: body, size: 10, lead: 5, colour: black}
	written     = style{face: body, size: 10.5, lead: 6, colour: black}
	answer      = style{face: heading, size: 9, lead: 5, colour: black}
	under       = style{face: label, size: 7.2, lead: 3.5, colour: grey} // English beneath Chinese
	underWide   = style{face: label, size: 8, lead: 4.2, colour: grey}
	fine        = style{face: label, size: 7.5, lead: 3.8, colour: grey}
)

// pair gives a main text and the English beneath it as blocks.
func pair(main, second string, st, below style) []block {
	below.centre, below.right = st.centre, st.right
	out := []block{{text: main, style: st}}
	if second != "" {
		out = append(out, block{text: second, style: below})
	}
	return out
}

// said gives the words of a key as blocks.
func (r *inspectionRecord) said(key string, st, below style, args ...any) []block {
	return pair(r.main(key, args...), r.second(key, args...), st, below)
}

// quoting gives the words of a key around something typed. In a bilingual
// document the English line beneath is the label only: what was typed stands
// once.
func (r *inspectionRecord) quoting(key string, st, below style, args ...any) []block {
	return pair(r.main(key, args...), r.second(key+".label"), st, below)
}

// told gives a Text as blocks.
func (r *inspectionRecord) told(t Text, st, below style) []block {
	main, second := r.of(t)
	return pair(main, second, st, below)
}

// typed gives what somebody typed as one block; "—" when it is empty, so that
// an empty field cannot be filled in later.
func typed(text string, st style) []block {
	if strings.TrimSpace(text) == "" {
		text = "—"
	}
	return []block{{text: text, style: st}}
}

func (r *inspectionRecord) table() *table {
	line := hairline
	return &table{sheet: r.sheet, padX: 1.8, padY: 1.1, border: &line, again: r.main("report.continued"), onSplit: fine}
}

// labelled is a field: its name on a pale ground and its value.
func labelled(name []block, w float64, content []block, w2 float64) []cell {
	ground := band
	return []cell{{width: w, blocks: name, fill: &ground, middle: true}, {width: w2, blocks: content, middle: true}}
}

// chapterHead begins a chapter; keep millimetres of it stay with its heading.
func (r *inspectionRecord) chapterHead(key string, keep float64) {
	s := r.sheet
	s.need(12.5 + keep)
	if s.y > top {
		s.y += 4.5
	}
	r.chapter++
	name := r.main(key)
	number := fmt.Sprintf("%d. ", r.chapter)
	if r.language != English {
		number = string([]rune("一二三四五六七八九十")[r.chapter-1]) + "、"
	}
	second := r.second(key)
	s.bookmark(inline(number+name, second), 0)
	s.text(left, s.y+4.8, chapter, number+name)
	if second != "" {
		s.text(left+chapter.width(number+name)+3, s.y+4.8, titleSecond, second)
	}
	s.y += 7.6
}

func (r *inspectionRecord) head() {
	s := r.sheet
	if r.in.OrganizationCopy {
		s.text(left, s.y, fine.in(black), inline(r.main("report.organization_copy"), r.second("report.organization_copy")))
	}
	s.y += 2
	from, fromSecond := r.of(r.in.Authority)
	for _, b := range pair(from, fromSecond, recordFrom.centred(), titleSecond) {
		s.paragraphs(b)
	}
	s.y += 3
	title := r.main("report.record.title")
	s.bookmark(inline(title, r.second("report.record.title")), 0)
	spread := 0.0
	if r.language != English {
		spread = 5 // points between the characters, as titles are set
	}
	wide := recordTitle.width(title) + spread*mmPerPoint*float64(len([]rune(title))-1)
	s.draw(textOp{x: (left + right - wide) / 2, y: s.y + 8.5, text: title, style: recordTitle, spread: spread})
	s.y += 12
	if second := r.second("report.record.title"); second != "" {
		s.text((left+right)/2, s.y+3, titleSecond.centred(), second)
		s.y += 5
	}
	s.y += 4
	number := r.in.Number
	if number == "" {
		number = r.main("report.no_number")
	}
	s.text(right, s.y, style{face: body, size: 10.5, colour: black, right: true}, r.main("report.number", "number", number))
	s.y += 2.2
	s.draw(pathOp{points: []float64{left, s.y, right, s.y}, colour: black, line: 0.7},
		pathOp{points: []float64{left, s.y + 1, right, s.y + 1}, colour: black, line: 0.2})
	s.y += 3.5
	if r.language != Chinese {
		key := "report.chinese_prevails"
		text := r.main(key)
		if r.language == Both {
			text += "  " + r.second(key)
		}
		s.paragraphs(block{text: text, style: fine})
		s.y += 1
	}
}

// draftBox says why this is no record yet, and lists what is open.
func (r *inspectionRecord) draftBox() {
	if !r.draft {
		return
	}
	red := vermilion
	t := &table{sheet: r.sheet, padX: 2.5, padY: 1.6, border: &red, again: r.main("report.continued"), onSplit: fine}
	strong, plain := answer.in(vermilion), field
	var blocks []block
	if r.in.Seal.Hash == "" {
		blocks = append(blocks, r.said("report.draft.unsealed", strong, under)...)
	}
	if n := len(r.in.Conflicts); n > 0 {
		blocks = append(blocks, r.said("report.draft.conflicts", strong, under, "count", n)...)
		for i, c := range r.in.Conflicts {
			main, second := r.of(c.Where)
			blocks = append(blocks, block{text: fmt.Sprintf("%d. %s", i+1, inline(main, second)), style: plain, above: 0.8})
			for _, v := range c.Values {
				at, _ := r.dateTime(v.At)
				blocks = append(blocks, block{text: "     " + r.main("report.draft.value", "value", v.Value, "name", v.By, "time", at), style: plain})
			}
		}
	}
	if len(blocks) == 0 { // the open conflicts are not for this copy
		blocks = r.said("report.draft.unsealed", strong, under)
	}
	t.row(cell{width: width, blocks: blocks})
	r.sheet.y += 3
}

func (r *inspectionRecord) basics() {
	r.chapterHead("report.chapter.basics", 30)
	t := r.table()
	const first, second, name = 80.0, width - 80, 30.0
	label := func(key string) []block { return r.said(key, field.centred(), under) }
	one := func(key string, content []block) { t.row(labelled(label(key), name, content, width-name)...) }
	two := func(key string, content []block, key2 string, content2 []block) {
		t.row(append(labelled(label(key), name, content, first-name), labelled(label(key2), name, content2, second-name)...)...)
	}
	o, v := r.in.Organization, r.in.Visit
	kind := func(t Text) []block {
		if t == (Text{}) {
			return typed("", value)
		}
		return r.told(t, value, under)
	}
	one("report.organization", typed(o.Name, style{face: heading, size: 10, lead: 5.2, colour: black}))
	two("report.code", typed(o.Code, value), "report.kind_of_organization", kind(o.Kind))
	two("report.legal_representative", typed(o.LegalRepresentative, value), "report.supervising_unit", typed(o.SupervisingUnit, value))
	one("report.address", typed(o.Address, value))
	one("report.inspection_kind", kind(v.Kind))
	time, timeSecond := r.period(v.Start, v.End)
	one("report.time", pair(orDash(time), timeSecond, value, under))
	one("report.place", typed(v.Place, value))
	two("report.person_on_site", typed(v.PersonOnSite, value), "report.person_role", typed(v.PersonRole, value))
	var team []block
	for _, i := range r.in.Inspectors {
		main, second := r.of(i.Role)
		team = append(team, pair(r.main("report.inspector_line", "name", i.Name, "role", main, "certificate", i.Certificate),
			r.second("report.inspector_line", "name", i.Name, "role", orMain(second, main), "certificate", i.Certificate), value, under)...)
	}
	if team == nil {
		team = typed("", value)
	}
	one("report.inspectors", team)
	c := r.in.Checklist
	title, titleEnglish := r.of(c.Title)
	list := pair(orDash(strings.TrimSpace(title+"  "+r.versionOf(c))), titleEnglish, value, under)
	if c.Digest != "" {
		list = append(list, block{text: "SHA-256 " + c.Digest, style: under})
	}
	one("report.checklist", list)
}

func (r *inspectionRecord) versionOf(c UsedChecklist) string {
	if c.Version == "" {
		return ""
	}
	return r.main("report.version", "version", c.Version)
}

// orDash gives "—" for an empty text.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// orMain gives second, or main when there is no second.
func orMain(second, main string) string {
	if second == "" {
		return main
	}
	return second
}

// rights records that certificates and notice were shown and rights told.
func (r *inspectionRecord) rights() {
	v := r.in.Visit
	box := func(done bool) mark {
		if done {
			return checkedBox
		}
		return emptyBox
	}
	var blocks []block
	say := func(m mark, lines func(string, style, style, ...any) []block, key string, args ...any) {
		b := lines(key, value, under, args...)
		b[0].mark = m
		b[0].above = 0.6
		for i := range b[1:] {
			b[i+1].mark = blankMark
		}
		blocks = append(blocks, b...)
	}
	say(box(v.CertificatesShown), r.said, "report.rights.certificates")
	switch {
	case v.NoticeShown:
		say(checkedBox, r.said, "report.rights.notice", "number", orDash(v.NoticeNumber))
	case v.NoNoticeReason != "":
		say(emptyBox, r.quoting, "report.rights.no_notice", "reason", v.NoNoticeReason)
	default:
		say(emptyBox, r.said, "report.rights.notice", "number", orDash(v.NoticeNumber))
	}
	say(box(v.RightsTold), r.said, "report.rights.told")
	recusal := v.RecusalAnswer
	asked := checkedBox
	if recusal == "" {
		asked, recusal = emptyBox, r.main("report.not_recorded")
	}
	say(asked, r.quoting, "report.rights.recusal", "answer", recusal)
	if !v.CertificatesShown || !v.RightsTold || v.RecusalAnswer == "" || !v.NoticeShown && v.NoNoticeReason == "" {
		b := r.said("report.rights.incomplete", field.in(vermilion), under)
		b[0].above = 1
		blocks = append(blocks, b...)
	}
	t := r.table()
	t.whole = true
	all := cell{width: width, blocks: blocks}
	r.chapterHead("report.chapter.rights", t.height(all))
	t.row(all)
}

func (r *inspectionRecord) items() {
	r.chapterHead("report.chapter.items", 58)
	counts, total := map[Outcome]int{}, 0
	for _, s := range r.in.Sections {
		for _, it := range s.Items {
			counts[it.Outcome]++
			total++
		}
	}
	if total == 0 {
		r.sheet.paragraphs(r.said("report.items.none", written, underWide)...)
		return
	}
	sum := func(words func(string, ...any) string) string {
		parts := words("report.items.total", "count", total)
		for _, o := range outcomes {
			if n := counts[o.outcome]; n > 0 {
				parts += words("report.items.counted", "outcome", words("report.outcome."+string(o.outcome)), "count", n)
			}
		}
		if n := counts[NoOutcome]; n > 0 {
			parts += words("report.items.counted", "outcome", words("report.outcome.other"), "count", n)
		}
		return parts + words("report.items.end")
	}
	b := []block{{text: sum(r.main), style: value}}
	if r.language == Both {
		b = append(b, block{text: sum(r.second), style: under})
	}
	r.sheet.paragraphs(b...)
	r.sheet.y += 1.5

	widths := []float64{17, 55, 27, width - 99}
	t := r.table()
	ground := band
	columns := func() {
		var cells []cell
		for i, key := range []string{"report.item.code", "report.item.text", "report.item.answer", "report.item.record"} {
			cells = append(cells, cell{width: widths[i], blocks: r.said(key, columnHead.centred(), under), fill: &ground, middle: true})
		}
		t.row(cells...)
	}
	t.header = columns
	columns()
	item := func(it Item) []cell {
		return []cell{
			{width: widths[0], blocks: []block{{text: it.Code, style: field.centred()}}},
			{width: widths[1], blocks: r.told(it.Text, value, under)},
			{width: widths[2], blocks: r.answerOf(it)},
			{width: widths[3], blocks: r.recordOf(it)},
		}
	}
	for _, s := range r.in.Sections {
		if len(s.Items) == 0 {
			continue
		}
		main, second := r.of(s.Title)
		pale := colour{0xF7, 0xF8, 0xFA}
		name := cell{width: width, blocks: []block{{text: inline(main, second), style: columnHead}}, fill: &pale, middle: true}
		// A section's name never stands alone at the foot of a page.
		r.sheet.need(t.height(name) + min(t.height(item(s.Items[0])...), shortRow+2*t.padY))
		if r.sheet.y <= top+0.01 {
			columns()
		}
		r.sheet.bookmark(inline(main, second), 1)
		t.row(name)
		for _, it := range s.Items {
			t.row(item(it)...)
		}
	}
}

// answerOf gives the answer in words with its drawn mark.
func (r *inspectionRecord) answerOf(it Item) []block {
	main, second := r.of(it.Answer)
	if main == "" {
		if it.Outcome == NoOutcome {
			return typed("", value)
		}
		main, second = r.main("report.outcome."+string(it.Outcome)), r.second("report.outcome."+string(it.Outcome))
	}
	b := pair(main, second, answer, under)
	for _, o := range outcomes {
		if o.outcome == it.Outcome {
			b[0].mark, b[0].style.colour = o.mark, o.colour
			for i := range b[1:] {
				b[i+1].mark = blankMark
			}
		}
	}
	return b
}

// recordOf gives what was written down for an item.
func (r *inspectionRecord) recordOf(it Item) []block {
	var b []block
	if it.Registered != "" || it.Seen != "" {
		b = append(b, block{text: r.main("report.item.registered", "value", orDash(it.Registered)), style: value},
			block{text: r.main("report.item.seen", "value", orDash(it.Seen)), style: value})
	}
	for _, f := range it.Figures {
		main, second := r.of(f.Label)
		b = append(b, pair(r.main("report.item.figure", "label", main, "value", f.Value), second, value, under)...)
	}
	if strings.TrimSpace(it.Note) != "" {
		b = append(b, block{text: it.Note, style: value})
	}
	b = append(b, r.evidenceLine(it.Evidence)...)
	if it.Sensitive {
		b = append(b, r.said("report.sensitive", answer.in(vermilion), under)...)
	}
	if b == nil {
		return typed("", value)
	}
	return b
}

// evidenceLine names the photos that this copy shows and leads to the first.
func (r *inspectionRecord) evidenceLine(numbers []string) []block {
	var shown []string
	for _, n := range numbers {
		for _, p := range r.in.Photos {
			if p.Number == n {
				shown = append(shown, n)
				break
			}
		}
	}
	if shown == nil {
		return nil
	}
	b := block{text: r.main("report.evidence.line", "numbers", strings.Join(shown, r.main("report.list_comma"))), style: field.in(ink), anchor: "photo " + shown[0]}
	if r.language == Both {
		b.text += "  " + r.second("report.evidence.short")
	}
	return []block{b}
}

// findings prints each finding as a small form of its own.
func (r *inspectionRecord) findings() {
	t := r.table()
	for i, f := range r.in.Findings {
		title, rows := r.finding(f)
		high := 0.0
		for _, cells := range rows {
			high += t.height(cells...)
		}
		if high > 90 { // too long to move as a whole: its head and beginning stay together
			high = 30
		}
		if i == 0 {
			r.chapterHead("report.chapter.findings", high)
		} else {
			r.sheet.y += 2.5
			r.sheet.need(high)
		}
		r.sheet.bookmark(title, 1)
		t.header = nil
		for n, cells := range rows {
			t.row(cells...)
			if n == 0 {
				t.header = func() { t.row(cells...) } // what goes on overleaf says whose it is
			}
		}
	}
	if len(r.in.Findings) == 0 {
		r.chapterHead("report.chapter.findings", 12)
		r.sheet.paragraphs(r.said("report.findings.none", written, underWide)...)
	}
}

// finding gives the rows of the form, its head first.
func (r *inspectionRecord) finding(f Finding) (title string, rows [][]cell) {
	ground := band
	const name = 30.0
	label := func(key string) []block { return r.said(key, field.centred(), under) }
	severity := columnHead
	switch f.Severity {
	case "critical", "major":
		severity.colour = vermilion
	case "minor":
		severity.colour = amber
	}
	key := "report.severity." + f.Severity
	title = inline(r.main("report.finding.head", "number", f.Number), r.second("report.finding.head", "number", f.Number))
	about := ""
	if len(f.Items) > 0 {
		about = r.main("report.finding.items", "items", strings.Join(f.Items, r.main("report.list_comma")))
	}
	facts := typed(f.Text, value)
	facts = append(facts, r.evidenceLine(f.Evidence)...)
	if f.Sensitive {
		facts = append(facts, r.said("report.sensitive", answer.in(vermilion), under)...)
	}
	action := typed("", value)
	if f.CorrectiveAction != (Text{}) {
		action = r.told(f.CorrectiveAction, value, under)
	}
	return title, [][]cell{
		{
			{width: 62, blocks: []block{{text: title, style: columnHead}}, fill: &ground, middle: true},
			{width: 46, blocks: []block{{text: inline(r.main(key), r.second(key)), style: severity.centred()}}, fill: &ground, middle: true},
			{width: width - 108, blocks: []block{{text: about, style: field.centred()}}, fill: &ground, middle: true},
		},
		labelled(label("report.finding.facts"), name, facts, width-name),
		labelled(label("report.finding.basis"), name, r.citations(f.Citations), width-name),
		labelled(label("report.finding.action"), name, action, width-name),
		labelled(label("report.finding.deadline"), name, r.deadline(f), width-name),
	}
}

func (r *inspectionRecord) citations(list []Citation) []block {
	var b []block
	for _, c := range list {
		main, second := r.of(c.Text)
		if c.Edition != "" {
			main = r.main("report.citation", "provision", main, "edition", c.Edition)
		}
		if c.Confidence != "verified_text" {
			main += r.main("report.to_be_verified")
			if second != "" {
				second += r.second("report.to_be_verified")
			}
		}
		b = append(b, pair(main, second, value, under)...)
	}
	if b == nil {
		return typed("", value)
	}
	return b
}

func (r *inspectionRecord) deadline(f Finding) []block {
	switch d := f.Deadline; {
	case f.CorrectedOnSpot:
		return r.said("report.deadline.corrected", value, under)
	case !d.Date.IsZero():
		main, second := r.date(d.Date)
		if second != "" {
			second = r.second("report.deadline.date", "date", second)
		}
		return pair(r.main("report.deadline.date", "date", main), second, value, under)
	case d.Days > 0 && d.WorkingDays:
		return r.said("report.deadline.working_days", value, under, "days", d.Days)
	case d.Days > 0:
		return r.said("report.deadline.days", value, under, "days", d.Days)
	}
	return typed("", value)
}

// readPhotos opens the pictures. One that cannot be shown gets a frame that
// says so and a warning: the record must not fail over it.
func (r *inspectionRecord) readPhotos() {
	r.pictures = map[string]*picture{}
	for _, p := range r.in.Photos {
		if p.Destroyed {
			continue
		}
		picture, err := readPicture(p.File)
		if err != nil {
			r.warnings = append(r.warnings, Warning{Message: "report.warning.photo", Args: map[string]any{"number": p.Number}})
			continue
		}
		r.pictures[p.Number] = picture
	}
}

// evidence lists the photos with the digests that prove them unchanged.
func (r *inspectionRecord) evidence() {
	r.chapterHead("report.chapter.evidence", 34)
	if len(r.in.Photos) == 0 {
		r.sheet.paragraphs(r.said("report.evidence.none", written, underWide)...)
		return
	}
	widths := []float64{15, 56, 29, 22, width - 122}
	t := r.table()
	ground := band
	columns := func() {
		var cells []cell
		for i, key := range []string{"report.evidence.number", "report.evidence.caption", "report.evidence.taken", "report.evidence.taken_by", "report.evidence.digest"} {
			cells = append(cells, cell{width: widths[i], blocks: r.said(key, columnHead.centred(), under), fill: &ground, middle: true})
		}
		t.row(cells...)
	}
	t.header = columns
	columns()
	for _, p := range r.in.Photos {
		t.row(
			cell{width: widths[0], blocks: []block{{text: p.Number, style: field.centred(), anchor: "photo " + p.Number}}, middle: true},
			cell{width: widths[1], blocks: typed(p.Caption, value), middle: true},
			cell{width: widths[2], blocks: typed(p.Taken.Format(stampFormat(p.Taken)), field.centred()), middle: true},
			cell{width: widths[3], blocks: typed(p.TakenBy, value.centred()), middle: true},
			cell{width: widths[4], blocks: r.digests(p, widths[4]-2*t.padX), middle: true},
		)
	}
}

// digests gives the digest of the original and, where an edited copy is shown,
// says so with the digest of the copy.
func (r *inspectionRecord) digests(p Photo, w float64) []block {
	st := style{face: label, size: 7.5, lead: 3.6, colour: black, centre: true}
	b := digestLines(p.Digest, 2, st, w)
	if p.Copy == "" {
		return b
	}
	main, second := r.editedAs(p)
	b = append(b, pair(main, second, fine.in(ink).centred(), under)...)
	return append(b, digestLines(p.Copy, 2, st.in(grey), w)...)
}

// editedAs says what an edited copy leaves off.
func (r *inspectionRecord) editedAs(p Photo) (main, second string) {
	say := func(words func(string, ...any) string) string {
		out := words("report.photo.copy")
		if p.Hidden > 0 {
			out += words("report.photo.hidden", "n", p.Hidden)
		}
		if p.Cropped {
			out += words("report.photo.cropped")
		}
		return out
	}
	return say(r.main), say(r.second)
}

// digestLines sets a digest in lines of equal length, easy to compare, as
// large as fits into w.
func digestLines(digest string, lines int, st style, w float64) []block {
	if len(digest) != 64 {
		return typed(digest, st)
	}
	for st.width(digest) > w*float64(lines)*0.99 {
		st.size -= 0.1
	}
	var b []block
	for i := range lines {
		b = append(b, block{text: digest[i*64/lines : (i+1)*64/lines], style: st})
	}
	return b
}

// stampFormat is how the time of evidence is written in either language; the
// zero time is written as nothing.
func stampFormat(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "2006-01-02 15:04:05"
}

func (r *inspectionRecord) statement() {
	r.chapterHead("report.chapter.statement", 24)
	text := r.in.Statement
	if strings.TrimSpace(text) == "" {
		r.table().row(cell{width: width, blocks: r.said("report.statement.none", value, under)})
		return
	}
	var b []block
	for i, l := range breakLines(text, 1e9, value.advance) { // one block a paragraph
		p := block{text: l.visible(), style: written}
		if r.language != English {
			p.indent = 2
		}
		if i > 0 {
			p.above = 0.4
		}
		b = append(b, p)
	}
	r.table().row(cell{width: width, blocks: b})
}

// photos is the annex of pictures, two to a row, their captions beneath.
func (r *inspectionRecord) photos() {
	if len(r.in.Photos) == 0 {
		return
	}
	s := r.sheet
	s.newPage()
	title := inline(r.main("report.annex"), r.second("report.annex"))
	s.bookmark(title, 0)
	s.text(left, s.y+4.8, chapter, r.main("report.annex"))
	if second := r.second("report.annex"); second != "" {
		s.text(left+chapter.width(r.main("report.annex"))+3, s.y+4.8, titleSecond, second)
	}
	s.y += 8.5
	t := &table{sheet: s, padX: 1.5, padY: 1.2, whole: true}
	for i := 0; i < len(r.in.Photos); i += 2 {
		cells := []cell{r.photo(r.in.Photos[i])}
		if i+1 < len(r.in.Photos) {
			cells = append(cells, r.photo(r.in.Photos[i+1]))
		}
		t.row(cells...)
	}
}

// photo is one picture with number, caption, time and digest.
func (r *inspectionRecord) photo(p Photo) cell {
	const high = 54.0
	frame := hairline
	b := []block{{height: high + 1.2, paint: func(s *sheet, x, y, w float64) {
		s.anchors["photo "+p.Number] = place{len(s.pages) - 1, y}
		picture := r.pictures[p.Number]
		if picture == nil {
			s.draw(boxOp{x: x, y: y, w: w, h: high, stroke: &frame, line: 0.2})
			said, colour := "report.photo.unreadable", vermilion
			if p.Destroyed {
				said, colour = "report.photo.destroyed", ink
			}
			s.text(x+w/2, y+high/2, field.in(colour).centred(), r.main(said))
			return
		}
		pw, ph := picture.fit(w, high)
		px, py := x, y+(high-ph)/2
		s.draw(pictureOp{px, py, pw, ph, picture}, boxOp{x: px, y: py, w: pw, h: ph, stroke: &frame, line: 0.15})
	}}}
	number := r.main("report.photo.number", "number", p.Number)
	b = append(b, block{text: strings.TrimSpace(number + "  " + p.Caption), style: field})
	facts := p.Taken.Format(stampFormat(p.Taken))
	if p.TakenBy != "" {
		facts += "  " + r.main("report.photo.by", "name", p.TakenBy)
	}
	if p.Digest != "" {
		facts += "  SHA-256:"
	}
	if facts = strings.TrimSpace(facts); facts != "" {
		b = append(b, block{text: facts, style: fine})
	}
	if p.Digest != "" {
		b = append(b, digestLines(p.Digest, 1, style{face: label, size: 7.5, lead: 3.4, colour: grey}, width/2-3)...)
	}
	if p.Copy != "" {
		main, second := r.editedAs(p)
		b = append(b, pair(main, second, fine.in(ink), under)...)
	}
	return cell{width: width / 2, blocks: b}
}
