package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Environment of the self-test: where there is a server, the laptop is
// enrolled and synced too.
const (
	serverVariable = "PLUMBLINE_SERVER" // its address
	enrolVariable  = "PLUMBLINE_ENROL"  // a one-time code
)

// selfTestNote holds characters above U+FFFF, which stand in personal names.
const selfTestNote = "三笔付款没有凭证，经手人陈𬱖𬭸𬬭；会议纪要缺两名理事签字。"

const selfTestPIN = "260415"

// SelfTest shows the window and lets it do a whole inspection by itself, by
// pressing what a person would press: register, organization, answers, photo,
// signatures, seal, PDF, sync, both languages. It leaves numbered pictures and
// the PDF in dir and tells on out what it did. It returns when it is done.
// screen takes a picture of what a person would see; where it fails the window
// gives its own.
func (w *Window) SelfTest(dir string, tasks *Background, screen func() (image.Image, error), out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("ui: self-test: %w", err)
	}
	t := w.newSelfTest(dir, tasks, screen, out)
	err := t.drive(t.run)
	if err == nil {
		fmt.Fprintf(out, "self-test passed: %d pictures in %s\n", t.pictures, dir)
	}
	return err
}

// newSelfTest makes what drives the window; without screen it takes no pictures.
func (w *Window) newSelfTest(dir string, tasks *Background, screen func() (image.Image, error), out io.Writer) *selfTest {
	t := &selfTest{w: w, dir: dir, tasks: tasks, screen: screen, out: out, frames: make(chan struct{}, 1)}
	t.probe = canvas.NewRasterWithPixels(func(_, _, _, _ int) color.Color {
		select {
		case t.frames <- struct{}{}:
		default:
		}
		return color.Transparent
	})
	t.probe.SetMinSize(fyne.NewSquareSize(1))
	w.win.SetContent(container.NewStack(w.win.Content(), container.NewHBox(container.NewVBox(t.probe))))
	return t
}

// drive shows the window and closes it when run is done.
func (t *selfTest) drive(run func() error) error {
	w := t.w
	done := errors.New("the window was closed before the self-test had ended")
	w.win.Resize(fyne.NewSize(1366, 768))
	go func() {
		err := run()
		fyne.DoAndWait(func() {
			done = err
			w.win.Close()
		})
	}()
	w.win.ShowAndRun()
	return done
}

type selfTest struct {
	w        *Window
	dir      string
	tasks    *Background
	screen   func() (image.Image, error)
	out      io.Writer
	probe    *canvas.Raster
	frames   chan struct{}
	pictures int
	err      error
	enrolled bool
}

// do calls f on the window's goroutine and waits until what it began is done.
func (t *selfTest) do(f func()) {
	if t.err != nil {
		return
	}
	fyne.DoAndWait(f)
	t.settle()
}

// settle waits until no task is under way.
func (t *selfTest) settle() {
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !t.tasks.Idle() {
			continue
		}
		fyne.DoAndWait(func() {}) // what Idle let go may have begun more
		if t.tasks.Idle() {
			return
		}
	}
	t.fail("something was still under way after three minutes")
}

func (t *selfTest) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("self-test: "+format, args...)
	}
}

// want fails the test when something is not as it should be. It also shows
// what the window said.
func (t *selfTest) want(ok bool, format string, args ...any) {
	if ok || t.err != nil {
		return
	}
	said := ""
	fyne.DoAndWait(func() {
		if t.w.notice.Visible() {
			said = " (the window said: " + t.w.said.text + ")"
		}
	})
	t.picture("failed")
	t.fail(format+"%s", append(args, said)...)
}

// waitFor waits until cond holds; it is asked on the window's goroutine.
func (t *selfTest) waitFor(what string, cond func() bool) {
	for end := time.Now().Add(2 * time.Minute); t.err == nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ok := false
		fyne.DoAndWait(func() { ok = cond() })
		if ok {
			t.settle()
			return
		}
	}
	t.want(false, "waited two minutes for: %s", what)
}

func (t *selfTest) press(b *pushButton) {
	t.do(func() {
		if b.Disabled() || !b.Visible() {
			t.fail("the button %q cannot be pressed", b.Text)
			return
		}
		b.Tapped(&fyne.PointEvent{})
	})
}

// typeInto types a text key by key and leaves the field.
func (t *selfTest) typeInto(f *field, text string) {
	t.do(func() {
		t.w.canvas().Focus(f)
		f.SetText("")
		for _, r := range text {
			f.TypedRune(r)
		}
	})
	t.do(func() { t.w.canvas().Unfocus() })
}

// key presses a key where no text is typed.
func (t *selfTest) key(r rune) {
	t.do(func() {
		t.w.canvas().Unfocus()
		t.w.canvas().OnTypedRune()(r)
	})
}

// picture saves what is on the screen.
func (t *selfTest) picture(name string) {
	if t.err != nil || t.screen == nil {
		return
	}
	t.painted()
	t.painted() // layout may take two frames
	var img image.Image
	if grabbed, err := t.screen(); err == nil {
		img = grabbed
	} else {
		fyne.DoAndWait(func() { img = t.w.canvas().Capture() })
	}
	if cut, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	}); ok {
		size, scale := t.w.canvas().Size(), t.w.canvas().Scale()
		img = cut.SubImage(image.Rect(0, 0, int(size.Width*scale), int(size.Height*scale)))
	}
	t.pictures++
	var b bytes.Buffer
	err := png.Encode(&b, img)
	if err == nil {
		err = os.WriteFile(filepath.Join(t.dir, fmt.Sprintf("%02d-%s.png", t.pictures, name)), b.Bytes(), 0o644)
	}
	if err != nil {
		t.fail("write picture: %v", err)
	}
}

