package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
)

// chooser lets a person choose a file, in words of the language chosen. The
// path can also be typed or pasted.
type chooser struct {
	w       *Window
	kinds   []string // endings shown, lower case; nil all
	isNew   bool     // a file that is not there yet
	folders bool     // a folder is what is wanted; a file of kinds will do too
	folder  string
	entries []os.DirEntry
	latest  latest

	path  *widget.Entry
	row   *formRow
	where *prose
	list  *widget.List
	ok    *pushButton
	done  func(path string)
}

// chooseFile asks for a file that is there.
func (w *Window) chooseFile(name string, kinds []string, done func(path string)) {
	w.openChooser(name, &chooser{w: w, kinds: kinds, done: done}, "")
}

// chooseNewFile asks where to write a file.
func (w *Window) chooseNewFile(name, suggested string, done func(path string)) {
	w.openChooser(name, &chooser{w: w, kinds: []string{strings.ToLower(filepath.Ext(suggested))}, isNew: true, done: done}, suggested)
}

// chooseFolder asks for a folder; a file in it with one of the endings will do too.
func (w *Window) chooseFolder(name string, kinds []string, done func(path string)) {
	if kinds == nil {
		kinds = []string{}
	}
	w.openChooser(name, &chooser{w: w, kinds: kinds, folders: true, done: done}, "")
}

func (w *Window) openChooser(name string, c *chooser, suggested string) {
	c.folder, _ = w.desk.Store.Setting(context.Background(), "chooser.folder")
	if info, err := os.Stat(c.folder); err != nil || !info.IsDir() {
		if c.folder, err = os.UserHomeDir(); err != nil {
			c.folder = string(filepath.Separator)
		}
	}
	c.where = quiet("").oneLine()
	c.path = widget.NewEntry()
	c.path.OnChanged = meet
	label := "ui.chooser.path"
	if c.folders {
		label = "ui.chooser.folder"
	}
	c.row = newFormRow(w.T(label), c.path)
	c.list = widget.NewList(func() int { return len(c.entries) },
		func() fyne.CanvasObject {
			return inset(3, 8, across(8, 1, container.NewStack(sign(folder, quietColor, 18)), plain("").oneLine()))
		},
		func(n widget.ListItemID, o fyne.CanvasObject) {
			row := o.(*fyne.Container).Objects[0].(*fyne.Container)
			m := paper
			if c.entries[n].IsDir() {
				m = folder
			}
			row.Objects[0].(*fyne.Container).Objects = []fyne.CanvasObject{sign(m, quietColor, 18)}
			row.Objects[1].(*prose).set(c.entries[n].Name())
			row.Refresh()
		})
	c.list.OnSelected = func(n widget.ListItemID) {
		c.list.UnselectAll()
		e := c.entries[n]
		full := filepath.Join(c.folder, e.Name())
		if e.IsDir() {
			c.enter(full)
			return
		}
		c.path.SetText(full)
	}
	w.modal(func(shut func()) fyne.CanvasObject {
		c.ok = mainButton(w.T("ui.chooser.take"), func() { c.take(shut) })
		c.path.OnSubmitted = func(string) { c.take(shut) }
		up := button(w.T("ui.chooser.up"), func() { c.enter(filepath.Dir(c.folder)) })
		home := button(w.T("ui.chooser.home"), func() {
			if h, err := os.UserHomeDir(); err == nil {
				c.enter(h)
			}
		})
		return atLeast(640, 10, down(10, head(name), across(8, 0, c.where, up, home), atLeast(600, 260, c.list), c.row.Container,
			across(8, 0, quiet(""), button(w.T("ui.cancel"), shut), c.ok)))
	})
	c.enter(c.folder)
	if suggested != "" {
		c.path.SetText(filepath.Join(c.folder, suggested))
	}
	w.canvas().Focus(c.path)
}

// enter shows another folder. A folder of thousands is read off the window's
// goroutine.
func (c *chooser) enter(dir string) {
	var entries []os.DirEntry
	c.latest.run(c.w.tasks, func(context.Context) error {
		all, err := os.ReadDir(dir)
		for _, e := range all {
			if strings.HasPrefix(e.Name(), ".") || !e.IsDir() && c.kinds != nil && !slices.Contains(c.kinds, strings.ToLower(filepath.Ext(e.Name()))) {
				continue
			}
			entries = append(entries, e)
		}
		slices.SortStableFunc(entries, func(a, b os.DirEntry) int {
			if a.IsDir() != b.IsDir() {
				if a.IsDir() {
					return -1
				}
				return 1
			}
			return strings.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name()))
		})
		return err
	}, func(err error) {
		if err != nil {
			c.row.lacks(c.w, "ui.chooser.cannot_read", "folder", dir)
			return
		}
		c.row.fine()
		if c.isNew && c.path.Text != "" {
			c.path.SetText(filepath.Join(dir, filepath.Base(c.path.Text)))
		}
		if c.folders {
			c.path.SetText(dir)
		}
		c.folder, c.entries = dir, entries
		c.where.set(dir)
		c.list.Refresh()
		c.list.ScrollToTop()
	})
}

func (c *chooser) take(shut func()) {
	w := c.w
	path := strings.Trim(strings.TrimSpace(c.path.Text), `"`)
	info, err := os.Stat(path)
	switch {
	case path == "":
		c.row.lacks(w, "ui.chooser.none")
	case err == nil && info.IsDir() && !c.folders:
		c.enter(path)
	case err != nil && !c.isNew:
		c.row.wrong(w.texts.Error(&record.Error{Code: record.NotFound, Message: "ui.chooser.not_found", Args: map[string]any{"file": path}}))
	default:
		dir := filepath.Dir(path)
		if err == nil && info.IsDir() {
			dir = path
		}
		w.tasks.Queue(func(ctx context.Context) error { return w.desk.Store.SetSetting(ctx, "chooser.folder", dir) }, func(error) {})
		shut()
		c.done(path)
	}
}
