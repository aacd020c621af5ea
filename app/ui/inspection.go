package ui

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// mostRows is how many items are on the screen at once. Rows are made once and
// show other items when the section changes.
const mostRows = 25

// Places in an inspection that are no section.
const (
	visitPlace    = "visit"
	findingsPlace = "findings"
)

// session is one inspection being worked on. seen is what stood on the screen:
// the base of what is written next. Only queued work touches it.
type session struct {
	id   record.ID
	desk *desk.Desk
	seen record.Inspection
}

// step is one answer that can be taken back, or a withdrawal or move.
type step struct {
	key    string
	before record.Answer
	back   func() // undoes what is no answer; nil: an answer
}

// inspectionView is an inspection: sections, the items of one of them, and
// beside or under the item in hand what the law says and what was seen.
type inspectionView struct {
	w       *Window
	session *session
	visit   *desk.Visit // as shown; nil until read
	traces  []desk.Trace
	trial   *desk.Trial          // nothing is kept; nil in a real inspection
	newer   *checklist.Checklist // a version that it may move to; nil none

	where string // visitPlace, findingsPlace, or the id of a section
	at    string // key of the item in hand
	want  string // key to take in hand once the inspection is read
	page  int    // of a section with more than mostRows items
	undo  []step
	wide  bool

	paper  *desk.Back         // what came back of a paper pack, nil for none
	people []record.Inspector // who may type in from it, amend and approve
	typist record.Inspector   // who does; its ID is "" while nobody does
	ask    *inquiry
	typing *fyne.Container // tells that somebody does

	all      *fyne.Container
	name     *prose
	details  *prose
	state    *fyne.Container
	actor    *pick
	actorBox *fyne.Container
	places   *fyne.Container
	progress *prose
	sign     *pushButton
	onward   *pushButton // to the next item without an answer
	office   *pushButton // to the procedure

	side, middle, detail *container.Scroll
	items                *fyne.Container
	rows                 []*itemRow
	pager                *fyne.Container
	newerBox             *fyne.Container
	legend               *prose
	panel                *itemPanel
	form                 *visitForm
	found                *fyne.Container
}

func newInspectionView(w *Window) *inspectionView {
	v := &inspectionView{w: w, where: visitPlace, name: head("").atMostLines(1), details: quiet(""), state: across(6, -1), places: down(2), progress: quiet("")}
	v.actor = newPick(func(value string) { v.chooseActor(value) })
	v.actor.fits = true
	by := quiet("").oneLine()
	v.actorBox = across(6, -1, by, atLeast(120, 0, v.actor.framed))
	v.sign = mainButton("", func() {
		if v.trial != nil {
			w.goTo("checklists")
			return
		}
		w.openSigning(v.session.id)
	})
	v.onward = button("", v.next)
	v.office = button("", func() { w.openProcedure(v.session.id) })
	w.say(func() {
		v.office.SetText(w.T("ui.procedures.of"))
		v.onward.SetText(w.T("ui.inspection.next"))
		by.set(w.T("ui.inspection.recorded_by"))
		v.sign.SetText(w.T("ui.inspection.sign"))
	})
	v.panel = newItemPanel(v)
	v.form = newVisitForm(v)
	v.found = down(0)
	v.legend = quiet("")
	v.pager = across(8, -1)
	v.typing = down(8)
	v.items = down(0)
	for range mostRows {
		r := newItemRow(v)
		v.rows = append(v.rows, r)
		v.items.Add(r)
	}
	v.side = container.NewVScroll(inset(10, 8, v.places))
	// What to do next stays in sight however small the screen.
	side := container.New(&restAndBottom{}, v.side, inset(10, 12, down(8, v.progress, v.onward, v.sign, v.office)))
	v.middle = container.NewVScroll(inset(6, 10, down(6, v.typing, v.form.all, v.found, v.items, v.pager, inset(4, 8, v.legend))))
	v.detail = container.NewVScroll(inset(12, 14, v.panel.beside))
	v.newerBox = down(0)
	header := down(0, inset(8, 16, across(14, 0, down(0, v.name, v.details), v.actorBox, v.state)), v.newerBox, hairline())
	v.all = container.New(&inspectionLayout{v}, header, newBox(side, panelColor, "", 0), upright(), v.middle, upright(), v.detail)
	w.say(v.show)
	return v
}

