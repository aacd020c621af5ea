package ui

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// everyView gives a window on an inspection under way with a finding, and what
// shows each view and each part of one.
func everyView(t *testing.T) (*Window, map[string]func()) {
	t.Helper()
	w := onSite(t, "en")
	v := w.inspection
	n := node(t, w, checklist.Conformity)
	v.take(n.Key)
	w.canvas().OnTypedRune()('2')
	money := node(t, w, checklist.Money)
	sealed := newInspection(t, w.desk, "cn.spot.foundation")
	sealAnswered(t, w.desk, sealed, map[string]record.Answer{plainNode(t, w).Key: {Value: jsonText(record.Nonconform), Note: "账簿缺页"}})
	v.attach(n.Key, []string{photoFile(t, testPhoto())})
	photo := w.stored(t, v.session.id).EvidenceOf(n.Key)[0]
	next := newInspection(t, w.desk, "cn.spot.foundation")
	id, foundation := v.session.id, record.OrganizationID(record.SchemeUSCC, foundationCode)
	views := map[string]func(){
		"inspection": func() { w.openInspection(id, n.Key) }, "inspection, money": func() { w.openInspection(id, money.Key) },
		"inspection, visit": func() { w.openInspection(id, ""); v.goPlace(visitPlace) }, "inspection, findings": func() { w.openInspection(id, ""); v.goPlace(findingsPlace) },
		"inspection, sealed": func() { w.openInspection(sealed, plainNode(t, w).Key) },
		"photo":              func() { w.openInspection(id, n.Key); w.openPhoto(photo) },
		"retake": func() {
			w.openInspection(next, n.Key)
			pressOf(t, w.inspection.panel.earlier).Tapped(nil)
			w.retake.lay(true)
		},
		"signing": func() { w.openSigning(id); w.signing.begin(representativeID) }, "signing, refused": func() {
			w.openSigning(id)
			w.signing.begin(representativeID)
			test.Tap(w.signing.form.methods[record.SignRefused].press)
		},
		"signing, inspector": func() { w.openSigning(id); w.signing.begin(v.visit.Inspection.Team[0].Person) },
		"signing, sealed":    func() { w.openSigning(sealed) },
		"organization":       func() { w.openOrganization(foundation) }, "plan": func() { w.planFor(foundation) },
		"search": func() { w.found.find("基金会") }, "destructions": w.openDestructions, "laws": w.openLaws, "people": w.openPeople, "forms": w.openForms, "plans": w.openPlans, "complaints": w.openComplaints, "figures": w.openFigures,
	}
	form := written(t, everyType)
	path := filepath.Join(t.TempDir(), "form.xlsx")
	if err := os.WriteFile(path, writtenForm(t, everyType), 0o600); err != nil {
		t.Fatal(err)
	}
	views["checklists, report"] = func() { w.goTo("checklists"); w.checklists.read(path) }
	views["checklists, changed"] = func() {
		w.goTo("checklists")
		l := w.checklists
		if l.report = nil; l.revision == nil {
			l.revise(l.known[0])
		}
		l.at = l.known[0].Items[1].UID
		l.show()
	}
	for _, name := range []string{"name", "order", "town", "mood", "trade", "exits", "ranked", "met", "place", "front", "lang", "cook_name"} {
		views["trial, "+name] = func() {
			if w.view != view(w.trying) || w.trying.trial == nil {
				w.try(form)
			}
			w.trying.inHand(t, name)
		}
	}
	for _, page := range helpPages() {
		views["help, "+page] = func() { w.goTo("home"); w.showHelp(); w.help.open(page) }
	}
	for _, p := range places {
		views[p.name] = func() { w.goTo(p.name) }
	}
	return w, views
}

// shownText is one text on the window: where it is, and what of it can be seen.
type shownText struct {
	object    fyne.CanvasObject
	said      string
	at        fyne.Position
	size      fyne.Size
	min       fyne.Size
	cut       bool
	clipped   bool // by a page that scrolls: that is no fault
	clipWidth float32
}

