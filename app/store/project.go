package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"plumbline/app/journal"
	"plumbline/app/record"
)

// bulkPaths is how many paths make it worth keeping an entry's values in its
// body alone instead of one row each.
const bulkPaths = 8

// plan is how one entry will be projected.
type plan struct {
	skip    bool // withheld, or newer
	newer   bool // of a kind, format or shape this version does not know
	refused bool // only the files it names are known
	late    bool // the seal had not seen it
	bulk    bool // its values stay in its body
}

// plan decides how to project an entry before it is stored.
func (t *tx) plan(e journal.Entry, body record.Body) (plan, error) {
	// A refusal may have overtaken the entry it refuses.
	if refused, err := t.refused(e.Hash); err != nil || refused {
		return plan{refused: refused}, err
	}
	return t.planUnrefused(e, body)
}

// projected tells whether this version projects an entry: not one whose body is
// not here, nor one of a kind or format version it does not know. Those are
// stored and passed on.
func projected(e journal.Entry) bool {
	return !e.Withheld() && e.Kind.Known() && e.V <= journal.Version
}

// decode reads the body of an entry that is to be projected. A body that a
// newer program wrote in another shape is no error: its entry stays in the
// journal and out of the tables, and whatever comes after it is not held up.
func decode(e journal.Entry) (record.Body, plan) {
	if e.Withheld() {
		return record.Body{}, plan{skip: true}
	}
	if !projected(e) {
		return record.Body{}, plan{skip: true, newer: true}
	}
	body, err := e.Decode()
	if err == nil && body.Seal != nil {
		_, err = ReadManifest(*body.Seal)
	}
	if err != nil {
		return record.Body{}, plan{skip: true, newer: true}
	}
	return body, plan{}
}

// planUnrefused is plan for an entry that nobody can have refused yet.
func (t *tx) planUnrefused(e journal.Entry, body record.Body) (plan, error) {
	if err := t.meet(e.Record); err != nil {
		return plan{}, err
	}
	if e.Record.Type() == record.InspectionType && !afterSeal(e.Kind) {
		names, err := t.manifest(e.Record)
		if err != nil {
			return plan{}, err
		}
		if e.Kind == record.Create || e.Kind == record.Assign {
			if err := t.sealAgain(e.Record); err != nil {
				return plan{}, err
			}
		}
		if names != nil && !names[e.Hash] {
			return plan{late: true}, nil
		}
	}
	bulk, err := t.bulkable(e, body)
	return plan{bulk: bulk}, err
}

// bulkable tells whether none of the entry's paths was written before with
// another value.
func (t *tx) bulkable(e journal.Entry, body record.Body) (bool, error) {
	if e.Base != nil || (e.Kind != record.Create && len(body.Set) < bulkPaths) || e.Kind == record.Seal || e.Kind == record.Refuse {
		return false, nil
	}
	if plain, err := t.plain(e.Record); err != nil || !plain {
		return false, err
	}
	earlier, err := t.bulks(e.Record)
	if err != nil {
		return false, err
	}
	for _, b := range earlier {
		for p, v := range body.Set {
			was, taken := b.body.Set[p]
			if !taken {
				continue
			}
			// Two laptops that imported the same register made the same record
			// with the same values: nothing was overwritten.
			if !(e.Kind == record.Create && b.entry.Kind == record.Create && bytes.Equal(was, v)) {
				return false, nil
			}
		}
	}
	return true, nil
}