// painted waits until a frame was painted: the probe's generator runs while one is.
func (t *selfTest) painted() {
	for len(t.frames) > 0 {
		<-t.frames
	}
	fyne.DoAndWait(t.probe.Refresh)
	select {
	case <-t.frames:
	case <-time.After(20 * time.Second):
		t.fail("no frame was painted in 20 seconds")
	}
	time.Sleep(60 * time.Millisecond) // until it is on the screen
}

// both takes a picture in each language and ends in the one it began with.
func (t *selfTest) both(name string) {
	for range 2 {
		lang := t.w.lang()
		t.picture(name + "-" + lang)
		t.do(func() { t.w.setLanguage(map[string]string{"en": "zh", "zh": "en"}[lang]) })
	}
}

func (t *selfTest) say(format string, args ...any) {
	if t.err == nil {
		fmt.Fprintf(t.out, format+"\n", args...)
	}
}

func (t *selfTest) run() error {
	t.waitFor("the window to read its status", func() bool { return t.w.known })
	for _, step := range []func(){t.register, t.enrol, t.importing, t.lookAround, t.plan, t.visit, t.answerAll, t.undo, t.mistakes, t.sign, t.print, t.rectify, t.retake, t.sync, t.stick, t.views} {
		if step(); t.err != nil {
			return t.err
		}
	}
	return t.err
}

// register loads the sample data into an empty folder.
func (t *selfTest) register() {
	w := t.w
	t.both("home")
	if w.status.Organizations > 0 {
		t.say("the folder holds %d organizations", w.status.Organizations)
		return
	}
	t.do(func() { w.goTo("settings") })
	t.both("settings-empty")
	t.press(w.settings.sample)
	t.waitFor("the sample data", func() bool { return !w.settings.worker.busy() && w.status.Organizations > 2000 })
	t.both("settings-sample-loaded")
	t.say("loaded the sample data: %d organizations", w.status.Organizations)
}

// enrol joins the server, if one is given.
func (t *selfTest) enrol() {
	w := t.w
	url, code := os.Getenv(serverVariable), os.Getenv(enrolVariable)
	if url == "" || code == "" {
		return
	}
	t.do(func() { w.goTo("sync") })
	t.both("sync-not-enrolled")
	t.typeInto(w.syncing.url, url)
	t.typeInto(w.syncing.code, code)
	t.press(w.syncing.enrolNow)
	t.waitFor("the enrolment", func() bool { return w.syncing.status.Enrolled })
	t.enrolled = true
	t.syncNow()
	t.say("joined the server %s and synced", url)
}

// selfTestRegister has headings that nobody knows, and a row that is no one's.
const selfTestRegister = "甲,乙,丙,丁\n" +
	"51990100MJK0000017,云溪市茶文化协会,陈𬱖,云溪市石桥路1号\n" +
	"51990100MJK0000025,云溪市棋类协会,李丽,云溪市石桥路2号\n" +
	",云溪市无代码协会,王强,云溪市石桥路3号\n"

// importing maps the columns of a register by hand and imports it.
func (t *selfTest) importing() {
	w, v := t.w, t.w.importing
	path := filepath.Join(t.dir, "self-test-register.csv")
	if err := os.WriteFile(path, []byte(selfTestRegister), 0o644); err != nil {
		t.fail("write register: %v", err)
		return
	}
	defer os.Remove(path)
	t.do(func() { w.importFile(organizationRegister, path) })
	t.waitFor("the columns", func() bool { return w.view == view(v) })
	t.want(v.start.Disabled(), "a register without code and name could be imported")
	t.both("import-columns")
	for n, field := range []string{"code", "name", "legal_representative", "address"} {
		t.do(func() { v.picks[n].choosePlace(slices.Index(v.picks[n].values, field)) })
	}
	t.both("import-chosen")
	t.press(v.start)
	t.waitFor("the import", func() bool { return v.result != nil && !v.work.busy() })
	t.both("imported")
	rejected, err := filepath.Glob(filepath.Join(t.dir, "self-test-register-*.csv"))
	t.want(err == nil && len(rejected) == 1, "the rejected row lies in %v (%v)", rejected, err)
	for _, r := range rejected {
		os.Remove(r)
	}
	t.say("imported a register with unknown headings")
}

// stick writes a bundle and reads the folder, where there is a server.
func (t *selfTest) stick() {
	if !t.enrolled {
		return
	}
	w, v := t.w, t.w.syncing.stick
	folder := filepath.Join(t.dir, "stick")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.fail("make folder: %v", err)
		return
	}
	defer os.RemoveAll(folder)
	t.do(func() { w.goTo("sync") })
	t.press(v.write)
	t.do(func() { v.usual.Tapped(nil) })
	t.typeInto(v.folder, folder)
	t.do(func() { w.syncing.scroll.ScrollToBottom() })
	t.both("bundle")
	t.do(func() { v.usual.Tapped(nil) })
	t.press(v.start)
	t.waitFor("the bundle", func() bool { return !v.work.busy() && v.result != nil })
	t.do(func() { w.syncing.scroll.ScrollToBottom() })
	t.both("bundle-written")
	parts, err := filepath.Glob(filepath.Join(folder, "*"+bundleFile))
	t.want(err == nil && len(parts) > 0, "no bundle was written: %v", err)
	t.do(func() { v.readFrom(folder) })
	t.waitFor("the reading", func() bool { return !v.work.busy() && v.result != nil })
	t.do(func() { w.syncing.scroll.ScrollToBottom() })
	t.both("bundle-read")
	t.say("wrote a bundle of %d parts and read the folder", len(parts))
}

