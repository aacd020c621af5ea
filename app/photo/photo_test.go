package photo

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/assets"
)

// Four corners of four colours show which way is up.
var corners = [4]color.RGBA{{220, 30, 30, 255}, {30, 200, 30, 255}, {30, 30, 220, 255}, {230, 230, 30, 255}} // top left, top right, bottom left, bottom right

func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			i := 0
			if x >= w/2 {
				i++
			}
			if y >= h/2 {
				i += 2
			}
			m.SetRGBA(x, y, corners[i])
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tiff builds an EXIF block with an orientation, a time and a place.
func tiff(order binary.AppendByteOrder, orientation int, taken, offset string, lat, lon [3]uint32, ns, ew string) []byte {
	var b []byte
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = append(b, "II*\x00"...)
	} else {
		b = append(b, "MM\x00*"...)
	}
	b = order.AppendUint32(b, 8)
	type field struct {
		tag, kind uint16
		count     uint32
		data      []byte
	}
	text := func(tag uint16, s string) field { return field{tag, 2, uint32(len(s) + 1), append([]byte(s), 0)} }
	long := func(tag uint16, v int) field { return field{tag, 4, 1, order.AppendUint32(nil, uint32(v))} }
	fractions := func(tag uint16, v [3]uint32) field {
		var d []byte
		for i, n := range v {
			den := uint32(1)
			if i == 2 {
				den = 100
			}
			d = order.AppendUint32(order.AppendUint32(d, n), den)
		}
		return field{tag, 5, 3, d}
	}
	put := func(fields []field) {
		at := len(b) + 2 + 12*len(fields) + 4
		var far []byte
		b = order.AppendUint16(b, uint16(len(fields)))
		for _, f := range fields {
			b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, f.tag), f.kind), f.count)
			if len(f.data) <= 4 {
				b = append(b, append(f.data, 0, 0, 0, 0)[:4]...)
			} else {
				b = order.AppendUint32(b, uint32(at+len(far)))
				far = append(far, f.data...)
			}
		}
		b = append(order.AppendUint32(b, 0), far...)
	}
	head := func(exifAt, gpsAt int) []field {
		return []field{text(tagMake, "Yunxi"), {tagOrientation, 3, 1, order.AppendUint16(nil, uint16(orientation))}, long(tagExif, exifAt), long(tagGPS, gpsAt)}
	}
	size := 2 + 12*4 + 4 + len("Yunxi") + 1
	exifAt := 8 + size
	gpsAt := exifAt + 2 + 12*2 + 4 + len(taken) + 1
	if len(offset)+1 > 4 {
		gpsAt += len(offset) + 1
	}
	put(head(exifAt, gpsAt))
	put([]field{text(tagOriginal, taken), text(tagOffsetOriginal, offset)})
	put([]field{text(1, ns), fractions(2, lat), text(3, ew), fractions(4, lon)})
	return b
}

func withExif(jpeg, tiff []byte) []byte {
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, jpeg[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), jpeg[2:]...)
}

func plainExif(orientation int) []byte {
	return tiff(binary.BigEndian, orientation, "2026:11:24 09:30:15", "+08:00", [3]uint32{23, 7, 3012}, [3]uint32{113, 15, 4500}, "N", "E")
}

func near(t *testing.T, what string, m image.Image, x, y int, want color.RGBA) {
	t.Helper()
	r, g, b, _ := m.At(x, y).RGBA()
	for i, d := range []int{int(r>>8) - int(want.R), int(g>>8) - int(want.G), int(b>>8) - int(want.B)} {
		if d < -12 || d > 12 {
			t.Errorf("%s: at %d,%d got %d %d %d, want %v (channel %d)", what, x, y, r>>8, g>>8, b>>8, want, i)
			return
		}
	}
}

