package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Remote is the server a laptop is enrolled with and how far both have come.
type Remote struct {
	URL         string `json:"url"`
	Server      string `json:"server"`       // the server's device id
	ServerEpoch string `json:"server_epoch"` // changes when the server's feed starts anew
	ServerKey   string `json:"server_key"`   // the server's public key, pinned at enrolment
	Cursor      int64  `json:"cursor"`       // how far we pulled the server's feed
	Confirmed   int64  `json:"confirmed"`    // the server's durable watermark of our journal
	Contact     int64  `json:"contact"`      // unix ms of the last good answer, 0 never
	Tried       int64  `json:"tried"`        // unix ms of the last try
	Problem     string `json:"problem"`      // message key of the last failure, "" if it went well
}

// Remote gives the server this laptop is enrolled with; ok is false when it is
// not enrolled.
func (s *Store) Remote(ctx context.Context) (r Remote, ok bool, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT url, server, server_epoch, server_key, cursor, confirmed, contact, tried, problem FROM remote LIMIT 1").
		Scan(&r.URL, &r.Server, &r.ServerEpoch, &r.ServerKey, &r.Cursor, &r.Confirmed, &r.Contact, &r.Tried, &r.Problem)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, s.fault("read remote", err)
}

// SetRemote keeps what is known of the server.
func (s *Store) SetRemote(ctx context.Context, r Remote) error {
	s.mu.Lock()
	s.asked = time.Time{}
	s.mu.Unlock()
	return s.tx(ctx, func(t *tx) error { return t.setRemote(r) })
}

func (t *tx) setRemote(r Remote) error {
	if err := t.exec("DELETE FROM remote"); err != nil {
		return err
	}
	return t.exec(`INSERT INTO remote (url, server, server_epoch, server_key, cursor, confirmed, contact, tried, problem)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.URL, r.Server, r.ServerEpoch, r.ServerKey, r.Cursor, r.Confirmed, r.Contact, r.Tried, r.Problem)
}

// Status is what is where.
type Status struct {
	Entries       int64  `json:"entries"`       // of this device's journal, all epochs, saved here
	Sent          int64  `json:"sent"`          // of those, durable at the server
	Received      int64  `json:"received"`      // entries of others here
	Files         int64  `json:"files"`         // photos, small copies and signatures here
	FilesSent     int64  `json:"files_sent"`    // of those, receipted by the server
	FilesLeft     int64  `json:"files_left"`    // here, not yet receipted
	BytesLeft     int64  `json:"bytes_left"`    // their size
	FilesMissing  int64  `json:"files_missing"` // named by entries, not here
	Conflicts     int64  `json:"conflicts"`     // paths to settle
	Late          int64  `json:"late"`          // entries a seal had not seen
	Newer         int64  `json:"newer"`         // entries that only a newer program can read; kept and passed on
	Quarantine    int64  `json:"quarantine"`    // entries the server refused
	Drafts        int64  `json:"drafts"`        // texts not yet an entry
	Organizations int64  `json:"organizations"`
	Inspections   int64  `json:"inspections"`
	Remote        Remote `json:"remote"`
	Enrolled      bool   `json:"enrolled"`
}

const settingEarlier = "confirmed_earlier" // JSON of ConfirmEarlier's map

// ConfirmEarlier keeps how far the server has the earlier epochs of this
// device's journal: those before a restore, or before it lost its key.
func (s *Store) ConfirmEarlier(ctx context.Context, marks map[string]int64) error {
	b, err := json.Marshal(marks)
	if err != nil {
		return err
	}
	if had, err := s.Setting(ctx, settingEarlier); err != nil || had == string(b) {
		return err
	}
	return s.SetSetting(ctx, settingEarlier, string(b))
}

func (s *Store) earlier(ctx context.Context) (map[string]int64, error) {
	text, err := s.Setting(ctx, settingEarlier)
	marks := map[string]int64{}
	if text != "" && json.Unmarshal([]byte(text), &marks) != nil {
		clear(marks) // the next sync tells them anew
	}
	return marks, err
}

// sent counts the entries of all epochs of this device's journal, and those of
// them that the server is known to have.
func (s *Store) sent(ctx context.Context, confirmed int64) (entries, sent int64, err error) {
	marks, err := s.earlier(ctx)
	if err != nil {
		return 0, 0, err
	}
	self := s.Self()
	marks[self.Epoch] = confirmed
	rows, err := s.read.QueryContext(ctx, "SELECT epoch, seq FROM chain WHERE device = $1", string(self.Device))
	if err != nil {
		return 0, 0, s.fault("status", err)
	}
	defer rows.Close()
	for rows.Next() {
		var epoch string
		var seq int64
		if err := rows.Scan(&epoch, &seq); err != nil {
			return 0, 0, s.fault("status", err)
		}
		entries += seq
		sent += min(marks[epoch], seq)
	}
	return entries, sent, s.fault("status", rows.Err())
}

// Status tells what is saved, sent, received and to be settled.
func (s *Store) Status(ctx context.Context) (Status, error) {
	var st Status
	var err error
	if st.Remote, st.Enrolled, err = s.Remote(ctx); err != nil {
		return st, err
	}
	if st.Entries, st.Sent, err = s.sent(ctx, st.Remote.Confirmed); err != nil {
		return st, err
	}
	counts := []struct {
		query string
		to    *int64
	}{
		{"SELECT COALESCE(SUM(seq), 0) FROM chain", &st.Received},
		{"SELECT COUNT(*) FROM file WHERE here = 1 AND inspection <> ''", &st.Files},
		{"SELECT COUNT(*) FROM file WHERE here = 1 AND receipt > 0 AND inspection <> ''", &st.FilesSent},
		{"SELECT COUNT(*) FROM file WHERE here = 1 AND receipt = 0 AND inspection <> ''", &st.FilesLeft},
		{"SELECT COALESCE(SUM(size), 0) FROM file WHERE here = 1 AND receipt = 0 AND inspection <> ''", &st.BytesLeft},
		{"SELECT COUNT(*) FROM file WHERE here = 0", &st.FilesMissing},
		{"SELECT COUNT(*) FROM field WHERE conflict = 1", &st.Conflicts},
		{"SELECT COUNT(*) FROM late", &st.Late},
		{"SELECT COUNT(*) FROM newer", &st.Newer},
		{"SELECT COUNT(*) FROM quarantine", &st.Quarantine},
		{"SELECT COUNT(*) FROM draft", &st.Drafts},
		{"SELECT COUNT(*) FROM organization", &st.Organizations},
		{"SELECT COUNT(*) FROM inspection", &st.Inspections},
	}
	for _, c := range counts {
		if err := s.read.QueryRowContext(ctx, c.query).Scan(c.to); err != nil {
			return st, s.fault("read status", err)
		}
	}
	st.Received -= st.Entries
	return st, nil
}
