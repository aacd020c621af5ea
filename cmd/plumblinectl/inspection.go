package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func newInspection(c *call) error {
	f := c.flags()
	var certificates list
	organization := f.String("organization", "", "code of the organization")
	checklistID := f.String("checklist", "", "id of the checklist, see plumblinectl checklists")
	f.Var(&certificates, "inspector", "certificate number; given at least twice, the team leader first")
	kind := f.String("kind", "", "random_regular, targeted …; the checklist's first if not given")
	day := f.String("day", "", "planned day YYYY-MM-DD; today if not given")
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	p := desk.Plan{Checklist: *checklistID, Certificates: certificates, Kind: *kind}
	if *day != "" {
		var err error
		if p.Day, err = time.ParseInLocation(time.DateOnly, *day, time.Local); err != nil {
			c.usage(c.t.T("ctl.bad_day", "day", *day))
			return errUsage
		}
	}
	if *organization == "" || *checklistID == "" {
		c.usage(c.t.T("ctl.wrong_arguments", "usage", "plumblinectl "+c.verb.name+" "+c.verb.args))
		return errUsage
	}
	if err := c.open(); err != nil {
		return err
	}
	o, err := c.desk.Store.OrganizationByCode(c.ctx, *organization)
	if err != nil {
		return err
	}
	p.Organization = o.ID
	id, err := c.desk.NewInspection(c.ctx, p)
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"id": id, "organization": o.ID})
		return nil
	}
	c.say("%s", id)
	return nil
}

// answered is one answer in an answers file: a bare value, or an object.
type answered struct {
	Value        json.RawMessage   `json:"value"`
	Seen         string            `json:"seen"`
	Note         string            `json:"note"`
	Reason       string            `json:"reason"`
	Inputs       map[string]string `json:"inputs"`
	Fact         string            `json:"fact"`
	Severity     record.Severity   `json:"severity"`
	DeadlineDays *int              `json:"deadline_days"`
	OnTheSpot    bool              `json:"on_the_spot"`
	Photos       []string          `json:"photos"`
}

func (a *answered) UnmarshalJSON(b []byte) error {
	if t := bytes.TrimSpace(b); len(t) > 0 && t[0] != '{' {
		a.Value = append(json.RawMessage(nil), t...)
		return nil
	}
	type plain answered
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a misspelt "note" must not vanish
	return d.Decode((*plain)(a))
}

func (a answered) answer() record.Answer {
	return record.Answer{Value: a.Value, Seen: a.Seen, Note: a.Note, Reason: a.Reason, Inputs: a.Inputs, Fact: a.Fact,
		Severity: a.Severity, DeadlineDays: a.DeadlineDays, OnTheSpot: a.OnTheSpot}
}

// answersFile is what inspection answer reads: item codes (CODE@FINDING for an
// item that repeats), "facts" about the organization and "visit" about the
// visit itself.
func readAnswers(path string) (items map[string]answered, facts map[string]bool, visit map[string]any, err error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, nil, nil, &record.Error{Code: record.NotFound, Message: "ctl.file_unreadable", Field: "file", Args: map[string]any{"file": path}, Err: err}
		}
		defer f.Close()
		in = f
	}
	broken := func(err error) error {
		return &record.Error{Code: record.Invalid, Message: "ctl.answers_broken", Field: "file",
			Args: map[string]any{"file": path, "reason": err.Error()}, Err: err}
	}
	raw := map[string]json.RawMessage{}
	if err := json.NewDecoder(in).Decode(&raw); err != nil {
		return nil, nil, nil, broken(err)
	}
	items = map[string]answered{}
	for key, b := range raw {
		switch key {
		case "facts":
			err = json.Unmarshal(b, &facts)
		case "visit":
			err = json.Unmarshal(b, &visit)
		default:
			var a answered
			err = json.Unmarshal(b, &a)
			items[key] = a
		}
		if err != nil {
			return nil, nil, nil, broken(fmt.Errorf("%s: %w", key, err))
		}
	}
	return items, facts, visit, nil
}

