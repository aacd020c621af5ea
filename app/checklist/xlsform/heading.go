package xlsform

import (
	"strconv"
	"strings"
)

// column is one column of a sheet. Name is what we call it: "label",
// "media::image", "inspect::severity"; "" for one that means nothing to us.
type column struct {
	index   int
	heading string // as written; see again
	name    string
	lang    string // the author's name for the language, "" where none is named
}

// The names that a column of each sheet goes by. They are read without regard
// to case, and with spaces for underscores.
var (
	surveyColumns = map[string]string{
		"type": "type", "command": "type", "name": "name", "tag": "name", "value": "name",
		"label": "label", "caption": "label", "hint": "hint", "guidance_hint": "guidance_hint",
		"relevant": "relevant", "relevance": "relevant", "required": "required", "required_message": "required_message", "requiredmsg": "required_message",
		"constraint": "constraint", "constraint_message": "constraint_message", "constraining_message": "constraint_message",
		"calculation": "calculation", "calculate": "calculation", "default": "default", "read_only": "read_only", "readonly": "read_only",
		"choice_filter": "choice_filter", "appearance": "appearance", "parameters": "parameters",
		"repeat_count": "repeat_count", "count": "repeat_count", "jr:count": "repeat_count", "trigger": "trigger", "save_to": "save_to", "disabled": "disabled",
		"image": "media::image", "big-image": "media::big-image", "audio": "media::audio", "video": "media::video",
	}
	// What stands behind bind::, control:: and body::.
	bindColumns = map[string]string{
		"relevant": "relevant", "required": "required", "constraint": "constraint", "calculate": "calculation", "readonly": "read_only",
		"jr:constraintmsg": "constraint_message", "jr:requiredmsg": "required_message", "entities:saveto": "save_to",
		"appearance": "appearance", "jr:count": "repeat_count",
	}
	choiceColumns = map[string]string{
		"list_name": "list_name", "name": "name", "value": "name", "label": "label", "caption": "label",
		"image": "media::image", "big-image": "media::big-image", "audio": "media::audio", "video": "media::video",
		"inspect::nonconforming": "inspect::nonconforming", "inspect::score": "inspect::score",
	}
	settingColumns = map[string]string{
		"form_title": "form_title", "title": "form_title", "set_form_title": "form_title", "form_id": "form_id", "id_string": "form_id", "set_form_id": "form_id",
		"version": "version", "default_language": "default_language", "instance_name": "instance_name",
		"allow_choice_duplicates": "allow_choice_duplicates", "clean_text_values": "clean_text_values",
	}
	legalColumns   = map[string]string{"ref": "ref", "title": "title", "edition": "edition", "note": "note"}
	scoringColumns = map[string]string{"setting": "setting", "value": "value", "grade": "grade", "min": "min", "label": "label"}

	// Columns that may name a language.
	translated = map[string]bool{
		"label": true, "hint": true, "guidance_hint": true, "constraint_message": true, "required_message": true,
		"media::image": true, "media::big-image": true, "media::audio": true, "media::video": true,
		"inspect::corrective_action": true, "inspect::finding": true, "inspect::competent_authority": true,
		"inspect::title": true, "inspect::description": true, "inspect::notice": true, "title": true, "edition": true,
	}
	// inspectColumns are ours, of the survey sheet.
	inspectColumns = map[string]bool{
		"uid": true, "section": true, "item_no": true, "answer": true, "severity": true, "fail_when": true, "weight": true, "veto": true, "finding": true,
		"evidence": true, "legal_basis": true, "corrective_action": true, "deadline_days": true, "competent_authority": true, "applies_if": true,
		"org_types": true, "sensitive": true, "may_refer_to_penalty_case": true, "credit_consequence": true,
		"rule": true, "formula": true, "key": true, "expected_field": true, "repeat_over": true,
	}
	// inspectSettings are ours, of the settings sheet.
	inspectSettings = map[string]bool{
		"schema": true, "status": true, "jurisdiction": true, "title": true, "description": true, "notice": true, "applies_to": true,
		"inspection_kinds": true, "stage": true, "legal_basis_of_check": true,
	}
)

// again stands between a heading and its number where several columns have the
// same one.
const again = "\x1f"

func snake(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "_")) }

// headings reads the first row of a sheet. Which is the language and which the
// column is told by "::", or by ":" in a sheet that has no "::" at all.
func headings(row Row, known map[string]string, ours map[string]bool) []column {
	double := false
	for _, c := range row.Cells {
		double = double || strings.Contains(c, "::")
	}
	seen := map[string]int{}
	var out []column
	for n, c := range row.Cells {
		h := strings.Join(strings.Fields(c), " ")
		if h == "" {
			continue
		}
		col := column{index: n, heading: h}
		if seen[h]++; seen[h] > 1 {
			col.heading = h + again + strconv.Itoa(seen[h])
		} else {
			col.name, col.lang = columnOf(h, double, known, ours)
		}
		out = append(out, col)
	}
	return out
}

func columnOf(h string, double bool, known map[string]string, ours map[string]bool) (name, lang string) {
	if name := known[snake(h)]; name != "" {
		return name, ""
	}
	var tokens []string
	if double || strings.Contains(h, "::") {
		tokens = strings.Split(h, "::")
	} else {
		tokens = strings.Split(h, ":")
		for n := 0; n+1 < len(tokens); n++ {
			if tokens[n] == "jr" {
				tokens = append(append(tokens[:n:n], "jr:"+tokens[n+1]), tokens[n+2:]...)
			}
		}
	}
	for n := range tokens {
		tokens[n] = strings.TrimSpace(tokens[n])
	}
	head, rest := snake(tokens[0]), tokens[1:]
	switch {
	case len(rest) == 0:
		return "", ""
	case head == "inspect" || head == "bind" && strings.HasPrefix(strings.ToLower(rest[0]), "oi:"):
		what := strings.TrimPrefix(snake(rest[0]), "oi:")
		name, rest = known["inspect::"+what], rest[1:]
		if name == "" && ours[what] {
			name = "inspect::" + what
		}
	case head == "bind" || head == "control" || head == "body":
		if known["relevant"] != "" { // of the survey sheet
			name, rest = bindColumns[strings.ToLower(rest[0])], rest[1:]
		}
	case head == "media":
		name, rest = known[snake(rest[0])], rest[1:]
	default:
		name = known[head]
	}
	switch {
	case name == "", len(rest) > 1, len(rest) == 1 && (!translated[name] || rest[0] == ""):
		return "", ""
	case len(rest) == 1:
		lang = rest[0]
	}
	return name, lang
}