// inspectionLayout is header above sections | items | the item in hand; on a
// narrow screen the last folds under the item.
type inspectionLayout struct{ v *inspectionView }

const wideEnough = 1240

func (l *inspectionLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	k := theme.Size(textSize) / 15
	head, side, line1, middle, line2, detail := o[0], o[1], o[2], o[3], o[4], o[5]
	h := heightAt(head, size.Width)
	head.Move(fyne.Position{})
	put := func(o fyne.CanvasObject, x, w float32) {
		o.Resize(fyne.NewSize(max(w, 0), size.Height-h))
		o.Move(fyne.NewPos(x, h))
	}
	sw := 208 * k
	put(side, 0, sw)
	put(line1, sw, 1)
	x, rest := sw+1, size.Width-sw-1
	if wide := size.Width >= wideEnough*k; wide != l.v.wide {
		l.v.wide = wide
		l.v.placePanel()
	}
	dw := float32(0)
	beside := l.v.wide && l.v.detail.Visible()
	showIf(line2, beside)
	if beside {
		dw = max(rest*0.4, 380*k)
		put(line2, size.Width-dw-1, 1)
		put(detail, size.Width-dw, dw)
	}
	put(middle, x, rest-dw)
}

func (l *inspectionLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(600, 300) }

func (v *inspectionView) object() fyne.CanvasObject { return v.all }
func (v *inspectionView) leave()                    {}
func (v *inspectionView) scrolls() []*container.Scroll {
	return []*container.Scroll{v.side, v.middle, v.detail}
}

// open takes up an inspection; key names the item to take in hand.
func (v *inspectionView) open(id record.ID, key string) {
	if v.session == nil || v.session.id != id || v.session.desk != v.w.desk {
		v.session, v.visit, v.traces, v.undo = &session{id: id, desk: v.w.desk}, nil, nil, nil
		v.paper, v.typist = nil, record.Inspector{}
		v.where, v.at, v.page = "", "", 0
		v.panel.of = ""
	}
	v.want = key
}

// load reads the inspection behind the writes that are under way.
func (v *inspectionView) load() {
	s, w := v.session, v.w
	if s == nil {
		return
	}
	var visit desk.Visit
	var traces []desk.Trace
	var newer *checklist.Checklist
	var paper *desk.Back
	var people []record.Inspector
	w.tasks.Queue(func(ctx context.Context) (err error) {
		if visit, err = s.desk.Visit(ctx, s.id); err != nil {
			return err
		}
		s.seen = visit.Inspection
		if traces, err = s.desk.History(ctx, visit); err != nil {
			return err
		}
		if people, err = s.desk.Store.Inspectors(ctx); err != nil {
			return err
		}
		c, ok, err := s.desk.NewerVersion(ctx, visit)
		if err != nil {
			return err
		}
		if ok {
			newer = &c
		}
		paper, err = paperPack(ctx, s)
		return err
	}, func(err error) {
		if v.session != s {
			return
		}
		if err != nil {
			w.complain(err)
			return
		}
		if destroyedOf(traces) != destroyedOf(v.traces) { // here, or elsewhere and synced
			v.undo = nil // Ctrl+Z would write it again
			w.files.forget()
		}
		v.traces, v.newer, v.paper, v.people = traces, newer, paper, people
		v.took(visit)
	})
}

