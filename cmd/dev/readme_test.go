package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeNamesTestsThatExist keeps the README's table of promises honest:
// each test it names must be there, in the package it names.
func TestReadmeNamesTestsThatExist(t *testing.T) {
	top := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range regexp.MustCompile("`([a-z0-9/]+)\\.(Test\\w+|Fuzz\\w+)`").FindAllStringSubmatch(string(readme), -1) {
		dir, test := named[1], named[2]
		if !declares(t, filepath.Join(top, filepath.FromSlash(dir)), "func "+test+"(") {
			t.Errorf("README.md names %s.%s: no such test in %s", dir, test, dir)
		}
	}
}

// declares tells whether a test file of the folder holds the text.
func declares(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), text) {
			return true
		}
	}
	return false
}
