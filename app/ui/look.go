package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Colours of the window beyond Fyne's own names.
const (
	inkColor       fyne.ThemeColorName = "ink"       // actions, selection, focus ring
	panelColor     fyne.ThemeColorName = "panel"     // beside and behind the page
	quietColor     fyne.ThemeColorName = "quiet"     // secondary text
	jadeColor      fyne.ThemeColorName = "jade"      // 未发现问题: no problem, sent, closed
	amberColor     fyne.ThemeColorName = "amber"     // 部分整改: partly, due, waiting
	vermilionColor fyne.ThemeColorName = "vermilion" // 存在问题: problem, overdue, conflict
	slateColor     fyne.ThemeColorName = "slate"     // 不涉及: not applicable, not checked
	inkSoft        fyne.ThemeColorName = "inkSoft"   // grounds of the above
	jadeSoft       fyne.ThemeColorName = "jadeSoft"
	amberSoft      fyne.ThemeColorName = "amberSoft"
	vermilionSoft  fyne.ThemeColorName = "vermilionSoft"
	slateSoft      fyne.ThemeColorName = "slateSoft"
	veilColor      fyne.ThemeColorName = "veil" // over a picture that counts no more
)

// soft gives the ground that belongs to a colour.
func soft(c fyne.ThemeColorName) fyne.ThemeColorName {
	switch c {
	case jadeColor:
		return jadeSoft
	case amberColor:
		return amberSoft
	case vermilionColor:
		return vermilionSoft
	case slateColor, quietColor:
		return slateSoft
	}
	return inkSoft
}

// Theme is the look of the window: calm colours, one embedded font in two
// weights, and sizes that Scale enlarges.
type Theme struct {
	Scale      float32 // of text and spacing; 1 is usual
	appearance string  // "dark", "system"; else light
	font       screenFont
}

