package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"plumbline/app/desk"
	"plumbline/app/registry"
	"plumbline/app/store"
)

// settingsView is everything about this laptop: language and size of text, the
// registers, the data folder, backup and verification.
type settingsView struct {
	w      *Window
	scroll *container.Scroll

	language   map[string]*choiceButton
	size       *pick
	appearance *pick
	folder     *prose
	backup     *prose
	registers  *prose
	import_    *pushButton
	inspectors *pushButton
	sample     *pushButton
	backUp     *pushButton
	restore    *pushButton
	verify     *pushButton
	destroy    *pushButton
	waiting    *prose // how many requests for destruction wait
	worker     *worker
	reminding  *tickBox
	outcome    *fyne.Container
	result     func() // shows what the last work brought, in the language of the time
	latest     latest
}

func newSettingsView(w *Window) *settingsView {
	v := &settingsView{w: w, language: map[string]*choiceButton{}, folder: plain(""), backup: quiet(""), registers: quiet(""), outcome: down(8), waiting: quiet("")}
	heads := map[string]*prose{}
	for _, k := range []string{"look", "registers", "law", "data", "unlawful"} {
		heads[k] = head("")
	}
	name := title("")
	languageLabel := quiet("")
	lang := flow(6)
	for _, l := range []string{"zh", "en"} {
		b := newChoiceButton(w, "", inkColor, map[string]string{"zh": "中文", "en": "English"}[l], func() { w.setLanguage(l) })
		v.language[l] = b
		lang.Add(b.press)
	}
	v.size = newPick(func(s string) { w.setScale(s) })
	sizeRow := w.row("ui.settings.size", v.size.framed)
	v.appearance = newPick(func(s string) { w.setAppearance(s) })
	appearanceRow := w.row("ui.settings.appearance", v.appearance.framed)
	v.import_ = mainButton("", v.chooseRegister)
	v.inspectors = button("", v.chooseInspectors)
	v.sample = button("", v.loadSample)
	v.backUp = mainButton("", v.chooseBackup)
	v.restore = button("", v.chooseRestore)
	v.verify = button("", v.check)
	v.destroy = button("", w.openDestructions)
	laws := button("", w.openLaws)
	people := button("", w.openPeople)
	v.worker = newWorker(w)
	v.reminding = newTickBox(w, func(on bool) {
		off := "1"
		if on {
			off = ""
		}
		d := w.desk
		w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, remindedOff, off) }, func(err error) { w.complain(err) })
	})
	keys := button("", w.showKeys)
	w.say(func() {
		keys.SetText(w.T("ui.keys.show"))
		v.reminding.text.set(w.T("ui.remind.setting"))
	})
	sampleHint := quiet("")
	w.say(func() {
		name.set(w.T("ui.nav.settings"))
		for k, h := range heads {
			h.set(w.T("ui.settings." + k))
		}
		languageLabel.set(w.T("ui.settings.language"))
		v.import_.SetText(w.T("ui.settings.import"))
		v.inspectors.SetText(w.T("ui.settings.import_inspectors"))
		v.sample.SetText(w.T("ui.settings.sample"))
		sampleHint.set(w.T("ui.settings.sample_hint"))
		v.backUp.SetText(w.T("ui.settings.backup"))
		v.restore.SetText(w.T("ui.settings.restore"))
		v.verify.SetText(w.T("ui.settings.verify"))
		v.destroy.SetText(w.T("ui.destroy.open"))
		laws.SetText(w.T("ui.laws.open"))
		people.SetText(w.T("ui.people.open"))
	})
	v.scroll = scrolled(atMost(900, down(12, name, v.worker.box, v.outcome,
		heads["look"], equal(14, down(3, languageLabel, lang), sizeRow.Container, appearanceRow.Container), v.reminding.press, flow(0, keys),
		hairline(), heads["registers"], v.registers, flow(8, v.import_, v.inspectors, v.sample), sampleHint,
		hairline(), heads["law"], flow(8, laws, people),
		hairline(), heads["data"], v.folder, v.backup, flow(8, v.backUp, v.restore, v.verify),
		hairline(), heads["unlawful"], v.waiting, flow(0, v.destroy))))
	w.say(v.show)
	return v
}

