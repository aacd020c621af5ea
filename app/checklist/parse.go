package checklist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"plumbline/app/record"
)

// Versions of the format that Parse reads: a list of items, and a tree of
// elements with the logic their author gave them.
const (
	Schema         = "plumbline-checklist/1"
	SchemaElements = "plumbline-checklist/2"
)

// Limits on a checklist from elsewhere: far above any real one, low enough
// that no file can hurt a laptop.
const (
	MaxBytes = 4 << 20
	MaxItems = 2000
)

// Parse reads a checklist. What is wrong comes back as a *record.Error whose
// Field is the path of the place, such as items[3].answer.options[1].value.
// Fields this version does not know are no error: they stay in Bytes.
func Parse(b []byte) (Checklist, error) {
	var c Checklist
	if len(b) > MaxBytes {
		return c, &record.Error{Code: record.TooLarge, Message: "checklist.too_large", Args: map[string]any{"bytes": len(b), "limit": MaxBytes}}
	}
	unknown, err := read(b, &c, Schema, SchemaElements)
	if err != nil {
		return Checklist{}, err
	}
	c.unknown = unknown
	if err := c.settle(); err != nil {
		return Checklist{}, err
	}
	c.bytes = bytes.Clone(b)
	c.digest = record.HashOf(b)
	return c, nil
}

// read decodes a document of ours, in one of these schemas, into v, a pointer
// to a struct, and lists the paths it did not know.
func read(b []byte, v any, schemas ...string) (unknown []string, err error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) {
		return nil, wrong("", "checklist.not_utf8", nil)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(b, &whole); err != nil {
		line, column := 1, 1
		var at *json.SyntaxError
		if errors.As(err, &at) {
			before := b[:max(0, min(int(at.Offset)-1, len(b)))]
			line += bytes.Count(before, []byte("\n"))
			column = utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
		}
		e := wrong("", "checklist.not_json", map[string]any{"line": line, "column": column})
		e.Err = err
		return nil, e
	}
	var head struct {
		Schema string `json:"schema"`
	}
	json.Unmarshal(whole, &head) // what is no object is told below
	schema := schemas[len(schemas)-1]
	name, _, _ := strings.Cut(schema, "/")
	known := among(head.Schema, schemas)
	if got, _, ok := strings.Cut(head.Schema, "/"); ok && got == name && !known {
		return nil, &record.Error{Code: record.Newer, Message: "checklist.newer", Field: "schema", Args: map[string]any{"schema": head.Schema, "known": schema}}
	}
	d := decoder{json: json.NewDecoder(bytes.NewReader(whole)), fields: map[reflect.Type]map[string][]int{}}
	d.json.UseNumber()
	if err := d.value(reflect.ValueOf(v).Elem()); err != nil {
		return nil, err
	}
	if !known {
		return nil, wrong("schema", "checklist.other_schema", map[string]any{"schema": head.Schema, "known": schema})
	}
	return d.unknown, nil
}

func wrong(path, message string, args map[string]any) *record.Error {
	return &record.Error{Code: record.Invalid, Message: message, Field: path, Args: args}
}

// decoder is encoding/json with the path of what is wrong, with an error for
// a field given twice, and without its habit of taking "Code" for "code". It
// reads the document once.
type decoder struct {
	json    *json.Decoder
	path    []string // ".items", "[3]", ".answer"
	unknown []string
	fields  map[reflect.Type]map[string][]int
}

func (d *decoder) wrong(message string, args map[string]any) error {
	return wrong(d.where(), message, args)
}

func (d *decoder) where() string {
	return strings.TrimPrefix(strings.Join(d.path, ""), ".")
}

// value reads the next value into v.
func (d *decoder) value(v reflect.Value) error {
	t, err := d.json.Token()
	if err != nil {
		return d.wrong("checklist.not_json", nil) // checked before: does not happen
	}
	if t == nil {
		return nil // null is as if it were not there; what must be there is checked later
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	want := "checklist.want_text"
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		if t == json.Delim('{') {
			return d.object(v)
		}
		want = "checklist.want_object"
	case reflect.Slice:
		if t == json.Delim('[') {
			return d.list(v)
		}
		want = "checklist.want_list"
	case reflect.Bool:
		if b, ok := t.(bool); ok {
			v.SetBool(b)
			return nil
		}
		want = "checklist.want_bool"
	case reflect.Int:
		if n, ok := t.(json.Number); ok {
			if i, err := n.Int64(); err == nil && i == int64(int32(i)) {
				v.SetInt(i)
				return nil
			}
		}
		want = "checklist.want_whole"
	case reflect.String:
		if s, ok := t.(string); ok {
			v.SetString(s)
			return nil
		}
	}
	return d.wrong(want, nil)
}

