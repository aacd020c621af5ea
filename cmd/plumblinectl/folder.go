package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/protocol"
)

func listConflicts(c *call) error {
	f := c.flags()
	book := c.xlsxFlag(f)
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	rows, err := c.desk.Store.Conflicts(c.ctx)
	if err != nil {
		return err
	}
	refused, err := c.desk.Store.Quarantine(c.ctx)
	if err != nil {
		return err
	}
	shown, err := c.conflicts(rows)
	if err != nil {
		return err
	}
	switch {
	case *book != "":
		table, err := c.desk.SettleList(c.ctx, c.t, rows, refused)
		if err := c.workbook(*book, table, err); err != nil {
			return err
		}
	case c.json:
		c.print(map[string]any{"conflicts": shown, "quarantine": nonNil(refused)})
	default:
		for _, r := range shown {
			c.say("%s %s  %s", r.Record, r.Path, r.Where)
			for _, v := range r.Values {
				c.say("    %s  (%s, %s)", v.Value, v.Name, v.At)
			}
		}
		for _, q := range refused {
			c.say("%s", c.t.T("ctl.refused", "record", q.Record, "reason", c.t.Message(q.Message, q.Args)))
		}
		if len(rows)+len(refused) == 0 {
			c.say("%s", c.t.T("ctl.nothing_to_settle"))
		}
	}
	if len(rows)+len(refused) > 0 {
		return errFound
	}
	return nil
}

// conflict is a conflict for people and scripts to settle.
type conflict struct {
	Record record.ID        `json:"record"`
	Path   string           `json:"path"`
	Where  string           `json:"where,omitempty"` // the item, in words
	Values []conflictingOne `json:"values"`
}

type conflictingOne struct {
	Value  json.RawMessage `json:"value"`
	Person record.ID       `json:"person"`
	Name   string          `json:"name,omitempty"`
	At     string          `json:"at"` // by the clock of the laptop it was written on
	Entry  record.Hash     `json:"entry"`
}

func (c *call) conflicts(rows []store.Conflict) ([]conflict, error) {
	out := []conflict{}
	for _, r := range rows {
		x := conflict{Record: r.Record, Path: r.Path}
		if key, rest, ok := strings.Cut(strings.TrimPrefix(r.Path, "items/"), "/"); ok && r.Record.Type() == record.InspectionType && strings.HasPrefix(r.Path, "items/") {
			v, err := c.desk.Visit(c.ctx, r.Record)
			if err != nil {
				return nil, err
			}
			if n, ok := v.Node(key); ok {
				x.Where = n.Item.Code + " " + n.Item.Text.In(c.lang) + " · " + rest
			}
		}
		for _, w := range r.Values {
			one := conflictingOne{Value: w.Value, Person: w.Actor, Entry: w.Entry, At: time.UnixMilli(w.HLC >> 16).Format(time.RFC3339)}
			if p, err := c.desk.Store.Person(c.ctx, w.Actor); err == nil {
				one.Name = p.Name
			}
			x.Values = append(x.Values, one)
		}
		out = append(out, x)
	}
	return out, nil
}

func settleConflict(c *call) error {
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.settled_by"))
	reason := f.String("reason", "", c.t.T("ctl.flag.settled_why"))
	args, err := c.parse(f, 3)
	if err != nil {
		return err
	}
	if *by == "" || *reason == "" {
		return c.wrongUse() // whose word stands, and why, is evidence
	}
	if err := c.open(); err != nil {
		return err
	}
	var value any = args[2]
	if json.Valid([]byte(args[2])) {
		value = json.RawMessage(args[2])
	}
	actor, err := c.person(*by)
	if err != nil {
		return err
	}
	if err := c.desk.Resolve(c.ctx, actor, record.ID(args[0]), args[1], value, *reason); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"record": args[0], "path": args[1], "value": value})
		return nil
	}
	c.say("%s", c.t.T("ctl.settled", "path", args[1], "value", args[2]))
	return nil
}

