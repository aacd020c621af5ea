package desk

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"plumbline/app/photo"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Today gives the day it is, YYYY-MM-DD.
func (d *Desk) Today() string { return d.now().Format(time.DateOnly) }

// setting gives what the rules on rectification need to know of today.
func (d *Desk) setting(ctx context.Context) (record.Setting, error) {
	w := record.Setting{Today: d.Today()}
	var err error
	if w.Limits, err = d.Limits(ctx); err != nil {
		return w, err
	}
	w.Calendar, err = d.Calendar(ctx)
	return w, err
}

// LedgerLine is one line of the ledger of rectifications as it stands today.
type LedgerLine struct {
	store.LedgerRow
	Age       int    `json:"age"`                  // days since the visit
	DaysLeft  *int   `json:"days_left"`            // null when no deadline runs; negative when it has passed
	Overdue   bool   `json:"overdue"`              // the deadline has passed, with nothing reported
	ObjectBy  string `json:"object_by,omitempty"`  // until when the organization may object
	AnswerBy  string `json:"answer_by,omitempty"`  // until when its objection is answered
	Unserved  bool   `json:"unserved,omitempty"`   // ordered, but without proof of service nothing is due
	Uncertain []int  `json:"uncertain,omitempty"`  // years whose holidays were not known when the deadline was counted
	Unnotice  bool   `json:"unreported,omitempty"` // critical, and no immediate report is recorded
}

// Ledger lists rectifications with days left, the most urgent first.
func (d *Desk) Ledger(ctx context.Context, f store.LedgerFilter) ([]LedgerLine, error) {
	rows, err := d.Store.Ledger(ctx, f)
	if err != nil {
		return nil, err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]LedgerLine, 0, len(rows))
	for _, r := range rows {
		out = append(out, ledgerLine(r, w))
	}
	return out, nil
}

func ledgerLine(r store.LedgerRow, w record.Setting) LedgerLine {
	l := LedgerLine{LedgerRow: r, Overdue: r.Overdue(w.Today), AnswerBy: r.AnswerUntil(w)}
	l.Age, _ = record.DaysBetween(r.ObservedOn, w.Today)
	if n, ok := r.Finding.DaysLeft(w.Today); ok {
		l.DaysLeft = &n
	}
	if r.State == record.Told {
		if until := r.ObjectionUntil(w); until >= w.Today {
			l.ObjectBy = until
		}
	}
	p := r.Progress
	l.Unserved = (r.State == record.Ordered || r.State == record.PartlyPut) && (p == nil || p.Served == nil)
	if p != nil && p.Count != nil && r.State.Open() {
		l.Uncertain = p.Count.Unknown
	}
	l.Unnotice = r.Severity == record.Critical && r.State != record.Dropped && (p == nil || p.NotifiedOn == "")
	return l
}

// Rectified is one finding with its history and what can be done about it now.
type Rectified struct {
	record.Rectification
	Line    LedgerLine
	Allowed []record.Action
	Before  []record.Evidence    // photos of the visit, on the same item
	Names   map[record.ID]string // of who did and approved
}

// Rectification gives one finding with its history.
func (d *Desk) Rectification(ctx context.Context, id record.ID) (Rectified, error) {
	var out Rectified
	r, err := d.Store.Rectification(ctx, id)
	if err != nil {
		return out, err
	}
	w, err := d.setting(ctx)
	if err != nil {
		return out, err
	}
	row := store.LedgerRow{Finding: r.Finding}
	i, err := d.Store.Inspection(ctx, r.Inspection)
	switch {
	case err == nil:
		row.Name, row.USCC, row.District, row.Number = i.Organization.Name, i.Organization.Code, i.Organization.District, i.Number
		out.Before = i.EvidenceOf(record.ItemKey(r.Item, r.Repeat))
	case record.CodeOf(err) != record.NotFound:
		return out, err
	}
	out.Rectification, out.Line, out.Allowed, out.Names = r, ledgerLine(row, w), r.Allowed(), map[record.ID]string{}
	for _, s := range r.Steps {
		for _, p := range []record.ID{s.By, s.Second} {
			if p != "" && out.Names[p] == "" {
				out.Names[p] = d.nameOf(ctx, Visit{Inspection: i}, p)
			}
		}
	}
	return out, nil
}

// Rectifying is one step as a person enters it.
type Rectifying struct {
	record.Step
	Certificates []string // of the inspectors who re-inspect
	Photos       []string // files with photos of after
}