func (d *decoder) list(v reflect.Value) error {
	for n := 0; d.json.More(); n++ {
		d.path = append(d.path, "["+strconv.Itoa(n)+"]")
		v.Grow(1)
		v.SetLen(n + 1)
		if err := d.value(v.Index(n)); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	_, err := d.json.Token() // ]
	return err
}

// object reads the fields of a struct, or the texts of a map.
func (d *decoder) object(v reflect.Value) error {
	var fields map[string][]int
	if v.Kind() == reflect.Map {
		v.Set(reflect.MakeMap(v.Type()))
	} else if fields = d.fields[v.Type()]; fields == nil {
		fields = fieldsOf(v.Type())
		d.fields[v.Type()] = fields
	}
	seen := map[string]bool{}
	for d.json.More() {
		t, err := d.json.Token()
		if err != nil {
			return err
		}
		name := t.(string) // a field's name: the syntax was checked before
		d.path = append(d.path, "."+name)
		if seen[name] {
			return d.wrong("checklist.twice", map[string]any{"what": name})
		}
		seen[name] = true
		index, known := fields[name]
		switch {
		case v.Kind() == reflect.Map:
			text := reflect.New(v.Type().Elem()).Elem()
			err = d.value(text)
			v.SetMapIndex(reflect.ValueOf(name), text)
		case known:
			err = d.value(v.FieldByIndex(index))
		default:
			d.unknown = append(d.unknown, d.where())
			var skipped json.RawMessage
			err = d.json.Decode(&skipped)
		}
		if err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	_, err := d.json.Token() // }
	return err
}

// fieldsOf maps the JSON names of a struct's fields to their places.
func fieldsOf(t reflect.Type) map[string][]int {
	out := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" && f.IsExported() {
			out[name] = f.Index
		}
	}
	return out
}

