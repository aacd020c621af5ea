package xpath

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// function is one of those that expressions may call.
type function struct {
	least, most int // arguments; most is -1 where there is no limit
	apply       func(*call) Value
}

// wants tells the number of arguments: "2", "2–3", "2+".
func (f *function) wants() string {
	least := strconv.Itoa(f.least)
	switch f.most {
	case f.least:
		return least
	case -1:
		return least + "+"
	}
	return least + "–" + strconv.Itoa(f.most)
}

// call is one call of a function, its arguments evaluated.
type call struct {
	*evaluator
	at   *term
	ctx  context
	args []Value
}

func (c *call) text(n int) string    { return c.args[n].String() }
func (c *call) number(n int) float64 { return c.args[n].Number() }

// own is the argument, or the context node's text where there is none.
func (c *call) own() string {
	if len(c.args) == 0 {
		return c.ctx.node.String()
	}
	return c.text(0)
}

// nodesOf is an argument that must be nodes.
func (c *call) nodesOf(n int) []*Node {
	if c.args[n].kind != Nodes {
		c.fail(c.at.at, "xpath.not_nodes", map[string]any{"function": c.at.text})
		return nil
	}
	return c.args[n].nodes
}

// each gives all arguments from the nth on as texts, nodes one by one.
func (c *call) each(n int) []string {
	var out []string
	for _, a := range c.args[n:] {
		if a.kind != Nodes {
			out = append(out, a.String())
			continue
		}
		for _, node := range a.nodes {
			out = append(out, node.String())
		}
	}
	return out
}

func (c *call) eachNumber() []float64 {
	var out []float64
	for _, a := range c.args {
		if a.kind != Nodes {
			out = append(out, a.Number())
			continue
		}
		for _, node := range a.nodes {
			out = append(out, toNumber(node.String(), c.env.Zone))
		}
	}
	return out
}

// functions are all that there are. It is filled by init because indexed-repeat
// comes back to evaluate, which looks here.
var functions map[string]*function

