package checklist

import (
	"regexp"
	"strconv"
	"strings"

	"plumbline/app/checklist/form"
	"plumbline/app/record"
)

// Form gives the logic of an authored checklist as the form engine takes it.
// What other XLSForm tools make of a row besides (the text question behind
// or_other, the computed number of a repeat) is made here, by the same rules.
func (c Checklist) Form() form.Form {
	f := form.Form{ID: c.ID, Version: c.Version, Languages: c.formLanguages(), InstanceName: straight(c.InstanceName)}
	f.Title = form.Text{}
	if c.Title.Chinese != "" {
		f.Title[c.languageOf("zh")] = c.Title.Chinese
	}
	if c.Title.English != "" {
		f.Title[c.languageOf("en")] = c.Title.English
	}
	if c.X != nil {
		f.Name = c.X.Settings["name"]
	}
	files := map[string]bool{}
	for n := range c.Lists {
		f.Lists = append(f.Lists, c.formList(&c.Lists[n]))
	}
	c.Walk(func(e *Element, _ []*Element) {
		name, file := fileList(e)
		if name == "" || files[name] {
			return
		}
		files[name] = true
		if c.List(name, false) == nil {
			f.Lists = append(f.Lists, form.List{Name: name, File: file})
		}
	})
	c.lookups(func(name string) {
		if !files[name] && c.List(name, false) == nil {
			files[name] = true
			f.Lists = append(f.Lists, form.List{Name: name, File: name + ".csv"})
		}
	})
	b := formBuilder{c: &c}
	f.Nodes = b.nodes(c.Elements, nil)
	return f
}

// fileList names the table that an element brings with it as a file.
func fileList(e *Element) (name, file string) {
	if e.File == "" {
		return "", ""
	}
	name = e.File
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return name, e.File
}

var lookupForm = regexp.MustCompile(`pulldata\s*\(\s*['"‘’“”]([^'"‘’“”]+)['"‘’“”]`)

// lookups names the tables that pulldata() looks things up in.
func (c Checklist) lookups(found func(name string)) {
	c.Walk(func(e *Element, _ []*Element) {
		for _, cell := range []string{e.Calculation, e.Relevant, e.Constraint, e.Default, e.Required, e.ReadOnly, e.ChoiceFilter, e.Count} {
			for _, m := range lookupForm.FindAllStringSubmatch(cell, -1) {
				found(strings.TrimSuffix(strings.TrimSpace(m[1]), ".csv"))
			}
		}
	})
}

