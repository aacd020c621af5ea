package draw

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/record"
)

// Drawn is one target and who inspects it.
type Drawn struct {
	Stratum string   `json:"stratum"`
	Target  string   `json:"target"`
	Team    []string `json:"team"`
}

// Kinds of replacements.
const (
	ReplaceTarget    = "target"
	ReplaceInspector = "inspector"
)

// Replacement is a target or an inspector who gave way after the draw, and who
// came instead. Nobody chooses: see README.md.
type Replacement struct {
	Kind      string   `json:"kind"`
	Target    string   `json:"target"`
	Inspector string   `json:"inspector,omitempty"` // who leaves the target's team
	By        string   `json:"by"`                  // "": nobody was left
	Team      []string `json:"team,omitempty"`      // of the target that comes
	Reason    string   `json:"reason"`
	At        string   `json:"at"` // RFC 3339
}

// File is a draw as it is published.
type File struct {
	V int `json:"v"`
	Frozen
	Commitment   Commitment    `json:"commitment"`
	Secret       string        `json:"secret"`
	Values       []string      `json:"values"`
	Result       []Drawn       `json:"result"`
	Replacements []Replacement `json:"replacements"`
}

// Run draws: the lists and the secret are those of the commitment, values are
// what its sources gave since, in their order.
func Run(f Frozen, c Commitment, secret string, values []string) (File, error) {
	if err := checkSecret(secret); err != nil {
		return File{}, err
	}
	sources, _, ok := c.parts(f, secret)
	if !ok {
		return File{}, wrong("commitment", "draw.commitment_other", nil)
	}
	if len(values) != len(sources) {
		return File{}, wrong("values", "draw.values", map[string]any{"sources": strings.Join(sources, "; "), "n": len(sources)})
	}
	out := File{V: 1, Frozen: f, Commitment: c, Secret: secret, Replacements: []Replacement{}}
	for n, v := range values {
		if v = strings.TrimSpace(v); !plain(v) {
			return File{}, wrong("values", "draw.value_malformed", map[string]any{"source": sources[n]})
		}
		out.Values = append(out.Values, v)
	}
	l, err := newLot(out)
	if err != nil {
		return File{}, err
	}
	out.Result = l.result
	return out, nil
}

// lot is a draw as far as it has gone.
type lot struct {
	Lists
	seed    [32]byte
	result  []Drawn
	reserve map[string][]string // by stratum, in the order in which they come
	load    map[string]int      // targets of each inspector
	able    []Inspector         // whose certificate is valid long enough
	apart   map[[2]string]bool  // inspector and target
	left    map[[2]string]bool  // who left the team of which target
	count   int                 // of replacements
}

func newLot(f File) (*lot, error) {
	lists, err := f.Frozen.read()
	if err != nil {
		return nil, err
	}
	return deal(lists, seedOf(f.Commitment, f.Secret, f.Values)), nil
}

// deal lets the lot fall.
func deal(lists Lists, seed [32]byte) *lot {
	l := &lot{Lists: lists, seed: seed, reserve: map[string][]string{}, load: map[string]int{},
		apart: map[[2]string]bool{}, left: map[[2]string]bool{}}
	for _, i := range l.Inspectors {
		if i.ValidTo >= l.Plan.CertificateUntil {
			l.able = append(l.able, i)
		}
	}
	for _, r := range l.Recusals {
		l.apart[[2]string{r.Inspector, r.Target}] = true
	}
	in := map[string][]string{}
	for _, t := range l.Targets {
		in[t.Stratum] = append(in[t.Stratum], t.ID)
	}
	for _, s := range l.Plan.Strata {
		ids, from := in[s.Name], &stream{seed: l.seed, label: "targets/" + s.Name}
		for k := 0; k+1 < len(ids); k++ {
			other := k + from.below(len(ids)-k)
			ids[k], ids[other] = ids[other], ids[k]
		}
		for _, id := range ids[:s.Quota] {
			l.result = append(l.result, Drawn{Stratum: s.Name, Target: id})
		}
		l.reserve[s.Name] = ids[s.Quota:]
	}
	from := &stream{seed: l.seed, label: "inspectors"}
	for n := range l.result {
		d := &l.result[n]
		d.Team = l.fill(d.Target, nil, from)
	}
	return l
}

// fill draws inspectors for a target until its team is full or nobody is left.
func (l *lot) fill(target string, team []string, from *stream) []string {
	team = append([]string{}, team...)
	for len(team) < l.Plan.Team {
		var least []string
		for _, i := range l.able {
			if l.apart[[2]string{i.ID, target}] || l.left[[2]string{i.ID, target}] || slices.Contains(team, i.ID) {
				continue
			}
			if len(least) > 0 && l.load[i.ID] < l.load[least[0]] {
				least = least[:0]
			}
			if len(least) == 0 || l.load[i.ID] == l.load[least[0]] {
				least = append(least, i.ID)
			}
		}
		if len(least) == 0 {
			return team
		}
		one := least[from.below(len(least))]
		l.load[one]++
		team = append(team, one)
	}
	return team
}

// Lacking lists the targets whose team is short.
func (f File) Lacking() (out []string) {
	l, err := f.lot()
	if err != nil {
		return nil
	}
	for _, d := range l.result {
		if len(d.Team) < l.Plan.Team {
			out = append(out, d.Target)
		}
	}
	return out
}

