package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// answersIn is an answers file: item codes (CODE@FINDING for an item that
// repeats), "facts" about the organization and "visit" about the visit itself.
type answersIn struct {
	items  map[string]answered
	facts  map[string]record.Answer // by checklist.FactKey
	visit  map[string]any
	folder string // that photos without a full path lie in
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
	OnTheSpot    *bool             `json:"on_the_spot"`
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
		Severity: a.Severity, DeadlineDays: a.DeadlineDays, OnTheSpot: a.OnTheSpot != nil && *a.OnTheSpot}
}

// maxAnswers is more than any answers file can need; a disk image given by
// mistake is not read whole.
const maxAnswers = 64 << 20

// readAnswers reads an answers file, "-" for standard input. It is refused as
// a whole when any of it cannot be understood: half an answer is worse than none.
func readAnswers(path string) (answersIn, error) {
	in := answersIn{items: map[string]answered{}, facts: map[string]record.Answer{}}
	from := io.Reader(os.Stdin)
	if path != "-" {
		in.folder = filepath.Dir(path)
		f, err := os.Open(path)
		if err != nil {
			return in, unreadable(path, "file", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxAnswers+1))
	if err != nil {
		return in, unreadable(path, "file", err)
	}
	broken := func(message string, args map[string]any, err error) error {
		if args == nil {
			args = map[string]any{}
		}
		args["file"] = path
		return &record.Error{Code: record.Invalid, Message: message, Field: "file", Args: args, Err: err}
	}
	if len(b) > maxAnswers {
		return in, broken("ctl.answers_large", map[string]any{"limit": maxAnswers >> 20}, nil)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) {
		// encoding/json would put U+FFFD for what it cannot read.
		return in, broken("ctl.answers_encoding", nil, nil)
	}
	var whole json.RawMessage
	err = json.Unmarshal(b, &whole)
	var parts []member
	if err == nil {
		parts, err = members(b)
	}
	if err != nil {
		line, column := place(b, err)
		return in, broken("ctl.answers_syntax", map[string]any{"line": line, "column": column}, err)
	}
	seen := map[string]bool{}
	for _, m := range parts {
		if seen[m.name] {
			return in, broken("ctl.answered_twice", map[string]any{"item": m.name}, nil)
		}
		seen[m.name] = true
		switch m.name {
		case "facts":
			var facts map[string]bool
			err = json.Unmarshal(m.value, &facts)
			for name, yes := range facts {
				in.facts[checklist.FactKey(name)] = factAnswer(yes)
			}
		case "visit":
			err = json.Unmarshal(m.value, &in.visit)
		default:
			var a answered
			err = json.Unmarshal(m.value, &a)
			in.items[m.name] = a
		}
		if err != nil {
			if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
				return in, broken("ctl.answers_field", map[string]any{"item": m.name, "field": strings.Trim(field, `"`)}, err)
			}
			return in, broken("ctl.answers_type", map[string]any{"item": m.name}, err)
		}
	}
	return in, nil
}

func factAnswer(yes bool) record.Answer {
	value := checklist.No
	if yes {
		value = checklist.Yes
	}
	return record.Answer{Value: json.RawMessage(`"` + value + `"`)}
}

// member is one name and value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members takes one JSON object apart. Unlike a map it keeps names that stand
// twice, so that none of the two is lost unseen.
func members(b []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(&json.SyntaxError{Offset: 1}, err)
	}
	var out []member
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{}
		m.name, _ = t.(string) // the decoder takes nothing else here
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// place gives line and column of a syntax error, from 1, as an editor counts
// them; of a text that ends too early, its end.
func place(b []byte, err error) (line, column int) {
	at := len(b)
	var e *json.SyntaxError
	if errors.As(err, &e) && e.Offset > 0 && int(e.Offset) <= len(b) && !strings.Contains(e.Error(), "unexpected end") {
		at = int(e.Offset) - 1
	}
	line = 1 + bytes.Count(b[:at], []byte("\n"))
	return line, 1 + utf8.RuneCount(b[bytes.LastIndexByte(b[:at], '\n')+1:at])
}

// unreadable says that a file cannot be read.
func unreadable(path, field string, err error) error {
	return &record.Error{Code: record.NotFound, Message: "ctl.file_unreadable", Field: field, Args: map[string]any{"file": path}, Err: err}
}

// keyed finds for every code in the file the item of this visit, facts first:
// they decide which items there are.
func (in answersIn) keyed(v desk.Visit) (answers map[string]record.Answer, photos map[string][]string, err error) {
	answers, photos = map[string]record.Answer{}, map[string][]string{}
	for key, a := range in.facts {
		answers[key] = a
	}
	v = v.With(answers, time.Now())
	// An authored checklist asks some items only once others are answered, so
	// what is not found is looked for again with what was.
	for waiting := sortedKeys(in.items); len(waiting) > 0; {
		var left []string
		for _, code := range waiting {
			key, ok := keyOf(v, code)
			if !ok {
				left = append(left, code)
				continue
			}
			if _, twice := answers[key]; twice {
				return nil, nil, &record.Error{Code: record.Invalid, Message: "ctl.answered_twice", Field: code, Args: map[string]any{"item": code}}
			}
			a := in.items[code]
			answers[key] = merged(v.Inspection.Answers[key], a)
			for _, p := range a.Photos {
				if !filepath.IsAbs(p) {
					p = filepath.Join(in.folder, p)
				}
				photos[key] = append(photos[key], p)
			}
		}
		if len(left) == len(waiting) {
			return nil, nil, &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: left[0], Args: map[string]any{"item": left[0]}}
		}
		if waiting = left; len(left) > 0 {
			v = v.With(answers, time.Now())
		}
	}
	return answers, photos, nil
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
	if a.OnTheSpot == nil {
		n.OnTheSpot = old.OnTheSpot
	}
	if n.Inputs == nil {
		n.Inputs = old.Inputs
	}
	return n
}

// keyOf finds the item people call by code, or CODE@FINDING, or a key; in an
// authored checklist also CODE@INSTANCE and REPEAT@INSTANCE.
func keyOf(v desk.Visit, code string) (string, bool) {
	name, repeat, repeats := strings.Cut(code, "@")
	for _, n := range v.Nodes {
		if n.Key == code || n.Item.Code == name && (!repeats || n.Repeat == repeat) {
			return n.Key, true
		}
	}
	if r := v.Checklist.RepeatOf(name); r != nil && repeats {
		return checklist.InstanceKey(r.UID, repeat), true // one more instance of it
	}
	return "", false
}
