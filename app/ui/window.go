package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// SyncProgress is how far a sync has come. Step is a message key.
type SyncProgress struct {
	Step        string
	Done, Total int64
}

// Syncing is what crosses the network, handed over by the program: this
// package knows no server. All of it blocks until done; an error for people is
// a *record.Error.
type Syncing struct {
	Enrol func(ctx context.Context, url, code string) error
	Sync  func(ctx context.Context, progress func(SyncProgress)) error

	// The same over a USB stick.
	Colleagues  func(ctx context.Context) ([]Colleague, error)
	WriteBundle func(ctx context.Context, b BundleWriting, progress func(BundleProgress)) (BundleWritten, error)
	ReadBundle  func(ctx context.Context, path string, progress func(BundleProgress)) (BundleRead, error)
}

// Options are what the program hands to the window.
type Options struct {
	Tasks    Tasks
	Sync     Syncing
	Language string                  // "en", "zh"; "" as set before, else the system's
	Now      func() time.Time        // nil means time.Now
	Log      *slog.Logger            // nil means none
	Open     func(path string) error // opens a file in the system's viewer
	Early    bool                    // New shows the window, still empty, while it reads the fonts
	// Restore closes the folder, puts a backup in its place and opens it again.
	// It gives an open desk even when it fails, and the path of what was moved aside.
	Restore func(ctx context.Context, from string, progress func(desk.BackupProgress)) (d *desk.Desk, aside string, err error)
}

// Window is the one window of the program.
type Window struct {
	*words
	desk  *desk.Desk
	tasks Tasks
	opts  Options
	now   func() time.Time
	log   *slog.Logger
	app   fyne.App
	win   fyne.Window
	theme *Theme
	files *fileCache

	nav     map[string]*press
	body    *fyne.Container
	view    view
	place   string // of the navigation
	kept    string // the view that was kept last
	search  *searchEntry
	found   *searchView
	syncing *syncView

	top       *fyne.Container // the bar above
	bar       *prose          // what is where
	barMark   *fyne.Container
	pill      *pill
	pillPress *press
	notice    *fyne.Container
	said      *prose
	notify    func() string // the notice shown, in the language of the time
	saidBox   *box
	status    store.Status
	known     bool // status was read
	savedAt   time.Time
	saving    int
	unsaved   error // why the last write failed, nil if it did not
	statusing latest
	reminded  string // the day of which deadlines were told, "" none yet
	taking    latest // of a list that is copied or exported

	asked     *pushButton // the yes of the question being asked
	askedPIN  *field      // the PIN that it asks for
	shutModal func()      // takes away what was last shown above everything; nil when nothing is

	home          *homeView
	inspections   *inspectionsView
	organizations *organizationsView
	organization  *organizationView
	plan          *planView
	inspection    *inspectionView
	trying        *inspectionView // of a checklist, with nothing kept; nil until one is tried
	photo         *photoView
	retake        *retakeView
	signing       *signView
	findings      *findingsView
	rectification *rectificationView
	checklists    *checklistsView
	settings      *settingsView
	importing     *importView
	destructions  *destructionView
	laws          *lawsView
	people        *peopleView
	forms         *formsView
	plans         *plansView
	complaints    *complaintsView
	documents     *documentsView
	procedures    *proceduresView
	figures       *figuresView
	acted         record.ID // who took the last step that a form asked for
	help          *helpView
}

// view is one view of the window.
type view interface {
	object() fyne.CanvasObject
	load()  // reads anew what it shows
	leave() // what is being typed becomes an entry
	scrolls() []*container.Scroll
}

// keyView is a view with keys of its own; it tells whether it took one.
type keyView interface {
	key(fyne.KeyName) bool
	rune(rune) bool
}

