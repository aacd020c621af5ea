package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func newInspection(c *call) error {
	f := c.flags()
	var certificates list
	organization := f.String("organization", "", c.t.T("ctl.flag.organization"))
	checklistID := f.String("checklist", "", c.t.T("ctl.flag.checklist"))
	f.Var(&certificates, "inspector", c.t.T("ctl.flag.team"))
	kind := f.String("kind", "", c.t.T("ctl.flag.kind"))
	day := f.String("day", "", c.t.T("ctl.flag.day"))
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
		return c.wrongUse()
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

// moveInspection tells what another version of its checklist changes for an
// inspection, and moves it there when told to.
func moveInspection(c *call) error {
	f := c.flags()
	to := f.String("to", "", c.t.T("ctl.flag.version_to"))
	by := f.String("by", "", c.t.T("ctl.flag.by"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if (*to == "") != (*by == "") {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	id := record.ID(args[0])
	v, err := c.desk.Visit(c.ctx, id)
	if err != nil {
		return err
	}
	name := v.Checklist.ID
	if *to != "" {
		name += "@" + *to
	}
	l, err := c.desk.FindChecklist(c.ctx, name)
	if err != nil {
		return err
	}
	changes := checklist.Changes(v.Checklist, l, v.Inspection)
	if *to != "" {
		person, err := c.person(*by)
		if err != nil {
			return err
		}
		if _, err := c.desk.MoveToVersion(c.ctx, person, id, *to); err != nil {
			return err
		}
	}
	if c.json {
		c.print(map[string]any{"inspection": id, "from": v.Checklist.Ref(), "to": l.Ref(), "moved": *to != "", "changes": changes})
		return nil
	}
	for _, x := range changes {
		c.say("%-24s %-40s %s", x.Code, x.Text.In(c.lang), c.t.T("ui.version."+string(x.Kind)))
		if x.Unfit {
			c.say("  %s", c.t.T("ui.version.unfit"))
		}
	}
	key := "ctl.inspection.could_move"
	if *to != "" {
		key = "ctl.inspection.moved"
	}
	c.say("%s", c.t.T(key, "from", v.Checklist.Version, "to", l.Version, "n", len(changes)))
	return nil
}

func answerInspection(c *call) error {
	f := c.flags()
	file := f.String("file", "", c.t.T("ctl.flag.answers"))
	by := f.String("by", "", c.t.T("ctl.flag.by"))
	paper := f.Bool("from-paper", false, c.t.T("ctl.flag.from_paper"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *file == "" || *paper && *by == "" {
		return c.wrongUse()
	}
	in, err := readAnswers(*file)
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
		if actor, err = c.person(*by); err != nil {
			return err
		}
	}
	// All of the file is looked at before any of it is kept.
	answers, photos, err := in.keyed(v)
	if err != nil {
		return err
	}
	if _, err := v.Inspection.SetFields(in.visit); err != nil {
		return err
	}
	// Only what the file changes is written, so that what a colleague answers at
	// this very moment is not set back.
	answer, fields := c.desk.AnswerSeen, c.desk.SetFieldsSeen
	if *paper {
		answer, fields = c.desk.Transcribe, c.desk.TranscribeFields
	}
	if v, err = answer(c.ctx, actor, v.Inspection, answers); err != nil {
		return err
	}
	if len(in.visit) > 0 {
		if v, err = fields(c.ctx, actor, v.Inspection, in.visit); err != nil {
			return err
		}
	}
	// Answers are safe now; a photo that cannot be read does not undo them.
	failed := []string{}
	before := len(v.Inspection.Evidence)
	for _, key := range sortedKeys(photos) {
		for _, p := range photos[key] {
			if _, err := c.desk.AttachPhoto(c.ctx, actor, id, key, p, ""); err != nil {
				failed = append(failed, c.explain(err))
			}
		}
	}
	if v, err = c.desk.Visit(c.ctx, id); err != nil {
		return err
	}
	attached := len(v.Inspection.Evidence) - before
	if c.json {
		c.print(map[string]any{"saved": len(in.items) + len(in.facts), "photos": attached, "photos_failed": failed, "progress": v.Progress, "findings": len(v.Findings)})
	} else {
		c.say("%s", c.t.T("ctl.answered", "n", len(in.items)+len(in.facts), "photos", attached, "answered", v.Progress.Answered, "total", v.Progress.Total, "problems", v.Progress.Problems))
	}
	for _, text := range failed {
		fmt.Fprintln(c.errOut, "plumblinectl:", text)
	}
	if len(failed) > 0 {
		return errFailed
	}
	return nil
}

func signInspection(c *call) error {
	f := c.flags()
	var s desk.Signing
	inspector := f.String("inspector", "", c.t.T("ctl.flag.inspector"))
	pinFile := f.String("pin-file", "", c.t.T("ctl.flag.pin_file"))
	representative := f.String("representative", "", c.t.T("ctl.flag.representative"))
	f.StringVar(&s.Post, "post", "", c.t.T("ctl.flag.post"))
	image := f.String("image", "", c.t.T("ctl.flag.image"))
	paper := f.Bool("paper", false, c.t.T("ctl.flag.paper"))
	refused := f.Bool("refused", false, c.t.T("ctl.flag.refused"))
	f.StringVar(&s.Reason, "reason", "", c.t.T("ctl.flag.refusal_reason"))
	f.StringVar(&s.Witness, "witness", "", c.t.T("ctl.flag.witness"))
	f.StringVar(&s.Recorder, "recorder", "", c.t.T("ctl.flag.recorder"))
	f.StringVar(&s.Remarks, "remarks", "", c.t.T("ctl.flag.remarks"))
	seal := f.Bool("seal", false, c.t.T("ctl.flag.seal"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if (*inspector == "") == (*representative == "" && !*refused) || *seal && *inspector == "" {
		c.usage(c.t.T("ctl.who_signs"))
		return errUsage
	}
	if s.PIN, err = pin(*pinFile); err != nil {
		return err
	}
	if *image != "" {
		if s.Image, err = os.ReadFile(*image); err != nil {
			return unreadable(*image, "image", err)
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
		return "", unreadable(file, "pin-file", err)
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(string(b), "\ufeff"), "\n") // Notepad's mark is no part of a PIN
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
	c.say("%s  %s  %s  %s", i.Number, c.t.T("ctl.inspection."+string(i.State)), i.PlannedOn, i.Organization.Name)
	for _, m := range i.Team {
		c.say("  %s %s %s", c.t.T("role."+m.Role), m.Name, m.Certificate)
	}
	c.say("  %s", c.t.T("ctl.progress", "answered", v.Progress.Answered, "total", v.Progress.Total, "problems", v.Progress.Problems, "photos", len(i.Evidence)))
	if v.Scored {
		c.say("  %s", checklist.ScoreText(v.Score, c.lang))
	}
	for _, t := range i.Transcriptions {
		c.say("  %s", c.t.T("transcription.line", "name", t.Name, "pages", t.Pages, "at", t.Since))
	}
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
	c.showPhotos(v)
	for n, x := range v.Findings {
		c.say("  %s %d. [%s] %s %s", c.t.T("ctl.finding"), n+1, checklist.SeverityText(x.Severity, c.lang), x.Code, c.problem(x))
		for _, p := range x.Citations {
			c.say("       %s", checklist.CitationText(p, c.lang))
		}
	}
	for _, g := range i.Signatures {
		c.say("  %s: %s (%s) %s", c.t.T("role."+g.Role), g.Name, c.t.T("ctl.method."+g.Method), g.At)
	}
	return nil
}

// problem words a finding. An item's title says how things should be
// ("法定代表人未违规兼任…"), so it never stands alone: it would read as praise.
func (c *call) problem(f record.Finding) string {
	if f.Fact != "" {
		return c.t.T("ctl.problem_found", "fact", f.Fact, "item", f.Title.In(c.lang))
	}
	return c.t.T("print.problem_with", "item", f.Title.In(c.lang))
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
	var score any
	if v.Scored {
		grade := ""
		if v.Score.Band != nil {
			grade = v.Score.Band.Grade
		}
		score = map[string]any{"points": checklist.PointsText(v.Score.Points), "max": checklist.PointsText(v.Score.Max), "grade": grade,
			"vetoes": len(v.Score.Vetoed), "open": v.Score.Open}
	}
	return map[string]any{
		"score": score, "id": i.ID, "number": i.Number, "state": i.State, "planned_on": i.PlannedOn, "kind": i.Kind, "organization": i.Organization,
		"checklist": i.Checklist, "team": i.Team, "place": i.Place, "person_on_site": i.PersonOnSite, "started_at": i.StartedAt, "ended_at": i.EndedAt,
		"shown_papers": i.ShownPapers, "told_rights": i.ToldRights, "statement": i.Statement,
		"items": items, "facts": checklist.StatedFacts(i), "evidence": nonNil(i.Evidence), "findings": nonNil(v.Findings),
		"signatures": nonNil(i.Signatures), "progress": v.Progress, "conflicts": nonNil(i.Conflicts), "late": i.Late, "newer": i.Newer, "sealed": i.Sealed != nil,
	}
}

func listInspections(c *call) error {
	f := c.flags()
	state := f.String("state", "", c.t.T("ctl.flag.state"))
	from := f.String("from", "", c.t.T("ctl.flag.from"))
	to := f.String("to", "", c.t.T("ctl.flag.to"))
	book := c.xlsxFlag(f)
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
	if *book != "" {
		return c.workbook(*book, desk.InspectionList(c.t, rows), nil)
	}
	if c.json {
		c.print(nonNil(rows))
		return nil
	}
	for _, r := range rows {
		c.say("%s  %-8s %s  %s  %s", r.PlannedOn, c.t.T("ctl.inspection."+string(r.State)), r.ID, r.Number, r.OrganizationName)
	}
	if len(rows) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func listFindings(c *call) error {
	f := c.flags()
	inspection := f.String("inspection", "", c.t.T("ctl.flag.of_inspection"))
	open := f.Bool("open", false, c.t.T("ctl.flag.open"))
	book := c.xlsxFlag(f)
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
	if *book != "" {
		table, err := c.desk.FindingList(c.ctx, c.t, rows)
		return c.workbook(*book, table, err)
	}
	if c.json {
		c.print(nonNil(rows))
		return nil
	}
	for _, x := range rows {
		c.say("%-8s %-9s %-12s %s", x.Code, checklist.SeverityText(x.Severity, c.lang), c.t.T("ctl.finding."+string(x.State)), c.problem(x))
	}
	if len(rows) == 0 {
		c.say("%s", c.t.T("ctl.none_found"))
	}
	return nil
}

func printDocument(c *call) error {
	f := c.flags()
	document := f.String("document", "inspection-record", c.t.T("ctl.flag.document", "documents", strings.Join(desk.Documents(), ", ")))
	language := f.String("language", "zh", c.t.T("ctl.flag.language"))
	out := f.String("out", "", c.t.T("ctl.flag.out"))
	copyFor := f.Bool("organization-copy", false, c.t.T("ctl.flag.copy"))
	known := f.Bool("list", false, c.t.T("ctl.flag.report_list"))
	title := f.String("title", "", c.t.T("ctl.flag.campaign_title"))
	from := f.String("from", "", c.t.T("ctl.flag.campaign_from"))
	to := f.String("to", "", c.t.T("ctl.flag.campaign_to"))
	args, err := c.parseBetween(f, 0, 1)
	if err != nil {
		return err
	}
	if *known {
		return c.sayDocuments()
	}
	kind, _ := record.FindDocumentKind(*document)
	if len(args) == 0 != kind.Campaign {
		return c.wrongUse()
	}
	lang, spoken := languages[*language]
	if !spoken {
		c.usage(c.t.T("ctl.language_unknown", "language", *language, "known", "zh, en, both"))
		return errUsage
	}
	for _, day := range []string{*from, *to} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			c.usage(c.t.T("ctl.bad_day", "day", day))
			return errUsage
		}
	}
	if *out == "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	// A document of a sealed inspection is noted in the journal: not one that
	// cannot be handed over.
	if _, err := os.Stat(filepath.Dir(*out)); err != nil {
		return unwritable(*out, "out", err)
	}
	p := desk.Printing{Language: lang, OrganizationCopy: *copyFor}
	var doc report.Document
	if kind.Campaign {
		doc, err = c.desk.PrintCampaign(c.ctx, *title, *from, *to, p)
	} else {
		doc, err = c.desk.Print(c.ctx, "", record.ID(args[0]), *document, p)
	}
	if err != nil {
		return err
	}
	return c.printed(*out, doc)
}
