package ui

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/checklist/xlsform"
	"plumbline/app/desk"
)

// importReport is a checklist that was read from a file and not kept yet: what
// is in it, and what its author should look at, each with its place.
type importReport struct {
	path string
	in   *xlsform.Import
}

// mostRemarks is how many remarks stand on the screen; the list has all.
const mostRemarks = 100

// bringIn asks for a workbook, reads it and shows the report.
func (v *checklistsView) bringIn() {
	w := v.w
	w.chooseFile(w.T("ui.checklists.import_title"), []string{".xlsx", ".xls", ".json"}, v.read)
}

func (v *checklistsView) read(path string) {
	w := v.w
	var in *xlsform.Import
	w.tasks.Run(context.Background(), func(context.Context) (err error) {
		in, err = desk.ReadChecklist(path, xlsform.Options{})
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.report = &importReport{path, in}
		v.show()
		v.right.ScrollToTop()
	})
}

// showReport shows the report in place of a checklist.
func (v *checklistsView) showReport() {
	w, r := v.w, v.report
	c := r.in.Checklist
	n := len(r.in.Warnings) + r.in.Untold
	v.body.Objects = []fyne.CanvasObject{
		head(w.in(c.Title)), quiet(c.ID + " " + c.Version), plain(w.T("ui.report.read", "file", filepath.Base(r.path))),
		plain(w.T("ui.report.counts", "sections", len(c.Sections), "items", len(c.Items))),
		flow(8, mainButton(w.T("ui.report.take"), v.takeIn), button(w.T("ui.try.button"), func() { w.try(c) }), button(w.T("ui.report.drop"), func() { v.report = nil; v.show() })),
	}
	if n == 0 {
		v.body.Add(inset(6, 0, across(8, 1, sign(tick, jadeColor, 18), plain(w.T("ui.report.none")))))
		return
	}
	v.body.Add(inset(6, 0, across(8, 1, sign(clash, amberColor, 18), plain(w.N("ui.report.some", n)))))
	v.body.Add(outdented(linkButton(w, w.T("ui.list.copy"), v.copyReport), linkButton(w, w.T("ui.list.export"), v.exportReport)))
	for k, x := range r.in.Warnings {
		if k == mostRemarks {
			v.body.Add(quiet(w.N("ui.report.more", n-k)))
			break
		}
		v.body.Add(down(0, inset(5, 4, acrossTop(10, 1, atLeast(140, 0, newProse(desk.WarningPlace(w.texts, x), textSize, theme.ColorNameForeground).strong().oneLine()),
			plain(w.texts.Message(x.Message, x.Args)))), hairline()))
	}
}

func (v *checklistsView) copyReport() {
	w := v.w
	table := desk.WarningList(w.texts, v.report.in)
	w.app.Clipboard().SetContent(table.Pasted())
	w.tell(jadeColor, "ui.report.copied", "n", len(table.Rows))
}

func (v *checklistsView) exportReport() {
	w := v.w
	table := desk.WarningList(w.texts, v.report.in)
	name := strings.TrimSuffix(filepath.Base(v.report.path), filepath.Ext(v.report.path)) + " - " + table.Name + ".xlsx"
	w.chooseNewFile(w.T("ui.list.export"), name, func(path string) {
		w.tasks.Run(context.Background(), func(context.Context) error { return desk.WriteWorkbook(path, table) }, func(err error) {
			if err != nil {
				w.complain(err)
				return
			}
			w.tell(jadeColor, "list.wrote", "n", len(table.Rows), "file", path)
		})
	})
}

// takeIn asks in whose name, and as what, and keeps the checklist.
func (v *checklistsView) takeIn() {
	w, r := v.w, v.report
	v.byWhom(func() {
		c := r.in.Checklist
		b := newInquiry(w, "checklist.import/")
		states, words := []string{"draft", "published"}, []string(nil)
		for _, s := range states {
			words = append(words, w.T("ctl.checklist.status."+s))
		}
		if !strings.EqualFold(filepath.Ext(r.path), ".json") { // whose bytes say it
			b.choice("status", w.T("ui.report.status"), states, words, c.Status)
		}
		b.person("by", w.T("ui.documents.by"), v.people, "")
		v.form = b
		fresh := false
		b.ask(w.T("ui.report.take_question", "title", w.in(c.Title), "version", c.Version), w.T("ui.report.take_explained"), w.T("ui.report.take_do"), "", func(ctx context.Context, said map[string]string) error {
			by, err := actor(said)
			if err != nil {
				return err
			}
			kept := r.in
			if said["status"] != "" && said["status"] != c.Status {
				if kept, err = desk.ReadChecklist(r.path, xlsform.Options{Status: said["status"]}); err != nil {
					return err
				}
			}
			fresh, err = w.desk.ImportChecklist(ctx, by, kept.Checklist)
			return err
		}, func() {
			v.report, v.want = nil, c.ID
			v.load()
			key := "ui.report.taken"
			if !fresh {
				key = "ui.report.here"
			}
			w.tell(jadeColor, key, "title", w.in(c.Title), "version", c.Version)
		})
	})
}

// export asks where, and writes the checklist that is shown for its author.
func (v *checklistsView) export() {
	w, c := v.w, v.known[v.chosen]
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, w.in(c.Title)+" "+c.Version)
	w.chooseNewFile(w.T("ui.checklists.export_title"), name+".xlsx", func(path string) {
		var tables []string
		w.tasks.Run(context.Background(), func(context.Context) (err error) {
			tables, err = desk.WriteChecklist(c, path, w.texts)
			return err
		}, func(err error) {
			switch {
			case err != nil:
				w.complain(err)
			case len(tables) > 0:
				w.tell(jadeColor, "ui.checklists.written_tables", "title", w.in(c.Title), "file", path, "n", len(tables))
			default:
				w.tell(jadeColor, "ui.checklists.written", "title", w.in(c.Title), "file", path)
			}
		})
	})
}
