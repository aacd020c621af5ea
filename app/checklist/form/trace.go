package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/app/record"
)

// Trace is a record of how another engine behaved on a form, as ODK Web Forms
// can be made to write it: the state of every item at the beginning, then
// answers, and what each of them changed.
type Trace struct {
	Clock   time.Time `json:"clock"`
	Zone    string    `json:"tz"`
	Preload struct {
		Device string `json:"deviceID"`
		User   string `json:"username"`
		Email  string `json:"email"`
		Phone  string `json:"phoneNumber"`
	} `json:"preload"`
	// Volatile lists the items whose values differ from run to run.
	Volatile []string              `json:"volatile"`
	Initial  map[string]TraceState `json:"initial"`
	Steps    []Step                `json:"steps"`
	Labels   map[string]string     `json:"labels"` // at the end
}

// Step is one thing that an inspector did.
type Step struct {
	// Ref is the path of the item, as Item.Ref gives it.
	Ref string `json:"ref"`
	// Set is the answer given, if one is.
	Set *string `json:"set,omitempty"`
	// Do is add or remove, of an instance of the repeat at Ref; At is the place,
	// from 0, of the one removed.
	Do string `json:"op,omitempty"`
	At int    `json:"at,omitempty"`

	// In a trace: why the other engine did not do it, what changed, and what is
	// no longer there.
	Failed  string                `json:"err,omitempty"`
	Changed map[string]TraceState `json:"diff,omitempty"`
	Gone    []string              `json:"gone,omitempty"`
}

// TraceState is the state of one item. What a trace does not say is nil.
type TraceState struct {
	Value     *string       `json:"v"`
	Relevant  bool          `json:"r"`
	Required  *bool         `json:"q"`
	ReadOnly  *bool         `json:"ro"`
	Satisfied *bool         `json:"c"`
	Options   *TraceOptions `json:"o"`
}

// TraceOptions are the choices offered: all, or of a long list the number and
// the first ones.
type TraceOptions struct {
	Values []string
	Count  int
}

// UnmarshalJSON takes a list of values, or an object with n and first.
func (o *TraceOptions) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		if err := json.Unmarshal(b, &o.Values); err != nil {
			return err
		}
		o.Count = len(o.Values)
		return nil
	}
	var cut struct {
		N     int
		First []string
	}
	err := json.Unmarshal(b, &cut)
	o.Values, o.Count = cut.First, cut.N
	return err
}

// ReadTrace reads a trace from JSON.
func ReadTrace(b []byte) (*Trace, error) {
	t := &Trace{}
	if err := json.Unmarshal(b, t); err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "form.trace_broken", Err: err}
	}
	return t, nil
}

// Circumstances gives those under which the trace was made.
func (t *Trace) Circumstances() (Circumstances, error) {
	c := Circumstances{Now: t.Clock, Seed: 1, Device: t.Preload.Device, User: t.Preload.User, Email: t.Preload.Email, Phone: t.Preload.Phone}
	if t.Zone == "" {
		return c, nil
	}
	var err error
	if c.Zone, err = time.LoadLocation(t.Zone); err != nil {
		return c, &record.Error{Code: record.Invalid, Message: "form.zone_unknown", Args: map[string]any{"zone": t.Zone}, Err: err}
	}
	return c, nil
}

// Miss is something in which a replay and a trace differ.
type Miss struct {
	Step int    `json:"step"` // from 1; 0 is the beginning
	Ref  string `json:"ref"`
	What string `json:"what"` // exists, relevant, value, required, read_only, constraint, options, label
	Got  string `json:"got"`
	Want string `json:"want"`
}

func (m Miss) String() string {
	return fmt.Sprintf("%d %s %s: %q, want %q", m.Step, m.Ref, m.What, m.Got, m.Want)
}

// Replayed counts what a replay and a trace agree on.
type Replayed struct {
	Assertions int            `json:"assertions"`
	Matched    int            `json:"matched"`
	ByKind     map[string]int `json:"by_kind"` // assertions
	Misses     []Miss         `json:"misses"`
}

// Perfect: there is no difference.
func (r *Replayed) Perfect() bool { return r.Assertions == r.Matched }