func (t *selfTest) syncNow() {
	w := t.w
	t.do(func() { w.goTo("sync") })
	t.press(w.syncing.now)
	t.waitFor("the sync", func() bool { return !w.syncing.running })
	t.do(func() { w.syncing.load() })
	st := w.syncing.status
	entries, files := toSend(st)
	t.want(st.Remote.Problem == "" && entries == 0 && files == 0, "after the sync %d entries and %d files are still to send, problem %q", entries, files, st.Remote.Problem)
}

// lookAround searches and opens an organization.
func (t *selfTest) lookAround() {
	w := t.w
	t.do(func() { w.canvas().Focus(w.search) })
	for _, r := range "财务" {
		t.do(func() { w.search.TypedRune(r) })
	}
	t.waitFor("the search", func() bool { return w.view == view(w.found) && w.found.text == "财务" })
	t.both("search")
	t.do(func() { w.search.SetText("") })
	t.do(func() { w.goTo("organizations") })
	t.do(func() { w.canvas().Focus(w.organizations.query) })
	for _, r := range "基金会" {
		t.do(func() { w.organizations.query.TypedRune(r) })
	}
	t.waitFor("foundations", func() bool {
		return len(w.organizations.found) > 0 && w.organizations.found[0].Kind == record.Foundation
	})
	t.both("organizations")
	t.do(func() { w.organizations.list.Select(0) })
	t.waitFor("the organization", func() bool { return w.organization.seen != nil })
	t.both("organization")
}

// plan makes an inspection by two inspectors whose certificates are in force.
func (t *selfTest) plan() {
	w := t.w
	t.do(func() { w.planFor(w.organization.id) })
	t.waitFor("the inspectors", func() bool { return len(w.plan.inspectors) > 1 })
	var valid []int
	expired := -1
	for n, p := range w.plan.inspectors {
		if p.ValidOn(w.now()) {
			valid = append(valid, n)
		} else {
			expired = n
		}
	}
	if len(valid) < 2 {
		t.fail("there are no two inspectors whose certificates are in force")
		return
	}
	if expired >= 0 {
		t.do(func() { w.plan.team[0].choosePlace(valid[0]); w.plan.team[1].choosePlace(expired) })
		t.press(w.plan.start)
		t.want(w.view == view(w.plan), "an inspector with an expired certificate was let through")
		t.both("new-inspection-expired")
	}
	t.do(func() { w.plan.team[1].choosePlace(valid[1]) })
	t.both("new-inspection")
	t.press(w.plan.start)
	t.waitFor("the inspection", func() bool { return w.view == view(w.inspection) && w.inspection.visit != nil })
	t.say("inspection %s of %s", w.inspection.visit.Inspection.Number, w.inspection.visit.Inspection.Organization.Name)
}

// visit fills in the facts of the visit.
func (t *selfTest) visit() {
	v := t.w.inspection
	t.do(func() { v.goPlace(visitPlace) })
	for _, x := range v.form.fields {
		text := map[string]string{"place": v.visit.Inspection.Organization.Address, "person_on_site": "欧阳𬭸", "person_post": "秘书长", "statement": "对检查发现的问题无异议，将按期整改。"}[x.path]
		if text != "" {
			t.typeInto(x.field, text)
		}
	}
	t.do(func() { v.form.papers.press.Tapped(&fyne.PointEvent{}) })
	t.do(func() { v.form.rights.press.Tapped(&fyne.PointEvent{}) })
	i := v.visit.Inspection
	t.want(i.ShownPapers && i.ToldRights && i.PersonOnSite == "欧阳𬭸", "the facts of the visit were not kept")
	t.both("visit")
	t.do(func() { t.w.showReadiness(t.w.inspection.session.id, true) })
	t.waitFor("the checks before leaving", func() bool { return t.w.canvas().Overlays().Top() != nil })
	t.picture("ready-to-leave")
	t.do(t.w.shutModal)
}

