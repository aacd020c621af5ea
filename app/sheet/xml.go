package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kinds of what xmlScanner finds.
const (
	xmlStart = iota
	xmlEnd
	xmlEmpty // <name/>
	xmlText
)

var errXML = errors.New("malformed XML")

// maxScan is the longest text or tag that is read.
const maxScan = 1 << 20

// xmlScanner walks through the XML of a worksheet. It knows what spreadsheet
// programs write (UTF-8, no document type, any namespace prefix) and refuses
// the rest. encoding/xml does the same ten times slower, which on a register
// of a million rows is the difference between seconds and minutes.
type xmlScanner struct {
	r     *bufio.Reader
	read  int64
	name  []byte // local name, valid until next
	attrs []byte
	text  []byte
	kind  int
	wait  int // kind already scanned behind a text, -1 none
}

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: bufio.NewReaderSize(r, 64<<10), wait: -1}
}

// until appends everything up to and without the byte end.
func (s *xmlScanner) until(dst []byte, end byte, limit int) ([]byte, error) {
	for {
		b, err := s.r.ReadSlice(end)
		s.read += int64(len(b))
		dst = append(dst, b...)
		if err == nil {
			return dst[:len(dst)-1], nil
		}
		if len(dst) > limit {
			return dst, errXML
		}
		if err != bufio.ErrBufferFull {
			return dst, err
		}
	}
}

// next finds the next tag or text. Comments and instructions are passed over.
func (s *xmlScanner) next() (int, error) {
	if s.wait >= 0 {
		s.kind, s.wait = s.wait, -1
		return s.kind, nil
	}
	s.text = s.text[:0]
	for {
		if len(s.text) > 2*maxScan {
			return 0, errXML
		}
		n := len(s.text)
		var err error
		if s.text, err = s.until(s.text, '<', maxScan+64<<10); err != nil {
			return 0, err
		}
		if s.text, err = unescape(s.text, n); err != nil {
			return 0, err
		}
		kind, err := s.tag()
		if err != nil {
			return 0, err
		}
		if kind < 0 {
			continue // comment, instruction or CDATA: text goes on
		}
		if len(s.text) > 0 {
			s.wait = kind
			return xmlText, nil
		}
		s.kind = kind
		return kind, nil
	}
}

func (s *xmlScanner) tag() (int, error) {
	c, err := s.r.Peek(1)
	if err != nil {
		return 0, err
	}
	var b []byte
	switch c[0] {
	case '?':
		_, err := s.until(nil, '>', 64<<10)
		return -1, err
	case '!':
		return -1, s.special()
	}
	b = s.attrs[:0]
	open := false // inside an attribute's value, where '>' may stand
	for {
		n := len(b)
		if b, err = s.until(b, '>', maxScan); err != nil {
			return 0, err
		}
		if open = open != (bytes.Count(b[n:], []byte{'"'})%2 == 1); !open {
			break
		}
		if b = append(b, '>'); len(b) > maxScan {
			return 0, errXML
		}
	}
	s.attrs = b
	kind := xmlStart
	switch {
	case len(b) > 0 && b[0] == '/':
		kind, b = xmlEnd, b[1:]
	case len(b) > 0 && b[len(b)-1] == '/':
		kind, b = xmlEmpty, b[:len(b)-1]
	}
	i := bytes.IndexAny(b, " \t\r\n")
	if i < 0 {
		i = len(b)
	}
	s.name, b = b[:i], b[i:]
	if j := bytes.IndexByte(s.name, ':'); j >= 0 {
		s.name = s.name[j+1:]
	}
	if len(s.name) == 0 {
		return 0, errXML
	}
	s.attrs = b
	return kind, nil
}

// special passes a comment and takes in a CDATA section.
func (s *xmlScanner) special() error {
	b, _ := s.r.Peek(8)
	end := ""
	cdata := bytes.HasPrefix(b, []byte("![CDATA["))
	switch {
	case cdata:
		end = "]]>"
	case bytes.HasPrefix(b, []byte("!--")):
		end = "-->"
	default:
		return errXML // a document type: no spreadsheet has one, every entity bomb does
	}
	if cdata {
		s.r.Discard(8)
	}
	var all []byte
	for {
		var err error
		if all, err = s.until(all, '>', maxScan); err != nil {
			return err
		}
		if all = append(all, '>'); len(all) > 2*maxScan {
			return errXML
		}
		if bytes.HasSuffix(all, []byte(end)) {
			break
		}
	}
	if cdata {
		s.text = append(s.text, all[:len(all)-len(end)]...)
	}
	return nil
}

// attr gives the value of an attribute of the tag just found, "" if absent.
func (s *xmlScanner) attr(name string) string {
	b := s.attrs
	for {
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return ""
		}
		key := bytes.TrimSpace(b[:eq])
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return ""
		}
		value := b[1 : 1+end]
		b = b[end+2:]
		if string(key) == name {
			if bytes.IndexByte(value, '&') < 0 {
				return string(value)
			}
			v, err := unescape(append([]byte(nil), value...), 0)
			if err != nil {
				return ""
			}
			return string(v)
		}
	}
}

func (s *xmlScanner) is(name string) bool { return string(s.name) == name }

// unescape replaces the entities in b[from:] in place.
func unescape(b []byte, from int) ([]byte, error) {
	amp := bytes.IndexByte(b[from:], '&')
	if amp < 0 {
		return b, nil
	}
	in := b[from+amp:]
	out := b[:from+amp]
	for len(in) > 0 {
		if in[0] != '&' {
			n := bytes.IndexByte(in, '&')
			if n < 0 {
				n = len(in)
			}
			out = append(out, in[:n]...)
			in = in[n:]
			continue
		}
		end := bytes.IndexByte(in[:min(len(in), 12)], ';')
		if end < 0 {
			return b, errXML
		}
		switch e := string(in[1:end]); e {
		case "lt":
			out = append(out, '<')
		case "gt":
			out = append(out, '>')
		case "amp":
			out = append(out, '&')
		case "quot":
			out = append(out, '"')
		case "apos":
			out = append(out, '\'')
		default:
			digits, base := strings.TrimPrefix(e, "#"), 10
			if hex, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
				digits, base = hex, 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if err != nil || len(digits) == len(e) || !utf8.ValidRune(rune(n)) {
				return b, errXML
			}
			out = utf8.AppendRune(out, rune(n))
		}
		in = in[end+1:]
	}
	return out, nil
}
