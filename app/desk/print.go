package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// Printing says how a document is wanted.
type Printing struct {
	Language         report.Language
	OrganizationCopy bool // leave off what is need-to-know

	numbers map[record.ID]int // of photos and findings, where not all of them are here
}

// Documents lists the documents that can be printed, by the name the command
// line takes.
func Documents() []string {
	out := make([]string, len(record.DocumentKinds))
	for n, k := range record.DocumentKinds {
		out[n] = k.Name
	}
	return out
}

// Print makes a document of an inspection as PDF: from its records alone, with
// lines to write on where the office has something to say (see PrintDocument
// for what the office drafted). For a sealed inspection the PDF of its records
// is kept and its digest noted in the journal, so that verify can tell later
// whether a copy was altered.
func (d *Desk) Print(ctx context.Context, actor, id record.ID, document string, p Printing) (report.Document, error) {
	kind, ok := record.FindDocumentKind(document)
	if !ok {
		return report.Document{}, &record.Error{Code: record.NotFound, Message: "document.unknown", Field: "document",
			Args: map[string]any{"document": document, "known": strings.Join(Documents(), ", ")}}
	}
	if kind.Campaign {
		return report.Document{}, &record.Error{Code: record.Invalid, Message: "document.of_campaign", Field: "document", Args: map[string]any{"document": document}}
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		return report.Document{}, err
	}
	told := v
	if kind.Pack || len(kind.Slots) == 0 {
		if told, err = d.asTold(ctx, v); err != nil {
			return report.Document{}, err
		}
	}
	if !kind.Pack {
		v = told
	}
	in, err := d.recordInput(ctx, v, p)
	if err != nil {
		return report.Document{}, err
	}
	if kind.Pack {
		of, err := d.recordInput(ctx, told, p)
		if err != nil {
			return report.Document{}, err
		}
		if in.Parts, err = d.parts(ctx, v, in, of); err != nil {
			return report.Document{}, err
		}
	}
	if document == "litigation-pack" {
		if in.Checked, err = d.checked(ctx, p.Language); err != nil {
			return report.Document{}, err
		}
	}
	as := printed{}
	if len(kind.Slots) == 0 && !kind.Pack {
		as = printed{Document: document, Language: p.Language, OrganizationCopy: p.OrganizationCopy}
	}
	doc, err := d.printProved(ctx, v, document, in, as)
	if err != nil || len(kind.Slots) > 0 || kind.Pack && v.Inspection.Sealed == nil || document == "paper-pack" {
		return doc, err // a blank form or a pack of drafts is no document
	}
	return doc, d.keepDocument(ctx, actor, v.Inspection, document, "", p, doc)
}

// printProved prints a document with its proof. Where that withholds something or
// has what came after the seal, it is tried before it is given away: one from which
// the pages cannot be made again would call a good document forged.
func (d *Desk) printProved(ctx context.Context, v Visit, document string, in report.Input, as printed) (report.Document, error) {
	outward := in.OrganizationCopy || report.Outward(document)
	proof, doubtful, err := d.proofOf(ctx, v, outward, as)
	if err != nil {
		return report.Document{}, err
	}
	in.Proof = proof
	doc, err := report.Print(document, in)
	if err != nil || !doubtful {
		return doc, err
	}
	if c, err := CheckPDF(ctx, doc.PDF, d.database); err != nil || c.Remade {
		return doc, err
	}
	if in.Proof, _, err = d.proofOf(ctx, v, outward, printed{}); err != nil {
		return report.Document{}, err
	}
	return report.Print(document, in)
}

// checked says in a sentence what verify finds in this data folder.
func (d *Desk) checked(ctx context.Context, language report.Language) (string, error) {
	r, err := d.Verify(ctx)
	if err != nil {
		return "", err
	}
	t := i18n.New(captionLanguage(language))
	out := t.T("ctl.verified", "entries", r.Entries, "seals", r.Seals, "files", r.Files, "problems", len(r.Problems))
	for _, p := range r.Problems {
		out += "\n" + t.Message(p.Message, p.Args)
	}
	return out, nil
}

// DocumentID names the record of a printed document by its digest, so that a
// copy found later leads to it.
func DocumentID(digest record.Hash) record.ID {
	return record.DerivedID(record.DocumentType, string(digest))
}

