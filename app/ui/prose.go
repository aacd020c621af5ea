package ui

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// prose is a text without margins, wrapped by the rules of both languages: a
// line of Chinese may end after any character but does not begin with a comma,
// a Latin word or a code stays whole. (Fyne's label knows no such rule and
// pushes a whole run of Chinese to the next line.)
type prose struct {
	widget.BaseWidget
	text   string
	color  fyne.ThemeColorName
	size   fyne.ThemeSizeName
	bold   bool
	struck bool // struck through: it counts no more
	whole  bool // one line, never wrapped; cut where the width ends
	most   int  // lines at most, 0 all
	right  bool // set to the right
	middle bool // set in the middle

	lines   []string
	wrapped float32 // width the lines were made for
	least   float32 // width of the longest word; of the whole text where that is one line
}

func newProse(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *prose {
	meet(text)
	p := &prose{text: text, size: size, color: color}
	p.ExtendBaseWidget(p)
	return p
}

// plain is text in the main colour; quiet in the secondary one; title and head
// open a view and a part of it.
func plain(text string) *prose { return newProse(text, textSize, theme.ColorNameForeground) }
func quiet(text string) *prose { return newProse(text, smallSize, quietColor) }
func title(text string) *prose { return newProse(text, titleSize, theme.ColorNameForeground).strong() }
func head(text string) *prose  { return newProse(text, headSize, theme.ColorNameForeground).strong() }
func strong(text string) *prose {
	return plain(text).strong()
}

func (p *prose) strong() *prose { p.bold = true; return p }

// oneLine keeps the text on one line.
func (p *prose) oneLine() *prose { p.whole = true; return p }

// atMostLines cuts the text after n lines.
func (p *prose) atMostLines(n int) *prose { p.most = n; return p }

func (p *prose) set(text string) {
	if p.text != text {
		meet(text)
		p.text = text
		p.wrapped = -1
		p.Refresh()
	}
}

func (p *prose) setColor(c fyne.ThemeColorName) {
	if p.color != c {
		p.color = c
		p.Refresh()
	}
}

func (p *prose) style() fyne.TextStyle { return fyne.TextStyle{Bold: p.bold} }

// lineHeight is 22 for text of 15.
func (p *prose) lineHeight() float32 { return theme.Size(p.size) * 22 / 15 }

func (p *prose) wrap(width float32) {
	if p.wrapped == width && p.lines != nil {
		return
	}
	p.wrapped = width
	m := measure{theme.Size(p.size), p.bold}
	text := latinQuotes(p.text)
	p.least = m.least(text, p.whole)
	if p.whole {
		text = strings.ReplaceAll(text, "\n", " ")
		p.lines = []string{m.cut(text, width, width <= 0)}
		return
	}
	if width <= 0 {
		width = 400
	}
	p.lines = nil
	for _, part := range strings.Split(text, "\n") {
		p.lines = append(p.lines, m.wrap(part, width)...)
	}
	if p.most > 0 && len(p.lines) > p.most {
		mark := cutMark(text)
		last := p.lines[p.most-1] + mark
		p.lines = append(p.lines[:p.most-1:p.most-1], m.cut(last, width, false))
		if !strings.HasSuffix(p.lines[p.most-1], mark) {
			p.lines[p.most-1] += mark
		}
	}
}

// latinQuotes straightens the quotation marks of a text without Chinese: a
// Chinese font has them as wide as a character, which tears English apart, and
// it draws … in the middle of the line.
func latinQuotes(s string) string {
	if !strings.ContainsAny(s, "“”‘’…") || strings.ContainsFunc(s, breaksAnywhere) {
		return s
	}
	return straightQuotes.Replace(s)
}

var straightQuotes = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...")

// cutMark ends a text that was cut, in its script.
func cutMark(s string) string {
	if strings.ContainsFunc(s, breaksAnywhere) {
		return "…"
	}
	return "..."
}

func (p *prose) MinSize() fyne.Size {
	p.ExtendBaseWidget(p)
	p.wrap(p.Size().Width)
	if p.whole {
		return fyne.NewSize(min(p.least+1, 2000), p.lineHeight())
	}
	return fyne.NewSize(min(max(p.least, theme.Size(p.size)), 160), float32(len(p.lines))*p.lineHeight())
}

func (p *prose) Resize(size fyne.Size) {
	if size.Width != p.wrapped {
		p.wrap(size.Width)
		p.BaseWidget.Resize(size)
		p.Refresh()
		return
	}
	p.BaseWidget.Resize(size)
}

func (p *prose) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	r := &proseRenderer{p: p}
	r.Refresh()
	return r
}

type proseRenderer struct {
	p     *prose
	texts []fyne.CanvasObject
	lines []fyne.CanvasObject // through what is struck
	scale float32
	whole bool // the font was the whole one
}