func showStatus(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	s, err := c.desk.Store.Status(c.ctx)
	if err != nil {
		return err
	}
	key := c.client().Key()
	if c.json {
		c.print(struct {
			store.Status
			Device record.ID         `json:"device"`
			Key    protocol.KeyState `json:"key"`
		}{s, c.desk.Store.Self().Device, key})
		return nil
	}
	c.say("%s", c.t.T("ctl.status_entries", "saved", s.Entries, "sent", s.Sent, "left", s.Entries-s.Sent, "received", s.Received))
	c.say("%s", c.t.T("ctl.status_files", "files", s.Files, "sent", s.FilesSent, "left", s.FilesLeft, "missing", s.FilesMissing))
	c.say("%s", c.t.T("ctl.status_settle", "conflicts", s.Conflicts, "late", s.Late, "quarantine", s.Quarantine, "drafts", s.Drafts))
	if s.Newer > 0 {
		c.say("  ! %s", c.t.T("ctl.status_newer", "n", s.Newer))
	}
	c.say("%s", c.t.T("ctl.status_register", "organizations", s.Organizations, "inspections", s.Inspections))
	if !s.Enrolled {
		c.say("%s", c.t.T("ctl.not_enrolled"))
		return nil
	}
	c.say("%s", c.t.T("ctl.status_key", "device", c.desk.Store.Self().Device, "kept", c.t.T("key.kept."+key.Kept)))
	if key.Problem != "" {
		c.say("  ! %s", c.t.Message(key.Problem, nil))
	}
	c.say("%s", c.t.T("ctl.status_server", "url", s.Remote.URL))
	if s.Remote.Problem != "" && s.Remote.Problem != key.Problem {
		c.say("  ! %s", c.lastProblem(s.Remote))
	}
	return nil
}

// lastProblem words why the last sync failed. Only the message key was kept:
// of what its text may name, the server is known.
func (c *call) lastProblem(r store.Remote) string {
	text := c.t.Error(&record.Error{Code: record.Offline, Message: r.Problem, Args: map[string]any{"server": r.URL}})
	if strings.Contains(text, "{") {
		return c.t.T("ctl.last_sync_failed")
	}
	return text
}

func verify(c *call) error {
	f := c.flags()
	cert := f.String("cert", "", c.t.T("ctl.flag.verify_cert"))
	args, err := c.parseBetween(f, 0, 1)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return verifyPDF(c, args[0], *cert)
	}
	if *cert != "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	v, err := c.desk.Verify(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		v.Problems = nonNil(v.Problems)
		c.print(v)
	} else {
		c.say("%s", c.t.T("ctl.verified", "entries", v.Entries, "seals", v.Seals, "files", v.Files, "problems", len(v.Problems)))
		if len(v.Destroyed) > 0 {
			c.say("  %s", c.t.T("ctl.verified_destroyed", "n", len(v.Destroyed)))
		}
		for _, p := range v.Problems {
			c.say("  ! %s", strings.Join(append([]string{c.t.Message(p.Message, p.Args)}, whereabouts(p)...), "  "))
		}
	}
	if len(v.Problems) > 0 {
		return errFound
	}
	return nil
}

// whereabouts says where a problem is: record, entry, file, as far as known.
func whereabouts(p store.Problem) []string {
	var out []string
	if p.Record != "" {
		out = append(out, string(p.Record))
	}
	if p.Chain.Device != "" {
		out = append(out, fmt.Sprintf("%s/%s/%d", p.Chain.Device, p.Chain.Epoch, p.Seq))
	}
	if p.File != "" {
		out = append(out, string(p.File))
	}
	return out
}