// How the upright picture's corners lie in the file for each way of holding
// the camera, after the EXIF standard.
func held(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	fw, fh := w, h
	if orientation >= 5 {
		fw, fh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, fw, fh))
	for y := range fh {
		for x := range fw {
			// Row 0 and column 0 of the file are these sides of what was seen.
			var sx, sy int
			switch orientation {
			case 1: // top, left
				sx, sy = x, y
			case 2: // top, right
				sx, sy = w-1-x, y
			case 3: // bottom, right
				sx, sy = w-1-x, h-1-y
			case 4: // bottom, left
				sx, sy = x, h-1-y
			case 5: // left, top
				sx, sy = y, x
			case 6: // right, top
				sx, sy = w-1-y, x
			case 7: // right, bottom
				sx, sy = w-1-y, h-1-x
			case 8: // left, bottom
				sx, sy = y, h-1-x
			}
			out.SetRGBA(x, y, m.RGBAAt(sx, sy))
		}
	}
	return out
}

func TestSmallCopyIsUprightHoweverTheCameraWasHeld(t *testing.T) {
	seen := quarters(300, 200)
	for o := 1; o <= 8; o++ {
		data := withExif(jpegOf(t, held(seen, o)), plainExif(o))
		p, err := Prepare(bytes.NewReader(data), Limits{Bytes: 1 << 20, Pixels: 1 << 20, Memory: 1 << 24, Long: 150, Thumb: 60})
		if err != nil {
			t.Fatalf("orientation %d: %v", o, err)
		}
		if p.Width != 300 || p.Height != 200 {
			t.Errorf("orientation %d: got %d × %d, want 300 × 200", o, p.Width, p.Height)
		}
		for name, c := range map[string]struct {
			jpeg []byte
			w, h int
		}{"small": {p.Small, 150, 100}, "thumb": {p.Thumb, 60, 40}} {
			m, err := jpeg.Decode(bytes.NewReader(c.jpeg))
			if err != nil {
				t.Fatal(err)
			}
			if m.Bounds().Dx() != c.w || m.Bounds().Dy() != c.h {
				t.Errorf("orientation %d %s: got %v, want %d × %d", o, name, m.Bounds(), c.w, c.h)
			}
			what := fmt.Sprintf("orientation %d %s", o, name)
			near(t, what, m, c.w/4, c.h/4, corners[0])
			near(t, what, m, c.w*3/4, c.h/4, corners[1])
			near(t, what, m, c.w/4, c.h*3/4, corners[2])
			near(t, what, m, c.w*3/4, c.h*3/4, corners[3])
		}
	}
}

func TestOriginalIsKeptByteForByte(t *testing.T) {
	data := append(withExif(jpegOf(t, quarters(64, 48)), plainExif(6)), "bytes after the end"...)
	p, err := Prepare(io.MultiReader(bytes.NewReader(data)), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Original, data) || p.Digest != record.HashOf(data) || p.SmallSum != record.HashOf(p.Small) || p.Media != "image/jpeg" {
		t.Errorf("got %d bytes, digest %s, media %s", len(p.Original), p.Digest, p.Media)
	}
	if bytes.Contains(p.Small, []byte("Exif")) {
		t.Error("the small copy holds EXIF data: place and camera would be published with it")
	}
}

