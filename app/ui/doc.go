// Package ui is the window: one file for each view, and the few widgets they
// are made of. It works with the cable out; what crosses the network or a stick
// comes in as functions (Syncing), so that this package knows no server.
//
//	window.go         the frame: navigation, search, sync pill, status bar, keys
//	home.go … settings.go   one view each: a struct with private state and an Object
//	importview.go     a register file: its columns, what they are, what became of its rows
//	bundle.go         the part of the sync view that syncs over a USB stick
//	findings.go rectification.go   the ledger of rectifications; one finding, its history and the next step
//	item.go           one item of a checklist: its row, and the pane of the item in hand
//	past.go moving.go dragging.go   what was withdrawn or moved, and how it is
//	destruction.go    unlawful content that two persons have destroyed: the asking, and the list
//	photoview.go phototools.go photopane.go enlarger.go   a photo large, and the editor on a copy of it
//	retake.go         an earlier photo beside the new one, or as a ghost over it
//	unfinished.go     what was typed into a form that was not kept
//	orgfilter.go menu.go recent.go remind.go guide.go   filters with a name, menus of rows, what was opened last, what is due today, the first steps
//	figuresview.go    what the records come to, drawn
//	taking.go         lists that are copied for a spreadsheet or written as a workbook
//	help.go           the manual (assets/help), at the page of the view
//	tasks.go          how slow work leaves the window's goroutine and comes back
//	words.go          texts in the language chosen, changed at run time
//	list.go worker.go lists of records; one long piece of work with progress and a stop
//	font.go look.go mark.go layout.go prose.go press.go field.go …   theme and widgets
//	selftest.go measure.go   the window driving itself, for tests on machines without a person, and for the benchmarks
//
// A view does three things: read its fields, call a verb of app/desk, show what
// comes back. Every write goes through Tasks.Queue, one after the other, and
// "saved" is shown when the answer comes back from the disk.
package ui