// Rectify records one step about a finding. Seen is the finding as that person
// had it on the screen, so that what a colleague did meanwhile is a conflict
// and not lost; nil takes it as it stands. An empty day is today.
func (d *Desk) Rectify(ctx context.Context, actor, id record.ID, seen *record.Rectification, x Rectifying) (Rectified, error) {
	var none Rectified
	w, err := d.setting(ctx)
	if err != nil {
		return none, err
	}
	if seen == nil {
		r, err := d.Store.Rectification(ctx, id)
		if err != nil {
			return none, err
		}
		seen = &r
	}
	i, err := d.Store.Inspection(ctx, seen.Inspection)
	if err != nil && record.CodeOf(err) != record.NotFound {
		return none, err
	}
	for _, m := range i.Team {
		w.Team = append(w.Team, m.Person)
	}
	x.By, x.At = actor, d.stamp()
	if x.On == "" {
		x.On = w.Today
	}
	if x.Inspectors, err = d.members(ctx, x.Certificates, x.On); err != nil {
		return none, err
	}
	// All is looked at before a photo is kept.
	if _, err := seen.Do(x.Step, make([]record.Evidence, len(x.Photos)), w); err != nil {
		return none, err
	}
	photos, err := d.photosOf(ctx, actor, seen.Sensitive, x.Photos)
	if err != nil {
		return none, err
	}
	changes, err := seen.Do(x.Step, photos, w)
	if err != nil {
		return none, err
	}
	if _, err := d.Store.Append(ctx, actor, changes...); err != nil {
		return none, err
	}
	return d.Rectification(ctx, id)
}

// members gives the inspectors with these certificates, each in force on the day.
func (d *Desk) members(ctx context.Context, certificates []string, on string) ([]record.Member, error) {
	var out []record.Member
	for n, number := range certificates {
		p, err := d.Store.Inspector(ctx, strings.TrimSpace(number))
		if record.CodeOf(err) == record.NotFound {
			return nil, &record.Error{Code: record.NotFound, Message: "inspector.unknown", Field: "inspectors", Args: map[string]any{"certificate": number}}
		}
		if err != nil {
			return nil, err
		}
		day, err := time.Parse(time.DateOnly, on)
		if err == nil && !p.ValidOn(day) {
			return nil, &record.Error{Code: record.Invalid, Message: "inspection.certificate_expired", Field: "inspectors",
				Args: map[string]any{"name": p.Name, "certificate": p.Certificate, "until": p.ValidTo}}
		}
		role := record.RoleInspector
		if n == 0 {
			role = record.RoleLeader
		}
		out = append(out, record.Member{Person: p.ID, Name: p.Name, Certificate: p.Certificate, Role: role, ValidTo: p.ValidTo})
	}
	return out, nil
}

func (d *Desk) photosOf(ctx context.Context, actor record.ID, sensitive bool, paths []string) ([]record.Evidence, error) {
	var out []record.Evidence
	for _, path := range paths {
		e, err := d.photoOf(ctx, actor, path)
		if err != nil {
			return nil, err
		}
		e.Sensitive = sensitive
		out = append(out, e)
	}
	return out, nil
}

func (d *Desk) photoOf(ctx context.Context, actor record.ID, path string) (record.Evidence, error) {
	f, err := openPhoto(path)
	if err != nil {
		return record.Evidence{}, err
	}
	defer f.Close()
	p, err := photo.Prepare(f, photo.DefaultLimits)
	if err != nil {
		return record.Evidence{}, named(err, filepath.Base(path))
	}
	return d.keepPhoto(ctx, actor, p, filepath.Base(path))
}

// keepPhoto puts a picture and its small copy on the disk.
func (d *Desk) keepPhoto(ctx context.Context, actor record.ID, p photo.Prepared, name string) (record.Evidence, error) {
	original, err := d.putFile(ctx, p.Original, p.Media)
	if err != nil {
		return record.Evidence{}, err
	}
	small, err := d.putFile(ctx, p.Small, "image/jpeg")
	if err != nil {
		return record.Evidence{}, err
	}
	e := record.Evidence{
		ID:     record.NewID(record.EvidenceType),
		Digest: original.Digest, Size: original.Size, Media: original.Media, Small: small.Digest, SmallSize: small.Size,
		Width: p.Width, Height: p.Height, Name: name, AddedAt: d.stampFine(), By: actor,
	}
	if at, ok := p.Camera.Taken(d.now().Location()); ok {
		e.TakenAt = at.Format(time.RFC3339)
	}
	return e, nil
}

// ParseTerm reads a term as people write it: a date, "15", "15d" and "15日" for
// days, "15w" and "15工作日" for working days; also as TermText words it. nil for an empty text.
func ParseTerm(text string) (*record.Term, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	fault := &record.Error{Code: record.Invalid, Message: "term.not_read", Field: "term", Args: map[string]any{"term": text}}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return &record.Term{Date: text}, nil
	}
	t := record.Term{Unit: record.CalendarDays}
	number := text
	for _, end := range []struct {
		text string
		unit record.Unit
	}{{"个工作日", record.WorkingDays}, {"工作日", record.WorkingDays}, {"working days", record.WorkingDays}, {"working day", record.WorkingDays}, {"w", record.WorkingDays}, {"日", record.CalendarDays}, {"天", record.CalendarDays}, {"days", record.CalendarDays}, {"day", record.CalendarDays}, {"d", record.CalendarDays}} {
		if n, ok := strings.CutSuffix(text, end.text); ok {
			number, t.Unit = strings.TrimSpace(n), end.unit
			break
		}
	}
	var err error
	if t.N, err = strconv.Atoi(number); err != nil {
		return nil, fault
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	return &t, nil
}