func TestCameraTellsTimeAndPlace(t *testing.T) {
	base := jpegOf(t, quarters(16, 16))
	for name, x := range map[string][]byte{
		"big endian":    plainExif(1),
		"little endian": tiff(binary.LittleEndian, 1, "2026:11:24 09:30:15", "+08:00", [3]uint32{23, 7, 3012}, [3]uint32{113, 15, 4500}, "N", "E"),
	} {
		p, err := Prepare(bytes.NewReader(withExif(base, x)), DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		c := p.Camera
		at, ok := c.Taken(time.UTC)
		if !ok || at.Format(time.RFC3339) != "2026-11-24T09:30:15+08:00" || c.Make != "Yunxi" {
			t.Errorf("%s: got %v %v %q", name, at, ok, c.Make)
		}
		if !c.HasPlace || math.Abs(c.Latitude-(23+7/60.0+30.12/3600)) > 1e-9 || math.Abs(c.Longitude-(113+15/60.0+45/3600.0)) > 1e-9 {
			t.Errorf("%s: got place %v %v %v", name, c.HasPlace, c.Latitude, c.Longitude)
		}
	}
	south := readExif(tiff(binary.BigEndian, 1, "2026:11:24 09:30:15", "", [3]uint32{33, 0, 0}, [3]uint32{70, 30, 0}, "S", "W"))
	if south.Latitude != -33 || south.Longitude != -70.5 {
		t.Errorf("got %v %v, want -33 -70.5", south.Latitude, south.Longitude)
	}
	zone := time.FixedZone("", 8*3600)
	if at, ok := south.Taken(zone); !ok || at.Format(time.RFC3339) != "2026-11-24T09:30:15+08:00" {
		t.Errorf("a clock without a zone: got %v %v, want the laptop's zone", at, ok)
	}
	for name, x := range map[string][]byte{
		"nowhere":     tiff(binary.BigEndian, 9, "0000:00:00 00:00:00", "", [3]uint32{}, [3]uint32{}, "N", "E"),
		"off the map": tiff(binary.BigEndian, 0, "    :  :     :  :  ", "", [3]uint32{91, 0, 0}, [3]uint32{1, 0, 0}, "N", "E"),
		"empty":       nil,
	} {
		c := readExif(x)
		if _, ok := c.Taken(zone); ok || c.HasPlace || c.Orientation != 1 {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

func TestPNGIsTakenTooOnWhitePaper(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 400, 100))
	for x := range 200 {
		for y := range 100 {
			m.SetNRGBA(x, y, color.NRGBA{0, 0, 0, 255})
		}
	}
	data := pngOf(t, m)
	// The eXIf chunk goes before the end of the file.
	x := plainExif(6)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(x)))
	chunk = append(append(chunk, "eXIf"...), x...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	turned := append(append(append([]byte{}, data[:len(data)-12]...), chunk...), data[len(data)-12:]...)
	p, err := Prepare(bytes.NewReader(turned), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if p.Media != "image/png" || p.Width != 100 || p.Height != 400 {
		t.Fatalf("got %s %d × %d, want image/png 100 × 400", p.Media, p.Width, p.Height)
	}
	small, err := jpeg.Decode(bytes.NewReader(p.Small))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "upper half", small, 50, 100, color.RGBA{0, 0, 0, 255})
	near(t, "see-through half", small, 50, 300, color.RGBA{255, 255, 255, 255})

	for name, m := range map[string]image.Image{
		"grey":    image.NewGray(image.Rect(0, 0, 30, 20)),
		"grey 16": image.NewGray16(image.Rect(0, 0, 30, 20)),
		"palette": image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{color.Black, color.White}),
		"deep":    image.NewNRGBA64(image.Rect(0, 0, 30, 20)),
		"premultiplied": func() image.Image {
			m := image.NewRGBA(image.Rect(0, 0, 30, 20))
			m.SetRGBA(1, 1, color.RGBA{10, 20, 30, 255})
			return m
		}(),
	} {
		p, err := Prepare(bytes.NewReader(pngOf(t, m)), Limits{Bytes: 1 << 20, Pixels: 1 << 20, Memory: 1 << 20, Long: 15, Thumb: 3})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(p.Small)); err != nil || c.Width != 15 || c.Height != 10 {
			t.Errorf("%s: got %+v %v, want 15 × 10", name, c, err)
		}
	}
}

