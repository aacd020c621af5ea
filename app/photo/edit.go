package photo

import (
	"image"

	"plumbline/app/record"
)

// copyQuality is finer than that of small copies: thin red lines on a photo
// show the grain of JPEG more than the photo does.
const copyQuality = 88

// Edited is an edited copy, ready to be kept beside its original.
type Edited struct {
	JPEG          []byte
	Digest        record.Hash // of JPEG
	Width, Height int         // of the copy
	Of            record.Hash // the original, which is as it was
	OfWidth       int         // of the original, upright: what the steps are measured in
	OfHeight      int
}

// Edit makes the edited copy of an original (JPEG or PNG, byte for byte as it
// came). The copy is at most l.Long pixels long, upright, and has none of the
// original's metadata: the thumbnail that cameras hide there would show what
// the copy does not. The same original and steps give the same bytes on any
// machine, as long as the JPEG writer is the same; Compare tells equal pictures
// when it is not.
func Edit(original []byte, steps []record.PhotoStep, l Limits) (Edited, error) {
	p, err := Decode(original, l)
	if err != nil {
		return Edited{}, err
	}
	if err := record.CheckPhotoSteps(steps, p.Width, p.Height); err != nil {
		return Edited{}, err
	}
	img := p.Draw(steps, record.PhotoPart{}, l.Long)
	e := Edited{Of: record.HashOf(original), OfWidth: p.Width, OfHeight: p.Height, Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	if e.JPEG, err = encode(img, copyQuality); err != nil {
		return Edited{}, err
	}
	e.Digest = record.HashOf(e.JPEG)
	return e, nil
}

// Picture is a decoded photo that can be drawn in part, at any size and with
// steps on it. It does not change and may be drawn by several at once.
type Picture struct {
	Width, Height int // upright
	img           image.Image
	orientation   int
}

// Decode reads a JPEG or PNG within the limits.
func Decode(data []byte, l Limits) (*Picture, error) {
	img, cam, _, err := open(data, l)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	switch img.(type) {
	case *image.YCbCr, *image.Gray:
	default:
		img = shrinkAny(img, b.Dx(), b.Dy())
	}
	p := &Picture{Width: b.Dx(), Height: b.Dy(), img: img, orientation: cam.Orientation}
	if cam.Orientation >= 5 {
		p.Width, p.Height = p.Height, p.Width
	}
	return p, nil
}

// Draw gives a part of the picture with the steps on it, its longer side at
// most long pixels. The zero part is what the steps' crops leave; another one,
// in pixels of the upright original, takes its place.
func (p *Picture) Draw(steps []record.PhotoStep, part record.PhotoPart, long int) *image.YCbCr {
	all := record.PhotoPart{W: p.Width, H: p.Height}
	crop := record.CropOf(steps, p.Width, p.Height)
	if part == (record.PhotoPart{}) {
		part = crop
	}
	part = part.Common(all)
	if part.Empty() {
		return image.NewYCbCr(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio420)
	}
	img := hide(p.img, p.hidden(steps))
	img = colours(upright(shrink(cut(img, p.inFile(part)), long), p.orientation))
	turns := record.QuartersOf(steps)
	out := upright(img, [4]int{1, 6, 3, 8}[turns]).(*image.YCbCr)
	d := drawing{
		out: out, part: part, turns: turns, w: img.Bounds().Dx(), h: img.Bounds().Dy(),
		weight: max(2*fraction, max(crop.W, crop.H)*fraction/420),
	}
	for _, s := range steps {
		d.step(s)
	}
	return out
}

// inFile gives the rectangle of the stored pixels that a part of the upright
// picture is.
func (p *Picture) inFile(r record.PhotoPart) image.Rectangle {
	w, h := p.Width, p.Height
	x0, y0, x1, y1 := r.X, r.Y, r.X+r.W, r.Y+r.H
	switch p.orientation {
	case 2:
		x0, x1 = w-x1, w-x0
	case 3:
		x0, x1, y0, y1 = w-x1, w-x0, h-y1, h-y0
	case 4:
		y0, y1 = h-y1, h-y0
	case 5:
		x0, y0, x1, y1 = y0, x0, y1, x1
	case 6:
		x0, y0, x1, y1 = y0, w-x1, y1, w-x0
	case 7:
		x0, y0, x1, y1 = h-y1, w-x1, h-y0, w-x0
	case 8:
		x0, y0, x1, y1 = h-y1, x0, h-y0, x1
	}
	return image.Rect(x0, y0, x1, y1).Add(p.img.Bounds().Min)
}

// cut gives the rectangle of a picture, sharing its pixels.
func cut(img image.Image, r image.Rectangle) image.Image {
	switch m := img.(type) {
	case *image.YCbCr:
		return m.SubImage(r)
	case *image.Gray:
		return m.SubImage(r)
	}
	return img
}

// colours gives a picture that can take coloured marks.
func colours(img image.Image) image.Image {
	m, grey := img.(*image.Gray)
	if !grey {
		return img
	}
	out := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
	plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy()}.into(plane{out.Y, out.YStride, out.Rect.Dx(), out.Rect.Dy()})
	for i := range out.Cb {
		out.Cb[i], out.Cr[i] = 128, 128
	}
	return out
}

