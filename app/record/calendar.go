package record

import (
	"slices"
	"strconv"
	"time"
)

// Unit is what a time limit is counted in.
type Unit string

const (
	CalendarDays Unit = "day"     // 日: every day counts
	WorkingDays  Unit = "workday" // 工作日: as the State Council's yearly notice has them
)

// Term is a deadline as it is written into an order: a date, or so many days
// counted from service. Exactly one of the two is set. Neither runs without
// proof of service.
type Term struct {
	Date string `json:"date,omitempty"` // YYYY-MM-DD
	N    int    `json:"n,omitempty"`
	Unit Unit   `json:"unit,omitempty"`
}

// longestTerm is ten years: more is a slip of the finger.
const longestTerm = 3650

// Check tells why a term cannot be ordered, nil if it can.
func (t Term) Check() error {
	_, err := time.Parse(time.DateOnly, t.Date)
	switch {
	case t.Date != "" && (t.N != 0 || t.Unit != ""):
		return &Error{Code: Invalid, Message: "term.date_or_days", Field: "term"}
	case t.Date != "" && err != nil:
		return &Error{Code: Invalid, Message: "term.bad_date", Field: "term", Args: map[string]any{"date": t.Date}}
	case t.Date != "":
		return nil
	case t.N < 1 || t.N > longestTerm || t.Unit != CalendarDays && t.Unit != WorkingDays:
		return &Error{Code: Invalid, Message: "term.days", Field: "term", Args: map[string]any{"most": longestTerm}}
	}
	return nil
}

// CalendarDay is a day of a calendar year that is not what its weekday says.
type CalendarDay struct {
	Date string `json:"date"` // YYYY-MM-DD
	Name Text   `json:"name"` // 国庆节
}

// CalendarYear is what the State Council's notice says of one year: which days
// are off, and which Saturdays and Sundays are worked to make up for them. It
// is data: the authority edits it, and the source shows wherever it counts.
type CalendarYear struct {
	Year       int           `json:"year"`
	Source     Text          `json:"source"` // title and number of the notice
	Address    string        `json:"address,omitempty"`
	Confidence Confidence    `json:"confidence"`
	Off        []CalendarDay `json:"off"`
	Work       []CalendarDay `json:"work"`
}

// CalendarID gives the identity of a year of the calendar, the same on every
// laptop of the authority.
func CalendarID(year int) ID { return DerivedID(CalendarType, strconv.Itoa(year)) }

// Check tells what is wrong with a year, nil if nothing. A notice may name days
// of the December before: New Year's holiday begins there in some years.
func (y CalendarYear) Check() error {
	fault := func(message, date string) error {
		return &Error{Code: Invalid, Message: message, Field: "date", Args: map[string]any{"year": y.Year, "date": date}}
	}
	if y.Year < 1949 || y.Year > 9999 {
		return fault("calendar.bad_year", "")
	}
	if y.Source.In("zh") == "" {
		return fault("calendar.no_source", "")
	}
	if len(y.Off) == 0 {
		return fault("calendar.nothing_off", "")
	}
	seen := map[string]bool{}
	for n, d := range slices.Concat(y.Off, y.Work) {
		t, err := time.Parse(time.DateOnly, d.Date)
		switch {
		case err != nil:
			return fault("calendar.bad_date", d.Date)
		case t.Year() != y.Year && !(t.Year() == y.Year-1 && t.Month() == time.December):
			return fault("calendar.other_year", d.Date)
		case seen[d.Date]:
			return fault("calendar.twice", d.Date)
		case n >= len(y.Off) && !weekend(t):
			return fault("calendar.works_anyway", d.Date)
		}
		seen[d.Date] = true
	}
	return nil
}

// Change writes the year as the authority has it, in place of what stood there.
func (y CalendarYear) Change(s State) (Change, error) {
	if err := y.Check(); err != nil {
		return Change{}, err
	}
	kind := Set
	if len(s) == 0 {
		kind = Create
	}
	return s.change(kind, CalendarID(y.Year), map[string]any{"year": y}), nil
}

// CalendarYearOf reads a year from its record; ok is false when nothing that
// can be counted with stands there.
func CalendarYearOf(s State) (y CalendarYear, ok bool) {
	return y, s.Get("year", &y) && y.Check() == nil
}

// Calendar counts days. The zero calendar covers no year and knows Saturdays
// and Sundays only.
type Calendar struct {
	// LastDayMoves: a limit whose last day is off ends on the next working day.
	// It is a rule of procedure that the authority confirms (a Limit), no constant.
	LastDayMoves bool

	years map[int]CalendarYear
	days  map[string]day
}

type day struct {
	works bool
	name  Text
}

// NewCalendar makes a calendar of years; of two that are the same year the
// later one counts.
func NewCalendar(lastDayMoves bool, years ...CalendarYear) Calendar {
	c := Calendar{LastDayMoves: lastDayMoves, years: map[int]CalendarYear{}, days: map[string]day{}}
	for _, y := range years {
		c.years[y.Year] = y
	}
	for _, n := range c.Covered() {
		for _, d := range c.years[n].Off {
			c.days[d.Date] = day{false, d.Name}
		}
		for _, d := range c.years[n].Work {
			c.days[d.Date] = day{true, d.Name}
		}
	}
	return c
}

