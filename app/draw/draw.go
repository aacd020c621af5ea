// Package draw is the verifiable double-random draw (双随机抽取): which
// organizations are inspected, and by whom, decided by a lot that nobody in the
// room controls and that anybody can run again from the published file. The
// format is in README.md; vectors and a second implementation are in testdata.
package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/app/record"
)

// Limits on a draw file from elsewhere.
const (
	MaxBytes      = 256 << 20
	MaxTargets    = 2_000_000
	MaxInspectors = 100_000
	maxStrata     = 1_000
	maxWork       = 2_000_000_000 // targets drawn times inspectors
	maxSources    = 20
	maxTeam       = 9
	leastTeam     = 2 // 社会组织抽查暂行办法: at least two inspectors
	leastSecret   = 20
)

// Plan is what is drawn.
type Plan struct {
	Version          int       `json:"v"`
	ID               string    `json:"id"`
	Authority        string    `json:"authority"`
	Title            string    `json:"title"`
	CertificateUntil string    `json:"certificate_until"` // YYYY-MM-DD: certificates have to be valid on that day
	Team             int       `json:"team"`              // inspectors for each target
	Strata           []Stratum `json:"strata"`
}

// Stratum is a part of the list that has a quota of its own: a kind of
// organization, a district, a class of risk.
type Stratum struct {
	Name  string `json:"name"`
	Quota int    `json:"quota"`
}

// Target is one organization that may be drawn.
type Target struct {
	ID      string `json:"id"`
	Stratum string `json:"stratum"`
	Name    string `json:"name"`
}

// Inspector is one person who may be drawn.
type Inspector struct {
	ID          string `json:"id"`
	ValidTo     string `json:"valid_to"` // YYYY-MM-DD, the last day
	Name        string `json:"name"`
	Certificate string `json:"certificate"`
}

// Recusal keeps an inspector away from a target (回避).
type Recusal struct {
	Inspector string `json:"inspector"`
	Target    string `json:"target"`
	Reason    string `json:"reason"`
}

// Exclusion is a target that was left off the list, and why.
type Exclusion struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Lists are what a draw is made from.
type Lists struct {
	Plan       Plan        `json:"plan"`
	Targets    []Target    `json:"targets"`
	Inspectors []Inspector `json:"inspectors"`
	Recusals   []Recusal   `json:"recusals"`
	Exclusions []Exclusion `json:"exclusions"`
}

// Frozen are the lists as texts whose exact characters count from now on.
type Frozen struct {
	Plan       string `json:"plan"`
	Targets    string `json:"targets"`
	Inspectors string `json:"inspectors"`
	Recusals   string `json:"recusals"`
	Exclusions string `json:"exclusions"`
}

func wrong(field, message string, args map[string]any) error {
	return &record.Error{Code: record.Invalid, Message: message, Field: field, Args: args}
}

// Freeze puts the lists in order and fixes their texts.
func (l Lists) Freeze() (Frozen, error) {
	l.Plan.Version = 1
	plan, err := json.Marshal(l.Plan)
	if err != nil {
		return Frozen{}, fmt.Errorf("draw: write plan: %w", err)
	}
	f := Frozen{Plan: string(plan)}
	texts := []*string{&f.Targets, &f.Inspectors, &f.Recusals, &f.Exclusions}
	for n, rows := range [][][]string{rowsOf(l.Targets), rowsOf(l.Inspectors), rowsOf(l.Recusals), rowsOf(l.Exclusions)} {
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = strings.Join(row, "\t") + "\n"
		}
		slices.Sort(lines)
		*texts[n] = strings.Join(lines, "")
	}
	_, err = f.read()
	return f, err
}

type line interface{ fields() []string }

func (t Target) fields() []string    { return []string{t.ID, t.Stratum, t.Name} }
func (i Inspector) fields() []string { return []string{i.ID, i.ValidTo, i.Name, i.Certificate} }
func (r Recusal) fields() []string   { return []string{r.Inspector, r.Target, r.Reason} }
func (e Exclusion) fields() []string { return []string{e.ID, e.Name, e.Reason} }

func rowsOf[T line](list []T) [][]string {
	rows := make([][]string, len(list))
	for n, x := range list {
		rows[n] = x.fields()
	}
	return rows
}

