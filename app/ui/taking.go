package ui

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/workbook"
)

// listed is a view whose list can be taken along: copied for a spreadsheet or
// written as a workbook. taken gives the work that makes it, of the row at hand
// alone where one is wanted; nil when there is nothing. first is true when the
// list goes on behind what the table will hold.
type listed interface {
	taken(one bool) (work func(context.Context) (workbook.Table, error), first func(rows int) bool)
}

// take makes the list of the view and hands it on.
func (w *Window) take(one bool, then func(table workbook.Table, first bool)) bool {
	v, ok := w.view.(listed)
	if !ok || w.canvas().Overlays().Top() != nil {
		return false
	}
	work, first := v.taken(one)
	if work == nil {
		key := "ui.list.nothing"
		if one {
			key = "ui.list.no_row"
		}
		w.tell(amberColor, key)
		return true
	}
	var table workbook.Table
	w.taking.run(w.tasks, func(ctx context.Context) (err error) {
		table, err = work(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		then(table, first != nil && first(len(table.Rows)))
	})
	return true
}

// copyRow puts the row at hand on the clipboard.
func (w *Window) copyRow() {
	w.take(true, func(table workbook.Table, _ bool) {
		w.app.Clipboard().SetContent(workbook.Pasted(table.Rows...))
		w.tell(jadeColor, "ui.list.copied_one")
	})
}

// copyList puts the whole list with its headings on the clipboard.
func (w *Window) copyList() {
	w.take(false, func(table workbook.Table, _ bool) {
		w.app.Clipboard().SetContent(table.Pasted())
		w.tell(jadeColor, "ui.list.copied", "n", len(table.Rows))
	})
}

// exportList asks where, and writes the list as a workbook.
func (w *Window) exportList() {
	w.take(false, func(table workbook.Table, first bool) {
		name := table.Name + " " + w.now().Format("2006-01-02") + ".xlsx"
		w.chooseNewFile(w.T("ui.list.export"), name, func(path string) {
			w.tell(inkColor, "ui.list.making")
			w.tasks.Run(context.Background(), func(context.Context) error { return desk.WriteWorkbook(path, table) }, func(err error) {
				switch {
				case errors.Is(err, context.Canceled):
				case err != nil:
					w.complain(err)
				case first:
					w.tell(amberColor, "ui.list.wrote_first", "n", len(table.Rows), "file", path)
				default:
					w.tell(jadeColor, "list.wrote", "n", len(table.Rows), "file", path)
				}
			})
		})
	})
}

// takers are the two things to do with a list, for its head.
func (w *Window) takers() *fyne.Container {
	link := func(key string, do func()) *press {
		text := newProse("", textSize, theme.ColorNameHyperlink).oneLine()
		w.say(func() { text.set(w.T(key)) })
		return newPress(w, inset(2, 4, text), do)
	}
	return across(10, -1, link("ui.list.copy", w.copyList), link("ui.list.export", w.exportList))
}

func (v *organizationsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	w, t, f := v.w, v.w.texts, v.asked()
	rows := v.list.atHand()
	if len(v.found) == 0 || one && rows == nil {
		return nil, nil
	}
	return func(ctx context.Context) (workbook.Table, error) {
		if !one {
			var err error
			if rows, err = w.desk.Store.FindOrganizations(ctx, f, mostFound); err != nil {
				return workbook.Table{}, err
			}
		}
		return w.desk.OrganizationList(ctx, t, rows)
	}, func(n int) bool { return !one && n == mostFound }
}

func (v *inspectionsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	t, rows, cut := v.w.texts, v.rows, v.cut
	if one {
		rows = v.list.atHand()
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return func(context.Context) (workbook.Table, error) { return desk.InspectionList(t, rows), nil }, func(int) bool { return cut && !one }
}

func (v *findingsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	w, t := v.w, v.w.texts
	var rows []record.Finding
	for n, l := range v.narrowed() {
		if !one || n == v.at {
			rows = append(rows, l.Finding)
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return func(ctx context.Context) (workbook.Table, error) { return w.desk.FindingList(ctx, t, rows) }, nil
}

func (v *syncView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	w, t, conflicts, refused := v.w, v.w.texts, v.conflicts, v.quarantine
	if one || len(conflicts)+len(refused) == 0 {
		return nil, nil
	}
	return func(ctx context.Context) (workbook.Table, error) {
		return w.desk.SettleList(ctx, t, conflicts, refused)
	}, nil
}

func (v *documentsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	t, docs := v.w.texts, slices.DeleteFunc(slices.Clone(v.docs), func(d record.Document) bool { return !inTab(v.tab, d) })
	if one || len(docs) == 0 {
		return nil, nil
	}
	return func(context.Context) (workbook.Table, error) { return desk.DocumentList(t, docs), nil }, nil
}

func (v *plansView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	t, plans := v.w.texts, v.plans
	if one || len(plans) == 0 {
		return nil, nil
	}
	return func(context.Context) (workbook.Table, error) { return desk.PlanList(t, plans), nil }, nil
}

func (v *checklistsView) taken(one bool) (func(context.Context) (workbook.Table, error), func(int) bool) {
	t, c := v.w.texts, v.known[v.chosen]
	if one || len(c.Items) == 0 {
		return nil, nil
	}
	return func(context.Context) (workbook.Table, error) { return desk.ChecklistItems(t, c), nil }, nil
}
