package ui

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/draw"
	"plumbline/app/record"
	"plumbline/app/store"
)

// plansView lists the plans of inspections and takes each on its way: drafted,
// approved by another, lists frozen and the draw promised, drawn before a
// witness, published. The rules on who may do what are record's.
type plansView struct {
	page

	plans  []record.Plan
	visits map[record.ID]store.InspectionRow // that came out of draws
	shares []desk.LevelShare                 // the least, by level
}

func newPlansView(w *Window) *plansView {
	v := &plansView{page: newPage(w)}
	create := mainButton("", v.draft)
	w.say(func() { create.SetText(w.T("ui.plans.draft")) })
	v.column(v.under("inspections", "ui.plans.back", "ui.plans.title", "ui.plans.how", w.takers(), create)...)
	w.say(v.show)
	return v
}

// openPlans shows the plans.
func (w *Window) openPlans() { w.show(w.plans, "inspections") }

func (v *plansView) load() {
	d := v.w.desk
	var plans []record.Plan
	var shares []desk.LevelShare
	visits := map[record.ID]store.InspectionRow{}
	v.fetch(func(ctx context.Context) error {
		all, err := d.Store.Plans(ctx)
		if err != nil {
			return err
		}
		for _, p := range all { // with the lists and the lot, which are left out of the table
			if p, err = d.Store.Plan(ctx, p.ID); err != nil {
				return err
			}
			plans = append(plans, p)
		}
		rows, err := d.Store.Inspections(ctx, store.InspectionFilter{})
		if err != nil {
			return err
		}
		for _, r := range rows {
			visits[r.ID] = r
		}
		shares, err = d.PlanShares(ctx)
		return err
	}, func() {
		v.plans, v.visits, v.shares = plans, visits, shares
		v.show()
	})
}

func (v *plansView) show() {
	if !v.read {
		return
	}
	v.body.Objects = nil
	for _, p := range v.plans {
		v.body.Add(v.card(p))
	}
	if len(v.plans) == 0 {
		v.body.Add(panel(inset(14, 16, plain(v.w.T("ui.plans.none")))))
	}
	v.scroll.Refresh()
}

func (v *plansView) card(p record.Plan) fyne.CanvasObject {
	w, t := v.w, p.Terms
	m, c := half, amberColor
	switch p.State {
	case record.PlanPublished, record.PlanDrawn:
		m, c = tick, jadeColor
	case record.PlanCancelled:
		m, c = cross, slateColor
	}
	said := down(3, across(10, 0, strong(t.Title).atMostLines(2), newPill(m, c, capital(w.T("plan.state."+string(p.State)))).box),
		plain(w.T("ui.plans.terms", "share", record.PercentOf(t.Share.Points), "from", t.VisitsFrom, "to", t.VisitsTo, "team", t.Team)))
	for _, s := range record.PlanStates {
		if step, ok := p.Steps[s]; ok {
			line := w.T("ui.plans.step", "state", capital(w.T("plan.state."+string(s))), "name", step.Name, "time", w.moment(step.At))
			if step.Witness != "" {
				line += w.T("ui.list_comma") + w.T("plan.witnessed", "name", step.Witness)
			}
			said.Add(quiet(line))
		}
	}
	if p.Code != "" {
		said.Add(plain(w.T("plan.code_line", "code", p.Code)))
	}
	for _, x := range p.LeftOff {
		said.Add(quiet(w.T("ui.plans.left_off", "name", x.Name, "reason", x.Reason)))
	}
	if p.Reason != "" {
		said.Add(quiet(w.T("plan.cancelled_line", "reason", p.Reason)))
	}
	v.addVisits(said, p)
	buttons := flow(8)
	act := func(do record.PlanAct, label string, tap func(record.Plan)) {
		if p.Can(do) {
			buttons.Add(button(w.T(label), func() { tap(p) }))
		}
	}
	act(record.ApprovePlan, "ui.plans.approve", v.approve)
	act(record.FreezePlan, "ui.plans.freeze", v.freeze)
	act(record.DrawPlan, "ui.plans.draw", v.lot)
	act(record.PublishPlan, "ui.plans.publish", v.publish)
	act(record.CancelPlan, "ui.plans.cancel", v.cancel)
	if len(buttons.Objects) > 0 {
		said.Add(inset(6, 0, buttons))
	}
	return panel(inset(12, 14, said))
}

// addVisits lists the inspections that came out of a plan's draw.
func (v *plansView) addVisits(said *fyne.Container, p record.Plan) {
	w := v.w
	if p.Lot == nil {
		return
	}
	file, err := desk.DrawOf(p)
	if err != nil {
		said.Add(plain(w.texts.Error(err)))
		return
	}
	said.Add(strong(w.T("ui.plans.visits", "n", len(file.Result))))
	for _, x := range file.Result {
		if row, ok := v.visits[record.DrawnID(p.ID, record.ID(x.Target))]; ok {
			said.Add(outdented(linkButton(w, row.OrganizationName+"  "+row.Number, func() { w.openInspection(row.ID, "") })))
		}
	}
}