// took shows the inspection as it stands now.
func (v *inspectionView) took(visit desk.Visit) {
	v.visit = &visit
	if v.where == "" {
		v.where = visitPlace
		if v.trial != nil || visit.Progress.Answered > 0 || visit.Inspection.Sealed != nil {
			v.where = v.firstOpenSection()
		}
	}
	if v.where != visitPlace && v.where != findingsPlace && !slices.ContainsFunc(visit.Checklist.Sections, func(s checklist.Section) bool { return s.ID == v.where }) {
		v.where, v.at = v.firstOpenSection(), "" // the inspection is on another version of its checklist
	}
	if v.want != "" {
		if n, ok := visit.Node(v.want); ok {
			v.where, v.at = n.Item.Section, n.Key
			v.page = v.pageOf(n.Key)
		}
		v.want = ""
	}
	v.show()
	v.w.photo.took()
	v.w.retake.took()
}

// write keeps one change of the record and shows what comes of it.
func (v *inspectionView) write(work func(ctx context.Context, s *session) (desk.Visit, error), failed func(error)) {
	s := v.session
	var visit desk.Visit
	write := v.w.write
	if v.trial != nil {
		write = v.w.tasks.Queue // the status bar tells of what is kept
	}
	write(func(ctx context.Context) (err error) {
		if visit, err = work(ctx, s); err == nil {
			s.seen = visit.Inspection
		}
		return err
	}, func(err error) {
		switch {
		case v.session != s:
		case err != nil && failed != nil:
			failed(err)
		case err != nil:
			v.w.complain(err)
		default:
			v.took(visit)
		}
	})
}

// edit changes the answer for an item.
func (v *inspectionView) edit(key string, change func(*record.Answer), failed func(error), drafts ...string) {
	actor, typist := v.actorID(), v.typist.ID
	v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
		a := s.seen.Answers[key]
		a.Inputs = maps.Clone(a.Inputs)
		change(&a)
		answer := s.desk.AnswerSeen
		if typist != "" {
			answer, actor = s.desk.Transcribe, typist
		}
		visit, err := answer(ctx, actor, s.seen, map[string]record.Answer{key: a})
		for _, path := range drafts {
			if err == nil {
				delete(visit.Drafts, path)
				err = s.desk.Store.DropDraft(ctx, s.id, path)
			}
		}
		return visit, err
	}, failed)
}

// answer is edit for an answer that Ctrl+Z takes back.
func (v *inspectionView) answer(key string, change func(*record.Answer)) {
	if v.visit == nil || v.visit.Inspection.Sealed != nil {
		return
	}
	before := v.visit.Inspection.Answers[key]
	before.Inputs = maps.Clone(before.Inputs)
	v.undo = append(v.undo, step{key: key, before: before})
	v.edit(key, change, nil)
}

// addInstance adds one more instance of a repeat; Ctrl+Z takes it out again.
func (v *inspectionView) addInstance(l checklist.Line) {
	if v.visit != nil {
		v.answer(v.visit.NewInstance(l.Repeat, l.Instance, v.w.now()), func(a *record.Answer) { a.Value = jsonText(checklist.Yes) })
	}
}

// removeInstance takes an instance of a repeat out. Its answers stay in the
// journal, and Ctrl+Z brings it back with them.
func (v *inspectionView) removeInstance(l checklist.Line) {
	v.answer(checklist.InstanceKey(l.Repeat, l.Instance), func(a *record.Answer) { a.Value = jsonText(checklist.No) })
}

// undoLast takes the last answer back.
func (v *inspectionView) undoLast() {
	n := len(v.undo)
	if n == 0 {
		return
	}
	last := v.undo[n-1]
	v.undo = v.undo[:n-1]
	if last.back != nil {
		last.back()
		return
	}
	v.edit(last.key, func(a *record.Answer) {
		a.Value, a.Seen, a.Inputs = last.before.Value, last.before.Seen, maps.Clone(last.before.Inputs)
	}, nil)
	v.take(last.key)
}

// draft keeps unfinished text.
func (v *inspectionView) draft(path, text string) {
	s, w := v.session, v.w
	if v.visit != nil { // a field that shows another item meanwhile finds it again
		if v.visit.Drafts == nil {
			v.visit.Drafts = map[string]string{}
		}
		v.visit.Drafts[path] = text
	}
	w.tasks.Queue(func(ctx context.Context) error { return s.desk.Store.SaveDraft(ctx, s.id, path, text) }, func(err error) {
		if err != nil {
			w.complain(err)
		}
	})
}