func (r *proseRenderer) Layout(size fyne.Size) {
	h := r.p.lineHeight()
	for n, o := range r.texts {
		t := o.(*canvas.Text)
		t.Resize(fyne.NewSize(size.Width, h))
		t.Move(fyne.NewPos(0, float32(n)*h))
	}
	m := measure{theme.Size(r.p.size), r.p.bold}
	for n, l := range r.lines[:min(len(r.lines), len(r.p.lines))] { // Refresh makes their number right
		l.Resize(fyne.NewSize(m.width(r.p.lines[n]), 1))
		l.Move(fyne.NewPos(0, (float32(n)+0.55)*h))
	}
}

func (r *proseRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *proseRenderer) Objects() []fyne.CanvasObject { return slices.Concat(r.texts, r.lines) }
func (r *proseRenderer) Destroy()                     {}

func (r *proseRenderer) Refresh() {
	if s, whole := theme.Size(r.p.size), wholeFont(); s != r.scale || whole != r.whole {
		r.scale, r.whole = s, whole
		r.p.wrapped = -1
	}
	r.p.wrap(r.p.Size().Width)
	for len(r.texts) < len(r.p.lines) {
		r.texts = append(r.texts, canvas.NewText("", nil))
	}
	r.texts = r.texts[:len(r.p.lines)]
	for n, o := range r.texts {
		t := o.(*canvas.Text)
		t.Text, t.Color, t.TextSize, t.TextStyle = r.p.lines[n], theme.Color(r.p.color), theme.Size(r.p.size), r.p.style()
		if t.Alignment = fyne.TextAlignLeading; r.p.right {
			t.Alignment = fyne.TextAlignTrailing
		} else if r.p.middle {
			t.Alignment = fyne.TextAlignCenter
		}
	}
	r.lines = r.lines[:0]
	for range r.p.lines {
		if r.p.struck {
			r.lines = append(r.lines, canvas.NewRectangle(theme.Color(r.p.color)))
		}
	}
	r.Layout(r.p.Size())
	for _, o := range r.texts {
		o.Refresh()
	}
}

// measure knows how wide texts of one size and weight are.
type measure struct {
	size float32
	bold bool
}

type runeWidth struct {
	measure
	r rune
}

// widths remembers measured characters: measuring costs 10 µs, and a view has
// thousands. A whole font has the same glyphs and more. Only the window's
// goroutine comes here.
var widths = map[runeWidth]float32{}

func (m measure) of(r rune) float32 {
	k := runeWidth{m, r}
	w, ok := widths[k]
	if !ok {
		w = fyne.MeasureText(string(r), m.size, fyne.TextStyle{Bold: m.bold}).Width
		widths[k] = w
	}
	return w
}

func (m measure) width(s string) (w float32) {
	for _, r := range s {
		w += m.of(r)
	}
	return w
}

// least is the width below which a text cannot be broken further.
func (m measure) least(s string, whole bool) (w float32) {
	if whole {
		return m.width(s)
	}
	word := float32(0)
	for _, r := range s {
		if word += m.of(r); unicode.IsSpace(r) || breaksAnywhere(r) {
			word = 0
		}
		w = max(w, word)
	}
	return w
}

// cut shortens s to fit the width, and marks that it did.
func (m measure) cut(s string, width float32, never bool) string {
	if never || m.width(s) <= width+0.5 {
		return s
	}
	mark := cutMark(s)
	w := m.width(mark)
	for n, r := range s {
		if w += m.of(r); w > width {
			return strings.TrimRight(s[:n], " ") + mark
		}
	}
	return s
}

// Characters that must not begin a line, and those that must not end one.
const (
	notFirst = "，。、；：？！）】》〉」』”’％…—·,.;:?!)]}%"
	notLast  = "（【《〈「『“‘([{¥￥"
)

// breaksAnywhere tells whether a line may end before or after r wherever it stands.
func breaksAnywhere(r rune) bool {
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE4F || r >= 0xFF00 && r <= 0xFFEF || r >= 0x20000 && r <= 0x3FFFF
}

// wrap breaks one paragraph into lines.
func (m measure) wrap(s string, width float32) []string {
	var out []string
	runes := []rune(s)
	start := 0
	for start < len(runes) {
		w, end, good := float32(0), start, -1
		for end < len(runes) {
			w += m.of(runes[end])
			if w > width && end > start && runes[end] != ' ' {
				break
			}
			end++
			if end < len(runes) && mayBreak(runes[end-1], runes[end]) {
				good = end
			}
		}
		if end < len(runes) {
			if good > start {
				end = good
			} // else a word longer than the line: broken where the line ends
		}
		out = append(out, strings.TrimRight(string(runes[start:end]), " "))
		start = end
		for start < len(runes) && runes[start] == ' ' {
			start++
		}
	}
	if out == nil {
		out = []string{""}
	}
	return out
}

// mayBreak tells whether a line may end between a and b.
func mayBreak(a, b rune) bool {
	if strings.ContainsRune(notFirst, b) || strings.ContainsRune(notLast, a) || b == ' ' {
		return false
	}
	return a == ' ' || breaksAnywhere(a) || breaksAnywhere(b) || a == '/' && unicode.IsLetter(b) || a == '—'
}
