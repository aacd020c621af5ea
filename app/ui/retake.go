package ui

import (
	"context"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/desk"
	"plumbline/app/photo"
	"plumbline/app/record"
)

// mostEarlier is how many earlier photos of an item are offered.
const mostEarlier = 12

// retakeView is for taking a photo again from the same place: the earlier one,
// of an inspection before, beside the new one, or as a ghost over it.
type retakeView struct {
	w    *Window
	of   comparison
	at   int       // in its earlier photos
	now  record.ID // the new photo compared, "" the latest
	over bool      // the earlier one lies over the new one
	pale float64   // how far the ghost lets the new one through

	ghostly    *photo.Picture // that ghostImage shows
	ghostImage image.Image

	before, after         *enlarger
	all                   fyne.CanvasObject
	name                  *prose
	beforeName, afterName *prose
	count                 *prose
	leaf, news            *fyne.Container
	left                  *fyne.Container
	beside, ghost         *choiceButton
	strength              *fyne.Container
	percent               *prose
	lacks                 *prose
	add                   *pushButton
	shown                 record.ID // read into after
	prev, next            *pushButton
}

// comparison is what is compared: photos of before with those of now.
type comparison struct {
	title   func() string
	earlier []desk.EarlierPhoto
	now     func() []record.Evidence
	add     func(paths []string) // hangs more of now; nil where none can be
	back    func()
}

func newRetakeView(w *Window) *retakeView {
	v := &retakeView{w: w, pale: 0.5, at: -1}
	v.name, v.beforeName, v.afterName, v.count, v.lacks = strong(""), quiet(""), quiet(""), quiet("").oneLine(), plain("")
	none := func() []record.PhotoStep { return nil }
	v.before, v.after = newEnlarger(w, none, func() {}), newEnlarger(w, none, func() {})
	back := button("", v.back)
	v.prev, v.next = button("‹", func() { v.choose(v.at - 1) }), button("›", func() { v.choose(v.at + 1) })
	v.beside = newChoiceButton(w, "", inkColor, "-", func() { v.lay(false) })
	v.ghost = newChoiceButton(w, "", inkColor, "-", func() { v.lay(true) })
	v.percent = quiet("").oneLine()
	strength := quiet("").oneLine()
	v.strength = across(8, -1, strength, button("−", func() { v.fade(0.1) }), v.percent, button("+", func() { v.fade(-0.1) }))
	v.add = mainButton("", v.choosePhoto)
	v.news = flow(6)
	v.leaf = across(6, -1, v.prev, v.count, v.next)
	top := inset(8, 16, across(10, 1, back, v.name, v.add))
	bar := inset(0, 16, flow(10, v.leaf, v.beside.press, v.ghost.press, v.strength, v.news))
	v.left = container.New(&restAndTop{}, inset(4, 8, v.beforeName), v.before.pane)
	right := container.New(&restAndTop{}, inset(4, 8, v.afterName), container.NewStack(v.after.pane, container.NewCenter(atLeast(280, 0, v.lacks))))
	v.all = container.New(&restAndTop{}, down(6, top, bar, hairline()), equal(8, v.left, right))
	w.say(func() {
		back.SetText(w.T("ui.retake.back"))
		v.add.SetText(w.T("ui.item.add_photo"))
		v.beside.text.set(w.T("ui.retake.beside"))
		v.ghost.text.set(w.T("ui.retake.over"))
		strength.set(w.T("ui.retake.strength"))
		v.show()
	})
	return v
}

// restAndTop gives the first object the height it needs at the top, the second
// the rest.
type restAndTop struct{}

func (restAndTop) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := heightAt(o[0], size.Width)
	o[0].Move(fyne.Position{})
	o[1].Move(fyne.NewPos(0, h))
	o[1].Resize(fyne.NewSize(size.Width, max(0, size.Height-h)))
}

func (restAndTop) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(max(o[0].MinSize().Width, o[1].MinSize().Width), o[0].MinSize().Height+120)
}

func (v *retakeView) object() fyne.CanvasObject    { return v.all }
func (v *retakeView) scrolls() []*container.Scroll { return nil }
func (v *retakeView) load()                        { v.show() }
func (v *retakeView) leave()                       {}

// openRetake shows the earlier photos of an item to take them again; at is the
// one to begin with.
func (w *Window) openRetake(key string, earlier []desk.EarlierPhoto, at int) {
	v, s := w.inspection, w.inspection.session
	open := v.visit.Inspection.Sealed == nil
	c := comparison{
		title: func() string {
			if n, ok := v.visit.Node(key); ok {
				return n.Item.Code + "  " + w.in(n.Item.Text)
			}
			return ""
		},
		earlier: earlier,
		now: func() []record.Evidence {
			if v.session != s || v.visit == nil {
				return nil
			}
			return v.visit.Inspection.EvidenceOf(key)
		},
		back: func() { w.openInspection(s.id, key) },
	}
	if open {
		c.add = func(paths []string) { v.attach(key, paths) }
	}
	w.compare(c, "inspections", at)
}

// compare shows a comparison, beginning with the photo of before at place at.
func (w *Window) compare(c comparison, place string, at int) {
	v := w.retake
	w.settleField()
	v.of, v.now, v.shown, v.at = c, "", "", -1
	v.after.picture = nil
	w.show(v, place)
	v.choose(at)
}

