package photo

import (
	"image"
	"image/color"
	"runtime"
	"sync"
)

// All work is done on the three planes a camera's JPEG decodes to. Turning
// them into RGBA and back, as image libraries do, costs more than decoding,
// scaling and encoding together (facts: 665 ms against 300 ms).

// plane is one channel of a picture.
type plane struct {
	pix    []byte
	stride int
	w, h   int
}

// shrink gives a picture whose longer side is at most long, as Y'CbCr 4:2:0
// or grey. A smaller picture keeps its size. Every pixel of the original
// counts in the average, so that thin lines do not vanish.
func shrink(img image.Image, long int) image.Image {
	b := img.Bounds()
	w, h := fit(b.Dx(), b.Dy(), long)
	switch m := img.(type) {
	case *image.YCbCr:
		out := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		y, cb, cr := planesOf(m)
		oy, ocb, ocr := planesOf(out)
		y.into(oy)
		cb.into(ocb)
		cr.into(ocr)
		return out
	case *image.Gray:
		out := image.NewGray(image.Rect(0, 0, w, h))
		plane{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Dx(), b.Dy()}.into(plane{out.Pix, out.Stride, w, h})
		return out
	}
	return shrinkAny(img, w, h)
}

// fit gives the size of w × h within a square of long, in proportion.
func fit(w, h, long int) (int, int) {
	switch {
	case w <= long && h <= long:
		return w, h
	case w >= h:
		return long, max(1, (h*long+w/2)/w)
	}
	return max(1, (w*long+h/2)/h), long
}

func planesOf(m *image.YCbCr) (y, cb, cr plane) {
	b := m.Rect
	cw, ch := b.Dx(), b.Dy()
	across := func(n int) { cw = (b.Max.X+n-1)/n - b.Min.X/n }
	down := func(n int) { ch = (b.Max.Y+n-1)/n - b.Min.Y/n }
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		across(2)
	case image.YCbCrSubsampleRatio420:
		across(2)
		down(2)
	case image.YCbCrSubsampleRatio440:
		down(2)
	case image.YCbCrSubsampleRatio411:
		across(4)
	case image.YCbCrSubsampleRatio410:
		across(4)
		down(2)
	}
	yo, co := m.YOffset(b.Min.X, b.Min.Y), m.COffset(b.Min.X, b.Min.Y)
	return plane{m.Y[yo:], m.YStride, b.Dx(), b.Dy()}, plane{m.Cb[co:], m.CStride, cw, ch}, plane{m.Cr[co:], m.CStride, cw, ch}
}

// span is the part of the source that one pixel of the copy covers.
type span struct {
	from, to int // to is exclusive
	weights  []uint32
}

// spans gives the spans of all pixels along one side. The weights of a span
// add up to 1<<16.
func spans(src, dst int) []span {
	out := make([]span, dst)
	all := make([]uint32, 0, src+2*dst)
	for i := range out {
		// In units of 1/dst of a source pixel, the span is [i*src, (i+1)*src).
		lo, hi := i*src, (i+1)*src
		from, to := lo/dst, (hi+dst-1)/dst
		start := len(all)
		left := uint32(1 << 16)
		for p := from; p < to; p++ {
			cover := min(hi, (p+1)*dst) - max(lo, p*dst)
			wt := uint32((int64(cover) << 16) / int64(src))
			if p == to-1 {
				wt = left
			}
			left -= wt
			all = append(all, wt)
		}
		out[i] = span{from, to, all[start:len(all):len(all)]}
	}
	return out
}

// into scales the plane to the size of dst, by area.
func (p plane) into(dst plane) {
	if p.w == dst.w && p.h == dst.h {
		for y := range p.h {
			copy(dst.pix[y*dst.stride:][:p.w], p.pix[y*p.stride:][:p.w])
		}
		return
	}
	down, across := spans(p.h, dst.h), spans(p.w, dst.w)
	parallel(dst.h, func(from, to int) {
		sums := make([]uint32, p.w)
		for y := from; y < to; y++ {
			s := down[y]
			clear(sums)
			for i, wt := range s.weights {
				add(sums, p.pix[(s.from+i)*p.stride:], wt)
			}
			scaleDown(sums)
			out := dst.pix[y*dst.stride:][:dst.w]
			for x := range out {
				out[x] = average(sums, across[x])
			}
		}
	})
}

// add adds a row to the sums of its columns, with its weight.
func add(sums []uint32, line []byte, wt uint32) {
	line = line[:len(sums)]
	for x, v := range line {
		sums[x] += uint32(v) * wt
	}
}

// scaleDown leaves room for the weights along the other side: a sum is then a
// pixel times 1<<8.
func scaleDown(sums []uint32) {
	for x := range sums {
		sums[x] >>= 8
	}
}

func average(sums []uint32, s span) byte {
	total := uint32(1 << 23) // half, to round
	for i, v := range sums[s.from:s.to] {
		total += v * s.weights[i]
	}
	return byte(total >> 24)
}

