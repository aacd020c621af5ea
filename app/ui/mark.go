package ui

import (
	"fmt"
	"hash/fnv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/checklist"
)

// A mark is a small drawn sign. They are drawings because the font lacks ✓ and
// ✕, and a sign from some other font would sit off the line.
type mark string

const (
	tick       mark = `<path d="M4 12.5 L10 18.5 L20 6"/>`
	cross      mark = `<path d="M5.5 5.5 L18.5 18.5 M18.5 5.5 L5.5 18.5"/>`
	dash       mark = `<path d="M5 12 L19 12"/>`
	half       mark = `<circle cx="12" cy="12" r="8"/><path fill="#000000" d="M12 4 A8 8 0 0 1 12 20 Z"/>`
	ring       mark = `<circle cx="12" cy="12" r="8"/>`
	dots       mark = `<path d="M5 12 L5.1 12 M12 12 L12.1 12 M19 12 L19.1 12"/>`
	clash      mark = `<path d="M12 3.5 L21.5 20 L2.5 20 Z M12 10 L12 14.5 M12 17 L12 17.1"/>`
	camera     mark = `<path d="M3 8 L7.5 8 L9.5 5 L14.5 5 L16.5 8 L21 8 L21 19 L3 19 Z"/><circle cx="12" cy="13" r="3.6"/>`
	pen        mark = `<path d="M4 20 L5 15.5 L16 4.5 L19.5 8 L8.5 19 Z M13.5 7 L17 10.5"/>`
	lens       mark = `<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5 L21 21"/>`
	house      mark = `<path d="M3 11.5 L12 4 L21 11.5 M5.5 10 L5.5 20 L18.5 20 L18.5 10"/>`
	board      mark = `<path d="M5 5 L19 5 L19 21 L5 21 Z M9 3 L15 3 L15 7 L9 7 Z M8.5 12 L15.5 12 M8.5 16 L15.5 16"/>`
	building   mark = `<path d="M5 21 L5 4 L15 4 L15 21 M15 10 L20 10 L20 21 M3 21 L22 21 M8.5 8 L11.5 8 M8.5 12 L11.5 12 M8.5 16 L11.5 16"/>`
	flag       mark = `<path d="M6 21 L6 4 L18.5 4 L15.5 8.5 L18.5 13 L6 13"/>`
	list       mark = `<path d="M4 6 L5 6 M9 6 L20 6 M4 12 L5 12 M9 12 L20 12 M4 18 L5 18 M9 18 L20 18"/>`
	swap       mark = `<path d="M8 20 L8 5 M4.5 8.5 L8 5 L11.5 8.5 M16 4 L16 19 M12.5 15.5 L16 19 L19.5 15.5"/>`
	gear       mark = `<circle cx="12" cy="12" r="3.4"/><path d="M12 3 L12 6 M12 18 L12 21 M3 12 L6 12 M18 12 L21 12 M5.6 5.6 L7.8 7.8 M16.2 16.2 L18.4 18.4 M18.4 5.6 L16.2 7.8 M7.8 16.2 L5.6 18.4"/>`
	folder     mark = `<path d="M3 6 L9.5 6 L11.5 8.5 L21 8.5 L21 19 L3 19 Z"/>`
	paper      mark = `<path d="M6 3 L15 3 L19 7 L19 21 L6 21 Z M15 3 L15 7 L19 7 M9 12 L16 12 M9 16 L16 16"/>`
	arrowMark  mark = `<path d="M5 19 L19 5 M10 5 L19 5 L19 14"/>`
	cropMark   mark = `<path d="M7 2 L7 17 L22 17 M2 7 L17 7 L17 22"/>`
	mosaicMark mark = `<path d="M4 4 L20 4 L20 20 L4 20 Z"/><path fill="#000000" stroke="none" d="M4 4 L12 4 L12 12 L4 12 Z M12 12 L20 12 L20 20 L12 20 Z"/>`
	squiggle   mark = `<path d="M3 15 C6 5 9 5 11 12 C13 19 17 19 21 8"/>`
	letters    mark = `<path d="M5 6 L19 6 M12 6 L12 20"/>`
	stamp      mark = `<path d="M4 21 L20 21 M5 17 L19 17 L19 14 L14.5 14 C14.5 11 16 9.5 16 7.5 A4 4 0 0 0 8 7.5 C8 9.5 9.5 11 9.5 14 L5 14 Z"/>`
	turn       mark = `<path d="M5 9 L13 9 A5.5 5.5 0 0 1 13 20 L8 20 M8.5 5 L4.5 9 L8.5 13"/>`
)

// resource gives the mark in a colour of the theme.
func (m mark) resource(c fyne.ThemeColorName) fyne.Resource { return markResource{m, c} }

// markResource is a mark as a picture that follows the theme. (Fyne's own
// coloured resource changes fills only; marks are lines.)
type markResource struct {
	mark  mark
	color fyne.ThemeColorName
}

var _ fyne.ThemedResource = markResource{}

// ThemeColorName makes Fyne draw the mark anew when the theme changes.
func (r markResource) ThemeColorName() fyne.ThemeColorName { return r.color }

// Name tells marks and colours apart in Fyne's cache of drawn pictures.
func (r markResource) Name() string {
	h := fnv.New32a()
	h.Write([]byte(r.mark)) // never fails
	return fmt.Sprintf("mark-%08x-%s.svg", h.Sum32(), r.hex())
}

func (r markResource) hex() string {
	red, green, blue, _ := theme.Color(r.color).RGBA()
	return fmt.Sprintf("%02x%02x%02x", red>>8, green>>8, blue>>8)
}

// Content is the drawing as SVG.
func (r markResource) Content() []byte {
	paths := strings.ReplaceAll(string(r.mark), "#000000", "#"+r.hex())
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="none" stroke="#` + r.hex() +
		`" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">` + paths + `</g></svg>`)
}

// sign gives the mark as an object of the given side.
func sign(m mark, c fyne.ThemeColorName, side float32) fyne.CanvasObject {
	s := &drawnMark{resource: markResource{m, c}}
	s.image = canvas.NewImageFromResource(s.resource)
	s.image.FillMode = canvas.ImageFillContain
	s.image.SetMinSize(fyne.NewSquareSize(side))
	s.drawn = s.resource.hex()
	s.ExtendBaseWidget(s)
	return s
}

// drawnMark is a mark on a view. Fyne reads an SVG anew whenever the view is
// refreshed, which took a third of the time to open an inspection; a mark
// changes only with the theme.
type drawnMark struct {
	widget.BaseWidget
	resource markResource
	image    *canvas.Image
	drawn    string // the colour of the drawing
}

func (s *drawnMark) CreateRenderer() fyne.WidgetRenderer {
	return &markRenderer{widget.NewSimpleRenderer(s.image), s}
}

type markRenderer struct {
	fyne.WidgetRenderer
	s *drawnMark
}

func (r *markRenderer) Refresh() {
	if c := r.s.resource.hex(); c != r.s.drawn {
		r.s.drawn = c
		r.s.image.Refresh()
	}
}

// markOf gives sign and colour of an outcome.
func markOf(o checklist.Outcome) (mark, fyne.ThemeColorName) {
	switch o {
	case checklist.NoProblem:
		return tick, jadeColor
	case checklist.Problem:
		return cross, vermilionColor
	case checklist.PartlyRectified:
		return half, amberColor
	case checklist.NotApplicable:
		return dash, slateColor
	case checklist.NotChecked:
		return dots, slateColor
	case checklist.Incomplete:
		return half, amberColor
	case checklist.Recorded:
		return pen, inkColor
	}
	return ring, slateColor
}
