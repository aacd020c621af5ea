package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/sync/synctest"
)

// How many inspections a round of BenchmarkPushEngines pushes.
const engineInspections = 3000

// A province's server: whole inspections of 40 answers pushed over TLS by one
// laptop, and by eight at once that get each other's, to PostgreSQL alone and
// with a synchronous standby, beside the same to SQLite.
func BenchmarkPushEngines(b *testing.B) {
	for _, laptops := range []int{1, 8} {
		for _, database := range []string{"sqlite", "postgres", "standby"} {
			b.Run(fmt.Sprintf("%s/laptops=%d", database, laptops), func(b *testing.B) { pushEngine(b, database, laptops) })
		}
	}
}

func pushEngine(b *testing.B, database string, laptops int) {
	var all []*synctest.Laptop
	each := engineInspections / laptops
	for range laptops {
		all = append(all, full(b, each))
	}
	args := []string{"--listen", "127.0.0.1:0", "--tls"}
	databaseCPU := func() time.Duration { return 0 }
	var took, server, engine time.Duration
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		if database != "sqlite" {
			c := newCluster(b)
			clusters := []*cluster{c}
			if database == "standby" {
				clusters = append(clusters, c.synchronousStandby())
			}
			args = append(args[:3:3], "--postgres", c.dsn())
			databaseCPU = func() (sum time.Duration) {
				for _, c := range clusters {
					sum += c.cpu()
				}
				return sum
			}
		}
		d := start(b, b.TempDir(), args...)
		for _, l := range all {
			l.Enrol(d.url, d.code(args[3:]...))
		}
		was, _ := d.cpu()
		engineWas := databaseCPU()
		b.StartTimer()
		begun := time.Now()
		var pushing sync.WaitGroup
		for _, l := range all {
			pushing.Go(func() { l.Sync() })
		}
		pushing.Wait()
		took += time.Since(begun)
		b.StopTimer()
		now, _ := d.cpu()
		server += now - was
		engine += databaseCPU() - engineWas
		d.kill()
		rounds++
		b.StartTimer()
	}
	n := float64(laptops * each * rounds)
	b.ReportMetric(n/took.Seconds(), "inspections/s")
	b.ReportMetric(float64(server.Microseconds())/1000/n, "cpu-ms/record")
	b.ReportMetric(float64(engine.Microseconds())/1000/n, "database-cpu-ms/record")
}

// cpu is the processor time its processes have had, those that ended included.
func (c *cluster) cpu() (sum time.Duration) {
	of := func(pid int, fields ...int) time.Duration {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0 // it has just ended
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		ticks := 0
		for _, n := range fields {
			t, err := strconv.Atoi(f[n])
			if err != nil {
				c.t.Fatal(err)
			}
			ticks += t
		}
		return time.Duration(ticks) * time.Second / 100
	}
	const user, system, childrenUser, childrenSystem = 11, 12, 13, 14
	sum = of(c.server.Process.Pid, user, system, childrenUser, childrenSystem)
	children, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.server.Process.Pid), "task", strconv.Itoa(c.server.Process.Pid), "children"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, child := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			c.t.Fatal(err)
		}
		sum += of(pid, user, system)
	}
	return sum
}
