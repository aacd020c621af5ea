package ui

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// photoView shows the photos of an inspection one by one, large, and is where an
// edited copy is made: every step is drawn at once and can be undone, the
// original stays. As a note becomes an entry when its field is left, the steps
// become a copy when the photo is left; until then they are a draft on the disk.
type photoView struct {
	w       *Window
	session *session
	photo   record.Evidence // the original, or a copy that hangs there without it
	chosen  record.ID       // the copy shown, "" the original
	steps   []record.PhotoStep
	past    [][]record.PhotoStep // what Ctrl+Z goes back to
	future  [][]record.PhotoStep // and Ctrl+Y forward
	instead bool                 // the copy shall be shown in place of the original
	changed bool                 // the steps are not yet those of a copy
	kept    []record.PhotoStep   // on their way to become a copy, nil none
	bare    bool                 // the original is shown, whatever the steps
	tool    record.PhotoTool     // in hand, "" none
	aim     record.PhotoPart     // what the keys place, empty where they place nothing

	*enlarger
	exact bool // the picture is the original, so that steps fit on it

	all    fyne.CanvasObject
	name   *prose
	count  *prose
	zoomed *prose
	missed *prose
	about  *fyne.Container
	shown  record.ID // whose facts stand in about
	edit   *fyne.Container
	copies *fyne.Container
	tools  map[record.PhotoTool]*choiceButton
	label  *field
	labelR *formRow
	tick   *tickBox
	state  *prose
	undo   *pushButton
	redo   *pushButton
	keepIt *pushButton
	side   *container.Scroll
	before *pushButton
	after  *pushButton
}

// photoTools are what can be drawn, with the key that takes each in hand.
var photoTools = []struct {
	tool record.PhotoTool
	mark mark
	key  rune
}{
	{record.HidePart, mosaicMark, 'h'}, {record.CropPhoto, cropMark, 'x'}, {record.DrawArrow, arrowMark, 'a'},
	{record.DrawCircle, ring, 'c'}, {record.DrawLine, squiggle, 'l'}, {record.WriteText, letters, 't'},
}

func newPhotoView(w *Window) *photoView {
	v := &photoView{w: w, tools: map[record.PhotoTool]*choiceButton{}}
	v.name, v.count, v.zoomed, v.missed, v.state = strong(""), quiet("").oneLine(), quiet("").oneLine(), quiet(""), quiet("")
	v.enlarger = newEnlarger(w, v.drawnSteps, func() { v.zoomed.set(itoa(int(100*v.pane.scale()*w.canvas().Scale()+0.5)) + " %") })
	v.pane.onDraw, v.pane.onDone = v.sketch, func(way []fyne.Position) { v.put(v.stepOf(v.places(way))) }
	back := button("", v.back)
	v.before, v.after = button("‹", func() { v.neighbour(-1) }), button("›", func() { v.neighbour(1) })
	out, in := button("−", func() { v.pane.zoomBy(1/1.5, v.pane.middleOf()) }), button("+", func() { v.pane.zoomBy(1.5, v.pane.middleOf()) })
	fit := button("", func() { v.pane.zoomTo(0, fyne.Position{}) })
	top := inset(8, 16, across(8, 4, back, v.before, v.count, v.after, quiet(""), out, v.zoomed, in, fit))

	row := flow(6)
	for _, t := range photoTools {
		b := newChoiceButton(w, t.mark, inkColor, "-", func() { v.take(t.tool) })
		v.tools[t.tool] = b
		row.Add(b.press)
	}
	left, right := button("", func() { v.turn(3) }), button("", func() { v.turn(1) })
	v.undo, v.redo = button("", v.undoLast), button("", v.redoLast)
	v.keepIt = mainButton("", v.keep)
	v.label = newField(w)
	v.labelR = w.row("ui.photo.label", v.label)
	v.label.onType = func(string) { v.labelR.fine() }
	v.tick = newTickBox(w, v.showInstead)
	v.copies, v.about = down(4), down(4)
	toolsHead, copiesHead := strong(""), strong("")
	v.edit = down(8, toolsHead, row, v.labelR.Container, flow(6, left, right), flow(6, v.undo, v.redo), v.state, v.keepIt)
	v.side = container.NewVScroll(inset(12, 14, down(12, v.name, v.edit, copiesHead, v.copies, v.tick.press, hairline(), v.about)))
	w.say(func() {
		back.SetText(w.T("ui.photo.back"))
		fit.SetText(w.T("ui.photo.fit"))
		left.SetText(w.T("ui.photo.turn_left"))
		right.SetText(w.T("ui.photo.turn_right"))
		v.undo.SetText(w.T("ui.photo.undo"))
		v.redo.SetText(w.T("ui.photo.redo"))
		v.keepIt.SetText(w.T("ui.photo.keep"))
		toolsHead.set(w.T("ui.photo.tools"))
		copiesHead.set(w.T("ui.photo.copies"))
		v.tick.text.set(w.T("ui.photo.instead"))
		for _, t := range photoTools {
			v.tools[t.tool].text.set(w.T("ui.photo.tool." + string(t.tool)))
		}
		v.shown = ""
		v.show()
	})
	v.all = container.New(&photoLayout{}, top, hairline(), container.NewStack(v.pane, container.NewCenter(atLeast(280, 0, v.missed))), upright(), newBox(v.side, panelColor, "", 0))
	return v
}