func answerInspection(c *call) error {
	f := c.flags()
	file := f.String("file", "", `answers as JSON, "-" for standard input: {"REG-01": "conform", "FIN-07": {"value": "nonconform", "note": "…", "photos": ["a.jpg"]}, "facts": {"is_charity": true}, "visit": {"place": "…"}}`)
	by := f.String("by", "", "certificate number of the person who records; the team leader if not given")
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *file == "" {
		c.usage(c.t.T("ctl.wrong_arguments", "usage", "plumblinectl "+c.verb.name+" "+c.verb.args))
		return errUsage
	}
	items, facts, visit, err := readAnswers(*file)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	v, err := c.desk.Visit(c.ctx, id)
	if err != nil {
		return err
	}
	actor := record.ID("")
	if len(v.Inspection.Team) > 0 {
		actor = v.Inspection.Team[0].Person
	}
	if *by != "" {
		actor = record.InspectorID(*by)
	}
	if len(visit) > 0 {
		if v, err = c.desk.SetFields(c.ctx, actor, id, visit); err != nil {
			return err
		}
	}
	if len(facts) > 0 {
		stated := map[string]record.Answer{}
		for name, yes := range facts {
			value := checklist.No
			if yes {
				value = checklist.Yes
			}
			stated[checklist.FactKey(name)] = record.Answer{Value: json.RawMessage(`"` + value + `"`)}
		}
		if v, err = c.desk.Answer(c.ctx, actor, id, stated); err != nil {
			return err
		}
	}
	answers := map[string]record.Answer{}
	photos := map[string][]string{}
	for code, a := range items {
		key, ok := keyOf(v, code)
		if !ok {
			return &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: code, Args: map[string]any{"item": code}}
		}
		answers[key] = merged(v.Inspection.Answers[key], a)
		for _, p := range a.Photos {
			if *file != "-" && !filepath.IsAbs(p) {
				p = filepath.Join(filepath.Dir(*file), p)
			}
			photos[key] = append(photos[key], p)
		}
	}
	if v, err = c.desk.Answer(c.ctx, actor, id, answers); err != nil {
		return err
	}
	// Answers are safe now; a photo that cannot be read does not undo them.
	var failed []error
	attached := 0
	for _, key := range sortedKeysOf(photos) {
		for _, p := range photos[key] {
			if _, err := c.desk.AttachPhoto(c.ctx, actor, id, key, p, ""); err != nil {
				failed = append(failed, err)
				fmt.Fprintln(c.errOut, "plumblinectl:", c.t.Error(err))
				continue
			}
			attached++
		}
	}
	if v, err = c.desk.Visit(c.ctx, id); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"saved": len(answers), "photos": attached, "photos_failed": len(failed), "progress": v.Progress, "findings": len(v.Findings)})
	} else {
		c.say("%s", c.t.T("ctl.answered", "n", len(answers), "photos", attached, "answered", v.Progress.Answered, "total", v.Progress.Total, "problems", v.Progress.Problems))
	}
	if len(failed) > 0 {
		return failed[0]
	}
	return nil
}

// merged lays what the file says over what stands there: a file that gives only
// a note does not take the value away.
func merged(old record.Answer, a answered) record.Answer {
	n := a.answer()
	if n.Value == nil {
		n.Value = old.Value
	}
	keep := func(to *string, from string) {
		if *to == "" {
			*to = from
		}
	}
	keep(&n.Seen, old.Seen)
	keep(&n.Note, old.Note)
	keep(&n.Reason, old.Reason)
	keep(&n.Fact, old.Fact)
	if n.Severity == "" {
		n.Severity = old.Severity
	}
	if n.DeadlineDays == nil {
		n.DeadlineDays = old.DeadlineDays
	}
	if n.Inputs == nil {
		n.Inputs = old.Inputs
	}
	return n
}

// keyOf finds the item people call by code, or CODE@FINDING, or a key.
func keyOf(v desk.Visit, code string) (string, bool) {
	name, repeat, repeats := strings.Cut(code, "@")
	for _, n := range v.Nodes {
		if n.Key == code || n.Item.Code == name && (!repeats || n.Repeat == repeat) {
			return n.Key, true
		}
	}
	return "", false
}

func sortedKeysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func signInspection(c *call) error {
	f := c.flags()
	var s desk.Signing
	inspector := f.String("inspector", "", "certificate number of the inspector who signs")
	pinFile := f.String("pin-file", "", "file whose first line is the inspector's PIN (else PLUMBLINE_PIN); the first PIN makes the key")
	representative := f.String("representative", "", "name of the organization's representative who signs")
	f.StringVar(&s.Post, "post", "", "the representative's post")
	image := f.String("image", "", "PNG of the drawn line or of the scan")
	paper := f.Bool("paper", false, "signed in ink on the print")
	refused := f.Bool("refused", false, "the representative refuses to sign: --reason, and --witness or --recorder")
	f.StringVar(&s.Reason, "reason", "", "reason of the refusal")
	f.StringVar(&s.Witness, "witness", "", "who witnessed the refusal")
	f.StringVar(&s.Recorder, "recorder", "", "reference of the body-worn recorder's file")
	f.StringVar(&s.Remarks, "remarks", "", "what the signatory adds")
	seal := f.Bool("seal", false, "close the inspection: the --inspector signs the manifest of everything in it")
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *inspector == "" && *representative == "" && !*refused || *seal && *inspector == "" {
		c.usage(c.t.T("ctl.who_signs"))
		return errUsage
	}
	if s.PIN, err = pin(*pinFile); err != nil {
		return err
	}
	if *image != "" {
		if s.Image, err = os.ReadFile(*image); err != nil {
			return &record.Error{Code: record.NotFound, Message: "ctl.file_unreadable", Field: "image", Args: map[string]any{"file": *image}, Err: err}
		}
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	s.Method = record.SignedDrawn
	switch {
	case *refused:
		s.Method = record.SignRefused
	case *paper:
		s.Method = record.SignedPaper
	}
	var v desk.Visit
	switch {
	case *seal:
		v, err = c.desk.Seal(c.ctx, id, record.InspectorID(*inspector), s.PIN)
	case *inspector != "":
		s.Person = record.InspectorID(*inspector)
		v, err = c.desk.Sign(c.ctx, id, s)
	default:
		s.Role, s.Name = record.RoleRepresentative, *representative
		v, err = c.desk.Sign(c.ctx, id, s)
	}
	if err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"state": v.Inspection.State, "signatures": nonNil(v.Inspection.Signatures), "findings": nonNil(v.Findings)})
		return nil
	}
	if *seal {
		c.say("%s", c.t.T("ctl.sealed", "findings", len(v.Findings)))
	} else {
		c.say("%s", c.t.T("ctl.signed", "n", len(v.Inspection.Signatures)))
	}
	return nil
}

