package ui

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"plumbline/assets"
)

func linksOf(page, lang string) []string {
	var out []string
	for _, l := range helpLink.FindAllStringSubmatch(helpText(page, lang), -1) {
		out = append(out, l[2])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryLinkOfTheManualLeadsSomewhereAndEveryPageIsReached(t *testing.T) {
	pages := helpPages()
	if len(pages) < 15 {
		t.Fatalf("the manual has %d pages: %v", len(pages), pages)
	}
	files, err := fs.ReadDir(assets.Help, "help")
	if err != nil || len(files) != 2*len(pages) {
		t.Errorf("%d files for %d pages (%v): each page is one file a language", len(files), len(pages), err)
	}
	reached := map[string]bool{helpStart: true, "home": true, "search": true, "import": true} // these have views of their own
	for _, page := range pages {
		if en, zh := linksOf(page, "en"), linksOf(page, "zh"); !slices.Equal(en, zh) {
			t.Errorf("%s: links are %v in English, %v in Chinese", page, en, zh)
		}
		for _, to := range linksOf(page, "en") {
			reached[to] = true
			if !slices.Contains(pages, to) {
				t.Errorf("%s: leads to %q, which is no page", page, to)
			}
		}
		for _, lang := range []string{"en", "zh"} {
			if text := helpText(page, lang); !strings.HasPrefix(text, "# ") || strings.Contains(text, "](") != (len(linksOf(page, lang)) > 0) || strings.Count(text, "**")%2 != 0 {
				t.Errorf("%s (%s) is not written as a page: %.40q", page, lang, text)
			}
		}
	}
	for _, page := range pages {
		if !reached[page] {
			t.Errorf("no page leads to %s", page)
		}
	}
}

var (
	chinese = regexp.MustCompile(`\p{Han}`)
	english = regexp.MustCompile(`[A-Za-z]{2,}( +[A-Za-z]{2,}){2,}`)
)

func TestThePagesAreInTheirLanguage(t *testing.T) {
	for _, page := range helpPages() {
		if s := chinese.FindString(helpText(page, "en")); s != "" {
			t.Errorf("%s in English has %q", page, s)
		}
		code := regexp.MustCompile("`[^`]*`")
		if s := english.FindString(code.ReplaceAllString(helpText(page, "zh"), "")); s != "" {
			t.Errorf("%s in Chinese has %q", page, s)
		}
	}
}

func TestF1OpensThePageOfEveryViewAndEscapeGoesBack(t *testing.T) {
	w, views := everyView(t)
	for _, name := range slices.Sorted(maps.Keys(views)) {
		if strings.HasPrefix(name, "help") {
			continue
		}
		views[name]()
		was, page := w.view, w.helpPage(w.view)
		if page == helpStart {
			t.Errorf("%s has no page of its own", name)
		}
		w.canvas().Unfocus()
		pressKey(w, fyne.KeyF1)
		if w.view != view(w.help) || !says(w.canvas().Content(), helpTitle(page, "en")) {
			t.Errorf("%s: F1 shows %T without %q", name, w.view, helpTitle(page, "en"))
			continue
		}
		pressKey(w, fyne.KeyEscape)
		if w.view != was {
			t.Errorf("%s: Escape leads to %T, want back", name, w.view)
		}
	}
}

func TestTheManualIsSearchedAndItsLinksAreFollowed(t *testing.T) {
	w := openAt(t, openDesk(t, t.TempDir()), "zh", Syncing{})
	pressKey(w, fyne.KeyF1)
	w.help.query.SetText("拒签")
	tapLink(t, w.help.body, "签名与封存")
	if w.help.page != "signing" || w.help.query.Text != "" {
		t.Fatalf("the page is %q with %q searched", w.help.page, w.help.query.Text)
	}
	tapLink(t, w.help.body, "冲突")
	if w.help.page != "conflicts" {
		t.Errorf("the link leads to %q", w.help.page)
	}
	w.setLanguage("en")
	if !says(w.help.body, "Conflicts, late entries and refusals") {
		t.Error("the page stays in Chinese")
	}
	pressKey(w, fyne.KeyEscape)
	if w.help.page != "signing" {
		t.Errorf("Escape leads to %q, want the page before", w.help.page)
	}
	w.help.query.SetText("no such words")
	if !says(w.help.body, "no such words") || len(w.help.body.Objects) != 1 {
		t.Error("nothing is said about words that no page has")
	}
}