// keepDocument notes a print, so that a scan of it or a copy found later leads to
// what it was printed from. The file is kept too, but for a record that is not
// sealed yet: that one is printed again and again, and one of its prints is signed
// in ink.
func (d *Desk) keepDocument(ctx context.Context, actor record.ID, i record.Inspection, document string, paper record.ID, p Printing, doc report.Document) error {
	digest := record.HashOf(doc.PDF)
	st, err := d.Store.State(ctx, DocumentID(digest))
	if err != nil || len(st) > 0 {
		return err // printed before: the same input gives the same bytes
	}
	reading, err := readingOf(i)
	if err != nil {
		return err
	}
	set := map[string]any{
		"inspection": i.ID, "document": document, "language": string(p.Language), "organization_copy": p.OrganizationCopy,
		"pages": doc.Pages, "at": d.stamp(), "content": doc.ContentDigest, "reading": reading,
	}
	if paper != "" {
		set["paper"] = paper
	}
	if i.Sealed != nil || paper != "" {
		f, err := d.putFile(ctx, doc.PDF, "application/pdf")
		if err != nil {
			return err
		}
		set["digest"], set["size"] = f.Digest, f.Size
	}
	_, err = d.Store.Append(ctx, actor, record.Change{Kind: record.Create, Record: DocumentID(digest), Set: set})
	return err
}

// readingOf is the content of the record as it was sealed, before that as it
// stands.
func readingOf(i record.Inspection) (record.Hash, error) {
	if i.Sealed == nil {
		return i.Content(), nil
	}
	m, err := store.ReadManifest(*i.Sealed)
	return m.Content, err
}

// recordInput gathers everything the record prints.
func (d *Desk) recordInput(ctx context.Context, v Visit, p Printing) (report.Input, error) {
	i := v.Inspection
	in := report.Input{
		Language: p.Language, OrganizationCopy: p.OrganizationCopy, At: d.now(), Number: i.Number,
		Authority: authority(i),
		Organization: report.InspectedOrganization{
			Name: i.Organization.Name, Code: i.Organization.Code, Kind: kindText(i.Organization.Kind),
			LegalRepresentative: i.Organization.LegalRepresentative, Address: i.Organization.Address, SupervisingUnit: i.Organization.Supervisor,
		},
		Visit: report.Visit{
			Kind:  report.Text{Chinese: checklist.KindText(i.Kind, "zh"), English: checklist.KindText(i.Kind, "en")},
			Start: moment(i.StartedAt), End: moment(i.EndedAt), Place: i.Place,
			PersonOnSite: i.PersonOnSite, PersonRole: i.PersonPost,
			CertificatesShown: i.ShownPapers, NoticeShown: i.ShownPapers, RightsTold: i.ToldRights, RecusalAnswer: i.Recusal,
		},
		Checklist: report.UsedChecklist{Title: text(v.Checklist.Title), Version: i.Checklist.Version, Digest: bare(i.Checklist.Digest)},
		Statement: i.Statement,
	}
	in.Inspectors = inspectors(i.Team)
	for _, t := range i.Transcriptions {
		x := report.Transcription{By: t.Name, Since: moment(t.Since), Pages: t.Pages}
		for _, o := range t.Originals {
			x.Originals = append(x.Originals, bare(o))
		}
		in.Transcribed = append(in.Transcribed, x)
	}
	if p.numbers == nil {
		p.numbers = numbersOf(v)
	}
	if err := d.photos(v, &in, p.numbers); err != nil {
		return in, err
	}
	numbers := photoNumbers(v, p.numbers)
	in.Sections = sections(v, numbers)
	in.Findings = findings(v, numbers, p)
	if v.Scored {
		in.Score = report.Text{Chinese: checklist.ScoreText(v.Score, "zh"), English: checklist.ScoreText(v.Score, "en")}
	}
	if err := d.signatures(v, &in); err != nil {
		return in, err
	}
	conflicts(v, &in)
	in.Amendments = amendments(v)
	if i.Sealed != nil {
		m, err := store.ReadManifest(*i.Sealed)
		if err != nil {
			return in, err
		}
		in.At = moment(m.At)
		in.Seal = report.Seal{Hash: string(record.HashOf(i.Sealed.Manifest)), At: moment(m.At), By: name(i, i.Sealed.Person)}
	}
	return in, nil
}

