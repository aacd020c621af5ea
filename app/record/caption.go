package record

import "strings"

// CaptionEvidence writes what a photo shows, in place of what was written of it
// before; "" takes the caption away. It prints beneath the photo.
func (i Inspection) CaptionEvidence(id ID, caption string) ([]Change, error) {
	if err := i.open(); err != nil {
		return nil, err
	}
	caption = strings.TrimSpace(caption)
	for _, e := range i.Evidence {
		if e.ID != id || !e.Counts() {
			continue
		}
		if e.Caption == caption {
			return nil, nil
		}
		e.Caption = caption
		return []Change{i.state.change(Set, i.ID, map[string]any{"evidence/" + string(id): e})}, nil
	}
	return nil, &Error{Code: NotFound, Message: "evidence.not_found"}
}
