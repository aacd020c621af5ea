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
