// Package xpath reads and evaluates the expressions of checklists: the subset
// of XPath 1.0, with the functions of ODK XForms, that authors write in
// XLSForm, ${name} included.
//
//	e, err := xpath.Parse("${age} >= 18 and selected(${papers}, 'id')")
//	v, err := e.Evaluate(&xpath.Environment{…}, node)
//	if v.Boolean() { … }
//
// An expression comes from a stranger's file: it is bounded in length and
// depth, its evaluation in work, and it can neither loop nor reach anything
// but the nodes and the Environment that it is given. Regular expressions are
// RE2's, whose time is linear in the text.
//
// Values are those of XPath (text, number, boolean, nodes) and a moment in
// time, which ODK adds: it counts as days since 1970 where a number is wanted
// and is written in ISO 8601 where text is.
package xpath
