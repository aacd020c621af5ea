package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// checklistsView is the library of checklists: sections, items, what to look at,
// and the law each item rests on. They can be tried out, written to Excel, and
// brought in from there.
type checklistsView struct {
	w       *Window
	known   []checklist.Checklist // the newest of each that is not retired
	unread  []desk.Unread
	every   bool // known is every version, those that are retired too
	latest  latest
	chosen  int
	section string
	at      string // uid of the item that is open
	all     *fyne.Container
	lists   *fyne.Container
	body    *fyne.Container
	left    *container.Scroll
	right   *container.Scroll
	people  []record.Inspector
	form    *inquiry      // that is asked for
	report  *importReport // on a checklist that was read, shown instead; nil none
	want    string        // id of a checklist to show once it is read

	itemForm *itemForm
	revision *revision // being changed, shown instead; nil none
	resumed  bool      // what was being changed when the window last closed was looked for
}

func newChecklistsView(w *Window) *checklistsView {
	v := &checklistsView{w: w, known: checklist.Builtin(), lists: down(2), body: down(8)}
	name, bring := title(""), button("", v.bringIn)
	every := newTickBox(w, func(on bool) { v.every = on; v.load() })
	w.say(func() {
		name.set(w.T("ui.nav.checklists"))
		bring.SetText(w.T("ui.checklists.import"))
		every.text.set(w.T("ui.checklists.every"))
	})
	v.left = container.NewVScroll(inset(16, 12, down(10, name, flow(0, bring), every.press, v.lists)))
	v.right = scrolled(v.body)
	v.all = container.New(&sideBySide{width: 300}, v.left, upright(), v.right)
	w.say(func() {
		if w.view == view(v) { // there is much to show, and nobody may want to see it
			v.show()
		}
	})
	return v
}

// sideBySide gives the first object a fixed width and the last one the rest.
type sideBySide struct{ width float32 }

func (l *sideBySide) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := l.width * theme.Size(textSize) / 15
	o[0].Resize(fyne.NewSize(w, size.Height))
	o[0].Move(fyne.Position{})
	o[1].Resize(fyne.NewSize(1, size.Height))
	o[1].Move(fyne.NewPos(w, 0))
	o[2].Resize(fyne.NewSize(max(0, size.Width-w-1), size.Height))
	o[2].Move(fyne.NewPos(w+1, 0))
}

func (l *sideBySide) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(l.width+200, 200) }

func (v *checklistsView) object() fyne.CanvasObject { return v.all }
func (v *checklistsView) leave()                    {}
func (v *checklistsView) scrolls() []*container.Scroll {
	return []*container.Scroll{v.left, v.right}
}

// load reads the checklists anew: one may have come from a workbook or from a
// colleague.
func (v *checklistsView) load() {
	v.show()
	var known []checklist.Checklist
	var unread []desk.Unread
	kept, every := "", v.every
	v.latest.run(v.w.tasks, func(ctx context.Context) (err error) {
		read := v.w.desk.CurrentChecklists
		if every {
			read = v.w.desk.Checklists
		}
		if known, err = read(ctx); err == nil {
			unread, err = v.w.desk.UnreadChecklists(ctx)
		}
		if err == nil && !v.resumed {
			kept, err = v.w.desk.Store.Setting(ctx, revisionSetting)
		}
		return err
	}, func(err error) {
		if err != nil {
			v.w.complain(err)
			return
		}
		was, at := v.known[v.chosen], v.want
		if v.want = ""; at != "" {
			v.section, v.at = "", ""
		}
		v.unread = unread
		if !v.resumed {
			v.revision, v.resumed = readRevision(kept), true
		}
		v.known, v.chosen = known, 0
		for n, c := range known { // the same version, else the newest of that checklist
			if at == "" && c.Ref() == was.Ref() {
				v.chosen = n
				break
			}
			if c.ID == at || at == "" && c.ID == was.ID {
				v.chosen = n
			}
		}
		v.show()
	})
}