// asTold gives a sealed visit with its findings as they were signed. A finding
// that was amended, extended or put right since stands otherwise in its ledger
// and in the documents that follow, never in the record.
func (d *Desk) asTold(ctx context.Context, v Visit) (Visit, error) {
	if v.Inspection.Sealed == nil {
		return v, nil
	}
	v.Findings = slices.Clone(v.Findings)
	for n := range v.Findings {
		f := &v.Findings[n]
		st, err := d.Store.State(ctx, f.ID)
		if err != nil {
			return v, err
		}
		told := record.Finding{}
		if st.Get("finding", &told) {
			told.ID = f.ID
			*f = told
		}
	}
	return v, nil
}

func inspectors(team []record.Member) (out []report.InspectorOnSite) {
	for _, m := range team {
		out = append(out, report.InspectorOnSite{Name: m.Name, Certificate: m.Certificate, Role: keyText("role." + m.Role)})
	}
	return out
}

// numbersOf gives the numbers that photos and findings bear on paper: photos in
// the order they were added, but for withdrawn ones and edited copies.
func numbersOf(v Visit) map[record.ID]int {
	out := map[record.ID]int{}
	n := 0
	for _, e := range v.Inspection.Evidence {
		if _, copied := v.Inspection.OriginalOf(e); !copied && e.Withdrawn == "" {
			n++
			out[e.ID] = n
		}
	}
	for n, f := range v.Findings {
		out[f.ID] = n + 1
	}
	return out
}

// photoNumbers gives the numbers of an item's photos, by item key.
func photoNumbers(v Visit, numbers map[record.ID]int) map[string][]string {
	out := map[string][]string{}
	for _, e := range v.Inspection.Evidence {
		if n := numbers[e.ID]; n > 0 {
			out[e.Item] = append(out[e.Item], strconv.Itoa(n))
		}
	}
	return out
}

// photos reads the small copies of the photos that bear a number. A destroyed one
// keeps its number and digest, so that the other numbers stay those of earlier
// prints. An edited copy has its original's number, and stands in its place where
// record.Inspection.Shown says.
func (d *Desk) photos(v Visit, in *report.Input, numbers map[record.ID]int) error {
	i := v.Inspection
	for _, e := range i.Evidence {
		n := numbers[e.ID]
		if n == 0 {
			continue
		}
		number := strconv.Itoa(n)
		shown, may := i.Shown(e, in.OrganizationCopy)
		var b []byte
		var err error
		if e.Destroyed == "" && may {
			file := shown.Small
			if file == "" {
				file = shown.Digest
			}
			if b, err = d.File(file); err != nil && record.CodeOf(err) != record.NotFound {
				return err
			}
		}
		p := report.Photo{Number: number, Caption: e.Caption, Taken: moment(e.TakenAt), TakenBy: name(i, e.By), Digest: bare(e.Digest), File: b, Sensitive: e.Sensitive, Destroyed: e.Destroyed != ""}
		if p.Taken.IsZero() {
			p.Taken = moment(e.AddedAt)
		}
		if !may { // no copy hides all that was to be hidden
			p.Sensitive = true
		}
		if e.Destroyed == "" && may && shown.IsCopy() {
			p.Copy = bare(shown.Digest)
			for _, s := range shown.Steps {
				switch s.Do {
				case record.HidePart:
					p.Hidden++
				case record.CropPhoto:
					p.Cropped = true
				}
			}
		}
		if e.Destroyed != "" {
			p.Caption = i18n.New(captionLanguage(in.Language)).T("destruction.printed")
		} else if node, ok := v.Node(e.Item); ok && p.Caption == "" {
			p.Caption = node.Item.Code + " " + node.Item.Text.In(captionLanguage(in.Language))
		}
		in.Photos = append(in.Photos, p)
	}
	return nil
}

// captionLanguage is the language of a caption nobody wrote: where both are
// printed the Chinese one is the legal text.
func captionLanguage(l report.Language) string {
	if l == report.English {
		return "en"
	}
	return "zh"
}

// withVerdict puts what an answer comes to before a value that does not say it: the
// result of a computed item is a verdict, not a figure.
func withVerdict(answer report.Text, outcome checklist.Outcome) report.Text {
	switch outcome {
	case checklist.Problem, checklist.NoProblem, checklist.PartlyRectified:
	default:
		return answer
	}
	put := func(text, lang, separator string) string {
		verdict := checklist.OutcomeText(outcome, lang)
		if text == "" || strings.Contains(text, verdict) {
			return cmp.Or(text, verdict)
		}
		return verdict + separator + text
	}
	return report.Text{Chinese: put(answer.Chinese, "zh", "："), English: put(answer.English, "en", ": ")}
}

