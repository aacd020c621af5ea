package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
)

// writeIcon writes the picture as a Windows .ico of 256, 48, 32 and 16 pixels,
// each kept as PNG, which Windows has read since Vista.
func writeIcon(name, picture string) error {
	f, err := os.Open(picture)
	if err != nil {
		return err
	}
	defer f.Close()
	whole, err := png.Decode(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", picture, err)
	}
	var sizes = []int{256, 48, 32, 16}
	var pictures [][]byte
	for _, size := range sizes {
		var p bytes.Buffer
		if err := png.Encode(&p, shrink(whole, size)); err != nil {
			return err
		}
		pictures = append(pictures, p.Bytes())
	}
	return create(name, func(w io.Writer) error { return encodeIcon(w, sizes, pictures) })
}

// encodeIcon writes the directory of an .ico file and the pictures behind it.
func encodeIcon(w io.Writer, sizes []int, pictures [][]byte) error {
	type entry struct {
		Width, Height, Colours, Zero byte
		Planes, Bits                 uint16
		Length, Offset               uint32
	}
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, [3]uint16{0, 1, uint16(len(sizes))})
	offset := uint32(6 + 16*len(sizes))
	for i, p := range pictures {
		side := byte(sizes[i] & 255) // 256 is written as 0
		binary.Write(&b, binary.LittleEndian, entry{side, side, 0, 0, 1, 32, uint32(len(p)), offset})
		offset += uint32(len(p))
	}
	for _, p := range pictures {
		b.Write(p)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// shrink averages the pixels that fall on each pixel of the smaller square.
func shrink(whole image.Image, size int) image.Image {
	small := image.NewNRGBA(image.Rect(0, 0, size, size))
	box := whole.Bounds()
	for y := range size {
		for x := range size {
			x0, x1 := box.Min.X+x*box.Dx()/size, box.Min.X+(x+1)*box.Dx()/size
			y0, y1 := box.Min.Y+y*box.Dy()/size, box.Min.Y+(y+1)*box.Dy()/size
			small.Set(x, y, mean(whole, image.Rect(x0, y0, x1, y1)))
		}
	}
	return small
}

func mean(of image.Image, box image.Rectangle) color.Color {
	var r, g, b, a, n uint32
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			pr, pg, pb, pa := of.At(x, y).RGBA()
			r, g, b, a, n = r+pr, g+pg, b+pb, a+pa, n+1
		}
	}
	if n == 0 {
		return color.Transparent
	}
	return color.RGBA64{uint16(r / n), uint16(g / n), uint16(b / n), uint16(a / n)}
}
