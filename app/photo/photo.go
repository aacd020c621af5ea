package photo

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"unicode/utf8"

	"plumbline/app/record"
)

// Limits bound what is taken in, so that no file can fill memory or disk.
type Limits struct {
	Bytes  int64 // of the file
	Pixels int64 // width × height
	Memory int64 // bytes the picture takes while it is decoded
	Long   int   // longer side of the small copy, in pixels
	Thumb  int   // longer side of the thumbnail
}

// DefaultLimits take what cameras and telephones write as a rule (12 to 50
// megapixels, 3 to 30 MB) and refuse what would bring a small laptop to its
// knees.
var DefaultLimits = Limits{Bytes: 64 << 20, Pixels: 80_000_000, Memory: 320 << 20, Long: 2048, Thumb: 256}

// Quality of the small copies: at 82 a page of 10-point print that fills the
// picture can still be read, and 12 megapixels come to about half a megabyte.
const (
	smallQuality = 82
	thumbQuality = 75
)

// Prepared is a photo ready to be kept as evidence.
type Prepared struct {
	Original []byte      // as it came, byte for byte
	Digest   record.Hash // of Original
	Media    string      // image/jpeg or image/png
	Small    []byte      // upright JPEG, at most Limits.Long pixels long
	SmallSum record.Hash // of Small
	Thumb    []byte      // upright JPEG, at most Limits.Thumb pixels long
	Width    int         // of the original, upright
	Height   int
	Camera   Camera
}

// Prepare reads a JPEG or PNG from r to its end. Anything else, and whatever is
// beyond the limits, gives a *record.Error that says what it is and what to
// do; size and dimensions are looked at before anything is decoded.
func Prepare(r io.Reader, l Limits) (Prepared, error) {
	var p Prepared
	var b bytes.Buffer
	if s, ok := r.(io.Seeker); ok {
		// A file tells its size at once: a 2 GB one is not read at all.
		if size, err := remaining(s); err == nil {
			if size > l.Bytes {
				return p, tooLarge(l, size)
			}
			b.Grow(int(size) + bytes.MinRead)
		}
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(&b, sum), io.LimitReader(r, l.Bytes+1))
	if err != nil {
		return p, fmt.Errorf("photo: read: %w", err)
	}
	if n > l.Bytes {
		return p, tooLarge(l, n)
	}
	p.Original, p.Digest = b.Bytes(), record.HashFrom(sum.Sum(nil))
	if err := p.decode(l); err != nil {
		return Prepared{}, err
	}
	return p, nil
}

// Thumbnail makes an upright JPEG at most long pixels long from the bytes of a
// JPEG or PNG, such as a stored small copy.
func Thumbnail(data []byte, long int) ([]byte, error) {
	img, cam, _, err := open(data, DefaultLimits)
	if err != nil {
		return nil, err
	}
	return encode(upright(shrink(img, long), cam.Orientation), thumbQuality)
}

func (p *Prepared) decode(l Limits) error {
	img, cam, media, err := open(p.Original, l)
	if err != nil {
		return err
	}
	p.Camera, p.Media = cam, media
	b := img.Bounds()
	p.Width, p.Height = b.Dx(), b.Dy()
	if cam.Orientation >= 5 {
		p.Width, p.Height = p.Height, p.Width
	}
	small := upright(shrink(img, l.Long), cam.Orientation)
	if p.Small, err = encode(small, smallQuality); err != nil {
		return err
	}
	p.SmallSum = record.HashOf(p.Small)
	p.Thumb, err = encode(shrink(small, l.Thumb), thumbQuality)
	return err
}

func open(data []byte, l Limits) (image.Image, Camera, string, error) {
	fail := func(err error) (image.Image, Camera, string, error) { return nil, Camera{}, "", err }
	media, name := kind(data)
	if media == "" {
		return fail(notAPhoto(name))
	}
	config, decode := jpeg.DecodeConfig, jpeg.Decode
	if media == "image/png" {
		config, decode = png.DecodeConfig, png.Decode
	}
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return fail(damaged(err))
	}
	if c.Width <= 0 || c.Height <= 0 {
		return fail(damaged(errors.New("no pixels")))
	}
	if int64(c.Width)*int64(c.Height) > l.Pixels {
		return fail(&record.Error{Code: record.TooLarge, Message: "photo.too_many_pixels", Field: "photo",
			Args: map[string]any{"width": c.Width, "height": c.Height, "limit": l.Pixels / 1_000_000}})
	}
	if m := memory(data, c); m > l.Memory {
		return fail(&record.Error{Code: record.TooLarge, Message: "photo.too_much_memory", Field: "photo",
			Args: map[string]any{"width": c.Width, "height": c.Height, "size": m >> 20}})
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return fail(damaged(err))
	}
	cam := Camera{Orientation: 1}
	if media == "image/jpeg" {
		cam = readCamera(data)
	} else if x := pngExif(data); x != nil {
		cam = readExif(x)
	}
	return img, cam, media, nil
}

