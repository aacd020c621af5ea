package ui

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"plumbline/assets"
)

// helpStart is the first page of the manual.
const helpStart = "start"

// helpPage is the page of the manual that belongs to a view.
func (w *Window) helpPage(v view) string {
	switch v := v.(type) {
	case *homeView:
		return "home"
	case *inspectionsView, *inspectionView:
		return "inspection"
	case *photoView, *retakeView:
		return "photos"
	case *organizationsView, *organizationView:
		return "organizations"
	case *planView, *plansView:
		return "plan"
	case *signView:
		return "signing"
	case *complaintsView:
		return "complaints"
	case *proceduresView:
		return "procedures"
	case *documentsView, *formsView:
		return "documents"
	case *figuresView:
		return "figures"
	case *findingsView, *lawsView:
		return "findings"
	case *checklistsView:
		return "checklists"
	case *syncView:
		if len(v.conflicts)+len(v.quarantine)+len(v.lateIn) > 0 {
			return "conflicts"
		}
		return "sync"
	case *settingsView, *peopleView:
		return "settings"
	case *importView:
		return "import"
	case *destructionView:
		return "destruction"
	case *searchView:
		return "search"
	}
	return helpStart
}

// helpText reads a page of the manual; "" if there is none.
func helpText(page, lang string) string {
	b, err := fs.ReadFile(assets.Help, "help/"+page+"."+lang+".md")
	if err != nil {
		return ""
	}
	return string(b)
}

// helpPages lists the pages of the manual, the start first.
func helpPages() []string {
	names, err := fs.Glob(assets.Help, "help/*.en.md")
	if err != nil {
		return nil // the pattern is right
	}
	out := []string{helpStart}
	for _, n := range names {
		if p := strings.TrimSuffix(strings.TrimPrefix(n, "help/"), ".en.md"); p != helpStart {
			out = append(out, p)
		}
	}
	slices.Sort(out[1:])
	return out
}

// helpTitle is the heading of a page.
func helpTitle(page, lang string) string {
	first, _, _ := strings.Cut(helpText(page, lang), "\n")
	return strings.TrimPrefix(first, "# ")
}

var helpLink = regexp.MustCompile(`\[([^\]]+)\]\(([a-z]+)\)`)

// unmarked is a line as it is read, without the marks of links, weight and code.
func unmarked(line string) string {
	return strings.NewReplacer("**", "", "`", "").Replace(helpLink.ReplaceAllString(line, "$1"))
}

// helpView is the manual: a page, a search over all of them, and the way back.
type helpView struct {
	w      *Window
	page   string
	from   view // where F1 was pressed
	place  string
	before []string // pages read before this one
	scroll *container.Scroll
	body   *fyne.Container
	query  *widget.Entry
	back   *press
}

func newHelpView(w *Window) *helpView {
	v := &helpView{w: w, page: helpStart, body: down(10), query: widget.NewEntry()}
	v.query.OnChanged = func(s string) { meet(s); v.show() }
	backText, startText, keysText := newProse("", textSize, theme.ColorNameHyperlink).oneLine(), newProse("", textSize, theme.ColorNameHyperlink).oneLine(), newProse("", textSize, theme.ColorNameHyperlink).oneLine()
	v.back = newPress(w, inset(2, 4, backText), v.goBack)
	start := newPress(w, inset(2, 4, startText), func() { v.open(helpStart) })
	keys := newPress(w, inset(2, 4, keysText), w.showKeys)
	w.say(func() {
		backText.set(w.T("ui.help.back"))
		startText.set(w.T("ui.help.contents"))
		keysText.set(w.T("ui.keys.show"))
		v.query.SetPlaceHolder(w.T("ui.help.search"))
	})
	v.scroll = scrolled(atMost(820, down(12, flow(14, v.back, start, keys), v.query, v.body)))
	w.say(v.show)
	return v
}

func (v *helpView) object() fyne.CanvasObject    { return v.scroll }
func (v *helpView) load()                        { v.show() }
func (v *helpView) leave()                       {}
func (v *helpView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }
func (v *helpView) searchField() fyne.Focusable  { return v.query }
func (v *helpView) rune(rune) bool               { return false }