func sections(v Visit, numbers map[string][]string) []report.Section {
	var out []report.Section
	place := map[string]int{}
	for _, s := range v.Checklist.Sections {
		place[s.ID] = len(out)
		out = append(out, report.Section{Title: text(s.Title)})
	}
	for _, n := range v.Nodes {
		a := v.Inspection.Answers[n.Key]
		outcome := checklist.OutcomeOf(n, a, v.Situation)
		it := report.Item{
			Code: n.Item.Code, Text: text(n.Worded(n.Item.Text)), Outcome: outcomes[outcome],
			Answer: report.Text{Chinese: checklist.NodeText(n, a, "zh"), English: checklist.NodeText(n, a, "en")},
			Note:   a.Note, Seen: a.Seen, Evidence: numbers[n.Key], TypedBy: typist(v.Inspection, a.TypedBy), Sensitive: n.Item.Sensitive,
		}
		if outcome == checklist.Unanswered {
			it.Answer = report.Text{Chinese: checklist.OutcomeText(outcome, "zh"), English: checklist.OutcomeText(outcome, "en")}
		}
		if n.Earlier != nil {
			it.Text = report.Text{Chinese: it.Text.Chinese + "（" + n.Earlier.Code + "）", English: it.Text.English + " (" + n.Earlier.Code + ")"}
		}
		switch n.Item.Answer.Type {
		case checklist.Match:
			it.Registered, _ = checklist.Expected(n.Item, a, v.Situation)
			if verdict := outcome == checklist.Problem || outcome == checklist.NoProblem; verdict && it.Registered != "" && a.Seen != "" {
				// Both values stand in the record beside it.
				it.Answer = report.Text{}
			}
		case checklist.Ratio:
			r := checklist.RatioOf(n.Item, a, v.Situation)
			for _, f := range checklist.RatioInputs(n.Item) {
				if x := a.Inputs[f.Key]; x != "" {
					it.Figures = append(it.Figures, report.Figure{Label: text(f.Name), Value: x})
				}
			}
			it.Answer = report.Text{Chinese: checklist.RatioText(r, "zh"), English: checklist.RatioText(r, "en")}
		}
		it.Answer = withVerdict(it.Answer, outcome)
		if a.Reason != "" {
			it.Note = strings.TrimSpace(it.Note + "\n" + i18n.New("zh").T("print.no_photo") + a.Reason)
		}
		if s, ok := place[n.Item.Section]; ok {
			out[s].Items = append(out[s].Items, it)
		}
	}
	return out
}

// typist names who typed an answer in from paper, "" for nobody.
func typist(i record.Inspection, by record.ID) string {
	for _, t := range i.Transcriptions {
		if t.By == by {
			return t.Name
		}
	}
	return ""
}

var outcomes = map[checklist.Outcome]report.Outcome{
	checklist.NoProblem: report.NoProblem, checklist.Problem: report.Problem, checklist.PartlyRectified: report.Partly,
	checklist.NotApplicable: report.NotApplicable, checklist.NotChecked: report.NotChecked,
	checklist.Unanswered: report.NotChecked, checklist.Incomplete: report.NotChecked,
}

func findings(v Visit, numbers map[string][]string, p Printing) []report.Finding {
	var out []report.Finding
	for _, f := range v.Findings {
		x := report.Finding{
			Number: strconv.Itoa(p.numbers[f.ID]), Items: []string{f.Code}, Text: f.Fact, Severity: string(f.Severity),
			CorrectiveAction: text(f.Action), Deadline: report.Deadline{Days: f.DeadlineDays},
			CorrectedOnSpot: f.State == record.OnTheSpot, Evidence: numbers[record.ItemKey(f.Item, f.Repeat)], Sensitive: f.Sensitive,
		}
		if due, err := time.Parse(time.DateOnly, f.Due); err == nil {
			x.Deadline = report.Deadline{Date: due}
		}
		if x.Text == "" {
			x.Text = i18n.New("zh").T("print.problem_with", "item", f.Title.Chinese)
			if v.Checklist.Jurisdiction != "CN" {
				x.Text = i18n.New("en").T("print.problem_with", "item", f.Title.English)
			}
		}
		for _, c := range f.Citations {
			x.Citations = append(x.Citations, report.Citation{
				Text:    report.Text{Chinese: checklist.CitationText(c, "zh"), English: checklist.CitationText(c, "en")},
				Edition: c.EditionIn(captionLanguage(p.Language)), Confidence: string(c.Confidence),
			})
		}
		out = append(out, x)
	}
	return out
}

