package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/record"
)

// Colleague is another laptop of the authority.
type Colleague struct {
	Device record.ID
	Name   string
}

// BundleWriting says what is to be written onto a stick.
type BundleWriting struct {
	Folder   string
	For      []record.ID // laptops that may read it; nil those of the team
	PartSize int64       // bytes; 0 the usual
	Whole    bool        // everything, not only what the server lacks
	Continue bool        // the parts written before lie on another stick
}

// BundleProgress is how far the writing or reading has come.
type BundleProgress struct {
	Entries, EntriesTotal int64
	Files, FilesTotal     int
	Bytes, BytesTotal     int64
}

// BundleWritten says what a bundle holds.
type BundleWritten struct {
	Parts   []string // names of its files
	Entries int
	Files   int
	Bytes   int64
	For     []string // names of the laptops that may read it, beside the server
}

// BundleRead says what the parts in a folder brought.
type BundleRead struct {
	Parts    int // read
	NotForUs int // for other laptops
	Own      int // written by this laptop
	Broken   int // cut off or changed; what was whole of them is here
	Entries  int // new here
	Files    int // whole now
	Receipts int // of the server for our files
	Gap      bool
	From     []string // names of the laptops; "" for the server
	Refused  []BundleRefusal
}

// BundleRefusal says why a part was not read, as a key and its arguments.
type BundleRefusal struct {
	Message string
	Args    map[string]any
}

// partSizes are those of what bundles are carried on.
var partSizes = []struct {
	name  string
	bytes int64
}{{"stick", 0}, {"dvd", 4_400_000_000}, {"cd", 650_000_000}, {"small", 100_000_000}}

// bundleFile is the ending of a bundle's parts.
const bundleFile = ".plumb"

// bundlePart is the part of the sync view that syncs over a USB stick, where
// there is no network.
type bundlePart struct {
	w       *Window
	changed func() // called when something came or went
	all     *fyne.Container
	work    *worker
	write   *pushButton
	read    *pushButton
	result  func() fyne.CanvasObject // of the last work, in the language of the time
	outcome *fyne.Container

	form       *fyne.Container
	open       bool // the form is
	folder     *field
	folderRow  *formRow
	size       *pick
	colleagues []Colleague
	usual      *tickBox // the laptops of the team
	readers    *fyne.Container
	chosen     map[record.ID]bool
	whole      *tickBox
	goOn       *tickBox
	start      *pushButton
}

func newBundlePart(w *Window, changed func()) *bundlePart {
	v := &bundlePart{w: w, changed: changed, outcome: down(8), readers: down(0), chosen: map[record.ID]bool{}}
	v.work = newWorker(w)
	v.write, v.read = button("", v.begin), button("", v.chooseRead)
	v.folder = newField(w)
	v.folderRow = w.row("ui.bundle.folder", v.folder)
	v.folder.onType = func(string) { v.folderRow.fine() }
	choose := button("", func() {
		w.chooseFolder(w.T("ui.bundle.write"), nil, func(path string) {
			v.folder.SetText(path)
			v.folderRow.fine()
		})
	})
	v.size = newPick(nil)
	sizeRow := w.row("ui.bundle.part_size", v.size.framed)
	v.usual = newTickBox(w, func(bool) { v.show() })
	v.usual.set(true)
	v.whole, v.goOn = newTickBox(w, func(bool) {}), newTickBox(w, func(bool) {})
	v.start = mainButton("", v.writeIt)
	cancel := button("", func() { v.open = false; v.show() })
	name, how, who := head(""), plain(""), quiet("")
	w.say(func() {
		name.set(w.T("ui.bundle.title"))
		how.set(w.T("ui.bundle.how"))
		who.set(w.T("ui.bundle.readers"))
		v.write.SetText(w.T("ui.bundle.write"))
		v.read.SetText(w.T("ui.bundle.read"))
		choose.SetText(w.T("ui.bundle.choose_folder"))
		v.usual.text.set(w.T("ui.bundle.readers_usual"))
		v.whole.text.set(w.T("ui.bundle.whole"))
		v.goOn.text.set(w.T("ui.bundle.go_on"))
		v.start.SetText(w.T("ui.bundle.start"))
		cancel.SetText(w.T("ui.cancel"))
		var values, labels []string
		for _, s := range partSizes {
			values = append(values, s.name)
			labels = append(labels, w.T("ui.bundle.size."+s.name))
		}
		chosen := v.size.value()
		if chosen == "" {
			chosen = partSizes[0].name
		}
		v.size.show(values, labels, chosen)
	})
	v.form = down(0, panel(inset(14, 16, down(12,
		acrossTop(8, 0, v.folderRow.Container, down(3, quiet(" "), choose)),
		down(2, who, v.usual.press, v.readers),
		atMost(420, sizeRow.Container), v.whole.press, v.goOn.press,
		across(8, -1, v.start, cancel)))))
	v.all = down(10, hairline(), name, how, flow(8, v.write, v.read), v.work.box, v.form, v.outcome)
	w.say(v.show)
	return v
}