// Every pixel counts: a thin black line on white leaves its share of grey,
// whatever the ratio.
func TestNothingIsLostByScaling(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, c := range []struct{ w, h, dw, dh int }{{400, 300, 205, 154}, {101, 77, 100, 76}, {1000, 3, 10, 1}, {64, 64, 64, 64}, {5, 4000, 1, 7}} {
		src, dst := plane{make([]byte, c.w*c.h), c.w, c.w, c.h}, plane{make([]byte, c.dw*c.dh), c.dw, c.dw, c.dh}
		sum := 0.0
		for i := range src.pix {
			src.pix[i] = byte(r.Intn(256))
			sum += float64(src.pix[i])
		}
		src.into(dst)
		got := 0.0
		for _, v := range dst.pix {
			got += float64(v)
		}
		want, have := sum/float64(len(src.pix)), got/float64(len(dst.pix))
		if math.Abs(want-have) > 0.6 {
			t.Errorf("%v: mean %.2f became %.2f", c, want, have)
		}
		for i := range src.pix {
			src.pix[i] = 255
		}
		src.into(dst)
		for i, v := range dst.pix {
			if v != 255 {
				t.Errorf("%v: white became %d at %d", c, v, i)
				break
			}
		}
	}
}

// endless counts what is read of it.
type endless struct{ read int64 }

func (e *endless) Read(b []byte) (int, error) {
	e.read += int64(len(b))
	return len(b), nil
}

// big claims to be a file of 2 GB and must not be read.
type big struct{ read bool }

func (b *big) Read([]byte) (int, error) { b.read = true; return 0, io.EOF }

func (b *big) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return 2 << 30, nil
	}
	return offset, nil
}