// photoLayout is the bar above, the photo, and what is known of it at the right.
type photoLayout struct{}

func (photoLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top, line, pane, edge, side := o[0], o[1], o[2], o[3], o[4]
	h := heightAt(top, size.Width)
	top.Move(fyne.Position{})
	line.Resize(fyne.NewSize(size.Width, 1))
	line.Move(fyne.NewPos(0, h))
	sw := 320 * theme.Size(textSize) / 15
	place := func(o fyne.CanvasObject, x, w float32) {
		o.Resize(fyne.NewSize(max(0, w), max(0, size.Height-h-1)))
		o.Move(fyne.NewPos(x, h+1))
	}
	place(pane, 0, size.Width-sw-1)
	place(edge, size.Width-sw-1, 1)
	place(side, size.Width-sw, sw)
}

func (photoLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(600, 300) }

func (v *photoView) object() fyne.CanvasObject    { return v.all }
func (v *photoView) scrolls() []*container.Scroll { return []*container.Scroll{v.side} }

// openPhoto shows a photo of the inspection in hand large.
func (w *Window) openPhoto(e record.Evidence) {
	w.settleField()
	w.photo.open(e)
	w.show(w.photo, "inspections")
}

// visit is the inspection as it stands; nil when another one is in hand.
func (v *photoView) visit() *desk.Visit {
	if v.session == nil || v.w.inspection.session != v.session {
		return nil
	}
	return v.w.inspection.visit
}

// photos lists the photos of the inspection: those of the visit, then in the
// order of the items.
func (v *photoView) photos() []record.Evidence {
	visit := v.visit()
	if visit == nil {
		return nil
	}
	out := visit.Inspection.EvidenceOf("")
	for _, n := range visit.Nodes {
		out = append(out, visit.Inspection.EvidenceOf(n.Key)...)
	}
	return out
}

// open begins with a photo, with the copy that is shown for it.
func (v *photoView) open(e record.Evidence) {
	v.session = v.w.inspection.session
	v.photo, v.shown, v.tool, v.bare = e, "", "", false
	i := v.visit().Inspection
	shown, _ := i.Shown(e, false)
	v.begin(shown)
	var left draftSteps
	if err := json.Unmarshal([]byte(v.visit().Drafts[stepsPath(e.ID)]), &left); err == nil && i.Sealed == nil {
		v.chosen, v.changed = left.Copy, true
		v.steps, v.instead = left.Steps, true
		v.past = prefixes(left.Steps)
	}
	v.read()
}

