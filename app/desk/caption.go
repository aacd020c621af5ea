package desk

import (
	"context"

	"plumbline/app/record"
)

// CaptionEvidence writes what a photo shows. seen is the inspection as it stood
// on the screen: a caption that a colleague wrote meanwhile is not overwritten
// but stands beside this one as a conflict.
func (d *Desk) CaptionEvidence(ctx context.Context, actor record.ID, seen record.Inspection, evidence record.ID, caption string) (Visit, error) {
	changes, err := seen.CaptionEvidence(evidence, caption)
	if err != nil {
		return Visit{}, err
	}
	if len(changes) == 0 {
		return d.Visit(ctx, seen.ID)
	}
	return d.keep(ctx, actor, seen.ID, changes)
}
