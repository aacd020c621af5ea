package store

import (
	"context"
	"strconv"
)

// Rebuild throws the tables away and makes them anew from the entries, in one
// transaction. Settings, drafts and what is known of files and the server stay.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.rebuild(); err != nil {
			return err
		}
		return t.setMeta("projection", strconv.Itoa(ProjectionVersion))
	})
}

func (t *tx) rebuild() error {
	clearing := []string{
		"DELETE FROM field", "DELETE FROM organization", "DELETE FROM inspector", "DELETE FROM checklist",
		"DELETE FROM inspection", "DELETE FROM finding", "DELETE FROM document", "DELETE FROM plan", "DELETE FROM calendar_year", "DELETE FROM time_limit", "DELETE FROM law_edition", "DELETE FROM procedure", "DELETE FROM complaint", "DELETE FROM role_grant",
		"DELETE FROM printed", "DELETE FROM scan", "DELETE FROM scan_page", "DELETE FROM booking", "DELETE FROM late", "DELETE FROM newer", "DELETE FROM unproved", "DELETE FROM quarantine",
		"DELETE FROM destruction", "DELETE FROM destroyed WHERE kept = 0",
		"UPDATE file SET inspection = '', original = 0",
		"UPDATE entry SET bulk = 0 WHERE bulk = 1",
	}
	t.known = newKnown()
	t.s.forgetKnown()
	t.quarantine, t.stands = 0, nil
	if t.s.dialect == SQLite {
		clearing = append(clearing, "INSERT INTO organization_search (organization_search) VALUES ('delete-all')")
	} else {
		clearing = append(clearing, "DELETE FROM organization_search")
	}
	for _, q := range clearing {
		if err := t.exec(q); err != nil {
			return err
		}
	}
	for pos := int64(0); ; {
		page, err := t.placed("SELECT pos, header, body, key FROM entry WHERE pos > $1 ORDER BY pos LIMIT 2000", pos)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			body, p, stood, err := t.content(e.Entry)
			if err != nil {
				return err
			}
			if !p.skip {
				if p, err = t.plan(e.Entry, body); err != nil {
					return err
				}
				p.bulk = p.bulk && !stood
			}
			if p.bulk {
				if err := t.exec("UPDATE entry SET bulk = 1 WHERE pos = $1", e.pos); err != nil {
					return err
				}
			}
			if err := t.project(e.Entry, body, e.pos, p); err != nil {
				return err
			}
			pos = e.pos
		}
	}
	if err := t.settle(); err != nil {
		return err
	}
	return t.exec("DELETE FROM file WHERE inspection = '' AND here = 0 AND receipt = 0")
}
