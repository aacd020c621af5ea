package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"plumbline/app/record"
)

// Link is a server below that this server pulls from. What belongs to the
// pulling itself (Feed, Cursor) changes only together with what was pulled.
type Link struct {
	URL     string    `json:"url"`
	Server  record.ID `json:"server"`
	Key     string    `json:"key"`     // its public key, pinned when the link was made
	Feed    string    `json:"feed"`    // opaque, given back as it came
	Cursor  int64     `json:"cursor"`  // how far we pulled its feed
	Contact int64     `json:"contact"` // unix ms of the last good answer, 0 never
	Tried   int64     `json:"tried"`   // unix ms of the last try
	Problem string    `json:"problem"` // message key of the last failure, "" if it went well
	Detail  string    `json:"detail"`  // the same for whoever administers the server
	Behind  int64     `json:"behind"`  // about how many entries its feed has after the cursor
	Lost    int64     `json:"lost"`    // entries of its laptops that it has no more, and we have
}

const linkColumns = "url, server, key, feed, cursor, contact, tried, problem, detail, behind, lost"

// Links lists the servers below, by address.
func (s *Store) Links(ctx context.Context) ([]Link, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+linkColumns+" FROM link ORDER BY url, server")
	if err != nil {
		return nil, s.fault("list links", err)
	}
	defer rows.Close()
	var out []Link
	for rows.Next() {
		var l Link
		if err := rows.Scan(&l.URL, &l.Server, &l.Key, &l.Feed, &l.Cursor, &l.Contact, &l.Tried, &l.Problem, &l.Detail, &l.Behind, &l.Lost); err != nil {
			return nil, s.fault("list links", err)
		}
		out = append(out, l)
	}
	return out, s.fault("list links", rows.Err())
}

// AddLink adds a server below, or gives one that is known another address and
// key: how far we pulled from it still holds.
func (s *Store) AddLink(ctx context.Context, l Link) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO link (server, url, key, feed, cursor, contact, tried, problem, detail, behind, lost)
			VALUES ($1, $2, $3, '', 0, 0, 0, '', '', 0, 0)
			ON CONFLICT (server) DO UPDATE SET url = excluded.url, key = excluded.key, problem = '', detail = ''`,
			string(l.Server), l.URL, l.Key)
	})
}

// RemoveLink ends the pulling from a server below and forgets the settings
// whose names begin with settings. What came from it stays.
func (s *Store) RemoveLink(ctx context.Context, server record.ID, settings string) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.exec("DELETE FROM setting WHERE substr(key, 1, $1) = $2", len(settings), settings); err != nil {
			return err
		}
		return t.exec("DELETE FROM link WHERE server = $1", string(server))
	})
}

// SetLinkState keeps how it stands with a link; where it is in the feed is left
// alone.
func (s *Store) SetLinkState(ctx context.Context, l Link) error {
	return s.tx(ctx, func(t *tx) error {
		return t.exec("UPDATE link SET contact = $1, tried = $2, problem = $3, detail = $4, behind = $5, lost = $6 WHERE server = $7",
			l.Contact, l.Tried, l.Problem, l.Detail, l.Behind, l.Lost, string(l.Server))
	})
}

// Step is how far a page of a link's feed brings us.
type Step struct {
	Server   record.ID
	From, To Place
}

// Place is a place in a link's feed.
type Place struct {
	Feed   string
	Cursor int64
}

// step moves a link's cursor, if it is where the page was asked from: not when
// another server on this database was quicker, or the link was removed.
func (t *tx) step(s Step) error {
	var at Place
	err := t.row("SELECT feed, cursor FROM link WHERE server = $1", string(s.Server)).Scan(&at.Feed, &at.Cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return &record.Error{Code: record.NotFound, Message: "link.unknown", Args: map[string]any{"server": string(s.Server)}}
	}
	if err != nil {
		return err
	}
	if at != s.From {
		return &record.Error{Code: record.Busy, Message: "link.elsewhere"}
	}
	return t.exec("UPDATE link SET feed = $1, cursor = $2 WHERE server = $3", s.To.Feed, s.To.Cursor, string(s.Server))
}

// FilesAway lists files that entries name and that are not here, originals or
// all others, by digest, after one of them.
func (s *Store) FilesAway(ctx context.Context, originals bool, after record.Hash, limit int) ([]File, error) {
	return s.files(ctx, fmt.Sprintf("WHERE here = 0 AND original = $1 AND digest > $2 AND "+notDestroyed+" ORDER BY digest LIMIT %d", limit), number(originals), string(after))
}

// FilesHere lists files whose bytes are noted as being here, by digest, after
// one of them.
func (s *Store) FilesHere(ctx context.Context, after record.Hash, limit int) ([]File, error) {
	return s.files(ctx, fmt.Sprintf("WHERE here = 1 AND digest > $1 ORDER BY digest LIMIT %d", limit), string(after))
}

// LostFile takes back that a file's bytes are here: they were not restored.
func (s *Store) LostFile(ctx context.Context, d record.Hash) error {
	return s.tx(ctx, func(t *tx) error { return t.exec("UPDATE file SET here = 0 WHERE digest = $1", string(d)) })
}
