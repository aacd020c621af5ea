//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

func smallDisk(ts *testscript.TestScript, neg bool, args []string) {
	ts.Fatalf("no small disk on this system: the script should have been skipped")
}

func canMount() bool { return false }