// discard forgets unfinished text that was typed back.
func (v *inspectionView) discard(path string) {
	s, w := v.session, v.w
	if v.visit != nil {
		delete(v.visit.Drafts, path)
	}
	w.tasks.Queue(func(ctx context.Context) error { return s.desk.Store.DropDraft(ctx, s.id, path) }, func(err error) {
		if err != nil {
			w.complain(err)
		}
	})
}

// actorID is whoever records at this laptop: the member chosen, else the leader.
func (v *inspectionView) actorID() record.ID {
	if v.visit == nil || len(v.visit.Inspection.Team) == 0 {
		return ""
	}
	if id := record.ID(v.actor.value()); v.visit.Inspection.Role(id) != "" {
		return id
	}
	return v.visit.Inspection.Team[0].Person
}

func (v *inspectionView) chooseActor(value string) {
	w, s := v.w, v.session
	w.tasks.Queue(func(ctx context.Context) error { return s.desk.Store.SetSetting(ctx, "actor", value) }, func(err error) {
		if err != nil {
			w.complain(err)
		}
	})
}

// lines lists what stands in the section on the screen.
func (v *inspectionView) lines() []checklist.Line {
	var out []checklist.Line
	for _, l := range v.visit.Lines {
		if l.Section == v.where {
			out = append(out, l)
		}
	}
	return out
}

// nodes lists the items of the section on the screen.
func (v *inspectionView) nodes() []checklist.Node {
	var out []checklist.Node
	for _, n := range v.visit.Nodes {
		if n.Item.Section == v.where {
			out = append(out, n)
		}
	}
	return out
}

func (v *inspectionView) outcome(n checklist.Node) checklist.Outcome {
	return checklist.OutcomeOf(n, v.visit.Inspection.Answers[n.Key], v.visit.Situation)
}

// unanswered tells whether an item still wants something.
func (v *inspectionView) unanswered(n checklist.Node) bool {
	o := v.outcome(n)
	return o == checklist.Unanswered || o == checklist.Incomplete
}

func (v *inspectionView) firstOpenSection() string {
	for _, n := range v.visit.Nodes {
		if v.unanswered(n) {
			return n.Item.Section
		}
	}
	if len(v.visit.Checklist.Sections) > 0 {
		return v.visit.Checklist.Sections[0].ID
	}
	return visitPlace
}

func (v *inspectionView) pageOf(key string) int {
	for k, l := range v.lines() {
		if l.Node.Key == key {
			return k / mostRows
		}
	}
	return 0
}

// goPlace shows the visit, the findings or a section.
func (v *inspectionView) goPlace(place string) {
	v.w.canvas().Unfocus()
	v.where, v.page, v.at = place, 0, ""
	v.show()
	v.middle.ScrollToTop()
}

// take takes an item in hand.
func (v *inspectionView) take(key string) {
	if v.visit == nil {
		return
	}
	n, ok := v.visit.Node(key)
	if !ok || v.at == key && v.where == n.Item.Section {
		return
	}
	if f, isField := v.w.canvas().Focused().(*field); isField {
		f.keep()
		v.w.canvas().Unfocus()
	}
	v.where, v.at = n.Item.Section, key
	v.page = v.pageOf(key)
	v.show()
	for _, r := range v.rows {
		if r.Visible() && r.key == key {
			reveal(v.middle, r)
		}
	}
	v.detail.ScrollToTop()
}

// next takes the next item that wants an answer in hand, from the one in hand
// on and round to the beginning.
func (v *inspectionView) next() {
	if v.visit == nil {
		return
	}
	nodes := v.visit.Nodes
	start := 0
	for k, n := range nodes {
		if n.Key == v.at {
			start = k + 1
		}
	}
	for k := range nodes {
		if n := nodes[(start+k)%len(nodes)]; v.unanswered(n) && n.Key != v.at {
			v.take(n.Key)
			return
		}
	}
	v.w.tell(jadeColor, "ui.inspection.all_answered")
}

