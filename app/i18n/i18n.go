// Package i18n gives the words of the program in the user's language. Code
// holds keys; the words live in assets/lang as NAME.en.json and NAME.zh.json,
// flat maps from key to text, one pair of files for each area of the program.
package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"plumbline/app/record"
	"plumbline/assets"
)

// Texts are the words of one language. It is safe for use by many goroutines.
type Texts struct {
	lang  string
	words map[string]string
}

// read merges all files of one language, once a process.
var read = map[string]func() map[string]string{
	"en": sync.OnceValue(func() map[string]string { return mustMerge("en") }),
	"zh": sync.OnceValue(func() map[string]string { return mustMerge("zh") }),
}

// New gives the texts of lang, "en" or "zh"; anything else gives English.
func New(lang string) *Texts {
	if read[lang] == nil {
		lang = "en"
	}
	return &Texts{lang: lang, words: read[lang]()}
}

// Lang tells the language of the texts: "en" or "zh".
func (t *Texts) Lang() string { return t.lang }

// T gives the text of key with its {name} placeholders filled from args, which
// alternate names and values: T("sync.left", "count", 3). {name|one|many} gives
// one of two words: "one" where name's value is 1; a value that is a record.Word
// is the text of that key. A key nobody has written
// gives the key itself, so that a gap shows and nothing breaks.
func (t *Texts) T(key string, args ...any) string {
	text, ok := t.words[key]
	if !ok {
		return key
	}
	if len(args) < 2 {
		return text
	}
	values := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		value := fmt.Sprint(args[i+1])
		switch w := args[i+1].(type) {
		case record.Word:
			value = t.T(string(w))
		case map[string]any: // the same, after a journey
			if key, ok := w["word"].(string); ok {
				value = t.T(key)
			}
		}
		values[fmt.Sprint(args[i])] = value
	}
	return fill(text, values)
}

// fill fills placeholders in one pass: a value that looks like a placeholder
// stays as typed, and so does a placeholder that has no value.
func fill(text string, values map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !found || !closed {
			if found {
				b.WriteString("{" + rest)
			}
			return b.String()
		}
		of, words, choice := strings.Cut(name, "|")
		value, known := values[of]
		one, many, _ := strings.Cut(words, "|")
		switch {
		case !known:
			b.WriteString("{")
			after = rest
		case !choice:
			b.WriteString(value)
		case value == "1":
			b.WriteString(one)
		default:
			b.WriteString(many)
		}
		text = after
	}
}

// mustMerge panics on a broken file: the files are part of the program and a
// test reads them all.
func mustMerge(lang string) map[string]string {
	words, err := merge(assets.Lang, lang)
	if err != nil {
		panic(err)
	}
	return words
}

// merge reads every *.lang.json and lang.json below dir lang. One key in two
// files is an error: one of the two texts would be lost by chance.
func merge(files fs.FS, lang string) (map[string]string, error) {
	names, err := fs.Glob(files, "lang/*.json")
	if err != nil {
		return nil, fmt.Errorf("i18n: list texts: %w", err)
	}
	words, from := map[string]string{}, map[string]string{}
	for _, name := range names {
		if !strings.HasSuffix(name, "."+lang+".json") && name != "lang/"+lang+".json" {
			continue
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("i18n: read %s: %w", name, err)
		}
		var part map[string]string
		if err := json.Unmarshal(b, &part); err != nil {
			return nil, fmt.Errorf("i18n: read %s: %w", name, err)
		}
		for key, text := range part {
			if from[key] != "" {
				return nil, fmt.Errorf("i18n: %s is in %s and in %s", key, from[key], name)
			}
			words[key], from[key] = text, name
		}
	}
	return words, nil
}