// New makes the window of a desk. Show it with Run or ShowAndRun of app.
func New(app fyne.App, d *desk.Desk, o Options) (*Window, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx := context.Background()
	w := &Window{words: &words{}, desk: d, tasks: o.Tasks, opts: o, now: o.Now, log: o.Log, app: app, nav: map[string]*press{}}
	look, err := NewTheme(w.scale(ctx))
	if err != nil {
		return nil, err
	}
	w.theme = look
	look.appearance, _ = d.Store.Setting(ctx, "appearance")
	look.font.change = func() {
		w.tasks.Do(func() {
			clear(widths) // of characters the part did not have
			app.Settings().SetTheme(look)
		})
	}
	app.Settings().SetTheme(look)
	w.files = &fileCache{w: w, pictures: map[sized]*picture{}}
	w.words.use(w.startLanguage(ctx))
	feedFyne(w.words)

	w.win = app.NewWindow(w.T("ui.product"))
	w.win.SetPadded(false)
	w.win.Resize(w.lastSize(ctx))
	if o.Early {
		w.showEarly()
	}
	w.build()
	w.win.SetContent(w.frame())
	w.win.Resize(w.lastSize(ctx))
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.dropped(uris) })
	w.win.SetCloseIntercept(w.close)
	w.hearKeys()
	w.words.said = append(w.words.said, func() { feedFyne(w.words) })
	w.say(func() { w.win.SetTitle(w.T("ui.product")) })
	w.openLast(ctx)
	w.remind()
	w.poll()
	return w, nil
}

// lastView is the setting that names what the window shows: a place of the
// navigation, or a record. It is kept whenever it changes, not at the end: who
// starts again after the laptop went out is back at the record in hand.
const lastView = "window.view"

// openLast shows what was shown last; Home where that is no more.
func (w *Window) openLast(ctx context.Context) {
	last, err := w.desk.Store.Setting(ctx, lastView)
	if err != nil {
		w.log.Error("read what the window showed", "error", err.Error())
	}
	id := record.ID(last)
	switch {
	case slices.ContainsFunc(places, func(p struct {
		name string
		mark mark
	}) bool {
		return p.name == last
	}):
		w.goTo(last)
	case id.Type() == record.InspectionType:
		if _, err := w.desk.Store.Inspection(ctx, id); err == nil {
			w.openInspection(id, "")
			return
		}
		w.goTo("home")
	case id.Type() == record.OrganizationType:
		if _, err := w.desk.Store.Organization(ctx, id); err == nil {
			w.openOrganization(id)
			return
		}
		w.goTo("home")
	default:
		w.goTo("home")
	}
}

// keepView keeps what the window shows.
func (w *Window) keepView() {
	now := w.place
	switch w.view {
	case view(w.inspection), view(w.photo):
		now = string(w.inspection.session.id)
	case view(w.organization):
		now = string(w.organization.id)
	}
	if now == "" || now == w.kept {
		return
	}
	w.kept = now
	d := w.desk
	w.tasks.Queue(func(ctx context.Context) error {
		if err := d.Store.SetSetting(ctx, lastView, now); err != nil || !isRecord(now) {
			return err
		}
		return keepRecent(ctx, d, record.ID(now))
	}, func(err error) {
		if err != nil {
			w.log.Error("keep what the window shows", "error", err.Error())
		}
	})
}

// showEarly shows the empty window while the fonts are read: OpenGL and the
// fonts take a fifth of a second each, on different processors. Nothing else
// measures text meanwhile, which Fyne would not stand.
func (w *Window) showEarly() {
	read := make(chan struct{})
	go func() {
		defer close(read)
		fyne.MeasureText(" ", 15, fyne.TextStyle{})
		fyne.MeasureText(" ", 15, fyne.TextStyle{Bold: true})
	}()
	w.win.SetContent(newBox(nil, theme.ColorNameBackground, "", 0))
	w.win.Show()
	<-read
}

// Window gives the window itself.
func (w *Window) Window() fyne.Window { return w.win }

func (w *Window) canvas() fyne.Canvas { return w.win.Canvas() }

func (w *Window) scale(ctx context.Context) float32 {
	switch s, _ := w.desk.Store.Setting(ctx, "text_scale"); s {
	case "115":
		return 1.15
	case "130":
		return 1.3
	case "150":
		return 1.5
	case "175":
		return 1.75
	}
	return 1
}

// startLanguage is the one asked for, the one chosen before, or the system's.
func (w *Window) startLanguage(ctx context.Context) string {
	if w.opts.Language != "" {
		return w.opts.Language
	}
	if l, err := w.desk.Store.Setting(ctx, "language"); err == nil && l != "" {
		return l
	}
	if strings.HasPrefix(strings.ToLower(lang.SystemLocale().LanguageString()), "zh") {
		return "zh"
	}
	return "en"
}

