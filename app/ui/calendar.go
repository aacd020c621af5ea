package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// calendar lets a day be chosen from the sheet of a month. Fyne's speaks the
// language of the system, not the one chosen here, and has no way back by years.
type calendar struct {
	w     *Window
	month time.Time // its first day
	day   time.Time // that is chosen already
	all   *fyne.Container
	take  func(day time.Time)
}

func newCalendar(w *Window, day time.Time, take func(time.Time)) *calendar {
	c := &calendar{w: w, day: day, month: time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, day.Location()), all: down(6), take: take}
	c.show()
	return c
}

// turn goes to another month.
func (c *calendar) turn(months int) {
	c.month = c.month.AddDate(0, months, 0)
	c.show()
}

func (c *calendar) show() {
	w := c.w
	name := strong(w.T("ui.calendar.month", "month", w.T("ui.calendar.month."+itoa(int(c.month.Month()))), "year", c.month.Year())).oneLine()
	name.middle = true
	sheet := container.NewGridWithColumns(7)
	for n := 1; n <= 7; n++ {
		day := quiet(w.T("ui.calendar.day." + itoa(n))).oneLine()
		day.middle = true
		sheet.Add(day)
	}
	before := (int(c.month.Weekday()) + 6) % 7 // the week begins on Monday
	for range before {
		sheet.Add(quiet(""))
	}
	for day := c.month; day.Month() == c.month.Month(); day = day.AddDate(0, 0, 1) {
		text := plain(itoa(day.Day())).oneLine()
		text.middle = true
		p := newPress(w, inset(5, 4, text), func() { c.take(day) })
		if day.Format(time.DateOnly) == c.day.Format(time.DateOnly) {
			p.fill, text.bold = soft(inkColor), true
		}
		sheet.Add(p)
	}
	back := across(4, -1, button("«", func() { c.turn(-12) }), button("‹", func() { c.turn(-1) }))
	on := across(4, -1, button("›", func() { c.turn(1) }), button("»", func() { c.turn(12) }))
	c.all.Objects = []fyne.CanvasObject{across(8, 1, back, name, on), sheet}
	c.all.Refresh()
}