// hidden gives the rectangles to hide, in stored pixels.
func (p *Picture) hidden(steps []record.PhotoStep) []image.Rectangle {
	var out []image.Rectangle
	for _, s := range steps {
		if s.Do == record.HidePart {
			out = append(out, p.inFile(s.Part()).Intersect(p.img.Bounds()))
		}
	}
	return out
}

// How coarse what is hidden becomes.
const (
	mosaicAlong = 4  // blocks along the longer side of the rectangle, at most
	mosaicFloor = 64 // a block is at least this part of the picture's longer side
	greyLevels  = 8  // a block has one of so many brightnesses
	tintLevels  = 16 // the rectangle has one tint: of so many values of Cb, and of Cr
	checker     = 6  // how much brighter and darker the quarters of a block are
)

// hide gives the picture with the rectangles made unreadable, for good.
//
// A blur that looks unreadable is not: a gaussian or a box blur is a sum of
// neighbours with known weights, and deconvolution brings the picture back; and
// a fine mosaic of print is broken by trying all digits until the blocks agree.
// What protects is that little is left. So a rectangle becomes at most four
// blocks along its longer side, none smaller than 1/64 of the picture; each
// keeps only which of eight brightnesses its mean has, and the rectangle as a
// whole one tint of 256. A line of print keeps at most 4 × 3 + 8 = 20 bits, of
// the 36 that a telephone number has and the 56 of an identity number: many
// numbers give the same blocks, whoever tries them all. A face, four blocks by
// four, keeps at most 56 bits and no feature of it.
//
// What lies beneath is not in the copy's bytes in any form: the pixels are
// replaced before the picture is scaled and written. A rectangle grows to whole
// pixels of colour, and one that lies over another only sees the blocks. Each
// block is a faint chequer, always the same, so that one sees that something
// was hidden even where the blocks are equal.
func hide(img image.Image, parts []image.Rectangle) image.Image {
	if len(parts) == 0 {
		return img
	}
	switch m := img.(type) {
	case *image.Gray:
		out := *m
		out.Pix = append([]byte(nil), m.Pix...)
		for _, r := range parts {
			across, down := blocks(r, m.Rect)
			if r.Empty() {
				continue
			}
			mosaic(plane{out.Pix[out.PixOffset(r.Min.X, r.Min.Y):], out.Stride, r.Dx(), r.Dy()}, across, down, brightness)
		}
		return &out
	case *image.YCbCr:
		out := *m
		out.Y, out.Cb, out.Cr = append([]byte(nil), m.Y...), append([]byte(nil), m.Cb...), append([]byte(nil), m.Cr...)
		for _, r := range parts {
			across, down := blocks(r, m.Rect)
			if r.Empty() {
				continue
			}
			y, cb, cr := planesOf(out.SubImage(wholeColours(r, &out)).(*image.YCbCr))
			mosaic(y, across, down, brightness)
			mosaic(cb, 1, 1, tint)
			mosaic(cr, 1, 1, tint)
		}
		return &out
	}
	return img
}

// wholeColours grows a rectangle until it cuts no pixel of colour.
func wholeColours(r image.Rectangle, m *image.YCbCr) image.Rectangle {
	w, h := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		w = 2
	case image.YCbCrSubsampleRatio420:
		w, h = 2, 2
	case image.YCbCrSubsampleRatio440:
		h = 2
	case image.YCbCrSubsampleRatio411:
		w = 4
	case image.YCbCrSubsampleRatio410:
		w, h = 4, 2
	}
	r.Min.X, r.Min.Y = r.Min.X/w*w, r.Min.Y/h*h
	r.Max.X, r.Max.Y = (r.Max.X+w-1)/w*w, (r.Max.Y+h-1)/h*h
	return r.Intersect(m.Rect)
}