// read checks the texts and gives what they say, in their order.
func (f Frozen) read() (Lists, error) {
	var l Lists
	if !utf8.ValidString(f.Plan) || json.Unmarshal([]byte(f.Plan), &l.Plan) != nil || l.Plan.Version != 1 {
		return l, wrong("plan", "draw.plan_unreadable", nil)
	}
	targets, err := rows("targets", f.Targets, 3, MaxTargets, true)
	if err != nil {
		return l, err
	}
	inspectors, err := rows("inspectors", f.Inspectors, 4, MaxInspectors, true)
	if err != nil {
		return l, err
	}
	recusals, err := rows("recusals", f.Recusals, 3, MaxTargets, false)
	if err != nil {
		return l, err
	}
	exclusions, err := rows("exclusions", f.Exclusions, 3, MaxTargets, true)
	if err != nil {
		return l, err
	}
	for _, r := range targets {
		l.Targets = append(l.Targets, Target{r[0], r[1], r[2]})
	}
	for _, r := range inspectors {
		l.Inspectors = append(l.Inspectors, Inspector{r[0], r[1], r[2], r[3]})
	}
	for _, r := range recusals {
		l.Recusals = append(l.Recusals, Recusal{r[0], r[1], r[2]})
	}
	for _, r := range exclusions {
		l.Exclusions = append(l.Exclusions, Exclusion{r[0], r[1], r[2]})
	}
	return l, l.check()
}

// rows reads the lines of a list of so many fields.
func rows(list, text string, fields, most int, once bool) ([][]string, error) {
	fault := func(n int, message string) error {
		return wrong(list, message, map[string]any{"line": n + 1})
	}
	if text == "" {
		return nil, nil
	}
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\n") {
		return nil, fault(strings.Count(text, "\n"), "draw.line_malformed")
	}
	if strings.Count(text, "\n") > most {
		return nil, &record.Error{Code: record.TooLarge, Message: "draw.too_long", Field: list, Args: map[string]any{"limit": most}}
	}
	var out [][]string
	before := ""
	for n, s := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		cells := strings.Split(s, "\t")
		if len(cells) != fields || cells[0] == "" || strings.ContainsFunc(strings.Join(cells, ""), unicode.IsControl) {
			return nil, fault(n, "draw.line_malformed")
		}
		if n > 0 && s+"\n" <= before+"\n" {
			return nil, fault(n, "draw.line_order")
		}
		if once && n > 0 && out[n-1][0] == cells[0] {
			return nil, fault(n, "draw.line_twice")
		}
		before = s
		out = append(out, cells)
	}
	return out, nil
}

func day(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// check tells what the lists cannot be drawn from.
func (l Lists) check() error {
	p := l.Plan
	switch {
	case p.ID == "" || p.Title == "":
		return wrong("plan", "draw.plan_nameless", nil)
	case !day(p.CertificateUntil):
		return wrong("certificate_until", "draw.day", map[string]any{"value": p.CertificateUntil})
	case p.Team < leastTeam || p.Team > maxTeam:
		return wrong("team", "draw.team_size", map[string]any{"least": leastTeam, "most": maxTeam})
	case len(p.Strata) == 0 || len(p.Strata) > maxStrata:
		return wrong("strata", "draw.no_strata", map[string]any{"limit": maxStrata})
	}
	in, quotas := map[string]int{}, 0
	for _, s := range p.Strata {
		if _, twice := in[s.Name]; twice || s.Name == "" || strings.ContainsFunc(s.Name, unicode.IsControl) {
			return wrong("strata", "draw.stratum_name", map[string]any{"name": s.Name})
		}
		in[s.Name] = 0
		quotas += max(s.Quota, 0)
	}
	known := make(map[string]bool, len(l.Targets))
	for _, t := range l.Targets {
		if _, ok := in[t.Stratum]; !ok {
			return wrong("targets", "draw.stratum_unknown", map[string]any{"name": t.Name, "stratum": t.Stratum})
		}
		in[t.Stratum]++
		known[t.ID] = true
	}
	for _, s := range p.Strata {
		if s.Quota < 0 || s.Quota > in[s.Name] {
			return wrong("strata", "draw.quota", map[string]any{"name": s.Name, "quota": s.Quota, "targets": in[s.Name]})
		}
	}
	if quotas == 0 {
		return wrong("strata", "draw.nothing", nil)
	}
	if quotas*max(1, len(l.Inspectors)) > maxWork {
		return &record.Error{Code: record.TooLarge, Message: "draw.too_long", Field: "strata", Args: map[string]any{"limit": maxWork}}
	}
	people := map[string]bool{}
	for _, i := range l.Inspectors {
		if !day(i.ValidTo) {
			return wrong("inspectors", "draw.day", map[string]any{"value": i.ValidTo})
		}
		people[i.ID] = true
	}
	for _, r := range l.Recusals {
		if !people[r.Inspector] || !known[r.Target] || r.Reason == "" {
			return wrong("recusals", "draw.recusal", map[string]any{"inspector": r.Inspector, "target": r.Target})
		}
	}
	for _, e := range l.Exclusions {
		if known[e.ID] || e.Reason == "" {
			return wrong("exclusions", "draw.exclusion", map[string]any{"name": e.Name})
		}
	}
	return nil
}

// digest is how the format writes SHA-256.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
