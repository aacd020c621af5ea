package xlsform

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"plumbline/app/checklist"
)

var referenceForm = regexp.MustCompile(`\$\{([^{}]*)\}`)

// check looks for what single cells cannot tell: lists and names that are not
// there, choices that cannot be kept apart.
func (in *importer) check() {
	in.defined = map[string][]*checklist.Element{}
	in.c.Walk(func(e *checklist.Element, _ []*checklist.Element) {
		if e.Kind == checklist.CommentElement {
			return
		}
		in.defined[e.Name] = append(in.defined[e.Name], e)
		if e.OrOther {
			in.defined[e.Name+"_other"] = append(in.defined[e.Name+"_other"], e)
		}
		if e.Count != "" {
			in.defined[e.Name+"_count"] = append(in.defined[e.Name+"_count"], e)
		}
	})
	spaced := map[string]bool{}
	in.c.Walk(func(e *checklist.Element, above []*checklist.Element) {
		switch {
		case e.Kind == checklist.CommentElement:
			return
		case e.Kind == checklist.LoopElement:
			if e.List == "" || !in.lists[e.List] {
				in.warnAt(e, "type", "", "xlsform.no_list", map[string]any{"list": e.List})
			}
		case e.List != "" && e.Type != "osm":
			in.checkList(e, spaced)
		}
		in.parts(e)
		in.references(e, above)
	})
	for n := range in.c.Lists {
		for k := range in.c.Lists[n].Choices {
			for _, lang := range sortedKeys(in.c.Lists[n].Choices[k].Label) {
				if name, ok := in.unknownReference(in.c.Lists[n].Choices[k].Label[lang]); ok {
					in.warn("choices", 0, -1, "xlsform.unknown_reference", map[string]any{"name": short(name)})
				}
			}
		}
	}
	if s := in.book.sheet("entities"); s != nil && len(s.Rows) > 1 {
		in.warn(s.Name, s.Rows[0].Number, -1, "xlsform.entities", nil)
	}
}

// parameterNames are the parameters that a type takes.
var parameterNames = map[string]string{
	"range": "start end step tick_interval placeholder tick_labelset", "text": "rows", "image": "max-pixels app", "audio": "quality", "background-audio": "quality",
	"geopoint": "allow-mock-accuracy capture-accuracy warning-accuracy", "geotrace": "allow-mock-accuracy incremental", "geoshape": "allow-mock-accuracy incremental",
	"select_one": "randomize seed value label", "select_multiple": "randomize seed value label", "rank": "randomize seed", "select_one_external": "randomize seed",
}

// parts looks at what goes with the type of a question.
func (in *importer) parts(e *checklist.Element) {
	if e.Kind != checklist.QuestionElement {
		return
	}
	switch {
	case e.Type == "calculate" && e.Calculation == "" && !strings.Contains(e.Default, "("):
		in.warnAt(e, "calculation", "", "xlsform.no_calculation", nil)
	case e.Asked() && len(e.Label)+len(e.Hint)+len(e.Media)+len(e.Guidance) == 0:
		in.warnAt(e, "label", "", "xlsform.no_label", map[string]any{"name": e.Name})
	}
	if e.File != "" && e.Type != "csv-external" {
		switch i := strings.LastIndexByte(e.File, '.'); {
		case i >= 0 && (strings.EqualFold(e.File[i:], ".xml") || strings.EqualFold(e.File[i:], ".geojson")):
			in.warnAt(e, "type", "", "xlsform.degraded_file", map[string]any{"file": e.File})
		case i < 0 || !strings.EqualFold(e.File[i:], ".csv"):
			in.warnAt(e, "type", "", "xlsform.bad_file", map[string]any{"file": e.File})
		}
	}
	if e.Parameters == "" {
		return
	}
	names, numbers := parameterNames[e.Type], map[string]*big.Rat{}
	for _, f := range strings.FieldsFunc(strings.NewReplacer(" =", "=", "= ", "=").Replace(e.Parameters), func(r rune) bool { return strings.ContainsRune(" ,;\n\t", r) }) {
		k, v, ok := strings.Cut(f, "=")
		k = strings.ToLower(k)
		switch {
		case !ok || k == "" || v == "" || strings.Contains(v, "="):
			in.warnAt(e, "parameters", "", "xlsform.bad_parameter", map[string]any{"parameter": short(f)})
			return
		case names != "" && !slices.Contains(strings.Fields(names), k):
			in.warnAt(e, "parameters", "", "xlsform.unknown_parameter", map[string]any{"parameter": short(k), "known": names})
			return
		case (k == "value" || k == "label") && !nameForm.MatchString(v):
			in.warnAt(e, "parameters", "", "xlsform.bad_parameter", map[string]any{"parameter": short(f)})
			return
		case k == "start" || k == "end" || k == "step" || k == "rows" || k == "max-pixels":
			n, ok := new(big.Rat).SetString(v)
			if !ok || len(v) > 20 || strings.ContainsAny(v, "eE/") {
				in.warnAt(e, "parameters", "", "xlsform.bad_parameter", map[string]any{"parameter": short(f)})
				return
			}
			numbers[k] = n
		}
	}
	if e.Type != "range" {
		return
	}
	for k, otherwise := range map[string]int64{"start": 1, "end": 10, "step": 1} {
		if numbers[k] == nil {
			numbers[k] = big.NewRat(otherwise, 1)
		}
	}
	span := new(big.Rat).Sub(numbers["end"], numbers["start"])
	if numbers["step"].Sign() == 0 || new(big.Rat).Abs(numbers["step"]).Cmp(span.Abs(span)) > 0 {
		in.warnAt(e, "parameters", "", "xlsform.bad_parameter", map[string]any{"parameter": short(e.Parameters)})
	}
}

