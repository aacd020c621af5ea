package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A peer that npm brings and that starts anywhere: documents of the size of an
// inspection from one PouchDB through pouchdb-server to another, without TLS,
// signatures or tables, and with LevelDB's habit of not waiting for the disk.
const (
	pouchVersion       = "9.0.0"
	pouchServerVersion = "4.2.0"
	pouchInspections   = 10_000
)

//go:embed peer.js
var peerScript []byte

// pouch is what one round took: inspections a second, and milliseconds of the
// server's processor for each pushed.
type pouch struct{ Push, Pull, CPU float64 }

// installPouch gives the folder with PouchDB and the script, made at its first use.
func installPouch(ctx context.Context) (string, error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("--pouchdb needs %s: %w", program, err)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "plumbline-dev", "pouchdb-"+pouchVersion+"-"+pouchServerVersion)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "peer.js"), peerScript, 0o644); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", ".bin", "pouchdb-server")); err == nil {
		return folder, nil
	}
	if err := os.WriteFile(filepath.Join(folder, "package.json"), []byte(`{"private": true}`), 0o644); err != nil {
		return "", err
	}
	c := command(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
		"pouchdb@"+pouchVersion, "pouchdb-server@"+pouchServerVersion)
	c.Dir = folder
	return folder, c.run()
}

// runPouch runs one round in the folder that installPouch made.
func runPouch(ctx context.Context, folder string) (p pouch, err error) {
	data, err := os.MkdirTemp("", "plumbline-pouchdb-*")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(data)
	c := command(ctx, "node", "peer.js", data, fmt.Sprint(pouchInspections))
	c.Dir = folder
	out, err := c.output()
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(out), &p)
}

// printPouch prints the medians of the rounds beside ours.
func printPouch(rounds []pouch, figures map[string][]float64) error {
	var push, pull, cpu []float64
	for _, p := range rounds {
		push, pull, cpu = append(push, p.Push), append(pull, p.Pull), append(cpu, p.CPU)
	}
	ours := func(benchmark, metric string) (float64, error) {
		values := figures[benchmark+" "+metric]
		if len(values) == 0 {
			return 0, errors.New("--pouchdb compares with BenchmarkRow_Push, PushPlain, Pull and PullPlain: run them too")
		}
		return median(values), nil
	}
	fmt.Printf("\nPouchDB %s through pouchdb-server %s in the same rounds, documents of 40 answers, no TLS\n", pouchVersion, pouchServerVersion)
	for _, line := range []struct {
		what, tls, plain, metric string
		theirs                   float64
		ratio                    func(ours, theirs float64) float64
	}{
		{"push, a second", "Push", "PushPlain", "inspections/s", median(push), func(o, t float64) float64 { return o / t }},
		{"pull, a second", "Pull", "PullPlain", "inspections/s", median(pull), func(o, t float64) float64 { return o / t }},
		{"server CPU a record pushed, ms", "Push", "PushPlain", "cpu-ms/record", median(cpu), func(o, t float64) float64 { return t / o }},
	} {
		tls, err := ours(line.tls, line.metric)
		if err != nil {
			return err
		}
		plain, err := ours(line.plain, line.metric)
		if err != nil {
			return err
		}
		fmt.Printf("  %-32s PouchDB %s, ours %s with TLS (×%.1f), %s without (×%.1f)\n", line.what, number(line.theirs),
			number(tls), line.ratio(tls, line.theirs), number(plain), line.ratio(plain, line.theirs))
	}
	return nil
}