// parallel shares n rows among the processors.
func parallel(n int, work func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			work(n*i/parts, n*(i+1)/parts)
		}()
	}
	wait.Wait()
}

// shrinkAny scales a picture that is not Y'CbCr, such as a PNG, row by row.
func shrinkAny(img image.Image, w, h int) image.Image {
	b := img.Bounds()
	full := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio444)
	down, across := spans(b.Dy(), h), spans(b.Dx(), w)
	parallel(h, func(from, to int) {
		var sums [3][]uint32
		var lines [3][]byte
		for c := range 3 {
			sums[c], lines[c] = make([]uint32, b.Dx()), make([]byte, b.Dx())
		}
		for y := from; y < to; y++ {
			s := down[y]
			for c := range 3 {
				clear(sums[c])
			}
			for i, wt := range s.weights {
				readRow(img, b.Min.Y+s.from+i, lines)
				for c := range 3 {
					add(sums[c], lines[c], wt)
				}
			}
			for c := range 3 {
				scaleDown(sums[c])
			}
			for x := range w {
				yy, cb, cr := color.RGBToYCbCr(average(sums[0], across[x]), average(sums[1], across[x]), average(sums[2], across[x]))
				o := y*full.YStride + x
				full.Y[o], full.Cb[o], full.Cr[o] = yy, cb, cr
			}
		}
	})
	return shrink(full, max(w, h)) // colours at half size, as everywhere
}

// readRow reads row y as red, green and blue on white paper: what is
// see-through would come out black otherwise.
func readRow(img image.Image, y int, out [3][]byte) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.NRGBA:
		row := m.Pix[m.PixOffset(b.Min.X, y):]
		for x := range out[0] {
			p := row[4*x : 4*x+4 : 4*x+4]
			out[0][x], out[1][x], out[2][x] = white(color.NRGBA{p[0], p[1], p[2], p[3]})
		}
	case *image.RGBA:
		row := m.Pix[m.PixOffset(b.Min.X, y):]
		for x := range out[0] {
			p := row[4*x : 4*x+4 : 4*x+4]
			rest := 255 - p[3] // colours are multiplied by alpha already
			out[0][x], out[1][x], out[2][x] = p[0]+rest, p[1]+rest, p[2]+rest
		}
	default:
		for x := range out[0] {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, y)).(color.NRGBA)
			out[0][x], out[1][x], out[2][x] = white(c)
		}
	}
}

// white gives c on white paper.
func white(c color.NRGBA) (r, g, b byte) {
	if c.A == 0xff {
		return c.R, c.G, c.B
	}
	mix := func(v byte) byte { return byte((uint32(v)*uint32(c.A) + 255*(255-uint32(c.A))) / 255) }
	return mix(c.R), mix(c.G), mix(c.B)
}

// upright turns a picture that shrink has made the way up that the camera says
// it was held (EXIF orientation 1 to 8).
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	switch m := img.(type) {
	case *image.YCbCr:
		out := image.NewYCbCr(image.Rect(0, 0, w, h), m.SubsampleRatio)
		y, cb, cr := planesOf(m)
		oy, ocb, ocr := planesOf(out)
		y.turn(oy, orientation)
		cb.turn(ocb, orientation)
		cr.turn(ocr, orientation)
		return out
	case *image.Gray:
		out := image.NewGray(image.Rect(0, 0, w, h))
		plane{m.Pix, m.Stride, b.Dx(), b.Dy()}.turn(plane{out.Pix, out.Stride, w, h}, orientation)
		return out
	}
	return img
}

// turn writes the plane into dst as seen from another side. A step right and a
// step down in dst are steps of fixed length in p.
func (p plane) turn(dst plane, orientation int) {
	last, bottom := p.w-1, (p.h-1)*p.stride
	var start, right, below int
	switch orientation {
	case 2: // mirrored
		start, right, below = last, -1, p.stride
	case 3: // half a turn
		start, right, below = bottom+last, -1, -p.stride
	case 4: // upside down and mirrored
		start, right, below = bottom, 1, -p.stride
	case 5: // mirrored, quarter turn left
		start, right, below = 0, p.stride, 1
	case 6: // quarter turn right puts it upright
		start, right, below = bottom, -p.stride, 1
	case 7: // mirrored, quarter turn right
		start, right, below = bottom+last, -p.stride, -1
	case 8: // quarter turn left puts it upright
		start, right, below = last, p.stride, -1
	}
	// Small squares keep the lines read sideways in the processor's cache.
	const square = 32
	for y0 := 0; y0 < dst.h; y0 += square {
		for x0 := 0; x0 < dst.w; x0 += square {
			for y := y0; y < min(y0+square, dst.h); y++ {
				out := dst.pix[y*dst.stride:]
				from := start + y*below + x0*right
				for x := x0; x < min(x0+square, dst.w); x++ {
					out[x] = p.pix[from]
					from += right
				}
			}
		}
	}
}