// move takes the neighbour of the item in hand.
func (v *inspectionView) move(by int) {
	if v.visit == nil {
		return
	}
	nodes := v.nodes()
	for k, n := range nodes {
		if n.Key == v.at && k+by >= 0 && k+by < len(nodes) {
			v.take(nodes[k+by].Key)
			return
		}
	}
	if v.at == "" && len(nodes) > 0 {
		v.take(nodes[0].Key)
	}
}

// key answers to the keys that work wherever no text is typed.
func (v *inspectionView) key(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyF8:
		v.next()
	case fyne.KeyDown:
		v.move(1)
	case fyne.KeyUp:
		v.move(-1)
	case desktop.KeyMenu:
		for _, r := range v.rows {
			if v.visit != nil && r.Visible() && r.key == v.at {
				v.w.showMenu(v.itemVerbs(v.at), fyne.CurrentApp().Driver().AbsolutePositionForObject(r).AddXY(80, 34))
			}
		}
	default:
		return false
	}
	return true
}

func (v *inspectionView) rune(r rune) bool {
	if v.visit == nil || v.at == "" || v.visit.Inspection.Sealed != nil {
		return false
	}
	n, ok := v.visit.Node(v.at)
	if !ok {
		return false
	}
	switch {
	case r >= '1' && r <= '9':
		v.panel.number(n, int(r-'1'))
	case r == 'n' || r == 'N':
		v.w.canvas().Focus(v.panel.note)
	case r == 'p' || r == 'P':
		v.panel.choosePhoto()
	default:
		return false
	}
	return true
}

// drop hangs files dropped on the window on the item in hand.
func (v *inspectionView) drop(paths []string) {
	if v.visit == nil || v.where == findingsPlace {
		return
	}
	v.attach(v.at, paths)
}

// attach hangs photos on an item, or on the visit when key is "".
func (v *inspectionView) attach(key string, paths []string) {
	actor := v.actorID()
	for _, path := range paths {
		v.w.tell(inkColor, "ui.photo.saving", "file", fileName(path))
		v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
			return s.desk.AttachPhoto(ctx, actor, s.id, key, path, "")
		}, nil)
		v.w.tasks.Queue(func(context.Context) error { return nil }, func(error) {
			if v.w.unsaved == nil {
				v.w.hush()
			}
		})
	}
}

// attachPicture hangs a picture that was drawn in the window on an item.
func (v *inspectionView) attachPicture(key, name string, b []byte) {
	actor := v.actorID()
	v.write(func(ctx context.Context, s *session) (desk.Visit, error) {
		return s.desk.AttachPhotoBytes(ctx, actor, s.id, key, name, b, "")
	}, nil)
}

// placePanel puts the pane of the item in hand beside the items or under the
// item, by the room there is.
func (v *inspectionView) placePanel() {
	inHand := v.at != "" && v.visit != nil
	section := v.where != visitPlace && v.where != findingsPlace
	showIf(v.detail, v.wide && section)
	for _, r := range v.rows {
		r.fold(nil)
	}
	if v.wide {
		v.panel.beside.Objects = nil
		if inHand && section {
			v.panel.beside.Objects = []fyne.CanvasObject{v.panel.inputs, hairline(), v.panel.reference}
		} else if v.visit != nil {
			v.panel.beside.Objects = []fyne.CanvasObject{quiet(v.w.T("ui.inspection.take_one"))}
		}
		v.panel.beside.Refresh()
		v.detail.Refresh()
		return
	}
	for _, r := range v.rows {
		if inHand && section && r.Visible() && r.key == v.at {
			r.fold(v.panel.under())
		}
	}
}

