package main

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/sync/client"
	"plumbline/sync/synctest"
)

// How many whole inspections of 40 answers (two entries each, saved through the
// product) a round pushes or pulls.
const benchInspections = 10_000

// full gives a laptop with inspections, not enrolled.
func full(b *testing.B, n int) *synctest.Laptop {
	b.Helper()
	l := synctest.OpenLaptop(b, b.TempDir())
	if err := l.Store.SetAuthority(ctx, synctest.Authority); err != nil {
		b.Fatal(err)
	}
	l.Register()
	l.Fill(n)
	return l
}

// server starts a plumblined for benchmarks.
func benchServer(b *testing.B, tls bool) *daemon {
	b.Helper()
	args := []string{"--listen", "127.0.0.1:0"}
	if tls {
		args = append(args, "--tls")
	}
	return start(b, b.TempDir(), args...)
}

func BenchmarkRow_Push(b *testing.B)      { push(b, true) }
func BenchmarkRow_PushPlain(b *testing.B) { push(b, false) }

func push(b *testing.B, tls bool) {
	l := full(b, benchInspections)
	var took, cpu, own time.Duration
	rounds := 0
	var wire int64
	for b.Loop() {
		b.StopTimer()
		d := benchServer(b, tls)
		url := d.url
		var line *synctest.Line
		if rounds == 0 { // counted once, not timed: the line costs processor time
			line = synctest.NewLine(b, d.url)
			url = line.URL
		}
		l.Enrol(url, d.code())
		runtime.GC()
		was, _ := d.cpu()
		mine := selfCPU()
		b.StartTimer()
		begun := time.Now()
		r := l.Sync()
		if line == nil {
			took += time.Since(begun)
		}
		b.StopTimer()
		if line == nil {
			now, _ := d.cpu()
			cpu += now - was
			own += selfCPU() - mine
		} else {
			wire = line.Up.Load()
		}
		if r.Sent != 2*benchInspections+len(synctest.People()) {
			b.Fatalf("got %+v", r)
		}
		d.kill()
		if rounds++; rounds == 1 {
			b.StartTimer()
			continue
		}
		b.StartTimer()
	}
	if rounds == 1 { // -benchtime 1x: one more, timed
		d := benchServer(b, tls)
		l.Enrol(d.url, d.code())
		was, _ := d.cpu()
		mine := selfCPU()
		begun := time.Now()
		l.Sync()
		took = time.Since(begun)
		now, _ := d.cpu()
		cpu, own, rounds = now-was, selfCPU()-mine, 2
	}
	n := float64(benchInspections * (rounds - 1))
	b.ReportMetric(n/took.Seconds(), "inspections/s")
	b.ReportMetric(float64(cpu.Microseconds())/1000/n, "cpu-ms/record")
	b.ReportMetric(float64(own.Microseconds())/1000/n, "client-cpu-ms/record")
	b.ReportMetric(float64(wire)/benchInspections, "wire-B/record")
}

func BenchmarkRow_Pull(b *testing.B)      { pull(b, true) }
func BenchmarkRow_PullPlain(b *testing.B) { pull(b, false) }

func pull(b *testing.B, tls bool) {
	l := full(b, benchInspections)
	d := benchServer(b, tls)
	l.Enrol(d.url, d.code())
	l.Sync()
	line := synctest.NewLine(b, d.url)
	other := synctest.OpenLaptop(b, b.TempDir())
	other.Enrol(line.URL, d.code())
	other.Sync()
	wire := line.Down.Load()
	if synctest.Digest(b, other.Store) != synctest.Digest(b, l.Store) {
		b.Fatal("the two laptops differ")
	}
	var took, cpu, own time.Duration
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		l := synctest.OpenLaptop(b, b.TempDir())
		l.Enrol(d.url, d.code())
		runtime.GC()
		was, _ := d.cpu()
		mine := selfCPU()
		b.StartTimer()
		begun := time.Now()
		l.Sync()
		took += time.Since(begun)
		b.StopTimer()
		now, _ := d.cpu()
		cpu += now - was
		own += selfCPU() - mine
		l.Store.Close()
		rounds++
		b.StartTimer()
	}
	n := float64(benchInspections * rounds)
	b.ReportMetric(n/took.Seconds(), "inspections/s")
	b.ReportMetric(float64(cpu.Microseconds())/1000/n, "cpu-ms/record")
	b.ReportMetric(float64(own.Microseconds())/1000/n, "client-cpu-ms/record")
	b.ReportMetric(float64(wire)/benchInspections, "wire-B/record")
}

