package ui

import (
	"context"
	"encoding/json"
	"image"
	"io/fs"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"plumbline/app/checklist"
	"plumbline/app/registry"
	"plumbline/assets"
)

// A character of a name that the font the window starts with lacks, and the
// whole font has.
const rareCharacter = "頔"

func TestEveryWordOfOursShowsInTheFontTheWindowStartsWith(t *testing.T) {
	var f screenFont
	if err := f.start(); err != nil {
		t.Fatal(err)
	}
	lacks := func(where, text string) {
		for _, r := range text {
			if r >= ' ' && !f.has.contains(r) {
				t.Errorf("%s: the font lacks %q", where, r)
			}
		}
	}
	files, err := fs.Glob(assets.Lang, "lang/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := fs.ReadFile(assets.Lang, name)
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for key, text := range words {
			lacks(name+" "+key, text)
		}
	}
	for _, it := range checklist.Library() {
		for _, o := range it.Answer.Options {
			lacks(it.Code, o.Text.Chinese+o.Text.English)
		}
		lacks(it.Code, it.Text.Chinese+it.Text.English+it.Guidance.Chinese+it.Guidance.English)
	}
	lacks("standard names", "𬱖𬭸𬬭𬭎㛃䶮")
}

func TestARareCharacterBringsTheWholeFont(t *testing.T) {
	w := onSite(t, "zh")
	n := w.inspection.visit.Nodes[0]
	w.inspection.take(n.Key)
	if w.theme.font.whole {
		t.Fatal("the window starts with the whole font")
	}
	note := w.inspection.panel.note
	w.canvas().Focus(note)
	for _, r := range "经手人陈㛃" { // a standard character
		note.TypedRune(r)
	}
	if w.theme.font.whole {
		t.Error("a standard character brought the whole font")
	}
	note.TypedRune([]rune(rareCharacter)[0])
	if !w.theme.font.whole {
		t.Fatalf("after typing %s the window still has the part that lacks it", rareCharacter)
	}
	// It is drawn in the whole font's glyph: the same as with that font alone.
	whole, err := fs.ReadFile(assets.Fonts, "fonts/NotoSansSC-Regular.ttf")
	if err != nil {
		t.Fatal(err)
	}
	want := canvas.NewText(rareCharacter, w.theme.Color(inkColor, 0))
	want.FontSource = fyne.NewStaticResource("alone.ttf", whole)
	if got := canvas.NewText(rareCharacter, w.theme.Color(inkColor, 0)); !sameDots(t, got, want) {
		t.Errorf("%s is not drawn as in the whole font", rareCharacter)
	}
	if other := canvas.NewText("吉", w.theme.Color(inkColor, 0)); sameDots(t, other, want) {
		t.Fatal("two characters look the same: nothing was drawn")
	}
}

func TestARareNameOutOfTheDatabaseBringsTheWholeFont(t *testing.T) {
	d := openDesk(t, t.TempDir())
	fill(t, d, 2)
	text := "名称,统一社会信用代码,社会组织类型,法定代表人\n云溪市" + rareCharacter + "田文化协会,51990100MJK0000017,社会团体,王强\n"
	if _, err := d.ImportOrganizationsFrom(context.Background(), "", strings.NewReader(text), int64(len(text)), "名册.csv", registry.Options{}); err != nil {
		t.Fatal(err)
	}
	w := openAt(t, d, "zh", Syncing{})
	w.goTo("organizations")
	if !w.theme.font.whole {
		t.Errorf("the list shows %s田 without the font that has it", rareCharacter)
	}
}

// The part draws every character as the whole font does, and as wide.
func TestTheFontTheWindowStartsWithDrawsAsTheWholeOne(t *testing.T) {
	test.NewTempApp(t)
	for name, part := range map[string][]byte{"NotoSansSC-Regular.ttf": assets.ScreenRegular, "NotoSansSC-Bold.ttf": assets.ScreenBold} {
		b, err := fs.ReadFile(assets.Fonts, "fonts/"+name)
		if err != nil {
			t.Fatal(err)
		}
		has, err := charactersOf(part)
		if err != nil {
			t.Fatal(err)
		}
		all, err := charactersOf(b)
		if err != nil {
			t.Fatal(err)
		}
		small, whole := fyne.NewStaticResource("part-"+name, part), fyne.NewStaticResource("whole-"+name, b)
		n := 0
		for _, span := range has {
			for r := span.first; r <= span.last; r++ {
				if n++; !all.contains(r) {
					t.Fatalf("%s: the part has %q, which the whole lacks", name, r)
				}
				if n%23 != 0 && r > 0x17F && r < 0x20000 {
					continue // a sample of the many
				}
				got, want := canvas.NewText(string(r), inkOf), canvas.NewText(string(r), inkOf)
				got.FontSource, want.FontSource = small, whole
				if got.MinSize() != want.MinSize() || !sameDots(t, got, want) {
					t.Errorf("%s: %q is drawn otherwise (%v, %v)", name, r, got.MinSize(), want.MinSize())
				}
			}
		}
		if n < 9000 {
			t.Errorf("%s: the part has %d characters, want the standard ones", name, n)
		}
	}
}

var inkOf = rgb(0x1C2126)

func sameDots(t *testing.T, a, b *canvas.Text) bool {
	t.Helper()
	paint := func(o *canvas.Text) *image.NRGBA {
		o.TextSize = 20
		c := test.NewWindow(o)
		defer c.Close()
		c.Resize(fyne.NewSize(40, 40))
		img, ok := c.Canvas().Capture().(*image.NRGBA)
		if !ok {
			t.Fatal("the test canvas paints in another form now")
		}
		return img
	}
	x, y := paint(a), paint(b)
	return x.Bounds() == y.Bounds() && string(x.Pix) == string(y.Pix)
}