// shownTexts lists the texts below o, with where they are on the window.
func shownTexts(o fyne.CanvasObject, at fyne.Position, clip fyne.Size, clipAt fyne.Position) []shownText {
	if !o.Visible() {
		return nil
	}
	at = at.Add(o.Position())
	inside := func(s shownText) []shownText {
		s.object, s.at, s.size, s.min = o, at, o.Size(), o.MinSize()
		s.clipped = at.Y < clipAt.Y || at.Y+o.Size().Height > clipAt.Y+clip.Height+0.5
		s.clipWidth = clipAt.X + clip.Width
		return []shownText{s}
	}
	var below []fyne.CanvasObject
	switch x := o.(type) {
	case *prose:
		if x.text == "" {
			return nil
		}
		last := x.lines[len(x.lines)-1]
		whole := latinQuotes(x.text)
		return inside(shownText{said: x.text, cut: strings.HasSuffix(last, cutMark(whole)) && !strings.HasSuffix(whole, cutMark(whole))})
	case *pushButton:
		return inside(shownText{said: x.Text, cut: o.Size().Width+0.5 < o.MinSize().Width})
	case *widget.Check:
		return inside(shownText{said: x.Text, cut: o.Size().Width+0.5 < o.MinSize().Width})
	case *widget.Select:
		need := fyne.MeasureText(x.Selected, theme.Size(textSize), fyne.TextStyle{}).Width + 2*theme.Size(theme.SizeNameInnerPadding) + theme.Size(theme.SizeNameInlineIcon)
		return inside(shownText{said: x.Selected, cut: x.Size().Width+0.5 < need})
	case *container.Scroll:
		return shownTexts(x.Content, at, x.Size(), at)
	case *fyne.Container:
		below = x.Objects
	case fyne.Widget:
		below = test.WidgetRenderer(x).Objects()
	}
	var out []shownText
	for _, child := range below {
		out = append(out, shownTexts(child, at, clip, clipAt)...)
	}
	return out
}

// illegible tells what is wrong with the texts of a window.
func illegible(w *Window) []string {
	var out []string
	root := w.canvas().Content()
	texts := shownTexts(root, fyne.Position{}, w.canvas().Size(), fyne.Position{})
	for n, a := range texts {
		switch {
		case a.cut:
			out = append(out, fmt.Sprintf("%q is cut (has %.0f of %.0f)", a.said, a.size.Width, a.min.Width))
		case a.at.X+a.size.Width > a.clipWidth+1:
			out = append(out, fmt.Sprintf("%q ends at %.0f, beyond %.0f", a.said, a.at.X+a.size.Width, a.clipWidth))
		case a.size.Height+1 < a.min.Height:
			out = append(out, fmt.Sprintf("%q is %.0f high, needs %.0f", a.said, a.size.Height, a.min.Height))
		}
		if a.clipped {
			continue
		}
		for _, b := range texts[n+1:] {
			if b.clipped {
				continue
			}
			x := min(a.at.X+a.size.Width, b.at.X+b.size.Width) - max(a.at.X, b.at.X)
			y := min(a.at.Y+a.size.Height, b.at.Y+b.size.Height) - max(a.at.Y, b.at.Y)
			if x > 2 && y > 2 {
				out = append(out, fmt.Sprintf("%q lies over %q by %.0f × %.0f", a.said, b.said, x, y))
			}
		}
	}
	return out
}

func TestNoTextIsCutOrLiesOverAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	w, views := everyView(t)
	for _, look := range []struct{ language, appearance, scale string }{
		{"en", "light", "100"}, {"zh", "light", "100"}, {"en", "dark", "175"}, {"zh", "light", "175"},
	} {
		w.setAppearance(look.appearance)
		w.setScale(look.scale)
		w.setLanguage(look.language)
		seen := 0
		for _, name := range slices.Sorted(maps.Keys(views)) {
			views[name]()
			w.canvas().Content().Refresh()
			w.Window().Resize(fyne.NewSize(1367, 768)) // all is laid out anew, as when somebody pulls at it
			w.Window().Resize(fyne.NewSize(1366, 768))
			seen += len(textsOf(w.canvas().Content()))
			for _, fault := range illegible(w) {
				t.Errorf("%s (%s, %s, %s %%): %s", name, look.language, look.appearance, look.scale, fault)
			}
		}
		if seen < 300 {
			t.Errorf("%v: only %d texts were looked at", look, seen)
		}
	}
}