// draft asks for the terms of a plan.
func (v *plansView) draft() {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan/draft")
	year := d.Today()[:4]
	b.text("title", w.T("ui.plans.field.title"), "", 1)
	b.text("year", w.T("ui.plans.field.year"), year, 1)
	b.beside(2)
	var levels, levelWords []string
	for _, s := range v.shares {
		levels, levelWords = append(levels, s.Level), append(levelWords, w.T("ui.plans.level."+s.Level, "share", record.PercentOf(s.Points)))
	}
	b.choice("level", w.T("ui.plans.field.level"), levels, levelWords, levels[0])
	b.text("share", w.T("ui.plans.field.share"), "", 1)
	b.text("source", w.T("ui.plans.field.source"), "", 1)
	b.beside(3)
	b.text("from", w.T("ui.plans.field.from"), "", 1)
	b.text("to", w.T("ui.plans.field.to"), "", 1)
	b.text("team", w.T("ui.plans.field.team"), "2", 1)
	b.beside(3)
	var ids, titles []string
	for _, c := range w.checklists.known {
		ids, titles = append(ids, c.ID), append(titles, w.in(c.Title))
	}
	b.choice("checklist", w.T("ui.plans.field.checklist"), ids, titles, "")
	b.text("districts", w.T("ui.plans.field.districts"), "", 1)
	b.beside(2)
	b.rows["share"].say(w.T("ui.plans.share_how"))
	b.rows["checklist"].say(w.T("ui.plans.checklist_how"))
	b.person("by", w.T("ui.plans.drafter"), v.people, "")
	v.form = b
	b.ask(w.T("ui.plans.draft_question"), "", w.T("ui.plans.draft_do"), "title", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		t := record.PlanTerms{Title: strings.TrimSpace(said["title"]), Kind: record.RegularPlan, Level: said["level"], Checklists: []string{said["checklist"]},
			VisitsFrom: strings.TrimSpace(said["from"]), VisitsTo: strings.TrimSpace(said["to"]), Active: record.ActiveWords}
		for name, to := range map[string]*int{"year": &t.Year, "team": &t.Team} {
			if *to, err = strconv.Atoi(strings.TrimSpace(said[name])); err != nil {
				return &record.Error{Code: record.Invalid, Message: "ui.plans.number", Field: name}
			}
		}
		if said["share"] != "" {
			if t.Share.Points, err = record.ParsePercent(said["share"]); err != nil {
				return err
			}
			t.Share.Source = record.Text{Chinese: strings.TrimSpace(said["source"])}
		}
		if said["checklist"] == "" {
			return &record.Error{Code: record.Invalid, Message: "ui.plans.no_checklist", Field: "checklist"}
		}
		t.Checklists = append(t.Checklists, similar(said["checklist"], ids)...)
		t.Districts = strings.FieldsFunc(said["districts"], func(r rune) bool { return strings.ContainsRune(",，、 ", r) })
		_, err = d.DraftPlan(ctx, t, by)
		return err
	}, v.load)
}

// similar gives the sister checklists of one, for other kinds of organization:
// cn.spot.foundation beside cn.spot.social-group.
func similar(id string, all []string) (out []string) {
	family := id[:strings.LastIndex(id, ".")+1]
	if strings.Count(family, ".") < 2 {
		return nil
	}
	for _, x := range all {
		if x != id && strings.HasPrefix(x, family) {
			out = append(out, x)
		}
	}
	return out
}

func (v *plansView) approve(p record.Plan) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan.approve/"+string(p.ID))
	b.person("by", w.T("ui.plans.approver"), v.people, p.Steps[record.PlanDrafted].By)
	v.form = b
	b.ask(w.T("ui.plans.approve_question", "title", p.Terms.Title), w.T("ui.plans.approve_explained"), w.T("ui.plans.approve_do"), "", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err == nil {
			_, err = d.ApprovePlan(ctx, p.ID, by)
		}
		return err
	}, v.load)
}

func (v *plansView) cancel(p record.Plan) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan.cancel/"+string(p.ID))
	b.text("reason", w.T("ui.plans.reason"), "", 2)
	b.person("by", w.T("ui.plans.who"), v.people, "")
	v.form = b
	b.ask(w.T("ui.plans.cancel_question", "title", p.Terms.Title), w.T("ui.plans.cancel_explained"), w.T("ui.plans.cancel_do"), "reason", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err == nil {
			_, err = d.CancelPlan(ctx, p.ID, by, said["reason"])
		}
		return err
	}, v.load)
}

