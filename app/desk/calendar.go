package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/assets"
)

// seeds are the years of holidays and the figures of law that the program
// comes with; the authority's own count before them.
type seeds struct {
	years  []record.CalendarYear
	limits []record.Limit
}

var seed = sync.OnceValue(func() seeds {
	var calendar struct {
		Schema, Edition string
		Years           []record.CalendarYear
	}
	var limits struct {
		Schema, Edition string
		Limits          []record.Limit
	}
	for name, to := range map[string]any{"law/calendar.json": &calendar, "law/limits.json": &limits} {
		b, err := fs.ReadFile(assets.Law, name)
		if err == nil {
			err = strict(b, to)
		}
		if err != nil {
			panic("desk: " + name + ": " + err.Error()) // embedded: a test reads it
		}
	}
	return seeds{calendar.Years, limits.Limits}
})

func strict(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return nil
}

// Calendar gives the holiday calendar as the authority has it.
func (d *Desk) Calendar(ctx context.Context) (record.Calendar, error) {
	limits, err := d.Limits(ctx)
	if err != nil {
		return record.Calendar{}, err
	}
	own, err := d.Store.CalendarYears(ctx)
	if err != nil {
		return record.Calendar{}, err
	}
	return record.NewCalendar(limits.N(record.LimitMoves) == 1, append(append([]record.CalendarYear(nil), seed().years...), own...)...), nil
}

// Limits gives the figures of law as the authority has them.
func (d *Desk) Limits(ctx context.Context) (record.Limits, error) {
	out := record.Limits{}
	for _, l := range seed().limits {
		out[l.Name] = l
	}
	own, err := d.Store.TimeLimits(ctx)
	for _, l := range own {
		l.Title = out[l.Name].Title // the words are the program's
		out[l.Name] = l
	}
	return out, err
}

// ReadCalendarYear reads a year of holidays from JSON, as `calendar show --json`
// writes it.
func ReadCalendarYear(b []byte) (record.CalendarYear, error) {
	var y record.CalendarYear
	if err := strict(b, &y); err != nil {
		return y, &record.Error{Code: record.Invalid, Message: "calendar.not_read", Err: err}
	}
	return y, y.Check()
}

// SetCalendarYear puts a year of holidays in place of what was there. Terms that
// run and end on another day by it are counted again, each by an entry of its
// own; moved are their findings.
func (d *Desk) SetCalendarYear(ctx context.Context, actor record.ID, y record.CalendarYear) (moved []record.ID, err error) {
	st, err := d.Store.State(ctx, record.CalendarID(y.Year))
	if err != nil {
		return nil, err
	}
	c, err := y.Change(st)
	if err != nil {
		return nil, err
	}
	if old, ok := record.CalendarYearOf(st); !ok || !same(old, y) || len(st.Conflicts()) > 0 {
		if _, err := d.Store.Append(ctx, actor, c); err != nil {
			return nil, err
		}
	}
	return d.recountAll(ctx, actor)
}

// SetLimit puts a figure of law in place of what was there. Terms are counted
// again where it decides on which day they end.
func (d *Desk) SetLimit(ctx context.Context, actor record.ID, l record.Limit) (moved []record.ID, err error) {
	limits, err := d.Limits(ctx)
	if err != nil {
		return nil, err
	}
	known, ok := limits[l.Name]
	if !ok {
		return nil, &record.Error{Code: record.NotFound, Message: "limit.unknown", Args: map[string]any{"name": l.Name}}
	}
	if l.Unit == "" && known.Unit != "" {
		l.Unit = known.Unit
	}
	if known.Unit == "" && l.Unit != "" {
		return nil, &record.Error{Code: record.Invalid, Message: "limit.number", Field: "unit", Args: map[string]any{"name": l.Name, "most": 3650}}
	}
	l.Title = known.Title
	st, err := d.Store.State(ctx, record.LimitID(l.Name))
	if err != nil {
		return nil, err
	}
	c, err := l.Change(st)
	if err != nil {
		return nil, err
	}
	if _, err := d.Store.Append(ctx, actor, c); err != nil {
		return nil, err
	}
	return d.recountAll(ctx, actor)
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// recountAll counts every running term again.
func (d *Desk) recountAll(ctx context.Context, actor record.ID) ([]record.ID, error) {
	rows, err := d.Store.Ledger(ctx, store.LedgerFilter{Open: true})
	if err != nil {
		return nil, err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return nil, err
	}
	var moved []record.ID
	for _, row := range rows {
		if row.Due == "" {
			continue
		}
		r, err := d.Store.Rectification(ctx, row.ID)
		if err != nil {
			return moved, err
		}
		if _, differs := r.Recounted(w.Calendar); !differs || len(r.Conflicts) > 0 {
			continue
		}
		changes, err := r.Do(record.Step{Action: record.Recount, On: w.Today, At: d.stamp(), By: actor}, nil, w)
		if err != nil {
			return moved, fmt.Errorf("desk: count the deadline of %s again: %w", row.ID, err)
		}
		if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
			return moved, err
		}
		moved = append(moved, row.ID)
	}
	return moved, nil
}
