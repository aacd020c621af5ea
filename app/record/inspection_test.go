package record

import "testing"

func TestASignedInspectionStaysOnItsVersion(t *testing.T) {
	i := Inspection{Checklist: ChecklistRef{ID: "fire", Version: "1", Digest: "sha256:1"}, State: OnSite, state: State{}}
	if c, err := i.MoveTo(ChecklistRef{ID: "fire", Version: "2", Digest: "sha256:2"}); err != nil || len(c) != 1 {
		t.Errorf("an open inspection does not move: %v, %v", c, err)
	}
	if _, err := i.MoveTo(ChecklistRef{ID: "food", Version: "2", Digest: "sha256:2"}); CodeOf(err) != Invalid {
		t.Errorf("to another checklist: %v", err)
	}
	i.Signatures = []Signature{{}}
	if _, err := i.MoveTo(ChecklistRef{ID: "fire", Version: "2", Digest: "sha256:2"}); CodeOf(err) != Conflict {
		t.Errorf("once signed: %v", err)
	}
	i.Sealed = &SealBody{}
	if _, err := i.MoveTo(ChecklistRef{ID: "fire", Version: "2", Digest: "sha256:2"}); CodeOf(err) != Sealed {
		t.Errorf("once sealed: %v", err)
	}
}