// feedFyne gives Fyne's own few words (the menu of a text field) in our
// language. Fyne follows the system's language and has no setter; words loaded
// as the system's are the ones it shows.
func feedFyne(w *words) {
	const head = `{"Cut":"`
	if err := lang.AddTranslationsForLocale([]byte(head+w.T("ui.fyne.cut")+`","Copy":"`+w.T("ui.fyne.copy")+`","Paste":"`+w.T("ui.fyne.paste")+
		`","Select all":"`+w.T("ui.fyne.select_all")+`","Undo":"`+w.T("ui.fyne.undo")+`","Redo":"`+w.T("ui.fyne.redo")+`"}`), lang.SystemLocale()); err != nil {
		return // they stay in the system's language
	}
}

// build makes every view once.
func (w *Window) build() {
	w.home = newHomeView(w)
	w.inspections = newInspectionsView(w)
	w.organizations = newOrganizationsView(w)
	w.organization = newOrganizationView(w)
	w.plan = newPlanView(w)
	w.inspection = newInspectionView(w)
	w.photo = newPhotoView(w)
	w.retake = newRetakeView(w)
	w.signing = newSignView(w)
	w.findings = newFindingsView(w)
	w.rectification = newRectificationView(w)
	w.checklists = newChecklistsView(w)
	w.syncing = newSyncView(w)
	w.settings = newSettingsView(w)
	w.importing = newImportView(w)
	w.destructions = newDestructionView(w)
	w.laws = newLawsView(w)
	w.people = newPeopleView(w)
	w.forms = newFormsView(w)
	w.plans = newPlansView(w)
	w.complaints = newComplaintsView(w)
	w.documents = newDocumentsView(w)
	w.procedures = newProceduresView(w)
	w.figures = newFiguresView(w)
	w.found = newSearchView(w)
	w.help = newHelpView(w)
}

// places of the navigation, in order.
var places = []struct {
	name string
	mark mark
}{
	{"home", house}, {"inspections", board}, {"organizations", building}, {"findings", flag}, {"procedures", stamp}, {"documents", paper}, {"checklists", list}, {"sync", swap}, {"settings", gear},
}

func (w *Window) frame() fyne.CanvasObject {
	w.body = container.NewStack()
	side := down(2)
	for _, p := range places {
		text := plain("").oneLine()
		w.say(func() { text.set(w.T("ui.nav." + p.name)) })
		item := newPress(w, inset(8, 12, across(10, 1, sign(p.mark, quietColor, 20), text)), func() { w.goTo(p.name) })
		item.edge = true
		w.nav[p.name] = item
		side.Add(item)
	}
	content := container.New(&frameLayout{}, w.topBar(), newBox(inset(8, 6, side), panelColor, "", 0), upright(), w.body, w.noticeStrip(), w.statusBar())
	return content
}

// frameLayout is the fixed frame: bar above, navigation at the left, the view,
// a notice when there is one, and the status bar.
type frameLayout struct{}

const sideWidth = 168

func (frameLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top, side, line, body, notice, status := o[0], o[1], o[2], o[3], o[4], o[5]
	wide := float32(sideWidth) * theme.Size(textSize) / 15
	th := heightAt(top, size.Width)
	top.Move(fyne.Position{})
	sh := heightAt(status, size.Width)
	status.Move(fyne.NewPos(0, size.Height-sh))
	nh := float32(0)
	if notice.Visible() {
		nh = heightAt(notice, size.Width-wide-1)
		notice.Move(fyne.NewPos(wide+1, size.Height-sh-nh))
	}
	side.Resize(fyne.NewSize(wide, size.Height-th-sh))
	side.Move(fyne.NewPos(0, th))
	line.Resize(fyne.NewSize(1, size.Height-th-sh))
	line.Move(fyne.NewPos(wide, th))
	body.Resize(fyne.NewSize(size.Width-wide-1, size.Height-th-sh-nh))
	body.Move(fyne.NewPos(wide+1, th))
}

func (frameLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(900, 520) }

func (w *Window) topBar() fyne.CanvasObject {
	name := head("").oneLine()
	w.say(func() { name.set(w.T("ui.product")) })
	w.search = newSearchEntry(w)
	w.say(func() { w.search.SetPlaceHolder(w.T("ui.search.placeholder")) })
	w.pill = newPill(swap, slateColor, "")
	w.pillPress = newPress(w, w.pill.box, func() { w.goTo("sync") })
	w.top = container.New(&topLayout{}, inset(0, 4, name), w.search, w.pillPress)
	return down(0, newBox(inset(7, 12, w.top), theme.ColorNameBackground, "", 0), hairline())
}