// Covered lists the years whose holidays are known, in order.
func (c Calendar) Covered() []int {
	var out []int
	for n := range c.years {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Year gives a year that is covered.
func (c Calendar) Year(n int) (CalendarYear, bool) { y, ok := c.years[n]; return y, ok }

// Works tells whether a day is worked, and the holiday that makes it differ
// from its weekday, if one does.
func (c Calendar) Works(t time.Time) (works bool, name Text) {
	if d, ok := c.days[t.Format(time.DateOnly)]; ok {
		return d.works, d.name
	}
	return !weekend(t), Text{}
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// Count is how a due date came about, so that it can be shown and counted again.
type Count struct {
	From    string   `json:"from"` // day of service, not counted
	Term    Term     `json:"term"`
	Due     string   `json:"due"`               // YYYY-MM-DD, inclusive
	Skipped []string `json:"skipped,omitempty"` // days off that the count passed over
	Moved   string   `json:"moved,omitempty"`   // the last day it would have been, were it not off
	// Unknown are years that the count touches and whose holidays are not known:
	// weekends alone were left out there, and the date may still move.
	Unknown []int `json:"unknown,omitempty"`
}

// Count counts a term from the day of service. The day itself does not count.
func (c Calendar) Count(served string, t Term) (Count, error) {
	out := Count{From: served, Term: t}
	if err := t.Check(); err != nil {
		return out, err
	}
	from, err := time.Parse(time.DateOnly, served)
	if err != nil {
		return out, &Error{Code: Invalid, Message: "service.bad_day", Field: "served", Args: map[string]any{"date": served}}
	}
	if t.Date != "" {
		out.Due = t.Date // what was ordered stands as it was ordered
		return out, nil
	}
	at := from
	look := func() bool {
		if _, known := c.years[at.Year()]; !known && !slices.Contains(out.Unknown, at.Year()) {
			out.Unknown = append(out.Unknown, at.Year())
		}
		works, _ := c.Works(at)
		return works
	}
	if t.Unit == CalendarDays {
		at = at.AddDate(0, 0, t.N)
		if c.LastDayMoves {
			last := at
			for !look() {
				at = at.AddDate(0, 0, 1)
			}
			if !at.Equal(last) {
				out.Moved = last.Format(time.DateOnly)
			}
		}
	} else {
		for left := t.N; left > 0; {
			at = at.AddDate(0, 0, 1)
			if look() {
				left--
			} else {
				out.Skipped = append(out.Skipped, at.Format(time.DateOnly))
			}
		}
	}
	out.Due = at.Format(time.DateOnly)
	return out, nil
}

// DaysBetween tells how many days b is after a, negative when it is before;
// both YYYY-MM-DD. ok is false when one of them is no date.
func DaysBetween(a, b string) (n int, ok bool) {
	x, err := time.Parse(time.DateOnly, a)
	if err != nil {
		return 0, false
	}
	y, err := time.Parse(time.DateOnly, b)
	if err != nil {
		return 0, false
	}
	return int(y.Sub(x).Hours() / 24), true
}

// Names of the limits that rules here ask for.
const (
	LimitObjection = "objection" // until when the organization may object to a finding, from the day it was told
	LimitAnswer    = "answer"    // until when an objection is answered
	LimitRounds    = "rounds"    // how many new deadlines after a re-inspection that found it partly put right
	LimitMoves     = "last_day"  // 1: a limit of days whose last day is off ends on the next working day; 0: it does not
	LimitCritical  = "critical"  // hours within which a critical finding is reported to whoever must act

	LimitApproval        = "approval"        // 1: nobody goes on site before approval and notice; 0: the authority does not ask for them
	LimitSupplement      = "supplement"      // until when an urgent inspection is approved afterwards
	LimitMailings        = "mailings"        // days between the two letters to an address where nobody is found
	LimitPublication     = "publication"     // until when a result is published, from the day it was told
	LimitReconsideration = "reconsideration" // until when the authority answers an application for reconsideration
	LimitShare           = "share_"          // and a level: the least share of its yearly draw, in hundredths of a percent
	LimitAccept          = "accept"          // until when it is decided whether a complaint is accepted
	LimitAnswerComplaint = "complaint"       // until when an accepted complaint is answered
	LimitLawsuit         = "lawsuit"         // until when the authority answers a lawsuit
)

// Limit is a figure of law or of the house that rules need: so many days,
// rounds or hours. It is data with its source, edited by the authority; what is
// not verified shows as 待核对.
type Limit struct {
	Name       string     `json:"name"`
	Title      Text       `json:"title"`
	N          int        `json:"n"`
	Unit       Unit       `json:"unit,omitempty"` // "" for a bare number
	Source     Text       `json:"source"`
	Confidence Confidence `json:"confidence"`
}

// Term gives the limit as a term.
func (l Limit) Term() Term { return Term{N: l.N, Unit: l.Unit} }

// LimitID gives the identity of a limit, the same on every laptop.
func LimitID(name string) ID { return DerivedID(LimitType, name) }

// Change writes the limit as the authority sets it: the number, its unit and
// on what that rests.
func (l Limit) Change(s State) (Change, error) {
	switch {
	case l.N < 0 || l.N > longestTerm || l.Unit != "" && (Term{N: max(l.N, 1), Unit: l.Unit}).Check() != nil:
		return Change{}, &Error{Code: Invalid, Message: "limit.number", Field: "n", Args: map[string]any{"name": l.Name, "most": longestTerm}}
	case l.Source.In("zh") == "":
		return Change{}, &Error{Code: Invalid, Message: "limit.no_source", Field: "source", Args: map[string]any{"name": l.Name}}
	}
	kind := Set
	if len(s) == 0 {
		kind = Create
	}
	return s.change(kind, LimitID(l.Name), map[string]any{"limit": l}), nil
}

// LimitOf reads a limit from its record.
func LimitOf(s State) (l Limit, ok bool) { return l, s.Get("limit", &l) && l.Name != "" }

// Limits are all limits by name.
type Limits map[string]Limit

// N gives the number of a limit, 0 for one that nobody has set: no such limit.
func (l Limits) N(name string) int { return l[name].N }
