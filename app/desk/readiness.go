package desk

import (
	"context"
	"strings"
	"time"

	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Readiness says how grave what a check found is.
type Readiness string

// What a check can come to.
const (
	Ready Readiness = "ready"
	Look  Readiness = "look" // somebody should look at it
	Stop  Readiness = "stop" // not without putting it right
)

// Check is one thing looked at before a trip, or before leaving the site.
type Check struct {
	Name  string    `json:"name"`
	State Readiness `json:"state"`
	Args  []any     `json:"args,omitempty"` // of its text
}

// Text words what was found: ready.NAME.STATE.
func (c Check) Text(t *i18n.Texts) string {
	return t.T("ready."+c.Name+"."+string(c.State), c.Args...)
}

// Stopped tells whether one of the checks says stop.
func Stopped(checks []Check) bool {
	for _, c := range checks {
		if c.State == Stop {
			return true
		}
	}
	return false
}

// What the checks go by, in days.
const (
	freshDays       = 2  // since the last sync of an enrolled laptop
	backupDays      = 7  // since the last backup
	certificateDays = 30 // a certificate that ends sooner is told of
)

func check(name string, state Readiness, args ...any) Check { return Check{name, state, args} }

// orElse gives Ready where it holds, the other state where not.
func orElse(holds bool, otherwise Readiness) Readiness {
	if holds {
		return Ready
	}
	return otherwise
}

// ReadyToLeave looks, before a trip, at what cannot be had on site: approval,
// notice, certificates, the register, checklist and law, a backup.
func (d *Desk) ReadyToLeave(ctx context.Context, id record.ID) ([]Check, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := d.Procedure(ctx, id)
	if err != nil {
		return nil, err
	}
	i := v.Inspection
	must := orElse(p.Case.Setting.Limits.N(record.LimitApproval) == 0, Stop)
	if must == Ready {
		must = Look // the authority does not ask for it
	}
	approved := p.Last(record.ApproveVisit) != nil || p.Last(record.SupplementVisit) != nil || len(p.Open(record.GoUrgent)) > 0
	notified := p.Last(record.NotifyVisit) != nil || p.Last(record.NotifyNobody) != nil
	out := []Check{
		check("approval", orElse(approved && p.Stage != record.StageDeclined, must)),
		check("notice", orElse(notified && p.Stage != record.StageApproved, must)),
	}
	var names []string
	for _, m := range p.Undeclared {
		names = append(names, m.Name)
	}
	out = append(out, check("interest", orElse(len(names) == 0, must), "names", strings.Join(names, ", ")))
	out = append(out, d.certificates(i)...)
	if n := len(p.Conflicts) + len(i.Conflicts); n > 0 {
		out = append(out, check("conflicts", Stop, "n", n))
	}
	out = append(out, check("earlier", orElse(len(v.Earlier) == 0, Look), "n", len(v.Earlier)))
	status, err := d.Store.Status(ctx)
	if err != nil {
		return nil, err
	}
	switch days := int(d.now().Sub(time.UnixMilli(status.Remote.Contact)).Hours() / 24); {
	case !status.Enrolled:
	case status.Remote.Contact == 0:
		out = append(out, check("never_synced", Look))
	default:
		out = append(out, check("sync", orElse(days < freshDays, Look), "days", days))
	}
	waiting := 0
	for _, k := range v.laws {
		if k.Approved == nil || k.Conflict {
			waiting++
		}
	}
	out = append(out, check("law", orElse(waiting == 0, Look), "n", waiting, "edition", lawEdition(v.laws)))
	last, err := d.Store.Setting(ctx, "backup.last")
	if err != nil {
		return nil, err
	}
	saved := int(d.now().Sub(moment(last)).Hours() / 24)
	if last == "" {
		out = append(out, check("no_backup", Look))
	} else {
		out = append(out, check("backup", orElse(saved < backupDays, Look), "days", saved))
	}
	return out, nil
}

// certificates looks at the team's certificates on the day of the visit.
func (d *Desk) certificates(i record.Inspection) []Check {
	day, err := time.Parse(time.DateOnly, max(i.PlannedOn, d.Today()))
	if err != nil {
		day = d.now()
	}
	var out []Check
	for _, m := range i.Team {
		on := func(t time.Time) bool { return record.Inspector{ValidTo: m.ValidTo}.ValidOn(t) }
		switch {
		case !on(day):
			out = append(out, check("certificate", Stop, "name", m.Name, "until", m.ValidTo))
		case !on(day.AddDate(0, 0, certificateDays)):
			out = append(out, check("certificate", Look, "name", m.Name, "until", m.ValidTo))
		}
	}
	if len(out) == 0 {
		out = append(out, check("certificate", Ready))
	}
	return out
}

// ReadyToGo looks, before the team leaves the site, at what cannot be had
// afterwards 离场检查: answers, photos, the visit's own facts, signatures, and what
// must be reported at once.
func (d *Desk) ReadyToGo(ctx context.Context, id record.ID) ([]Check, error) {
	v, err := d.Visit(ctx, id)
	if err != nil {
		return nil, err
	}
	i, p := v.Inspection, v.Progress
	list := func(name string, codes []string, state Readiness) Check {
		return check(name, orElse(len(codes) == 0, state), "n", len(codes), "items", strings.Join(codes, " "))
	}
	out := []Check{
		list("answers", append(append([]string{}, p.Unanswered...), p.Incomplete...), Stop),
		list("photos", p.MissingPhotos, Stop),
		check("papers", orElse(i.ShownPapers && i.ToldRights, Stop)),
		check("place", orElse(i.Place != "" && i.PersonOnSite != "", Look)),
		check("statement", orElse(i.Statement != "", Look)),
	}
	if n := len(i.Conflicts); n > 0 {
		out = append(out, check("conflicts", Stop, "n", n))
	}
	if n := len(v.Drafts); n > 0 {
		out = append(out, check("drafts", Look, "n", n))
	}
	if err := d.filesWhole(i); record.CodeOf(err) != "" {
		out = append(out, check("files", Stop))
	} else if err != nil {
		return nil, err
	}
	inspectors, others, unscanned := signedNow(i)
	out = append(out, check("inspectors", orElse(inspectors >= 2, Stop), "n", inspectors), check("representative", orElse(others, Stop)),
		check("scans", orElse(unscanned == 0, Look), "n", unscanned))
	critical, err := d.unreported(ctx, v)
	if err != nil {
		return nil, err
	}
	return append(out, check("critical", orElse(critical == 0, Stop), "n", critical)), nil
}

// signedNow counts the signatures on the record as it stands, and those on paper
// whose scan is not there yet.
func signedNow(i record.Inspection) (inspectors int, representative bool, unscanned int) {
	content := i.Content()
	if i.Sealed != nil {
		content = "" // what was sealed was signed
	}
	for _, g := range i.Signatures {
		if g.Content != content && content != "" {
			continue
		}
		switch g.Role {
		case record.RoleLeader, record.RoleInspector:
			inspectors++
		case record.RoleRepresentative:
			representative = true
		}
		if g.Method == record.SignedPaper && g.Image == "" {
			unscanned++
		}
	}
	return inspectors, representative, unscanned
}

// unreported counts critical findings that nobody is told of yet.
func (d *Desk) unreported(ctx context.Context, v Visit) (n int, err error) {
	lines, err := d.Ledger(ctx, store.LedgerFilter{Severity: record.Critical, Organization: v.Inspection.Organization.ID})
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		if l.Inspection == v.Inspection.ID && l.Unnotice {
			n++
		}
	}
	if v.Inspection.Sealed == nil { // not in the ledger before the seal
		for _, f := range v.Findings {
			if f.Severity == record.Critical {
				n++
			}
		}
	}
	return n, nil
}