// answerAll answers every item, some with a problem, a note and a photo.
func (t *selfTest) answerAll() {
	w, v := t.w, t.w.inspection
	photo := filepath.Join(t.dir, "self-test-photo.jpg")
	if err := os.WriteFile(photo, testPhoto(), 0o644); err != nil {
		t.fail("write photo: %v", err)
		return
	}
	defer os.Remove(photo)
	shown := map[checklist.AnswerType]bool{}
	problems := 0
	for round := 0; t.err == nil; round++ {
		before := v.at
		t.do(func() { v.key(fyne.KeyF8) })
		n, ok := v.visit.Node(v.at)
		if v.at == before || !ok || !v.unanswered(n) {
			break
		}
		if round > 3*len(v.visit.Nodes) {
			t.fail("F8 goes round in circles at %s", n.Item.Code)
			return
		}
		kind := n.Item.Answer.Type
		t.answerOne(n, problems < 3 && kind == checklist.Conformity && len(n.Item.Basis) > 0 && round%4 == 2, &problems)
		if n.Item.Evidence.Photo == checklist.PhotoRequired && len(v.visit.Inspection.EvidenceOf(n.Key)) == 0 {
			t.do(func() { w.dropped([]fyne.URI{storage.NewFileURI(photo)}) })
			t.want(len(v.visit.Inspection.EvidenceOf(n.Key)) == 1, "the photo was not taken in at %s", n.Item.Code)
			if !shown["photo"] {
				shown["photo"] = true
				t.both("item-photo")
				e := v.visit.Inspection.EvidenceOf(n.Key)[0]
				t.lookAt(e)
				t.do(func() { p := v.panel; p.choosePhoto() })
				t.picture("choose-file")
				t.do(func() { w.shutModal() })
			}
		}
		if !shown[kind] && (kind != checklist.Conformity || problems == 1) {
			shown[kind] = true
			t.both("item-" + string(kind))
		}
	}
	p := v.visit.Progress
	t.want(p.Answered == p.Total && len(p.MissingPhotos) == 0, "answered %d of %d, open %v, photos missing %v", p.Answered, p.Total, p.Unanswered, p.MissingPhotos)
	t.want(problems > 0 && len(v.visit.Findings) >= problems, "%d problems made %d findings", problems, len(v.visit.Findings))
	t.do(func() { v.goPlace(findingsPlace) })
	t.both("findings-of-inspection")
	t.say("answered %d items, %d findings", p.Total, len(v.visit.Findings))
}

// lookAt shows a photo large, marks a copy of it and goes back.
func (t *selfTest) lookAt(e record.Evidence) {
	w, v := t.w, t.w.photo
	t.do(func() { w.openPhoto(e) })
	t.both("photo")
	drag := func(tool rune, way ...fyne.Position) {
		t.key(tool)
		t.do(func() {
			for _, at := range way {
				v.pane.drawn = append(v.pane.drawn, v.pane.toPane(at.X, at.Y))
			}
			v.pane.DragEnd()
		})
	}
	drag('h', fyne.NewPos(500, 430), fyne.NewPos(690, 620))
	drag('a', fyne.NewPos(1250, 1050), fyne.NewPos(905, 705))
	drag('c', fyne.NewPos(720, 520), fyne.NewPos(890, 700))
	t.both("photo-marked")
	drag('x', fyne.NewPos(350, 300), fyne.NewPos(1250, 1100))
	t.key('+')
	t.picture("photo-cropped")
	t.do(v.undoLast)
	t.do(v.back)
	copies := w.inspection.visit.Inspection.CopiesOf(e)
	t.want(len(copies) == 1 && len(copies[0].Steps) == 3, "the marked copy was not kept: %+v", copies)
	t.both("item-photo-copy")
}

func (t *selfTest) answerOne(n checklist.Node, problem bool, problems *int) {
	w, v := t.w, t.w.inspection
	p := v.panel
	it := n.Item
	switch it.Answer.Type {
	case checklist.Conformity:
		if !problem {
			t.key('1')
			break
		}
		t.key('2')
		t.do(func() { w.canvas().OnTypedRune()('n') })
		t.typeInto(p.note, selfTestNote)
		*problems++
		t.want(v.visit.Inspection.Answers[n.Key].Note == selfTestNote, "the note at %s is %q", it.Code, v.visit.Inspection.Answers[n.Key].Note)
	case checklist.PerFinding:
		t.key('1')
	case checklist.Match:
		if _, ok := v.visit.Situation.Organization.Field(it.Answer.ExpectedField); ok {
			t.press(p.asReg)
		} else {
			t.typeInto(p.reports, "12")
			t.typeInto(p.seen, "12")
		}
	case checklist.Choice, checklist.MultiChoice:
		k := 0
		for n, o := range it.Answer.Options {
			if !slices.Contains(it.Answer.Nonconforming, o.Value) {
				k = n
				break
			}
		}
		label := w.in(it.Answer.Options[k].Text)
		t.do(func() {
			if it.Answer.Type == checklist.Choice {
				p.radio.SetSelected(label)
			} else {
				p.checks.SetSelected([]string{label})
			}
		})
	case checklist.Ratio:
		for k := range p.figures {
			t.typeInto(p.figures[k].field, []string{"8,200,000", "1000万元", "7,500,000", "600,000"}[k%4])
		}
	case checklist.Rating5:
		t.key('4')
	case checklist.FreeText:
		t.typeInto(p.long, "已查阅会议纪要和财务账簿，情况属实。")
	case checklist.Date:
		t.typeInto(p.value, w.now().AddDate(0, -3, 0).Format(time.DateOnly))
	case checklist.Percent:
		t.typeInto(p.value, "85%")
	case checklist.Money:
		t.typeInto(p.value, "120万元")
	default:
		t.typeInto(p.value, "12")
	}
	if cur, ok := v.visit.Node(n.Key); ok && v.unanswered(cur) {
		t.key('1') // no rule decides it: the inspector judges
	}
	if cur, ok := v.visit.Node(n.Key); ok {
		t.want(!v.unanswered(cur), "%s (%s) has no answer", it.Code, it.Answer.Type)
	}
}

