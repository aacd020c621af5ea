package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// picture is an image as it will stand in the PDF.
type picture struct {
	width, height int    // pixels as stored
	turn          int    // EXIF orientation, 1 to 8: how to turn it upright
	space         string // DeviceGray, DeviceRGB or DeviceCMYK
	filter        string // DCTDecode or FlateDecode
	inverted      bool   // CMYK as Adobe programs write it
	data          []byte
	sum           [sha256.Size]byte // of the file as given
}

// Limits on pictures: beyond them somebody is trying to fill the memory.
const (
	maxPicturePixels = 120_000_000
	maxPNGPixels     = 24_000_000 // a PNG is decoded whole
)

// errPicture is the reason given for whatever is no JPEG or PNG.
var errPicture = errors.New("report: neither a JPEG nor a PNG picture")

// readPicture takes a JPEG as it is, byte for byte, or a PNG, which is laid on
// white paper.
func readPicture(file []byte) (*picture, error) {
	switch {
	case bytes.HasPrefix(file, []byte("\xFF\xD8\xFF")):
		return readJPEG(file)
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1A\n")):
		return readPNG(file)
	}
	return nil, errPicture
}

func readJPEG(file []byte) (*picture, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("report: read JPEG: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width*c.Height > maxPicturePixels {
		return nil, fmt.Errorf("report: JPEG of %d × %d points", c.Width, c.Height)
	}
	p := &picture{width: c.Width, height: c.Height, turn: 1, space: "DeviceRGB", filter: "DCTDecode", data: file, sum: sha256.Sum256(file)}
	switch c.ColorModel {
	case color.GrayModel:
		p.space = "DeviceGray"
	case color.CMYKModel:
		p.space = "DeviceCMYK"
	}
	walkJPEG(file, func(marker byte, segment []byte) {
		switch {
		case marker == 0xE1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			p.turn = exifOrientation(segment[6:])
		case marker == 0xEE && bytes.HasPrefix(segment, []byte("Adobe")):
			p.inverted = p.space == "DeviceCMYK"
		}
	})
	return p, nil
}

// walkJPEG calls f with each segment before the picture data.
func walkJPEG(file []byte, f func(marker byte, segment []byte)) {
	for at := 2; at+4 <= len(file) && file[at] == 0xFF; {
		marker := file[at+1]
		if marker == 0xFF { // fill byte
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		if marker == 0xDA || length < 2 || at+2+length > len(file) {
			return
		}
		f(marker, file[at+4:at+2+length])
		at += 2 + length
	}
}

// exifOrientation reads tag 0x0112 of the first directory of a TIFF header:
// how the camera was held. Viewers of PDF do not look at it, so we turn the
// picture ourselves. 1 = upright, also when there is nothing to read.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	for i := range uint64(order.Uint16(tiff[at:])) {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if v := int(order.Uint16(tiff[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// upright gives the size of the picture as it is to be seen.
func (p *picture) upright() (w, h int) {
	if p.turn >= 5 {
		return p.height, p.width
	}
	return p.width, p.height
}

// matrix gives the PDF matrix that puts the picture upright into the rectangle
// with its lower left corner at x, y.
func (p *picture) matrix(x, y, w, h float64) [6]float64 {
	switch p.turn {
	case 2: // mirrored
		return [6]float64{-w, 0, 0, h, x + w, y}
	case 3: // upside down
		return [6]float64{-w, 0, 0, -h, x + w, y + h}
	case 4:
		return [6]float64{w, 0, 0, -h, x, y + h}
	case 5:
		return [6]float64{0, -h, -w, 0, x + w, y + h}
	case 6: // turn clockwise
		return [6]float64{0, -h, w, 0, x, y + h}
	case 7:
		return [6]float64{0, h, w, 0, x, y}
	case 8: // turn counter-clockwise
		return [6]float64{0, h, -w, 0, x + w, y}
	}
	return [6]float64{w, 0, 0, h, x, y}
}

func readPNG(file []byte) (*picture, error) {
	c, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("report: read PNG: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPNGPixels/c.Height {
		return nil, fmt.Errorf("report: PNG of %d × %d points", c.Width, c.Height)
	}
	decoded, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("report: read PNG: %w", err)
	}
	pixels, space := flatten(decoded)
	data, err := deflate(pixels)
	if err != nil {
		return nil, err
	}
	return &picture{width: c.Width, height: c.Height, turn: 1, space: space, filter: "FlateDecode", data: data, sum: sha256.Sum256(file)}, nil
}

// flatten lays a picture on white paper and gives its pixels, as grey where it
// has no colour.
func flatten(m image.Image) (pixels []byte, space string) {
	b := m.Bounds()
	straight, ok := m.(*image.NRGBA) // what signature pads make: no detour over At
	if !ok {
		straight = image.NewNRGBA(b)
		draw.Draw(straight, b, m, b.Min, draw.Src)
	}
	pixels = make([]byte, 0, 3*b.Dx()*b.Dy())
	grey := true
	for y := range b.Dy() {
		row := straight.Pix[y*straight.Stride:][:4*b.Dx()]
		for ; len(row) > 0; row = row[4:] {
			alpha := uint32(row[3])
			over := func(c byte) byte { return byte((uint32(c)*alpha + 255*(255-alpha) + 127) / 255) }
			R, G, B := over(row[0]), over(row[1]), over(row[2])
			grey = grey && R == G && G == B
			pixels = append(pixels, R, G, B)
		}
	}
	if !grey {
		return pixels, "DeviceRGB"
	}
	for i := range len(pixels) / 3 {
		pixels[i] = pixels[i*3]
	}
	return pixels[:len(pixels)/3], "DeviceGray"
}

// fit gives the largest size of the picture inside w × h.
func (p *picture) fit(w, h float64) (float64, float64) {
	pw, ph := p.upright()
	scale := min(w/float64(pw), h/float64(ph))
	return float64(pw) * scale, float64(ph) * scale
}
