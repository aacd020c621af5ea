package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// row is one line of the table in design.md §7, and where our figure comes from.
type row struct {
	what      string
	benchmark string  // NAME of BenchmarkRow_NAME, with its sub-benchmark if it has one
	metric    string  // the unit it reports: ns/op, B/op, or one of its own
	scale     float64 // what the metric is multiplied by to be shown
	unit      string  // as shown
	atLeast   bool    // the limit is a lower one
	limit     float64
	peers     string // the same work elsewhere, measured on a busy machine
}

// Scales from what Go's benchmarks report to what is shown.
const (
	same  = 1
	milli = 1e-6 // from nanoseconds to milliseconds
	mega  = 1e-6 // from bytes to megabytes
)

// rows is design.md §7. A row whose benchmark does not exist yet says so.
var rows = []row{
	{"save one answer, durable", "SaveAnswer", "ratio", same, "× a raw commit", false, 1.5, "–"},
	{"import a register, journalled and searchable", "ImportRegister", "rows/s", same, "rows/s", true, 15_000, "SQLite bulk insert alone 55–106k"},
	{"search 1,000,000 organizations, slowest text", "Search", "ms-worst", same, "ms", false, 5, "LIKE 500–1,000"},
	{"open a 200-item inspection, first frame", "OpenInspection", "ns/op", milli, "ms", false, 60, "one widget tree 291"},
	{"scroll a 100,000-row table, one frame", "ScrollTable", "ns/op", milli, "ms", false, 16.6, "spike 3–4"},
	{"type Chinese, one key", "TypeChinese", "ns/op", milli, "ms", false, 5, "spike 1.1–4.4"},
	{"PDF, 40 items and 8 photos", "Report", "ns/op", milli, "ms", false, 25, "Chromium 4,360; LibreOffice 7,341; wkhtmltopdf 1,265"},
	{"… its size", "Report", "bytes", mega, "MB", false, 1.1, "–"},
	{"dossier with 50 photos", "Dossier", "ns/op", milli, "ms", false, 1_000, "–"},
	{"… its size", "Dossier", "bytes", mega, "MB", false, 10, "–"},
	{"500 findings reports in one batch", "Batch", "documents/s", same, "/s", true, 40, "Chromium 0.2"},
	{"photo of 12 MP to its evidence copy", "Photo", "ns/op", milli, "ms", false, 300, "imaging 665"},
	{"… to an edited copy, with every tool", "PhotoEdit", "ns/op", milli, "ms", false, 300, "–"},
	{"push whole inspections of 40 answers", "Push", "inspections/s", same, "/s", true, 3_000, "CouchDB 527; ODK Central 44"},
	{"pull them", "Pull", "inspections/s", same, "/s", true, 5_000, "CouchDB 743; ODK Central 1,201"},
	{"push without TLS, as the peers were measured", "PushPlain", "inspections/s", same, "/s", true, 3_000, "CouchDB 527; ODK Central 44"},
	{"pull without TLS", "PullPlain", "inspections/s", same, "/s", true, 5_000, "CouchDB 743; ODK Central 1,201"},
	{"bytes a record on the wire, up", "Push", "wire-B/record", same, "B", false, 1_050, "CouchDB 4,196; Central 4,939"},
	{"server CPU a record, tables projected", "Push", "cpu-ms/record", same, "ms", false, 0.4, "CouchDB 0.58 (no tables); Central 15.6"},
	{"empty sync, warm", "EmptySync", "ns/op", milli, "ms", false, 5, "CouchDB 39"},
	{"… requests", "EmptySync", "requests", same, "", false, 1, "CouchDB 8"},
	{"… bytes", "EmptySync", "wire-B", same, "B", false, 1_024, "CouchDB 7,300"},
	{"one answer edited", "EditAnswer", "wire-B", same, "B", false, 1_536, "CouchDB 20,500"},
	{"re-sent after a cut, in batches or pieces", "Resend", "pieces", same, "", false, 1, "Central: the whole form; CouchDB 133 % of the photo"},
	{"2 MB photos to the server, hashed and fsynced", "PhotoUpload", "MB/s", same, "MB/s", true, 80, "CouchDB 14; Central 13.6; tusd without fsync 322"},
	{"1,000 devices of 500 entries, server memory", "Devices", "rss-MB", same, "MB", false, 300, "–"},
	{"… entries lost", "Devices", "lost", same, "", false, 0, "–"},
	{"desktop start to first frame, warm", "Start", "ns/op", milli, "ms", false, 400, "spike 290"},
	{"… its memory on OpenGL in software", "Start", "rss-MB", same, "MB", false, 300, "spike 230"},
	{"Go heap of the desktop after an hour's work", "DesktopHeap", "heap-MB", same, "MB", false, 80, "–"},
	{"… its memory on OpenGL in software", "DesktopHeap", "rss-MB", same, "MB", false, 300, "–"},
}