func (v *settingsView) object() fyne.CanvasObject    { return v.scroll }
func (v *settingsView) leave()                       {}
func (v *settingsView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *settingsView) load() {
	w := v.w
	var st store.Status
	var people, open int
	var backup, size, appearance, off string
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if st, err = w.desk.Store.Status(ctx); err != nil {
			return err
		}
		list, err := w.desk.Store.Inspectors(ctx)
		if err != nil {
			return err
		}
		people = len(list)
		requests, err := w.desk.Store.Destructions(ctx)
		if err != nil {
			return err
		}
		for _, x := range requests {
			if x.State == store.DestructionOpen {
				open++
			}
		}
		var errs [4]error
		backup, errs[0] = w.desk.Store.Setting(ctx, "backup.last")
		size, errs[1] = w.desk.Store.Setting(ctx, "text_scale")
		appearance, errs[2] = w.desk.Store.Setting(ctx, "appearance")
		off, errs[3] = w.desk.Store.Setting(ctx, remindedOff)
		return errors.Join(errs[:]...)
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.registers.set(w.T("ui.settings.registered", "organizations", number(st.Organizations), "inspectors", people))
		v.waiting.set(w.T("ui.destroy.none_wait"))
		if open > 0 {
			v.waiting.set(w.N("ui.destroy.wait", open))
		}
		v.reminding.set(off == "")
		v.backup.set(w.T("ui.home.no_backup"))
		if backup != "" {
			v.backup.set(w.T("ui.home.backup", "time", w.moment(backup)))
		}
		if size == "" {
			size = "100"
		}
		if appearance == "" {
			appearance = "light"
		}
		v.size.show([]string{"100", "115", "130", "150", "175"}, []string{"100 %", "115 %", "130 %", "150 %", "175 %"}, size)
		v.appearance.show([]string{"light", "dark", "system"}, []string{w.T("ui.settings.appearance.light"), w.T("ui.settings.appearance.dark"), w.T("ui.settings.appearance.system")}, appearance)
		v.scroll.Refresh()
	})
}

func (v *settingsView) show() {
	w := v.w
	for l, b := range v.language {
		b.choose(l == w.lang())
	}
	v.folder.set(w.T("ui.settings.folder", "folder", w.desk.Folder()))
	if v.result != nil {
		v.outcome.Objects = nil
		v.result()
	}
	if w.view == view(v) {
		v.load()
	}
	v.scroll.Refresh()
}

// setLanguage changes every text on every view.
func (w *Window) setLanguage(l string) {
	d := w.desk
	w.words.use(l)
	w.canvas().Content().Refresh()
	w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, "language", l) }, func(err error) {
		if err != nil {
			w.complain(err)
		}
	})
}

func (w *Window) setScale(s string) {
	d := w.desk
	w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, "text_scale", s) }, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.theme.Scale = w.scale(context.Background())
		w.app.Settings().SetTheme(w.theme)
	})
}

func (w *Window) setAppearance(s string) {
	d := w.desk
	w.tasks.Queue(func(ctx context.Context) error { return d.Store.SetSetting(ctx, "appearance", s) }, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.theme.appearance = s
		w.app.Settings().SetTheme(w.theme)
	})
}

// work runs something long with progress and a way to stop it, then shows what
// it brought.
func (v *settingsView) work(step string, do func(ctx context.Context, progress func(done, total int64)) error, result func()) {
	w := v.w
	if v.worker.busy() {
		return // one at a time
	}
	v.outcome.Objects, v.result = nil, nil
	for _, b := range v.buttons() {
		b.Disable()
	}
	v.worker.run(w.T(step), func(ctx context.Context, progress workProgress) error {
		return do(ctx, func(done, total int64) { progress(nil, done, total) })
	}, func(err error) {
		for _, b := range v.buttons() {
			b.Enable()
		}
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.settings.stopped")
		case err != nil:
			w.complain(err)
		default:
			v.result = result
		}
		v.show()
		v.load()
		w.refreshStatus()
	})
	v.scroll.Refresh()
	v.scroll.ScrollToTop()
}

func (v *settingsView) buttons() []*pushButton {
	return []*pushButton{v.import_, v.inspectors, v.sample, v.backUp, v.restore, v.verify}
}