func (v *bundlePart) show() {
	w := v.w
	busy := v.work.busy()
	for _, b := range []*pushButton{v.write, v.read} {
		if busy {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	showIf(v.form, v.open && !busy)
	v.readers.Objects = nil
	if !v.usual.on {
		for _, c := range v.colleagues {
			b := newTickBox(w, func(on bool) { v.chosen[c.Device] = on })
			b.text.set(c.Name)
			b.set(v.chosen[c.Device])
			v.readers.Add(inset(0, 24, b.press))
		}
		if len(v.colleagues) == 0 {
			v.readers.Add(inset(0, 24, quiet(w.T("ui.bundle.no_laptops"))))
		}
	}
	v.outcome.Objects = nil
	if v.result != nil && !busy {
		v.outcome.Objects = []fyne.CanvasObject{v.result()}
	}
	v.all.Refresh()
	if w.syncing != nil {
		w.syncing.scroll.Refresh()
	}
}

// begin shows what can be chosen before writing.
func (v *bundlePart) begin() {
	w := v.w
	v.open, v.result = true, nil
	v.show()
	w.reveal(v.form)
	if w.opts.Sync.Colleagues == nil {
		return
	}
	var known []Colleague
	w.tasks.Run(context.Background(), func(ctx context.Context) (err error) {
		known, err = w.opts.Sync.Colleagues(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.colleagues = known
		v.show()
	})
}

// writing is what was chosen.
func (v *bundlePart) writing() BundleWriting {
	b := BundleWriting{Folder: strings.Trim(strings.TrimSpace(v.folder.Text), `"`), Whole: v.whole.on, Continue: v.goOn.on}
	for _, s := range partSizes {
		if s.name == v.size.value() {
			b.PartSize = s.bytes
		}
	}
	if !v.usual.on {
		b.For = []record.ID{} // nobody but the server, unless somebody is chosen
		for _, c := range v.colleagues {
			if v.chosen[c.Device] {
				b.For = append(b.For, c.Device)
			}
		}
	}
	return b
}

func (v *bundlePart) writeIt() {
	w := v.w
	b := v.writing()
	if b.Folder == "" {
		v.folderRow.lacks(w, "ui.bundle.folder_needed")
		return
	}
	if w.opts.Sync.WriteBundle == nil {
		return
	}
	var done BundleWritten
	v.run("ui.bundle.writing", func(ctx context.Context, progress func(BundleProgress)) (err error) {
		done, err = w.opts.Sync.WriteBundle(ctx, b, progress)
		return err
	}, func() { v.open = false; v.result = func() fyne.CanvasObject { return v.written(b.Folder, done) } })
}

func (v *bundlePart) chooseRead() {
	w := v.w
	v.open, v.result = false, nil
	v.show()
	w.chooseFolder(w.T("ui.bundle.read"), []string{bundleFile}, v.readFrom)
}

func (v *bundlePart) readFrom(path string) {
	w := v.w
	if w.opts.Sync.ReadBundle == nil {
		return
	}
	var done BundleRead
	v.run("ui.bundle.reading", func(ctx context.Context, progress func(BundleProgress)) (err error) {
		done, err = w.opts.Sync.ReadBundle(ctx, path, progress)
		return err
	}, func() { v.result = func() fyne.CanvasObject { return v.brought(path, done) } })
}

// run works with progress in entries, files and bytes, and can be stopped.
func (v *bundlePart) run(step string, work func(context.Context, func(BundleProgress)) error, done func()) {
	w := v.w
	if v.work.busy() {
		return
	}
	v.result = nil
	v.work.run(w.T("ui.bundle.preparing"), func(ctx context.Context, progress workProgress) error {
		return work(ctx, func(p BundleProgress) {
			far, all := p.Bytes, p.BytesTotal
			if all == 0 {
				far, all = p.Entries, p.EntriesTotal
			}
			progress(func() string {
				return w.T(step, "entries", number(p.Entries), "entries_total", number(p.EntriesTotal), "files", p.Files, "files_total", p.FilesTotal,
					"size", w.size(p.Bytes), "size_total", w.size(p.BytesTotal))
			}, far, all)
		})
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.bundle.stopped")
		case err != nil:
			w.complain(err)
		default:
			done()
		}
		v.show()
		v.changed()
		w.refreshStatus()
	})
	v.show()
}

// written says what a bundle holds, who can read it, and what to do with it.
func (v *bundlePart) written(folder string, b BundleWritten) fyne.CanvasObject {
	w := v.w
	said := down(4, strong(w.T("ui.bundle.written", "folder", folder)))
	if b.Entries+b.Files == 0 {
		said.Add(plain(w.T("ui.bundle.nothing_new")))
	} else {
		said.Add(plain(w.T("ui.bundle.holds", "entries", w.N("ui.count.entries", b.Entries), "files", w.N("ui.count.files", b.Files), "size", w.size(b.Bytes))))
	}
	said.Add(quiet(strings.Join(b.Parts, "  ")))
	if len(b.For) > 0 {
		said.Add(plain(w.T("ui.bundle.for", "names", strings.Join(b.For, w.T("ui.list_comma")))))
	} else {
		said.Add(plain(w.T("ui.bundle.for_server")))
	}
	said.Add(strong(w.T("ui.bundle.next")))
	said.Add(plain(w.T("ui.bundle.next_how")))
	return newBox(inset(10, 12, said), jadeSoft, "", 4)
}

// brought says what was read, and of what was not, why.
func (v *bundlePart) brought(path string, b BundleRead) fyne.CanvasObject {
	w := v.w
	var from []string
	for _, name := range b.From {
		if name == "" {
			name = w.T("ui.bundle.the_server")
		}
		if !slices.Contains(from, name) {
			from = append(from, name)
		}
	}
	said := down(4, strong(w.T("ui.bundle.was_read", "path", path)),
		plain(w.T("ui.bundle.brought", "entries", number(int64(b.Entries)), "files", number(int64(b.Files)), "receipts", number(int64(b.Receipts)), "parts", b.Parts)))
	if len(from) > 0 {
		said.Add(plain(w.T("ui.bundle.from", "names", strings.Join(from, w.T("ui.list_comma")))))
	}
	ground, wrong := jadeSoft, down(4)
	tell := func(text string) { wrong.Add(across(8, 1, sign(clash, amberColor, 18), plain(text))) }
	if b.Broken > 0 {
		tell(w.N("ui.bundle.broken", b.Broken))
	}
	if b.Own > 0 {
		said.Add(plain(w.N("ui.bundle.own", b.Own)))
	}
	if b.NotForUs > 0 {
		tell(w.N("ui.bundle.not_for_us", b.NotForUs))
	}
	if b.Gap {
		tell(w.T("ui.bundle.gap"))
	}
	for _, r := range b.Refused {
		tell(w.texts.Message(r.Message, r.Args))
	}
	if len(wrong.Objects) > 0 {
		said.Add(wrong)
		ground = amberSoft
	}
	return newBox(inset(10, 12, said), ground, "", 4)
}