// A sync with nothing to do, connection and token at hand.
func BenchmarkRow_EmptySync(b *testing.B) {
	l := full(b, 20)
	d := benchServer(b, true)
	line := synctest.NewLine(b, d.url)
	l.Enrol(line.URL, d.code())
	l.Sync()
	l.Sync()
	line.Reset()
	const counted = 20
	before := requests(b, d)
	for range counted {
		l.Sync()
	}
	wire := line.Up.Load() + line.Down.Load()
	asked := requests(b, d) - before
	l.Enrol(d.url, d.code()) // without the line in between
	l.Sync()
	for b.Loop() {
		l.Sync()
	}
	b.ReportMetric(float64(wire)/counted, "wire-B")
	b.ReportMetric(float64(asked)/counted, "requests")
	// And cold: TCP, TLS, challenge, token.
	line.Reset()
	cold := client.New(l.Store, l.Files, l.Folder)
	l.Enrol(line.URL, d.code())
	line.Reset()
	begun := time.Now()
	if _, err := cold.Sync(ctx, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(begun).Microseconds())/1000, "cold-ms")
	b.ReportMetric(float64(line.Up.Load()+line.Down.Load()), "cold-wire-B")
}

// requests asks the server how many messages it has answered.
func requests(b *testing.B, d *daemon) int {
	b.Helper()
	n := 0
	for _, line := range metricLines(b, d) {
		var v int
		for _, path := range []string{"/v1/sync", "/v1/push", "/v1/pull", "/v1/hello", "/v1/token", "/v1/files/have", "/v1/files/{digest}"} {
			if _, err := fmt.Sscanf(line, `plumbline_requests_total{path="`+path+`",status="200"} %d`, &v); err == nil {
				n += v
			}
		}
	}
	return n
}

// One answer edited and synced, connection and token at hand.
func BenchmarkRow_EditAnswer(b *testing.B) {
	l := full(b, 20)
	d := benchServer(b, true)
	line := synctest.NewLine(b, d.url)
	l.Enrol(line.URL, d.code())
	id := l.Plan(0)
	l.Answer(id, "k1", record.Conform, "")
	l.Sync()
	const counted = 20
	line.Reset()
	before := requests(b, d)
	for n := range counted {
		l.Answer(id, "k1", record.Nonconform, fmt.Sprintf("三笔付款没有凭证，经手人陈𬱖𬭸𬬭，第%d号", n))
		l.Sync()
	}
	wire, asked := line.Up.Load()+line.Down.Load(), requests(b, d)-before
	l.Enrol(d.url, d.code())
	for n := 0; b.Loop(); n++ {
		l.Answer(id, "k1", record.Nonconform, fmt.Sprint(n))
		l.Sync()
	}
	b.ReportMetric(float64(wire)/counted, "wire-B")
	b.ReportMetric(float64(asked)/counted, "requests")
}

// 2 MB photos to the server: hashed, encrypted, fsynced and receipted one by one.
func BenchmarkRow_PhotoUpload(b *testing.B) {
	d := benchServer(b, true)
	const photos, size = 40, 2 << 20
	var took time.Duration
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		l := synctest.OpenLaptop(b, b.TempDir())
		l.Enrol(d.url, d.code())
		l.Register()
		id := l.Plan(rounds)
		for n := range photos {
			l.Attach(id, "k1", synctest.Picture(rounds*photos+n, size), synctest.Picture(30000+rounds*photos+n, 1000))
		}
		b.StartTimer()
		begun := time.Now()
		if r := l.Sync(); r.FilesSent != 2*photos {
			b.Fatalf("got %+v", r)
		}
		took += time.Since(begun)
		rounds++
	}
	b.ReportMetric(float64(rounds*photos*size)/1e6/took.Seconds(), "MB/s")
}

