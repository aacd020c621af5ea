// Package scan reads what comes back from paper: the pages of a scan (PDF, JPEG,
// PNG) as pictures, and the QR codes that stand on them.
//
// A PDF is read for its pictures only: objects one after the other as they stand
// in the file, the last word on each counting, as repair programs do. That takes
// what scanners and their software write, updates and broken tables of contents
// included; of text and lines it draws the boxes that our codes are made of, no
// more. Pictures in JBIG2 and JPEG 2000 are not
// read, nor are encrypted files: Page.Err says so.
//
// The codes are found by github.com/makiuchi-d/gozxing, a port of ZXing, which by
// itself reads half of the pages of an office scanner. What this package adds is
// where to look and how often: see attempts.
package scan

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	_ "image/jpeg" // a scan is any of these
	_ "image/png"

	"plumbline/app/record"
)

// MaxPixels bounds one picture: A3 at 600 dots an inch and some.
const MaxPixels = 100e6

// Page is one page of a scan.
type Page struct {
	N     int    // from 1
	Code  string // what the code on it says, "" for none that was wanted
	Blank bool   // nothing but paper, the back of a sheet
	Err   error  // why it could not be read, a *record.Error
}

// Read reads a scan page by page and gives each to page, in order; wanted tells
// which codes count, others on the page are passed over. It ends early with
// ctx's error. What cannot be read as a whole is a *record.Error.
func Read(ctx context.Context, b []byte, wanted func(code string) bool, page func(Page)) error {
	if !bytes.HasPrefix(b, []byte("%PDF-")) {
		g, err := picture(b)
		if err != nil {
			return err
		}
		page(look(ctx, 1, []*image.Gray{g}, wanted))
		return ctx.Err()
	}
	f, err := readPDF(b)
	if err != nil {
		return err
	}
	for n, p := range f.pages() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pictures, err := f.pictures(p)
		x := look(ctx, n+1, pictures, wanted)
		if x.Code == "" && ctx.Err() == nil {
			if g := f.boxes(p); g != nil {
				if code := find(ctx, g, wanted); code != "" {
					x = Page{N: n + 1, Code: code}
				}
			}
		}
		if err != nil && x.Code == "" {
			x.Err, x.Blank = err, false
		}
		page(x)
	}
	return ctx.Err()
}

// look finds the code on a page that is made of pictures.
func look(ctx context.Context, n int, pictures []*image.Gray, wanted func(string) bool) Page {
	p := Page{N: n, Blank: len(pictures) > 0}
	if len(pictures) == 0 {
		p.Err = fault("scan.no_picture")
		return p
	}
	for _, g := range pictures {
		if blank(g) {
			continue
		}
		p.Blank = false
		if p.Code = find(ctx, g, wanted); p.Code != "" {
			return p
		}
	}
	return p
}

// blank tells whether a picture shows nothing but paper: fewer than one point in
// three thousand is dark.
func blank(g *image.Gray) bool {
	b := g.Bounds()
	dark := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := g.Pix[g.PixOffset(b.Min.X, y):][:b.Dx()]
		for _, v := range row {
			if v < 110 {
				dark++
			}
		}
	}
	return dark*3000 < b.Dx()*b.Dy()
}

// picture reads a JPEG or PNG.
func picture(b []byte) (*image.Gray, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "scan.not_readable", Err: err}
	}
	if float64(c.Width)*float64(c.Height) > MaxPixels {
		return nil, fault("scan.picture_large", "limit", MaxPixels/1e6)
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "scan.not_readable", Err: err}
	}
	return grey(m), nil
}

// grey gives a picture as shades of grey, with its corner at 0, 0. What is
// transparent is paper.
func grey(m image.Image) *image.Gray {
	if y, ok := m.(*image.YCbCr); ok { // its brightness is there already
		return &image.Gray{Pix: y.Y, Stride: y.YStride, Rect: image.Rect(0, 0, y.Rect.Dx(), y.Rect.Dy())}
	}
	if g, ok := m.(*image.Gray); ok && g.Rect.Min == (image.Point{}) {
		return g
	}
	out := image.NewGray(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	for i := range out.Pix {
		out.Pix[i] = 0xFF
	}
	draw.Draw(out, out.Bounds(), m, m.Bounds().Min, draw.Over)
	return out
}

func fault(message string, args ...any) error {
	e := &record.Error{Code: record.Invalid, Message: message, Args: map[string]any{}}
	for n := 0; n+1 < len(args); n += 2 {
		e.Args[args[n].(string)] = args[n+1]
	}
	return e
}