func TestWhatIsNoPhotoIsRefusedByItsRightName(t *testing.T) {
	good := jpegOf(t, quarters(64, 48))
	bomb := pngOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	binary.BigEndian.PutUint32(bomb[16:], 20_000)
	binary.BigEndian.PutUint32(bomb[20:], 20_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	progressive := append([]byte{}, good...)
	i := bytes.Index(progressive, []byte("\xff\xc0"))
	progressive[i+1] = 0xc2
	binary.BigEndian.PutUint16(progressive[i+5:], 8000)
	binary.BigEndian.PutUint16(progressive[i+7:], 9000)
	for _, c := range []struct {
		name string
		r    io.Reader
		key  string
		code record.Code
	}{
		{"nothing", strings.NewReader(""), "photo.empty", record.Invalid},
		{"text named .jpg", strings.NewReader("这不是照片"), "photo.text", record.Invalid},
		{"long text", strings.NewReader(strings.Repeat("照", 4000)), "photo.text", record.Invalid},
		{"HEIC", strings.NewReader("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "photo.heic", record.Invalid},
		{"PDF", strings.NewReader("%PDF-1.7"), "photo.other_format", record.Invalid},
		{"WebP", strings.NewReader("RIFF\x00\x00\x00\x00WEBPVP8 "), "photo.other_format", record.Invalid},
		{"video", strings.NewReader("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42"), "photo.other_format", record.Invalid},
		{"noise", bytes.NewReader([]byte{0, 1, 2, 0xff, 0xfe, 7}), "photo.unknown", record.Invalid},
		{"cut JPEG", bytes.NewReader(good[:len(good)/2]), "photo.damaged", record.Broken},
		{"header only", bytes.NewReader(good[:20]), "photo.damaged", record.Broken},
		{"bomb", bytes.NewReader(bomb), "photo.too_many_pixels", record.TooLarge},
		{"progressive bomb", bytes.NewReader(progressive), "photo.too_much_memory", record.TooLarge},
	} {
		_, err := Prepare(c.r, DefaultLimits)
		var e *record.Error
		if !errors.As(err, &e) || e.Message != c.key || e.Code != c.code {
			t.Errorf("%s: got %v, want %s %s", c.name, err, c.code, c.key)
		}
	}
	stream := &endless{}
	if _, err := Prepare(stream, Limits{Bytes: 1 << 20, Pixels: 1, Memory: 1}); record.CodeOf(err) != record.TooLarge || stream.read > 4<<20 {
		t.Errorf("endless stream: got %v after %d bytes", err, stream.read)
	}
	file := &big{}
	if _, err := Prepare(file, DefaultLimits); record.CodeOf(err) != record.TooLarge || file.read {
		t.Errorf("2 GB file: got %v, read %v; want a refusal by size alone", err, file.read)
	}
}

func TestThumbnailOfAStoredCopy(t *testing.T) {
	b, err := Thumbnail(withExif(jpegOf(t, held(quarters(300, 200), 8)), plainExif(8)), 96)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil || m.Bounds().Dx() != 96 || m.Bounds().Dy() != 64 {
		t.Fatalf("got %v %v, want 96 × 64", m.Bounds(), err)
	}
	near(t, "thumbnail", m, 24, 16, corners[0])
}

func TestEveryMessageHasWords(t *testing.T) {
	used := regexp.MustCompile(`"(photo\.[a-z_]+)"`)
	for _, lang := range []string{"en", "zh"} {
		b, err := fs.ReadFile(assets.Lang, "lang/photo."+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob("*.go")
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range used.FindAllStringSubmatch(string(src), -1) {
				if words[m[1]] == "" {
					t.Errorf("%s: no words for %s", lang, m[1])
				}
			}
		}
	}
}

func FuzzCamera(f *testing.F) {
	base := jpegOf(f, quarters(8, 8))
	f.Add(withExif(base, plainExif(6)))
	f.Add(tiff(binary.LittleEndian, 3, "2026:11:24 09:30:15", "+08:00", [3]uint32{1, 2, 3}, [3]uint32{4, 5, 6}, "S", "W"))
	f.Add(pngOf(f, quarters(4, 4)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range []Camera{readCamera(b), readExif(b), readExif(pngExif(b))} {
			if c.Orientation < 1 || c.Orientation > 8 || math.Abs(c.Latitude) > 90 || math.Abs(c.Longitude) > 180 || math.IsNaN(c.Latitude) || math.IsNaN(c.Longitude) {
				t.Fatalf("got %+v", c)
			}
			c.Taken(time.UTC)
		}
		jpegFrame(b)
	})
}

func FuzzPrepare(f *testing.F) {
	f.Add(withExif(jpegOf(f, quarters(33, 17)), plainExif(5)))
	f.Add(jpegOf(f, image.NewGray(image.Rect(0, 0, 9, 9))))
	f.Add(pngOf(f, quarters(7, 5)))
	l := Limits{Bytes: 1 << 16, Pixels: 1 << 16, Memory: 1 << 20, Long: 20, Thumb: 8}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Prepare(bytes.NewReader(b), l)
		if err != nil {
			if record.CodeOf(err) == "" {
				t.Fatalf("not for people: %v", err)
			}
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(p.Small))
		if err != nil || c.Width > l.Long || c.Height > l.Long || !bytes.Equal(p.Original, b) {
			t.Fatalf("got %+v %v", c, err)
		}
	})
}

// camera12MP makes a picture as a telephone takes it: 4000 × 3000, 3 to 4 MB,
// with noise and the page of a document, held sideways.
func camera12MP(b testing.TB) []byte {
	r := rand.New(rand.NewSource(5))
	m := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for y := range 3000 {
		for x := range 4000 {
			v := 110 + 50*y/3000 + r.Intn(17) - 8 + int(12*math.Sin(float64(x)*0.05)*math.Sin(float64(y)*0.07))
			if x > 500 && x < 2000 && y > 300 && y < 1500 && (y/50)%2 == 0 {
				v = 60
			}
			m.Y[y*m.YStride+x] = byte(v)
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = byte(118+r.Intn(9)+i/m.CStride/60), byte(124+r.Intn(9))
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 88}); err != nil {
		b.Fatal(err)
	}
	return withExif(out.Bytes(), plainExif(6))
}

func BenchmarkRow_Photo(b *testing.B) {
	data := camera12MP(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Prepare(bytes.NewReader(data), DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/photo")
	b.ReportMetric(float64(len(data))/1e6, "MB/original")
}