// Functions lists the names of all functions that expressions may call.
func Functions() []string {
	var names []string
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (v *evaluator) call(t *term, c context) Value {
	f := t.function
	if f == nil {
		v.fail(t.at, "xpath.unknown_function", map[string]any{"function": t.text})
		return Value{}
	}
	if len(t.args) < f.least || f.most >= 0 && len(t.args) > f.most {
		v.fail(t.at, "xpath.arguments", map[string]any{"function": t.text, "count": len(t.args), "wanted": f.wants()})
		return Value{}
	}
	switch t.text {
	case "if":
		if v.evaluate(t.args[0], c).Boolean() {
			return v.evaluate(t.args[1], c)
		}
		return v.evaluate(t.args[2], c)
	case "coalesce":
		if first := v.evaluate(t.args[0], c).String(); first != "" && first != "NaN" {
			return OfText(first)
		}
		return OfText(v.evaluate(t.args[1], c).String())
	case "once":
		if have := c.node.String(); have != "" {
			return OfText(have)
		}
	}
	k := call{evaluator: v, at: t, ctx: c, args: make([]Value, len(t.args))}
	for n, a := range t.args {
		// The nodes that indexed-repeat picks from are those of every instance.
		if t.text == "indexed-repeat" && a.op == opReference && (n == 0 || n%2 == 1) {
			k.args[n] = v.reference(a, true)
			continue
		}
		k.args[n] = v.evaluate(a, c)
	}
	if v.err != nil {
		return Value{}
	}
	out := f.apply(&k)
	if out.zone == nil {
		out.zone = v.env.Zone
	}
	return out
}

func numeric(f func(float64) float64) *function {
	return &function{1, 1, func(c *call) Value { return OfNumber(f(c.number(0))) }}
}

func numericOfTwo(f func(a, b float64) float64) *function {
	return &function{2, 2, func(c *call) Value { return OfNumber(f(c.number(0), c.number(1))) }}
}

func judge(f func(a, b string) bool) *function {
	return &function{2, 2, func(c *call) Value { return OfBoolean(f(c.text(0), c.text(1))) }}
}

func init() {
	functions = map[string]*function{
		// Evaluated by evaluator.call, which does not look at every argument.
		"if":       {3, 3, nil},
		"coalesce": {2, 2, nil},
		"once":     {1, 1, func(c *call) Value { return OfText(c.text(0)) }},

		"true":    {0, 0, func(*call) Value { return OfBoolean(true) }},
		"false":   {0, 0, func(*call) Value { return OfBoolean(false) }},
		"not":     {1, 1, func(c *call) Value { return OfBoolean(!c.args[0].Boolean()) }},
		"boolean": {1, 1, func(c *call) Value { return OfBoolean(c.args[0].Boolean()) }},
		"boolean-from-string": {1, 1, func(c *call) Value {
			s := c.text(0)
			return OfBoolean(s == "1" || s == "true")
		}},

		"position":        {0, 1, (*call).position},
		"last":            {0, 0, func(c *call) Value { return OfNumber(float64(c.ctx.size)) }},
		"current":         {0, 0, func(c *call) Value { return c.nodes([]*Node{c.current}) }},
		"count":           {1, 1, func(c *call) Value { return OfNumber(float64(len(c.nodesOf(0)))) }},
		"count-non-empty": {1, 1, (*call).countNonEmpty},
		"instance":        {1, 1, (*call).instance},
		"indexed-repeat":  {3, -1, (*call).indexedRepeat},
		"randomize":       {1, 2, (*call).randomize},
		"id":              {1, 1, (*call).id},
		"name":            {0, 1, func(c *call) Value { return OfText(c.nameOf()) }},
		"local-name": {0, 1, func(c *call) Value {
			name := c.nameOf()
			return OfText(name[strings.IndexByte(name, ':')+1:])
		}},
		"pulldata": {4, 4, (*call).pulldata},

		"selected":       {2, 2, (*call).selected},
		"is-selected":    {2, 2, (*call).selected},
		"selected-at":    {2, 2, (*call).selectedAt},
		"count-selected": {1, 1, func(c *call) Value { return OfNumber(float64(len(strings.Fields(c.text(0))))) }},
		"jr:choice-name": {2, 2, func(c *call) Value {
			if c.env.ChoiceName == nil {
				return OfText("")
			}
			return OfText(c.env.ChoiceName(c.text(0), c.text(1), c.current))
		}},
		"jr:itext": {1, 1, func(c *call) Value {
			if c.env.Translate == nil {
				return OfText("")
			}
			return OfText(c.env.Translate(c.text(0)))
		}},
		"checklist":          {2, -1, (*call).checklist},
		"weighted-checklist": {4, -1, (*call).weightedChecklist},

		"number":  {0, 1, (*call).toNumber},
		"int":     numeric(math.Trunc),
		"floor":   numeric(math.Floor),
		"ceiling": numeric(math.Ceil),
		"abs":     numeric(math.Abs),
		"round":   {1, 2, (*call).round},
		"sum": {1, 1, func(c *call) Value {
			total := 0.0
			for _, n := range c.nodesOf(0) {
				total += toNumber(n.String(), c.env.Zone)
			}
			return OfNumber(total)
		}},
		"min":  {0, -1, func(c *call) Value { return OfNumber(extreme(c.eachNumber(), math.Min)) }},
		"max":  {0, -1, func(c *call) Value { return OfNumber(extreme(c.eachNumber(), math.Max)) }},
		"pow":  numericOfTwo(math.Pow),
		"sqrt": numeric(math.Sqrt), "exp": numeric(math.Exp), "exp10": numeric(func(n float64) float64 { return math.Pow(10, n) }),
		"log": numeric(math.Log), "log10": numeric(math.Log10),
		"sin": numeric(math.Sin), "cos": numeric(math.Cos), "tan": numeric(math.Tan),
		"asin": numeric(math.Asin), "acos": numeric(math.Acos), "atan": numeric(math.Atan), "atan2": numericOfTwo(math.Atan2),
		"pi": {0, 0, func(*call) Value { return OfNumber(math.Pi) }},
		"random": {0, 0, func(c *call) Value {
			if c.env.Random == nil {
				return OfNumber(0)
			}
			return OfNumber(c.env.Random())
		}},

		"string":           {0, 1, func(c *call) Value { return OfText(c.own()) }},
		"concat":           {0, -1, func(c *call) Value { return OfText(strings.Join(c.each(0), "")) }},
		"join":             {1, -1, func(c *call) Value { return OfText(strings.Join(c.each(1), c.text(0))) }},
		"string-length":    {0, 1, func(c *call) Value { return OfNumber(float64(utf8.RuneCountInString(c.own()))) }},
		"normalize-space":  {0, 1, func(c *call) Value { return OfText(strings.Join(strings.Fields(c.own()), " ")) }},
		"starts-with":      judge(strings.HasPrefix),
		"ends-with":        judge(strings.HasSuffix),
		"contains":         judge(strings.Contains),
		"substring":        {2, 3, (*call).substring},
		"substr":           {2, 3, (*call).substr},
		"substring-before": {2, 2, (*call).substringBefore},
		"substring-after":  {2, 2, (*call).substringAfter},
		"translate":        {3, 3, (*call).translate},
		"regex":            {2, 2, (*call).regex},
		"uuid":             {0, 1, (*call).uuid},
		"digest":           {2, 3, (*call).digest},
		"base64-decode":    {1, 1, (*call).base64Decode},

		"today":             {0, 0, (*call).today},
		"now":               {0, 0, func(c *call) Value { return Value{kind: Moment, when: c.env.Now.In(c.env.zone())} }},
		"date":              {1, 1, (*call).date},
		"date-time":         {1, 1, (*call).date},
		"decimal-date-time": {1, 1, func(c *call) Value { return OfNumber(daysOf(c.moment(c.args[0]).when)) }},
		"decimal-time":      {1, 1, (*call).decimalTime},
		"format-date":       {2, 2, (*call).formatDate},
		"format-date-time":  {2, 2, (*call).formatDate},
		// Medic's: whole months between two days.
		"difference-in-months":     {2, 2, (*call).differenceInMonths},
		"cht:difference-in-months": {2, 2, (*call).differenceInMonths},

		"area":     {1, 1, (*call).area},
		"distance": {1, -1, (*call).distance},
		"geofence": {2, 2, (*call).geofence},
	}
}

func (c *call) position() Value {
	if len(c.args) == 0 {
		return OfNumber(float64(c.ctx.position))
	}
	nodes := c.nodesOf(0)
	if len(nodes) == 0 || nodes[0].Parent == nil {
		return OfNumber(math.NaN())
	}
	n := 0
	for _, sibling := range c.siblings(nodes[0]) {
		if n++; sibling == nodes[0] {
			break
		}
	}
	return OfNumber(float64(n))
}

// siblings gives the children of a node's parent that have its name.
func (c *call) siblings(n *Node) []*Node {
	return c.along(&step{axis: axisChild, name: n.Name}, n.Parent)
}

func (c *call) countNonEmpty() Value {
	count := 0.0
	for _, n := range c.nodesOf(0) {
		if n.String() != "" {
			count++
		}
	}
	return OfNumber(count)
}

func (c *call) instance() Value {
	if c.env.Instance != nil {
		if n := c.env.Instance(c.text(0)); n != nil {
			return c.nodes([]*Node{n})
		}
	}
	return c.nodes(nil)
}

// pulldata(table, column, key column, key): the column of the first row whose
// key column equals the key.
func (c *call) pulldata() Value {
	if c.env.Instance == nil {
		return OfText("")
	}
	list := c.env.Instance(c.text(0))
	if list == nil || list.Child("root") == nil {
		return OfText("")
	}
	key := &term{op: opEqual, args: []*term{
		{op: opPath, steps: []step{{axis: axisChild, name: c.text(2)}}},
		{op: opText, text: c.text(3)},
	}}
	s := step{axis: axisChild, name: "item", predicates: []*term{key}}
	rows, _ := c.step(&s, []*Node{list.Child("root")}, true)
	if len(rows) > 0 {
		if cell := rows[0].Child(c.text(1)); cell != nil {
			return OfText(cell.String())
		}
	}
	return OfText("")
}

// indexedRepeat(node, repeat, index, …): the nodes inside the instances of the
// repeats at these places. The pairs may come in any order; an inner repeat is
// counted within the outer one's instance.
func (c *call) indexedRepeat() Value {
	type pair struct {
		repeats []*Node
		index   float64
		depth   int
	}
	var pairs []pair
	for n := 1; n+1 < len(c.args); n += 2 {
		p := pair{repeats: c.nodesOf(n), index: c.number(n + 1)}
		if len(p.repeats) == 0 {
			return c.nodes(nil)
		}
		for up := p.repeats[0]; up != nil; up = up.Parent {
			p.depth++
		}
		pairs = append(pairs, p)
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return a.depth - b.depth })
	var within *Node
	for _, p := range pairs {
		inside := p.repeats
		if within != nil {
			inside = below(within, inside)
		}
		n := int(p.index)
		if float64(n) != p.index || n < 1 || n > len(inside) {
			return c.nodes(nil)
		}
		within = inside[n-1]
	}
	return c.nodes(below(within, c.nodesOf(0)))
}