// key goes back on Escape.
func (v *helpView) key(k fyne.KeyName) bool {
	if k == fyne.KeyEscape {
		v.goBack()
		return true
	}
	return false
}

// showHelp opens the manual at the page of the view.
func (w *Window) showHelp() {
	v := w.help
	if w.view == view(v) {
		return
	}
	page := w.helpPage(w.view)
	w.settleField()
	v.from, v.place, v.before, v.page = w.view, w.place, nil, page
	v.query.Text = ""
	w.show(v, "")
	v.scroll.ScrollToTop()
}

// open turns to a page.
func (v *helpView) open(page string) {
	if page != v.page {
		v.before = append(v.before, v.page)
	}
	v.page = page
	v.query.SetText("")
	v.show()
	v.scroll.ScrollToTop()
}

// goBack turns to the page read before, and from the first one to the work.
func (v *helpView) goBack() {
	if n := len(v.before); n > 0 {
		v.page = v.before[n-1]
		v.before = v.before[:n-1]
		v.query.SetText("")
		v.show()
		v.scroll.ScrollToTop()
		return
	}
	if v.from != nil {
		v.w.show(v.from, v.place)
	}
}

func (v *helpView) show() {
	v.body.Objects = nil
	if text := strings.TrimSpace(v.query.Text); text != "" {
		v.find(text)
	} else {
		v.lay(helpText(v.page, v.w.lang()))
	}
	v.scroll.Refresh()
}

// find lists the pages that hold every word of text, each with a line that does.
func (v *helpView) find(text string) {
	w := v.w
	words := strings.Fields(strings.ToLower(text))
	for _, page := range helpPages() {
		all := unmarked(helpText(page, w.lang()))
		if !slices.ContainsFunc(words, func(s string) bool { return !strings.Contains(strings.ToLower(all), s) }) {
			line := ""
			for _, l := range strings.Split(all, "\n")[1:] {
				if strings.Contains(strings.ToLower(l), words[0]) {
					line = strings.TrimLeft(l, "#- ")
					break
				}
			}
			v.body.Add(newPress(w, inset(6, 8, down(2, strong(helpTitle(page, w.lang())), quiet(line).atMostLines(2))), func() { v.open(page) }))
		}
	}
	if len(v.body.Objects) == 0 {
		v.body.Add(plain(w.T("ui.help.none", "text", text)))
	}
}

// lay shows a page, line by line.
func (v *helpView) lay(page string) {
	for _, line := range strings.Split(page, "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			v.body.Add(title(unmarked(line[2:])))
		case strings.HasPrefix(line, "## "):
			v.body.Add(inset(4, 0, head(unmarked(line[3:]))))
		case strings.HasPrefix(line, "- "):
			v.body.Add(v.step("·", line[2:]))
		case len(line) > 3 && line[0] >= '1' && line[0] <= '9' && line[1:3] == ". ":
			v.body.Add(v.step(line[:2], line[3:]))
		case line != "":
			v.body.Add(v.paragraph(line))
		}
	}
}

// step is one line of a list behind its mark.
func (v *helpView) step(mark, line string) fyne.CanvasObject {
	return acrossTop(4, 1, atLeast(22, 0, strong(mark).oneLine()), v.paragraph(line))
}

// paragraph is a text with what it leads to below it; words in bold at its
// beginning stand in a line of their own. What is nothing but a link is one.
func (v *helpView) paragraph(line string) fyne.CanvasObject {
	links := helpLink.FindAllStringSubmatch(line, -1)
	link := func(l []string) fyne.CanvasObject { return linkButton(v.w, l[1], func() { v.open(l[2]) }) }
	if len(links) == 1 && links[0][0] == line {
		return outdented(link(links[0]))
	}
	out := down(2)
	if rest, ok := strings.CutPrefix(line, "**"); ok {
		if first, after, closed := strings.Cut(rest, "**"); closed {
			out.Add(strong(unmarked(first)))
			line = strings.TrimSpace(after)
		}
	}
	out.Add(plain(unmarked(line)))
	if len(links) > 0 {
		row := flow(6)
		for _, l := range links {
			row.Add(link(l))
		}
		out.Add(outdented(row))
	}
	return out
}
