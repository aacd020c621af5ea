package xpath

// indexFrom is the number of rows from which a lookup by an equal value is
// worth an index.
const indexFrom = 16

// indexKey is a list, the name of its rows, and the column looked at.
type indexKey struct {
	list        *Node
	row, column string
}

// indexed gives, of a list that does not change, the rows that can pass the
// first predicate of a step: those whose column equals what it is compared
// with. A predicate such as [county = ${county} and kind = 'a'] narrows a list
// of thousands to a handful; the predicates are then evaluated on these alone,
// which gives the same unless one of them counts positions.
func (v *evaluator) indexed(s *step, list *Node) ([]*Node, bool) {
	for _, p := range s.predicates {
		if countsPositions(p) {
			return nil, false
		}
	}
	column, other := equality(s.predicates[0])
	if other == nil {
		return nil, false
	}
	want := v.evaluate(other, context{v.current, 1, 1})
	if v.err != nil || want.kind != Text && want.kind != Nodes {
		return nil, false
	}
	key := indexKey{list, s.name, column}
	index, ok := v.env.indexes[key]
	if !ok {
		index = map[string][]*Node{}
		for _, row := range list.Children {
			if row.Kind != Element || row.Name != s.name {
				continue
			}
			for i, cell := range row.Children {
				if cell.Kind != Element || cell.Name != column {
					continue
				}
				value := cell.String()
				if rows := index[value]; i == 0 || len(rows) == 0 || rows[len(rows)-1] != row {
					index[value] = append(rows, row)
				}
			}
		}
		if v.env.indexes == nil {
			v.env.indexes = map[indexKey]map[string][]*Node{}
		}
		v.env.indexes[key] = index
	}
	if want.kind == Text {
		return index[want.text], true
	}
	switch len(want.nodes) {
	case 0:
		return nil, true
	case 1:
		return index[want.nodes[0].String()], true
	}
	return nil, false
}

// equality finds, in a predicate or the parts that "and" joins in it, one that
// compares a column with something that is the same for every row.
func equality(p *term) (column string, other *term) {
	switch p.op {
	case opAnd:
		if column, other = equality(p.args[0]); other != nil {
			return column, other
		}
		return equality(p.args[1])
	case opEqual:
		for i := range 2 {
			if name, ok := p.args[i].column(); ok && sameForAllRows(p.args[1-i]) {
				return name, p.args[1-i]
			}
		}
	}
	return "", nil
}

// column gives the name of a path that is one child's name and nothing else.
func (t *term) column() (string, bool) {
	if t.op != opPath || t.absolute || len(t.args) > 0 || len(t.steps) != 1 {
		return "", false
	}
	s := t.steps[0]
	return s.name, s.axis == axisChild && s.test == testName && len(s.predicates) == 0
}

func sameForAllRows(t *term) bool {
	switch t.op {
	case opText, opReference:
		return true
	case opPath:
		if len(t.args) == 0 {
			return t.absolute && len(t.filters) == 0 && plain(t.steps)
		}
		base := t.args[0]
		return (base.op == opReference || base.op == opCall && base.text == "current") && len(t.filters) == 0 && plain(t.steps)
	}
	return false
}

func plain(steps []step) bool {
	for n := range steps {
		if len(steps[n].predicates) > 0 {
			return false
		}
	}
	return true
}

// countsPositions: a predicate whose truth depends on which other rows are
// there. A number in its place is a position; so may be a call, and a sum.
func countsPositions(p *term) bool {
	switch p.op {
	case opEqual, opUnequal, opLess, opLessOrEqual, opGreater, opGreaterOrEqual, opAnd, opOr:
	default:
		return true
	}
	found := false
	p.walk(func(t *term) {
		found = found || t.op == opCall && (t.text == "position" || t.text == "last")
	})
	return found
}
