package i18n

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"plumbline/assets"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func placeholders(s string) string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

func TestEveryTextIsInBothLanguagesWithTheSamePlaceholders(t *testing.T) {
	en, err := merge(assets.Lang, "en")
	if err != nil {
		t.Fatal(err)
	}
	zh, err := merge(assets.Lang, "zh")
	if err != nil {
		t.Fatal(err)
	}
	if len(en) == 0 {
		t.Fatal("no texts found")
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if _, ok := zh[key]; !ok {
			t.Errorf("%s has no Chinese text", key)
			continue
		}
		if got, want := placeholders(zh[key]), placeholders(en[key]); got != want {
			t.Errorf("%s: placeholders in Chinese %q, in English %q", key, got, want)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(zh)) {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English text", key)
		}
	}
}

func TestPlaceholdersAreFilledOnce(t *testing.T) {
	texts := &Texts{words: map[string]string{"a": "{who} left {what}"}}
	if got, want := texts.T("a", "who", "{what}", "what", 3), "{what} left 3"; got != want {
		t.Errorf("T = %q, want %q", got, want)
	}
	texts = &Texts{words: map[string]string{"a": "{n} {n|page is|pages are} in {file}, {m|no|some} {left {x}"}}
	for n, want := range map[any]string{
		1: "1 page is in a{n}, {m|no|some} {left {x}", int64(1): "1 page is in a{n}, {m|no|some} {left {x}",
		0: "0 pages are in a{n}, {m|no|some} {left {x}", "1,100": "1,100 pages are in a{n}, {m|no|some} {left {x}",
	} {
		if got := texts.T("a", "n", n, "file", "a{n}"); got != want {
			t.Errorf("T of %v = %q, want %q", n, got, want)
		}
	}
	if got, want := texts.T("no.such.key", "who", 1), "no.such.key"; got != want {
		t.Errorf("T of an unknown key = %q, want %q", got, want)
	}
}

func TestOneKeyInTwoFilesIsAnError(t *testing.T) {
	files := fstest.MapFS{
		"lang/a.en.json": {Data: []byte(`{"k":"1"}`)},
		"lang/b.en.json": {Data: []byte(`{"k":"2"}`)},
	}
	if _, err := merge(files, "en"); err == nil {
		t.Error("merge took two texts for one key")
	}
}