// topLayout keeps the search in the middle, at most 560 wide.
type topLayout struct{}

func (topLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	name, search, pill := o[0], o[1], o[2]
	center := func(o fyne.CanvasObject, x, w, h float32) {
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
	}
	nm, pm := name.MinSize(), pill.MinSize()
	left := max(nm.Width, sideWidth) + 12
	center(name, 0, nm.Width, nm.Height)
	center(pill, size.Width-pm.Width, pm.Width, pm.Height)
	center(search, left, min(560, size.Width-left-pm.Width-24), search.MinSize().Height)
}

func (topLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(600, max(o[1].MinSize().Height, o[0].MinSize().Height))
}

func (w *Window) statusBar() fyne.CanvasObject {
	w.bar = quiet("").oneLine()
	w.barMark = container.NewStack(sign(ring, quietColor, 14))
	w.say(w.showStatus)
	return down(0, hairline(), newBox(inset(5, 12, across(7, 1, w.barMark, w.bar)), panelColor, "", 0))
}

func (w *Window) noticeStrip() fyne.CanvasObject {
	w.said = plain("")
	shut := newPress(w, inset(4, 6, sign(cross, quietColor, 14)), func() { w.hush() })
	w.saidBox = newBox(inset(8, 16, acrossTop(10, 0, w.said, shut)), inkSoft, "", 0)
	w.notice = down(0, hairline(), w.saidBox)
	w.notice.Hide()
	w.say(func() {
		if w.notify != nil {
			w.said.set(w.notify())
		}
	})
	return w.notice
}

// tell shows a text above the status bar until it is shut or another one comes.
func (w *Window) tell(c fyne.ThemeColorName, key string, args ...any) {
	w.notifyBy(c, func() string { return w.T(key, args...) })
}

func (w *Window) notifyBy(c fyne.ThemeColorName, words func() string) {
	w.notify = words
	w.said.set(words())
	w.said.setColor(c)
	w.saidBox.paint(soft(c), "")
	w.notice.Show()
	w.win.Content().Refresh()
}

func (w *Window) hush() {
	w.notify = nil
	if w.notice.Visible() {
		w.notice.Hide()
		w.win.Content().Refresh()
	}
}

// complain tells what went wrong. What no person can mend goes to the log whole.
func (w *Window) complain(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	w.log.Error("shown to the user", "error", err.Error())
	w.notifyBy(vermilionColor, func() string { return w.texts.Error(err) })
}

// show puts a view on the window.
func (w *Window) show(v view, place string) {
	w.hush()
	switch record.CodeOf(w.unsaved) {
	case record.Invalid, record.Conflict, record.Forbidden, record.NotFound, record.Sealed:
		w.unsaved = nil // it was refused, said so beside its field, and is left behind
	}
	if w.view != nil {
		w.canvas().Unfocus() // the field at hand makes its entry
		w.view.leave()
	}
	w.view, w.place = v, place
	if v != view(w.help) {
		w.endTrial(v)
	}
	for name, p := range w.nav {
		p.selectIt(name == place)
	}
	w.body.Objects = []fyne.CanvasObject{v.object()}
	w.body.Refresh()
	v.load()
	w.refreshStatus()
	w.keepView()
}

// goTo shows a place of the navigation.
func (w *Window) goTo(place string) {
	views := map[string]view{
		"home": w.home, "inspections": w.inspections, "organizations": w.organizations, "findings": w.findings, "procedures": w.procedures, "documents": w.documents,
		"checklists": w.checklists, "sync": w.syncing, "settings": w.settings,
	}
	w.show(views[place], place)
}

// settleField has the field at hand make its entry, while its view still knows
// which record it belongs to.
func (w *Window) settleField() {
	w.canvas().Unfocus()
	if w.view != nil {
		w.view.leave()
	}
}

func (w *Window) openOrganization(id record.ID) {
	w.settleField()
	w.organization.id = id
	w.show(w.organization, "organizations")
}

func (w *Window) planFor(id record.ID) {
	w.settleField()
	w.plan.begin(id)
	w.show(w.plan, "organizations")
}

// openInspection shows an inspection: the record itself, at the item with key
// if it is not "".
func (w *Window) openInspection(id record.ID, key string) {
	w.settleField()
	w.inspection.open(id, key)
	w.show(w.inspection, "inspections")
}

