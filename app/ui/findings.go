package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/record"
	"plumbline/app/store"
)

// findingsView lists findings of sealed inspections.
type findingsView struct {
	w      *Window
	open   bool
	at     int // the row that has or had the focus, -1 none
	scroll *container.Scroll
	body   *fyne.Container
	tabs   [2]*choiceButton
	count  *prose
	latest latest
	rows   []record.Finding
	names  map[record.ID]string
}

// mostFindings is how many findings are shown; more are counted.
const mostFindings = 100

func newFindingsView(w *Window) *findingsView {
	v := &findingsView{w: w, open: true, at: -1, body: down(0), count: quiet("")}
	name := title("")
	v.tabs[0] = newChoiceButton(w, "", inkColor, "-", func() { v.open = true; v.load() })
	v.tabs[1] = newChoiceButton(w, "", inkColor, "-", func() { v.open = false; v.load() })
	w.say(func() {
		name.set(w.T("ui.nav.findings"))
		v.tabs[0].text.set(w.T("ui.findings.open"))
		v.tabs[1].text.set(w.T("ui.findings.all"))
	})
	v.scroll = scrolled(down(10, across(10, 0, name, w.takers()), flow(6, v.tabs[0].press, v.tabs[1].press), v.count, v.body))
	w.say(v.show)
	return v
}

func (v *findingsView) object() fyne.CanvasObject    { return v.scroll }
func (v *findingsView) leave()                       {}
func (v *findingsView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *findingsView) load() {
	w := v.w
	var rows []record.Finding
	names := map[record.ID]string{}
	open := v.open
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if rows, err = w.desk.Store.Findings(ctx, store.FindingFilter{Open: open}); err != nil {
			return err
		}
		for _, f := range rows[:min(len(rows), mostFindings)] {
			if names[f.Organization] == "" {
				o, err := w.desk.Store.Organization(ctx, f.Organization)
				if err != nil && record.CodeOf(err) != record.NotFound {
					return err
				}
				names[f.Organization] = o.Name
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.rows, v.names, v.at = rows, names, -1
		v.show()
	})
}

func (v *findingsView) show() {
	v.tabs[0].choose(v.open)
	v.tabs[1].choose(!v.open)
	v.body.Objects = nil
	v.count.set(v.w.N("ui.findings.count", len(v.rows)))
	if len(v.rows) == 0 {
		v.count.set(v.w.T("ui.findings.none"))
	}
	if len(v.rows) > mostFindings {
		v.count.set(v.w.T("ui.findings.first", "n", mostFindings, "total", len(v.rows)))
	}
	for n, f := range v.rows[:min(len(v.rows), mostFindings)] {
		row := findingRow(v.w, f, v.names[f.Organization])
		row.Objects[0].(*press).onFocus = func() { v.at = n }
		v.body.Add(row)
	}
	v.scroll.Refresh()
}