func (in *importer) unknownReference(text string) (name string, found bool) {
	for _, m := range referenceForm.FindAllStringSubmatch(text, -1) {
		name := strings.TrimPrefix(strings.TrimSpace(m[1]), "last-saved#")
		if len(in.defined[name]) == 0 {
			return name, true
		}
	}
	return "", false
}

func (in *importer) checkList(e *checklist.Element, spaced map[string]bool) {
	key := e.List
	if e.Type == "select_one_external" {
		key = "\x00" + key
	}
	switch {
	case strings.Contains(e.List, "${"):
		return // choices are answers given elsewhere
	case !in.lists[key]:
		in.warnAt(e, "type", "", "xlsform.no_list", map[string]any{"list": e.List})
		return
	case e.OrOther && e.ChoiceFilter != "":
		in.warnAt(e, "choice_filter", "", "xlsform.other_and_filter", nil)
	}
	if e.Type != "select_multiple" && e.Type != "rank" || spaced[e.List] {
		return
	}
	for _, o := range in.c.List(e.List, false).Choices {
		if strings.ContainsAny(o.Name, " \t\n") {
			spaced[e.List] = true
			in.warnAt(e, "type", "", "xlsform.choice_with_space", map[string]any{"list": e.List, "choice": short(o.Name)})
			return
		}
	}
}

// warnAt warns of a cell of an element.
func (in *importer) warnAt(e *checklist.Element, column, lang, message string, args map[string]any) {
	p := in.places[e.UID]
	n, ok := p.columns[column+"\x00"+lang]
	if !ok {
		n = -1
	}
	in.warn("survey", p.row, n, message, args)
}

// expressions lists the cells of an element that hold XPath.
func expressions(e *checklist.Element) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"required", "relevant", "constraint", "calculation", "default", "read_only", "choice_filter", "repeat_count", "trigger"} {
		if v := *field(e, name); v != "" {
			out[name] = v
		}
	}
	if e.Inspect != nil && e.Inspect.FailWhen != "" {
		out["inspect::fail_when"] = e.Inspect.FailWhen
	}
	return out
}

// references warns of names in ${} that no element has.
func (in *importer) references(e *checklist.Element, _ []*checklist.Element) {
	look := func(column, lang, text string) {
		if name, ok := in.unknownReference(text); ok {
			in.warnAt(e, column, lang, "xlsform.unknown_reference", map[string]any{"name": short(name)})
			return
		}
		if strings.Count(text, "${") != len(referenceForm.FindAllStringIndex(text, -1)) {
			in.warnAt(e, column, lang, "xlsform.broken_reference", map[string]any{"text": short(text)})
		}
	}
	for _, name := range []string{"required", "relevant", "constraint", "calculation", "default", "read_only", "choice_filter", "repeat_count", "trigger"} {
		look(name, "", *field(e, name))
	}
	if e.Inspect != nil {
		look("inspect::fail_when", "", e.Inspect.FailWhen)
	}
	if names := strings.TrimSpace(e.Trigger); names != "" {
		for n := range strings.SplitSeq(names, ",") {
			if m := referenceForm.FindString(n); m != strings.TrimSpace(n) {
				in.warnAt(e, "trigger", "", "xlsform.bad_trigger", map[string]any{"text": short(names)})
				break
			}
		}
	}
	for _, name := range []string{"label", "hint", "guidance_hint", "constraint_message", "required_message"} {
		for _, lang := range sortedKeys(*fieldTexts(e, name)) {
			look(name, lang, (*fieldTexts(e, name))[lang])
		}
	}
}