// choose takes the earlier photo at place n.
func (v *retakeView) choose(n int) {
	if n < 0 || n >= len(v.of.earlier) || n == v.at {
		return
	}
	v.at = n
	e := v.of.earlier[n].Evidence
	v.before.pane.hand(nil, record.PhotoPart{})
	v.before.read(nonempty(e.Small, e.Digest), func(record.Hash) {
		v.before.whole()
		v.show()
		v.haunt(v.pale)
	})
	v.show()
}

// nonempty leaves out what there is not.
func nonempty(files ...record.Hash) (out []record.Hash) {
	for _, f := range files {
		if f != "" {
			out = append(out, f)
		}
	}
	return out
}

// lay puts the two beside or over each other.
func (v *retakeView) lay(over bool) {
	v.over = over
	v.show()
	v.haunt(v.pale)
}

// fade makes the ghost paler.
func (v *retakeView) fade(by float64) {
	v.haunt(max(0.1, min(0.9, v.pale+by)))
	v.show()
}

// haunt lays the earlier photo over the new one, so pale.
func (v *retakeView) haunt(pale float64) {
	v.pale = pale
	p := v.before.picture
	if !v.over || p == nil {
		v.after.pane.haunt(nil, 0)
		return
	}
	if v.after.picture == nil { // the ghost alone shows where to stand
		v.after.pane.show(record.PhotoPart{W: p.Width, H: p.Height}, 0)
	}
	if p == v.ghostly {
		v.after.pane.haunt(v.ghostImage, pale)
		return
	}
	var img image.Image
	v.w.tasks.Run(context.Background(), func(context.Context) error {
		img = onScreen(p.Draw(nil, record.PhotoPart{}, aloneSide))
		return nil
	}, func(error) {
		if p == v.before.picture {
			v.ghostly, v.ghostImage = p, img
			v.haunt(v.pale)
		}
	})
}

// show shows what is chosen.
func (v *retakeView) show() {
	w := v.w
	if v.at < 0 || v.at >= len(v.of.earlier) {
		return
	}
	list := v.of.now()
	v.name.set(v.of.title())
	e := v.of.earlier[v.at]
	v.count.set(itoa(v.at+1) + " / " + itoa(len(v.of.earlier)))
	v.beforeName.set(w.T("ui.retake.before", "day", w.day(e.Day), "number", e.Number))
	showIf(v.add, v.of.add != nil)
	v.beside.choose(!v.over)
	v.ghost.choose(v.over)
	showIf(v.strength, v.over)
	showIf(v.leaf, len(v.of.earlier) > 1)
	v.percent.set(itoa(int(100*(1-v.pale)+0.5)) + " %")
	showIf(v.left, !v.over)
	v.news.Objects = nil
	chosen := record.Evidence{}
	for n, e := range list {
		if v.now == e.ID || v.now == "" && n == len(list)-1 {
			chosen = e
		}
	}
	for n, e := range list {
		if len(list) > 1 {
			b := newChoiceButton(w, "", inkColor, w.T("ui.retake.new", "n", n+1), func() { v.now = e.ID; v.show() })
			b.choose(e.ID == chosen.ID)
			v.news.Add(b.press)
		}
	}
	v.news.Refresh()
	v.lacks.set("")
	if chosen.ID == "" {
		v.afterName.set(w.T("ui.retake.none"))
		if !v.over {
			v.lacks.set(w.T("ui.retake.how"))
		}
	} else {
		v.afterName.set(w.T("ui.retake.after", "time", w.moment(chosen.AddedAt)))
	}
	if chosen.ID != v.shown {
		v.shown = chosen.ID
		v.after.picture = nil
		v.after.whole()
		if chosen.ID != "" {
			v.after.read(nonempty(chosen.Small, chosen.Digest), func(record.Hash) {
				v.after.whole()
				v.haunt(v.pale)
			})
		}
	}
	v.all.Refresh()
}

// took is told when the inspection was read or written.
func (v *retakeView) took() {
	if v.w.view == view(v) {
		if list := v.of.now(); len(list) > 0 && v.shown != list[len(list)-1].ID {
			v.now = "" // the one just added
		}
		v.show()
	}
}

func (v *retakeView) back() { v.of.back() }

func (v *retakeView) choosePhoto() {
	v.w.chooseFile(v.w.T("ui.item.add_photo"), photoKinds, func(path string) { v.drop([]string{path}) })
}

// drop hangs files dropped on the window beside the photos of now.
func (v *retakeView) drop(paths []string) {
	if v.of.add != nil {
		v.of.add(paths)
	}
}

func (v *retakeView) key(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyEscape:
		v.back()
	case fyne.KeyLeft:
		v.choose(v.at - 1)
	case fyne.KeyRight:
		v.choose(v.at + 1)
	default:
		return false
	}
	return true
}

func (v *retakeView) rune(r rune) bool {
	step := map[rune]float64{'+': -0.1, '=': -0.1, '-': 0.1}[r]
	switch {
	case r == 'g' || r == 'G':
		v.lay(!v.over)
	case step != 0 && v.over:
		v.fade(step)
	case (r == 'p' || r == 'P') && v.add.Visible():
		v.choosePhoto()
	default:
		return false
	}
	return true
}
