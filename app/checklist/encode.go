package checklist

import (
	"bytes"
	"encoding/json"
	"reflect"
	"sort"
	"strings"

	"plumbline/app/record"
)

// Encode writes a checklist in the one form that this program gives it: fields
// in the order of README.md, what is empty left out, one line for each section,
// item, element, choice and instrument. Equal checklists give equal bytes, and
// so the same digest. It says how a checklist is written that is made here; one
// that came from elsewhere keeps the bytes it came with (Bytes).
func Encode(c Checklist) []byte {
	var e encoder
	e.object(reflect.ValueOf(c), 0, true)
	e.WriteByte('\n')
	return e.Bytes()
}

type encoder struct{ bytes.Buffer }

// always are the fields that stand in a checklist even when they are empty: a
// reader sees that the article was left open, not forgotten.
var always = map[string]bool{
	"Basis.article": true, "Item.deadline_days": true, "Item.legal_basis": true, "Instrument.edition": true, "Instrument.edition_zh": true,
	"Checklist.applies_to": true, "Checklist.legal_basis_of_check": true, "Checklist.instruments": true,
}

// ofOldFormat are fields that only /1 writes, or only /2: in the other they are
// computed.
var (
	ofItems    = map[string]bool{"sections": true, "items": true}
	ofElements = map[string]bool{"languages": true, "default_language": true, "instance_name": true, "elements": true, "lists": true, "scoring": true, "x": true}
)

func (e *encoder) object(v reflect.Value, depth int, top bool) {
	e.WriteByte('{')
	first := true
	e.fields(v, v.Type().Name(), depth, top, &first)
	if top {
		e.WriteString("\n")
	}
	e.WriteByte('}')
}

func (e *encoder) fields(v reflect.Value, of string, depth int, top bool, first *bool) {
	t := v.Type()
	elements := false
	if c, ok := v.Interface().(Checklist); ok {
		elements = c.Schema == SchemaElements
	}
	for n := range t.NumField() {
		f := t.Field(n)
		if !f.IsExported() {
			continue
		}
		x := v.Field(n)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			e.fields(x, of, depth, top, first)
			continue
		}
		if name == "-" || top && (elements && ofItems[name] || !elements && ofElements[name]) {
			continue
		}
		if empty(x) && !always[of+"."+name] {
			continue
		}
		if !*first {
			e.WriteByte(',')
			if !top {
				e.WriteByte(' ')
			}
		}
		if top {
			e.WriteString("\n ")
		}
		*first = false
		e.text(name)
		e.WriteString(": ")
		if text, ok := x.Interface().(record.Text); ok && name != "competent_authority" {
			e.bothTexts(text)
			continue
		}
		if name == "formula" {
			e.object1(x, true)
			continue
		}
		e.value(x, depth, top)
	}
}

// empty tells what is left out. A pointer to zero is not empty: a deadline of
// no days is one.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (e *encoder) bothTexts(t record.Text) {
	e.WriteByte('{')
	if t.English != "" {
		e.WriteString(`"en": `)
		e.text(t.English)
	}
	if t.Chinese != "" {
		if t.English != "" {
			e.WriteString(", ")
		}
		e.WriteString(`"zh": `)
		e.text(t.Chinese)
	}
	e.WriteByte('}')
}

func (e *encoder) value(v reflect.Value, depth int, top bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			e.WriteString("null")
			return
		}
		e.value(v.Elem(), depth, false)
	case reflect.Struct:
		e.object(v, depth, false)
	case reflect.Map:
		e.object1(v, false)
	case reflect.Slice:
		e.list(v, depth, top)
	case reflect.String:
		e.text(v.String())
	default:
		b, _ := json.Marshal(v.Interface()) // whole numbers and truth values cannot fail
		e.Write(b)
	}
}

// list writes a list; rows of a checklist take a line each.
func (e *encoder) list(v reflect.Value, depth int, top bool) {
	rows := top && v.Type().Elem().Kind() == reflect.Struct && v.Len() > 0
	switch v.Type().Elem() {
	case reflect.TypeFor[Element](), reflect.TypeFor[ListChoice]():
		rows = v.Len() > 0
	}
	e.WriteByte('[')
	for n := range v.Len() {
		if n > 0 {
			e.WriteByte(',')
		}
		if rows {
			e.WriteString("\n" + strings.Repeat(" ", depth+2))
		} else if n > 0 {
			e.WriteByte(' ')
		}
		e.value(v.Index(n), depth+1, false)
	}
	if rows {
		e.WriteString("\n" + strings.Repeat(" ", depth+1))
	}
	e.WriteByte(']')
}

// object1 writes a map, its keys in order.
func (e *encoder) object1(v reflect.Value, reversed bool) {
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	sort.Strings(keys)
	if reversed { // formulas: the public foundation's before the private one's
		sort.Sort(sort.Reverse(sort.StringSlice(keys)))
	}
	e.WriteByte('{')
	first := true
	for _, k := range keys {
		x := v.MapIndex(reflect.ValueOf(k))
		if !first {
			e.WriteString(", ")
		}
		first = false
		e.text(k)
		e.WriteString(": ")
		e.value(x, 0, false)
	}
	e.WriteByte('}')
}

func (e *encoder) text(s string) {
	j := json.NewEncoder(&e.Buffer)
	j.SetEscapeHTML(false)
	j.Encode(s) // a string cannot fail
	e.Truncate(e.Len() - 1)
}
