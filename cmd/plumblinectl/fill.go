package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"plumbline/app/checklist/form"
	"plumbline/app/checklist/xlsform"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// compileForm reads a checklist from a file and makes its logic ready to run.
func compileForm(path string) (*form.Compiled, []form.Problem, error) {
	in, err := desk.ReadChecklist(path, xlsform.Options{})
	if err != nil {
		return nil, nil, err
	}
	f := in.Checklist.Form()
	compiled, problems := form.Compile(&f)
	return compiled, problems, nil
}

// readSmall reads a file that a person or a test wrote; a disk image given by
// mistake is not read whole.
func readSmall(path string) ([]byte, error) {
	from := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, unreadable(path, "file", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxAnswers+1))
	if err != nil {
		return nil, unreadable(path, "file", err)
	}
	if len(b) > maxAnswers {
		return nil, &record.Error{Code: record.TooLarge, Message: "ctl.fill.large", Args: map[string]any{"file": path, "limit": maxAnswers >> 20}}
	}
	return b, nil
}

// readSteps reads what is to be filled in: an array of steps, or an object of
// answers by path or name, which are given in the order in which they stand.
func readSteps(path string) ([]form.Step, error) {
	b, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	broken := &record.Error{Code: record.Invalid, Message: "ctl.fill.steps_broken", Field: "answers", Args: map[string]any{"file": path}}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		var steps []form.Step
		if broken.Err = d.Decode(&steps); broken.Err != nil {
			return nil, broken
		}
		return steps, nil
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		broken.Err = err
		return nil, broken
	}
	var steps []form.Step
	for d.More() {
		name, err := d.Token()
		var value any
		if err == nil {
			err = d.Decode(&value)
		}
		ref, ok := name.(string)
		if err != nil || !ok {
			broken.Err = err
			return nil, broken
		}
		text := fmt.Sprint(value)
		switch v := value.(type) {
		case nil:
			text = ""
		case float64:
			text = strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.10f", v), "0"), ".")
		case []any: // several choices
			words := make([]string, len(v))
			for i, w := range v {
				words[i] = fmt.Sprint(w)
			}
			text = strings.Join(words, " ")
		case map[string]any:
			return nil, broken
		}
		steps = append(steps, form.Step{Ref: ref, Set: &text})
	}
	return steps, nil
}

// itemState is what --json tells of an item.
type itemState struct {
	Ref       string   `json:"ref"`
	UID       string   `json:"uid,omitempty"`
	Instance  string   `json:"instance,omitempty"`
	Kind      string   `json:"kind"`
	Label     string   `json:"label,omitempty"`
	Value     string   `json:"value"`
	Relevant  bool     `json:"relevant"`
	Required  bool     `json:"required"`
	ReadOnly  bool     `json:"read_only"`
	Satisfied bool     `json:"satisfied"`
	Missing   bool     `json:"missing"`
	Message   string   `json:"message,omitempty"`
	Options   []string `json:"options,omitempty"`
}

func kindOf(i *form.Item) string {
	switch {
	case i.IsRepeat():
		return "repeat"
	case i.IsInstance():
		return "instance"
	case i.Node().Kind == form.Group:
		return "group"
	}
	return "question"
}

