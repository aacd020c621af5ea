package record

import (
	"slices"
	"strings"
)

// Transcription 转录 says who typed in what was written by hand in a paper pack
// 纸质检查包, when a laptop had failed. The scans of the pack are the original: where
// they and what was typed differ, they count.
type Transcription struct {
	By        ID     `json:"by"`
	Name      string `json:"name"`
	Since     string `json:"since"`     // RFC 3339
	Originals []Hash `json:"originals"` // the scans, by their digests, sorted
	Pages     int    `json:"pages"`     // of the pack that came back
}

// PaperPack is the kind of document that is filled in by hand.
const PaperPack = "paper-pack"

// Transcribe notes who types in from which scans; nothing where that stands
// already. Without a scan of the pack there is no original, and no transcription.
func (i Inspection) Transcribe(by Inspector, scans []Scan, at string) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	t := Transcription{By: by.ID, Name: by.Name, Since: at}
	for _, s := range scans {
		if slices.ContainsFunc(s.Pages, func(p ScanPage) bool {
			return p.Place != nil && p.Place.Inspection == i.ID && p.Place.Paper == "" && p.Place.Kind == PaperPack
		}) {
			t.Originals = append(t.Originals, s.File.Digest)
		}
	}
	for _, r := range ReturnedOf(scans) {
		if r.Inspection == i.ID && r.Paper == "" && r.Kind == PaperPack {
			t.Pages = len(r.Have)
		}
	}
	switch {
	case by.ID == "":
		return nil, &Error{Code: Invalid, Message: "transcription.by_needed", Field: "by"}
	case len(t.Originals) == 0:
		return nil, &Error{Code: Invalid, Message: "transcription.no_original", Field: "by"}
	}
	slices.Sort(t.Originals)
	path := "transcriptions/" + string(by.ID)
	var was Transcription
	if i.state.Get(path, &was) && slices.Equal(was.Originals, t.Originals) && was.Pages == t.Pages {
		return nil, nil
	}
	if was.Since != "" {
		t.Since = was.Since
	}
	return []Change{i.state.change(Set, i.ID, map[string]any{path: t})}, nil
}

// Typed gives answers the name of who typed them in from paper, "" for nobody:
// those that differ from what stands. One that is left as it was keeps the name it
// has.
func (i Inspection) Typed(answers map[string]Answer, by ID) map[string]Answer {
	out := map[string]Answer{}
	for key, a := range answers {
		a.TypedBy = i.Answers[key].TypedBy
		if changes, err := i.SetAnswer(key, a); err == nil && len(changes) > 0 {
			a.TypedBy = by
		}
		out[key] = a
	}
	return out
}

// readTranscription reads one from its path.
func (i *Inspection) readTranscription(p string, s State) {
	var t Transcription
	if s.Get(p, &t) && strings.HasSuffix(p, "/"+string(t.By)) {
		i.Transcriptions = append(i.Transcriptions, t)
	}
}
