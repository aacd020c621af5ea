package registry

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Names of encodings, as reported.
const (
	utf8Plain   = "UTF-8"
	utf8BOM     = "UTF-8 BOM"
	utf16LE     = "UTF-16LE"
	utf16BE     = "UTF-16BE"
	gb18030     = "GB18030"
	windows1252 = "Windows-1252"
)

// findEncoding settles the encoding of a text file: a byte order mark, else
// the pattern of NULs, else whether the whole file is UTF-8, else GB18030 if
// it reads as Chinese. The whole file is looked at, because a register may
// well have its first non-ASCII name in the last row.
func (f *File) findEncoding() error {
	f.layout = Layout{Format: "csv", Encoding: utf8Plain, eol: '\n'}
	head := make([]byte, min(f.size, 64<<10))
	if _, err := f.r.ReadAt(head, 0); err != nil && err != io.EOF {
		return fmt.Errorf("registry: read %s: %w", f.name, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		f.layout.Encoding = utf16LE
		return f.findLineEnd()
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		f.layout.Encoding = utf16BE
		return f.findLineEnd()
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		f.layout.Encoding = utf8BOM
	}
	valid, nul, err := f.scan()
	if err != nil {
		return err
	}
	if nul > 0 {
		if f.layout.Encoding = utf16Without(head); f.layout.Encoding == "" || f.size%2 != 0 {
			return f.fault("registry.binary", map[string]any{"line": nul})
		}
		return f.findLineEnd()
	}
	if valid {
		return f.findLineEnd()
	}
	c, err := f.census()
	if err != nil {
		return err
	}
	switch {
	case f.layout.Encoding == utf8BOM || c.multi >= 10*c.bad || (c.gbBad > 0 && c.multi > c.bad):
		// UTF-8 with damage in places. Reading it as GB18030 would turn every
		// good name into another one without a word.
		f.layout.Damaged = true
	case c.chinese():
		f.layout.Encoding, f.layout.Damaged = gb18030, c.gbBad > 0
	case c.lone*3 >= c.runs*2:
		f.layout.Encoding = windows1252
	default:
		return f.fault("registry.encoding_unknown", nil)
	}
	return f.findLineEnd()
}

// scan tells whether the whole file is UTF-8, and the line of its first NUL (0: none).
func (f *File) scan() (valid bool, nul int, err error) {
	r := io.NewSectionReader(f.r, 0, f.size)
	buf := make([]byte, min(1<<20, f.size+16))
	carry, line := 0, 1
	valid = true
	for {
		n, err := io.ReadFull(r, buf[carry:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return false, 0, fmt.Errorf("registry: read %s: %w", f.name, err)
		}
		last := err != nil
		chunk := buf[:carry+n]
		if i := bytes.IndexByte(chunk, 0); i >= 0 {
			return valid, line + bytes.Count(chunk[:i], []byte("\n")), nil
		}
		keep := 0
		if !last {
			// A character cut in two by the chunk's end waits for the rest.
			for keep < 3 && keep < len(chunk) && !utf8.RuneStart(chunk[len(chunk)-1-keep]) {
				keep++
			}
			keep++
			if utf8.FullRune(chunk[len(chunk)-keep:]) {
				keep = 0
			}
		}
		whole := chunk[:len(chunk)-keep]
		valid = valid && utf8.Valid(whole)
		line += bytes.Count(whole, []byte("\n"))
		if last {
			return valid, 0, nil
		}
		copy(buf, chunk[len(chunk)-keep:])
		carry = keep
	}
}

// census counts what the bytes above 0x7F would be in each encoding.
type census struct {
	multi, bad          int // UTF-8 sequences, bytes that are none
	pairs, common, four int // GB18030 pairs, of those in the everyday area
	gbBad               int
	runs, lone          int // runs of high bytes; of those, single bytes
}

// chinese tells whether the text reads as GB18030: nearly all of it decodes and
// most characters are everyday ones. Latin letters with accents also decode as
// GB18030, but to characters nobody writes.
func (c census) chinese() bool {
	return c.pairs+c.four > 0 && c.gbBad*20 <= c.pairs+c.four && c.common*2 >= c.pairs
}

func (f *File) census() (census, error) {
	var c census
	r := io.NewSectionReader(f.r, 0, f.size)
	buf := make([]byte, min(1<<20, f.size+16))
	carry := 0
	for {
		n, err := io.ReadFull(r, buf[carry:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return c, fmt.Errorf("registry: read %s: %w", f.name, err)
		}
		b, last := buf[:carry+n], err != nil
		end := len(b)
		if !last {
			// Cut after the last line end, so that no character is cut.
			if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
				end = i + 1
			}
		}
		c.count(b[:end])
		if last {
			return c, nil
		}
		carry = copy(buf, b[end:])
	}
}

func (c *census) count(b []byte) {
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		if r, n := utf8.DecodeRune(b[i:]); r == utf8.RuneError && n <= 1 {
			c.bad++
			i++
		} else {
			c.multi++
			i += n
		}
	}
	for i, run := 0, 0; i <= len(b); i++ {
		if i < len(b) && b[i] >= 0x80 {
			run++
			continue
		}
		if run > 0 {
			c.runs++
		}
		if run == 1 {
			c.lone++
		}
		run = 0
	}
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	for i := 0; i < len(b); {
		lead, trail := b[i], at(i+1)
		switch {
		case lead < 0x80:
			i++
		case lead == 0x80 || lead == 0xff:
			c.gbBad++
			i++
		case trail >= 0x30 && trail <= 0x39:
			if third, fourth := at(i+2), at(i+3); third >= 0x81 && third <= 0xfe && fourth >= 0x30 && fourth <= 0x39 {
				c.four++
				i += 4
			} else {
				c.gbBad++
				i++
			}
		case trail >= 0x40 && trail != 0x7f && trail != 0xff:
			c.pairs++
			if trail >= 0xa1 && (lead >= 0xb0 && lead <= 0xf7 || lead >= 0xa1 && lead <= 0xa9) {
				c.common++
			}
			i += 2
		default:
			c.gbBad++
			i++
		}
	}
}

// utf16Without tells the byte order of UTF-16 text that has no mark, "" if it
// is none: the reading that gives mostly ASCII and Chinese is the right one.
func utf16Without(b []byte) string {
	little, big, units := 0, 0, len(b)/2
	for i := 0; i+1 < len(b); i += 2 {
		if usual(uint16(b[i]) | uint16(b[i+1])<<8) {
			little++
		}
		if usual(uint16(b[i])<<8 | uint16(b[i+1])) {
			big++
		}
	}
	switch {
	case units == 0 || max(little, big)*10 < units*9 || little == big:
		return ""
	case little > big:
		return utf16LE
	}
	return utf16BE
}

func usual(u uint16) bool {
	return u >= 0x20 && u < 0x7f || u == '\t' || u == '\n' || u == '\r' ||
		u >= 0x3000 && u < 0x9fff || u >= 0xd800 && u < 0xdfff || u >= 0xff00 && u < 0xffee
}

// decoded gives the text of the file as UTF-8, without a mark.
func (f *File) decoded() io.Reader {
	var from int64
	if f.layout.Encoding == utf8BOM {
		from = 3
	}
	raw := io.NewSectionReader(f.r, from, f.size-from)
	var e encoding.Encoding
	switch f.layout.Encoding {
	case utf16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case utf16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case gb18030:
		e = simplifiedchinese.GB18030
	case windows1252:
		e = charmap.Windows1252
	default:
		return raw
	}
	return transform.NewReader(raw, e.NewDecoder())
}

// findLineEnd tells files whose lines end in a bare carriage return (old
// spreadsheets for the Mac write them) from all others.
func (f *File) findLineEnd() error {
	b := make([]byte, min(64<<10, 2*f.size)) // GB18030 and Windows-1252 grow when decoded
	n, err := io.ReadFull(f.decoded(), b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("registry: read %s: %w", f.name, err)
	}
	if bytes.IndexByte(b[:n], '\n') < 0 && bytes.IndexByte(b[:n], '\r') >= 0 {
		f.layout.eol = '\r'
	}
	return nil
}