// plain tells whether no path of a record has a row of its own.
func (t *tx) plain(id record.ID) (bool, error) {
	if t.known.plain[id] {
		return true, nil
	}
	var one int
	err := t.row("SELECT 1 FROM field WHERE record = $1 LIMIT 1", string(id)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, err
}

// bulk is an entry whose values live in its body.
type bulk struct {
	entry journal.Entry
	body  record.Body
}

func (b bulk) write(path string) (record.Write, bool) {
	v, ok := b.body.Set[path]
	if !ok {
		return record.Write{}, false
	}
	return writeOf(b.entry, path, v), true
}

func writeOf(e journal.Entry, path string, v json.RawMessage) record.Write {
	return record.Write{Entry: e.Hash, Actor: e.Actor, HLC: e.HLC, Value: v, Base: e.Base[path], Root: e.Kind == record.Create}
}

// bulks gives the bulk entries of a record; within one transaction they are
// looked up once.
func (t *tx) bulks(id record.ID) ([]bulk, error) {
	if list, known := t.known.bulk[id]; known {
		return list, nil
	}
	list, err := t.s.bulksOf(t.querier(), id, t.start)
	if err == nil {
		t.known.bulk[id] = list
	}
	return list, err
}

// bulksOf reads the bulk entries of a record. An entry never changes, so a body
// once read is kept for the next time: every answer saved asks for it. Entries
// after position settled are of a transaction that may still be rolled back.
func (s *Store) bulksOf(q querierContext, id record.ID, settled int64) ([]bulk, error) {
	rows, err := q.query("SELECT pos FROM entry WHERE record = $1 AND bulk = 1 ORDER BY pos", string(id))
	if err != nil {
		return nil, err
	}
	var places []int64
	for rows.Next() {
		var pos int64
		if err := rows.Scan(&pos); err != nil {
			rows.Close()
			return nil, err
		}
		places = append(places, pos)
	}
	err = rows.Err()
	rows.Close()
	if err != nil {
		return nil, err
	}
	var out []bulk
	for _, pos := range places {
		b, known := s.bodies.get(pos)
		if !known {
			if b, err = readBulk(q, pos); err != nil {
				return nil, err
			}
			if pos <= settled {
				s.bodies.put(pos, b)
			}
		}
		out = append(out, b)
	}
	return out, nil
}

func readBulk(q querierContext, pos int64) (bulk, error) {
	rows, err := q.query("SELECT header, body, key FROM entry WHERE pos = $1", pos)
	if err != nil {
		return bulk{}, err
	}
	defer rows.Close()
	if !rows.Next() {
		return bulk{}, errors.Join(fmt.Errorf("entry at %d is gone", pos), rows.Err())
	}
	var header, box, key []byte
	if err := rows.Scan(&header, &box, &key); err != nil {
		return bulk{}, err
	}
	e, err := unseal(header, box, key)
	if err != nil {
		return bulk{}, err
	}
	body, err := e.Decode()
	return bulk{e, body}, err
}

// bodies keeps the bulk entries read last.
type bodies struct {
	mu   sync.Mutex
	kept map[int64]bulk
}

// maxBodies bounds them: a day's inspections, a few megabytes.
const maxBodies = 256

func (b *bodies) get(pos int64) (bulk, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x, ok := b.kept[pos]
	return x, ok
}

func (b *bodies) put(pos int64, x bulk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil || len(b.kept) >= maxBodies {
		b.kept = map[int64]bulk{}
	}
	b.kept[pos] = x
}

// project lets the tables follow one stored entry.
func (t *tx) project(e journal.Entry, body record.Body, pos int64, p plan) error {
	switch {
	case p.newer:
		return t.exec("INSERT INTO newer (entry, record, kind) VALUES ($1, $2, $3) ON CONFLICT (entry) DO NOTHING", string(e.Hash), string(e.Record), string(e.Kind))
	case p.skip:
		return nil
	case p.refused:
		// Whoever settles the refusal has to see the photo, so it travels like any other.
		switch e.Record.Type() {
		case record.InspectionType, record.FindingType:
			return t.projectFiles(e.Record, body.Set)
		case record.DocumentType:
			return t.projectDocument(body)
		}
		return nil
	case p.late:
		if err := t.projectFiles(e.Record, body.Set); err != nil {
			return err
		}
		return t.exec("INSERT INTO late (entry, record, pos) VALUES ($1, $2, $3) ON CONFLICT (entry) DO NOTHING", string(e.Hash), string(e.Record), pos)
	case e.Kind == record.Refuse:
		return t.projectRefusal(e, body)
	case e.Kind == record.Seal && body.Seal != nil:
		counts, err := t.sealCounts(e.Record, *body.Seal)
		if err != nil {
			return err
		}
		if !counts {
			return t.exec("INSERT INTO unproved (entry, record) VALUES ($1, $2) ON CONFLICT (entry) DO NOTHING", string(e.Hash), string(e.Record))
		}
	}
	if p.bulk {
		if list, known := t.known.bulk[e.Record]; known {
			t.known.bulk[e.Record] = append(list, bulk{e, body})
		}
	} else {
		for _, path := range sortedPaths(body.Set) {
			if err := t.writeField(e.Record, path, writeOf(e, path, body.Set[path])); err != nil {
				return err
			}
		}
	}
	if e.Kind == record.Seal && body.Seal != nil {
		if _, err := t.sealed(e.Record); err != nil { // remembered, to see whether another one counts afterwards
			return err
		}
		raw, err := json.Marshal(body.Seal)
		if err != nil {
			return err
		}
		if err := t.writeField(e.Record, "seal", writeOf(e, "seal", raw)); err != nil {
			return err
		}
	}
	var err error
	switch e.Record.Type() {
	case record.OrganizationType:
		err = t.projectOrganization(e, body, pos, p.bulk)
	case record.PersonType:
		err = t.projectInspector(e.Record)
	case record.InspectionType:
		err = t.projectInspection(e, body, p.bulk)
	case record.FindingType:
		err = t.projectFinding(e.Record, body.Set)
	case record.CalendarType:
		err = t.projectCalendar(e.Record)
	case record.LimitType:
		err = t.projectLimit(e.Record)
	case record.LawType:
		err = t.projectLaw(e.Record)
	case record.ProcedureType:
		err = t.projectProcedure(e)
	case record.ComplaintType:
		err = t.projectComplaint(e)
	case record.ChecklistType:
		err = t.projectChecklist(body)
	case record.DocumentType:
		err = t.projectDocument(body)
		if err == nil {
			err = t.projectPrinted(e.Record)
		}
	case record.PaperType:
		err = t.projectPaper(e, body, pos)
	case record.PlanType:
		err = t.projectPlan(e)
	case record.ScanType:
		err = t.projectScan(e)
	case record.BlankType:
		err = t.projectBooking(e)
	case record.DestructionType:
		t.projectDestruction(e.Record)
	}
	if err != nil {
		return fmt.Errorf("project %s of %s: %w", e.Kind, e.Record, err)
	}
	return nil
}

// writeField adds one entry's word on one path.
func (t *tx) writeField(id record.ID, path string, w record.Write) error {
	delete(t.known.plain, id)
	if len(w.Base) == 0 && !w.Root {
		if done, err := t.firstField(id, path, w); done || err != nil {
			return err
		}
	}
	cell, err := t.cell(id, path)
	if err != nil {
		return err
	}
	cell.Write(w)
	shown, ok := cell.Shown("")
	if !ok {
		shown = record.Write{Value: json.RawMessage("null")}
	}
	var full any // NULL where the columns say it all
	if !cell.Plain() {
		raw, err := json.Marshal(cell)
		if err != nil {
			return err
		}
		full = string(raw)
	}
	return t.exec(`INSERT INTO field (record, path, value, entry, actor, hlc, conflict, cell) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (record, path) DO UPDATE SET value = excluded.value, entry = excluded.entry, actor = excluded.actor,
		hlc = excluded.hlc, conflict = excluded.conflict, cell = excluded.cell`,
		string(id), path, string(shown.Value), string(shown.Entry), string(shown.Actor), shown.HLC, number(cell.Conflict()), full)
}

// firstField writes the first word on a path, which most are: one statement
// instead of two. done is false when something is known of the path already.
func (t *tx) firstField(id record.ID, path string, w record.Write) (done bool, err error) {
	bulks, err := t.bulks(id)
	if err != nil {
		return false, err
	}
	for _, b := range bulks {
		if _, ok := b.write(path); ok {
			return false, nil
		}
	}
	const insert = `INSERT INTO field (record, path, value, entry, actor, hlc) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (record, path) DO NOTHING`
	var r sql.Result
	args := []any{string(id), path, string(w.Value), string(w.Entry), string(w.Actor), w.HLC}
	if st := t.statement(insert); st != nil {
		r, err = st.ExecContext(t.ctx, args...)
	} else {
		r, err = t.ExecContext(t.ctx, insert, args...)
	}
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// cell gives what is known of a path: its own row, or the bulk entry it came with.
func (t *tx) cell(id record.ID, path string) (record.Cell, error) {
	var r fieldRow
	err := t.row("SELECT value, entry, actor, hlc, cell FROM field WHERE record = $1 AND path = $2", string(id), path).
		Scan(&r.value, &r.entry, &r.actor, &r.hlc, &r.cell)
	if err == nil {
		return r.read()
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return record.Cell{}, err
	}
	var c record.Cell
	bulks, err := t.bulks(id)
	for _, b := range bulks {
		if w, ok := b.write(path); ok {
			c.Write(w)
		}
	}
	return c, err
}

type fieldRow struct {
	value, entry, actor string
	hlc                 int64
	cell                sql.NullString
}

func (r fieldRow) read() (record.Cell, error) {
	if r.cell.Valid {
		var c record.Cell
		err := json.Unmarshal([]byte(r.cell.String), &c)
		return c, err
	}
	return record.Cell{Heads: []record.Write{{
		Entry: record.Hash(r.entry), Actor: record.ID(r.actor), HLC: r.hlc, Value: json.RawMessage(r.value),
	}}}, nil
}

// state gives everything known of a record.
func (t *tx) state(id record.ID) (record.State, error) { return t.s.stateOf(t.querier(), id, t.start) }

func (s *Store) stateOf(q querierContext, id record.ID, settled int64) (record.State, error) {
	st := record.State{}
	rows, err := q.query("SELECT path, value, entry, actor, hlc, cell FROM field WHERE record = $1", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var path string
		var r fieldRow
		if err := rows.Scan(&path, &r.value, &r.entry, &r.actor, &r.hlc, &r.cell); err != nil {
			return nil, err
		}
		c, err := r.read()
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", path, id, err)
		}
		st[path] = &c
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	bulks, err := s.bulksOf(q, id, settled)
	if err != nil {
		return nil, err
	}
	// A path with a row of its own has the bulk entries' words in it already.
	rowed := make(map[string]bool, len(st))
	for path := range st {
		rowed[path] = true
	}
	for _, b := range bulks {
		for path := range b.body.Set {
			if !rowed[path] {
				w, _ := b.write(path)
				st.Write(path, w)
			}
		}
	}
	return st, nil
}

// manifest gives the entries the inspection's seal names, nil when there is no seal.
func (t *tx) manifest(id record.ID) (map[record.Hash]bool, error) {
	sealed, err := t.sealed(id)
	if err != nil || sealed == "" {
		return nil, err
	}
	c, err := t.cell(id, "seal")
	if err != nil {
		return nil, err
	}
	return manifestOf(c)
}

func manifestOf(c record.Cell) (map[record.Hash]bool, error) {
	w, ok := c.Shown("")
	if !ok {
		return nil, nil
	}
	var b record.SealBody
	if err := json.Unmarshal(w.Value, &b); err != nil {
		return nil, fmt.Errorf("read seal: %w", err)
	}
	m, err := ReadManifest(b)
	if err != nil {
		return nil, err
	}
	names := make(map[record.Hash]bool, len(m.Entries))
	for _, h := range m.Entries {
		names[h] = true
	}
	return names, nil
}

// settle refolds what cannot be projected entry by entry: records whose seal,
// refusals or destructions arrived after the entries they concern.
func (t *tx) settle() error {
	for len(t.dirty)+len(t.destructions) > 0 { // each may bring up more of the other
		if err := t.settleDestructions(); err != nil {
			return err
		}
		for id := range t.dirty {
			if err := t.refold(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// refold projects one record anew from all its entries.
func (t *tx) refold(id record.ID) error {
	entries, err := t.entriesOf(id)
	if err != nil {
		return err
	}
	if err := t.forget(id); err != nil {
		return err
	}
	if id.Type() == record.PersonType {
		if err := t.sealsAgain(); err != nil {
			return err
		}
	}
	delete(t.known.bulk, id)
	delete(t.known.seals, id)
	delete(t.known.plain, id)
	// The seal first: it decides which of the others count.
	var seals record.Cell
	for _, e := range entries {
		if e.Kind != record.Seal {
			continue
		}
		body, _ := decode(e.Entry)
		if body.Seal == nil {
			continue
		}
		if refused, err := t.refused(e.Hash); err != nil {
			return err
		} else if refused {
			continue
		}
		if counts, err := t.sealCounts(id, *body.Seal); err != nil {
			return err
		} else if !counts {
			continue
		}
		raw, err := json.Marshal(body.Seal)
		if err != nil {
			return err
		}
		seals.Write(writeOf(e.Entry, "seal", raw))
	}
	names, err := manifestOf(seals)
	if err != nil {
		return err
	}
	for _, e := range entries {
		refused, err := t.refused(e.Hash)
		if err != nil {
			return err
		}
		body, p, stood, err := t.content(e.Entry)
		if err != nil {
			return err
		}
		p.refused = refused && !p.skip
		if !p.skip && !refused && names != nil && !afterSeal(e.Kind) && !names[e.Hash] {
			p.late = true
		}
		if !p.skip && !refused && !p.late && !stood {
			if p.bulk, err = t.bulkable(e.Entry, body); err != nil {
				return err
			}
		}
		if p.bulk {
			if err := t.exec("UPDATE entry SET bulk = 1 WHERE pos = $1", e.pos); err != nil {
				return err
			}
		}
		if err := t.project(e.Entry, body, e.pos, p); err != nil {
			return err
		}
	}
	delete(t.dirty, id)
	return nil
}

// forget takes a record out of every table that follows from the entries.
func (t *tx) forget(id record.ID) error {
	queries := []string{
		"DELETE FROM field WHERE record = $1",
		"DELETE FROM late WHERE record = $1",
		"DELETE FROM newer WHERE record = $1",
		"DELETE FROM unproved WHERE record = $1",
		"UPDATE entry SET bulk = 0 WHERE record = $1 AND bulk = 1",
	}
	switch id.Type() {
	case record.OrganizationType:
		if err := t.forgetOrganization(id); err != nil {
			return err
		}
	case record.PersonType:
		queries = append(queries, "DELETE FROM inspector WHERE id = $1", "DELETE FROM role_grant WHERE person = $1")
		t.known.roles = nil
	case record.InspectionType:
		queries = append(queries, "DELETE FROM inspection WHERE id = $1")
	case record.FindingType:
		queries = append(queries, "DELETE FROM finding WHERE id = $1")
	case record.CalendarType:
		queries = append(queries, "DELETE FROM calendar_year WHERE id = $1")
	case record.LimitType:
		queries = append(queries, "DELETE FROM time_limit WHERE id = $1")
	case record.LawType:
		queries = append(queries, "DELETE FROM law_edition WHERE id = $1")
	case record.ProcedureType:
		queries = append(queries, "DELETE FROM procedure WHERE id = $1")
	case record.ComplaintType:
		queries = append(queries, "DELETE FROM complaint WHERE id = $1")
	case record.PaperType:
		queries = append(queries, "DELETE FROM document WHERE id = $1")
	case record.PlanType:
		queries = append(queries, "DELETE FROM plan WHERE id = $1")
	case record.DocumentType:
		queries = append(queries, "DELETE FROM printed WHERE id = $1")
	case record.ScanType:
		queries = append(queries, "DELETE FROM scan WHERE id = $1", "DELETE FROM scan_page WHERE scan = $1")
	case record.BlankType:
		queries = append(queries, "DELETE FROM booking WHERE id = $1")
	}
	for _, q := range queries {
		if err := t.exec(q, string(id)); err != nil {
			return err
		}
	}
	return nil
}

// placed is an entry and where it stands in the commit sequence.
type placed struct {
	journal.Entry
	pos int64
}

// entriesOf gives all entries of a record by position.
func (t *tx) entriesOf(id record.ID) ([]placed, error) {
	return t.placed("SELECT pos, header, body, key FROM entry WHERE record = $1 ORDER BY pos", string(id))
}

// placed reads entries with their positions, all of them before the next query.
func (t *tx) placed(query string, args ...any) ([]placed, error) {
	rows, err := t.querier().query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []placed
	for rows.Next() {
		var p placed
		var header, box, key []byte
		if err := rows.Scan(&p.pos, &header, &box, &key); err != nil {
			return nil, err
		}
		if p.Entry, err = unseal(header, box, key); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// refused tells whether an entry is in quarantine, which as a rule is empty.
func (t *tx) refused(h record.Hash) (bool, error) {
	var one int
	if t.quarantine == 0 {
		if err := t.row("SELECT COUNT(*) FROM quarantine").Scan(&t.quarantine); err != nil {
			return false, err
		}
		t.quarantine++ // one more than there are, so that it is asked once
	}
	if t.quarantine == 1 {
		return false, nil
	}
	err := t.row("SELECT 1 FROM quarantine WHERE entry = $1", string(h)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// projectRefusal puts the refused entry into quarantine and takes it out of
// the tables.
func (t *tx) projectRefusal(e journal.Entry, body record.Body) error {
	r := body.Refuse
	if r == nil {
		return nil
	}
	args, err := json.Marshal(r.Args)
	if err != nil {
		return err
	}
	t.quarantine = 0
	err = t.exec(`INSERT INTO quarantine (entry, device, epoch, seq, record, code, message, args, wall)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (entry) DO NOTHING`,
		string(r.Entry), string(r.Device), r.Epoch, r.Seq, string(e.Record), string(r.Code), r.Message, string(args), e.Wall)
	if err != nil {
		return err
	}
	t.dirty[e.Record] = true
	return nil
}

// querierContext runs a query with its context bound.
type querierContext interface {
	query(q string, args ...any) (*sql.Rows, error)
}

type bound struct {
	t *tx
}

func (b bound) query(q string, args ...any) (*sql.Rows, error) {
	if st := b.t.statement(q); st != nil {
		return st.QueryContext(b.t.ctx, args...)
	}
	return b.t.QueryContext(b.t.ctx, q, args...)
}

func (t *tx) querier() querierContext { return bound{t} }

func cutItem(path string) (first, rest string) {
	first, rest, _ = strings.Cut(path, "/")
	return first, rest
}
