package report

import (
	"fmt"
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// qrCode draws text as a QR code of vectors into a square of side a at x, y.
// Medium error correction: a copied page still reads.
func (s *sheet) qrCode(text string, x, y, a float64) error {
	return s.qrOn(len(s.pages)-1, text, x, y, a)
}

// qrOn is qrCode on a page that is finished otherwise.
func (s *sheet) qrOn(page int, text string, x, y, a float64) error {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("report: QR code of %d bytes: %w", len(text), err)
	}
	n := code.Bounds().Dx()
	module := a / float64(n)
	dark := func(column, row int) bool { return code.At(column, row) == color.Black }
	ink := black
	for row := range n {
		for column := 0; column < n; column++ {
			if !dark(column, row) {
				continue
			}
			end := column
			for end < n && dark(end, row) {
				end++
			}
			// A hair taller than a module: no white seams between rows.
			s.pages[page] = append(s.pages[page], boxOp{x: x + float64(column)*module, y: y + float64(row)*module, w: float64(end-column) * module, h: module * 1.03, fill: &ink})
			column = end
		}
	}
	return nil
}