// openItem shows an item of the library in the first checklist that has it.
func (v *checklistsView) openItem(uid string) {
	for n, c := range v.known {
		if it, ok := c.Item(uid); ok {
			if v.report = nil; v.revision == nil {
				v.chosen, v.section, v.at = n, it.Section, uid
			}
			v.w.goTo("checklists")
			return
		}
	}
}

func (v *checklistsView) show() {
	w := v.w
	v.lists.Objects = nil
	for n, c := range v.known {
		text := plain(w.in(c.Title))
		here := n == v.chosen && v.report == nil && v.revision == nil
		text.bold = here
		about := w.N("ui.count.items", len(c.Items)) + " · " + c.Version
		if c.Status != "published" {
			about += " · " + w.T("ctl.checklist.status."+c.Status)
		}
		p := newPress(w, inset(7, 10, down(1, text, quiet(about))), func() {
			if v.revision != nil {
				w.tell(amberColor, "ui.revise.open")
				return
			}
			v.chosen, v.section, v.at, v.report = n, "", "", nil
			v.show()
			v.right.ScrollToTop()
		})
		p.edge, p.selected = true, here
		v.lists.Add(p)
	}
	for _, u := range v.unread {
		v.lists.Add(inset(7, 10, down(1, across(6, 1, sign(clash, amberColor, 16), plain(u.Checklist.ID+" "+u.Checklist.Version)), quiet(w.texts.Error(u.Err)))))
	}
	if v.report != nil {
		v.showReport()
		v.left.Refresh()
		v.right.Refresh()
		return
	}
	c := v.known[v.chosen]
	if v.revision != nil {
		c = v.revision.now
	}
	var kinds, forms []string
	for _, k := range c.InspectionKinds {
		kinds = append(kinds, kindWord(w.words, k))
	}
	for _, k := range c.AppliesTo {
		forms = append(forms, organizationKind(w.words, k))
	}
	acts := flow(8, button(w.T("ui.try.button"), func() { w.try(c) }))
	switch r := v.revision; {
	case r == nil:
		acts.Add(button(w.T("ui.revise.begin"), func() { v.revise(c) }))
		acts.Add(button(w.T("ui.checklists.export"), v.export))
		if c.Status == checklist.Retired {
			acts.Add(button(w.T("ui.checklists.offer"), func() { v.offer(c) }))
		} else {
			acts.Add(button(w.T("ui.checklists.retire"), func() { v.retire(c) }))
		}
	default:
		undo := button(w.T("ui.revise.undo"), v.undoLast)
		if len(r.past) == 0 {
			undo.Disable()
		}
		acts.Objects = append([]fyne.CanvasObject{mainButton(w.T("ui.revise.keep"), v.keepRevision)}, acts.Objects...)
		acts.Add(undo)
		acts.Add(button(w.T("ui.revise.drop"), func() {
			w.ask(w.T("ui.revise.drop_question"), w.T("ui.revise.drop_explained"), w.T("ui.revise.drop"), v.dropRevision)
		}))
	}
	v.body.Objects = []fyne.CanvasObject{head(w.in(c.Title)), acts, quiet(c.ID + " " + c.Version + " · " + c.Ref().Digest.Short()),
		plain(w.in(c.Description)), quiet(w.T("ui.checklists.for") + " " + strings.Join(forms, w.T("ui.list_comma")) + " · " + strings.Join(kinds, w.T("ui.list_comma")))}
	if notice := w.in(c.Notice); notice != "" {
		v.body.Add(newBox(inset(10, 12, plain(notice)), amberSoft, "", 4))
	}
	tabs := flow(6)
	if v.section == "" && len(c.Sections) > 0 {
		v.section = c.Sections[0].ID
	}
	for _, s := range c.Sections {
		b := newChoiceButton(w, "", inkColor, w.in(s.Title), func() { v.section, v.at = s.ID, ""; v.show() })
		b.choose(s.ID == v.section)
		tabs.Add(b.press)
	}
	v.body.Add(tabs)
	for n := range c.Items {
		switch it := &c.Items[n]; {
		case it.Section != v.section:
		case v.revision != nil:
			v.body.Add(v.reviseLine(c, it))
		default:
			v.body.Add(v.itemLine(c, it))
		}
	}
	v.left.Refresh()
	v.right.Refresh()
}