// memory estimates the bytes a picture takes while it is decoded. Progressive
// JPEGs keep every coefficient, four bytes each, until the end; that is how a
// file well below the limit of pixels becomes half a gigabyte.
func memory(data []byte, c image.Config) int64 {
	pixels := int64(c.Width) * int64(c.Height)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8 * pixels
	case color.Gray16Model:
		return 2 * pixels
	case color.RGBAModel, color.NRGBAModel, color.CMYKModel:
		return 4 * pixels
	}
	frame, progressive := jpegFrame(data)
	if len(frame) < 6 {
		return pixels // grey or with a palette
	}
	most, sum := int64(1), int64(0)
	for i := 6; i+2 < len(frame) && i < 6+3*int(frame[5]); i += 3 {
		area := int64(frame[i+1]>>4) * int64(frame[i+1]&15)
		most = max(most, area)
		sum += area
	}
	bytes := pixels * sum / most
	if progressive {
		bytes *= 5
	}
	return bytes
}

func encode(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("photo: write the small copy: %w", err)
	}
	return b.Bytes(), nil
}

func remaining(s io.Seeker) (int64, error) {
	at, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	_, err = s.Seek(at, io.SeekStart)
	return end - at, err
}

func tooLarge(l Limits, size int64) error {
	return &record.Error{Code: record.TooLarge, Message: "photo.too_large", Field: "photo",
		Args: map[string]any{"size": size >> 20, "limit": l.Bytes >> 20}}
}

func damaged(err error) error {
	return &record.Error{Code: record.Broken, Message: "photo.damaged", Field: "photo", Err: err}
}

func notAPhoto(name string) error {
	switch name {
	case "":
		return &record.Error{Code: record.Invalid, Message: "photo.empty", Field: "photo"}
	case "text":
		return &record.Error{Code: record.Invalid, Message: "photo.text", Field: "photo"}
	case "HEIC":
		return &record.Error{Code: record.Invalid, Message: "photo.heic", Field: "photo"}
	case "unknown":
		return &record.Error{Code: record.Invalid, Message: "photo.unknown", Field: "photo"}
	}
	return &record.Error{Code: record.Invalid, Message: "photo.other_format", Field: "photo", Args: map[string]any{"format": name}}
}

// kind tells what the bytes are, whatever the file was called: the media type
// of what can be read, else the name of what it is.
func kind(b []byte) (media, name string) {
	has := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case len(b) == 0:
		return "", ""
	case has("\xff\xd8\xff"):
		return "image/jpeg", ""
	case has("\x89PNG\r\n\x1a\n"):
		return "image/png", ""
	case has("GIF8"):
		return "", "GIF"
	case has("BM") && len(b) > 26:
		return "", "BMP"
	case has("II*\x00"), has("MM\x00*"):
		return "", "TIFF"
	case has("RIFF") && len(b) > 12 && string(b[8:12]) == "WEBP":
		return "", "WebP"
	case has("RIFF"):
		return "", "AVI"
	case has("%PDF"):
		return "", "PDF"
	case has("PK\x03\x04"):
		return "", "ZIP"
	case has("\xd0\xcf\x11\xe0"):
		return "", "Office"
	case len(b) > 12 && string(b[4:8]) == "ftyp":
		switch brand := string(b[8:12]); {
		case strings.HasPrefix(brand, "he"), brand == "mif1", brand == "msf1":
			return "", "HEIC"
		case strings.HasPrefix(brand, "avi"):
			return "", "AVIF"
		}
		return "", "MP4"
	}
	head := b[:min(len(b), 512)]
	for i := 0; i < 3 && len(head) > 0 && len(head) < len(b) && !utf8.Valid(head); i++ {
		head = head[:len(head)-1] // a character cut in two
	}
	if utf8.Valid(head) && bytes.IndexByte(head, 0) < 0 {
		return "", "text"
	}
	return "", "unknown"
}
