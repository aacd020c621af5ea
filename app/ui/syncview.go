package ui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
	"plumbline/app/store"
)

// syncView tells what is where: this laptop and the server, entry by entry and
// file by file; what is to be settled; and it syncs.
type syncView struct {
	w       *Window
	scroll  *container.Scroll
	latest  latest
	running bool
	cancel  context.CancelFunc

	table     *fyne.Container
	line      *prose
	auto      *widget.Check
	now, stop *pushButton
	bar       *widget.ProgressBar
	step      *prose
	problem   *prose

	takers    *fyne.Container // for what is to be settled
	settle    *fyne.Container
	late      *fyne.Container
	refused   *fyne.Container
	enrolBox  *fyne.Container
	url, code *field
	urlRow    *formRow
	codeRow   *formRow
	enrolNow  *pushButton
	stick     *bundlePart

	status      store.Status
	conflicts   []store.Conflict
	inspections map[record.ID]record.Inspection
	quarantine  []store.Quarantined
	lateIn      []store.InspectionRow // sealed inspections with entries that the seal had not seen
	read        bool
}

func newSyncView(w *Window) *syncView {
	v := &syncView{w: w, table: down(0), line: plain(""), step: quiet(""), problem: newProse("", textSize, vermilionColor), settle: down(10), late: down(2), refused: down(8)}
	name := title("")
	v.now = mainButton("", v.start)
	v.stop = button("", func() {
		if v.cancel != nil {
			v.cancel()
		}
	})
	v.bar, v.auto = widget.NewProgressBar(), newAutoChoice(w)
	v.url, v.code = newField(w), newField(w)
	v.urlRow, v.codeRow = w.row("ui.sync.url", v.url), w.row("ui.sync.code", v.code)
	v.enrolNow = mainButton("", v.enrol)
	enrolHead, enrolHow := head(""), plain("")
	w.say(func() {
		name.set(w.T("ui.nav.sync"))
		v.now.SetText(w.T("ui.sync.now"))
		v.stop.SetText(w.T("ui.sync.stop"))
		enrolHead.set(w.T("ui.sync.enrol"))
		enrolHow.set(w.T("ui.sync.enrol_how"))
		v.enrolNow.SetText(w.T("ui.sync.enrol_now"))
	})
	v.url.SetPlaceHolder("https://")
	v.enrolBox = down(0, panel(inset(14, 16, down(10, enrolHead, enrolHow, equal(12, v.urlRow.Container, v.codeRow.Container), flow(0, v.enrolNow)))))
	v.takers = w.takers()
	v.stick = newBundlePart(w, v.load)
	v.scroll = scrolled(atMost(980, down(14, name, v.line, v.table, v.problem, across(10, 2, v.now, v.stop, v.bar), v.step, v.auto, v.enrolBox, v.takers, v.settle, v.late, v.refused, v.stick.all)))
	w.say(v.show)
	return v
}

func (v *syncView) object() fyne.CanvasObject    { return v.scroll }
func (v *syncView) leave()                       {}
func (v *syncView) scrolls() []*container.Scroll { return []*container.Scroll{v.scroll} }

func (v *syncView) load() {
	w := v.w
	var st store.Status
	var conflicts []store.Conflict
	var refused []store.Quarantined
	var lateIn []store.InspectionRow
	inspections := map[record.ID]record.Inspection{}
	v.latest.run(w.tasks, func(ctx context.Context) (err error) {
		if st, err = w.desk.Store.Status(ctx); err != nil {
			return err
		}
		if conflicts, err = w.desk.Store.Conflicts(ctx); err != nil {
			return err
		}
		for _, c := range conflicts {
			if _, ok := inspections[c.Record]; ok {
				continue
			}
			of := c.Record
			if of.Type() == record.ProcedureType {
				st, err := w.desk.Store.State(ctx, of)
				if err != nil {
					return err
				}
				st.Get("inspection", &of)
			}
			if of.Type() == record.InspectionType {
				i, err := w.desk.Store.Inspection(ctx, of)
				if err != nil && record.CodeOf(err) != record.NotFound {
					return err
				}
				inspections[c.Record] = i
			}
		}
		if st.Late > 0 {
			sealed, err := w.desk.Store.Inspections(ctx, store.InspectionFilter{State: record.SealedNow})
			if err != nil {
				return err
			}
			for _, r := range sealed {
				if r.Late > 0 {
					lateIn = append(lateIn, r)
				}
			}
		}
		refused, err = w.desk.Store.Quarantine(ctx)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		v.status, v.conflicts, v.inspections, v.quarantine, v.lateIn, v.read = st, conflicts, inspections, refused, lateIn, true
		v.show()
	})
}

