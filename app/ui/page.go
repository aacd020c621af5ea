package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/record"
)

// page is what views have in common that are one column of cards below a heading,
// read from the disk at once, with a form in front of them at times.
type page struct {
	w      *Window
	scroll *container.Scroll
	body   *fyne.Container // the cards
	latest latest
	read   bool // what is shown was read

	people []record.Inspector // who may act
	form   *inquiry           // that is asked for
}

func newPage(w *Window) page { return page{w: w, body: down(10)} }

func (p *page) object() fyne.CanvasObject    { return p.scroll }
func (p *page) leave()                       {}
func (p *page) scrolls() []*container.Scroll { return []*container.Scroll{p.scroll} }

// column puts the parts of the page below each other.
func (p *page) column(parts ...fyne.CanvasObject) {
	p.scroll = scrolled(atMost(900, down(12, append(parts, p.body)...)))
}

// under puts the way back to a place of the navigation, the heading with what
// stands beside it, and what the page is for.
func (p *page) under(place, back, heading, explained string, beside ...fyne.CanvasObject) []fyne.CanvasObject {
	w := p.w
	way, name, how := newProse("", textSize, "hyperlink").oneLine(), title(""), plain("")
	w.say(func() {
		way.set(w.T(back))
		name.set(w.T(heading))
		how.set(w.T(explained))
	})
	return []fyne.CanvasObject{flow(0, newPress(w, inset(2, 4, way), func() { w.goTo(place) })), headLine(name, beside...), how}
}

// fetch reads what the page shows, and the people, away from the window's own
// thread; show is called with what was read in place.
func (p *page) fetch(read func(ctx context.Context) error, show func()) {
	w, d := p.w, p.w.desk
	var people []record.Inspector
	p.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if err = read(ctx); err != nil {
			return err
		}
		people, err = d.Store.Inspectors(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		p.people, p.read = people, true
		show()
	})
}
