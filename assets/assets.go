// Package assets holds what is not code: fonts, words, checklists, provisions
// of law, the icon and sample data. Everything is embedded, so a laptop needs
// nothing beside the program.
package assets

import "embed"

// Fonts holds NotoSansSC-Regular.ttf, NotoSansSC-Bold.ttf (rare characters on
// the screen, headings of documents) and NotoSerifSC-Regular.ttf (documents),
// each with its OFL licence text. They cover all 8,105 characters of the table
// of standard Chinese characters, including the 196 above U+FFFF that stand in
// personal names, and some 22,000 others.
//
//go:embed fonts/*.ttf fonts/*.txt
var Fonts embed.FS

// ScreenRegular and ScreenBold are the parts of Noto Sans SC that the window
// starts with: all standard characters, Latin, punctuation and signs. They are
// cut out of the whole fonts by go run ./cmd/dev fonts, under the same licence.
var (
	//go:embed fonts/screen/NotoSansSC-Regular.ttf
	ScreenRegular []byte
	//go:embed fonts/screen/NotoSansSC-Bold.ttf
	ScreenBold []byte
)

// Lang holds the words in both languages: NAME.en.json and NAME.zh.json,
// flat maps from key to text.
//
//go:embed lang
var Lang embed.FS

// Checklists holds the built-in checklists, one JSON file each.
//
//go:embed checklists
var Checklists embed.FS

// Law holds provisions.json: instruments, articles, editions and how sure we
// are of each citation; calendar.json: holidays by year; limits.json: figures of
// law such as days to object.
//
//go:embed law
var Law embed.FS

// Phrases holds cn.json: sentences for the record with places for what was seen.
//
//go:embed phrases
var Phrases embed.FS

// Help holds the manual: PAGE.en.md and PAGE.zh.md. They know headings, lists,
// numbered steps, **bold**, `code` and links [words](PAGE) to other pages.
//
//go:embed help/*.md
var Help embed.FS

// Initials tells with which letters the readings of Chinese characters begin:
// a line for each letter, with its characters. Of the readings in the dictionary
// of github.com/mozillazg/go-pinyin v0.21.0 (from Unihan; MIT licence beside it)
// each character has its first, and those others that words in use have
// (phrases of npm pinyin 4.0.0 and pinyin-pro 3.29.4, both MIT).
//
//go:embed pinyin/initials.txt
var Initials []byte

// Icon holds icon.png, the mark of the program.
//
//go:embed icon
var Icon embed.FS

// Sample holds registers for trying the program: a fictional Chinese city and
// a public-domain register of real American charities.
//
//go:embed sample/*.csv sample/README.md
var Sample embed.FS

// DrawPage is a page that checks a published draw in any browser, without a
// network: app/draw puts the draw into it.
//
//go:embed web/draw.html
var DrawPage string