// undo takes the last answer back with Ctrl+Z and gives it again.
func (t *selfTest) undo() {
	v := t.w.inspection
	var n checklist.Node
	for _, x := range v.visit.Nodes {
		if x.Item.Answer.Type == checklist.Conformity && v.outcome(x) == checklist.NoProblem {
			n = x
		}
	}
	t.do(func() { v.take(n.Key) })
	t.key('3')
	t.want(v.outcome(n) == checklist.NotApplicable, "3 gave %s", v.outcome(n))
	t.do(func() { v.undoLast() })
	t.want(v.outcome(n) == checklist.NoProblem, "after undo the answer is %s", v.outcome(n))
}

// mistakes puts right what went wrong: a photo is withdrawn, a note is moved,
// and what must not be kept is destroyed by two persons.
func (t *selfTest) mistakes() {
	w, v := t.w, t.w.inspection
	photo := filepath.Join(t.dir, "self-test-wrong-photo.jpg")
	// Another picture: a photo that is destroyed goes wherever the same one hangs.
	if err := os.WriteFile(photo, photoOf(color.RGBA{R: 214, G: 222, B: 236, A: 255}), 0o644); err != nil {
		t.fail("write photo: %v", err)
		return
	}
	defer os.Remove(photo)
	var at, to checklist.Node
	for _, n := range v.visit.Nodes {
		if n.Item.PhotoForbidden() || v.visit.Inspection.Answers[n.Key].Note != "" || len(v.visit.Inspection.EvidenceOf(n.Key)) > 0 {
			continue
		}
		at, to = to, n
	}
	if at.Key == "" {
		t.fail("there are no two items without note and photo")
		return
	}
	t.do(func() { v.take(at.Key) })
	t.typeInto(v.panel.note, selfTestNote)
	t.do(func() { w.dropped([]fyne.URI{storage.NewFileURI(photo)}) })
	list := v.visit.Inspection.EvidenceOf(at.Key)
	t.want(len(list) == 1, "the photo was not taken in at %s", at.Item.Code)
	if t.err != nil {
		return
	}
	e := list[0]
	t.do(func() { v.withdrawPhoto(e) })
	t.typeAsked("拍到了无关的人")
	t.picture("withdraw-photo")
	t.press(w.asked)
	t.want(len(v.visit.Inspection.EvidenceOf(at.Key)) == 0 && len(v.tracesOf(at.Key, true)) == 1, "the photo was not withdrawn")
	t.do(func() { v.moveNoteFrom(at.Key) })
	t.typeAsked(to.Item.Code)
	t.do(func() { w.canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) })
	t.typeAsked("记错事项")
	t.picture("move-note")
	t.press(w.asked)
	t.want(v.visit.Inspection.Answers[to.Key].Note == selfTestNote && v.visit.Inspection.Answers[at.Key].Note == "", "the note was not moved")
	t.do(func() { v.middle.ScrollToBottom() })
	t.both("withdrawn")
	t.do(func() { v.take(to.Key) })
	t.both("moved-here")
	t.do(func() { v.take(at.Key) })
	t.destroy(e)
	t.do(func() { w.openInspection(v.session.id, at.Key) })
	t.do(func() { v.middle.ScrollToBottom() })
	t.both("destroyed")
	t.say("withdrew and destroyed a photo at %s, moved a note from there to %s", at.Item.Code, to.Item.Code)
}

// destroy asks for the destruction of a photo and lets a second person approve.
func (t *selfTest) destroy(e record.Evidence) {
	w, v := t.w, t.w.inspection
	t.do(w.openPlans)
	t.waitFor("the plans", func() bool { return w.plans.read })
	t.both("plans-none")
	t.do(w.plans.draft)
	t.picture("plan-drafted")
	t.do(func() { w.shutModal() })
	t.do(w.openComplaints)
	t.waitFor("the complaints", func() bool { return w.complaints.read })
	t.do(w.complaints.receive)
	for name, text := range map[string]string{"about": "云溪市某未登记协会", "content": "以培训名义强制收费", "name": "张某某", "contact": "0000-12345678"} {
		t.do(func() { w.complaints.form.texts[name].SetText(text) })
	}
	t.do(func() { w.complaints.form.picks["by"].choosePlace(0) })
	t.picture("complaint-received")
	t.do(func() { w.asked.Tapped(nil) })
	t.waitFor("the complaint", func() bool { return len(w.complaints.all) > 0 })
	t.both("complaints")
	t.do(w.openPeople)
	t.waitFor("the people", func() bool { return w.people.read })
	t.do(func() { // an administrator signs nothing: nobody of the team
		w.people.give(w.people.people[slices.IndexFunc(w.people.people, func(p record.Inspector) bool { return v.visit.Inspection.Role(p.ID) == "" })])
	})
	t.picture("role-given")
	t.do(func() { w.people.form.picks["role"].choosePlace(5); w.people.form.picks["by"].choosePlace(1) })
	t.do(func() { w.asked.Tapped(nil) })
	t.waitFor("the role", func() bool {
		return slices.ContainsFunc(w.people.people, func(p record.Inspector) bool { return len(p.Roles) > 0 })
	})
	t.both("people")
	t.do(w.openLaws)
	t.waitFor("the library of law", func() bool { return w.laws.read })
	t.do(func() { w.laws.opened = "ACL"; w.laws.show() })
	t.both("laws")
	t.do(func() { w.laws.enter(desk.BuiltinLaws()[1]) })
	t.picture("law-entered")
	t.do(func() { w.shutModal() })
	t.do(w.openDestructions)
	t.both("destructions-none")
	t.do(func() { w.openInspection(v.session.id, e.Item) })
	t.do(func() { v.askDestruction(desk.Unlawful{Evidence: []record.ID{e.ID}, Reason: record.ForThirdParty}) })
	t.picture("destruction-asked")
	t.typeInto(w.askedPIN, selfTestPIN)
	t.press(w.asked)
	t.do(w.openDestructions)
	t.waitFor("the request", func() bool { return len(w.destructions.seen) == 1 })
	t.both("destructions")
	if t.err != nil {
		return
	}
	t.do(func() { w.destructions.approve(w.destructions.seen[0]) })
	t.typeInto(w.askedPIN, selfTestPIN)
	t.picture("destruction-approved")
	t.press(w.asked)
	t.waitFor("the destruction", func() bool {
		return len(w.destructions.seen) == 1 && w.destructions.seen[0].State == store.DestructionDone
	})
	t.both("destroyed-list")
}