func benchVerb(ctx context.Context, args []string) error {
	f := flags("bench", "Runs the benchmarks that stand for the rows of design.md §7, each BenchmarkRow_NAME, and prints the\nmedian of some rounds beside the limit and what the peers took. A row beyond its limit is no failure;\na benchmark that fails, or that no row of the table knows, is.\n")
	only := f.String("only", "", "run only the benchmarks whose `name` matches this regular expression")
	rounds := f.Int("rounds", 3, "how often each benchmark is run, one whole round after the other")
	benchtime := f.String("benchtime", "1s", "go test's -benchtime")
	peer := f.Bool("pouchdb", false, "run PouchDB and pouchdb-server in each round, too (needs node and npm)")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := install(ctx, certificates); err != nil {
		return err
	}
	var peerFolder string
	if *peer {
		var err error
		if peerFolder, err = installPouch(ctx); err != nil {
			return err
		}
	}
	var peers []pouch
	figures := map[string][]float64{}
	var failed error
	for round := range *rounds {
		fmt.Printf("\nround %d of %d\n", round+1, *rounds)
		out, err := command(ctx, "go", "test", "-tags", "ci", "-run", "^$", "-bench", "^BenchmarkRow_("+*only+")",
			"-benchtime", *benchtime, "-timeout", "1h", "./app/...", "./sync/...", "./cmd/...").env(withoutC).tee()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = err // what the others measured is still worth printing
		}
		readFigures(out, figures)
		if *peer {
			p, err := runPouch(ctx, peerFolder)
			if err != nil {
				return err
			}
			peers = append(peers, p)
		}
	}
	printRows(figures)
	if *peer {
		failed = errors.Join(failed, printPouch(peers, figures))
	}
	return errors.Join(failed, unknownFigures(figures))
}

// readFigures adds what the output of go test -bench reports to the figures,
// under NAME and metric.
func readFigures(out string, figures map[string][]float64) {
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) < 4 || !strings.HasPrefix(words[0], "BenchmarkRow_") {
			continue
		}
		name := strings.TrimPrefix(words[0], "BenchmarkRow_")
		// go test puts the number of processors behind the name, except where it is one.
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		for i := 2; i+1 < len(words); i += 2 {
			if value, err := strconv.ParseFloat(words[i], 64); err == nil {
				key := name + " " + words[i+1]
				figures[key] = append(figures[key], value)
			}
		}
	}
}

func printRows(figures map[string][]float64) {
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tours\tlimit\tverdict\tpeers")
	for _, r := range rows {
		values := figures[r.benchmark+" "+r.metric]
		sign := "≤"
		if r.atLeast {
			sign = "≥"
		}
		limit := strings.TrimSpace(sign + " " + number(r.limit) + " " + r.unit)
		if len(values) == 0 {
			missing := "not measured yet"
			if measured(figures, r.benchmark) {
				missing = "reports no " + r.metric
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t\t%s\n", r.what, missing, limit, r.peers)
			continue
		}
		ours := median(values) * r.scale
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.what, strings.TrimSpace(number(ours)+" "+r.unit), limit, r.verdict(ours), r.peers)
	}
	w.Flush()
}

// measured tells whether the benchmark ran, whatever it reports.
func measured(figures map[string][]float64, benchmark string) bool {
	for key := range figures {
		if strings.HasPrefix(key, benchmark+" ") {
			return true
		}
	}
	return false
}

// verdict says whether the figure keeps the limit, and if not, by how much.
func (r row) verdict(ours float64) string {
	switch {
	case r.atLeast && ours >= r.limit, !r.atLeast && ours <= r.limit:
		return "ok"
	case r.atLeast:
		return fmt.Sprintf("under by ×%.2f", r.limit/ours)
	case r.limit == 0:
		return "over"
	default:
		return fmt.Sprintf("over by ×%.2f", ours/r.limit)
	}
}

// unknownFigures fails for a benchmark that claims to be a row and is in none:
// a misspelt name would else stay "not measured yet" for ever.
func unknownFigures(figures map[string][]float64) error {
	var err error
	var seen []string
	for key := range figures {
		name, _, _ := strings.Cut(key, " ")
		known := slices.ContainsFunc(rows, func(r row) bool { return r.benchmark == name })
		if !known && !slices.Contains(seen, name) {
			seen = append(seen, name)
			err = errors.Join(err, fmt.Errorf("BenchmarkRow_%s stands for no row of cmd/dev/bench.go", name))
		}
	}
	return err
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// number writes three figures that matter, and thousands with commas.
func number(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
