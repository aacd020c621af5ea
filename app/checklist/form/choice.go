package form

import (
	"slices"
	"strings"

	"plumbline/app/checklist/xpath"
)

// offer is one choice that a question offers at the moment.
type offer struct {
	value string
	node  *xpath.Node
}

// takesAny: any value is taken as a choice, because the list is a file that
// nobody has read.
func (in *Instance) takesAny(i *Item) bool {
	return i.def.choices.open || in.loose && i.def.node.Choices.External
}

func offers(list []offer, value string) bool {
	return slices.ContainsFunc(list, func(o offer) bool { return o.value == value })
}

func sameOffers(a, b []offer) bool { return slices.Equal(a, b) }

// offer computes the choices of a question. A filter that fails filters
// nothing: the inspector must be able to choose.
func (in *Instance) offer(c *cell) []offer {
	i, ch := c.item, c.item.def.choices
	var nodes []*xpath.Node
	if ch.nodes != nil {
		v, err := ch.nodes.Evaluate(&in.env, i.node)
		if err != nil {
			c.err = err
		}
		nodes = v.Nodes()
	} else if ch.list != nil {
		nodes = ch.list.Children
	}
	if ch.filter != nil {
		kept, err := ch.filter.Filter(&in.env, nodes, i.node)
		if err != nil {
			c.err = err
		} else {
			nodes = kept
		}
	}
	if ch.random {
		seed := in.around.Seed
		if ch.seed != nil {
			if v, err := ch.seed.Evaluate(&in.env, i.node); err == nil {
				seed = xpath.Seed(v)
			}
		}
		nodes = xpath.Shuffle(nodes, seed)
	}
	out := make([]offer, 0, len(nodes))
	for _, n := range nodes {
		if value := in.choiceValue(ch, n, i.node); value != "" {
			out = append(out, offer{value, n})
		}
	}
	return out
}

func (in *Instance) choiceValue(ch *choiceDef, n, from *xpath.Node) string {
	if row := in.form.rows[n]; row != nil && ch.value == nil {
		return row.Name
	}
	if ch.value == nil {
		if name := n.Child("name"); name != nil {
			return name.String()
		}
		return n.String()
	}
	v, err := ch.value.EvaluateIn(&in.env, n, from)
	if err != nil {
		return ""
	}
	return v.String()
}

// choiceLabel gives what is shown for a choice, in a language.
func (in *Instance) choiceLabel(ch *choiceDef, o offer, from *xpath.Node, language string) string {
	row := in.form.rows[o.node]
	if row != nil && ch.label == nil {
		label := row.Label.In(language, in.form.form.Languages...)
		if cell := o.node.Child("label"); label == "" && cell != nil {
			label = cell.String()
		}
		if label == "" {
			return o.value
		}
		return in.text(label, from, from)
	}
	if ch.label != nil {
		if v, err := ch.label.EvaluateIn(&in.env, o.node, from); err == nil && v.String() != "" {
			return v.String()
		}
	}
	return o.value
}

// text fills a text's ${…}, seen from a node.
func (in *Instance) text(s string, node, from *xpath.Node) string {
	if !strings.Contains(s, "${") {
		return s
	}
	t, ok := in.templates[s]
	if !ok {
		parsed, _ := splitTemplate(s)
		t = &parsed
		in.templates[s] = t
	}
	return in.fill(t, node, from)
}

func (in *Instance) fill(t *template, node, from *xpath.Node) string {
	if len(t.parts) == 0 {
		return t.before
	}
	var out strings.Builder
	out.WriteString(t.before)
	for _, p := range t.parts {
		if v, err := p.expression.EvaluateIn(&in.env, node, from); err == nil {
			out.WriteString(v.String())
		}
		out.WriteString(p.after)
	}
	return out.String()
}

// choiceName answers jr:choice-name: the label of a choice of the question that
// a path leads to.
func (in *Instance) choiceName(value, path string, from *xpath.Node) string {
	e, ok := in.paths[path]
	if !ok {
		e, _ = xpath.Parse(path)
		in.paths[path] = e
	}
	if e == nil {
		return ""
	}
	v, err := e.Evaluate(&in.env, from)
	if err != nil || len(v.Nodes()) == 0 {
		return ""
	}
	live, ok := v.Nodes()[0].Live.(liveNode)
	if !ok || live.offered == nil {
		return ""
	}
	in.read(&in.language)
	in.read(&live.offered.signal)
	in.bring(live.offered)
	for _, o := range live.offered.offered {
		if o.value == value {
			return in.choiceLabel(live.def.choices, o, live.node, in.speaks)
		}
	}
	return ""
}
