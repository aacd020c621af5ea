package scan

import (
	"context"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// region is a part of a page, in parts of its width and height, and the attempts
// to find a code in it.
type region struct {
	left, top, right, bottom float64
	attempts                 []attempt
}

// regions are where our pages bear their code, likeliest first: at the foot to
// the right, of a sheet that lay upside down at the head to the left, then of
// sheets that lay sideways. A page that was photographed is looked at whole, not as
// often: that is where time goes, a second a page without a code.
var regions = []region{{0.72, 0.84, 1, 1, attempts}, {0, 0, 0.28, 0.16, attempts}, {0, 0.72, 0.16, 1, attempts}, {0.84, 0, 1, 0.28, attempts},
	{0, 0, 1, 1, []attempt{{1650, true, true}, {2480, false, true}}}}

// attempt is one way to look at a region.
type attempt struct {
	wide   int  // the page is brought to this many points across its short side
	smooth bool // noise is averaged away
	local  bool // dark and light are told apart place by place, not once for all
}

// attempts in the order of what they find for their cost, measured over noise,
// blur, slant and JPEG quality (see TestMostScansOfAnOfficeScannerAreRead): a
// code wants about six points a module.
var attempts = []attempt{{2480, false, true}, {2480, true, true}, {3300, false, true}, {3300, true, false}, {1650, true, true}, {2480, false, false}}

// find gives the first wanted code on a page.
func find(ctx context.Context, page *image.Gray, wanted func(string) bool) string {
	short := min(page.Rect.Dx(), page.Rect.Dy())
	for _, r := range regions {
		part := r.of(page)
		for _, a := range r.attempts {
			if ctx.Err() != nil {
				return ""
			}
			text := read(brought(part, float64(a.wide)/float64(short), a.smooth), a.local)
			if text != "" && wanted(text) {
				return text
			}
		}
	}
	return ""
}

func (r region) of(g *image.Gray) *image.Gray {
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	return g.SubImage(image.Rect(int(r.left*w), int(r.top*h), int(r.right*w), int(r.bottom*h))).(*image.Gray)
}

// brought scales a picture, at most four times up.
func brought(g *image.Gray, scale float64, smooth bool) *image.Gray {
	scale = min(scale, 4)
	out := g
	if scale < 0.95 || scale > 1.05 {
		out = image.NewGray(image.Rect(0, 0, max(1, int(float64(g.Rect.Dx())*scale)), max(1, int(float64(g.Rect.Dy())*scale))))
		var by draw.Interpolator = draw.CatmullRom
		if scale < 1 {
			by = draw.BiLinear
		}
		by.Scale(out, out.Rect, g, g.Rect, draw.Src, nil)
	}
	if smooth {
		out = smoothed(out)
	}
	return out
}

// smoothed averages each point with its eight neighbours, those beside it
// counting twice and itself four times.
func smoothed(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	row := func(y int) []uint8 {
		y = max(0, min(h-1, y))
		return g.Pix[g.PixOffset(g.Rect.Min.X, g.Rect.Min.Y+y):][:w]
	}
	for y := range h {
		above, here, below := row(y-1), row(y), row(y+1)
		for x := range w {
			l, r := max(0, x-1), min(w-1, x+1)
			sum := int(above[l]) + 2*int(above[x]) + int(above[r]) + 2*int(here[l]) + 4*int(here[x]) + 2*int(here[r]) + int(below[l]) + 2*int(below[x]) + int(below[r])
			out.Pix[y*out.Stride+x] = uint8(sum / 16)
		}
	}
	return out
}

var harder = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}

// read gives what the code in a picture says, "" for none.
func read(g *image.Gray, local bool) string {
	if g.Rect.Dx() < 40 || g.Rect.Dy() < 40 {
		return ""
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	from := g.PixOffset(g.Rect.Min.X, g.Rect.Min.Y)
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix[from:], g.Stride, h, 0, 0, w, h, false)
	if err != nil {
		return ""
	}
	var b gozxing.Binarizer
	if local {
		b = gozxing.NewHybridBinarizer(source)
	} else {
		b = gozxing.NewGlobalHistgramBinarizer(source)
	}
	bitmap, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return ""
	}
	r, err := qrcode.NewQRCodeReader().Decode(bitmap, harder)
	if err != nil {
		return "" // every page without a code is such an error
	}
	return r.GetText()
}
