package form

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// element is an element of an XForm, as pyxform writes them.
type element struct {
	name  string // local
	attrs map[string]string
	kids  []*element
	inner []any // texts and elements in order
}

func readXML(t *testing.T, path string) *element {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return parseXML(t, f)
}

func parseXML(t *testing.T, r io.Reader) *element {
	t.Helper()
	d := xml.NewDecoder(r)
	top := &element{}
	stack := []*element{top}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return top.kids[0]
		}
		if err != nil {
			t.Fatal(err)
		}
		at := stack[len(stack)-1]
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: map[string]string{}}
			if x.Name.Space == "orx" {
				e.name = "orx:" + e.name
			}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			at.kids, at.inner = append(at.kids, e), append(at.inner, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			at.inner = append(at.inner, string(x))
		}
	}
}

func (e *element) child(name string) *element {
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// text gives an element's text; an output becomes ${expression}.
func (e *element) text() string {
	var out strings.Builder
	for _, x := range e.inner {
		switch x := x.(type) {
		case string:
			out.WriteString(x)
		case *element:
			if x.name == "output" {
				out.WriteString("${" + x.attrs["value"] + "}")
			}
		}
	}
	return out.String()
}

// xform turns a compiled XForm into a Form, so that the engine can be asked the
// same questions as ODK's. Not all of XForms is read: what pyxform writes is.
func xform(t *testing.T, html *element) *Form {
	t.Helper()
	model := html.child("head").child("model")
	f := &Form{Languages: []string{""}}
	x := &xformReader{form: f, nodes: map[string]*Node{}, texts: map[string]Text{}, repeats: map[string]*element{}, controls: map[string]*element{}}
	if itext := model.child("itext"); itext != nil {
		f.Languages = nil
		for _, tr := range itext.kids {
			lang := tr.attrs["lang"]
			if _, ok := tr.attrs["default"]; ok {
				f.Languages = append([]string{lang}, f.Languages...)
			} else {
				f.Languages = append(f.Languages, lang)
			}
			for _, text := range tr.kids {
				for _, v := range text.kids {
					if v.attrs["form"] != "" {
						continue
					}
					id := text.attrs["id"]
					if x.texts[id] == nil {
						x.texts[id] = Text{}
					}
					x.texts[id][lang] = v.text()
				}
			}
		}
	}
	x.body(html.child("body"), "")
	var data *element
	for _, k := range model.kids {
		if k.name != "instance" {
			continue
		}
		if data == nil {
			data = k.kids[0]
			continue
		}
		x.list(k)
	}
	f.Name = data.name
	f.Nodes = x.children(data, "/"+data.name)
	for i, v := range x.values {
		trigger := ""
		if strings.Contains(v.attrs["event"], "xforms-value-changed") {
			trigger = x.within[i]
		}
		x.setvalue(v, trigger)
	}
	for _, k := range model.kids {
		switch k.name {
		case "bind":
			x.bind(k)
		case "setvalue":
			x.setvalue(k, "")
		}
	}
	return f
}

type xformReader struct {
	form     *Form
	nodes    map[string]*Node
	texts    map[string]Text
	repeats  map[string]*element
	controls map[string]*element
	values   []*element // setvalue in controls
	within   []string
}

func (x *xformReader) body(e *element, ref string) {
	for _, k := range e.kids {
		below := ref
		switch k.name {
		case "repeat":
			x.repeats[k.attrs["nodeset"]] = k
		case "setvalue":
			x.values = append(x.values, k)
			x.within = append(x.within, ref)
		default:
			if r := k.attrs["ref"]; r != "" && k.name != "label" && k.name != "hint" && k.name != "value" {
				below = r
				if _, ok := x.controls[r]; !ok {
					x.controls[r] = k
				}
			}
		}
		x.body(k, below)
	}
}

func (x *xformReader) label(e *element) Text {
	if e == nil {
		return nil
	}
	if id, ok := strings.CutPrefix(e.attrs["ref"], "jr:itext('"); ok {
		return x.texts[strings.TrimSuffix(id, "')")]
	}
	if e.attrs["ref"] != "" {
		return Text{"": "${" + e.attrs["ref"] + "}"}
	}
	return Text{"": e.text()}
}

func (x *xformReader) list(e *element) {
	l := List{Name: e.attrs["id"], File: e.attrs["src"]}
	if len(e.kids) > 0 {
		for _, item := range e.kids[0].kids {
			c := Choice{Columns: map[string]string{}}
			for _, cell := range item.kids {
				switch cell.name {
				case "name":
					c.Name = cell.text()
				case "label":
					c.Label = Text{"": cell.text()}
				case "itextId":
					c.Label = x.texts[cell.text()]
					c.Columns["itextId"] = cell.text()
				default:
					c.Columns[cell.name] = cell.text()
				}
			}
			l.Choices = append(l.Choices, c)
		}
	}
	x.form.Lists = append(x.form.Lists, l)
}

func (x *xformReader) children(e *element, path string) []*Node {
	var out []*Node
	for _, k := range e.kids {
		at := path + "/" + k.name
		if x.nodes[at] != nil {
			if x.nodes[at].Kind == Repeat {
				x.nodes[at].Empty = false // the instance after its template
			}
			x.children(k, at)
			continue
		}
		n := &Node{Name: k.name, Type: TypeText, UID: at}
		x.nodes[at] = n
		if r := x.repeats[at]; r != nil {
			n.Kind = Repeat
			n.Count = r.attrs["count"]
			_, n.Empty = k.attrs["template"]
		} else if len(k.kids) > 0 {
			n.Kind = Group
		} else {
			n.Default = k.text()
		}
		n.Children = x.children(k, at)
		x.control(n, at)
		out = append(out, n)
	}
	return out
}

var listPath = regexp.MustCompile(`(?s)^instance\('([^']*)'\)/root/item(?:\[(.*)\])?$`)

func (x *xformReader) control(n *Node, path string) {
	c := x.controls[path]
	if c == nil {
		return
	}
	n.Label, n.Hint = x.label(c.child("label")), x.label(c.child("hint"))
	switch c.name {
	case "select1":
		n.Type = TypeSelectOne
	case "select":
		n.Type = TypeSelectMultiple
	case "rank":
		n.Type = TypeRank
	case "trigger":
		n.Type = TypeAcknowledge
	case "range":
		n.Type = TypeRange
	}
	if c.name != "select1" && c.name != "select" && c.name != "rank" {
		n.Parameters = map[string]string{"start": c.attrs["start"], "end": c.attrs["end"], "step": c.attrs["step"]}
		return
	}
	if set := c.child("itemset"); set != nil {
		nodes := strings.TrimSpace(set.attrs["nodeset"])
		if inner, ok := strings.CutPrefix(nodes, "randomize("); ok {
			inner = strings.TrimSuffix(inner, ")")
			n.Choices.Random = true
			if at := strings.LastIndex(inner, ","); at > strings.LastIndexAny(inner, "])") {
				inner, n.Choices.Seed = inner[:at], inner[at+1:]
			}
			nodes = strings.TrimSpace(inner)
		}
		value, label := set.child("value").attrs["ref"], set.child("label").attrs["ref"]
		if m := listPath.FindStringSubmatch(nodes); m != nil && value == "name" && !strings.Contains(m[2], "][") {
			n.Choices.List, n.Choices.Filter = m[1], m[2]
		} else {
			n.Choices.Nodes, n.Choices.Value = nodes, value
			if !strings.HasPrefix(label, "jr:itext") {
				n.Choices.Label = label
			}
		}
	} else {
		l := List{Name: "inline:" + path}
		for _, item := range c.kids {
			if item.name == "item" {
				l.Choices = append(l.Choices, Choice{Name: item.child("value").text(), Label: x.label(item.child("label"))})
			}
		}
		x.form.Lists = append(x.form.Lists, l)
		n.Choices.List = l.Name
	}
}

var holdsOf = map[string]Type{"int": TypeInteger, "decimal": TypeDecimal, "boolean": TypeBoolean, "date": TypeDate, "time": TypeTime, "dateTime": TypeDateTime,
	"geopoint": TypeGeopoint, "geotrace": TypeGeotrace, "geoshape": TypeGeoshape}

func (x *xformReader) bind(b *element) {
	n := x.nodes[b.attrs["nodeset"]]
	if n == nil {
		return
	}
	n.Holds = holdsOf[b.attrs["type"]]
	n.Relevant, n.Required, n.ReadOnly = b.attrs["relevant"], b.attrs["required"], b.attrs["readonly"]
	n.Constraint = b.attrs["constraint"]
	if len(n.Trigger) == 0 {
		n.Calculate = b.attrs["calculate"]
	}
	if m := b.attrs["constraintMsg"]; m != "" {
		n.ConstraintMessage = x.label(&element{attrs: map[string]string{"ref": m}})
	}
	switch b.attrs["preload"] + ":" + b.attrs["preloadParams"] {
	case "timestamp:start":
		n.Preload = PreloadStart
	case "timestamp:end":
		n.Preload = PreloadEnd
	case "date:today":
		n.Preload = PreloadToday
	case "property:deviceid":
		n.Preload = PreloadDevice
	case "property:username":
		n.Preload = PreloadUser
	case "property:email":
		n.Preload = PreloadEmail
	case "property:phonenumber":
		n.Preload = PreloadPhone
	case "uid:":
		n.Preload = PreloadInstance
	}
}

// setvalue: in a control it is a trigger, in the model or a repeat a default.
func (x *xformReader) setvalue(s *element, trigger string) {
	n := x.nodes[s.attrs["ref"]]
	if n == nil {
		return
	}
	value := s.attrs["value"]
	if value == "" && s.text() != "" {
		value = "'" + s.text() + "'"
	}
	if trigger != "" {
		n.Trigger = append(n.Trigger, trigger)
		n.Calculate = value
		return
	}
	n.DefaultExpression = value
}
