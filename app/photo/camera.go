package photo

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Camera is what the camera wrote into the file. It is a claim, not a proof:
// anybody can change it.
type Camera struct {
	Orientation int // 1 to 8; 1 upright
	Make, Model string
	Local       time.Time // when it was taken, by the camera's clock, written as if it were UTC; zero if not said
	Offset      *int      // seconds east of UTC of that clock, nil if not said
	HasPlace    bool
	Latitude    float64 // degrees, north positive
	Longitude   float64 // degrees, east positive
}

// Taken gives the moment the photo was taken. A clock whose zone is not said is
// taken to be in the given one. ok is false when the camera did not say.
func (c Camera) Taken(zone *time.Location) (at time.Time, ok bool) {
	if c.Local.IsZero() {
		return time.Time{}, false
	}
	if c.Offset != nil {
		zone = time.FixedZone("", *c.Offset)
	}
	l := c.Local
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, zone), true
}

// segments calls found with each marker segment before the picture data until
// it says stop.
func segments(b []byte, found func(marker byte, body []byte) (stop bool)) {
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xff {
			return
		}
		marker := b[i+1]
		switch {
		case marker == 0xff: // filling
			i++
			continue
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
			i += 2
			continue
		case marker == 0xda || marker == 0xd9:
			return
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			return
		}
		if found(marker, b[i+4:i+2+n]) {
			return
		}
		i += 2 + n
	}
}

// readCamera reads the EXIF data of a JPEG.
func readCamera(jpeg []byte) Camera {
	c := Camera{Orientation: 1}
	segments(jpeg, func(marker byte, body []byte) bool {
		tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
		if marker != 0xe1 || !ok {
			return false
		}
		c = readExif(tiff)
		return true
	})
	return c
}

// jpegFrame gives the frame header of a JPEG and whether it is progressive.
func jpegFrame(b []byte) (frame []byte, progressive bool) {
	if !bytes.HasPrefix(b, []byte("\xff\xd8")) {
		return nil, false
	}
	segments(b, func(marker byte, body []byte) bool {
		if marker < 0xc0 || marker > 0xcf || marker == 0xc4 || marker == 0xc8 || marker == 0xcc {
			return false
		}
		frame, progressive = body, marker == 0xc2
		return true
	})
	return frame, progressive
}

// pngExif finds the eXIf chunk of a PNG, nil if there is none.
func pngExif(b []byte) []byte {
	for i := 8; i+12 <= len(b); {
		n := int64(binary.BigEndian.Uint32(b[i:]))
		if n > int64(len(b)-i-12) {
			return nil
		}
		if string(b[i+4:i+8]) == "eXIf" {
			return b[i+8 : i+8+int(n)]
		}
		i += 12 + int(n)
	}
	return nil
}

// Tags of EXIF, as numbered by TIFF and CIPA DC-008.
const (
	tagMake           = 0x010f
	tagModel          = 0x0110
	tagOrientation    = 0x0112
	tagDateTime       = 0x0132
	tagExif           = 0x8769
	tagGPS            = 0x8825
	tagOriginal       = 0x9003
	tagOffsetOriginal = 0x9011
)

// exif is the TIFF block that holds the data. Every read is checked against
// its end: the numbers in it are a stranger's.
type exif struct {
	b     []byte
	order binary.ByteOrder
}

// entry is one value of a directory.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte // the bytes themselves, wherever they stood
}

