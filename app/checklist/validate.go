package checklist

import (
	"encoding/json"
	"strings"

	"plumbline/app/checklist/form"
	"plumbline/app/record"
)

// Validate tells whether an answer can be kept for an item as it is. It does
// not ask for completeness: OutcomeOf tells that. The error's Field is value,
// inputs/NAME, severity or deadline_days.
func Validate(it *Item, a record.Answer) error {
	if err := validateValue(it, a.Value); err != nil {
		return err
	}
	for name, v := range a.Inputs {
		if err := validateInput(it, name, v); err != nil {
			return err
		}
	}
	if a.Severity != "" {
		// Info would make the finding vanish: an inspector may grade a problem
		// lower, but takes it back only by answering that there is none.
		if err := oneOf("severity", a.Severity, record.Critical, record.Major, record.Minor); err != nil {
			return err
		}
	}
	if a.DeadlineDays != nil && *a.DeadlineDays < 0 {
		return wrong("deadline_days", "checklist.negative", nil)
	}
	return nil
}

// ValidateFact tells whether an answer states a fact: yes, no, or nothing.
func ValidateFact(a record.Answer) error {
	if len(a.Value) == 0 || string(a.Value) == "null" || a.Text() == Yes || a.Text() == No {
		return nil
	}
	return wrong("value", "checklist.not_one_of", map[string]any{"value": string(a.Value), "allowed": Yes + ", " + No})
}

func validateValue(it *Item, raw json.RawMessage) error {
	if v := string(raw); v == "" || v == "null" || v == `""` {
		return nil
	}
	if it.Answer.Type == MultiChoice && raw[0] == '[' {
		return validateChoices(it, raw)
	}
	v := valueText(raw)
	if v == "" {
		return wrong("value", "checklist.value_form", map[string]any{"value": string(raw)})
	}
	switch it.Answer.Type {
	case Conformity:
		return oneOf("value", v, record.Conform, record.Nonconform, record.Partly, record.NotApplicable, record.NotChecked)
	case PerFinding:
		return oneOf("value", v, Rectified, record.Partly, NotRectified, Recurred, record.NotApplicable, record.NotChecked)
	case MultiChoice:
		return oneOf("value", v, record.NotApplicable, record.NotChecked) // options come as a list
	case Choice:
		allowed := []string{record.NotApplicable, record.NotChecked}
		for _, o := range it.Answer.Options {
			allowed = append(allowed, o.Value)
		}
		return oneOf("value", v, allowed...)
	case Match, Ratio:
		// What they come to is computed; the value holds only a judgement.
		return oneOf("value", v, record.Conform, record.Nonconform, record.NotApplicable, record.NotChecked)
	}
	if Judgement(it, record.Answer{Value: raw}) != "" {
		return nil
	}
	n, ok := it.read(v)
	if !ok {
		return wrong("value", "checklist.not_"+string(it.Answer.Type), map[string]any{"value": v})
	}
	if e := it.element; e != nil && it.AsTyped() {
		if n.Number != nil {
			v = decimalText(n)
		}
		if _, err := e.Takes(v); err != nil {
			return err
		}
	}
	return nil
}

// AsTyped tells whether an authored checklist's item is answered as its type in
// the form says, and not as its author said for the inspection.
func (it *Item) AsTyped() bool {
	e := it.element
	return e != nil && (e.Inspect == nil || e.Inspect.Answer == "")
}

// Takes gives a value as it is kept for a question of this type: a whole number,
// a time, a place. Its error tells what the type asks for.
func (e *Element) Takes(value string) (string, error) {
	switch e.Type {
	case "integer", "decimal", "range", "date", "time", "dateTime", "geopoint":
	default:
		return value, nil // choices have been looked at, and what else we take as text
	}
	node := form.Node{Name: "value", Type: form.Type(e.Type), Holds: rangeHolds(e), Parameters: parameters(e.Parameters)}
	return node.Accept(value)
}

func validateChoices(it *Item, raw json.RawMessage) error {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return wrong("value", "checklist.value_form", map[string]any{"value": string(raw)})
	}
	seen := map[string]bool{}
	for _, v := range list {
		if it.option(v) == nil {
			return wrong("value", "checklist.no_option", map[string]any{"value": v})
		}
		if seen[v] {
			return wrong("value", "checklist.twice", map[string]any{"what": v})
		}
		seen[v] = true
	}
	if seen["none"] && len(list) > 1 {
		return wrong("value", "checklist.none_with_others", nil)
	}
	return nil
}

func validateInput(it *Item, name, v string) error {
	field := "inputs/" + name
	if v == "" {
		return nil
	}
	switch {
	case name == JudgementInput:
		return oneOf(field, v, record.Conform, record.Nonconform, record.Partly, record.NotApplicable, record.NotChecked)
	case name == ExpectedInput && it.Answer.Type == Match:
		return nil
	case it.Answer.Type == Ratio:
		for _, e := range it.Answer.formulas {
			if !among(name, e.Names()) {
				continue
			}
			if _, ok := ParseMoney(v); !ok {
				return wrong(field, "checklist.not_money", map[string]any{"value": v})
			}
			return nil
		}
	}
	return wrong(field, "checklist.no_input", map[string]any{"name": strings.TrimSpace(name)})
}