// byWhom reads the people in one of whose names something is to be done.
func (v *checklistsView) byWhom(then func()) {
	w, d := v.w, v.w.desk
	w.tasks.Queue(func(ctx context.Context) (err error) {
		v.people, err = d.Store.Inspectors(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		then()
	})
}

// retire asks why a version is offered no more.
func (v *checklistsView) retire(c checklist.Checklist) {
	v.askOffer(c, "retire", v.w.desk.RetireChecklist)
}

// offer asks why a retired version is offered again.
func (v *checklistsView) offer(c checklist.Checklist) {
	v.askOffer(c, "offer", v.w.desk.OfferChecklist)
}

func (v *checklistsView) askOffer(c checklist.Checklist, what string, do func(context.Context, record.ID, checklist.Checklist, string) error) {
	w := v.w
	v.byWhom(func() {
		b := newInquiry(w, "checklist.retire/"+c.ID)
		b.text("reason", w.T("ui.plans.reason"), "", 2)
		b.person("by", w.T("ui.documents.by"), v.people, "")
		v.form = b
		key := "ui.checklists." + what
		b.ask(w.T(key+"_question", "title", w.in(c.Title), "version", c.Version), w.T(key+"_explained"), w.T(key+"_do"), "reason", func(ctx context.Context, said map[string]string) error {
			by, err := actor(said)
			if err == nil {
				err = do(ctx, by, c, said["reason"])
			}
			return err
		}, v.load)
	})
}

func (v *checklistsView) itemLine(c checklist.Checklist, it *checklist.Item) fyne.CanvasObject {
	w := v.w
	body := down(6, acrossTop(10, 1, atLeast(64, 0, newProse(it.Code, smallSize, quietColor).strong().oneLine()), plain(w.in(it.Text)), severityPill(w.words, it.Severity).box))
	if v.at == it.UID {
		more := down(6, quiet(w.T("ui.checklists.answer."+string(it.Answer.Type))+" · "+checklist.PhotoText(it.Evidence.Photo, w.lang())))
		if it.AppliesIf != "" {
			more.Add(quiet(checklist.ConditionText(it.AppliesIf, w.lang())))
		}
		if g := w.in(it.Guidance); g != "" {
			more.Add(panelLine(w.T("ui.item.guidance"), g))
		}
		law := down(2, quiet(w.T("ui.item.law")))
		for _, b := range c.Citations(it, append(c.AppliesTo, record.SocialGroup)[0]) {
			law.Add(plain(checklist.CitationText(b, w.lang())))
			if b.Edition != "" && b.Edition != "varies" {
				law.Add(quiet(w.T("ui.item.edition", "edition", b.EditionIn(w.lang()))))
			}
		}
		more.Add(law)
		if a := w.in(it.Action); a != "" {
			days := ""
			if d := it.DeadlineDays(); d > 0 {
				days = " · " + w.N("ui.finding.days", d)
			}
			more.Add(panelLine(w.T("ui.item.action"), a+days))
		}
		if a := w.in(it.Authority); a != "" {
			more.Add(panelLine(w.T("ui.item.authority"), a))
		}
		body.Add(inset(2, 74, more))
	}
	p := newPress(w, inset(7, 8, body), func() {
		if v.at == it.UID {
			v.at = ""
		} else {
			v.at = it.UID
		}
		v.show()
	})
	p.edge, p.selected = true, v.at == it.UID
	return down(0, p, hairline())
}
