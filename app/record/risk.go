package record

import (
	"cmp"
	"slices"
)

// What a rule on risk can count about an organization. All of it is in the records;
// what an organization does well, or asks for, is not among it and never raises a
// rating.
const (
	RiskDishonest    = "dishonest"     // the register's status names the list of serious violations 严重违法失信
	RiskAbnormal     = "abnormal"      // the register's status names the list of abnormal activities 活动异常
	RiskOpen         = "open"          // findings with something left to do
	RiskCriticalOpen = "critical_open" // of those, critical ones
	RiskOverdue      = "overdue"       // rectifications whose deadline has passed
	RiskFailed       = "failed"        // rectifications that failed
	RiskRepeated     = "repeated"      // items found wanting at more than one inspection
	RiskRefused      = "refused"       // inspections within three years that ended uncooperative
	RiskUnreachable  = "unreachable"   // … where nobody was found
	RiskComplaints   = "complaints"    // complaints within three years that were substantiated, in full or in part
	RiskYearsSince   = "years_since"   // whole years since the last sealed inspection, since registration if there was none
)

// RiskFacts lists them.
var RiskFacts = []string{RiskDishonest, RiskAbnormal, RiskOpen, RiskCriticalOpen, RiskOverdue, RiskFailed, RiskRepeated, RiskRefused, RiskUnreachable, RiskComplaints, RiskYearsSince}

// RiskRule gives points for a count. From At on it counts; Each gives the points for
// every one, Most at most (0 = no bound).
type RiskRule struct {
	Name   string `json:"name"`
	Title  Text   `json:"title"`
	Fact   string `json:"fact"`
	At     int    `json:"at"`
	Points int    `json:"points"`
	Each   bool   `json:"each,omitempty"`
	Most   int    `json:"most,omitempty"`
}

// RiskBands are the points from which a class begins.
type RiskBands struct {
	Yellow int `json:"yellow"`
	Orange int `json:"orange"`
	Red    int `json:"red"`
}

// RiskRules are the rules by which an authority rates organizations 风险分级: data
// with a source, which the authority sets.
type RiskRules struct {
	Source     Text       `json:"source"`
	Confidence Confidence `json:"confidence,omitempty"`
	Bands      RiskBands  `json:"bands"`
	Rules      []RiskRule `json:"rules"`
}

// RiskClass is how much an organization is watched.
type RiskClass string

// The classes, the gravest last.
const (
	RiskGreen  RiskClass = "green"
	RiskYellow RiskClass = "yellow"
	RiskOrange RiskClass = "orange"
	RiskRed    RiskClass = "red"
)

// RiskClasses lists them.
var RiskClasses = []RiskClass{RiskGreen, RiskYellow, RiskOrange, RiskRed}

// RiskPoint explains points of a rating.
type RiskPoint struct {
	Rule   RiskRule `json:"rule"`
	Count  int      `json:"count"`
	Points int      `json:"points"`
}

// Rating is how an organization is rated, with every point explained.
type Rating struct {
	Class  RiskClass   `json:"class"`
	Points int         `json:"points"`
	Why    []RiskPoint `json:"why,omitempty"` // the most points first
}

// RiskRulesID is the identity of the rules, the same on every laptop.
func RiskRulesID() ID { return DerivedID(LimitType, "risk rules") }

// Check tells what is wrong with the rules, nil if nothing.
func (r RiskRules) Check() error {
	fault := func(message, rule string) error {
		return &Error{Code: Invalid, Message: message, Field: "rules", Args: map[string]any{"rule": rule}}
	}
	if r.Source.In("zh") == "" {
		return fault("risk.no_source", "")
	}
	if b := r.Bands; b.Yellow <= 0 || b.Orange <= b.Yellow || b.Red <= b.Orange {
		return fault("risk.bands", "")
	}
	seen := map[string]bool{}
	for _, x := range r.Rules {
		switch {
		case x.Name == "" || seen[x.Name] || x.Title.In("zh") == "":
			return fault("risk.rule_named", x.Name)
		case !slices.Contains(RiskFacts, x.Fact):
			return fault("risk.fact", x.Name)
		case x.At < 1 || x.Points < 1 || x.Most < 0:
			return fault("risk.points", x.Name)
		}
		seen[x.Name] = true
	}
	return nil
}

// Change sets the rules.
func (r RiskRules) Change(s State) (Change, error) {
	if err := r.Check(); err != nil {
		return Change{}, err
	}
	kind := Set
	if len(s) == 0 {
		kind = Create
	}
	return s.change(kind, RiskRulesID(), map[string]any{"risk": r}), nil
}

// RiskRulesOf reads the rules that an authority has set; false where it has none.
func RiskRulesOf(s State) (r RiskRules, ok bool) { return r, s.Get("risk", &r) && r.Check() == nil }

// Rate rates an organization by what is counted about it.
func (r RiskRules) Rate(count map[string]int) Rating {
	out := Rating{Class: RiskGreen}
	for _, x := range r.Rules {
		n := count[x.Fact]
		if n < x.At {
			continue
		}
		points := x.Points
		if x.Each {
			points *= n - x.At + 1
		}
		if x.Most > 0 {
			points = min(points, x.Most)
		}
		out.Points += points
		out.Why = append(out.Why, RiskPoint{x, n, points})
	}
	slices.SortStableFunc(out.Why, func(a, b RiskPoint) int { return cmp.Compare(b.Points, a.Points) })
	switch b := r.Bands; {
	case out.Points >= b.Red:
		out.Class = RiskRed
	case out.Points >= b.Orange:
		out.Class = RiskOrange
	case out.Points >= b.Yellow:
		out.Class = RiskYellow
	}
	return out
}
