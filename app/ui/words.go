package ui

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/app/i18n"
	"plumbline/app/record"
)

// words are the texts of the window in the language chosen. Whatever shows a
// text says it through say, so that a change of language reaches every text on
// every view that was ever opened.
type words struct {
	texts *i18n.Texts
	said  []func()
}

// T gives the text of key, see i18n.Texts.T.
func (w *words) T(key string, args ...any) string { return w.texts.T(key, args...) }

// N is T for a text that counts n: where n is one and the language tells it
// apart, KEY.one is used. The text's placeholder is {n}.
func (w *words) N(key string, n int, args ...any) string {
	if n == 1 {
		key += ".one"
	}
	return w.texts.T(key, append([]any{"n", number(int64(n))}, args...)...)
}

// lang is "en" or "zh".
func (w *words) lang() string { return w.texts.Lang() }

// in gives a text that exists in both languages.
func (w *words) in(t record.Text) string { return t.In(w.lang()) }

// say calls f now and whenever the language changes.
func (w *words) say(f func()) {
	f()
	w.said = append(w.said, f)
}

func (w *words) use(lang string) {
	w.texts = i18n.New(lang)
	for _, f := range w.said {
		f()
	}
}

// day writes a day YYYY-MM-DD as people do.
func (w *words) day(s string) string {
	if len(s) < len(time.DateOnly) {
		return s
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	if err != nil {
		return s
	}
	return t.Format(w.T("ui.format.day"))
}

// moment writes an RFC 3339 time as people do, in local time.
func (w *words) moment(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return w.at(t)
}

func (w *words) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(w.T("ui.format.moment"))
}

// size writes bytes as people do.
func (w *words) size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// capital begins a text with a capital letter, where the script has them.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// number writes a count with thousands separators.
func number(n int64) string {
	s := fmt.Sprint(n)
	for k := len(s) - 3; k > 0; k -= 3 {
		s = s[:k] + "," + s[k:]
	}
	return s
}
