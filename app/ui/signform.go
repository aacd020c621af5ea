package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/photo"
	"plumbline/app/record"
)

// signForm is where one person signs: on the pad, on paper, or refuses.
type signForm struct {
	v        *signView
	w        *Window
	all      *fyne.Container
	who      *prose
	hint     *prose
	method   string
	methods  map[string]*choiceButton
	choice   *fyne.Container
	name     *field
	post     *field
	pin      *field
	remarks  *field
	reason   *field
	witness  *field
	device   *field
	rows     map[string]*formRow
	pad      *signaturePad
	padBox   *fyne.Container
	padRow   *formRow
	scan     *pushButton
	scanned  []byte // a scan of ink on paper
	scanRow  *fyne.Container
	scanSaid *prose
	done     *pushButton
	left     *unfinished     // of the person who signs, nil nobody does
	leftLine *fyne.Container // says that something was put back
}

func newSignForm(v *signView) *signForm {
	w := v.w
	f := &signForm{v: v, w: w, who: strong(""), hint: quiet(""), method: record.SignedDrawn, methods: map[string]*choiceButton{}, rows: map[string]*formRow{}}
	f.choice = flow(6)
	for _, m := range []struct {
		name string
		mark mark
	}{{record.SignedDrawn, pen}, {record.SignedPaper, paper}, {record.SignRefused, cross}} {
		b := newChoiceButton(w, m.mark, inkColor, "-", func() { f.method = m.name; f.show(); v.scroll.Refresh() })
		w.say(func() { b.text.set(w.T("ui.sign.method." + m.name)) })
		f.methods[m.name] = b
		f.choice.Add(b.press)
	}
	f.name, f.post, f.pin = newField(w), newField(w), newPIN(w)
	f.remarks, f.reason, f.witness, f.device = newNote(w, 2), newNote(w, 2), newField(w), newField(w)
	for name, input := range map[string]*field{"name": f.name, "post": f.post, "pin": f.pin, "remarks": f.remarks, "reason": f.reason, "witness": f.witness, "recorder": f.device} {
		r := w.row("ui.sign."+name, input)
		f.rows[name] = r
		input.onType = func(string) { r.fine() }
	}
	f.pad = newSignaturePad()
	f.pad.onChanged = func() { f.padRow.fine() }
	undo, clear := button("", f.pad.undo), button("", f.pad.clear)
	f.padRow = w.row("ui.sign.pad", atMost(560, f.pad))
	f.padBox = down(6, f.padRow.Container, across(8, -1, undo, clear))
	f.scan = button("", f.chooseScan)
	f.scanSaid = quiet("")
	f.scanRow = across(10, 1, f.scan, f.scanSaid)
	f.done = mainButton("", f.sign)
	cancel := button("", func() { v.signer = ""; v.show() })
	w.say(func() {
		undo.SetText(w.T("ui.sign.undo"))
		clear.SetText(w.T("ui.sign.clear"))
		f.scan.SetText(w.T("ui.sign.scan"))
		cancel.SetText(w.T("ui.cancel"))
	})
	f.leftLine = down(0)
	body := down(10, f.who, f.leftLine, f.choice, equal(12, f.rows["name"].Container, f.rows["post"].Container), f.rows["reason"].Container,
		equal(12, f.rows["witness"].Container, f.rows["recorder"].Container), f.padBox, f.scanRow, f.rows["remarks"].Container,
		atMost(320, f.rows["pin"].Container), f.hint, across(8, -1, f.done, cancel))
	f.all = down(0, panel(inset(14, 16, body)))
	return f
}

// clear empties the form for another person.
func (f *signForm) clear() {
	if f.left != nil {
		f.left.release()
		f.left, f.leftLine.Objects = nil, nil
	}
	for _, x := range []*field{f.name, f.post, f.pin, f.remarks, f.reason, f.witness, f.device} {
		x.SetText("")
	}
	for _, r := range f.rows {
		r.fine()
	}
	f.pad.clear()
	f.scanned = nil
	f.method = record.SignedDrawn
	if f.v.visit != nil {
		f.name.SetText(f.v.visit.Inspection.PersonOnSite)
		f.post.SetText(f.v.visit.Inspection.PersonPost)
	}
	if f.v.signer == "" || f.v.session == nil {
		return
	}
	left := f.w.unfinishedOf("sign/" + string(f.v.session.id) + "/" + string(f.v.signer))
	for name, x := range map[string]*field{"name": f.name, "post": f.post, "remarks": f.remarks, "reason": f.reason, "witness": f.witness, "recorder": f.device} {
		left.field(name, x)
	}
	f.left, f.leftLine.Objects = left, []fyne.CanvasObject{left.line}
	left.restore(func() { f.all.Refresh() })
}

func (f *signForm) inspector() bool { return f.v.signer != representativeID }

