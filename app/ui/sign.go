package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

// signView is the end of a visit: read back what is missing, print, sign,
// seal. What is sealed can only be printed.
type signView struct {
	w       *Window
	session *session
	visit   *desk.Visit
	signer  record.ID // who is signing; "" nobody
	doc     *report.Document
	back    []desk.Back // from paper
	path    string      // of the PDF last made

	scroll                 *container.Scroll
	name, details          *prose
	readBack, people, seal *fyne.Container

	language *pick
	copy     *tickBox
	make     *pushButton
	made     *fyne.Container

	form *signForm

	sealPIN  *field
	sealRow  *formRow
	sealer   *pick
	sealNow  *pushButton
	sealSaid *prose
}

func newSignView(w *Window) *signView {
	v := &signView{w: w, name: title(""), details: quiet(""), readBack: down(6), people: down(0), seal: down(8), made: down(6)}
	v.language = newPick(func(string) { v.forget() })
	v.language.fits = true
	v.copy = newTickBox(w, func(bool) { v.forget() })
	v.make = mainButton("", v.print)
	languageRow := w.row("ui.sign.language", atLeast(260, 0, v.language.framed))
	v.form = newSignForm(v)
	v.sealPIN = newPIN(w)
	v.sealRow = w.row("ui.sign.pin", v.sealPIN)
	v.sealer = newPick(nil)
	v.sealer.fits = true
	sealerRow := w.row("ui.sign.sealer", v.sealer.framed)
	v.sealNow = mainButton("", v.askSeal)
	v.sealSaid = plain("")
	backText := newProse("", textSize, theme.ColorNameHyperlink).oneLine()
	back := newPress(w, inset(2, 4, backText), func() { w.openInspection(v.session.id, "") })
	heads := []*prose{head(""), head(""), head(""), head("")}
	printHint := quiet("")
	office := button("", func() { w.openDocumentsOf(v.session.id) })
	procedure := button("", func() { w.openProcedure(v.session.id) })
	w.say(func() {
		procedure.SetText(w.T("ui.procedures.of"))
		office.SetText(w.T("ui.documents.office"))
		backText.set(w.T("ui.sign.back"))
		for n, key := range []string{"read_back", "print", "people", "seal"} {
			heads[n].set(itoa(n+1) + "  " + w.T("ui.sign."+key))
		}
		printHint.set(w.T("ui.sign.print_hint"))
		v.copy.text.set(w.T("ui.sign.organization_copy"))
		v.make.SetText(w.T("ui.sign.make"))
		v.sealNow.SetText(w.T("ui.sign.seal_now"))
		chosen := v.language.value()
		if chosen == "" {
			chosen = string(report.Both)
		}
		v.language.show([]string{"both", "zh", "en"}, []string{w.T("ui.language.both"), w.T("ui.language.zh"), w.T("ui.language.en")}, chosen)
	})
	v.seal.Objects = []fyne.CanvasObject{v.sealSaid, acrossTop(14, -1, atLeast(260, 0, sealerRow.Container), atLeast(220, 0, v.sealRow.Container)), flow(0, v.sealNow)}
	v.scroll = scrolled(atMost(960, down(12, flow(0, back), v.name, v.details,
		hairline(), heads[0], v.readBack,
		hairline(), heads[1], printHint, across(16, 1, languageRow.Container, down(3, quiet(" "), v.copy.press), down(3, quiet(" "), v.make)), v.made, flow(8, office, procedure),
		hairline(), heads[2], v.people, v.form.all,
		hairline(), heads[3], v.seal)))
	w.say(v.show)
	return v
}

// newPIN is a field whose text nobody sees and nobody keeps.
func newPIN(w *Window) *field {
	f := newField(w)
	f.Password = true
	return f
}

func (v *signView) object() fyne.CanvasObject    { return v.scroll }
func (v *signView) leave()                       {}
func (v *signView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *signView) open(id record.ID) {
	if v.session == nil || v.session.id != id || v.session.desk != v.w.desk {
		v.session, v.visit, v.signer = &session{id: id, desk: v.w.desk}, nil, ""
		v.forget()
		v.form.clear()
	}
}

// forget forgets the PDF made, because what it shows has changed.
func (v *signView) forget() {
	v.doc, v.path = nil, ""
	v.made.Objects = nil
	v.made.Refresh()
}

func (v *signView) load() {
	s, w := v.session, v.w
	if s == nil {
		return
	}
	var visit desk.Visit
	var back []desk.Back
	w.tasks.Queue(func(ctx context.Context) (err error) {
		if visit, err = s.desk.Visit(ctx, s.id); err == nil {
			back, err = s.desk.Returned(ctx, s.id)
		}
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		if v.session == s {
			v.back = back
			v.took(visit)
		}
	})
}

