package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
)

// asking is a test's hand on whatever form its view asks for.
type asking struct {
	t    *testing.T
	w    *Window
	form func() *inquiry
}

// choose picks what begins with want.
func (a asking) choose(name, want string) {
	a.t.Helper()
	p := a.form().picks[name]
	for n, o := range p.Options {
		if strings.HasPrefix(o, want) {
			p.choosePlace(n)
			return
		}
	}
	a.t.Fatalf("%s is not offered at %s, but %v", want, name, p.Options)
}

// fault sends the form and wants this fault beside a field.
func (a asking) fault(name, want string) {
	a.t.Helper()
	test.Tap(a.w.asked)
	if got := a.form().rows[name].fault.text; !strings.Contains(got, want) {
		a.t.Errorf("beside %s stands %q, want %q", name, got, want)
	}
}

// offers tells whether a pick offers something that begins with want.
func (a asking) offers(name, want string) bool {
	for _, o := range a.form().picks[name].Options {
		if strings.HasPrefix(o, want) {
			return true
		}
	}
	return false
}