func pin(file string) (string, error) {
	if file == "" {
		return os.Getenv("PLUMBLINE_PIN"), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &record.Error{Code: record.NotFound, Message: "ctl.file_unreadable", Field: "pin-file", Args: map[string]any{"file": file}, Err: err}
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

func showInspection(c *call) error {
	args, err := c.parse(c.flags(), 1)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	v, err := c.desk.Visit(c.ctx, record.ID(args[0]))
	if err != nil {
		return err
	}
	if c.json {
		c.print(inspectionJSON(v))
		return nil
	}
	i := v.Inspection
	c.say("%s  %s  %s  %s", i.Number, i.State, i.PlannedOn, i.Organization.Name)
	for _, m := range i.Team {
		c.say("  %s %s %s", c.t.T("role."+m.Role), m.Name, m.Certificate)
	}
	c.say("  %s", c.t.T("ctl.progress", "answered", v.Progress.Answered, "total", v.Progress.Total, "problems", v.Progress.Problems, "photos", len(i.Evidence)))
	for _, n := range v.Nodes {
		a := i.Answers[n.Key]
		o := checklist.OutcomeOf(n, a, v.Situation)
		c.say("  %-8s %-12s %s", n.Item.Code, checklist.OutcomeText(o, c.lang), n.Item.Text.In(c.lang))
		if a.Note != "" {
			c.say("           %s", a.Note)
		}
		if a.Conflict {
			c.say("           ! %s", c.t.T("ctl.conflict_here"))
		}
	}
	for n, x := range v.Findings {
		c.say("  %s %d. [%s] %s", c.t.T("ctl.finding"), n+1, checklist.SeverityText(x.Severity, c.lang), x.Title.In(c.lang))
		for _, p := range x.Citations {
			c.say("       %s", checklist.CitationText(p, c.lang))
		}
	}
	for _, g := range i.Signatures {
		c.say("  %s: %s (%s) %s", c.t.T("role."+g.Role), g.Name, g.Method, g.At)
	}
	return nil
}

func inspectionJSON(v desk.Visit) map[string]any {
	i := v.Inspection
	type item struct {
		Key     string            `json:"key"`
		Code    string            `json:"code"`
		Outcome checklist.Outcome `json:"outcome"`
		record.Answer
		Unsure string `json:"applies_only_if,omitempty"`
	}
	items := []item{}
	for _, n := range v.Nodes {
		a := i.Answers[n.Key]
		items = append(items, item{n.Key, n.Item.Code, checklist.OutcomeOf(n, a, v.Situation), a, n.Unsure})
	}
	return map[string]any{
		"id": i.ID, "number": i.Number, "state": i.State, "planned_on": i.PlannedOn, "kind": i.Kind, "organization": i.Organization,
		"checklist": i.Checklist, "team": i.Team, "place": i.Place, "person_on_site": i.PersonOnSite, "started_at": i.StartedAt, "ended_at": i.EndedAt,
		"shown_papers": i.ShownPapers, "told_rights": i.ToldRights, "statement": i.Statement,
		"items": items, "facts": checklist.StatedFacts(i), "evidence": nonNil(i.Evidence), "findings": nonNil(v.Findings),
		"signatures": nonNil(i.Signatures), "progress": v.Progress, "conflicts": nonNil(i.Conflicts), "late": i.Late, "sealed": i.Sealed != nil,
	}
}

func listInspections(c *call) error {
	f := c.flags()
	state := f.String("state", "", "planned, onsite, sealed, cancelled")
	from := f.String("from", "", "planned on or after YYYY-MM-DD")
	to := f.String("to", "", "planned on or before YYYY-MM-DD")
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	rows, err := c.desk.Store.Inspections(c.ctx, store.InspectionFilter{State: record.InspectionState(*state), From: *from, To: *to})
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(rows))
		return nil
	}
	for _, r := range rows {
		c.say("%s  %-8s %s  %s  %s", r.PlannedOn, r.State, r.ID, r.Number, r.OrganizationName)
	}
	if len(rows) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func listFindings(c *call) error {
	f := c.flags()
	inspection := f.String("inspection", "", "only of this inspection")
	open := f.Bool("open", false, "only those not put right yet")
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	rows, err := c.desk.Store.Findings(c.ctx, store.FindingFilter{Inspection: record.ID(*inspection), Open: *open})
	if err != nil {
		return err
	}
	if c.json {
		c.print(nonNil(rows))
		return nil
	}
	for _, x := range rows {
		c.say("%-8s %-9s %-12s %s", x.Code, x.Severity, x.State, x.Title.In(c.lang))
	}
	return nil
}

func printDocument(c *call) error {
	f := c.flags()
	document := f.String("document", "inspection-record", "which document: "+strings.Join(desk.Documents(), ", "))
	language := f.String("language", "zh", "zh, en or both")
	out := f.String("out", "", "file to write")
	copyFor := f.Bool("organization-copy", false, "leave off what is need-to-know")
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	lang, known := languages[*language]
	if *out == "" || !known {
		c.usage(c.t.T("ctl.wrong_arguments", "usage", "plumblinectl "+c.verb.name+" "+c.verb.args))
		return errUsage
	}
	if err := c.open(); err != nil {
		return err
	}
	doc, err := c.desk.Print(c.ctx, "", record.ID(args[0]), *document, desk.Printing{Language: lang, OrganizationCopy: *copyFor})
	if err != nil {
		return err
	}
	if err := writeWhole(*out, doc.PDF); err != nil {
		return &record.Error{Code: record.ReadOnly, Message: "ctl.file_unwritable", Field: "out", Args: map[string]any{"file": *out}, Err: err}
	}
	if c.json {
		c.print(map[string]any{"file": *out, "pages": doc.Pages, "sha256": doc.SHA256, "bytes": len(doc.PDF), "warnings": nonNil(doc.Warnings)})
		return nil
	}
	c.say("%s", c.t.T("ctl.printed", "file", *out, "pages", doc.Pages))
	for _, w := range doc.Warnings {
		c.say("  ! %s", c.t.Message(w.Message, w.Args))
	}
	return nil
}

// writeWhole writes a file that is whole or absent.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".plumbline-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