// below keeps the nodes that are inside another.
func below(top *Node, nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		for up := n.Parent; up != nil; up = up.Parent {
			if up == top {
				out = append(out, n)
				break
			}
		}
	}
	return out
}

// randomize shuffles as ODK's programs do, so that the same seed gives the same
// order there and here: numbers by Park and Miller, a text's seed from the
// first eight bytes of its SHA-256.
func (c *call) randomize() Value {
	seed := c.env.Seed
	if len(c.args) == 2 {
		seed = Seed(c.args[1])
	}
	return c.nodes(Shuffle(c.nodesOf(0), seed))
}

// Seed gives the number that randomize() shuffles by for a seed of any type.
func Seed(v Value) int64 {
	if n := v.Number(); !math.IsNaN(n) {
		return clamp(n)
	}
	s := v.String()
	if s == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(s))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

func clamp(n float64) int64 {
	switch {
	case n >= math.MaxInt64:
		return math.MaxInt64
	case n <= math.MinInt64:
		return math.MinInt64
	}
	return int64(n)
}

// Shuffle gives a list in the order that randomize() with a seed puts it in.
func Shuffle[T any](list []T, seed int64) []T {
	const modulus = math.MaxInt32
	state := seed % modulus
	if state <= 0 {
		state += modulus - 1
	}
	out := make([]T, len(list))
	for i := range list {
		state = state * 16807 % modulus
		j := int(float64(state-1) / (modulus - 1) * float64(i+1))
		out[i] = out[j]
		out[j] = list[i]
	}
	return out
}