// show shows everything anew.
func (v *inspectionView) show() {
	if v.visit == nil {
		return
	}
	w, i := v.w, v.visit.Inspection
	v.name.set(i.Organization.Name)
	told := []string{i.Number, w.in(v.visit.Checklist.Title), kindWord(w.words, i.Kind), w.day(i.PlannedOn)}
	v.details.set(strings.Join(slices.DeleteFunc(told, func(s string) bool { return s == "" }), " · "))
	v.state.Objects = []fyne.CanvasObject{statePill(w.words, i.State, len(i.Conflicts))}
	if i.Late > 0 {
		v.state.Objects = append(v.state.Objects, newPill(clash, amberColor, w.N("ui.count.late", i.Late)).box)
	}
	if i.Newer > 0 {
		v.state.Objects = append(v.state.Objects, newPill(clash, amberColor, w.N("ui.count.newer", i.Newer)).box)
	}
	if v.trial != nil {
		v.name.set(w.T("ui.try.title", "title", w.in(v.visit.Checklist.Title)))
		v.details.set(w.T("ui.try.explained"))
		v.state.Objects = []fyne.CanvasObject{newPill(clash, amberColor, w.T("ui.try.nothing_kept")).box}
	}
	if i.Organization.Fictional && v.trial == nil {
		v.state.Objects = append(v.state.Objects, newPill(clash, amberColor, w.T("ui.fictional")).box)
	}
	var ids, names []string
	for _, m := range i.Team {
		ids = append(ids, string(m.Person))
		names = append(names, m.Name)
	}
	chosen := v.actor.value()
	if i.Role(record.ID(chosen)) == "" {
		if chosen, _ = w.desk.Store.Setting(context.Background(), "actor"); i.Role(record.ID(chosen)) == "" && len(ids) > 0 {
			chosen = ids[0]
		}
	}
	v.actor.show(ids, names, chosen)
	showIf(v.actorBox, i.Sealed == nil && v.trial == nil)
	showIf(v.onward, i.Sealed == nil && slices.ContainsFunc(v.visit.Nodes, v.unanswered))
	showIf(v.office, v.trial == nil)
	v.showPlaces()
	v.showNewer()
	v.showTyping()

	showIf(v.form.all, v.where == visitPlace)
	showIf(v.found, v.where == findingsPlace)
	section := v.where != visitPlace && v.where != findingsPlace
	showIf(v.items, section)
	showIf(v.pager, section && len(v.lines()) > mostRows)
	showIf(v.legend, section && i.Sealed == nil)
	v.legend.set(w.T("ui.inspection.keys"))
	if v.visit.Checklist.Schema == checklist.SchemaElements {
		v.legend.set(w.T("ui.fill.keys"))
	}
	switch {
	case v.where == visitPlace:
		v.form.show()
	case v.where == findingsPlace:
		v.showFindings()
	default:
		v.showItems()
	}
	v.placePanel()
	v.all.Refresh()
}

func (v *inspectionView) showPlaces() {
	w, p := v.w, v.visit.Progress
	v.places.Objects = nil
	v.places.Add(v.placeRow(visitPlace, w.T("ui.inspection.visit"), ""))
	named := map[string]int{} // a form may go back to a heading
	for _, s := range v.visit.Checklist.Sections {
		total, done, lines := 0, 0, 0
		for _, l := range v.visit.Lines {
			if l.Section == s.ID {
				lines++
			}
		}
		for _, n := range v.visit.Nodes {
			if n.Item.Section == s.ID {
				total++
				if !v.unanswered(n) {
					done++
				}
			}
		}
		if lines == 0 {
			continue
		}
		title, count := w.in(s.Title), ""
		if named[title]++; named[title] > 1 {
			title += " (" + itoa(named[title]) + ")"
		}
		if total > 0 { // else there is something to read, or a repeat to add to
			count = itoa(done) + "/" + itoa(total)
		}
		v.places.Add(v.placeRow(s.ID, title, count))
	}
	v.places.Add(v.placeRow(findingsPlace, w.T("ui.inspection.findings"), itoa(len(v.visit.Findings))))
	progress := w.T("ui.progress", "done", p.Answered, "total", p.Total) + "\n"
	if v.visit.Checklist.Schema == checklist.SchemaElements { // most of a form's questions may stay open
		done := 0
		for _, n := range v.visit.Nodes {
			if !v.unanswered(n) {
				done++
			}
		}
		progress = w.T("ui.progress", "done", done, "total", len(v.visit.Nodes)) + "\n" + w.N("ui.fill.open", len(p.Unanswered)+len(p.Incomplete)) + "\n"
	}
	progress += w.N("ui.count.findings", p.Problems)
	if v.visit.Scored {
		progress += "\n" + checklist.ScoreText(v.visit.Score, w.lang())
	}
	v.progress.set(progress)
	switch {
	case v.trial != nil:
		v.sign.SetText(w.T("ui.try.end"))
	case v.visit.Inspection.Sealed != nil:
		v.sign.SetText(w.T("ui.inspection.document"))
	default:
		v.sign.SetText(w.T("ui.inspection.sign"))
	}
}