// typeAsked types into the field that has the focus in what stands above the view.
func (t *selfTest) typeAsked(text string) {
	t.do(func() {
		for _, r := range text {
			w := t.w.canvas().Focused()
			if w == nil {
				t.fail("no field has the focus to type %q", text)
				return
			}
			w.TypedRune(r)
		}
	})
}

// sign lets everybody sign on the pad and seals.
func (t *selfTest) sign() {
	w, v := t.w, t.w.signing
	t.do(func() { w.openSigning(w.inspection.session.id) })
	t.waitFor("the read-back", func() bool { return v.visit != nil })
	t.both("read-back")
	t.do(func() { w.showReadiness(w.signing.session.id, false) })
	t.waitFor("the checks before going", func() bool { return w.canvas().Overlays().Top() != nil })
	t.picture("ready-to-go")
	t.do(w.shutModal)
	people := []record.ID{representativeID}
	for _, m := range v.visit.Inspection.Team {
		people = append(people, m.Person)
	}
	for n, id := range people {
		t.do(func() { v.begin(id) })
		t.do(func() { drawName(v.form.pad, n) })
		if id == representativeID {
			t.typeInto(v.form.name, "欧阳𬭸")
			t.typeInto(v.form.post, "秘书长")
		} else {
			t.typeInto(v.form.pin, selfTestPIN)
		}
		if n < 2 {
			t.do(func() { v.scroll.ScrollToBottom() })
			t.both("signing")
		}
		t.press(v.form.done)
		t.waitFor("the signature", func() bool { return v.signer == "" || w.notice.Visible() })
	}
	t.want(v.visit.Inspection.ReadyToSeal(v.visit.Progress) == nil, "not ready to seal: %v", v.visit.Inspection.ReadyToSeal(v.visit.Progress))
	t.do(func() { v.scroll.ScrollToBottom() })
	t.both("signed")
	t.typeInto(v.sealPIN, selfTestPIN)
	t.press(v.sealNow)
	t.picture("seal-question")
	t.press(w.asked)
	t.waitFor("the seal", func() bool { return v.visit.Inspection.Sealed != nil })
	t.both("sealed")
	t.say("signed by %d, sealed", len(people))
}

// drawName draws a line like a name, as a pen would.
func drawName(p *signaturePad, seed int) {
	size := p.Size()
	for stroke := range 3 {
		at := func(k int) fyne.Position {
			x := size.Width * (0.12 + 0.26*float32(stroke) + 0.22*float32(k)/24)
			y := size.Height * (0.5 + 0.22*float32(math.Sin(float64(k)/3+float64(stroke+seed)*1.7)))
			return fyne.NewPos(x, y)
		}
		p.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(0)}})
		for k := 1; k <= 24; k++ {
			p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(k)}})
		}
		p.MouseUp(&desktop.MouseEvent{})
	}
}

// print makes the PDF in every language and leaves them in dir.
func (t *selfTest) print() {
	v := t.w.signing
	for n, language := range []string{"both", "zh", "en"} {
		t.do(func() { v.language.choosePlace(n) })
		t.press(v.make)
		t.waitFor("the PDF", func() bool { return v.doc != nil })
		if t.err != nil {
			return
		}
		if err := os.WriteFile(filepath.Join(t.dir, "inspection-record-"+language+".pdf"), v.doc.PDF, 0o644); err != nil {
			t.fail("write PDF: %v", err)
		}
		t.want(len(v.doc.Warnings) == 0, "the PDF warns: %v", v.doc.Warnings)
	}
	t.do(func() { v.scroll.ScrollToTop() })
	t.both("document")
	t.say("made the PDF in three languages, %d pages", v.doc.Pages)
}

// sync sends everything to the server.
func (t *selfTest) sync() {
	if !t.enrolled {
		return
	}
	t.syncNow()
	t.both("synced")
	t.say("the server has all %d entries and %d files", t.w.syncing.status.Sent, t.w.syncing.status.FilesSent)
}

// places shows every place of the navigation.
func (t *selfTest) places() {
	w := t.w
	for _, p := range places {
		t.do(func() { w.goTo(p.name) })
		if p.name == "checklists" {
			t.do(func() { w.checklists.at = checklist.Builtin()[0].Items[0].UID; w.checklists.show() })
		}
		t.both(p.name)
	}
	t.tryChecklist()
}

