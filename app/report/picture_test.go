package report

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// withOrientation puts an EXIF segment into a JPEG, as a phone does.
func withOrientation(file []byte, turn uint16) []byte {
	tiff := append([]byte("II*\x00"), 8, 0, 0, 0, 1, 0)
	tiff = binary.LittleEndian.AppendUint16(tiff, 0x0112)
	tiff = binary.LittleEndian.AppendUint16(tiff, 3)
	tiff = binary.LittleEndian.AppendUint32(tiff, 1)
	tiff = binary.LittleEndian.AppendUint16(tiff, turn)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, file[:2]...)
	out = append(out, 0xFF, 0xE1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), file[2:]...)
}

func TestJPEGGoesInByteForByte(t *testing.T) {
	file := samplePhoto(320, 240, 1)
	in := sampleRecord(Chinese, 4, 1)
	in.Photos[0].File = file
	if d := printed(t, in); !bytes.Contains(d.PDF, file) {
		t.Error("the PDF does not contain the photo as it was given")
	}
}

func TestPhotoHeldSidewaysIsTurnedUpright(t *testing.T) {
	for turn := uint16(1); turn <= 8; turn++ {
		p, err := readPicture(withOrientation(samplePhoto(320, 240, 1), turn))
		if err != nil {
			t.Fatal(err)
		}
		w, h := p.upright()
		if wide := w > h; wide != (turn < 5) {
			t.Errorf("orientation %d: seen as %d × %d", turn, w, h)
		}
		// The unit square must land on the rectangle whatever the turn.
		m := p.matrix(10, 20, 80, 60)
		for _, c := range [][2]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			x, y := m[0]*c[0]+m[2]*c[1]+m[4], m[1]*c[0]+m[3]*c[1]+m[5]
			if x != 10 && x != 90 || y != 20 && y != 80 {
				t.Errorf("orientation %d: corner %v lands on %v, %v", turn, c, x, y)
			}
		}
	}
	// 6: the camera was turned; the stored top left corner belongs top right.
	p, err := readPicture(withOrientation(samplePhoto(320, 240, 1), 6))
	if err != nil {
		t.Fatal(err)
	}
	m := p.matrix(0, 0, 60, 80)
	if x, y := m[2]+m[4], m[3]+m[5]; x != 60 || y != 80 { // stored top left is (0, 1) in PDF
		t.Errorf("orientation 6: the stored top left corner is at %v, %v, want 60, 80", x, y)
	}
}

func TestTransparentSignatureStandsOnWhitePaper(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	m.SetNRGBA(1, 0, color.NRGBA{255, 0, 0, 128})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	p, err := readPicture(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := inflate(t, p.data), []byte{255, 255, 255, 255, 127, 127}; !bytes.Equal(got, want) || p.space != "DeviceRGB" {
		t.Errorf("pixels %v in %s, want %v in DeviceRGB", got, p.space, want)
	}
	paletted := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Gray{99}})
	b.Reset()
	if err := png.Encode(&b, paletted); err != nil {
		t.Fatal(err)
	}
	if p, err = readPicture(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got := inflate(t, p.data); p.space != "DeviceGray" || got[0] != 99 {
		t.Errorf("a grey picture came out as %v in %s", got, p.space)
	}
}

func TestTextNamedJPGIsNoPicture(t *testing.T) {
	for _, file := range [][]byte{nil, []byte("hello"), []byte("\xFF\xD8\xFFhello"), []byte("\x89PNG\r\n\x1A\nhello")} {
		if _, err := readPicture(file); err == nil {
			t.Errorf("readPicture(%q) took it", file)
		}
	}
}

func FuzzReadPicture(f *testing.F) {
	f.Add(withOrientation(samplePhoto(16, 16, 1), 6))
	f.Add(sampleSignature(1)[:400])
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x08Exif\x00\x00MM"))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := readPicture(file)
		if err != nil {
			return
		}
		if w, h := p.upright(); w <= 0 || h <= 0 {
			t.Fatalf("a picture of %d × %d", w, h)
		}
	})
}