// formLanguages lists the languages with the default one first.
func (c Checklist) formLanguages() []string {
	var out []string
	for _, l := range c.Languages {
		if l == c.DefaultLanguage {
			out = append([]string{l}, out...)
		} else {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		out = []string{""}
	}
	return out
}

// languageOf gives the author's name for one of our languages, "" if none.
func (c Checklist) languageOf(code string) string {
	for _, l := range c.Languages {
		if LanguageCode(l) == code {
			return l
		}
	}
	return ""
}

func (c Checklist) formList(l *ChoiceList) form.List {
	out := form.List{Name: l.Name, External: l.External, File: l.File}
	seen := map[string]bool{}
	for _, o := range l.Choices {
		if o.Name == "" && !l.External && l.File == "" {
			continue
		}
		seen[o.Name] = true
		x := form.Choice{Name: o.Name, Label: c.formText(o.Label), Columns: o.X}
		for kind, t := range o.Media {
			if x.Media == nil {
				x.Media = map[string]form.Text{}
			}
			x.Media[kind] = form.Text(t)
		}
		out.Choices = append(out.Choices, x)
	}
	if c.hasOther(l.Name) && !seen[OtherChoice] && !l.External {
		out.Choices = append(out.Choices, form.Choice{Name: OtherChoice, Label: c.both("checklist.other_choice", "Other")})
	}
	return out
}

// hasOther tells whether a question adds "other" to a list.
func (c Checklist) hasOther(list string) (yes bool) {
	c.Walk(func(e *Element, _ []*Element) { yes = yes || e.OrOther && e.List == list })
	return yes
}

// both gives one of our own texts in the languages of the form.
func (c Checklist) both(key, otherwise string) form.Text {
	t := form.Text{}
	for _, l := range c.formLanguages() {
		t[l] = otherwise
		if code := LanguageCode(l); code != "" {
			t[l] = word(code, key, nil)
		}
	}
	return t
}

// formText gives a text of an author: what names no language is in the default
// one where the form has languages.
func (c Checklist) formText(t Texts) form.Text {
	if len(t) == 0 {
		return nil
	}
	out := make(form.Text, len(t))
	for l, s := range t {
		out[l] = s
	}
	if s, ok := out[""]; ok && c.DefaultLanguage != "" {
		if _, ok := out[c.DefaultLanguage]; !ok {
			out[c.DefaultLanguage] = s
			delete(out, "")
		}
	}
	return out
}

type formBuilder struct{ c *Checklist }

// quotes are the curly quotes that text programs put into expressions, where
// only straight ones are understood.
var quotes = strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`)

// straight gives an expression as the engine takes it.
func straight(s string) string { return quotes.Replace(strings.TrimSpace(s)) }

// condition gives an expression that may stand as plain yes or no.
func condition(s string) string {
	switch {
	case says(s, true):
		return "true()"
	case says(s, false):
		return "false()"
	}
	return straight(s)
}

func (b *formBuilder) nodes(list []Element, loop func(string) string) (out []*form.Node) {
	for n := range list {
		e := &list[n]
		switch e.Kind {
		case CommentElement:
		case LoopElement:
			out = append(out, b.loop(e))
		case GroupElement, RepeatElement:
			out = append(out, b.group(e, loop)...)
		default:
			out = append(out, b.question(e, loop)...)
		}
	}
	return out
}

// common fills in what groups and questions share.
func (b *formBuilder) common(e *Element, loop func(string) string) *form.Node {
	fill := loop
	if fill == nil {
		fill = func(s string) string { return s }
	}
	text := func(t Texts) form.Text {
		out := b.c.formText(t)
		for l, s := range out {
			out[l] = fill(s)
		}
		return out
	}
	node := &form.Node{
		UID: e.UID, Name: e.Name, Label: text(e.Label), Hint: text(e.Hint), Guidance: text(e.Guidance),
		ConstraintMessage: text(e.ConstraintMessage), RequiredMessage: text(e.RequiredMessage),
		Relevant: condition(fill(e.Relevant)), Required: condition(fill(e.Required)), ReadOnly: condition(fill(e.ReadOnly)), Constraint: straight(fill(e.Constraint)),
		Calculate: straight(fill(e.Calculation)), Appearance: strings.Fields(e.Appearance), Parameters: parameters(e.Parameters),
	}
	for kind, t := range e.Media {
		if node.Media == nil {
			node.Media = map[string]form.Text{}
		}
		node.Media[kind] = b.c.formText(t)
	}
	return node
}

func (b *formBuilder) group(e *Element, loop func(string) string) []*form.Node {
	node := b.common(e, loop)
	node.Kind = form.Group
	node.Children = b.nodes(e.Elements, loop)
	if e.Kind == GroupElement {
		return []*form.Node{node}
	}
	node.Kind = form.Repeat
	if e.Count == "" {
		return []*form.Node{node}
	}
	node.Count = straight(e.Count)
	if plainReference(node.Count) {
		return []*form.Node{node}
	}
	// The number is a value of its own, computed beside the repeat.
	counter := &form.Node{Name: e.Name + "_count", Type: form.TypeCalculate, ReadOnly: "true()", Calculate: node.Count}
	node.Count = "${" + counter.Name + "}"
	return []*form.Node{counter, node}
}

func plainReference(s string) bool {
	return strings.HasPrefix(s, "${") && strings.IndexByte(s, '}') == len(s)-1
}

// loopChoices lists the choices that a loop goes over.
func (c Checklist) loopChoices(e *Element) []ListChoice {
	list := c.List(e.List, false)
	choices := list.Choices
	for n := range choices {
		if choices[n].Name == OtherChoice {
			return choices
		}
	}
	if c.hasOther(list.Name) {
		choices = append(choices[:len(choices):len(choices)], ListChoice{Name: OtherChoice, Label: Texts(c.both("checklist.other_choice", "Other"))})
	}
	return choices
}

// loopFill puts the name, label and other columns of a choice in place of
// %(name)s, %(label)s and so on.
func (c Checklist) loopFill(o ListChoice) func(string) string {
	pairs := []string{"%(name)s", o.Name, "%(label)s", o.Label.text(c.DefaultLanguage).In("en")}
	for k, v := range o.X {
		pairs = append(pairs, "%("+k+")s", v)
	}
	return strings.NewReplacer(pairs...).Replace
}

var plainSuffix = regexp.MustCompile(`^[A-Za-z0-9_]{1,40}$`)

// loopSuffix follows the uid of a loop's question, to tell its rounds apart.
func loopSuffix(choice string) string {
	if !plainSuffix.MatchString(choice) {
		choice = strings.TrimPrefix(string(record.HashOf([]byte(choice))), "sha256:")[:16]
	}
	return "-" + choice
}

// loop writes a group out once for each choice of its list.
func (b *formBuilder) loop(e *Element) *form.Node {
	node := b.common(e, nil)
	node.Kind = form.Group
	if b.c.List(e.List, false) == nil {
		node.Children = b.nodes(e.Elements, nil)
		return node
	}
	for _, o := range b.c.loopChoices(e) {
		inner := &form.Node{Kind: form.Group, Name: o.Name, Label: b.c.formText(o.Label), Children: b.nodes(e.Elements, b.c.loopFill(o))}
		suffix(inner.Children, loopSuffix(o.Name))
		node.Children = append(node.Children, inner)
	}
	return node
}

// suffix tells the answers of a loop's rounds apart.
func suffix(nodes []*form.Node, s string) {
	for _, n := range nodes {
		if uid, ok := strings.CutSuffix(n.UID, otherSuffix); ok {
			n.UID = uid + s + otherSuffix
		} else if n.UID != "" {
			n.UID += s
		}
		suffix(n.Children, s)
	}
}

func (b *formBuilder) question(e *Element, loop func(string) string) []*form.Node {
	node := b.common(e, loop)
	node.Type = form.Type(e.Type)
	for _, t := range strings.FieldsFunc(e.Trigger, func(r rune) bool { return r == ',' || r == ' ' }) {
		node.Trigger = append(node.Trigger, strings.TrimSuffix(strings.TrimPrefix(t, "${"), "}"))
	}
	switch d := strings.TrimSpace(e.Default); {
	case d == "":
	case dynamic(d, e.Type):
		node.DefaultExpression = straight(d)
	default:
		node.Default = d
		if e.Type == "image" && !strings.Contains(d, "jr://images/") {
			node.Default = "jr://images/" + d
		}
	}
	switch e.Type {
	case "start":
		node.Type, node.Preload, node.Holds = form.TypeMetadata, form.PreloadStart, form.TypeDateTime
	case "end":
		node.Type, node.Preload, node.Holds = form.TypeMetadata, form.PreloadEnd, form.TypeDateTime
	case "today":
		node.Type, node.Preload, node.Holds = form.TypeMetadata, form.PreloadToday, form.TypeDate
	case "deviceid", "username", "email", "phonenumber":
		node.Type, node.Preload = form.TypeMetadata, form.Preload(e.Type)
	case "simserial", "subscriberid", "caseid", "background-audio":
		node.Type = form.TypeMetadata
	case "start-geopoint", "background-geopoint":
		node.Type, node.Holds = form.TypeMetadata, form.TypeGeopoint
	case "audit", "csv-external", "xml-external":
		return nil // no value in the form: the file of csv-external is a list
	case "osm":
		node.Type = form.TypeText
	case "note":
		if node.ReadOnly == "" {
			node.ReadOnly = "true()"
		}
	case "select_one_external":
		node.Type = form.TypeSelectOne
	case "range":
		node.Holds = rangeHolds(e)
	}
	b.choices(e, node)
	out := []*form.Node{node}
	if e.Inspect != nil && e.Inspect.FailWhen != "" {
		// What fail_when says is a value beside the question's, without a uid: it
		// follows from the answers and is not kept.
		out = append(out, &form.Node{Name: failsName(e.Name), Type: form.TypeCalculate, ReadOnly: "true()",
			Calculate: "if(../" + e.Name + " = '', '', if(" + selfAs(straight(e.Inspect.FailWhen), "../"+e.Name) + ", '1', '0'))"})
	}
	if e.OrOther {
		label := form.Text{}
		for _, l := range b.c.formLanguages() {
			if label[l] = "Specify other."; LanguageCode(l) == "zh" {
				label[l] = word("zh", "checklist.specify_other", nil)
			}
		}
		out = append(out, &form.Node{UID: e.UID + otherSuffix, Name: e.Name + "_other", Type: form.TypeText, Label: label,
			Relevant: "selected(../" + e.Name + ", '" + OtherChoice + "')"})
	}
	return out
}

// rangeHolds tells what a range holds: a whole number, unless one of its
// parameters is none. "" for any other type.
func rangeHolds(e *Element) form.Type {
	if e.Type != "range" {
		return ""
	}
	p := parameters(e.Parameters)
	if strings.Contains(p["start"]+p["end"]+p["step"], ".") {
		return form.TypeDecimal
	}
	return form.TypeInteger
}

func failsName(name string) string { return "__fails_" + name }

// selfAs writes "." in an expression, the value it is about, as a path.
func selfAs(s, path string) string {
	var out strings.Builder
	for n := 0; n < len(s); {
		c := s[n]
		start := n
		switch {
		case c == '"' || c == '\'':
			end := strings.IndexByte(s[n+1:], c)
			if end < 0 {
				end = len(s) - n - 2
			}
			n += end + 2
		case strings.HasPrefix(s[n:], "${"):
			end := strings.IndexByte(s[n:], '}')
			if end < 0 {
				end = len(s) - n - 1
			}
			n += end + 1
		case nameByte(c, true) || c >= '0' && c <= '9':
			for n < len(s) && nameByte(s[n], false) {
				n++
			}
		case c == '.' && n+1 < len(s) && (s[n+1] == '.' || s[n+1] >= '0' && s[n+1] <= '9'):
			n += 2
		case c == '.':
			n++
			out.WriteString(path)
			continue
		default:
			n++
		}
		out.WriteString(s[start:n])
	}
	return out.String()
}

func (b *formBuilder) choices(e *Element, node *form.Node) {
	filter := straight(e.ChoiceFilter)
	switch list, file := fileList(e); {
	case file != "":
		node.Choices = form.Choices{List: list, Filter: filter, Value: node.Parameters["value"], Label: node.Parameters["label"]}
	case strings.Contains(e.List, "${"):
		// The choices are the answers to a question of a repeat.
		node.Choices = form.Choices{Nodes: e.List, Filter: filter}
		b.fromRepeat(&node.Choices)
	case e.List != "" && e.Type != "osm":
		node.Choices = form.Choices{List: e.List, External: e.Type == "select_one_external", Filter: filter}
	default:
		return
	}
	if node.Parameters["randomize"] == "true" {
		node.Choices.Random, node.Choices.Seed = true, node.Parameters["seed"]
	}
}

// fromRepeat turns "${name_of_child}" into the instances of the repeat that
// the question stands in, and the child as what is kept and shown.
func (b *formBuilder) fromRepeat(ch *form.Choices) {
	name := strings.TrimSuffix(strings.TrimPrefix(ch.Nodes, "${"), "}")
	b.c.Walk(func(e *Element, above []*Element) {
		if e.Name != name || e.Kind != QuestionElement {
			return
		}
		for n := len(above) - 1; n >= 0; n-- {
			if above[n].Kind == RepeatElement {
				path := name
				for k := len(above) - 1; k > n; k-- {
					path = above[k].Name + "/" + path
				}
				ch.Nodes, ch.Value, ch.Label = "${"+above[n].Name+"}", path, path
				return
			}
		}
	})
}

// parameters reads "start=1 end=5", with spaces, commas or semicolons between.
func parameters(s string) map[string]string {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil
	}
	out := map[string]string{}
	fields := strings.FieldsFunc(strings.NewReplacer(" =", "=", "= ", "=").Replace(s), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\n' || r == '\t' })
	for _, f := range fields {
		if k, v, ok := strings.Cut(f, "="); ok {
			out[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
		}
	}
	return out
}

// dynamic tells whether a default is an expression, to be evaluated, or a value
// as it stands. It is one when it calls, refers, selects or computes; a hyphen
// in a date or a place does not compute.
func dynamic(s, kind string) bool {
	dated := among(kind, []string{"date", "dateTime", "geopoint", "geotrace", "geoshape", "time", "start", "end", "today"})
	for n := 0; n < len(s); {
		c := s[n]
		switch {
		case c == '"' || c == '\'':
			end := strings.IndexByte(s[n+1:], c)
			if end < 0 {
				return false
			}
			n += end + 2
		case strings.HasPrefix(s[n:], "${"):
			return true
		case nameByte(c, true):
			start := n
			for n < len(s) && (nameByte(s[n], false) || s[n] == ':' && n+1 < len(s) && s[n+1] != ':' && s[n+1] != '/') {
				n++
			}
			word := s[start:n]
			if n < len(s) && s[n] == '(' {
				return true
			}
			if (word == "div" || word == "mod") && start > 0 && s[start-1] == ' ' && n < len(s) && s[n] == ' ' {
				return true
			}
		case c >= '0' && c <= '9' || c == '-' && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9' && !afterOperand(s, n):
			n++
			for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
				n++
			}
			if moment := momentLength(s, n); moment > 0 {
				n += moment
			}
		case c == '-':
			if dated {
				return false
			}
			return true
		case c == '+' || c == '*' || c == '|' || c == '[':
			return true
		default:
			n++
		}
	}
	return false
}

// afterOperand tells whether what stands before place n is a value, so that a
// hyphen there takes away.
func afterOperand(s string, n int) bool {
	before := strings.TrimRight(s[:n], " ")
	if before == "" {
		return false
	}
	c := before[len(before)-1]
	return nameByte(c, false) || c == ')' || c == '}' || c == ']' || c == '"' || c == '\''
}

// momentLength tells how far a date goes on whose year ends at n: 2012-01-02.
func momentLength(s string, n int) int {
	if n < 4 || len(s) < n+6 || s[n] != '-' || s[n+3] != '-' {
		return 0
	}
	for _, k := range []int{n - 4, n - 3, n - 2, n - 1, n + 1, n + 2, n + 4, n + 5} {
		if _, err := strconv.Atoi(s[k : k+1]); err != nil {
			return 0
		}
	}
	return 6
}

func nameByte(c byte, first bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80 || !first && (c >= '0' && c <= '9' || c == '-' || c == '.')
}