func (v *signView) took(visit desk.Visit) {
	if v.visit != nil && v.visit.Inspection.Content() != visit.Inspection.Content() {
		v.forget()
	}
	v.visit = &visit
	v.show()
}

// actor is who works here: the leader, unless another was chosen.
func (v *signView) actor() record.ID {
	if v.visit == nil || len(v.visit.Inspection.Team) == 0 {
		return ""
	}
	return v.visit.Inspection.Team[0].Person
}

func (v *signView) show() {
	if v.visit == nil {
		return
	}
	w, i := v.w, v.visit.Inspection
	v.name.set(i.Organization.Name)
	v.details.set(strings.Join([]string{i.Number, w.in(v.visit.Checklist.Title), w.day(i.PlannedOn)}, " · "))
	v.showReadBack()
	v.showMade()
	v.showPeople()
	v.form.show()
	v.showSeal()
	v.scroll.Refresh()
}

// showReadBack lists what still stands in the way and what else to look at;
// each line leads to its place.
func (v *signView) showReadBack() {
	w, i, p := v.w, v.visit.Inspection, v.visit.Progress
	v.readBack.Objects = nil
	line := func(m mark, c fyne.ThemeColorName, text string, open func()) {
		row := across(8, 1, sign(m, c, 18), plain(text))
		v.readBack.Add(newPress(w, inset(4, 6, row), open))
	}
	codes := func(m mark, c fyne.ThemeColorName, key string, list []string) {
		if len(list) == 0 {
			return
		}
		shown := strings.Join(list[:min(len(list), 12)], " ")
		if len(list) > 12 {
			shown += " …"
		}
		line(m, c, w.N(key, len(list), "items", shown), func() { w.openInspection(i.ID, v.keyOf(list[0])) })
	}
	toVisit := func() {
		w.inspection.open(i.ID, "")
		w.inspection.where = visitPlace
		w.show(w.inspection, "inspections")
	}
	before := len(v.readBack.Objects)
	codes(cross, vermilionColor, "ui.sign.unanswered", p.Unanswered)
	codes(cross, vermilionColor, "ui.sign.incomplete", p.Incomplete)
	codes(camera, vermilionColor, "ui.sign.missing_photos", p.MissingPhotos)
	if len(i.Conflicts) > 0 {
		line(clash, vermilionColor, w.N("ui.sign.conflicts", len(i.Conflicts)), func() { w.openInspection(i.ID, conflictKey(i.Conflicts)) })
	}
	if !i.ShownPapers || !i.ToldRights {
		line(cross, vermilionColor, w.T("ui.sign.papers"), toVisit)
	}
	if i.Place == "" || i.PersonOnSite == "" {
		line(half, amberColor, w.T("ui.sign.visit_facts"), toVisit)
	}
	if n := len(v.visit.Drafts); n > 0 {
		line(half, amberColor, w.N("ui.sign.drafts", n), func() { w.openInspection(i.ID, draftKey(v.visit.Drafts)) })
	}
	for key, runes := range missingGlyphs(i) {
		code := ""
		if n, ok := v.visit.Node(key); ok {
			code = n.Item.Code
		}
		line(half, amberColor, w.T("ui.sign.glyphs", "item", code, "characters", string(runes)), func() { w.openInspection(i.ID, key) })
	}
	if i.Sealed == nil && len(v.readBack.Objects) == before {
		line(tick, jadeColor, w.T("ui.sign.nothing_missing"), nil)
	}
	m, c := tick, jadeColor
	if p.Problems > 0 {
		m, c = flag, amberColor
	}
	line(m, c, w.T("ui.progress", "done", p.Answered, "total", p.Total)+" · "+w.N("ui.count.findings", len(v.visit.Findings)), func() {
		w.inspection.open(i.ID, "")
		w.inspection.where = findingsPlace
		w.show(w.inspection, "inspections")
	})
}

func (v *signView) keyOf(code string) string {
	for _, n := range v.visit.Nodes {
		if n.Item.Code == code {
			if o := checklist.OutcomeOf(n, v.visit.Inspection.Answers[n.Key], v.visit.Situation); o == checklist.Unanswered || o == checklist.Incomplete {
				return n.Key
			}
		}
	}
	for _, n := range v.visit.Nodes {
		if n.Item.Code == code {
			return n.Key
		}
	}
	return ""
}

// conflictKey gives the item of the first conflict, "" when it is on the visit.
func conflictKey(paths []string) string {
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(p, "items/"); ok {
			key, _, _ := strings.Cut(rest, "/")
			return key
		}
	}
	return ""
}

