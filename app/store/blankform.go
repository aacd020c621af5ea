package store

import (
	"context"
	"encoding/json"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// Bookings lists what was booked out of pre-stamped blank forms, by kind and
// number.
func (s *Store) Bookings(ctx context.Context) ([]record.Booking, error) {
	var out []record.Booking
	err := s.docs(ctx, "SELECT doc FROM booking ORDER BY id", func(doc []byte) error {
		var b record.Booking
		err := json.Unmarshal(doc, &b)
		out = append(out, b)
		return err
	})
	record.SortBookings(out)
	return out, err
}

// Booking gives one booking with the versions that the next change will name as
// seen.
func (s *Store) Booking(ctx context.Context, id record.ID) (record.Booking, error) {
	st, err := s.State(ctx, id)
	if err != nil {
		return record.Booking{}, err
	}
	b, ok := record.BookingOf(id, st)
	if !ok {
		return b, &record.Error{Code: record.NotFound, Message: "blank.booking_not_found", Args: map[string]any{"id": id}}
	}
	return b, nil
}

// projectBooking lets a booking's row follow an entry.
func (t *tx) projectBooking(e journal.Entry) error {
	st, err := t.state(e.Record)
	if err != nil {
		return err
	}
	b, ok := record.BookingOf(e.Record, st)
	if !ok {
		return nil
	}
	doc, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO booking (id, authority, kind, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
		string(b.ID), e.Authority, plain(b.Kind), plain(string(doc)))
}