func (v *syncView) show() {
	if !v.read {
		return
	}
	w, st := v.w, v.status
	switch {
	case !st.Enrolled:
		v.line.set(w.T("ui.sync.not_enrolled"))
	case st.Remote.Contact == 0:
		v.line.set(w.T("ui.sync.never", "url", st.Remote.URL))
	default:
		v.line.set(w.T("ui.sync.last", "url", st.Remote.URL, "time", w.at(time.UnixMilli(st.Remote.Contact))))
	}
	v.problem.set("")
	if st.Remote.Problem != "" {
		v.problem.set(w.T("ui.sync.problem", "time", w.at(time.UnixMilli(st.Remote.Tried)), "why", w.texts.Error(&record.Error{Code: record.Offline, Message: st.Remote.Problem})))
	}
	showIf(v.problem, st.Remote.Problem != "")
	v.showTable(st)
	showIf(v.now, st.Enrolled && !v.running)
	showIf(v.stop, v.running)
	showIf(v.bar, v.running)
	showIf(v.step, v.running)
	showIf(v.auto, st.Enrolled)
	showIf(v.takers, len(v.conflicts)+len(v.quarantine) > 0)
	showIf(v.enrolBox, !st.Enrolled)
	showIf(v.stick.all, st.Enrolled)
	v.stick.show()

	v.settle.Objects, v.late.Objects, v.refused.Objects = nil, nil, nil
	if len(v.conflicts) > 0 {
		v.settle.Add(head(w.N("ui.sync.conflicts", len(v.conflicts))))
	}
	for _, c := range v.conflicts {
		i := v.inspections[c.Record]
		i.ID = c.Record
		v.settle.Add(down(4, quiet(strings.TrimSpace(i.Organization.Name+"  "+i.Number)), conflictBox(w, i, c.Path, c.Values, v.load)))
	}
	if len(v.lateIn) > 0 {
		v.late.Add(head(w.T("ui.sync.late")))
		v.late.Add(plain(w.T("ui.sync.late_explained")))
	}
	for _, r := range v.lateIn {
		line := across(12, 1, quiet(w.day(r.PlannedOn)).oneLine(), plain(r.OrganizationName), quiet(r.Number).oneLine(), newPill(clash, amberColor, w.N("ui.count.late", r.Late)).box)
		v.late.Add(newPress(w, inset(6, 6, line), func() { w.openInspection(r.ID, "") }))
	}
	if len(v.quarantine) > 0 {
		v.refused.Add(head(w.N("ui.sync.refused", len(v.quarantine))))
		v.refused.Add(plain(w.T("ui.sync.refused_how")))
	}
	for _, q := range v.quarantine {
		why := w.texts.Error(&record.Error{Code: q.Code, Message: q.Message, Args: q.Args})
		v.refused.Add(newBox(inset(8, 12, down(2, plain(why), quiet(w.T("ui.sync.entry", "seq", q.Seq, "time", w.moment(q.Wall), "record", string(q.Record), "digest", q.Entry.Short())))), vermilionSoft, "", 4))
	}
	v.scroll.Refresh()
}