// blocks gives into how many blocks a rectangle of a picture falls.
func blocks(r, picture image.Rectangle) (across, down int) {
	long := max(r.Dx(), r.Dy())
	side := max((long+mosaicAlong-1)/mosaicAlong, max(picture.Dx(), picture.Dy())/mosaicFloor, 1)
	return max(1, r.Dx()/side), max(1, r.Dy()/side)
}

// brightness gives the middle of the level that a mean falls into.
func brightness(mean int, bright bool) byte {
	const step = 256 / greyLevels
	if v := mean/step*step + step/2; bright {
		return byte(v + checker)
	} else {
		return byte(v - checker)
	}
}

// tint gives the level nearest to a mean; no colour stays no colour.
func tint(mean int, _ bool) byte {
	const step = 256 / tintLevels
	return byte(min((mean+step/2)/step, tintLevels-1) * step)
}

// mosaic fills each of across × down blocks of the plane with the level of its
// mean.
func mosaic(p plane, across, down int, level func(mean int, bright bool) byte) {
	for j := range down {
		y0, y1 := j*p.h/down, (j+1)*p.h/down
		for i := range across {
			x0, x1 := i*p.w/across, (i+1)*p.w/across
			sum, n := 0, (x1-x0)*(y1-y0)
			if n == 0 {
				continue
			}
			for y := y0; y < y1; y++ {
				for _, v := range p.pix[y*p.stride+x0 : y*p.stride+x1] {
					sum += int(v)
				}
			}
			levels := [2]byte{level(sum/n, true), level(sum/n, false)}
			for y := y0; y < y1; y++ {
				upper := 2*(y-y0) < y1-y0
				row := p.pix[y*p.stride+x0 : y*p.stride+x1]
				for x := range row {
					if upper == (2*x < len(row)) {
						row[x] = levels[0]
					} else {
						row[x] = levels[1]
					}
				}
			}
		}
	}
}

// Match tells how a copy that was made again compares with the one kept.
type Match string

// The matches.
const (
	Identical Match = "identical" // byte for byte
	Alike     Match = "alike"     // the same picture, written by another JPEG writer
	Different Match = "different" // not made from this original by these steps
)

// Compare tells whether copied is the copy of original that the steps make.
func Compare(original, copied []byte, steps []record.PhotoStep, l Limits) (Match, error) {
	again, err := Edit(original, steps, l)
	if err != nil {
		return "", err
	}
	if again.Digest == record.HashOf(copied) {
		return Identical, nil
	}
	a, err := Decode(again.JPEG, l)
	if err != nil {
		return "", err
	}
	b, err := Decode(copied, l)
	if err != nil {
		return "", err
	}
	if a.Width != b.Width || a.Height != b.Height {
		return Different, nil
	}
	one, two := a.Draw(nil, record.PhotoPart{}, max(a.Width, a.Height)), b.Draw(nil, record.PhotoPart{}, max(b.Width, b.Height))
	if far(one.Y, two.Y, one.YStride, two.YStride, a.Width, a.Height, 8) ||
		far(one.Cb, two.Cb, one.CStride, two.CStride, (a.Width+1)/2, (a.Height+1)/2, 4) ||
		far(one.Cr, two.Cr, one.CStride, two.CStride, (a.Width+1)/2, (a.Height+1)/2, 4) {
		return Different, nil
	}
	return Alike, nil
}

// far tells whether two planes differ in the mean of any square of side pixels
// by more than the writers of JPEG do.
func far(a, b []byte, strideA, strideB, w, h, side int) bool {
	const most = 6
	for y0 := 0; y0 < h; y0 += side {
		for x0 := 0; x0 < w; x0 += side {
			sum, n := 0, 0
			for y := y0; y < min(y0+side, h); y++ {
				for x := x0; x < min(x0+side, w); x++ {
					sum += int(a[y*strideA+x]) - int(b[y*strideB+x])
					n++
				}
			}
			if sum > most*n || sum < -most*n {
				return true
			}
		}
	}
	return false
}
