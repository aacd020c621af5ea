package xpath

import (
	"plumbline/app/record"
)

// Check says what will go wrong whenever the expression is evaluated: functions
// that do not exist, too few or too many arguments, patterns that are none. A
// form can be used in spite of it; whoever writes it should know.
func (e *Expression) Check() []error {
	var faults []error
	add := func(t *term, message string, args map[string]any) {
		args["expression"], args["at"] = excerpt(e.text, t.at), t.at
		faults = append(faults, &record.Error{Code: record.Invalid, Message: message, Args: args})
	}
	e.root.walk(func(t *term) {
		if t.op != opCall {
			return
		}
		f := t.function
		if f == nil {
			add(t, "xpath.unknown_function", map[string]any{"function": t.text})
			return
		}
		if len(t.args) < f.least || f.most >= 0 && len(t.args) > f.most {
			add(t, "xpath.arguments", map[string]any{"function": t.text, "count": len(t.args), "wanted": f.wants()})
			return
		}
		if t.text == "regex" && t.args[1].op == opText {
			s := t.args[1].text
			if len(s) > maxPattern {
				add(t, "xpath.pattern_long", map[string]any{"limit": maxPattern})
			} else if _, err := pattern(s); err != nil {
				add(t, "xpath.pattern", map[string]any{"pattern": shorten(s)})
			}
		}
	})
	return faults
}
