package ui

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"fyne.io/fyne/v2"

	"plumbline/assets"
)

// screenFont is the font of the window. It starts with the part that holds all
// standard characters: Fyne parses every glyph of a font before the first
// frame, which takes a second and 60 MB for the whole one. When a rarer
// character comes up, as in a person's name, the whole font takes its place,
// for the rest of the day.
type screenFont struct {
	regular, bold fyne.Resource
	has           characters
	all           characters // of the whole font; nil before they were needed
	whole         bool
	change        func() // shows every text anew; nil before there is a window
}

func (f *screenFont) start() (err error) {
	f.regular = fyne.NewStaticResource("NotoSansSC-Regular.ttf", assets.ScreenRegular)
	f.bold = fyne.NewStaticResource("NotoSansSC-Bold.ttf", assets.ScreenBold)
	f.has, err = charactersOf(assets.ScreenRegular)
	return err
}

// meet is called with every text before it is shown.
func (f *screenFont) meet(text string) {
	if f.whole {
		return
	}
	for _, r := range text {
		if r >= ' ' && !f.has.contains(r) {
			f.rare(r)
		}
	}
}

// rare takes up the whole font if it has what the part lacks. What neither has
// may be in a font of the system.
func (f *screenFont) rare(r rune) {
	if f.all != nil && !f.all.contains(r) {
		return
	}
	regular, err1 := fs.ReadFile(assets.Fonts, "fonts/NotoSansSC-Regular.ttf")
	bold, err2 := fs.ReadFile(assets.Fonts, "fonts/NotoSansSC-Bold.ttf")
	if errors.Join(err1, err2) != nil {
		return // they are part of the program: it would not have started
	}
	if f.all == nil {
		f.all, _ = charactersOf(regular) // as above
	}
	if !f.all.contains(r) {
		return
	}
	f.regular = fyne.NewStaticResource("NotoSansSC-Regular-whole.ttf", regular)
	f.bold = fyne.NewStaticResource("NotoSansSC-Bold-whole.ttf", bold)
	f.has, f.whole = f.all, true
	if f.change != nil {
		f.change()
	}
}

// meet lets the font of the window know a text that will be shown.
func meet(text string) {
	if a := fyne.CurrentApp(); a != nil {
		if t, ok := a.Settings().Theme().(*Theme); ok {
			t.font.meet(text)
		}
	}
}

// wholeFont tells whether the window shows the whole font.
func wholeFont() bool {
	t, ok := fyne.CurrentApp().Settings().Theme().(*Theme)
	return ok && t.font.whole
}

// characters are those a font has, as ranges in order.
type characters []struct{ first, last rune }

func (c characters) contains(r rune) bool {
	low, high := 0, len(c)
	for low < high {
		if mid := (low + high) / 2; c[mid].last < r {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low < len(c) && c[low].first <= r
}

// charactersOf reads the table of characters of a TrueType font of ours: the
// one in format 12, which all of them have.
func charactersOf(font []byte) (c characters, err error) {
	defer func() {
		if r := recover(); r != nil { // an offset beyond the end
			err = fmt.Errorf("ui: the font is damaged: %v", r)
		}
	}()
	be := binary.BigEndian
	for n := range int(be.Uint16(font[4:])) {
		if d := font[12+16*n:]; string(d[:4]) == "cmap" {
			cmap := font[be.Uint32(d[8:]):]
			for k := range int(be.Uint16(cmap[2:])) {
				t := cmap[be.Uint32(cmap[8+8*k:]):]
				if be.Uint16(t) != 12 {
					continue
				}
				for g := range int(be.Uint32(t[12:])) {
					group := t[16+12*g:]
					c = append(c, struct{ first, last rune }{rune(be.Uint32(group)), rune(be.Uint32(group[4:]))})
				}
				return c, nil
			}
		}
	}
	return nil, errors.New("ui: the font has no table of characters in format 12")
}