// Replay fills a form as a trace tells and compares the state of every item
// after every step. Identities made by chance are left out, as are differences
// in how the same number or place is written.
func Replay(form *Compiled, t *Trace) (*Replayed, error) {
	around, err := t.Circumstances()
	if err != nil {
		return nil, err
	}
	in := form.Begin(around)
	in.loose = true // ODK Web Forms takes any text for a select_one_external
	r := &replay{in: in, volatile: map[string]bool{}, out: &Replayed{ByKind: map[string]int{}, Misses: []Miss{}}}
	for _, ref := range t.Volatile {
		r.volatile[ref] = true
	}
	want := maps.Clone(t.Initial)
	if want == nil {
		want = map[string]TraceState{}
	}
	r.compare(want)
	for n, s := range t.Steps {
		r.step = n + 1
		if s.Failed == "" {
			r.do(s)
		}
		maps.Copy(want, s.Changed)
		for _, ref := range s.Gone {
			delete(want, ref)
		}
		r.compare(want)
	}
	for _, ref := range slices.Sorted(maps.Keys(t.Labels)) {
		if i := in.Find(ref); i != nil && !strings.Contains(t.Labels[ref], "uuid:") {
			got, want := plainText(in.Label(i)), plainText(t.Labels[ref])
			r.judge(ref, "label", got, want, got == want)
		}
	}
	return r.out, nil
}

// plainText leaves out what word processors change: the white space between
// words and curled quotes.
func plainText(s string) string {
	s = strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`).Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

type replay struct {
	in       *Instance
	step     int
	volatile map[string]bool
	out      *Replayed
}

func (r *replay) judge(ref, what, got, want string, same bool) {
	r.out.Assertions++
	r.out.ByKind[what]++
	if same {
		r.out.Matched++
		return
	}
	r.out.Misses = append(r.out.Misses, Miss{r.step, ref, what, got, want})
}

// do does a step. What one engine refuses and the other takes shows in the
// state afterwards; ODK's empties what it refuses.
func (r *replay) do(s Step) {
	i := r.in.Find(s.Ref)
	if i == nil {
		r.judge(s.Ref, "exists", "", s.Ref, false)
		return
	}
	err := r.in.Do(i, s)
	if err != nil && s.Set != nil {
		err = r.in.Do(i, Step{Ref: s.Ref, Set: new(string)})
	}
	if err != nil {
		r.judge(s.Ref, "exists", err.Error(), "", false)
	}
}

// Do does a step with an item: it answers, adds or removes.
func (in *Instance) Do(i *Item, s Step) error {
	var err error
	switch {
	case s.Set != nil:
		_, err = in.Answer(i, *s.Set)
	case s.Do == "add":
		_, _, err = in.Add(i, "", -1)
	case s.Do == "remove":
		list := i.Children()
		if !i.IsRepeat() || s.At < 0 || s.At >= len(list) {
			return &record.Error{Code: record.NotFound, Message: "form.instance_gone", Field: i.def.node.Name}
		}
		_, err = in.Remove(list[s.At])
	}
	return err
}

func (r *replay) compare(want map[string]TraceState) {
	for _, ref := range slices.Sorted(maps.Keys(want)) {
		if r.volatile[ref] || strings.HasSuffix(ref, "/meta/instanceID") {
			continue
		}
		w := want[ref]
		i := r.in.Find(ref)
		if i == nil {
			r.judge(ref, "exists", "", ref, false)
			continue
		}
		s := r.in.State(i)
		flag := func(what string, got bool, want *bool) {
			if want != nil {
				r.judge(ref, what, strconv.FormatBool(got), strconv.FormatBool(*want), got == *want)
			}
		}
		flag("relevant", s.Relevant, &w.Relevant)
		if w.Value != nil {
			r.judge(ref, "value", s.Value, *w.Value, sameValue(i, s.Value, *w.Value))
		}
		flag("required", s.Required, w.Required)
		flag("read_only", s.ReadOnly, w.ReadOnly)
		flag("constraint", s.Satisfied, w.Satisfied)
		if w.Options != nil {
			got, want := r.in.OptionValues(i), w.Options.Values
			same := len(got) == w.Options.Count
			if same && !i.def.node.Choices.Random { // else in an order by chance
				same = slices.Equal(got[:len(want)], want)
			}
			r.judge(ref, "options", strings.Join(got, " "), strings.Join(want, " "), same)
		}
	}
}

func sameValue(i *Item, got, want string) bool {
	if got == want {
		return true
	}
	isUUID := func(s string) bool { return len(s) == 36 && strings.Count(s, "-") == 4 }
	if isUUID(got) && isUUID(want) {
		return true
	}
	if i.def.node.Choices.Random {
		return slices.Equal(slices.Sorted(strings.FieldsSeq(got)), slices.Sorted(strings.FieldsSeq(want)))
	}
	if a, err := strconv.ParseFloat(got, 64); err == nil {
		b, err := strconv.ParseFloat(want, 64)
		return err == nil && math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
	}
	switch i.def.holds {
	case TypeGeopoint, TypeGeotrace, TypeGeoshape:
		return slices.EqualFunc(coordinates(got), coordinates(want), func(a, b string) bool {
			x, err := strconv.ParseFloat(a, 64)
			y, err2 := strconv.ParseFloat(b, 64)
			return err == nil && err2 == nil && x == y || a == b
		})
	}
	return false
}

func coordinates(s string) []string { return strings.Fields(strings.ReplaceAll(s, ";", " ; ")) }