// signatures fills in who signed this reading of the record, and leaves room on
// paper for those who have not.
func (d *Desk) signatures(v Visit, in *report.Input) error {
	i := v.Inspection
	signed := map[record.ID]bool{}
	representative := false
	content := i.Content()
	for _, g := range i.Signatures {
		if g.Content != content && i.Sealed == nil {
			continue // signed an earlier reading
		}
		s := report.Signature{
			Kind: report.SignatureKind(g.Method), Role: keyText("role." + g.Role), Name: g.Name, Certificate: g.Certificate, At: moment(g.At),
			Party: g.Role == record.RoleRepresentative, Remarks: g.Remarks, Reason: g.Reason, Witness: g.Witness,
		}
		if g.Recorder != "" {
			s.Witness = strings.TrimSpace(s.Witness + " " + g.Recorder)
		}
		if g.Method == record.SignedDrawn && g.Image == "" {
			s.Kind = report.OnPaper // an inspector's key signed; ink follows on paper
		}
		if g.Image != "" {
			b, err := d.File(g.Image)
			if err != nil && record.CodeOf(err) != record.NotFound {
				return err
			}
			s.Image = b
			if g.Method == record.SignedPaper && b != nil {
				s.Kind = report.Drawn // the scan of the ink is shown as it is
			}
		}
		if s.Party {
			representative = true
			if in.ReadBack.At.IsZero() {
				in.ReadBack = report.ReadBack{At: s.At}
			}
		}
		signed[g.ID] = true
		in.Signatures = append(in.Signatures, s)
	}
	if !representative {
		in.Signatures = append(in.Signatures, report.Signature{Kind: report.OnPaper, Role: keyText("role.representative"), Name: i.PersonOnSite, Party: true})
	}
	for _, m := range i.Team {
		if !signed[m.Person] {
			in.Signatures = append(in.Signatures, report.Signature{Kind: report.OnPaper, Role: keyText("role." + m.Role), Name: m.Name, Certificate: m.Certificate})
		}
	}
	return nil
}

func conflicts(v Visit, in *report.Input) {
	for _, path := range v.Inspection.Conflicts {
		c := report.Conflict{Where: report.Text{Chinese: path, English: path}}
		if key, _, ok := strings.Cut(strings.TrimPrefix(path, "items/"), "/"); ok && strings.HasPrefix(path, "items/") {
			if n, found := v.Node(key); found {
				c.Where = report.Text{Chinese: n.Item.Code + " " + n.Item.Text.Chinese, English: n.Item.Code + " " + n.Item.Text.English}
				c.Sensitive = n.Item.Sensitive
			}
		}
		for _, w := range v.Inspection.Cell(path).Heads {
			c.Values = append(c.Values, report.ConflictValue{Value: strings.Trim(string(w.Value), `"`), By: name(v.Inspection, w.Actor), At: time.UnixMilli(w.HLC >> 16)})
		}
		in.Conflicts = append(in.Conflicts, c)
	}
}

func authority(i record.Inspection) report.Text {
	if i.Organization.Registrar != "" {
		return report.Text{Chinese: i.Organization.Registrar, English: i.Organization.Registrar}
	}
	return keyText("print.authority")
}

func name(i record.Inspection, person record.ID) string {
	for _, m := range i.Team {
		if m.Person == person {
			return m.Name
		}
	}
	return ""
}

func kindText(k record.OrganizationKind) report.Text { return keyText(k.Text()) }

func keyText(key string) report.Text {
	return report.Text{Chinese: i18n.New("zh").T(key), English: i18n.New("en").T(key)}
}

func text(t record.Text) report.Text { return report.Text{Chinese: t.Chinese, English: t.English} }

func bare(h record.Hash) string {
	_, s, _ := strings.Cut(string(h), ":")
	return s
}

func moment(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t
}