// begin shows the original, or a copy of it whose steps can be gone on with.
func (v *photoView) begin(e record.Evidence) {
	v.chosen, v.steps, v.instead = "", nil, true
	if e.ID != v.photo.ID {
		v.chosen, v.steps, v.instead = e.ID, e.Steps, e.Instead
	}
	v.past, v.future, v.kept, v.changed, v.aim = prefixes(v.steps), nil, nil, false, record.PhotoPart{}
}

// prefixes are what the steps were, one by one.
func prefixes(steps []record.PhotoStep) (out [][]record.PhotoStep) {
	for n := range steps {
		out = append(out, steps[:n:n])
	}
	return out
}

// read decodes the photo: the original, or where that is not on this laptop the
// small copy, on which nothing can be drawn.
func (v *photoView) read() {
	v.picture, v.gone, v.exact = nil, nil, false
	v.frame()
	if small := v.w.files.pictures[sized{v.onStrip(), stripSide}]; small != nil && small.ready {
		v.pane.hand(small.img, v.pane.frame) // until the sharp one is there
	} else {
		v.pane.hand(nil, record.PhotoPart{})
	}
	e := v.photo
	v.enlarger.read([]record.Hash{e.Digest, e.Small}, func(of record.Hash) {
		v.exact = of == e.Digest
		v.frame()
		v.show()
		v.draw()
	})
	v.show()
}

// onStrip is the file that stands on the strip for what is shown.
func (v *photoView) onStrip() record.Hash {
	if visit := v.visit(); visit != nil && v.chosen != "" {
		for _, c := range visit.Inspection.CopiesOf(v.photo) {
			if c.ID == v.chosen {
				return c.Digest
			}
		}
	}
	return shownOf(v.photo)
}

// drawnSteps are the steps that are seen.
func (v *photoView) drawnSteps() []record.PhotoStep {
	if v.bare || v.picture != nil && !v.exact {
		return nil
	}
	return v.steps
}

// frame gives the pane what there is to see.
func (v *photoView) frame() {
	width, height := v.photo.Width, v.photo.Height
	if v.picture != nil {
		width, height = v.picture.Width, v.picture.Height
	}
	steps := v.drawnSteps()
	frame, quarters := record.CropOf(steps, width, height), record.QuartersOf(steps)
	if frame != v.pane.frame || quarters != v.pane.quarters {
		v.pane.hand(nil, record.PhotoPart{})
		v.pane.show(frame, quarters)
	}
}

// show shows what is known of the photo, and what can be done with it.
func (v *photoView) show() {
	visit := v.visit()
	if visit == nil {
		return
	}
	w, i := v.w, visit.Inspection
	list := v.photos()
	at := slices.IndexFunc(list, func(e record.Evidence) bool { return e.ID == v.photo.ID })
	v.count.set(itoa(at+1) + " / " + itoa(len(list)))
	showIf(v.before, len(list) > 1)
	showIf(v.after, len(list) > 1)
	where := w.T("ui.photo.of_visit")
	if n, ok := visit.Node(v.photo.Item); ok {
		where = n.Item.Code + "  " + w.in(n.Item.Text)
	}
	v.name.set(where)
	v.missed.set("")
	switch {
	case v.gone != nil:
		v.missed.set(w.texts.Error(v.gone))
	case v.picture == nil && v.pane.image.Image == nil:
		v.missed.set(w.T("ui.photo.reading"))
	}
	if v.shown != v.photo.ID {
		v.shown = v.photo.ID
		v.showFacts(i)
	}
	v.showCopies(i)
	can := v.editable()
	showIf(v.edit, can)
	for t, b := range v.tools {
		b.choose(t == v.tool)
	}
	showIf(v.labelR.Container, v.tool == record.WriteText)
	v.pane.draws = v.tool != ""
	enableButton(v.undo, len(v.past) > 0)
	enableButton(v.redo, len(v.future) > 0)
	enableButton(v.keepIt, v.changed)
	switch {
	case v.tool != "":
		v.state.set(w.T("ui.photo.how." + string(v.tool)))
	case v.changed:
		v.state.set(w.T("ui.photo.draft"))
	default:
		v.state.set(w.T("ui.photo.stays"))
	}
	v.side.Refresh()
}