func (w *Window) openSigning(id record.ID) {
	w.settleField()
	w.signing.open(id)
	w.show(w.signing, "inspections")
	if v := w.inspection; v.visit != nil && v.visit.Inspection.ID == id && v.marksLeft() > 0 {
		w.tell(amberColor, "ui.photo.unkept_told", "n", v.marksLeft())
	}
}

// Keys.

func (w *Window) hearKeys() {
	c := w.canvas()
	c.SetOnTypedKey(w.typedKey)
	c.SetOnTypedRune(w.typedRune)
	hear := func(k fyne.KeyName) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, func(s fyne.Shortcut) { w.shortcut(s) })
	}
	for _, k := range []fyne.KeyName{fyne.KeyK, fyne.KeyF, fyne.KeyS, fyne.KeyE} {
		hear(k)
	}
	c.AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { w.copyRow() }) // a field with the focus copies its own text
	c.AddShortcut(copyListKey, func(s fyne.Shortcut) { w.shortcut(s) })
	for n := range places {
		hear(placeKey(n))
	}
	undo := func(fyne.Shortcut) {
		if v, ok := w.view.(interface{ undoLast() }); ok && w.canvas().Overlays().Top() == nil {
			v.undoLast()
		}
	}
	c.AddShortcut(&fyne.ShortcutUndo{}, undo)
	c.AddShortcut(&fyne.ShortcutRedo{}, func(fyne.Shortcut) {
		if v, ok := w.view.(interface{ redoLast() }); ok && w.canvas().Overlays().Top() == nil {
			v.redoLast()
		}
	})
}

// placeKey is the key that, with Ctrl, goes to the place at n of the navigation.
func placeKey(n int) fyne.KeyName { return fyne.KeyName(rune('1' + n)) }

// copyListKey copies the whole list.
var copyListKey = &desktop.CustomShortcut{KeyName: fyne.KeyC, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}

// shortcut does what one of the window's shortcuts says, and tells whether s is
// one of them. It works in a text too.
func (w *Window) shortcut(s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	if ok && *c == *copyListKey {
		w.copyList()
		return true
	}
	if !ok || c.Modifier != fyne.KeyModifierShortcutDefault {
		return false
	}
	beneath := w.canvas().Overlays().Top() != nil // something stands above the view
	switch c.KeyName {
	case fyne.KeyK:
		if !beneath {
			w.canvas().Focus(w.search)
		}
		return true
	case fyne.KeyF:
		if v, ok := w.view.(interface{ searchField() fyne.Focusable }); ok && !beneath {
			w.canvas().Focus(v.searchField())
		} else if !beneath {
			w.canvas().Focus(w.search)
		}
		return true
	case fyne.KeyS:
		w.saveNow()
		return true
	case fyne.KeyE:
		w.exportList()
		return true
	}
	for n, p := range places {
		if c.KeyName == placeKey(n) {
			if !beneath {
				w.goTo(p.name)
			}
			return true
		}
	}
	return false
}

// saveNow keeps the text at hand without leaving its field. Everything else is
// saved already: many press Ctrl+S all the same, and want to be told so.
func (w *Window) saveNow() {
	if f, ok := w.canvas().Focused().(*field); ok {
		f.keep()
	}
	w.tasks.Queue(func(context.Context) error { return nil }, func(error) { // behind the writes under way
		if w.unsaved == nil {
			w.tell(jadeColor, "ui.keys.saved")
		}
	})
}

func (w *Window) typedKey(e *fyne.KeyEvent) {
	if w.canvas().Overlays().Top() != nil { // keys of the view beneath do nothing
		switch {
		case e.Name == fyne.KeyEscape && w.shutModal != nil:
			w.shutModal()
		case e.Name == fyne.KeyDown:
			w.canvas().FocusNext()
		case e.Name == fyne.KeyUp:
			w.canvas().FocusPrevious()
		}
		return
	}
	if e.Name == fyne.KeyF1 {
		w.showHelp()
		return
	}
	if v, ok := w.view.(keyView); ok {
		v.key(e.Name)
	}
}