func (f *signForm) show() {
	v, w := f.v, f.w
	showIf(f.all, v.signer != "" && v.visit != nil && v.visit.Inspection.Sealed == nil)
	if v.signer == "" || v.visit == nil {
		return
	}
	inspector := f.inspector()
	who := w.T("ui.sign.representative_signs")
	if inspector {
		for _, m := range v.visit.Inspection.Team {
			if m.Person == v.signer {
				who = w.T("ui.sign.inspector_signs", "name", m.Name, "role", roleWord(w.words, m.Role))
			}
		}
	}
	f.who.set(who)
	for name, b := range f.methods {
		b.choose(name == f.method)
		showIf(b.press, name != record.SignRefused || !inspector)
	}
	refused := f.method == record.SignRefused
	for name, on := range map[string]bool{"name": !inspector, "post": !inspector, "pin": inspector, "remarks": !inspector, "reason": refused, "witness": refused, "recorder": refused} {
		showIf(f.rows[name].Container, on)
	}
	showIf(f.padBox, f.method == record.SignedDrawn)
	showIf(f.scanRow, f.method == record.SignedPaper)
	f.scanSaid.set(w.T("ui.sign.scan_hint"))
	if f.scanned != nil {
		f.scanSaid.set(w.T("ui.sign.scan_taken", "size", w.size(int64(len(f.scanned)))))
	}
	f.hint.set("")
	if inspector {
		f.hint.set(w.T("ui.sign.pin_known"))
		if !v.session.desk.HasKey(v.signer) {
			f.hint.set(w.T("ui.sign.pin_first"))
		}
	}
	showIf(f.hint, inspector)
	f.done.SetText(w.T("ui.sign.keep"))
	if refused {
		f.done.SetText(w.T("ui.sign.keep_refusal"))
	}
	f.all.Refresh()
}

func (f *signForm) chooseScan() {
	w := f.w
	w.chooseFile(w.T("ui.sign.scan"), []string{".png", ".jpg", ".jpeg"}, func(path string) {
		var b []byte
		w.tasks.Run(context.Background(), func(context.Context) (err error) {
			b, err = readScan(path)
			return err
		}, func(err error) {
			if err != nil {
				w.complain(err)
				return
			}
			f.scanned = b
			f.show()
		})
	})
}

// readScan reads the picture of a signature in ink and gives it as PNG.
func readScan(path string) ([]byte, error) {
	const most = 20 << 20
	f, err := os.Open(path)
	if err != nil {
		return nil, &record.Error{Code: record.NotFound, Message: "photo.not_readable", Args: map[string]any{"file": path}, Err: err}
	}
	defer f.Close()
	p, err := photo.Prepare(io.LimitReader(f, most), photo.Limits{})
	if err != nil {
		return nil, err
	}
	if p.Media == "image/png" {
		return p.Original, nil
	}
	img, _, err := image.Decode(bytes.NewReader(p.Small))
	if err != nil {
		return nil, fmt.Errorf("ui: read scan: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("ui: write scan: %w", err)
	}
	return b.Bytes(), nil
}

// sign keeps the signature.
func (f *signForm) sign() {
	v, w, s := f.v, f.w, f.v.session
	for _, r := range f.rows {
		r.fine()
	}
	g := desk.Signing{
		Method: f.method, Remarks: f.remarks.Text, Reason: f.reason.Text, Witness: f.witness.Text, Recorder: f.device.Text,
		Seen: v.visit.Inspection.Content(),
	}
	if f.inspector() {
		g.Person, g.PIN, g.Remarks = v.signer, f.pin.Text, ""
		if g.PIN == "" {
			f.rows["pin"].lacks(w, "ui.sign.pin_needed")
			v.scroll.Refresh()
			return
		}
	} else {
		g.Role, g.Name, g.Post = record.RoleRepresentative, f.name.Text, f.post.Text
	}
	switch f.method {
	case record.SignedDrawn:
		if f.pad.empty() {
			f.padRow.lacks(w, "signature.empty")
			v.scroll.Refresh()
			return
		}
		png, err := f.pad.picture()
		if err != nil {
			w.complain(err)
			return
		}
		g.Image = png
	case record.SignedPaper:
		g.Image = f.scanned
	}
	f.done.Disable()
	var visit desk.Visit
	w.write(func(ctx context.Context) (err error) {
		visit, err = s.desk.Sign(ctx, s.id, g)
		return err
	}, func(err error) {
		f.done.Enable()
		if v.session != s {
			return
		}
		if err != nil {
			f.fail(err)
			return
		}
		if v.signer = ""; f.left != nil {
			f.left.forget()
		}
		f.clear()
		v.took(visit)
	})
}

// fail shows an error beside the field at fault.
func (f *signForm) fail(err error) {
	var e *record.Error
	if errors.As(err, &e) {
		row := f.rows[e.Field]
		if e.Field == "image" {
			row = f.padRow
		}
		if row != nil {
			row.failed(f.w, err)
			f.v.scroll.Refresh()
			return
		}
		if e.Message == "signature.record_changed" {
			f.v.load() // show what it says now
		}
	}
	f.w.complain(err)
}
