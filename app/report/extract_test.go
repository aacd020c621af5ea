package report

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// inflate undoes FlateDecode.
func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// toUnicodeOf reads the text layer's map as a reader would.
func toUnicodeOf(t testing.TB, d *pdfFile) map[uint16]string {
	t.Helper()
	m := map[uint16]string{}
	pair := regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>\n`)
	for i, o := range d.objects {
		if i == 0 || !strings.Contains(o.head, "/ToUnicode ") {
			continue
		}
		_, ref, _ := strings.Cut(o.head, "/ToUnicode ")
		n, err := strconv.Atoi(firstWord(ref))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pair.FindAllSubmatch(inflate(t, d.objects[n].stream), -1) {
			code, _ := strconv.ParseUint(string(p[1]), 16, 16)
			var units []uint16
			for hex := string(p[2]); hex != ""; hex = hex[4:] {
				u, _ := strconv.ParseUint(hex[:4], 16, 16)
				units = append(units, uint16(u))
			}
			m[uint16(code)] = string(utf16.Decode(units))
		}
	}
	return m
}

// piece is one run of text as it stands in a finished file.
type piece struct {
	page    int
	x       float64 // points from the left
	fromTop float64 // millimetres
	text    string
}

// column says which column of its page and table the piece begins in.
func (p piece) column() string { return fmt.Sprintf("%.0f", p.x/3) }

// positioned reads the text out of the finished bytes: the content streams,
// decoded through ToUnicode. It knows nothing of the sheet they were made from.
func positioned(t testing.TB, pdf []byte) []piece {
	t.Helper()
	d, err := readObjects(pdf)
	if err != nil {
		t.Fatal(err)
	}
	m := toUnicodeOf(t, d)
	contents := regexp.MustCompile(`/Contents (\d+) 0 R`)
	var out []piece
	page := -1
	for i := 1; i < len(d.objects); i++ {
		if !strings.HasPrefix(d.objects[i].head, "<</Type /Page\n") {
			continue
		}
		page++
		n, _ := strconv.Atoi(contents.FindStringSubmatch(d.objects[i].head)[1])
		content := inflate(t, d.objects[n].stream)
		for {
			at := bytes.Index(content, []byte(" Td ("))
			if at < 0 {
				break
			}
			p := piece{page: page}
			where := strings.Fields(string(content[max(0, at-40):at]))
			y, err := strconv.ParseFloat(where[len(where)-1], 64)
			if err != nil {
				t.Fatal(err)
			}
			p.fromTop = pageHeight - y*mmPerPoint
			if p.x, err = strconv.ParseFloat(where[len(where)-2], 64); err != nil {
				t.Fatal(err)
			}
			content = content[at+len(" Td ("):]
			var raw []byte
			for i := 0; ; i++ {
				c := content[i]
				if c == ')' {
					content = content[i:]
					break
				}
				if c == '\\' {
					i++
					c = content[i]
					if c == 'r' {
						c = '\r'
					}
				}
				raw = append(raw, c)
			}
			for i := 0; i+1 < len(raw); i += 2 {
				code := uint16(raw[i])<<8 | uint16(raw[i+1])
				s, ok := m[code]
				if !ok {
					t.Fatalf("code %04X has no entry in ToUnicode", code)
				}
				p.text += s
			}
			out = append(out, p)
		}
	}
	return out
}

// extract gives the text of each page, one line for each piece.
func extract(t testing.TB, pdf []byte) []string {
	t.Helper()
	var pages []string
	for _, p := range positioned(t, pdf) {
		for len(pages) <= p.page {
			pages = append(pages, "")
		}
		pages[p.page] += p.text + "\n"
	}
	return pages
}

// squeezed drops all white space, so that text can be found across line ends.
func squeezed(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u200b", "")), "")
}
