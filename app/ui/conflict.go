package ui

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// conflictBox shows both values of a conflict side by side; whoever settles it
// says which stands.
func conflictBox(w *Window, i record.Inspection, path string, values []record.Write, settled func()) fyne.CanvasObject {
	row := equal(10)
	why := newField(w)
	whyRow := newFormRow(w.T("ui.conflict.why"), why)
	why.onType = func(string) { whyRow.fine() }
	for _, v := range values {
		who := w.T("ui.conflict.somebody")
		for _, m := range i.Team {
			if m.Person == v.Actor {
				who = m.Name
			}
		}
		text := valueInWords(w, path, v.Value)
		keep := button(w.T("ui.conflict.keep"), func() {
			if strings.TrimSpace(why.Text) == "" {
				whyRow.lacks(w, "ui.conflict.why_needed")
				return
			}
			settle(w, i, path, v, why.Text, settled)
		})
		row.Add(newBox(inset(8, 10, down(6, plain(text), quiet(who+" · "+w.at(time.UnixMilli(v.HLC>>16))), flow(0, keep))), theme.ColorNameBackground, theme.ColorNameSeparator, 4))
	}
	return newBox(inset(10, 12, down(8, across(6, 1, sign(clash, vermilionColor, 18), strong(w.T("ui.conflict.title", "what", pathInWords(w, path)))), row, whyRow.Container)), vermilionSoft, "", 4)
}

// settle keeps one of the values, in the name of whoever records here.
func settle(w *Window, i record.Inspection, path string, v record.Write, reason string, settled func()) {
	d := w.desk
	w.write(func(ctx context.Context) error {
		chosen, err := d.Store.Setting(ctx, "actor")
		if err != nil {
			return err
		}
		actor := record.ID(chosen)
		if i.Role(actor) == "" && len(i.Team) > 0 {
			actor = i.Team[0].Person
		}
		return d.Resolve(ctx, actor, i.ID, path, v.Value, reason)
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		settled()
	})
}

// pathInWords names the part of the record a path means.
func pathInWords(w *Window, path string) string {
	rest, ok := strings.CutPrefix(path, "items/")
	if !ok {
		return w.T("ui.field." + strings.SplitN(path, "/", 2)[0])
	}
	key, field, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(field, "/")
	uid, _ := record.SplitItemKey(key)
	code := uid
	for _, it := range checklist.Library() {
		if it.UID == uid {
			code = it.Code
		}
	}
	return code + " · " + w.T("ui.field."+name)
}

// valueInWords writes a stored value for people.
func valueInWords(w *Window, path string, raw json.RawMessage) string {
	if strings.HasPrefix(path, "evidence/") {
		var e record.Evidence
		if json.Unmarshal(raw, &e) == nil {
			return evidenceInWords(w, e)
		}
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if t := w.T("ui.finding.state." + s); path == "state" && t != "ui.finding.state."+s {
			return t
		}
		if t := w.T("procedure.stage." + s); path == "state" && t != "procedure.stage."+s {
			return t
		}
		if strings.HasSuffix(path, "/value") || strings.HasSuffix(path, "/judgement") {
			if t := w.T("checklist.answer." + s); t != "checklist.answer."+s {
				return t
			}
		}
		if strings.HasSuffix(path, "_at") {
			return w.moment(s)
		}
		return s
	}
	switch string(raw) {
	case "null":
		return w.T("ui.conflict.empty")
	case "true":
		return w.T("ui.yes")
	case "false":
		return w.T("ui.no")
	}
	return string(raw)
}

// evidenceInWords tells one state of a photo from another.
func evidenceInWords(w *Window, e record.Evidence) string {
	lines := []string{e.Name}
	if e.Caption != "" {
		lines = append(lines, w.T("ui.photo.caption")+w.T("ui.colon")+e.Caption)
	}
	for _, it := range checklist.Library() {
		if uid, _ := record.SplitItemKey(e.Item); e.Item != "" && it.UID == uid {
			lines = append(lines, it.Code)
		}
	}
	if e.Withdrawn != "" {
		lines = append(lines, w.T("ui.photo.withdrawn", "reason", e.Withdrawn))
	}
	return strings.Join(lines, "\n")
}