// lot runs the draw and its replacements again.
func (f File) lot() (*lot, error) {
	l, err := newLot(f)
	if err != nil {
		return nil, err
	}
	for _, r := range f.Replacements {
		if _, err := l.replace(r); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Standing gives who is inspected and by whom after all replacements.
func (f File) Standing() ([]Drawn, error) {
	l, err := f.lot()
	if err != nil {
		return nil, err
	}
	return l.result, nil
}

// Reading gives the lists of a file.
func (f File) Reading() (Lists, error) { return f.Frozen.read() }

// replace decides a replacement: its kind, target, inspector, reason and time
// are given, by whom and the new team follow.
func (l *lot) replace(r Replacement) (Replacement, error) {
	at := slices.IndexFunc(l.result, func(d Drawn) bool { return d.Target == r.Target })
	_, err := time.Parse(time.RFC3339, r.At)
	switch {
	case at < 0:
		return r, wrong("target", "draw.not_drawn", map[string]any{"target": r.Target})
	case strings.TrimSpace(r.Reason) == "":
		return r, wrong("reason", "draw.reason", nil)
	case err != nil:
		return r, wrong("at", "draw.time", map[string]any{"value": r.At})
	}
	d := &l.result[at]
	l.count++
	from := &stream{seed: l.seed, label: "replacement/" + strconv.Itoa(l.count)}
	switch r.Kind {
	case ReplaceTarget:
		for _, i := range d.Team {
			l.load[i]--
		}
		r.Inspector, r.By, r.Team = "", "", nil
		left := l.reserve[d.Stratum]
		if len(left) == 0 {
			l.result = slices.Delete(l.result, at, at+1)
			return r, nil
		}
		r.By, l.reserve[d.Stratum] = left[0], left[1:]
		r.Team = l.fill(r.By, nil, from)
		d.Target, d.Team = r.By, r.Team
	case ReplaceInspector:
		n := slices.Index(d.Team, r.Inspector)
		if n < 0 {
			return r, wrong("inspector", "draw.not_in_team", map[string]any{"inspector": r.Inspector, "target": r.Target})
		}
		l.load[r.Inspector]--
		l.left[[2]string{r.Inspector, d.Target}] = true
		rest := slices.Delete(slices.Clone(d.Team), n, n+1)
		team := rest
		if len(rest) == l.Plan.Team-1 { // a team that was short stays as short as it was
			team = l.fill(d.Target, rest, from)
		}
		r.By, r.Team = "", nil
		if len(team) > len(rest) {
			r.By = team[len(team)-1]
		}
		d.Team = team
	default:
		return r, wrong("kind", "draw.kind", map[string]any{"kind": r.Kind})
	}
	return r, nil
}

// Replace adds a replacement, whose outcome follows from the draw. r says kind,
// target, inspector, reason and time.
func (f File) Replace(r Replacement) (File, error) {
	l, err := f.lot()
	if err != nil {
		return f, err
	}
	if r, err = l.replace(r); err != nil {
		return f, err
	}
	f.Replacements = append(slices.Clone(f.Replacements), r)
	return f, nil
}

// Problem is a part of a published draw that does not hold.
type Problem struct {
	Message string         `json:"message"` // key of a text
	Args    map[string]any `json:"args,omitempty"`
}

func problemOf(err error) Problem {
	var e *record.Error
	if errors.As(err, &e) {
		return Problem{e.Message, e.Args}
	}
	return Problem{Message: "draw.file_unreadable"}
}

// Verify runs a published draw again and tells what does not hold; nothing when
// all does. code is the one that was published before the sources gave their
// values; without it ("") nobody can tell whether this is the only draw that
// was made, and that is a problem, too.
func (f File) Verify(code string) []Problem {
	var out []Problem
	say := func(message string, args map[string]any) { out = append(out, Problem{message, args}) }
	if code == "" {
		say("draw.code_unchecked", map[string]any{"code": f.Commitment.Code()})
	} else if !f.Commitment.SameCode(code) {
		say("draw.code_differs", map[string]any{"code": f.Commitment.Code(), "typed": code})
	}
	sources, _, ok := f.Commitment.parts(f.Frozen, f.Secret)
	if !ok || checkSecret(f.Secret) != nil {
		say("draw.commitment_other", nil)
	}
	if ok && (len(sources) != len(f.Values) || slices.ContainsFunc(f.Values, func(v string) bool { return !plain(v) })) {
		say("draw.values", map[string]any{"sources": strings.Join(sources, "; "), "n": len(sources)})
	}
	l, err := newLot(f)
	if err != nil {
		out = append(out, problemOf(err))
		return out
	}
	if len(l.result) != len(f.Result) {
		say("draw.result_count", map[string]any{"n": len(l.result), "told": len(f.Result)})
	}
	for n, d := range l.result[:min(len(l.result), len(f.Result))] {
		told := f.Result[n]
		if d.Target != told.Target || d.Stratum != told.Stratum {
			say("draw.target_differs", map[string]any{"place": n + 1, "want": d.Target, "told": told.Target})
		} else if !slices.Equal(d.Team, told.Team) {
			say("draw.team_differs", map[string]any{"target": d.Target, "want": strings.Join(d.Team, ", "), "told": strings.Join(told.Team, ", ")})
		}
		if len(out) > 20 {
			return out // the rest follows from these
		}
	}
	for n, told := range f.Replacements {
		r, err := l.replace(told)
		if err != nil {
			out = append(out, problemOf(err))
			break
		}
		if r.By != told.By || !slices.Equal(r.Team, told.Team) {
			say("draw.replacement_differs", map[string]any{"n": n + 1, "want": r.By, "told": told.By})
		}
	}
	return out
}
