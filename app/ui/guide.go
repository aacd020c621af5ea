package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/record"
	"plumbline/app/store"
)

// guideOff is the setting that puts the guide away.
const guideOff = "guide.off"

// guide leads through a first inspection, as a rule on the sample data: each
// step is ticked by what is on the disk, and the next one has its button. It is
// gone when all are done, when somebody puts it away, and on a laptop that has
// a server: there somebody else knows the way.
type guide struct {
	w     *Window
	all   *fyne.Container
	steps *fyne.Container
	head  *prose
	hide  *press

	shown bool
	done  [4]bool
	at    record.ID // the inspection in hand, "" none
}

var guideSteps = [4]string{"register", "plan", "answer", "seal"}

func newGuide(w *Window) *guide {
	g := &guide{w: w, head: head(""), steps: down(4)}
	hide := newProse("", textSize, theme.ColorNameHyperlink).oneLine()
	g.hide = newPress(w, inset(2, 4, hide), g.putAway)
	w.say(func() {
		g.head.set(w.T("ui.guide.title"))
		hide.set(w.T("ui.guide.hide"))
	})
	g.all = down(0, panel(inset(14, 16, down(8, across(10, 0, g.head, g.hide), g.steps))))
	g.all.Hide()
	return g
}

// read looks how far the first inspection is.
func (g *guide) read(ctx context.Context, st store.Status) error {
	off, err := g.w.desk.Store.Setting(ctx, guideOff)
	if err != nil {
		return err
	}
	rows, err := g.w.desk.Store.Inspections(ctx, store.InspectionFilter{Limit: 20})
	if err != nil {
		return err
	}
	done, at := [4]bool{st.Organizations > 0, len(rows) > 0}, record.ID("")
	for _, r := range rows {
		done[3] = done[3] || r.State == record.SealedNow
		if r.State == record.OnSite || r.State == record.Planned {
			at = r.ID
		}
	}
	done[2] = done[3]
	if at != "" && !done[2] {
		i, err := g.w.desk.Store.Inspection(ctx, at)
		if err != nil {
			return err
		}
		done[2] = len(i.Answers) > 0
	}
	g.w.tasks.Do(func() {
		g.done, g.at, g.shown = done, at, off == "" && !st.Enrolled && done != [4]bool{true, true, true, true}
	})
	return nil
}

// show ticks what is done and offers the step that is next.
func (g *guide) show() {
	w := g.w
	showIf(g.all, g.shown)
	g.steps.Objects = nil
	next := true
	for n, name := range guideSteps {
		m, c := ring, slateColor
		if g.done[n] {
			m, c = tick, jadeColor
		}
		line := across(10, 1, sign(m, c, 18), plain(itoa(n+1)+". "+w.T("ui.guide."+name)))
		if !g.done[n] && next {
			next = false
			if n == 0 {
				g.steps.Add(line) // the buttons stand right below, where there is no register
				continue
			}
			line.Add(mainButton(w.T("ui.guide."+name+".do"), func() { g.take(name) }))
		}
		g.steps.Add(line)
	}
	g.all.Refresh()
}

// take leads to where a step is done.
func (g *guide) take(step string) {
	w := g.w
	switch {
	case step == "plan" || g.at == "":
		w.goTo("organizations")
	case step == "answer":
		w.openInspection(g.at, "")
		w.tasks.Queue(func(context.Context) error { return nil }, func(error) { w.inspection.next() }) // once it is read
	default:
		w.openSigning(g.at)
	}
}

func (g *guide) putAway() {
	d := g.w.desk
	g.shown = false
	g.show()
	g.w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, guideOff, "1") }, func(err error) { g.w.complain(err) })
}
