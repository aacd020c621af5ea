package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/desk"
	"plumbline/app/workbook"
)

// figuresView draws what the records on this laptop come to, with the cut-off,
// what is counted, and whose work is not in it.
type figuresView struct {
	w       *Window
	period  string
	scroll  *container.Scroll
	body    *fyne.Container
	periods map[string]*choiceButton
	latest  latest
	seen    desk.Figures
	read    bool
}

var figurePeriods = []string{"months", "year", "all"}

func newFiguresView(w *Window) *figuresView {
	v := &figuresView{w: w, period: "months", body: down(14), periods: map[string]*choiceButton{}}
	name, back := title(""), newProse("", textSize, theme.ColorNameHyperlink).oneLine()
	row := flow(6)
	for _, p := range figurePeriods {
		b := newChoiceButton(w, "", inkColor, "-", func() { v.period = p; v.load() })
		v.periods[p] = b
		row.Add(b.press)
	}
	w.say(func() {
		name.set(w.T("figures.title"))
		back.set(w.T("figures.back"))
		for p, b := range v.periods {
			b.text.set(w.T("figures.period." + p))
		}
		if v.read && w.view == view(v) {
			v.load() // the words of its parts are in one language
		}
	})
	v.scroll = scrolled(atMost(900, down(12, flow(0, newPress(w, inset(2, 4, back), func() { w.goTo("findings") })), headLine(name, w.takers()), row, v.body)))
	return v
}

// openFigures shows the figures.
func (w *Window) openFigures() { w.show(w.figures, "findings") }

func (v *figuresView) object() fyne.CanvasObject    { return v.scroll }
func (v *figuresView) leave()                       {}
func (v *figuresView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

// from is the first day of the period.
func (v *figuresView) from() string {
	now := v.w.now()
	switch v.period {
	case "year":
		return time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.Local).Format(time.DateOnly)
	case "months":
		return time.Date(now.Year(), now.Month()-11, 1, 0, 0, 0, 0, time.Local).Format(time.DateOnly)
	}
	return ""
}

func (v *figuresView) load() {
	w := v.w
	d, t, from, to := w.desk, w.texts, v.from(), w.desk.Today()
	var f desk.Figures
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		f, err = d.Figures(ctx, t, from, to)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.seen, v.read = f, true
		v.show()
	})
}

func (v *figuresView) show() {
	w, f := v.w, v.seen
	for p, b := range v.periods {
		b.choose(p == v.period)
	}
	v.body.Objects = nil
	if f.Inspections == 0 {
		v.body.Add(panel(inset(14, 16, plain(w.T("figures.none")))))
	} else {
		v.body.Add(strong(w.T("figures.sum", "visits", f.Inspections, "with", f.WithFindings, "findings", f.Findings, "open", f.Open, "overdue", f.Overdue)))
		for _, c := range f.Charts {
			v.body.Add(v.chart(c))
		}
	}
	said := down(3, strong(w.T("figures.counted")))
	for _, line := range f.Said(w.texts) {
		said.Add(quiet(line))
	}
	v.body.Add(panel(inset(12, 14, said)))
	v.scroll.Refresh()
}

// chart draws the parts of a chart as bars of one scale: words, bar, number.
func (v *figuresView) chart(c desk.Chart) fyne.CanvasObject {
	w := v.w
	out := down(4, head(w.T("figures.chart."+c.Name)))
	most := 0
	for _, b := range c.Bars {
		most = max(most, b.Findings)
	}
	if len(c.Bars) == 0 {
		out.Add(quiet(w.T("figures.none_here")))
	}
	color := inkColor
	if c.Name == "overdue" {
		color = vermilionColor
	}
	for _, b := range c.Bars {
		said := w.T("figures.bar", "n", b.Findings, "open", b.Open)
		if c.Name == "month" {
			said = w.T("figures.bar_month", "visits", b.Visits, "n", b.Findings, "closed", b.Closed)
		}
		share := float32(0)
		if most > 0 {
			share = float32(b.Findings) / float32(most)
		}
		out.Add(container.New(barLayout{share}, plain(b.Words).atMostLines(3), newBox(nil, color, "", 2), quiet(said)))
	}
	return out
}

// barLayout puts words, a bar of a share of its room, and the numbers on a line.
type barLayout struct{ share float32 }

func (l barLayout) parts(width float32) (words, bar, said float32) {
	return width * 0.4, width * 0.32, width * 0.28
}

func (l barLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	words, bar, said := l.parts(size.Width)
	h := heightAt(o[0], words-10)
	o[0].Move(fyne.NewPos(0, (size.Height-h)/2))
	thick := 14 * theme.Size(textSize) / 15
	o[1].Resize(fyne.NewSize(max(2, bar*l.share), thick))
	o[1].Move(fyne.NewPos(words, (size.Height-thick)/2))
	h = heightAt(o[2], said-10)
	o[2].Move(fyne.NewPos(words+bar+10, (size.Height-h)/2))
}

func (l barLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(300, max(o[0].MinSize().Height, o[2].MinSize().Height, 22)+4)
}

func (v *figuresView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	t, f := v.w.texts, v.seen
	if one || f.Inspections == 0 {
		return nil, nil
	}
	return func(context.Context) (workbook.Table, error) { return desk.FigureTable(t, f), nil }, nil
}