func (c *call) id() Value {
	wanted := map[string]bool{}
	for _, s := range c.each(0) {
		for _, id := range strings.Fields(s) {
			wanted[id] = true
		}
	}
	var out []*Node
	var look func(*Node)
	look = func(n *Node) {
		if !c.spend(1) {
			return
		}
		for _, a := range n.Attributes {
			if (a.Name == "id" || a.Name == "xml:id") && wanted[a.Text] {
				out = append(out, n)
				break
			}
		}
		for _, child := range n.children() {
			look(child)
		}
	}
	look(c.ctx.node.top())
	return c.nodes(out)
}

func (c *call) nameOf() string {
	n := c.ctx.node
	if len(c.args) > 0 {
		nodes := c.nodesOf(0)
		if len(nodes) == 0 {
			return ""
		}
		n = nodes[0]
	}
	if n.Kind == Document {
		return ""
	}
	return n.Name
}

func (c *call) selected() Value {
	want := strings.TrimSpace(c.text(1))
	return OfBoolean(slices.Contains(strings.Fields(c.text(0)), want))
}

func (c *call) selectedAt() Value {
	words, n := strings.Fields(c.text(0)), c.number(1)
	if n >= 0 && n < float64(len(words)) {
		return OfText(words[int(n)])
	}
	return OfText("")
}

// among: whether a count is within limits, of which -1 is none.
func among(count, least, most float64) Value {
	return OfBoolean((least == -1 || count >= least) && (most == -1 || count <= most))
}