// tryChecklist writes a checklist to Excel, reads it back, and tries it out.
func (t *selfTest) tryChecklist() {
	w := t.w
	path := filepath.Join(t.dir, "checklist-written.xlsx")
	if _, err := desk.WriteChecklist(checklist.Builtin()[1], path, w.texts); err != nil {
		t.fail("write a checklist to Excel: %v", err)
		return
	}
	t.do(func() { w.goTo("checklists"); w.checklists.read(path) })
	t.waitFor("the report on a workbook", func() bool { return w.checklists.report != nil })
	t.both("checklist-report")
	before, err := w.desk.Store.Status(context.Background())
	if err != nil {
		t.fail("read the status: %v", err)
	}
	t.do(func() { w.try(w.checklists.report.in.Checklist) })
	t.waitFor("the trial of a checklist", func() bool { return w.trying != nil && w.trying.visit != nil })
	t.do(func() { w.trying.take(w.trying.visit.Nodes[0].Key) })
	t.both("checklist-trial")
	t.do(func() { w.checklists.report = nil; w.goTo("checklists") })
	after, err := w.desk.Store.Status(context.Background())
	t.want(err == nil && w.trying.trial == nil && after.Entries == before.Entries, "something of a trial was kept: %d entries before, %d after (%v)", before.Entries, after.Entries, err)
	t.say("a checklist was written to Excel, read back and tried out")
}

// procedure takes the sealed inspection to its review.
func (t *selfTest) procedure() {
	w := t.w
	v := w.procedures
	t.do(func() { w.openProcedure(w.signing.session.id) })
	t.waitFor("the procedure", func() bool { return v.read && v.one != nil })
	step := func(act record.ProcedureAct, n int) {
		t.do(func() { v.take(act, "") })
		t.do(func() { v.form.picks["by"].choosePlace(n) })
		t.do(func() { w.asked.Tapped(nil) })
		t.waitFor(string(act), func() bool { return v.one.Last(act) != nil })
	}
	step(record.SubmitVisit, 0)
	t.do(func() { v.take(record.ConfirmVisit, "") })
	t.picture("procedure-confirmed")
	t.do(w.shutModal)
	t.both("procedure")
	t.do(func() { v.inspection, v.tab = "", "review"; v.load() })
	t.waitFor("the list", func() bool { return v.read && v.one == nil })
	t.both("procedures-review")
}

// documents drafts an order about the sealed inspection and shows its way.
func (t *selfTest) documents() {
	w := t.w
	v := w.documents
	t.do(func() { w.openDocumentsOf(w.signing.session.id) })
	t.waitFor("the documents", func() bool { return v.read && v.visit != nil })
	t.do(v.draft)
	t.picture("document-drafted")
	t.do(func() { v.form.picks["kind"].choosePlace(slices.Index(record.DraftedKinds(), "correction-order")) })
	t.do(func() { v.form.picks["by"].choosePlace(2) })
	t.do(func() { v.form.texts["word"].SetText("示民社检") })
	t.do(func() { w.asked.Tapped(nil) })
	t.waitFor("the draft", func() bool { return len(v.docs) == 1 })
	t.both("documents-of-inspection")
	t.do(func() { v.fill(v.docs[0]) })
	t.picture("document-slots")
	t.do(func() { w.shutModal() })
}

// views shows every view once more, and the window dark and large.
func (t *selfTest) views() {
	w := t.w
	t.places()
	t.do(w.openFigures)
	t.waitFor("the figures", func() bool { return w.figures.read })
	t.both("figures")
	t.do(func() { w.goTo("organizations") })
	t.do(func() {
		w.organizations.query.SetText("yxszs")
		w.organizations.narrow("past", store.NeverInspected)
	})
	t.do(func() {
		w.organizations.list.at = 0
		w.organizations.list.menuAtHand()
	})
	t.picture("menu")
	t.do(func() {
		w.canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		w.organizations.use(store.OrganizationFilter{})
	})
	t.do(func() { w.openInspection(w.signing.session.id, w.inspection.visit.Nodes[0].Key) })
	t.both("sealed-inspection")
	t.documents()
	t.procedure()
	// A laptop of 1366×768 at 125 %, and a large screen: if there is room for one.
	for _, s := range []struct {
		name string
		size fyne.Size
	}{{"small", fyne.NewSize(1093, 614)}, {"large", fyne.NewSize(1800, 1000)}} {
		t.do(func() { w.win.Resize(s.size) })
		t.both(s.name)
		t.do(func() { w.openSigning(w.signing.session.id) })
		t.picture(s.name + "-document")
		t.do(func() { w.openInspection(w.signing.session.id, w.inspection.visit.Nodes[1].Key) })
	}
	t.do(func() { w.win.Resize(fyne.NewSize(1366, 768)) })
	t.do(func() { w.setAppearance("dark") })
	t.both("dark")
	t.do(func() { w.setAppearance("light") })
	t.do(func() { w.setScale("130") })
	t.both("large-text")
	t.do(func() { w.setScale("100") })
	t.do(func() { w.goTo("settings") })
	t.do(w.showKeys)
	t.both("keys")
	t.do(func() { w.shutModal() })
	t.press(w.settings.verify)
	t.waitFor("the verification", func() bool { return !w.settings.worker.busy() && w.settings.result != nil })
	t.both("verified")
}

// testPhoto makes a photo as a camera would give it.
func testPhoto() []byte { return photoOf(color.RGBA{R: 236, G: 232, B: 220, A: 255}) }