func draftKey(drafts map[string]string) string {
	var paths []string
	for p := range drafts {
		paths = append(paths, p)
	}
	return conflictKey(paths)
}

// missingGlyphs lists, by item, typed characters the document's fonts lack.
func missingGlyphs(i record.Inspection) map[string][]rune {
	out := map[string][]rune{}
	for key, a := range i.Answers {
		if r := report.Missing(a.Note + a.Fact + a.Seen + a.Reason + a.Text()); len(r) > 0 {
			out[key] = r
		}
	}
	if r := report.Missing(i.Place + i.PersonOnSite + i.PersonPost + i.Statement + i.Recusal); len(r) > 0 {
		out[""] = r
	}
	return out
}

// print makes the PDF.
func (v *signView) print() {
	w, s := v.w, v.session
	p := desk.Printing{Language: report.Language(v.language.value()), OrganizationCopy: v.copy.on}
	actor := v.actor()
	number := v.visit.Inspection.Number
	var doc report.Document
	var path string
	v.make.Disable()
	w.write(func(ctx context.Context) (err error) {
		if doc, err = s.desk.Print(ctx, actor, s.id, "inspection-record", p); err != nil {
			return err
		}
		path, err = keepPrint(s.desk.Folder(), number, p, doc.PDF)
		return err
	}, func(err error) {
		v.make.Enable()
		if err != nil {
			w.complain(err)
			return
		}
		v.doc, v.path = &doc, path
		v.show()
	})
}

// keepPrint writes the PDF where the system's viewer can open it: the folder
// print beside the data.
func keepPrint(folder, number string, p desk.Printing, pdf []byte) (string, error) {
	name := number + "-" + string(p.Language)
	if p.OrganizationCopy {
		name += "-copy"
	}
	return keepToView(folder, name+".pdf", pdf)
}

// keepToView writes a file where the system's viewer can open it.
func keepToView(folder, name string, b []byte) (string, error) {
	dir := filepath.Join(folder, "print")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", printFault(dir, err)
	}
	path := filepath.Join(dir, name)
	// A viewer may hold the old one open: the new one takes its name whole.
	if err := desk.WriteFile(path, b); err != nil {
		return "", printFault(path, err)
	}
	return path, nil
}

func printFault(path string, err error) error {
	return &record.Error{Code: record.ReadOnly, Message: "print.cannot_write", Args: map[string]any{"file": path}, Err: err}
}

func (v *signView) showMade() {
	w := v.w
	v.made.Objects = nil
	if v.doc == nil {
		return
	}
	for _, x := range v.doc.Warnings {
		v.made.Add(across(8, 1, sign(clash, amberColor, 18), plain(w.texts.Message(x.Message, x.Args))))
	}
	v.made.Add(across(8, 1, sign(paper, inkColor, 20), plain(w.N("ui.sign.made", v.doc.Pages, "size", w.size(int64(len(v.doc.PDF))), "file", v.path)),
		button(w.T("ui.sign.open"), func() { v.openFile() }), button(w.T("ui.sign.save_as"), v.saveAs)))
	v.made.Refresh()
}

func (v *signView) openFile() {
	v.w.openFile(v.path)
}

func (v *signView) saveAs() {
	pdf := v.doc.PDF
	v.w.chooseNewFile(v.w.T("ui.sign.save_as"), filepath.Base(v.path), func(path string) {
		v.w.tasks.Run(context.Background(), func(context.Context) error {
			if err := desk.WriteFile(path, pdf); err != nil {
				return printFault(path, err)
			}
			return nil
		}, func(err error) {
			if err != nil {
				v.w.complain(err)
				return
			}
			v.w.tell(jadeColor, "ui.sign.saved", "file", path)
		})
	})
}

// representativeID names the representative of the organization among signers.
const representativeID record.ID = "representative"

func (v *signView) showPeople() {
	i := v.visit.Inspection
	v.people.Objects = nil
	for _, m := range i.Team {
		v.people.Add(v.personRow(m.Person, m.Name, roleWord(v.w.words, m.Role)+" · "+m.Certificate, v.signatureOf(m.Person)))
	}
	g := v.signatureOf(record.SignatureID(i.ID, record.RoleRepresentative))
	name := i.PersonOnSite
	if g != nil && g.Name != "" {
		name = g.Name
	}
	if name == "" {
		name = v.w.T("ui.sign.somebody")
	}
	v.people.Add(v.personRow(representativeID, name, roleWord(v.w.words, record.RoleRepresentative), g))
}