func (c *call) checklist() Value {
	count := 0.0
	for _, a := range c.args[2:] {
		if a.kind != Nodes {
			if a.Boolean() {
				count++
			}
			continue
		}
		for _, n := range a.nodes {
			if s := n.String(); s == "true" || toNumber(s, nil) == 1 {
				count++
			}
		}
	}
	return among(count, c.number(0), c.number(1))
}

func (c *call) weightedChecklist() Value {
	var flat []Value
	for _, a := range c.args[2:] {
		if a.kind != Nodes {
			flat = append(flat, a)
		}
		for _, n := range a.nodes {
			flat = append(flat, OfText(n.String()))
		}
	}
	// Nodes may be given as all conditions, then all weights.
	total, half := 0.0, len(flat)/2
	for i := range half {
		condition, weight := flat[2*i], flat[2*i+1]
		if c.args[2].kind == Nodes && len(c.args[2].nodes) > 1 {
			condition, weight = flat[i], flat[half+i]
		}
		if condition.Boolean() {
			total += weight.Number()
		}
	}
	return among(total, c.number(0), c.number(1))
}

// toNumber: the days of a date count with their fraction, and are written
// without it.
func (c *call) toNumber() Value {
	if len(c.args) == 0 {
		return OfNumber(toNumber(c.ctx.node.String(), c.env.Zone))
	}
	a := c.args[0]
	n := a.Number()
	out := OfNumber(n)
	if (a.kind == Text || a.kind == Nodes) && !math.IsNaN(n) && !isDecimal(strings.TrimSpace(a.String())) {
		out.text = formatNumber(math.Floor(n))
	}
	return out
}

// round goes away from zero at the half, unlike XPath's own.
func (c *call) round() Value {
	n, places := c.number(0), 0.0
	if len(c.args) == 2 {
		places = math.Trunc(c.number(1))
	}
	switch {
	case math.IsNaN(places):
		return OfNumber(math.NaN())
	case places < 0:
		by := math.Pow(10, -places)
		return OfNumber(math.Round(n/by) * by)
	}
	by := math.Pow(10, places)
	if r := math.Round(n*by) / by; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return OfNumber(r)
	}
	return OfNumber(n)
}

func extreme(list []float64, better func(a, b float64) float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	out := list[0]
	for _, n := range list {
		out = better(out, n)
	}
	return out
}

func (c *call) substring() Value {
	from := math.Floor(c.number(1) + 0.5)
	to := math.Inf(1)
	if len(c.args) == 3 {
		to = from + math.Floor(c.number(2)+0.5)
	}
	var out strings.Builder
	place := 0.0
	for _, r := range c.text(0) {
		if place++; place >= from && place < to {
			out.WriteRune(r)
		}
	}
	return OfText(out.String())
}

func (c *call) substr() Value {
	runes := []rune(c.text(0))
	bound := func(n float64) int {
		if n < 0 {
			n += float64(len(runes))
		}
		if math.IsNaN(n) || n < 0 {
			return 0
		}
		return int(math.Min(n, float64(len(runes))))
	}
	from, to := bound(c.number(1)), len(runes)
	if len(c.args) == 3 {
		to = bound(c.number(2))
	}
	if from >= to {
		return OfText("")
	}
	return OfText(string(runes[from:to]))
}

func (c *call) substringBefore() Value {
	before, _, found := strings.Cut(c.text(0), c.text(1))
	if !found {
		return OfText("")
	}
	return OfText(before)
}

func (c *call) substringAfter() Value {
	_, after, _ := strings.Cut(c.text(0), c.text(1))
	return OfText(after)
}

func (c *call) translate() Value {
	from, to := []rune(c.text(1)), []rune(c.text(2))
	return OfText(strings.Map(func(r rune) rune {
		n := slices.Index(from, r)
		switch {
		case n < 0:
			return r
		case n < len(to):
			return to[n]
		}
		return -1
	}, c.text(0)))
}

// patterns keeps compiled patterns: those of a form are few and asked often.
var patterns sync.Map // string → *regexp.Regexp, or an error

