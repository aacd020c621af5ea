// Package checklist reads checklists 检查表 and says what follows from the
// answers to them: which items apply to an organization, what each answer
// comes to, how far the inspection is, and which findings 问题 it makes.
//
// A checklist is a JSON file in the format of README.md beside this code. Its
// bytes are never re-serialised: an inspection pins them by digest, and what a
// newer version wrote into them is passed on untouched.
//
// Everything here is a plain function of what it is given. Amounts are exact
// decimals; a rule or formula is a small expression that can do arithmetic
// and one comparison and nothing else.
package checklist