// NewTheme makes the look with the fonts the window starts with.
func NewTheme(scale float32) (*Theme, error) {
	t := &Theme{Scale: scale}
	return t, t.font.start()
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

func faint(v uint32, alpha uint8) color.NRGBA {
	c := rgb(v)
	c.A = alpha
	return c
}

// palette is look.md's table: light, dark.
var palette = map[fyne.ThemeColorName][2]color.NRGBA{
	inkColor:       {rgb(0x1F4E79), rgb(0x7FB2E5)},
	panelColor:     {rgb(0xF6F7F9), rgb(0x23272E)},
	quietColor:     {rgb(0x5B6570), rgb(0xA3ADB8)},
	jadeColor:      {rgb(0x1E7B4F), rgb(0x5CC28E)},
	amberColor:     {rgb(0x8A5D00), rgb(0xE0B04A)},
	vermilionColor: {rgb(0xB8322A), rgb(0xF0857C)},
	slateColor:     {rgb(0x5F6A75), rgb(0x9AA4AF)},
	inkSoft:        {rgb(0xE6EEF6), rgb(0x24384D)},
	jadeSoft:       {rgb(0xE3F3EA), rgb(0x1F3A2D)},
	amberSoft:      {rgb(0xFBF1DA), rgb(0x40351C)},
	vermilionSoft:  {rgb(0xFBE9E7), rgb(0x472926)},
	slateSoft:      {rgb(0xEEF0F2), rgb(0x2E343B)},
	veilColor:      {faint(0xF6F7F9, 0xA8), faint(0x23272E, 0xA8)},

	theme.ColorNameBackground:          {rgb(0xFFFFFF), rgb(0x1B1E23)},
	theme.ColorNameForeground:          {rgb(0x1C2126), rgb(0xECEFF2)},
	theme.ColorNamePrimary:             {rgb(0x1F4E79), rgb(0x7FB2E5)},
	theme.ColorNameForegroundOnPrimary: {rgb(0xFFFFFF), rgb(0x14202C)},
	theme.ColorNameHyperlink:           {rgb(0x1F4E79), rgb(0x7FB2E5)},
	theme.ColorNameFocus:               {faint(0x1F4E79, 0x55), faint(0x7FB2E5, 0x66)},
	theme.ColorNameSelection:           {rgb(0xCFE0F0), rgb(0x2F4B66)},
	theme.ColorNameHover:               {faint(0x1F4E79, 0x12), faint(0x7FB2E5, 0x1C)},
	theme.ColorNamePressed:             {faint(0x1F4E79, 0x30), faint(0x7FB2E5, 0x40)},
	theme.ColorNameButton:              {rgb(0xEBEEF2), rgb(0x2E343C)},
	theme.ColorNameDisabledButton:      {rgb(0xF1F3F5), rgb(0x262A30)},
	theme.ColorNameDisabled:            {rgb(0x8A939C), rgb(0x707A84)},
	theme.ColorNamePlaceHolder:         {rgb(0x6B7580), rgb(0x929CA6)},
	theme.ColorNameInputBackground:     {rgb(0xFFFFFF), rgb(0x15181C)},
	theme.ColorNameInputBorder:         {rgb(0xB4BCC5), rgb(0x4A525B)},
	theme.ColorNameSeparator:           {rgb(0xDFE3E8), rgb(0x343A42)},
	theme.ColorNameScrollBar:           {faint(0x5B6570, 0x80), faint(0xA3ADB8, 0x80)},
	theme.ColorNameShadow:              {color.NRGBA{}, color.NRGBA{}},
	theme.ColorNameMenuBackground:      {rgb(0xFFFFFF), rgb(0x23272E)},
	theme.ColorNameOverlayBackground:   {rgb(0xFFFFFF), rgb(0x23272E)},
	theme.ColorNameHeaderBackground:    {rgb(0xF6F7F9), rgb(0x23272E)},
	theme.ColorNameError:               {rgb(0xB8322A), rgb(0xF0857C)},
	theme.ColorNameSuccess:             {rgb(0x1E7B4F), rgb(0x5CC28E)},
	theme.ColorNameWarning:             {rgb(0x8A5D00), rgb(0xE0B04A)},
}

// Color is fyne.Theme.Color.
func (t *Theme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch t.appearance {
	case "dark":
		v = theme.VariantDark
	case "system":
	default:
		v = theme.VariantLight
	}
	if c, ok := palette[name]; ok {
		if v == theme.VariantDark {
			return c[1]
		}
		return c[0]
	}
	return theme.DefaultTheme().Color(name, v)
}

// Font is fyne.Theme.Font. Italic and monospace are the regular face too: no
// other has Chinese, and a fallback sits off the line.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultTheme().Font(s)
	case s.Bold:
		return t.font.bold
	}
	return t.font.regular
}

// Icon is fyne.Theme.Icon.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Sizes of text.
const (
	titleSize fyne.ThemeSizeName = "title" // of a view
	headSize  fyne.ThemeSizeName = "head"  // of a part
	textSize                     = theme.SizeNameText
	smallSize                    = theme.SizeNameCaptionText
)

var sizes = map[fyne.ThemeSizeName]float32{
	titleSize: 22, headSize: 17, textSize: 15, smallSize: 13,
	theme.SizeNameHeadingText: 22, theme.SizeNameSubHeadingText: 17,
	theme.SizeNamePadding: 4, theme.SizeNameInnerPadding: 8, theme.SizeNameInlineIcon: 18,
	theme.SizeNameInputRadius: 4, theme.SizeNameSelectionRadius: 4, theme.SizeNameLineSpacing: 4,
	theme.SizeNameScrollBar: 12, theme.SizeNameScrollBarSmall: 6, theme.SizeNameScrollBarRadius: 4,
	theme.SizeNameSeparatorThickness: 1, theme.SizeNameInputBorder: 1,
}

// Size is fyne.Theme.Size.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	s, ok := sizes[name]
	if !ok {
		return theme.DefaultTheme().Size(name)
	}
	switch name {
	case theme.SizeNameSeparatorThickness, theme.SizeNameInputBorder:
		return s
	}
	return s * t.Scale
}
