// Package scantest makes scans for tests: a document's pages as a printer puts
// them on paper and as a scanner sees them.
package scantest

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jung-kurt/gofpdf"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Printed gives the pages of a document as pictures with so many dots an inch. A
// machine without pdftoppm skips the test.
func Printed(t testing.TB, pdf []byte, dpi int) (pages []*image.Gray) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("no pdftoppm on this machine")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "a.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", file, filepath.Join(dir, "p")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "p*.png"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no page rendered: %v", err)
	}
	slices.Sort(names)
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		g := image.NewGray(m.Bounds())
		draw.Draw(g, g.Rect, m, g.Rect.Min, draw.Src)
		pages = append(pages, g)
	}
	return pages
}

// Scanner is what becomes of a page on glass: slant in degrees at most, noise of so
// many shades, blur of so many points, and the JPEG quality it is sent at.
type Scanner struct {
	DPI                int
	Slant, Noise, Blur float64
	Quality            int
}

// Office is what stands in most offices.
var Office = Scanner{DPI: 150, Slant: 2, Noise: 4, Blur: 0.4, Quality: 80}

// Scan gives the JPEG of a page that was laid on the glass turned by so many
// quarters.
func (s Scanner) Scan(t testing.TB, page *image.Gray, quarters int, r *rand.Rand) []byte {
	angle := (r.Float64()*2-1)*s.Slant + 90*float64(quarters)
	w, h := float64(page.Rect.Dx()), float64(page.Rect.Dy())
	out := image.NewGray(page.Rect)
	if quarters%2 == 1 {
		out = image.NewGray(image.Rect(0, 0, page.Rect.Dy(), page.Rect.Dx()))
	}
	for i := range out.Pix {
		out.Pix[i] = 0xFA
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	ow, oh := float64(out.Rect.Dx()), float64(out.Rect.Dy())
	xdraw.BiLinear.Transform(out, f64.Aff3{cos, -sin, ow/2 - cos*w/2 + sin*h/2, sin, cos, oh/2 - sin*w/2 - cos*h/2}, page, page.Rect, xdraw.Src, nil)
	out = blurred(out, s.Blur)
	for i, v := range out.Pix { // no black is black on glass
		out.Pix[i] = uint8(max(0, min(255, float64(v)*0.85+20+r.NormFloat64()*s.Noise)))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: s.Quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func blurred(g *image.Gray, sigma float64) *image.Gray {
	if sigma == 0 {
		return g
	}
	n := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*n+1), 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-n)*(i-n)) / 2 / sigma / sigma)
		sum += kernel[i]
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	across := make([]float64, w*h)
	out := image.NewGray(g.Rect)
	for y := range h {
		for x := range w {
			v := 0.0
			for i, k := range kernel {
				v += k * float64(g.Pix[y*g.Stride+min(w-1, max(0, x+i-n))])
			}
			across[y*w+x] = v / sum
		}
	}
	for y := range h {
		for x := range w {
			v := 0.0
			for i, k := range kernel {
				v += k * across[min(h-1, max(0, y+i-n))*w+x]
			}
			out.Pix[y*out.Stride+x] = uint8(v / sum)
		}
	}
	return out
}

// PDF puts scanned pages into a PDF, as scanners do. media is JPEG or PNG.
func PDF(t testing.TB, media string, pictures ...[]byte) []byte {
	t.Helper()
	pdf := gofpdf.New("P", "mm", "A4", "")
	for i, b := range pictures {
		pdf.AddPage()
		key := fmt.Sprint(i)
		pdf.RegisterImageOptionsReader(key, gofpdf.ImageOptions{ImageType: media}, bytes.NewReader(b))
		pdf.ImageOptions(key, 0, 0, 210, 297, false, gofpdf.ImageOptions{ImageType: media}, 0, "")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