func (v *inspectionView) placeRow(place, text, count string) fyne.CanvasObject {
	label := plain(text)
	label.bold = place == v.where
	number := quiet(count).oneLine()
	if a, b, ok := strings.Cut(count, "/"); ok && a == b {
		number.color = jadeColor
	}
	p := newPress(v.w, inset(6, 9, across(6, 0, label, number)), func() { v.goPlace(place) })
	p.edge, p.selected = true, place == v.where
	return p
}

func (v *inspectionView) showItems() {
	lines := v.lines()
	pages := (len(lines) + mostRows - 1) / mostRows
	v.page = max(0, min(v.page, pages-1))
	shown := lines[min(v.page*mostRows, len(lines)):min((v.page+1)*mostRows, len(lines))]
	for k, r := range v.rows {
		if k < len(shown) {
			r.line(shown[k])
			showIf(r, true)
		} else {
			r.key = ""
			showIf(r, false)
		}
	}
	v.pager.Objects = nil
	for p := range pages {
		b := newChoiceButton(v.w, "", inkColor, itoa(p*mostRows+1)+"–"+itoa(min((p+1)*mostRows, len(lines))), func() { v.page, v.at = p, ""; v.show(); v.middle.ScrollToTop() })
		b.choose(p == v.page)
		v.pager.Add(b.press)
	}
	if n, ok := v.visit.Node(v.at); ok {
		v.panel.show(n)
	} else {
		v.at = ""
	}
}

func (v *inspectionView) showFindings() {
	v.found.Objects = []fyne.CanvasObject{inset(8, 8, head(v.w.T("ui.inspection.findings")))}
	if len(v.visit.Findings) == 0 {
		v.found.Add(inset(0, 8, quiet(v.w.T("ui.inspection.no_findings"))))
	}
	for _, f := range v.visit.Findings {
		v.found.Add(v.findingLine(f))
	}
	if len(v.visit.Earlier) > 0 {
		v.found.Add(inset(14, 8, head(v.w.T("ui.inspection.earlier"))))
		for _, f := range v.visit.Earlier {
			v.found.Add(findingRow(v.w, f, ""))
		}
	}
	v.found.Refresh()
}

func (v *inspectionView) findingLine(f record.Finding) fyne.CanvasObject {
	w := v.w
	body := down(3, across(8, 1, strong(f.Code).oneLine(), strong(w.in(f.Title)), severityPill(w.words, f.Severity).box))
	if f.Fact != "" {
		body.Add(plain(f.Fact))
	}
	for _, c := range f.Citations {
		body.Add(quiet(checklist.CitationText(c, w.lang())))
	}
	if a := w.in(f.Action); a != "" {
		body.Add(quiet(w.T("ui.item.action_line", "text", a)))
	}
	body.Add(quiet(deadlineWords(w.words, f)))
	return down(0, newPress(w, inset(10, 8, body), func() { v.take(record.ItemKey(f.Item, f.Repeat)) }), hairline())
}

// jsonText is a text as an answer's value carries it; nil when empty.
func jsonText(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	b, err := json.Marshal(s)
	if err != nil {
		return nil // strings always marshal
	}
	return b
}