// photoOf makes a photo of a sheet of a colour.
func photoOf(sheet color.RGBA) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for y := range 1200 {
		for x := range 1600 {
			c := color.RGBA{R: uint8(180 - y/12), G: uint8(190 - y/16), B: uint8(205 - y/20), A: 255}
			if x > 300 && x < 1300 && y > 250 && y < 950 {
				c = sheet
				if (y-250)%90 < 6 || (x-300)%200 < 5 {
					c = color.RGBA{R: 120, G: 118, B: 110, A: 255}
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // into memory, from a picture of our own
	}
	return b.Bytes()
}

// retake looks at an item again that was photographed at the inspection before.
func (t *selfTest) retake() {
	w := t.w
	before := w.inspection.visit.Inspection
	n := slices.IndexFunc(before.Evidence, func(e record.Evidence) bool { return e.Item != "" && e.Counts() && !e.IsCopy() })
	if t.want(n >= 0, "the sealed inspection has no photo"); t.err != nil {
		return
	}
	item := before.Evidence[n].Item
	id, err := w.desk.NewInspection(context.Background(), desk.Plan{
		Organization: before.Organization.ID, Checklist: before.Checklist.ID, Certificates: []string{before.Team[0].Certificate, before.Team[1].Certificate}, Day: w.now(),
	})
	photo := filepath.Join(t.dir, "self-test-again.jpg")
	if err == nil {
		err = os.WriteFile(photo, photoOf(color.RGBA{R: 226, G: 222, B: 200, A: 255}), 0o644)
	}
	if err != nil {
		t.fail("prepare the next inspection: %v", err)
		return
	}
	defer os.Remove(photo)
	t.do(func() { w.openInspection(id, item) })
	t.both("earlier-photos")
	t.do(func() {
		v, p := w.inspection, w.inspection.panel
		list, err := w.desk.EarlierPhotos(context.Background(), *v.visit, item, mostEarlier)
		if err != nil || len(list) == 0 {
			t.fail("the item has %d earlier photos: %v", len(list), err)
			return
		}
		w.openRetake(p.of, list, 0)
	})
	t.both("retake")
	t.do(func() { w.dropped([]fyne.URI{storage.NewFileURI(photo)}) })
	t.both("retake-beside")
	t.key('g')
	t.both("retake-over")
	t.do(w.retake.back)
	t.say("took a photo again from the place of an earlier one")
}

// rectify takes a finding of the sealed inspection from told to closed.
func (t *selfTest) rectify() {
	w, v := t.w, t.w.rectification
	t.do(func() { w.goTo("findings") })
	t.both("rectification-ledger")
	var f record.ID
	for _, l := range w.findings.lines {
		if l.State == record.Told && l.Authority == (record.Text{}) && !l.Sensitive && l.Inspection == w.inspection.session.id {
			f = l.ID
		}
	}
	t.want(f != "", "the sealed inspection has no finding of our own in the ledger")
	if t.err != nil {
		return
	}
	t.do(func() { w.openRectification(f) })
	t.both("rectification-told")
	certificate := func(n int) string { return w.inspection.visit.Inspection.Team[n].Certificate }
	var photos []string // of the next step
	enter := func(a record.Action, texts map[string]string, picture string) {
		t.want(v.buttons[a] != nil, "%s is not offered; offered is %v", a, v.r.Allowed)
		if t.err != nil {
			return
		}
		t.press(v.buttons[a])
		place := func(p *pick, certificate string) {
			t.do(func() {
				p.choosePlace(slices.IndexFunc(v.inspectors, func(i record.Inspector) bool { return i.Certificate == certificate }))
			})
		}
		place(v.form.by, certificate(0))
		if p := v.form.picks["first"]; p != nil {
			place(p, certificate(0))
			place(v.form.picks["other"], certificate(1))
		}
		for name, text := range texts {
			x := v.form.texts[name]
			if name == "note" {
				x = v.form.note
			}
			t.typeInto(x, text)
		}
		t.do(func() {
			for _, path := range photos {
				v.form.addPhoto(path)
			}
		})
		if picture != "" {
			t.both(picture)
		}
		t.press(v.form.save)
	}
	enter(record.Accept, nil, "")
	enter(record.Order, map[string]string{"number": "云民改〔2026〕3号", "term": "10工作日"}, "rectification-order")
	enter(record.Serve, map[string]string{"proof": "回证3号"}, "")
	t.want(v.form != nil, "service without a recipient was taken")
	t.both("rectification-lacks")
	if t.err != nil {
		return
	}
	t.typeInto(v.form.texts["to"], "李明")
	t.press(v.form.save)
	t.want(v.r.Due != "" && v.r.Line.DaysLeft != nil, "served, and nothing is due")
	t.both("rectification-served")
	enter(record.Remind, map[string]string{"whom": "李明", "how": "电话 14:05"}, "")
	enter(record.Report, map[string]string{"note": "已补三份凭证"}, "")
	photo := filepath.Join(t.dir, "self-test-after.jpg")
	if err := os.WriteFile(photo, photoOf(color.RGBA{R: 214, G: 232, B: 214, A: 255}), 0o644); err != nil {
		t.fail("write photo: %v", err)
		return
	}
	defer os.Remove(photo)
	photos = append(photos, photo)
	enter(record.Reinspect, map[string]string{"note": "凭证齐全 𬱖"}, "rectification-reinspect")
	t.want(v.r.State == record.Closed, "after a re-inspection that found it put right it is %s", v.r.State)
	t.both("rectification-closed")
	t.do(func() { w.goTo("home") })
	t.both("rectification-home")
	t.say("took a finding from told to closed in %d steps", len(v.r.Steps))
}