func readExif(b []byte) Camera {
	c := Camera{Orientation: 1}
	x := exif{b: b}
	switch {
	case len(b) < 8:
		return c
	case string(b[:4]) == "II*\x00":
		x.order = binary.LittleEndian
	case string(b[:4]) == "MM\x00*":
		x.order = binary.BigEndian
	default:
		return c
	}
	var changed, taken, offset string
	var exifAt, gpsAt uint32
	x.directory(x.order.Uint32(b[4:]), func(e entry) {
		switch e.tag {
		case tagOrientation:
			if n := x.number(e); n >= 1 && n <= 8 {
				c.Orientation = int(n)
			}
		case tagMake:
			c.Make = x.text(e)
		case tagModel:
			c.Model = x.text(e)
		case tagDateTime:
			changed = x.text(e)
		case tagExif:
			exifAt = x.number(e)
		case tagGPS:
			gpsAt = x.number(e)
		}
	})
	x.directory(exifAt, func(e entry) {
		switch e.tag {
		case tagOriginal:
			taken = x.text(e)
		case tagOffsetOriginal:
			offset = x.text(e)
		}
	})
	if taken == "" {
		taken = changed
	}
	if t, err := time.Parse("2006:01:02 15:04:05", taken); err == nil && t.Year() >= 1970 {
		c.Local = t
		if z, err := time.Parse("-07:00", offset); err == nil {
			_, s := z.Zone()
			c.Offset = &s
		}
	}
	var north, east string
	var lat, lon []float64
	x.directory(gpsAt, func(e entry) {
		switch e.tag {
		case 1:
			north = x.text(e)
		case 2:
			lat = x.fractions(e)
		case 3:
			east = x.text(e)
		case 4:
			lon = x.fractions(e)
		}
	})
	latitude, ok1 := degrees(lat, north, "N", "S", 90)
	longitude, ok2 := degrees(lon, east, "E", "W", 180)
	if ok1 && ok2 && (latitude != 0 || longitude != 0) { // 0, 0 is how cameras say they do not know
		c.HasPlace, c.Latitude, c.Longitude = true, latitude, longitude
	}
	return c
}

// directory calls found with each entry of the directory at offset; 0 is none.
func (x exif) directory(offset uint32, found func(entry)) {
	if offset < 8 || int64(offset)+2 > int64(len(x.b)) {
		return
	}
	n := int(x.order.Uint16(x.b[offset:]))
	for i := range n {
		at := int64(offset) + 2 + 12*int64(i)
		if at+12 > int64(len(x.b)) {
			return
		}
		e := entry{tag: x.order.Uint16(x.b[at:]), kind: x.order.Uint16(x.b[at+2:]), count: x.order.Uint32(x.b[at+4:])}
		size := int64(e.count) * sizeOf(e.kind)
		if size <= 0 {
			continue
		}
		from := at + 8
		if size > 4 {
			from = int64(x.order.Uint32(x.b[at+8:]))
		}
		if from+size > int64(len(x.b)) {
			continue
		}
		e.value = x.b[from : from+size]
		found(e)
	}
}

func sizeOf(kind uint16) int64 {
	switch kind {
	case 1, 2, 7: // byte, text, undefined
		return 1
	case 3: // short
		return 2
	case 4: // long
		return 4
	case 5: // fraction
		return 8
	}
	return 0
}

func (x exif) number(e entry) uint32 {
	switch {
	case e.kind == 3:
		return uint32(x.order.Uint16(e.value))
	case e.kind == 4:
		return x.order.Uint32(e.value)
	}
	return 0
}

func (x exif) text(e entry) string {
	if e.kind != 2 || len(e.value) > 256 {
		return ""
	}
	s, _, _ := strings.Cut(string(e.value), "\x00")
	return strings.ToValidUTF8(strings.TrimSpace(s), "")
}

func (x exif) fractions(e entry) []float64 {
	if e.kind != 5 || e.count > 3 {
		return nil
	}
	var out []float64
	for i := 0; i+8 <= len(e.value); i += 8 {
		out = append(out, float64(x.order.Uint32(e.value[i:]))/float64(x.order.Uint32(e.value[i+4:])))
	}
	return out
}

// degrees puts degrees, minutes and seconds together; the reference letter
// tells the side.
func degrees(parts []float64, ref, plus, minus string, most float64) (float64, bool) {
	v := 0.0
	for i, p := range parts {
		v += p / math.Pow(60, float64(i))
	}
	if len(parts) == 0 || math.IsNaN(v) || v > most || ref != plus && ref != minus {
		return 0, false
	}
	if ref == minus {
		v = -v
	}
	return v, true
}