// helpKeys are the keys that are told of, with what they do and where.
var helpKeys = []struct{ keys, does, where string }{
	{"Tab  Shift+Tab", "tab", ""}, {"Enter  Space", "press", ""}, {"Esc", "escape", ""}, {"↑ ↓", "arrows", ""},
	{"Ctrl+K", "search", ""}, {"Ctrl+F", "find", ""}, {"Ctrl+S", "save", ""}, {"Ctrl+Z", "undo", ""}, {"Ctrl+C", "copy", ""}, {"Ctrl+Shift+C", "copy_list", ""}, {"Ctrl+E", "export", ""}, {"Ctrl+1 … 9", "places", ""}, {"F1", "help", ""}, {"Menu", "menu", ""},
	{"1 2 3 4", "answer", "in_inspection"}, {"5", "partly", "in_inspection"}, {"N", "note", "in_inspection"}, {"P", "photo", "in_inspection"}, {"F8", "next", "in_inspection"},
	{"← →", "neighbour", "in_photo"}, {"+  −  0  1", "zoom", "in_photo"}, {"H X A C L T", "photo_tools", "in_photo"}, {"R  Shift+R", "photo_turn", "in_photo"}, {"O", "original", "in_photo"}, {"G", "ghost", "in_photo"},
}

// showKeys tells of all keys.
func (w *Window) showKeys() {
	var shutIt *pushButton
	w.modal(func(shut func()) fyne.CanvasObject {
		left, right := down(5), down(5)
		where := ""
		for _, k := range helpKeys {
			to := right
			if k.where == "" {
				to = left
			} else if k.where != where {
				where = k.where
				to.Add(quiet(w.T("ui.keys." + where)))
			}
			to.Add(acrossTop(10, 1, atLeast(124, 0, strong(k.keys).oneLine()), plain(w.T("ui.keys."+k.does))))
		}
		shutIt = button(w.T("ui.close"), shut)
		return atLeast(760, 10, down(12, head(w.T("ui.keys.title")), equal(24, left, right), across(0, 0, quiet(""), shutIt)))
	})
	w.canvas().Focus(shutIt)
}

func (w *Window) typedRune(r rune) {
	if w.canvas().Overlays().Top() != nil {
		return
	}
	if v, ok := w.view.(keyView); ok {
		v.rune(r)
	}
}

// reveal scrolls what has the focus into view: Fyne moves the focus, not the page.
func (w *Window) reveal(o fyne.CanvasObject) {
	if w.view == nil {
		return
	}
	d := fyne.CurrentApp().Driver()
	x := d.AbsolutePositionForObject(o).X + o.Size().Width/2
	for _, s := range w.view.scrolls() {
		if left := d.AbsolutePositionForObject(s).X; s.Visible() && left <= x && x <= left+s.Size().Width {
			reveal(s, o)
		}
	}
}

// dropped hands files dropped on the window to the view.
func (w *Window) dropped(uris []fyne.URI) {
	v, ok := w.view.(interface{ drop(paths []string) })
	if !ok {
		return
	}
	var paths []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	v.drop(paths)
}

// close keeps what is being typed, waits for the writes under way and closes.
func (w *Window) close() {
	w.canvas().Unfocus()
	if w.view != nil {
		w.view.leave()
	}
	w.endTrial(nil)
	d, size := w.desk, w.canvas().Size()
	w.tasks.Queue(func(ctx context.Context) error {
		return d.Store.SetSetting(ctx, "window.size", fmt.Sprintf("%.0fx%.0f", size.Width, size.Height))
	}, func(err error) {
		if err != nil {
			w.log.Error("keep the window's size", "error", err.Error())
		}
		w.win.Close()
	})
}

// lastSize is what the window had when it was closed; at first it fits a screen
// of 1366×768 at 125 %.
func (w *Window) lastSize(ctx context.Context) fyne.Size {
	var width, height float32
	s, err := w.desk.Store.Setting(ctx, "window.size")
	if _, scanErr := fmt.Sscanf(s, "%gx%g", &width, &height); err != nil || scanErr != nil || width < 600 || height < 400 {
		return fyne.NewSize(1080, 600)
	}
	return fyne.NewSize(width, height)
}

// Saving.

// write queues work that changes the record; the status bar says "saved" when
// it is on the disk.
func (w *Window) write(work func(context.Context) error, done func(error)) {
	w.saving++
	w.showStatus()
	w.tasks.Queue(work, func(err error) {
		w.saving--
		if err == nil {
			w.savedAt, w.unsaved = w.now(), nil
		} else {
			w.unsaved = err
			w.log.Error("not saved", "error", err.Error())
		}
		done(err)
		w.refreshStatus()
	})
}

