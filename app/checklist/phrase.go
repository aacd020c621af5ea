package checklist

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"plumbline/app/record"
	"plumbline/assets"
)

// Phrase is a sentence for the record 笔录用语 with places for what was seen: neutral,
// it states facts and judges nothing. The inspector fills it in and then edits it
// like any other text.
type Phrase struct {
	ID         string            `json:"id"`
	For        []string          `json:"for"`  // beginnings of item codes: FIN; empty = of any item
	When       string            `json:"when"` // WhenProblem, WhenClean or "any"
	Title      record.Text       `json:"title"`
	Text       record.Text       `json:"text"`
	Confidence record.Confidence `json:"confidence"` // anything but verified is to be checked 待核对 by a legal office
}

// When a phrase fits.
const (
	WhenProblem = "problem"
	WhenClean   = "clean"
)

// Phrases lists the sentences that come with the program.
var Phrases = sync.OnceValue(func() []Phrase {
	b, err := assets.Phrases.ReadFile("phrases/cn.json")
	var file struct {
		Version int      `json:"v"`
		Phrases []Phrase `json:"phrases"`
	}
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	if err != nil || file.Version != 1 {
		panic(fmt.Sprintf("checklist: phrases: version %d: %v", file.Version, err)) // a file of ours
	}
	return file.Phrases
})

// PhrasesFor lists the sentences that fit an item of this code, with a problem or
// without; those made for such items come first.
func PhrasesFor(code string, problem bool) []Phrase {
	family, _, _ := strings.Cut(code, "-")
	var own, general []Phrase
	for _, p := range Phrases() {
		switch {
		case p.When == WhenProblem && !problem || p.When == WhenClean && problem:
		case len(p.For) == 0:
			general = append(general, p)
		case slices.Contains(p.For, family):
			own = append(own, p)
		}
	}
	return append(own, general...)
}

// FindPhrase gives a sentence by its id.
func FindPhrase(id string) (Phrase, bool) {
	i := slices.IndexFunc(Phrases(), func(p Phrase) bool { return p.ID == id })
	if i < 0 {
		return Phrase{}, false
	}
	return Phrases()[i], true
}

var phraseSlot = regexp.MustCompile(`\{([a-z_]+)\}`)

// Slots names what is to be filled in, in the order of the sentence. The words of
// each are at phrase.slot.NAME in assets/lang.
func (p Phrase) Slots(lang string) (out []string) {
	for _, m := range phraseSlot.FindAllStringSubmatch(p.Text.In(lang), -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// Fill writes the sentence with what was seen. What is left open stays as a line
// to be filled in, so that nobody takes it for something that was seen.
func (p Phrase) Fill(lang string, values map[string]string) string {
	return phraseSlot.ReplaceAllStringFunc(p.Text.In(lang), func(slot string) string {
		if v := strings.TrimSpace(values[slot[1:len(slot)-1]]); v != "" {
			return v
		}
		return "＿＿＿＿"
	})
}

// Checked tells whether a legal office has gone through the sentence.
func (p Phrase) Checked() bool { return p.Confidence == record.Verified }
