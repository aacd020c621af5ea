package record

import "encoding/json"

// Evidence is a photo or other file hung on an item. The original and the
// small copy for screens and slow lines are two files; the original never
// changes. A withdrawn one stays in the journal with its reason.
type Evidence struct {
	ID        ID     `json:"id"`
	Item      string `json:"item"`            // item key (uid, or uid@repeat); "" for the inspection as a whole
	Digest    Hash   `json:"digest"`          // of the original's bytes
	Size      int64  `json:"size"`            // bytes of the original
	Media     string `json:"media"`           // image/jpeg, image/png
	Small     Hash   `json:"small,omitempty"` // digest of the small copy
	SmallSize int64  `json:"small_size,omitempty"`
	Width     int    `json:"width,omitempty"` // pixels of the original, upright
	Height    int    `json:"height,omitempty"`
	Name      string `json:"name,omitempty"` // the file's name as it came
	Caption   string `json:"caption,omitempty"`
	TakenAt   string `json:"taken_at,omitempty"` // RFC 3339; from the camera if it said so
	AddedAt   string `json:"added_at"`           // RFC 3339, to the microsecond: photos are numbered in this order
	By        ID     `json:"by,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
	From      string `json:"from,omitempty"`      // "inspection/evidence" it was moved from
	Withdrawn string `json:"withdrawn,omitempty"` // the reason, when withdrawn

	// An edited copy says which original it was made from and how; both are
	// evidence, and the original is as it was.
	Of      Hash        `json:"of,omitempty"` // digest of the original
	Steps   []PhotoStep `json:"steps,omitempty"`
	Instead bool        `json:"instead,omitempty"` // shown in place of the original, as the inspector chose

	more map[string]json.RawMessage // what a newer version wrote

	// Destroyed is the destruction that two persons approved, "" if none; it is no
	// part of what the inspectors wrote.
	Destroyed ID `json:"-"`
}

// Counts tells whether the evidence still is some: neither withdrawn nor
// destroyed.
func (e Evidence) Counts() bool { return e.Withdrawn == "" && e.Destroyed == "" }