// showTable is what is where, in numbers.
func (v *syncView) showTable(st store.Status) {
	w := v.w
	v.table.Objects = nil
	shares := []float32{0.34, 0.16, 0.16, 0.34}
	row := func(label, here, there, left string, c fyne.ThemeColorName) {
		h, t := plain(here), plain(there)
		h.right, t.right = true, true
		v.table.Add(inset(6, 0, columns(shares, plain(label), h, t, inset(0, 16, newProse(left, textSize, c)))))
		v.table.Add(hairline())
	}
	h1, h2 := quiet(w.T("ui.sync.here")), quiet(w.T("ui.sync.server"))
	h1.right, h2.right = true, true
	v.table.Add(inset(4, 0, columns(shares, quiet(""), h1, h2, quiet(""))))
	v.table.Add(hairline())
	left := func(n int64, more string) (string, fyne.ThemeColorName) {
		if n == 0 {
			return w.T("ui.sync.all_there"), jadeColor
		}
		return w.N("ui.sync.to_send", int(n)) + more, amberColor
	}
	text, c := left(st.Entries-st.Sent, "")
	row(w.T("ui.sync.entries"), number(st.Entries), number(st.Sent), text, c)
	more := ""
	if st.FilesLeft > 0 {
		more = " (" + w.size(st.BytesLeft) + ")"
	}
	text, c = left(st.FilesLeft, more)
	row(w.T("ui.sync.files"), number(st.Files), number(st.FilesSent), text, c)
	text, c = "", quietColor
	if st.FilesMissing > 0 {
		text = w.N("ui.sync.missing", int(st.FilesMissing))
	}
	row(w.T("ui.sync.received"), number(st.Received), "", text, c)
	if st.Drafts > 0 {
		row(w.T("ui.sync.drafts"), number(st.Drafts), "", w.T("ui.sync.drafts_how"), quietColor)
	}
	if st.Late > 0 {
		row(w.T("ui.sync.late"), number(st.Late), "", w.T("ui.sync.late_how"), amberColor)
	}
}

// enrol makes this laptop one of the server's.
func (v *syncView) enrol() {
	w := v.w
	v.urlRow.fine()
	v.codeRow.fine()
	url, code := strings.TrimSpace(v.url.Text), strings.TrimSpace(v.code.Text)
	if url == "" {
		v.urlRow.lacks(w, "ui.sync.url_needed")
	}
	if code == "" {
		v.codeRow.lacks(w, "ui.sync.code_needed")
	}
	if url == "" || code == "" || w.opts.Sync.Enrol == nil {
		return
	}
	v.enrolNow.Disable()
	w.tasks.Run(context.Background(), func(ctx context.Context) error { return w.opts.Sync.Enrol(ctx, url, code) }, func(err error) {
		v.enrolNow.Enable()
		var e *record.Error
		switch {
		case errors.As(err, &e) && e.Field == "code":
			v.codeRow.failed(w, err)
		case err != nil && errors.As(err, &e):
			v.urlRow.failed(w, err)
		case err != nil:
			w.complain(err)
		default:
			v.code.SetText("")
			w.tell(jadeColor, "ui.sync.enrolled")
		}
		v.load()
		w.refreshStatus()
	})
}

// start syncs; the work can go on meanwhile.
func (v *syncView) start() {
	w := v.w
	if v.running || w.opts.Sync.Sync == nil {
		return
	}
	ctx, begun := v.begin(context.Background()), w.now()
	w.tasks.Run(context.Background(), func(context.Context) error {
		return w.opts.Sync.Sync(ctx, v.teller())
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
			w.tell(amberColor, "ui.sync.stopped")
		case err != nil:
			w.complain(err)
		default:
			w.tell(jadeColor, "ui.sync.done", "seconds", formatSeconds(w.now().Sub(begun)))
		}
		v.end()
	})
}

func formatSeconds(d time.Duration) string {
	return strconv.FormatFloat(max(d.Seconds(), 0.1), 'f', 1, 64)
}

func (v *syncView) progress(p SyncProgress) {
	if p.Total > 0 {
		v.bar.SetValue(float64(p.Done) / float64(p.Total))
	}
	v.step.set(v.w.T(p.Step, "done", number(p.Done), "total", number(p.Total)))
}