func (v *signView) signatureOf(id record.ID) *record.Signature {
	for n := range v.visit.Inspection.Signatures {
		if g := &v.visit.Inspection.Signatures[n]; g.ID == id {
			return g
		}
	}
	return nil
}

func (v *signView) personRow(id record.ID, name, about string, g *record.Signature) fyne.CanvasObject {
	w, i := v.w, v.visit.Inspection
	who := down(1, strong(name), quiet(about))
	if g != nil && g.Method == record.SignedPaper {
		who.Add(quiet(v.inkSaid()))
	}
	row := across(14, 0, who)
	if g != nil && g.Image != "" {
		row.Add(w.files.thumb(g.Image, stripSide, 108, 36))
	}
	switch {
	case g == nil:
		row.Add(newPill(ring, slateColor, w.T("ui.sign.not_yet")).box)
	case g.Content != i.Content() && i.Sealed == nil:
		row.Add(newPill(clash, vermilionColor, w.T("ui.sign.earlier_reading")).box)
	case g.Method == record.SignRefused:
		row.Add(newPill(cross, amberColor, w.T("ui.sign.refused")).box)
	default:
		row.Add(newPill(tick, jadeColor, w.T("ui.sign.signed", "time", w.moment(g.At))).box)
	}
	if i.Sealed == nil {
		key := "ui.sign.sign"
		if g != nil {
			key = "ui.sign.again"
		}
		b := button(w.T(key), func() { v.begin(id) })
		if v.signer == id {
			b.Importance = widget.LowImportance
		}
		row.Add(b)
	}
	return down(0, inset(7, 4, row), hairline())
}

// inkSaid tells whether the record that was signed in ink came back as a scan, and
// of which reading it is: what the pad would have told.
func (v *signView) inkSaid() string {
	for _, b := range v.back {
		if b.Paper == "" && b.Kind == "inspection-record" {
			return desk.BackText(v.w.texts, b)
		}
	}
	return v.w.T("ui.sign.no_scan")
}

// begin lets a person sign.
func (v *signView) begin(id record.ID) {
	v.signer = id
	v.form.clear()
	v.show()
	reveal(v.scroll, v.form.all)
}

func (v *signView) showSeal() {
	w, i := v.w, v.visit.Inspection
	sealed := i.Sealed != nil
	for n, o := range v.seal.Objects {
		showIf(o, n == 0 || !sealed)
	}
	if sealed {
		v.sealSaid.setColor(jadeColor)
		who := ""
		for _, m := range i.Team {
			if m.Person == i.Sealed.Person {
				who = m.Name
			}
		}
		v.sealSaid.set(w.T("ui.sign.sealed", "name", who, "digest", record.HashOf(i.Sealed.Manifest).Short()))
		return
	}
	err := i.ReadyToSeal(v.visit.Progress)
	if err != nil {
		v.sealSaid.setColor(amberColor)
		v.sealSaid.set(w.texts.Error(err))
		v.sealNow.Disable()
	} else {
		v.sealSaid.setColor(theme.ColorNameForeground)
		v.sealSaid.set(w.T("ui.sign.ready"))
		v.sealNow.Enable()
	}
	var ids, names []string
	for _, m := range i.Team {
		ids = append(ids, string(m.Person))
		names = append(names, m.Name+" · "+roleWord(w.words, m.Role))
	}
	chosen := v.sealer.value()
	if i.Role(record.ID(chosen)) == "" && len(ids) > 0 {
		chosen = ids[0]
	}
	v.sealer.show(ids, names, chosen)
}

func (v *signView) askSeal() {
	w := v.w
	v.sealRow.fine()
	if v.sealPIN.Text == "" {
		v.sealRow.lacks(w, "ui.sign.pin_needed")
		return
	}
	w.ask(w.T("ui.sign.seal_question"), w.T("ui.sign.seal_explained"), w.T("ui.sign.seal_now"), v.sealIt)
}

func (v *signView) sealIt() {
	w, s := v.w, v.session
	person, pin := record.ID(v.sealer.value()), v.sealPIN.Text
	var visit desk.Visit
	w.write(func(ctx context.Context) (err error) {
		visit, err = s.desk.Seal(ctx, s.id, person, pin)
		return err
	}, func(err error) {
		v.sealPIN.SetText("")
		if err != nil {
			v.failSeal(err)
			return
		}
		v.forget()
		v.took(visit)
		w.tell(jadeColor, "ui.sign.done")
	})
}

func (v *signView) failSeal(err error) {
	var e *record.Error
	if errors.As(err, &e) && e.Field == "pin" {
		v.sealRow.failed(v.w, err)
		v.scroll.Refresh()
		return
	}
	v.w.complain(err)
	v.load()
}
