package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"

	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/scan/scantest"
)

func ours(code string) bool { return strings.HasPrefix(code, "PL2/") }

// printed is a document of ours as pages, rendered once for each resolution.
var (
	rendered   = map[int][]*image.Gray{}
	renderedMu sync.Mutex
)

func printed(t testing.TB, dpi int) []*image.Gray {
	t.Helper()
	renderedMu.Lock()
	defer renderedMu.Unlock()
	if rendered[dpi] != nil {
		return rendered[dpi]
	}
	in := report.Input{Language: report.Chinese, Authority: report.Text{Chinese: "示范市民政局"}, Number: "PL-20261118-ABCDEF", At: time.Unix(1795000000, 0).UTC(),
		Organization: report.InspectedOrganization{Name: "示范市阳光社区服务中心"}}
	for n := range 30 {
		in.Findings = append(in.Findings, report.Finding{Number: fmt.Sprint(n + 1), Text: "未按章程规定召开理事会会议，会议记录缺签名。", Severity: "minor"})
	}
	doc, err := report.Print("findings-report", in)
	if err != nil {
		t.Fatal(err)
	}
	rendered[dpi] = scantest.Printed(t, doc.PDF, dpi)
	return rendered[dpi]
}

func messageOf(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

func seeded(t testing.TB) *rand.Rand {
	seed := time.Now().UnixNano()
	if s := os.Getenv("PLUMBLINE_SEED"); s != "" {
		fmt.Sscan(s, &seed)
	}
	t.Logf("PLUMBLINE_SEED=%d", seed)
	return rand.New(rand.NewSource(seed))
}

func codes(t testing.TB, b []byte) (out []string) {
	t.Helper()
	err := Read(context.Background(), b, ours, func(p Page) {
		s := p.Code
		switch {
		case p.Err != nil:
			s = messageOf(p.Err)
		case p.Blank:
			s = "blank"
		}
		out = append(out, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// An office scanner is set to 150, 200 or 300 dots and sends JPEG; the last two
// are worse than any that is sold. How many of each are read stands in the log.
func TestMostScansOfAnOfficeScannerAreRead(t *testing.T) {
	r := seeded(t)
	n := 4
	if testing.Short() {
		n = 2
	}
	for _, c := range []struct {
		scanner scantest.Scanner
		atLeast int // of a hundred
	}{
		{scantest.Scanner{DPI: 100, Slant: 3, Noise: 4, Blur: 0.4, Quality: 85}, 50},
		{scantest.Scanner{DPI: 150, Slant: 3, Noise: 4, Blur: 0.5, Quality: 80}, 80},
		{scantest.Scanner{DPI: 150, Slant: 5, Noise: 8, Blur: 0.7, Quality: 65}, 80},
		{scantest.Scanner{DPI: 200, Slant: 5, Noise: 10, Blur: 0.9, Quality: 60}, 80},
		{scantest.Scanner{DPI: 300, Slant: 5, Noise: 12, Blur: 1.2, Quality: 60}, 80},
		{scantest.Scanner{DPI: 200, Slant: 5, Noise: 20, Blur: 1.3, Quality: 50}, 0},
		{scantest.Scanner{DPI: 300, Slant: 5, Noise: 30, Blur: 2, Quality: 40}, 0},
	} {
		pages := printed(t, c.scanner.DPI)
		got := 0
		start := time.Now()
		for range n {
			at := r.Intn(len(pages))
			if g, err := picture(c.scanner.Scan(t, pages[at], r.Intn(4), r)); err == nil {
				p := look(context.Background(), 1, []*image.Gray{g}, ours)
				if code, ok := report.ReadPageCode(p.Code); ok && code.Page == at+1 && code.Of == len(pages) {
					got++
				}
			}
		}
		t.Logf("%+v: %d of %d read, %v a page with making it", c.scanner, got, n, time.Since(start)/time.Duration(n))
		if got*100 < c.atLeast*n {
			t.Errorf("%+v: %d of %d read, want %d %%", c.scanner, got, n, c.atLeast)
		}
	}
}

func wantCodes(t testing.TB, b []byte, n int) {
	t.Helper()
	got := codes(t, b)
	if len(got) != n {
		t.Fatalf("%d pages read, want %d: %v", len(got), n, got)
	}
	for i, c := range got {
		code, ok := report.ReadPageCode(c)
		if !ok || code.Page != i+1 || code.Of != n || code.Number != "PL-20261118-ABCDEF" || code.Kind != "findings-report" {
			t.Errorf("page %d says %q", i+1, c)
		}
	}
}

func TestAScannedPDFIsReadHoweverItIsPacked(t *testing.T) {
	r := seeded(t)
	pages := printed(t, 150)
	var jpegs, pngs [][]byte
	for _, p := range pages {
		jpegs = append(jpegs, scantest.Office.Scan(t, p, 0, r))
		var b bytes.Buffer
		if err := png.Encode(&b, p); err != nil {
			t.Fatal(err)
		}
		pngs = append(pngs, b.Bytes())
	}
	wantCodes(t, scantest.PDF(t, "JPEG", jpegs...), len(pages))
	wantCodes(t, scantest.PDF(t, "PNG", pngs...), len(pages))
	if _, err := exec.LookPath("qpdf"); err != nil {
		t.Skip("no qpdf on this machine")
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, scantest.PDF(t, "JPEG", jpegs...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, how := range [][]string{{"--object-streams=generate", "--compress-streams=y"}, {"--linearize"}, {"--qdf"}} {
		to := file + strings.Join(how, "")
		if out, err := exec.Command("qpdf", append(how, file, to)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(how[0], func(t *testing.T) { wantCodes(t, b, len(pages)) })
	}
	to := file + ".locked"
	if out, err := exec.Command("qpdf", "--encrypt", "", "x", "256", "--", file, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := Read(context.Background(), b, ours, func(Page) {}); messageOf(err) != "scan.encrypted" {
		t.Errorf("an encrypted file: %v", err)
	}
}

// Scanners of black and white pack pages as fax machines do.
func TestAFaxIsRead(t *testing.T) {
	if _, err := exec.LookPath("convert"); err != nil {
		t.Skip("no convert on this machine")
	}
	pages := printed(t, 200)
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, pages[0]), f.Close()); err != nil {
		t.Fatal(err)
	}
	raw := filepath.Join(dir, "a.g4")
	if out, err := exec.Command("convert", f.Name(), "-threshold", "60%", "-compress", "Group4", "group4:"+raw).CombinedOutput(); err != nil {
		t.Skipf("convert writes no fax here: %v: %s", err, out)
	}
	b, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	w, h := pages[0].Rect.Dx(), pages[0].Rect.Dy()
	for _, how := range []string{
		fmt.Sprintf("/DecodeParms <</K -1 /Columns %d /Rows %d>>", w, h), // black is 0, as faxes have it
		fmt.Sprintf("/DecodeParms [<</K -1 /BlackIs1 true /Columns %d>>] /Decode [1 0]", w),
	} {
		pdf := fmt.Sprintf("%%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1 /Resources <</XObject <</A#20B 4 0 R>>>>>> endobj\n"+
			"3 0 obj <</Type /Page /Parent 2 0 R /Contents 5 0 R>> endobj\n5 0 obj <</Length 6 0 R>> stream\nq 1 0 0 1 0 0 cm /A#20B Do Q\nendstream endobj\n6 0 obj 27 endobj\n"+
			"4 0 obj <</Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter [/CCITTFaxDecode] %s /Length %d>> stream\n%s\nendstream endobj\ntrailer <</Root 1 0 R>>", w, h, how, len(b), b)
		got := codes(t, []byte(pdf))
		if code, ok := report.ReadPageCode(strings.Join(got, "")); !ok || code.Page != 1 {
			t.Errorf("%s: %v", how, got)
		}
	}
}

func TestABackOfASheetIsBlankAndAStrangersCodeIsNone(t *testing.T) {
	paper := image.NewGray(image.Rect(0, 0, 1240, 1754))
	r := seeded(t)
	for i := range paper.Pix {
		paper.Pix[i] = uint8(235 + r.Intn(20))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, paper, nil); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, b.Bytes()); !slices.Equal(got, []string{"blank"}) {
		t.Errorf("the back of a sheet: %v", got)
	}
	b.Reset()
	if err := png.Encode(&b, printed(t, 150)[0]); err != nil {
		t.Fatal(err)
	}
	err := Read(context.Background(), b.Bytes(), func(string) bool { return false }, func(p Page) {
		if p.Code != "" || p.Blank || p.Err != nil {
			t.Errorf("a page with a code that nobody wanted: %+v", p)
		}
	})
	if err != nil {
		t.Error(err)
	}
	if err := Read(context.Background(), []byte("no picture"), ours, func(Page) {}); messageOf(err) != "scan.not_readable" {
		t.Errorf("no picture: %v", err)
	}
}

func TestAPDFOfTextSaysThatItHasNoPicture(t *testing.T) {
	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 12)
	pdf.Text(20, 20, "typed, not scanned")
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, b.Bytes()); !slices.Equal(got, []string{"scan.no_picture"}) {
		t.Errorf("got %v", got)
	}
}

// A stranger's file ends in an error or in pages, and soon.
func FuzzAStrangersPDFIsReadOrRefused(f *testing.F) {
	small := image.NewGray(image.Rect(0, 0, 60, 60))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(scantest.PDF(f, "JPEG", b.Bytes()))
	b.Reset()
	if err := png.Encode(&b, small); err != nil {
		f.Fatal(err)
	}
	f.Add(scantest.PDF(f, "PNG", b.Bytes()))
	f.Add([]byte("%PDF-1.5\n1 0 obj <</Type /ObjStm /N 2 /First 8 /Length 40>> stream\n2 0 3 9 <</A 1>> [1 2 (a\\051) <41>]\nendstream endobj trailer <</Root 1 0 R>>"))
	f.Add([]byte("%PDF-1.4\n1 0 obj <</Pages 2 0 R>> endobj 2 0 obj <</Kids [2 0 R 3 0 R]>> endobj 3 0 obj <</Contents 4 0 R /Resources <</XObject <</I 5 0 R>>>>>> endobj " +
		"4 0 obj <<>> stream\n/I Do\nendstream 5 0 obj <</Subtype /Image /Width 99 /Height 99 /BitsPerComponent 4 /ColorSpace [/Indexed /DeviceRGB 1 (abcdef)] /Filter /RunLengthDecode>> stream\n\x81a\x80endstream trailer <</Root 1 0 R>>"))
	f.Add([]byte("3 0 obj<</Parent 1 0 R/Contents 4 0 R>>4 0 obj<<>>stream\nq\nendstream 1 0 obj<</Kids[3 0 R]/Parent 3 0 R>>7 0 obj<</Type/Catalog/Pages 1 0 R>>")) // parents in a circle
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
		defer stop()
		f, err := readPDF(append([]byte("%PDF-"), b...))
		if err != nil {
			return
		}
		for _, p := range f.pages() {
			if ctx.Err() != nil {
				t.Fatal("too slow")
			}
			f.pictures(p)
			f.boxes(p)
		}
	})
}

// A page of ours that was stamped by a platform that dropped what was attached is
// no scan, and its code is read all the same.
func TestThePagesOfAPrintedPDFAreReadByTheCodeThatIsDrawnOnThem(t *testing.T) {
	in := report.Input{Language: report.Chinese, Number: "PL-20261118-ABCDEF", Organization: report.InspectedOrganization{Name: "示范市阳光社区服务中心"}}
	doc, err := report.Print("findings-report", in)
	if err != nil {
		t.Fatal(err)
	}
	wantCodes(t, doc.PDF, doc.Pages)
}