func enableButton(b *pushButton, on bool) {
	if on == b.Disabled() {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}

// editable tells whether steps can be drawn on the photo.
func (v *photoView) editable() bool {
	visit := v.visit()
	return visit != nil && visit.Inspection.Sealed == nil && v.photo.Counts() && !v.photo.IsCopy() && v.exact
}

func (v *photoView) showFacts(i record.Inspection) {
	iv := v.w.inspection
	then := func(f func()) func() {
		return func() { v.back(); f() }
	}
	v.about.Objects = photoFacts(v.w, iv, v.photo, then).Objects
	v.about.Refresh()
}

// showCopies offers the original and its copies to look at.
func (v *photoView) showCopies(i record.Inspection) {
	w := v.w
	row := flow(6)
	add := func(text string, chosen bool, do func()) {
		b := newChoiceButton(w, "", inkColor, text, do)
		b.choose(chosen)
		row.Add(b.press)
	}
	copies := i.CopiesOf(v.photo)
	add(w.T("ui.photo.original"), v.bare || v.chosen == "" && !v.changed, func() { v.look("") })
	for n, c := range copies {
		add(w.T("ui.photo.copy", "n", n+1), !v.bare && v.chosen == c.ID, func() { v.look(c.ID) })
	}
	if v.changed && v.chosen == "" {
		add(w.T("ui.photo.new_copy"), !v.bare, func() { v.look("") })
	}
	v.copies.Objects = []fyne.CanvasObject{row}
	if len(copies) == 0 && !v.changed {
		v.copies.Add(quiet(w.T("ui.photo.no_copies")))
	}
	if n := slices.IndexFunc(copies, func(c record.Evidence) bool { return c.ID == v.chosen }); n >= 0 && v.editable() {
		c := copies[n]
		v.copies.Add(outdented(linkButton(w, w.T("ui.photo.withdraw_copy"), func() { v.back(); w.inspection.withdrawPhoto(c) })))
	}
	v.copies.Refresh()
	v.tick.set(v.instead)
	v.tick.press.enable(i.Sealed == nil)
	showIf(v.tick.press, v.chosen != "" || v.changed)
}

// look shows the original or one of the copies. The original beneath the copy
// in hand is only looked at, and the copy again when it is asked for again.
func (v *photoView) look(id record.ID) {
	if inHand := v.changed || v.chosen != ""; inHand && (id == "" || id == v.chosen) {
		v.bare = id == "" && !v.bare
		v.again()
		return
	}
	v.settle()
	v.bare = false
	e := v.photo
	for _, c := range v.visit().Inspection.CopiesOf(v.photo) {
		if c.ID == id {
			e = c
		}
	}
	v.begin(e)
	v.again()
}

// again draws anew, of another frame if need be.
func (v *photoView) again() {
	v.pane.sketch()
	v.frame()
	v.show()
	v.draw()
}

// take takes a tool in hand, or lays it down.
func (v *photoView) take(t record.PhotoTool) {
	if !v.editable() {
		return
	}
	if v.tool == t {
		t = ""
	}
	v.tool, v.aim, v.bare = t, record.PhotoPart{}, false
	v.again()
	if t == record.WriteText {
		v.w.canvas().Focus(v.label)
	}
}

// put adds a step.
func (v *photoView) put(s record.PhotoStep) {
	if s.Do == record.WriteText && s.Text == "" {
		v.labelR.lacks(v.w, "ui.photo.label_needed")
		v.again()
		return
	}
	steps := append(slices.Clone(v.steps), s)
	if err := record.CheckPhotoSteps(steps, v.photo.Width, v.photo.Height); err != nil {
		v.w.complain(err)
		v.again()
		return
	}
	if s.Do == record.CropPhoto || s.Do == record.WriteText {
		v.tool = "" // once is enough as a rule
	}
	v.change(steps)
}

// change takes other steps; Ctrl+Z goes back to those before.
func (v *photoView) change(steps []record.PhotoStep) {
	v.past, v.future = append(v.past, v.steps), nil
	v.become(steps)
}

func (v *photoView) become(steps []record.PhotoStep) {
	v.steps, v.changed, v.bare, v.aim = steps, true, false, record.PhotoPart{}
	v.w.hush()
	if b, err := json.Marshal(draftSteps{v.chosen, steps}); err == nil { // it always marshals
		v.w.inspection.draft(stepsPath(v.photo.ID), string(b))
	}
	v.again()
}

// turn turns the copy by quarters clockwise; turning on changes the last turn.
func (v *photoView) turn(quarters int) {
	if !v.editable() {
		return
	}
	steps := slices.Clone(v.steps)
	if n := len(steps); n > 0 && steps[n-1].Do == record.TurnPhoto {
		quarters = (quarters + steps[n-1].Quarters) % 4
		steps = steps[:n-1]
	}
	if quarters > 0 {
		steps = append(steps, record.PhotoStep{Do: record.TurnPhoto, Quarters: quarters})
	}
	v.change(steps)
}

func (v *photoView) undoLast() {
	if n := len(v.past); n > 0 && v.editable() {
		v.future = append(v.future, v.steps)
		steps := v.past[n-1]
		v.past = v.past[:n-1]
		v.become(steps)
	}
}

func (v *photoView) redoLast() {
	if n := len(v.future); n > 0 && v.editable() {
		v.past = append(v.past, v.steps)
		steps := v.future[n-1]
		v.future = v.future[:n-1]
		v.become(steps)
	}
}

// draftSteps is what is kept of steps that are no copy yet.
type draftSteps struct {
	Copy  record.ID          `json:"copy,omitempty"` // that they take the place of
	Steps []record.PhotoStep `json:"steps"`
}

// stepsPath names the steps on a photo that are no copy yet.
func stepsPath(e record.ID) string { return "evidence/" + string(e) + "/steps" }

// marksLeft counts the photos with steps that a crash kept from becoming a copy:
// whoever signs has to know that their originals would be printed.
func (v *inspectionView) marksLeft() (n int) {
	for _, e := range v.visit.Inspection.Evidence {
		if e.Counts() && v.visit.Drafts[stepsPath(e.ID)] != "" {
			n++
		}
	}
	return n
}

// keep makes a copy of the steps. Where all were undone the copy they were on
// is withdrawn.
func (v *photoView) keep() {
	if !v.changed || !v.editable() {
		return
	}
	iv, of, chosen, steps := v.w.inspection, v.photo, v.chosen, v.steps
	edit := desk.PhotoEdit{Photo: of.ID, Steps: steps, Instead: v.instead}
	if chosen != "" {
		edit.Photo, edit.Reason = chosen, v.w.T("photo.replaced")
	}
	actor, undone := iv.actorID(), v.w.T("photo.undone")
	v.changed = false
	v.kept = steps
	iv.write(func(ctx context.Context, s *session) (visit desk.Visit, err error) {
		switch {
		case len(steps) > 0:
			visit, err = s.desk.EditPhoto(ctx, actor, s.id, edit)
		case chosen != "":
			visit, err = s.desk.WithdrawEvidence(ctx, actor, s.id, chosen, undone)
		default:
			visit, err = s.desk.Visit(ctx, s.id)
		}
		if err != nil {
			return visit, err
		}
		delete(visit.Drafts, stepsPath(of.ID))
		return visit, s.desk.Store.DropDraft(ctx, s.id, stepsPath(of.ID))
	}, func(err error) {
		if v.photo.ID == of.ID {
			v.changed = true
			v.show()
		}
		v.w.complain(err)
	})
}

// showInstead chooses whether the copy stands for the original.
func (v *photoView) showInstead(on bool) {
	v.instead = on
	if v.changed || v.chosen == "" {
		return
	}
	iv, id := v.w.inspection, v.chosen
	actor := iv.actorID()
	iv.write(func(ctx context.Context, s *session) (desk.Visit, error) {
		return s.desk.ShowCopy(ctx, actor, s.id, id, on)
	}, nil)
}

// took is told when the inspection was read or written.
func (v *photoView) took() {
	if v.w.view != view(v) || v.visit() == nil {
		return
	}
	i := v.visit().Inspection
	for _, e := range i.Evidence {
		if e.ID == v.photo.ID {
			v.photo = e
		}
	}
	copies := i.CopiesOf(v.photo)
	for _, c := range copies {
		if v.kept != nil && reflect.DeepEqual(c.Steps, v.kept) {
			v.chosen, v.kept = c.ID, nil
		}
	}
	if gone := func(c record.Evidence) bool { return c.ID == v.chosen }; v.chosen != "" && !v.changed && !slices.ContainsFunc(copies, gone) {
		v.begin(v.photo) // withdrawn, here or by a colleague
		v.again()
		return
	}
	v.show()
}

func (v *photoView) load() { v.show() }

func (v *photoView) leave() { v.settle() }

// settle makes a copy of the steps before something else is looked at.
func (v *photoView) settle() {
	v.tool = ""
	v.keep()
}

// back goes to the item that the photo hangs on.
func (v *photoView) back() {
	v.w.openInspection(v.session.id, v.photo.Item)
}

// neighbour shows the next photo, or the one before.
func (v *photoView) neighbour(by int) {
	list := v.photos()
	at := slices.IndexFunc(list, func(e record.Evidence) bool { return e.ID == v.photo.ID })
	if len(list) < 2 {
		return
	}
	v.w.canvas().Unfocus() // the caption at hand makes its entry
	v.settle()
	v.open(list[(at+by+len(list))%len(list)])
}

// drop hangs files dropped on the window beside the photo shown.
func (v *photoView) drop(paths []string) {
	if v.editable() {
		v.w.inspection.attach(v.photo.Item, paths)
	}
}

// photoFacts tells what is known of a photo, with what can be done with it; then
// shuts what shows it before anything else is asked.
func photoFacts(w *Window, v *inspectionView, e record.Evidence, then func(f func()) func()) *fyne.Container {
	about := down(4, plain(e.Name))
	sealed := v.visit.Inspection.Sealed != nil
	switch {
	case !sealed && e.Counts():
		about.Add(captionField(w, v, e).Container)
	case e.Caption != "":
		about.Add(plain(e.Caption))
	}
	if e.TakenAt != "" {
		about.Add(quiet(w.T("ui.photo.taken", "time", w.moment(e.TakenAt))))
	}
	about.Add(quiet(w.T("ui.photo.added", "time", w.moment(e.AddedAt))))
	about.Add(quiet(itoa(e.Width) + " × " + itoa(e.Height) + " · " + w.size(e.Size)))
	about.Add(quiet("SHA-256 " + e.Digest.Short()))
	switch {
	case !e.Counts():
	case sealed:
		about.Add(inset(6, 0, quiet(w.T("ui.past.sealed"))))
	default:
		about.Add(inset(6, 0, flow(8, button(w.T("ui.move.button"), then(func() { v.movePhotoFrom(e) })), button(w.T("ui.withdraw.button"), then(func() { v.withdrawPhoto(e) })))))
	}
	if e.Destroyed == "" {
		about.Add(outdented(linkButton(w, w.T("ui.destroy.button"), then(func() { v.askDestruction(desk.Unlawful{Evidence: []record.ID{e.ID}}) }))))
	}
	return about
}
