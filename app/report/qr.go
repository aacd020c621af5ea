package report

import (
	"errors"
	"fmt"
	"image/color"
	"sync"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// qrCode draws text as a QR code of vectors into a square of side a at x, y.
// Medium error correction: a copied page still reads.
func (s *sheet) qrCode(text string, x, y, a float64) error {
	code, err := encodeQR(text)
	if err == nil {
		s.qrOn(len(s.pages)-1, code, x, y, a)
	}
	return err
}

func encodeQR(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("report: QR code of %d bytes: %w", len(text), err)
	}
	return code, nil
}

// encodeQRs encodes many texts at once: each is tried with eight masks, which took a
// third of the time that a record of ten pages takes.
func encodeQRs(texts []string) ([]barcode.Barcode, error) {
	codes, faults := make([]barcode.Barcode, len(texts)), make([]error, len(texts))
	var done sync.WaitGroup
	for i, text := range texts {
		done.Go(func() { codes[i], faults[i] = encodeQR(text) })
	}
	done.Wait()
	return codes, errors.Join(faults...)
}

// qrOn draws a code on a page that is finished otherwise.
func (s *sheet) qrOn(page int, code barcode.Barcode, x, y, a float64) {
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
}