func (v *settingsView) chooseRegister()   { v.w.chooseRegisterFile(organizationRegister) }
func (v *settingsView) chooseInspectors() { v.w.chooseRegisterFile(inspectorRegister) }

// drop takes a register in hand.
func (v *settingsView) drop(paths []string) { v.w.registerDropped(paths) }

// loadSample loads the fictional city and the public register.
func (v *settingsView) loadSample() {
	w := v.w
	var s desk.Sample
	v.work("ui.settings.sampling", func(ctx context.Context, progress func(done, total int64)) (err error) {
		s, err = w.desk.LoadSample(ctx, func(p registry.Progress) { progress(p.Bytes, p.TotalSize) })
		return err
	}, func() {
		v.outcome.Add(newBox(inset(10, 12, down(4, strong(w.T("ui.settings.sampled")),
			plain(w.T("ui.settings.sampled_rows", "city", number(int64(s.City.Accepted)), "charities", number(int64(s.Charities.Accepted)), "inspectors", number(int64(s.Inspectors.Accepted)))),
			flow(8, mainButton(w.T("ui.home.find"), func() { w.goTo("organizations") })))), amberSoft, "", 4))
	})
}

func (v *settingsView) chooseBackup() {
	w := v.w
	name := "plumbline-" + w.now().Format("20060102-1504") + ".zip"
	w.chooseNewFile(w.T("ui.settings.backup"), name, func(path string) {
		v.work("ui.settings.backing_up", func(ctx context.Context, progress func(done, total int64)) error {
			return w.desk.Backup(ctx, path, func(p desk.BackupProgress) { progress(p.Done, p.Total) })
		}, func() {
			v.outcome.Add(newBox(inset(10, 12, plain(w.T("ui.settings.backed_up", "file", path))), jadeSoft, "", 4))
		})
	})
}

func (v *settingsView) chooseRestore() {
	w := v.w
	if w.opts.Restore == nil {
		return
	}
	w.chooseFile(w.T("ui.settings.restore"), []string{".zip"}, func(path string) {
		w.ask(w.T("ui.settings.restore_question"), w.T("ui.settings.restore_explained", "file", path), w.T("ui.settings.restore"), func() { v.restoreFrom(path) })
	})
}

func (v *settingsView) restoreFrom(path string) {
	w := v.w
	var d *desk.Desk
	var aside string
	v.work("ui.settings.restoring", func(ctx context.Context, progress func(done, total int64)) (err error) {
		d, aside, err = w.opts.Restore(ctx, path, func(p desk.BackupProgress) { progress(p.Done, p.Total) })
		w.tasks.Do(func() {
			if d != nil {
				w.desk = d
			}
		})
		return err
	}, func() {
		v.outcome.Add(newBox(inset(10, 12, plain(w.T("ui.settings.restored", "folder", aside))), jadeSoft, "", 4))
	})
}

// check verifies every entry, chain, seal and file.
func (v *settingsView) check() {
	w := v.w
	var done store.Verified
	v.work("ui.settings.verifying", func(ctx context.Context, _ func(done, total int64)) (err error) {
		done, err = w.desk.Verify(ctx)
		return err
	}, func() {
		said := w.T("ui.settings.verified", "entries", number(int64(done.Entries)), "seals", number(int64(done.Seals)), "files", number(int64(done.Files)))
		list := down(4)
		ground, c := jadeSoft, jadeColor
		if len(done.Problems) == 0 {
			list.Add(across(8, 1, sign(tick, c, 18), plain(w.T("ui.settings.verified_fine", "entries", number(int64(done.Entries)), "seals", number(int64(done.Seals)), "files", number(int64(done.Files))))))
		} else {
			ground = vermilionSoft
			list.Add(strong(w.N("ui.settings.problems", len(done.Problems))))
			list.Add(plain(said))
		}
		for _, p := range done.Problems[:min(len(done.Problems), 50)] {
			list.Add(plain(w.texts.Message(p.Message, p.Args)))
		}
		if n := len(done.Destroyed); n > 0 {
			list.Add(plain(w.N("ui.settings.verified_destroyed", n)))
			list.Add(outdented(linkButton(w, w.T("ui.destroy.open"), w.openDestructions)))
		}
		v.outcome.Add(newBox(inset(10, 12, list), ground, "", 4))
	})
}