// freeze asks where the secret is to lie and what decides the lot. The secret is
// on the disk before the promise is in the journal: a promise without it could
// not be kept.
func (v *plansView) freeze(p record.Plan) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan.freeze/"+string(p.ID))
	b.text("sources", w.T("ui.plans.sources"), "", 3)
	b.rows["sources"].say(w.T("ui.plans.sources_how"))
	b.text("folder", w.T("ui.plans.folder"), filepath.Join(d.Folder(), "draws"), 1)
	b.rows["folder"].say(w.T("ui.plans.folder_how"))
	b.person("by", w.T("ui.plans.operator"), v.people, p.Steps[record.PlanApproved].By)
	v.form = b
	b.ask(w.T("ui.plans.freeze_question", "title", p.Terms.Title), w.T("ui.plans.freeze_explained"), w.T("ui.plans.freeze_do"), "sources", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		sources := lines(said["sources"])
		if len(sources) == 0 {
			return &record.Error{Code: record.Invalid, Message: "ui.plans.no_source", Field: "sources"}
		}
		secret, path := draw.NewSecret(), secretFile(said["folder"], p.ID)
		if err := os.MkdirAll(said["folder"], 0o700); err != nil {
			return folderRefused(err)
		}
		if _, err := os.Lstat(path); err == nil {
			return &record.Error{Code: record.Conflict, Message: "draw.secret_exists", Field: "folder", Args: map[string]any{"file": path}}
		}
		if err := desk.WriteFile(path, []byte(secret+"\n")); err != nil {
			return folderRefused(err)
		}
		_, prepared, err := d.FreezePlan(ctx, p.ID, by, secret, sources)
		if err != nil {
			os.Remove(path) // nothing was promised with it
			return err
		}
		return writeInto(said["folder"], string(p.ID)+"-prepared.json", prepared.Write)
	}, v.load)
}

// lot asks for what the sources gave, and lets the lot fall.
func (v *plansView) lot(p record.Plan) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan.lot/"+string(p.ID))
	var sources []string
	if prepared, err := draw.ReadPrepared(bytes.NewReader(p.Prepared)); err == nil {
		sources = prepared.Commitment.Sources()
	}
	b.text("values", w.T("ui.plans.values"), "", max(2, len(sources)))
	b.rows["values"].say(w.T("ui.plans.values_how", "sources", strings.Join(sources, "; ")))
	b.text("witness", w.T("ui.plans.witness"), "", 1)
	b.text("folder", w.T("ui.plans.folder"), filepath.Join(d.Folder(), "draws"), 1)
	b.beside(2)
	b.person("by", w.T("ui.plans.operator"), v.people, p.Steps[record.PlanApproved].By)
	v.form = b
	b.ask(w.T("ui.plans.draw_question", "title", p.Terms.Title), w.T("ui.plans.draw_explained"), w.T("ui.plans.draw_do"), "values", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		path := secretFile(said["folder"], p.ID)
		secret, err := os.ReadFile(path)
		if err != nil {
			return &record.Error{Code: record.NotFound, Message: "ui.plans.no_secret", Field: "folder", Args: map[string]any{"file": path}, Err: err}
		}
		_, _, err = d.DrawPlan(ctx, p.ID, by, strings.TrimSpace(said["witness"]), strings.TrimSpace(string(secret)), lines(said["values"]))
		return err
	}, v.load)
}

// publish asks where to write what is published: the draw, and the page on which
// anybody can run it again.
func (v *plansView) publish(p record.Plan) {
	w, d := v.w, v.w.desk
	b := newInquiry(w, "plan.publish/"+string(p.ID))
	b.text("folder", w.T("ui.plans.publish_folder"), filepath.Join(d.Folder(), "draws"), 1)
	b.person("by", w.T("ui.plans.publisher"), v.people, p.Steps[record.PlanDrafted].By)
	v.form = b
	b.ask(w.T("ui.plans.publish_question", "title", p.Terms.Title), w.T("ui.plans.publish_explained"), w.T("ui.plans.publish_do"), "", func(ctx context.Context, said map[string]string) error {
		by, err := actor(said)
		if err == nil {
			err = d.MayPublish(ctx, p.ID, by)
		}
		if err != nil {
			return err
		}
		if p.Foreign == nil {
			file, err := desk.DrawOf(p)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(said["folder"], 0o700); err != nil {
				return folderRefused(err)
			}
			for name, write := range map[string]func(io.Writer) error{"-draw.json": file.Write, "-draw.html": file.WritePage} {
				if err := writeInto(said["folder"], string(p.ID)+name, write); err != nil {
					return err
				}
			}
		}
		_, _, err = d.PublishPlan(ctx, p.ID, by)
		return err
	}, func() { w.tell(jadeColor, "ui.plans.published"); v.load() })
}

func lines(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' }), func(s string) bool { return strings.TrimSpace(s) == "" })
}

func secretFile(folder string, plan record.ID) string {
	return filepath.Join(folder, string(plan)+"-secret.txt")
}

func writeInto(folder, name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := desk.WriteFile(filepath.Join(folder, name), b.Bytes()); err != nil {
		return folderRefused(err)
	}
	return nil
}

func folderRefused(err error) error {
	return &record.Error{Code: record.ReadOnly, Message: "ui.plans.folder_refused", Field: "folder", Err: err}
}