var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,99}$`)
	versionForm = regexp.MustCompile(`^\d{1,6}\.\d{1,6}\.\d{1,6}$`)

	authoredVersion = regexp.MustCompile(`^[^\s\pC]([^\pC]{0,62}[^\s\pC])?$`) // whatever its author counts by
	authoredCode    = authoredVersion
	uidForm         = regexp.MustCompile(`^[a-z0-9]{6,32}$`)
	codeForm        = regexp.MustCompile(`^[A-Z]{1,8}-\d{1,4}$`)
	nameForm        = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

var (
	kinds       = []record.OrganizationKind{record.SocialGroup, record.ServiceOrganization, record.Foundation, record.Charity, record.OtherOrganization}
	severities  = []record.Severity{record.Critical, record.Major, record.Minor, record.Info}
	confidences = []record.Confidence{record.Verified, record.SecondarySeen, record.InstrumentOnly, record.FromMemory}
	answerTypes = []AnswerType{Conformity, Match, Choice, MultiChoice, Number, Count, Money, Percent, Ratio, Date, FreeText, Rating5, PerFinding}
	photoRules  = []string{PhotoRequired, PhotoRecommended, PhotoOptional, PhotoForbidden}
)

// oneOf checks that x is one of the values a field may have.
func oneOf[T ~string](path string, x T, list ...T) error {
	if among(x, list) {
		return nil
	}
	words := make([]string, len(list))
	for n, w := range list {
		words[n] = string(w)
	}
	return wrong(path, "checklist.not_one_of", map[string]any{"value": string(x), "allowed": strings.Join(words, ", ")})
}

func formed(path, x string, r *regexp.Regexp) error {
	if r.MatchString(x) {
		return nil
	}
	return wrong(path, "checklist.bad_form", map[string]any{"value": x})
}

func text(path string, t record.Text) error {
	if strings.TrimSpace(t.Chinese) == "" && strings.TrimSpace(t.English) == "" {
		return wrong(path, "checklist.text_missing", nil)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// settle checks what the single values cannot tell and links the parts.
func (c *Checklist) settle() error {
	authored := c.Schema == SchemaElements
	versions := versionForm
	if authored {
		versions = authoredVersion
		if len(c.Sections)+len(c.Items) > 0 {
			return wrong("items", "checklist.items_and_elements", nil)
		}
		if err := c.derive(); err != nil {
			return err
		}
	} else if len(c.Elements) > 0 {
		return wrong("elements", "checklist.items_and_elements", nil)
	}
	err := firstError(
		formed("id", c.ID, idForm),
		formed("version", c.Version, versions),
		oneOf("status", c.Status, "draft", "published", "retired"),
		text("title", c.Title),
		kindsIn("applies_to", c.AppliesTo),
	)
	if err != nil {
		return err
	}
	if len(c.AppliesTo) == 0 {
		return wrong("applies_to", "checklist.empty", nil)
	}
	if !authored && len(c.Sections) == 0 {
		return wrong("sections", "checklist.empty", nil)
	}
	if !authored && len(c.Items) == 0 {
		return wrong("items", "checklist.empty", nil)
	}
	if len(c.Items) > MaxItems {
		return &record.Error{Code: record.TooLarge, Message: "checklist.too_many_items", Field: "items", Args: map[string]any{"n": len(c.Items), "limit": MaxItems}}
	}
	c.instruments = map[string]*record.Instrument{}
	for n := range c.Instruments {
		p := fmt.Sprintf("instruments[%d]", n)
		ref := c.Instruments[n].Ref
		if ref == "" || c.instruments[ref] != nil {
			return wrong(p+".ref", "checklist.twice", map[string]any{"what": ref})
		}
		if err := text(p, record.Text{Chinese: c.Instruments[n].Chinese, English: c.Instruments[n].English}); err != nil {
			return err
		}
		c.instruments[ref] = &c.Instruments[n]
	}
	for n, ref := range c.Basis {
		if c.instruments[ref] == nil {
			return wrong(fmt.Sprintf("legal_basis_of_check[%d]", n), "checklist.no_instrument", map[string]any{"ref": ref})
		}
	}
	place := map[string]int{}
	for n, s := range c.Sections {
		p := fmt.Sprintf("sections[%d]", n)
		if err := firstError(formed(p+".id", s.ID, idForm), text(p+".title", s.Title)); err != nil {
			return err
		}
		if _, ok := place[s.ID]; ok {
			return wrong(p+".id", "checklist.twice", map[string]any{"what": s.ID})
		}
		place[s.ID] = n
	}
	c.uids = map[string]*Item{}
	codes, keys := map[string]bool{}, map[string]bool{}
	for n := range c.Items {
		it := &c.Items[n]
		p := fmt.Sprintf("items[%d]", n)
		if err := it.settle(p, c.instruments); err != nil {
			return err
		}
		if _, ok := place[it.Section]; !ok {
			return wrong(p+".section", "checklist.no_section", map[string]any{"section": it.Section})
		}
		if c.uids[it.UID] != nil {
			return wrong(p+".uid", "checklist.twice", map[string]any{"what": it.UID})
		}
		if codes[it.Code] {
			return wrong(p+".code", "checklist.twice", map[string]any{"what": it.Code})
		}
		c.uids[it.UID], codes[it.Code] = it, true
		if key := it.Answer.Key; key != "" {
			if keys[key] {
				return wrong(p+".answer.key", "checklist.twice", map[string]any{"what": key})
			}
			keys[key] = true
			c.keyed = append(c.keyed, it)
		}
		c.ordered = append(c.ordered, it)
	}
	sort.SliceStable(c.ordered, func(a, b int) bool { return place[c.ordered[a].Section] < place[c.ordered[b].Section] })
	for n := range c.Items {
		a := &c.Items[n].Answer
		if a.rule != nil {
			if err := namesKnown(fmt.Sprintf("items[%d].answer.rule", n), a.rule, keys); err != nil {
				return err
			}
		}
		if a.formulas != nil {
			a.figures = map[string]record.Text{}
			for _, it := range c.keyed {
				a.figures[it.Answer.Key] = it.Text
			}
		}
	}
	return nil
}

func kindsIn(path string, list []record.OrganizationKind) error {
	for n, k := range list {
		if err := oneOf(fmt.Sprintf("%s[%d]", path, n), k, kinds...); err != nil {
			return err
		}
	}
	return nil
}

// namesKnown checks that a rule uses only names that can have a value.
func namesKnown(path string, e *Expression, keys map[string]bool) error {
	for _, name := range e.Names() {
		if name != "value" && name != "inspection_date" && !strings.HasPrefix(name, "org.") && !keys[name] {
			return wrong(path, "checklist.unknown_name", map[string]any{"name": name})
		}
	}
	return nil
}

// settle checks one item at path p.
func (it *Item) settle(p string, instruments map[string]*record.Instrument) error {
	codes := codeForm
	if it.element != nil {
		codes = authoredCode
	}
	err := firstError(
		formed(p+".uid", it.UID, uidForm),
		formed(p+".code", it.Code, codes),
		text(p+".text", it.Text),
		oneOf(p+".severity", it.Severity, severities...),
		oneOf(p+".evidence.photo", it.Evidence.Photo, photoRules...),
		oneOf(p+".evidence.position", it.Evidence.Position, "", "recommended"),
		oneOf(p+".credit_consequence", it.Credit, "", "abnormal", "serious"),
		kindsIn(p+".org_types", it.OrgTypes),
		it.Answer.settle(p+".answer"),
	)
	if err != nil {
		return err
	}
	if it.Deadline != nil && *it.Deadline < 0 {
		return wrong(p+".deadline_days", "checklist.negative", nil)
	}
	if it.AppliesIf != "" {
		if err := formed(p+".applies_if", it.AppliesIf, nameForm); err != nil {
			return err
		}
	}
	for n, b := range it.Basis {
		at := fmt.Sprintf("%s.legal_basis[%d]", p, n)
		if instruments != nil && instruments[b.Ref] == nil {
			return wrong(at+".ref", "checklist.no_instrument", map[string]any{"ref": b.Ref})
		}
		if err := firstError(oneOf(at+".confidence", b.Confidence, confidences...), kindsIn(at+".org_types", b.OrgTypes)); err != nil {
			return err
		}
	}
	return nil
}

func (a *AnswerSpec) settle(p string) error {
	if err := oneOf(p+".type", a.Type, answerTypes...); err != nil {
		return err
	}
	if a.Key != "" {
		if err := formed(p+".key", a.Key, nameForm); err != nil {
			return err
		}
	}
	switch a.Type {
	case Choice, MultiChoice:
		if len(a.Options) == 0 {
			return wrong(p+".options", "checklist.empty", nil)
		}
	case Match:
		if a.ExpectedField == "" {
			return wrong(p+".expected_field", "checklist.missing", nil)
		}
	case Ratio:
		if len(a.Formula) == 0 {
			return wrong(p+".formula", "checklist.empty", nil)
		}
	case PerFinding:
		if err := oneOf(p+".repeat_over", a.RepeatOver, "previous_findings"); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for n, o := range a.Options {
		at := fmt.Sprintf("%s.options[%d]", p, n)
		if o.Value == "" {
			return wrong(at+".value", "checklist.missing", nil)
		}
		if seen[o.Value] {
			return wrong(at+".value", "checklist.twice", map[string]any{"what": o.Value})
		}
		seen[o.Value] = true
		if err := text(at, o.Text); err != nil {
			return err
		}
	}
	for n, v := range a.Nonconforming {
		if !seen[v] {
			return wrong(fmt.Sprintf("%s.nonconforming_values[%d]", p, n), "checklist.no_option", map[string]any{"value": v})
		}
	}
	if a.Rule != "" {
		e, err := Compile(a.Rule)
		if err != nil {
			return at(p+".rule", err)
		}
		if e.Comparison() == "" {
			return wrong(p+".rule", "checklist.rule_compares_nothing", nil)
		}
		a.rule = e
	}
	for subtype, formula := range a.Formula {
		path := p + ".formula." + subtype
		if err := oneOf(path, subtype, "all", PublicFoundation, PrivateFoundation, string(record.SocialGroup), string(record.ServiceOrganization), string(record.Foundation), string(record.Charity), string(record.OtherOrganization)); err != nil {
			return err
		}
		e, err := Compile(formula)
		if err != nil {
			return at(path, err)
		}
		if a.formulas == nil {
			a.formulas = map[string]*Expression{}
		}
		a.formulas[subtype] = e
	}
	return nil
}

// at sets the path of an error that does not know where it is.
func at(path string, err error) error {
	var e *record.Error
	if errors.As(err, &e) {
		e.Field = path
	}
	return err
}