// Small copies and signatures: what counts is files a second.
func BenchmarkSmallUpload(b *testing.B) {
	for name, size := range map[string]int{"10KB": 10_000, "200KB": 200_000} {
		b.Run(name, func(b *testing.B) {
			d := benchServer(b, true)
			const files = 200
			var took time.Duration
			rounds := 0
			for b.Loop() {
				b.StopTimer()
				l := synctest.OpenLaptop(b, b.TempDir())
				l.Enrol(d.url, d.code())
				l.Register()
				id := l.Plan(rounds)
				for n := 0; n < files; n += 2 {
					l.Attach(id, "k1", synctest.Picture(rounds*files+n, size), synctest.Picture(rounds*files+n+1, size))
				}
				b.StartTimer()
				begun := time.Now()
				if r := l.Sync(); r.FilesSent != files {
					b.Fatalf("got %+v", r)
				}
				took += time.Since(begun)
				rounds++
			}
			b.ReportMetric(float64(rounds*files)/took.Seconds(), "files/s")
			b.ReportMetric(float64(rounds*files*size)/1e6/took.Seconds(), "MB/s")
		})
	}
}

// A line that is cut once in the middle of a push: how much travels twice, in batches.
func BenchmarkRow_Resend(b *testing.B) {
	l := full(b, 1000)
	var most float64
	for b.Loop() {
		b.StopTimer()
		d := benchServer(b, false)
		whole := synctest.NewLine(b, d.url)
		l.Enrol(whole.URL, d.code())
		whole.Reset()
		l.Sync()
		ideal := whole.Up.Load()
		d.kill()
		d = benchServer(b, false)
		line := synctest.NewLine(b, d.url)
		l.Enrol(line.URL, d.code())
		line.Reset()
		line.CutAfter(ideal * 3 / 4)
		b.StartTimer()
		l.Sync()
		if line.Cuts.Load() != 1 {
			b.Fatal("the line was not cut")
		}
		// The largest batch before the cut is what one batch is.
		again := float64(line.Up.Load()-ideal) / float64(largestBatch)
		most = max(most, again)
		d.kill()
	}
	b.ReportMetric(max(0, most), "pieces")
}

// largestBatch is about what one push of protocol.MaxEntries entries of this
// kind weighs on the wire.
const largestBatch = 250 << 10

// 1,000 laptops, 500 entries each, at once. The laptops are as light as the
// protocol allows, so that what is measured is the server.
func BenchmarkRow_Devices(b *testing.B) {
	const devices, each = 1000, 500
	for b.Loop() {
		b.StopTimer()
		d := benchServer(b, false)
		h, err := open(ctx, settings{data: d.folder})
		if err != nil {
			b.Fatal(err)
		}
		laptops := make([]*light, devices)
		for n := range laptops {
			code, err := h.accounts.NewCode(ctx, synctest.Authority, "", "", nil)
			if err != nil {
				b.Fatal(err)
			}
			laptops[n] = newLight(b, d, h.accounts.Server(), code.Secret, each)
		}
		if err := h.close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		begun := time.Now()
		var all sync.WaitGroup
		for _, l := range laptops {
			all.Add(1)
			go func() {
				defer all.Done()
				if err := l.push(); err != nil {
					b.Error(err)
				}
			}()
		}
		all.Wait()
		took := time.Since(begun)
		memory, known := d.memory()
		d.kill()
		s := synctest.OpenSQLite(b, d.folder)
		lost := 0
		for _, l := range laptops {
			head, err := s.Head(ctx, l.chain)
			if err != nil {
				b.Fatal(err)
			}
			lost += each - int(head.Seq)
		}
		s.Close()
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(lost), "lost")
		if known {
			b.ReportMetric(float64(memory)/1e6, "rss-MB")
		}
		b.StartTimer()
	}
}