// poll keeps the status bar true while another program works on the folder.
func (w *Window) poll() {
	w.tasks.After(15*time.Second, func() {
		w.refreshStatus()
		w.remind()
		w.poll()
	})
}

// refreshStatus reads what is where.
func (w *Window) refreshStatus() {
	var st store.Status
	d := w.desk
	w.statusing.run(w.tasks, func(ctx context.Context) (err error) {
		st, err = d.Store.Status(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.log.Error("read status", "error", err.Error())
			return
		}
		w.status, w.known = st, true
		w.showStatus()
	})
}

// toSend is what the server has not acknowledged.
func toSend(st store.Status) (entries, files int) {
	return int(st.Entries - st.Sent), int(st.FilesLeft)
}

func (w *Window) showStatus() {
	if w.bar == nil || w.pill == nil {
		return
	}
	text, m, c := "", tick, jadeColor
	entries, files := toSend(w.status)
	switch {
	case w.saving > 0:
		text, m, c = w.T("ui.status.saving"), half, amberColor
	case w.unsaved != nil:
		text, m, c = w.T("ui.status.unsaved", "why", w.texts.Error(w.unsaved)), cross, vermilionColor
	default:
		text = w.T("ui.status.all_saved")
		if !w.savedAt.IsZero() {
			text = w.T("ui.status.saved", "time", w.savedAt.Format("15:04:05"))
		}
		switch {
		case !w.known:
		case entries == 0 && files == 0 && w.status.Enrolled && w.status.Remote.Contact > 0:
			text += " · " + w.T("ui.status.at_server", "time", w.at(time.UnixMilli(w.status.Remote.Contact)))
		case entries+files > 0:
			text += " · " + w.T("ui.status.laptop_only", "entries", w.N("ui.count.entries", entries), "files", w.N("ui.count.files", files))
		}
	}
	w.bar.set(text)
	w.bar.setColor(quietColor)
	if w.unsaved != nil {
		w.bar.setColor(vermilionColor)
	}
	w.barMark.Objects = []fyne.CanvasObject{sign(m, c, 14)}
	w.barMark.Refresh()

	switch {
	case w.syncing != nil && w.syncing.running:
		w.pill.show(swap, inkColor, w.T("ui.pill.syncing"))
	case !w.known:
		w.pill.show(swap, slateColor, "…")
	case w.status.Conflicts+w.status.Quarantine > 0:
		w.pill.show(clash, vermilionColor, w.N("ui.pill.settle", int(w.status.Conflicts+w.status.Quarantine)))
	case !w.status.Enrolled:
		w.pill.show(swap, slateColor, w.T("ui.pill.no_server"))
	case entries+files > 0:
		w.pill.show(swap, amberColor, w.N("ui.pill.to_send", entries+files))
	default:
		w.pill.show(tick, jadeColor, w.T("ui.pill.all_sent"))
	}
	if w.top != nil {
		w.top.Refresh() // the pill may need another width
	}
}

// modal shows content above everything; shut takes it away.
func (w *Window) modal(content func(shut func()) fyne.CanvasObject) {
	var p *widget.PopUp
	shut := func() {
		w.shutModal = nil
		p.Hide()
	}
	p = widget.NewModalPopUp(newBox(inset(18, 20, content(shut)), theme.ColorNameOverlayBackground, inkColor, 6), w.canvas())
	w.shutModal = shut
	p.Show()
	p.Resize(p.MinSize()) // texts have their width now, and know their lines
}

// across is a width in front of the view that grows with the text, as far as
// the window has room.
func (w *Window) across(width float32) float32 {
	return min(width*theme.Size(textSize)/15, w.canvas().Size().Width-80)
}

// ask asks before what cannot be undone.
func (w *Window) ask(question, explanation, yes string, do func()) {
	var cancel *pushButton
	w.modal(func(shut func()) fyne.CanvasObject {
		w.asked = mainButton(yes, func() { shut(); do() })
		cancel = button(w.T("ui.cancel"), shut)
		return atLeast(460, 10, down(12, head(question), plain(explanation), across(8, 0, quiet(""), cancel, w.asked)))
	})
	w.canvas().Focus(cancel) // Enter alone does not do what cannot be undone
}