// maxPattern bounds a pattern, whose compiled form can be a thousand times as
// long: RE2 allows x{1000}.
const maxPattern = 2000 // bytes

func pattern(s string) (*regexp.Regexp, error) {
	if kept, ok := patterns.Load(s); ok {
		if re, ok := kept.(*regexp.Regexp); ok {
			return re, nil
		}
		return nil, kept.(error)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, err
	}
	return re, nil
}

func (c *call) regex() Value {
	s := c.text(1)
	if len(s) > maxPattern {
		c.fail(c.at.at, "xpath.pattern_long", map[string]any{"limit": maxPattern})
		return Value{}
	}
	re, err := pattern(s)
	if err != nil {
		c.fail(c.at.at, "xpath.pattern", map[string]any{"pattern": shorten(s)})
		return Value{}
	}
	if c.at.args[1].op == opText { // one written in the form, so not without end
		patterns.Store(s, re)
	}
	return OfBoolean(re.MatchString(c.text(0)))
}

const maxUUID = 4096 // characters

func (c *call) uuid() Value {
	if c.env.UUID == nil {
		return OfText("")
	}
	s := c.env.UUID()
	if len(c.args) == 0 {
		return OfText(s)
	}
	n := c.number(0)
	if !(n >= 0 && n <= maxUUID) {
		c.fail(c.at.at, "xpath.uuid_length", map[string]any{"limit": maxUUID})
		return Value{}
	}
	for len(s) < int(n) {
		more := c.env.UUID()
		if more == "" {
			break
		}
		s += more
	}
	return OfText(s[:min(int(n), len(s))])
}

func (c *call) digest() Value {
	b := []byte(c.text(0))
	var sum []byte
	switch strings.ToUpper(c.text(1)) {
	case "MD5":
		h := md5.Sum(b)
		sum = h[:]
	case "SHA-1":
		h := sha1.Sum(b)
		sum = h[:]
	case "SHA-256":
		h := sha256.Sum256(b)
		sum = h[:]
	case "SHA-384":
		h := sha512.Sum384(b)
		sum = h[:]
	case "SHA-512":
		h := sha512.Sum512(b)
		sum = h[:]
	default:
		c.fail(c.at.at, "xpath.digest", map[string]any{"name": shorten(c.text(1))})
		return Value{}
	}
	if len(c.args) == 3 && strings.EqualFold(c.text(2), "hex") {
		return OfText(hex.EncodeToString(sum))
	}
	return OfText(base64.StdEncoding.EncodeToString(sum))
}

func (c *call) base64Decode() Value {
	b, err := base64.StdEncoding.DecodeString(c.text(0))
	if err != nil || !utf8.Valid(b) {
		return OfText("")
	}
	return OfText(string(b))
}

func (c *call) today() Value {
	now := c.env.Now.In(c.env.zone())
	return Value{kind: Moment, when: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.env.zone())}
}

func (c *call) date() Value {
	if a := c.args[0]; (a.kind == Text || a.kind == Nodes) && a.String() == "" || a.kind == Boolean {
		return OfText("")
	}
	return c.moment(c.args[0])
}

// decimalTime gives a time of day as a part of the day, in the environment's
// zone.
func (c *call) decimalTime() Value {
	s := c.text(0)
	since, zone, ok := readClock(s, c.env.zone())
	if !ok {
		return OfNumber(math.NaN())
	}
	t := time.Date(1970, 1, 1, 0, 0, 0, 0, zone).Add(since).In(c.env.zone())
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, c.env.zone())
	return OfNumber(float64(t.Sub(midnight).Milliseconds()) / dayMilliseconds)
}

func (c *call) formatDate() Value {
	t := c.moment(c.args[0]).when
	if t.IsZero() {
		return OfText("")
	}
	return OfText(layout(t, c.text(1)))
}

func (c *call) differenceInMonths() Value {
	from, to := c.moment(c.args[0]).when, c.moment(c.args[1]).when
	if from.IsZero() || to.IsZero() {
		return OfText("")
	}
	return OfNumber(months(from, to))
}
