package xlsform

import (
	"regexp"
	"sort"
	"strings"

	"plumbline/app/checklist"
)

// typeNames are the types of questions, and the other names they go by.
var typeNames = func() map[string]string {
	out := map[string]string{}
	for name, others := range map[string]string{
		"text":         "string|q string|add text prompt",
		"integer":      "int|q int|add integer prompt",
		"decimal":      "q decimal|add decimal prompt",
		"date":         "q date|add date prompt",
		"time":         "q time",
		"dateTime":     "datetime|date time|q date time|q datetime|add date time prompt|add datetime prompt",
		"note":         "q note|add note prompt",
		"calculate":    "q calculate|add calculate prompt",
		"acknowledge":  "trigger|q acknowledge|add acknowledge prompt",
		"image":        "photo|q picture|q image|add image prompt|add photo prompt",
		"audio":        "q audio|add audio prompt",
		"video":        "q video|add video prompt",
		"file":         "add file prompt",
		"barcode":      "q barcode|add barcode prompt",
		"geopoint":     "gps|location|q geopoint|q location|add location prompt",
		"geotrace":     "",
		"geoshape":     "",
		"range":        "",
		"hidden":       "",
		"start":        "start time|get start time",
		"end":          "end time|get end time",
		"today":        "get today",
		"deviceid":     "device id|get device id|imei",
		"username":     "",
		"email":        "",
		"phonenumber":  "get phone number",
		"simserial":    "sim id|get sim id",
		"subscriberid": "subscriber id|get subscriber id",
		"audit":        "", "start-geopoint": "", "background-audio": "", "background-geopoint": "",
		"xml-external": "", "csv-external": "", "osm": "", "caseid": "",
	} {
		out[strings.ToLower(name)] = name
		for o := range strings.SplitSeq(others, "|") {
			if o != "" {
				out[o] = name
			}
		}
	}
	return out
}()

// degraded are types that come in as what stands here: an inspector can answer
// them by typing, and an export gives the type back.
var degraded = map[string]bool{"geotrace": true, "geoshape": true, "osm": true, "start-geopoint": true, "audit": true, "background-audio": true, "background-geopoint": true, "caseid": true, "xml-external": true}

// constrained are old types that bring a constraint with them.
var constrained = map[string]struct{ base, constraint string }{
	"percentage":                        {"integer", "0 <= . and . <= 100"},
	"number of days in last month":      {"integer", "0 <= . and . <= 31"},
	"number of days in last six months": {"integer", "0 <= . and . <= 183"},
	"number of days in last year":       {"integer", "0 <= . and . <= 365"},
	"phone number":                      {"text", `regex(., '^\d*$')`},
}

// selects are the words before a list's name.
var selects = map[string]string{
	"select_one": "select_one", "select one": "select_one", "select1": "select_one", "select one from": "select_one", "add select one prompt using": "select_one",
	"select one using": "select_one", "q select1": "select_one",
	"select_multiple": "select_multiple", "select multiple": "select_multiple", "select all that apply": "select_multiple", "select all that apply from": "select_multiple",
	"add select multiple prompt using": "select_multiple", "select multiple from": "select_multiple", "select multiple using": "select_multiple", "q select": "select_multiple",
	"select_one_external": "select_one_external", "rank": "rank", "osm": "osm",
	"select_one_from_file": "select_one", "select one from file": "select_one", "select_multiple_from_file": "select_multiple", "select multiple from file": "select_multiple",
}

var selectWords = func() []string {
	var out []string
	for w := range selects {
		out = append(out, w)
	}
	sort.Slice(out, func(a, b int) bool { return len(out[a]) > len(out[b]) || len(out[a]) == len(out[b]) && out[a] < out[b] })
	return out
}()

var (
	controlForm = regexp.MustCompile(`(?i)^(begin|end)[\s_]+(group|lgroup|repeat|loop|looped group)(?:\s+(?:over\s+)?(\S+))?$`)
	otherForm   = regexp.MustCompile(`(?i)\s+(or specify other|or_other|or other)$`)
)

// typed is what a type cell says.
type typed struct {
	begin, end bool
	kind       checklist.ElementKind
	name       string // of the type; "" when it is not known
	list, file string
	orOther    bool
	constraint string
}

// readType reads a type cell whose spaces are single.
func readType(cell string) typed {
	if m := controlForm.FindStringSubmatch(cell); m != nil {
		t := typed{begin: strings.EqualFold(m[1], "begin"), end: strings.EqualFold(m[1], "end"), kind: checklist.GroupElement, list: m[3]}
		switch strings.ToLower(m[2]) {
		case "repeat", "lgroup", "looped group":
			t.kind = checklist.RepeatElement
		case "loop":
			t.kind = checklist.LoopElement
		}
		return t
	}
	t := typed{kind: checklist.QuestionElement}
	lower := strings.ToLower(cell)
	if name := typeNames[lower]; name != "" {
		t.name = name
		return t
	}
	if c, ok := constrained[lower]; ok {
		t.name, t.constraint = c.base, c.constraint
		return t
	}
	for _, word := range selectWords {
		rest, ok := strings.CutPrefix(lower, word+" ")
		if !ok {
			continue
		}
		rest = cell[len(cell)-len(rest):]
		if m := otherForm.FindStringIndex(rest); m != nil {
			rest, t.orOther = rest[:m[0]], true
		}
		if rest == "" || strings.ContainsAny(rest, " \t\n") {
			continue // "select one from source": no list has such a name
		}
		t.name, t.list = selects[word], rest
		if strings.HasSuffix(word, "file") {
			t.list, t.file = "", rest
		}
		return t
	}
	return t
}

// writeType writes a type cell in our way.
func writeType(e *checklist.Element) string {
	switch e.Kind {
	case checklist.GroupElement:
		return "begin_group"
	case checklist.RepeatElement:
		return "begin_repeat"
	case checklist.LoopElement:
		return "begin_loop over " + e.List
	case checklist.CommentElement:
		return ""
	}
	s := e.Type
	switch {
	case e.File != "" && (s == "select_one" || s == "select_multiple"):
		s += "_from_file " + e.File
	case e.List != "":
		s += " " + e.List
	}
	if e.OrOther {
		s += " or_other"
	}
	return s
}