// verifyPDF checks a PDF by what it carries, and, where this computer has a data
// folder, by what its journal knows of it.
func verifyPDF(c *call, path, cert string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &record.Error{Code: record.NotFound, Message: "document.file_not_found", Field: "file", Args: map[string]any{"file": path}, Err: err}
	}
	if err != nil {
		return unreadable(path, "file", err)
	}
	check, err := desk.CheckPDF(c.ctx, b, database)
	if err != nil {
		return err
	}
	if cert != "" {
		chain, err := certificates(cert)
		if err != nil {
			return err
		}
		check.SignedWith(chain[0])
	}
	var known *desk.PrintedPDF
	if _, err := os.Stat(filepath.Join(c.data, store.FileName)); err == nil {
		if err := c.open(); err != nil {
			return err
		}
		doc, err := c.desk.VerifyPDF(c.ctx, path)
		switch {
		case err == nil:
			known = &doc
		case record.CodeOf(err) != record.Broken:
			return err
		case !check.Proved(): // nobody vouches for it: neither this journal, nor a certificate, nor what is attached
			if !c.json {
				c.fail(err)
				c.sayPDF(check)
				return errFound
			}
			check.Problems = append(check.Problems, store.Problem{Message: "document.not_ours", Args: map[string]any{"file": path, "digest": record.HashOf(b).Short()}})
		}
	}
	proved := len(check.Problems) == 0 && (known != nil || check.Proved())
	if c.json {
		c.print(struct {
			desk.PDFCheck
			Known *desk.PrintedPDF `json:"known_here,omitempty"`
		}{check, known})
	} else {
		if known != nil {
			c.say("%s", c.t.T("ctl.pdf_ours", "document", known.Document, "inspection", known.Inspection, "at", known.At))
		}
		c.sayPDF(check)
	}
	if !proved {
		return errFound
	}
	return nil
}

// sayPDF tells what a PDF proves by itself, and which parts of it are wrong.
func (c *call) sayPDF(p desk.PDFCheck) {
	if !p.Ours {
		c.say("%s", c.t.T("ctl.pdf_foreign"))
	} else {
		c.say("%s", c.t.T("ctl.pdf_parts", "pages", p.Pages, "content", p.Content))
	}
	if p.SealedBy != "" {
		c.say("%s", c.t.T("ctl.pdf_sealed", "name", p.SealedBy, "at", p.SealedAt, "key", p.Key, "entries", p.Entries, "withheld", p.Withheld, "pictures", p.Pictures))
		c.say("%s", c.t.T("ctl.pdf_signers", "names", strings.Join(p.Signers, ", ")))
	}
	for _, s := range p.Signatures {
		if s.Valid {
			c.say("%s", c.t.T("ctl.pdf_signed", "name", s.By, "issuer", s.Issuer, "certificate", s.Certificate))
		}
	}
	switch {
	case p.Remade:
		c.say("%s", c.t.T("ctl.pdf_remade", "key", p.Key, "name", p.SealedBy))
		if p.Later > 0 {
			c.say("%s", c.t.T("ctl.pdf_later", "n", p.Later))
		}
	case p.OtherLayout && !p.Signed():
		c.say("%s", c.t.T("ctl.pdf_other_layout"))
	case p.Ours && !p.Signed():
		c.say("%s", c.t.T("ctl.pdf_unproved"))
	}
	for _, x := range p.Problems {
		c.say("  ! %s", c.t.Message(x.Message, x.Args))
	}
}

func rebuild(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	before, err := c.desk.Store.Digest(c.ctx)
	if err != nil {
		return err
	}
	if err := c.desk.Store.Rebuild(c.ctx); err != nil {
		return err
	}
	after, err := c.desk.Store.Digest(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"before": before, "after": after, "same": before == after})
	} else if before == after {
		c.say("%s", c.t.T("ctl.rebuilt_same", "digest", after.Short()))
	} else {
		c.say("%s", c.t.T("ctl.rebuilt_changed", "before", before.Short(), "after", after.Short()))
	}
	if before != after {
		return errFound
	}
	return nil
}

func backup(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if err := c.desk.Backup(c.ctx, args[0], nil); err != nil {
		return err
	}
	key := c.client().Key()
	if c.json {
		c.print(map[string]any{"file": args[0], "key": key.Kept})
		return nil
	}
	c.say("%s", c.t.T("ctl.backed_up", "file", args[0]))
	switch key.Kept {
	case "none":
	case "file":
		c.say("%s", c.t.T("ctl.backup_key"))
	default:
		c.say("%s", c.t.T("ctl.backup_key_kept"))
	}
	return nil
}

func restore(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	aside, err := desk.Restore(c.ctx, c.data, args[0], database, nil)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"moved_aside": aside})
		return nil
	}
	c.say("%s", c.t.T("ctl.restored", "file", args[0]))
	if aside != "" {
		c.say("%s", c.t.T("ctl.moved_aside", "folder", aside))
	}
	return nil
}
