package form

import (
	"strings"

	"plumbline/app/checklist/xpath"
)

// template is a text with places for answers: text, then for each further part
// an expression and the text after it.
type template struct {
	before string
	parts  []part
}

type part struct {
	expression *xpath.Expression
	after      string
}

// splitTemplate cuts a text at its ${…}. What is no expression stays text.
func splitTemplate(s string) (template, []error) {
	var t template
	var faults []error
	text := func(s string) {
		if n := len(t.parts); n > 0 {
			t.parts[n-1].after += s
		} else {
			t.before += s
		}
	}
	for {
		before, rest, found := strings.Cut(s, "${")
		text(before)
		if !found {
			return t, faults
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			text("${" + rest)
			return t, faults
		}
		s = after
		expression := strings.TrimSpace(inside)
		if isName(expression) {
			expression = "${" + expression + "}"
		}
		e, err := xpath.Parse(expression)
		if err != nil {
			faults = append(faults, err)
			text("${" + inside + "}")
			continue
		}
		t.parts = append(t.parts, part{expression: e})
	}
}

// isName: a name as it stands in ${}, and no expression.
func isName(s string) bool { return s != "" && !strings.ContainsAny(s, "/()'\" +*=<>$@") }

func (c *compiler) template(n *Node, column, text string) {
	if !strings.Contains(text, "${") {
		return
	}
	t, faults := splitTemplate(text)
	for _, err := range faults {
		c.problems = append(c.problems, Problem{n, column, err})
	}
	for _, p := range t.parts {
		for _, name := range p.expression.References() {
			if _, ok := c.byName[name]; !ok && !strings.HasPrefix(name, lastSaved) {
				c.problem(n, column, "form.no_question", map[string]any{"name": name})
			}
		}
	}
}
