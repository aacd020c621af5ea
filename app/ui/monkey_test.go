package ui

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/soaktest"
)

// A monkey strikes keys and presses whatever can be pressed: 10,000 times in the
// long form. The
// window must stand it, and what it said was saved must be on the disk: read
// back by a second desk on the same folder, answer by answer.
func TestSoakAMonkeyBreaksNothingAndLosesNoAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	r := soaktest.Random(soaktest.Seed(t), 1)
	t.Setenv("HOME", t.TempDir()) // it may write files
	folder := t.TempDir()
	d := openDesk(t, folder)
	fill(t, d, 30)
	w := openWith(t, d, "zh", Syncing{}, &Inline{})
	ids := []record.ID{newInspection(t, d, "cn.spot.foundation"), newInspection(t, d, "cn.security-risk")}
	v := w.inspection
	keys := []fyne.KeyName{fyne.KeyTab, fyne.KeyReturn, fyne.KeySpace, fyne.KeyEscape, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight, fyne.KeyF8, fyne.KeyF1, fyne.KeyBackspace, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageDown}
	controls := []fyne.KeyName{fyne.KeyK, fyne.KeyF, fyne.KeyS, fyne.KeyE, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9}
	runes := []rune("1234512345nNpP 检查账簿𬱖=…;\t0")
	said := map[record.ID]map[string]string{} // what the window last said was saved, by item
	note := func() {
		if v.session == nil || v.visit == nil || w.unsaved != nil || w.saving > 0 {
			return
		}
		m := map[string]string{}
		for key, a := range v.visit.Inspection.Answers {
			m[key] = a.Text() + "\x00" + a.Note
		}
		said[v.session.id] = m
	}
	answers := 0
	for range soaktest.Rounds(1_200, 10_000) {
		switch n := r.IntN(100); {
		case n < 6: // a person opens an inspection again
			if w.canvas().Overlays().Top() == nil {
				w.settleField() // which saves what is typed, before the window speaks of another one
				note()
				w.openInspection(ids[r.IntN(len(ids))], "")
				if v.visit != nil {
					v.take(v.visit.Nodes[r.IntN(len(v.visit.Nodes))].Key)
				}
			}
		case n < 40:
			ch := runes[r.IntN(len(runes))]
			if f := w.canvas().Focused(); f != nil {
				f.TypedRune(ch)
			} else {
				w.canvas().OnTypedRune()(ch)
			}
		case n < 62:
			k := keys[r.IntN(len(keys))]
			if k == fyne.KeyTab {
				w.canvas().FocusNext()
			} else {
				pressKey(w, k)
			}
		case n < 66:
			control(w, controls[r.IntN(len(controls))])
		case n < 67:
			w.setLanguage([]string{"en", "zh"}[r.IntN(2)])
		case n < 69:
			w.Window().Resize(fyne.NewSize(600+float32(r.IntN(1400)), 400+float32(r.IntN(800))))
		case n < 71:
			v.undoLast()
		default:
			root := w.canvas().Content()
			if top := w.canvas().Overlays().Top(); top != nil {
				root = top
			}
			var can []fyne.Tappable
			for _, o := range visibleBelow(root) {
				if p, ok := o.(fyne.Tappable); ok && !dangerous(w, o) {
					can = append(can, p)
				}
			}
			if len(can) > 0 {
				p := can[r.IntN(len(can))]
				p.Tapped(&fyne.PointEvent{})
			}
		}
		if v.session != nil && v.visit != nil {
			answers = max(answers, len(v.visit.Inspection.Answers))
		}
		note()
	}
	w.canvas().Unfocus()
	if w.view != nil {
		w.view.leave()
	}
	note()
	if answers < 5 { // as a rule it answers 9 to 21
		t.Errorf("only %d items were ever answered: the monkey did not get there", answers)
	}
	again, err := desk.Open(context.Background(), folder, database, desk.Options{Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for id, m := range said {
		i, err := again.Store.Inspection(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(i.Conflicts) > 0 {
			t.Errorf("%s: one window alone made conflicts %v", id, i.Conflicts)
		}
		for key, want := range m {
			if got := i.Answers[key].Text() + "\x00" + i.Answers[key].Note; got != want {
				t.Errorf("%s %s: on the disk is %q, the window said %q was saved", id, key, got, want)
			}
		}
	}
	done, err := again.Verify(context.Background())
	if err != nil || len(done.Problems) > 0 {
		t.Errorf("verify: %v, %v", done.Problems, err)
	}
}

// dangerous is what would take the monkey out of the house: the sample data,
// which takes a minute to load, and Fyne's own menus.
func dangerous(w *Window, o fyne.CanvasObject) bool {
	switch o := o.(type) {
	case *pushButton:
		return o == w.settings.sample || o.Text == w.T("ui.settings.sample") || o == w.settings.restore
	case *widget.Select:
		return true // its list is a menu of Fyne's own
	}
	return false
}