// fillChecklist fills a checklist with answers from a file and tells the state
// that comes of it. Nothing is kept.
func fillChecklist(c *call) error {
	f := c.flags()
	answers := f.String("answers", "", c.t.T("ctl.flag.fill_answers"))
	at := f.String("now", "", c.t.T("ctl.flag.fill_now"))
	language := f.String("language", "", c.t.T("ctl.flag.fill_language"))
	seed := f.Int64("seed", 1, c.t.T("ctl.flag.fill_seed"))
	all := f.Bool("all", false, c.t.T("ctl.flag.fill_all"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	around := form.Circumstances{Now: time.Now(), Zone: time.Local, Seed: *seed, Language: *language}
	if *at != "" {
		if around.Now, err = time.Parse(time.RFC3339Nano, *at); err != nil {
			return &record.Error{Code: record.Invalid, Message: "ctl.fill.now_wrong", Field: "now", Args: map[string]any{"value": *at}}
		}
		around.Zone = around.Now.Location()
	}
	compiled, problems, err := compileForm(args[0])
	if err != nil {
		return err
	}
	var steps []form.Step
	if *answers != "" {
		if steps, err = readSteps(*answers); err != nil {
			return err
		}
	}
	in := compiled.Begin(around)
	var refused []string
	for n, s := range steps {
		item := in.Find(s.Ref)
		if item == nil {
			item = in.Named(s.Ref)
		}
		err := error(&record.Error{Code: record.NotFound, Message: "form.no_question", Args: map[string]any{"name": s.Ref}})
		if item != nil {
			err = in.Do(item, s)
		}
		if err != nil {
			refused = append(refused, c.t.T("ctl.fill.refused", "n", n+1, "ref", s.Ref, "why", c.explain(err)))
		}
	}
	var wrong []string
	for _, p := range append(problems, in.Trouble()...) {
		where := p.Column
		if p.Node != nil {
			where = p.Node.Name + ", " + p.Column
		}
		wrong = append(wrong, where+": "+c.explain(p.Err))
	}
	faults := in.Faults()
	if c.json {
		c.print(map[string]any{"items": c.states(in), "faults": len(faults), "refused": orNone(refused), "problems": orNone(wrong)})
	} else {
		c.sayState(in, *all)
		for _, line := range refused {
			c.say("%s", line)
		}
		for _, line := range wrong {
			c.say("%s", c.t.T("ctl.fill.problem", "what", line))
		}
		c.say("%s", c.t.T("ctl.fill.faults", "n", len(faults)))
	}
	if len(refused) > 0 {
		return errFound
	}
	return nil
}

// orNone gives a list that JSON writes as [] and not as null.
func orNone(s []string) []string { return append([]string{}, s...) }

func (c *call) states(in *form.Instance) []itemState {
	var out []itemState
	in.Walk(func(i *form.Item) {
		s := in.State(i)
		x := itemState{Ref: i.Ref(), UID: i.Node().UID, Instance: i.Instance(), Kind: kindOf(i), Label: in.Label(i), Value: s.Value,
			Relevant: s.Relevant, Required: s.Required, ReadOnly: s.ReadOnly, Satisfied: s.Satisfied, Missing: s.Missing, Options: in.OptionValues(i)}
		switch {
		case s.Missing:
			x.Message = in.RequiredMessage(i)
		case !s.Satisfied:
			x.Message = in.ConstraintMessage(i)
		}
		out = append(out, x)
	})
	return out
}

// sayState writes a line for every question that is there: its path, its value,
// and what is wrong with it.
func (c *call) sayState(in *form.Instance, all bool) {
	in.Walk(func(i *form.Item) {
		s := in.State(i)
		if kindOf(i) != "question" || !s.Relevant && !all {
			return
		}
		var notes []string
		note := func(yes bool, key string) {
			if yes {
				notes = append(notes, c.t.T(key))
			}
		}
		note(!s.Relevant, "ctl.fill.not_relevant")
		note(s.ReadOnly, "ctl.fill.read_only")
		note(s.Missing, "ctl.fill.missing")
		if !s.Satisfied {
			message := in.ConstraintMessage(i)
			if message == "" {
				message = c.t.T("ctl.fill.not_satisfied")
			}
			notes = append(notes, message)
		}
		line := i.Ref() + " = " + s.Value
		if len(notes) > 0 {
			line += "  (" + strings.Join(notes, "; ") + ")"
		}
		c.say("%s", line)
	})
}

// traced is the outcome of one form against its trace.
type traced struct {
	Form  string `json:"form"`
	Error string `json:"error,omitempty"`
	*form.Replayed
}

// traceChecklist fills checklists as traces of another engine tell, and
// compares.
func traceChecklist(c *call) error {
	f := c.flags()
	misses := f.Int("misses", 3, c.t.T("ctl.flag.trace_misses"))
	args, err := c.parse(f, 2)
	if err != nil {
		return err
	}
	pairs := [][2]string{{args[0], args[1]}}
	if st, err := os.Stat(args[1]); err == nil && st.IsDir() {
		if pairs, err = pairsOf(args[0], args[1]); err != nil {
			return err
		}
	}
	var rows []traced
	assertions, matched, perfect := 0, 0, 0
	for _, p := range pairs {
		row := traced{Form: filepath.Base(p[0]), Replayed: &form.Replayed{}}
		r, err := replayOne(p[0], p[1])
		switch {
		case err != nil && len(pairs) == 1:
			return err
		case err != nil:
			row.Error = c.explain(err)
		default:
			row.Replayed = r
			assertions += r.Assertions
			matched += r.Matched
			if r.Perfect() {
				perfect++
			}
		}
		rows = append(rows, row)
	}
	if c.json {
		c.print(map[string]any{"forms": rows, "assertions": assertions, "matched": matched, "perfect": perfect})
	} else {
		for _, row := range rows {
			if row.Error != "" {
				c.say("%s  %s", row.Form, row.Error)
			}
			for _, m := range row.Misses[:min(*misses, len(row.Misses))] {
				c.say("%s  %s", row.Form, c.t.T("ctl.trace.miss", "step", m.Step, "ref", m.Ref, "what", m.What, "got", m.Got, "want", m.Want))
			}
		}
		c.say("%s", c.t.T("ctl.trace.sum", "assertions", assertions, "matched", matched, "perfect", perfect, "forms", len(rows)))
	}
	if matched < assertions || perfect < len(rows) {
		return errFound
	}
	return nil
}

func replayOne(formPath, tracePath string) (*form.Replayed, error) {
	compiled, _, err := compileForm(formPath)
	if err != nil {
		return nil, err
	}
	b, err := readSmall(tracePath)
	if err != nil {
		return nil, err
	}
	t, err := form.ReadTrace(b)
	if err != nil {
		return nil, err
	}
	return form.Replay(compiled, t)
}

// pairsOf finds the forms and traces of two folders that have the same name but
// for the ending.
func pairsOf(forms, traces string) ([][2]string, error) {
	names, err := os.ReadDir(traces)
	if err != nil {
		return nil, unreadable(traces, "file", err)
	}
	var out [][2]string
	for _, n := range names {
		stem, ok := strings.CutSuffix(n.Name(), ".json")
		if !ok {
			continue
		}
		for _, end := range []string{".xlsx", ".json"} {
			path := filepath.Join(forms, stem+end)
			if _, err := os.Stat(path); err == nil {
				out = append(out, [2]string{path, filepath.Join(traces, n.Name())})
				break
			}
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a][0] < out[b][0] })
	if len(out) == 0 {
		return nil, &record.Error{Code: record.NotFound, Message: "ctl.trace.no_pairs", Args: map[string]any{"forms": forms, "traces": traces}}
	}
	return out, nil
}
