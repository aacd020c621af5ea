package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"plumbline/app/i18n"
	"plumbline/app/record"
)

// Language says in which language a document is printed.
type Language string

const (
	Chinese Language = "zh"
	English Language = "en"
	// Both prints the Chinese text, which is the legal one, with English
	// beneath each line of it. What was typed stands once, as typed.
	Both Language = "both"
)

// Text is something said in both languages. Where one is empty the other
// stands for it.
type Text struct{ Chinese, English string }

// Document is a finished PDF.
type Document struct {
	PDF    []byte
	SHA256 string // of PDF, in hexadecimal: what verify compares
	// ContentDigest is the SHA-256 over everything on the pages but their
	// feet, in hexadecimal. Its beginning is printed at the foot of each page
	// and the whole at the end, so that a sheet of paper leads to its file.
	ContentDigest string
	Pages         int
	Warnings      []Warning // to be shown before printing
}

// Warning tells that something will not look on paper as it was given.
// Message is a key of assets/lang, Args fill its placeholders.
type Warning struct {
	Message string
	Args    map[string]any
	Page    int // from 1
}

// warnings lists the characters that will not print as typed, each once, where
// it first appears.
func (s *sheet) warnings() []Warning {
	var out []Warning
	seen := map[rune]bool{}
	for page, ops := range s.pages {
		for _, o := range ops {
			t, ok := o.(textOp)
			if !ok {
				continue
			}
			for _, r := range t.text {
				if r < 0x7F && r >= 0x20 || seen[r] {
					continue
				}
				seen[r] = true
				message := "report.warning.no_glyph"
				switch {
				case variation(r):
					message = "report.warning.variation"
				case !resolve(t.style.face, r).box:
					continue
				case r == 0xFFFD:
					message = "report.warning.not_text"
				}
				out = append(out, Warning{message, map[string]any{
					"character": printableRune(r), "code": codePoint(r), "line": quotable(t.text), "page": page + 1,
				}, page + 1})
			}
		}
	}
	return out
}

// codePoint writes the code of r the way people look it up: U+2CC56.
func codePoint(r rune) string {
	s := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "U+" + strings.Repeat("0", max(0, 4-len(s))) + s
}

// printableRune gives r for a message, "" for controls that would disturb it.
func printableRune(r rune) string {
	if !strconv.IsPrint(r) || variation(r) {
		return ""
	}
	return string(r)
}

// quotable gives a line for a message, with what does not print as codes.
func quotable(line string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(line) {
		if r == ' ' || r == '　' || strconv.IsPrint(r) && !variation(r) {
			b.WriteRune(r)
		} else {
			b.WriteString("[" + codePoint(r) + "]")
		}
	}
	return b.String()
}

// document writes the sheet and says what came of it.
func (s *sheet) document(p properties, digest string, warnings []Warning) (Document, error) {
	warnings = append(warnings, s.warnings()...)
	p.content = digest
	file, err := s.write(p)
	if err != nil {
		return Document{}, err
	}
	sum := sha256.Sum256(file)
	return Document{PDF: file, SHA256: hex.EncodeToString(sum[:]), ContentDigest: digest, Pages: len(s.pages), Warnings: warnings}, nil
}

// texts holds the words of both languages, read once a process.
var texts = map[Language]func() *i18n.Texts{
	Chinese: sync.OnceValue(func() *i18n.Texts { return i18n.New("zh") }),
	English: sync.OnceValue(func() *i18n.Texts { return i18n.New("en") }),
}

// words finds what to print in the document's language: the main text and,
// in a bilingual document, the English beneath it.
type words struct{ language Language }

func newWords(l Language) (words, error) {
	if l != Chinese && l != English && l != Both {
		return words{}, &record.Error{Code: record.Invalid, Message: "report.language_unknown", Field: "language", Args: map[string]any{"language": string(l)}}
	}
	return words{l}, nil
}

// main gives the text of key in the document's main language.
func (w words) main(key string, args ...any) string {
	if w.language == English {
		return texts[English]().T(key, args...)
	}
	return texts[Chinese]().T(key, args...)
}

// second gives the English of key in a bilingual document, else "".
func (w words) second(key string, args ...any) string {
	if w.language != Both {
		return ""
	}
	return texts[English]().T(key, args...)
}

// of gives a Text in the main language and, in a bilingual document, English.
func (w words) of(t Text) (main, second string) {
	zh, en := t.Chinese, t.English
	if zh == "" {
		zh = en
	}
	if en == "" {
		en = zh
	}
	switch {
	case w.language == English:
		return en, ""
	case w.language == Both && en != zh:
		return zh, en
	}
	return zh, ""
}

// inline joins main and second into one line, for titles and bookmarks.
func inline(main, second string) string {
	if second == "" {
		return main
	}
	return main + "  " + second
}

// A date as people write it. The zero time gives "".
func (w words) date(t time.Time) (main, second string) {
	return w.moment(t, "2006年1月2日", "2 January 2006")
}

// A date with the time of day.
func (w words) dateTime(t time.Time) (main, second string) {
	return w.moment(t, "2006年1月2日 15:04", "2 January 2006, 15:04")
}

func (w words) moment(t time.Time, zh, en string) (main, second string) {
	if t.IsZero() {
		return "", ""
	}
	switch w.language {
	case English:
		return t.Format(en), ""
	case Both:
		return t.Format(zh), t.Format(en)
	}
	return t.Format(zh), ""
}

// period gives a span of time; on one day the day is said once.
func (w words) period(from, to time.Time) (main, second string) {
	main, second = w.dateTime(from)
	if to.IsZero() || from.IsZero() {
		return main, second
	}
	endMain, endSecond := w.dateTime(to)
	if from.Format("20060102") == to.Format("20060102") {
		clock := to.Format("15:04")
		endMain, endSecond = clock, clock
	}
	zone := " (UTC" + from.Format("-07:00") + ")"
	join := " 至 "
	if w.language == English {
		join = " – "
	}
	main += join + endMain + zone
	if w.language == Both {
		second += " – " + endSecond + zone
	}
	return main, second
}
