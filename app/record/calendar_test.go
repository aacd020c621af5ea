package record

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func off(name string, dates ...string) []CalendarDay {
	var out []CalendarDay
	for _, d := range dates {
		out = append(out, CalendarDay{Date: d, Name: Text{Chinese: name}})
	}
	return out
}

// calendar2026 is National Day 2026 and what is worked for it, and New Year 2027.
func calendar2026() Calendar {
	return NewCalendar(true,
		CalendarYear{Year: 2026, Source: Text{Chinese: "通知"},
			Off:  off("国庆节", "2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"),
			Work: off("国庆节", "2026-09-20", "2026-10-10")},
		CalendarYear{Year: 2027, Source: Text{Chinese: "通知"}, Off: off("元旦", "2027-01-01")})
}

func TestDaysAreCountedFromTheDayAfterService(t *testing.T) {
	for _, c := range []struct {
		why, served string
		term        Term
		due, moved  string
		unknown     []int
	}{
		{"five days from a Monday end on Saturday, which is off: on to Monday", "2026-11-02", Term{N: 5, Unit: CalendarDays}, "2026-11-09", "2026-11-07", nil},
		{"four days end on Friday and stay there", "2026-11-02", Term{N: 4, Unit: CalendarDays}, "2026-11-06", "", nil},
		{"days that end within National Day end on the first day worked after it", "2026-09-28", Term{N: 5, Unit: CalendarDays}, "2026-10-08", "2026-10-03", nil},
		{"days that end on a Saturday that is worked end there", "2026-10-05", Term{N: 5, Unit: CalendarDays}, "2026-10-10", "", nil},
		{"working days leave out weekends", "2026-11-02", Term{N: 5, Unit: WorkingDays}, "2026-11-09", "", nil},
		{"working days leave out National Day and count the Saturday worked for it", "2026-09-29", Term{N: 4, Unit: WorkingDays}, "2026-10-10", "", nil},
		{"served on a Saturday, the first working day is Monday", "2026-11-07", Term{N: 1, Unit: WorkingDays}, "2026-11-09", "", nil},
		{"working days go on across the year", "2026-12-30", Term{N: 3, Unit: WorkingDays}, "2027-01-05", "", nil},
		{"a date stands as it was ordered, off or not", "2026-09-01", Term{Date: "2026-10-03"}, "2026-10-03", "", nil},
		{"a year whose holidays are not known is said so", "2027-12-30", Term{N: 3, Unit: WorkingDays}, "2028-01-04", "", []int{2028}},
	} {
		got, err := calendar2026().Count(c.served, c.term)
		if err != nil || got.Due != c.due || got.Moved != c.moved || !slices.Equal(got.Unknown, c.unknown) {
			t.Errorf("%s: got %+v %v, want due %s, moved from %q, unknown %v", c.why, got, err, c.due, c.moved, c.unknown)
		}
	}
}

func TestWhetherTheLastDayMovesIsTheAuthoritysToSay(t *testing.T) {
	c := calendar2026()
	c.LastDayMoves = false
	got, err := c.Count("2026-09-28", Term{N: 5, Unit: CalendarDays})
	if err != nil || got.Due != "2026-10-03" || got.Moved != "" {
		t.Errorf("got %+v %v, want 2026-10-03", got, err)
	}
}

func TestNoTermRunsThatIsNoneAndNoneWithoutADayOfService(t *testing.T) {
	for _, bad := range []Term{{}, {N: 0, Unit: CalendarDays}, {N: -1, Unit: WorkingDays}, {N: 5}, {N: 5, Unit: "week"}, {N: 4000, Unit: CalendarDays},
		{Date: "2026-02-30"}, {Date: "2026-02-01", N: 3, Unit: CalendarDays}} {
		if got, err := calendar2026().Count("2026-11-02", bad); err == nil || got.Due != "" {
			t.Errorf("%+v: got %q, want it refused", bad, got.Due)
		}
	}
	if got, err := calendar2026().Count("", Term{N: 5, Unit: CalendarDays}); err == nil || got.Due != "" {
		t.Errorf("without service: got %q, want nothing due", got.Due)
	}
}

// The count agrees with a day-by-day reading of the calendar, whatever the
// term; and more days never end earlier.
func TestWorkingDaysAreAsManyAsWereOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calendar2026()
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 700).Draw(t, "day"))
		n := rapid.IntRange(1, 120).Draw(t, "n")
		got, err := c.Count(from.Format(time.DateOnly), Term{N: n, Unit: WorkingDays})
		if err != nil {
			t.Fatal(err)
		}
		worked := 0
		for at := from.AddDate(0, 0, 1); at.Format(time.DateOnly) <= got.Due; at = at.AddDate(0, 0, 1) {
			if works, _ := c.Works(at); works {
				worked++
			}
		}
		if due, _ := time.Parse(time.DateOnly, got.Due); worked != n {
			t.Fatalf("%s is %d working days after %s, want %d", due, worked, from, n)
		}
		unit := rapid.SampledFrom([]Unit{CalendarDays, WorkingDays}).Draw(t, "unit")
		a, _ := c.Count(from.Format(time.DateOnly), Term{N: n, Unit: unit})
		b, _ := c.Count(from.Format(time.DateOnly), Term{N: n + 1, Unit: unit})
		if b.Due < a.Due {
			t.Fatalf("%d %s end on %s, %d on %s", n, unit, a.Due, n+1, b.Due)
		}
	})
}

func TestACalendarYearThatCannotBeCountedWithIsRefused(t *testing.T) {
	good := CalendarYear{Year: 2026, Source: Text{Chinese: "通知"}, Off: off("元旦", "2025-12-31", "2026-01-01"), Work: off("元旦", "2026-01-04")}
	if err := good.Check(); err != nil {
		t.Fatalf("a good year: %v", err)
	}
	for want, spoil := range map[string]func(*CalendarYear){
		"calendar.bad_year":     func(y *CalendarYear) { y.Year = 26 },
		"calendar.no_source":    func(y *CalendarYear) { y.Source = Text{} },
		"calendar.nothing_off":  func(y *CalendarYear) { y.Off = nil },
		"calendar.bad_date":     func(y *CalendarYear) { y.Off = off("", "2026-02-30") },
		"calendar.other_year":   func(y *CalendarYear) { y.Off = off("", "2027-01-01") },
		"calendar.twice":        func(y *CalendarYear) { y.Work = off("", "2026-01-01") },
		"calendar.works_anyway": func(y *CalendarYear) { y.Work = off("", "2026-01-05") },
	} {
		y := good
		spoil(&y)
		if got := messageOf(y.Check()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := err.(*Error); ok {
		return e.Message
	}
	return fmt.Sprint(err)
}
