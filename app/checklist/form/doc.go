// Package form runs a checklist that thinks: questions that appear only when
// they matter, values that are computed, answers that are checked, choices that
// depend on other answers, groups that repeat.
//
// A Form is the definition, plain data that package xlsform compiles from a
// workbook. Compile checks it and links its expressions; Begin starts an
// Instance, one filling of it:
//
//	compiled, problems := form.Compile(definition)
//	in := compiled.Begin(form.Circumstances{Now: now, Zone: zone})
//	name := in.Find("/data/household/name")
//	changed, err := in.Answer(name, "Li Na")
//	for _, item := range changed { show(item, in.State(item)) }
//
// The rules are those of ODK XForms, as ODK Web Forms applies them. There is no
// clock, no random number and no window inside: what a form may ask of the
// world comes in as Circumstances, so that a filling replays to the same state
// on a laptop, on the command line and on the server.
package form
