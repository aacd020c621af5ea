package scan

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"image"
	"io"
	"regexp"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// The limits for a stranger's file.
const (
	maxPages   = 5000
	maxStream  = 256 << 20 // bytes unpacked, of one stream
	maxObjects = 2_000_000
	maxDepth   = 40
)

// pdf is the objects of a file by number.
type pdf struct {
	objects map[int]any
	trailer dict
}

var (
	objectStart = regexp.MustCompile(`(\d{1,10})[\s\x00]+(\d{1,5})[\s\x00]+obj`)
	drawn       = regexp.MustCompile(`/([^\s\x00/\[\]<>(){}%]+)[\s\x00]+Do\b`)
)

// readPDF reads the objects of a file.
func readPDF(b []byte) (*pdf, error) {
	f := &pdf{objects: map[int]any{}, trailer: dict{}}
	vain := 0 // bytes read as values that were none
	for at := 0; at < len(b); {
		m := objectStart.FindSubmatchIndex(b[at:])
		end := len(b)
		if m != nil {
			end = at + m[0]
		}
		f.readTrailers(b[at:end])
		if m == nil {
			break
		}
		number := 0
		for _, c := range b[at+m[2] : at+m[3]] {
			number = number*10 + int(c-'0')
		}
		p := parser{b: b, at: at + m[1]}
		value, ok := p.value(0)
		if !ok {
			if vain += p.at - at; vain > maxStream {
				return nil, fault("scan.not_readable")
			}
			at += m[1]
			continue
		}
		at = p.at
		if d, isDict := value.(dict); isDict {
			if body, after, isStream := f.streamAt(b, p, d); isStream {
				value, at = stream{d, body}, after
			}
		}
		f.keep(number, value)
		if len(f.objects) > maxObjects {
			return nil, fault("scan.not_readable")
		}
	}
	if f.trailer["Encrypt"] != nil {
		return nil, fault("scan.encrypted")
	}
	if len(f.objects) == 0 {
		return nil, fault("scan.not_readable")
	}
	return f, nil
}

// keep notes an object, and at once those that it packs: a later word on any of
// them counts.
func (f *pdf) keep(number int, value any) {
	f.objects[number] = value
	s, ok := value.(stream)
	if !ok {
		return
	}
	switch s.dict["Type"] {
	case name("XRef"):
		f.noteTrailer(s.dict)
	case name("ObjStm"):
		content, _, err := f.unpacked(s)
		if err != nil {
			return
		}
		first, _ := f.int(s.dict["First"])
		n, _ := f.int(s.dict["N"])
		if first < 0 || first > len(content) || n > maxObjects {
			return
		}
		index := parser{b: content[:first]}
		for range n {
			id, okID := index.value(0)
			at, okAt := index.value(0)
			i, isInt := id.(int)
			o, isOffset := at.(int)
			if !okID || !okAt || !isInt || !isOffset || o < 0 || o > len(content)-first {
				return
			}
			p := parser{b: content, at: first + o}
			if v, ok := p.value(0); ok {
				f.objects[i] = v
			}
		}
	}
}

func (f *pdf) readTrailers(b []byte) {
	for {
		_, after, ok := bytes.Cut(b, []byte("trailer"))
		if !ok {
			return
		}
		p := parser{b: after}
		if v, ok := p.value(0); ok {
			if d, ok := v.(dict); ok {
				f.noteTrailer(d)
			}
		}
		b = after
	}
}

func (f *pdf) noteTrailer(d dict) {
	for _, k := range []string{"Root", "Encrypt"} {
		if d[k] != nil {
			f.trailer[k] = d[k]
		}
	}
}

// streamAt gives the bytes after a dictionary if a stream follows it. A length
// that leads to no "endstream" is not believed.
func (f *pdf) streamAt(b []byte, p parser, d dict) (body []byte, after int, ok bool) {
	p.space()
	if !bytes.HasPrefix(b[p.at:], []byte("stream")) {
		return nil, 0, false
	}
	at := p.at + len("stream")
	if at < len(b) && b[at] == '\r' {
		at++
	}
	if at < len(b) && b[at] == '\n' {
		at++
	}
	if n, isInt := f.int(d["Length"]); isInt && n >= 0 && n <= len(b)-at {
		end := parser{b: b, at: at + n}
		end.space()
		if bytes.HasPrefix(b[end.at:], []byte("endstream")) {
			return b[at : at+n], end.at + len("endstream"), true
		}
	}
	n := bytes.Index(b[at:], []byte("endstream"))
	if n < 0 {
		return b[at:], len(b), true
	}
	return b[at : at+n], at + n + len("endstream"), true
}

// got follows a reference.
func (f *pdf) got(v any) any {
	for range maxDepth {
		r, ok := v.(reference)
		if !ok {
			return v
		}
		v = f.objects[int(r)]
	}
	return nil
}

func (f *pdf) int(v any) (int, bool) {
	switch n := f.got(v).(type) {
	case int:
		return n, true
	case float64:
		return int(n), true
	}
	return 0, false
}

func (f *pdf) dict(v any) dict {
	switch d := f.got(v).(type) {
	case dict:
		return d
	case stream:
		return d.dict
	}
	return nil
}

// Attachment gives a file that is attached to a PDF, by its name, and how many
// pages the PDF has.
func Attachment(b []byte, called string) (content []byte, pages int, ok bool) {
	f, err := readPDF(b)
	if err != nil {
		return nil, 0, false
	}
	for _, o := range f.objects {
		d, isDict := o.(dict)
		if !isDict || f.got(d["F"]) != text(called) {
			continue
		}
		if s, isStream := f.got(f.dict(d["EF"])["F"]).(stream); isStream {
			if content, _, err = f.unpacked(s); err == nil {
				return content, len(f.pages()), true
			}
		}
	}
	return nil, 0, false
}

// page is a page's dictionary and the resources it has or inherits.
type page struct {
	dict      dict
	resources dict
}

// pages lists the pages in order.
func (f *pdf) pages() []page {
	var out []page
	seen := map[int]bool{}
	var walk func(v any, resources dict, depth int)
	walk = func(v any, resources dict, depth int) {
		if r, ok := v.(reference); ok {
			if seen[int(r)] {
				return
			}
			seen[int(r)] = true
		}
		d := f.dict(v)
		if d == nil || depth > maxDepth || len(out) >= maxPages {
			return
		}
		if own := f.dict(d["Resources"]); own != nil {
			resources = own
		}
		if kids, ok := f.got(d["Kids"]).([]any); ok {
			for _, k := range kids {
				walk(k, resources, depth+1)
			}
			return
		}
		out = append(out, page{d, resources})
	}
	root := f.dict(f.trailer["Root"])
	if root == nil {
		for _, o := range f.objects {
			if d, ok := o.(dict); ok && d["Type"] == name("Catalog") {
				root = d
			}
		}
	}
	walk(root["Pages"], nil, 0)
	return out
}

// content gives what draws a page.
func (f *pdf) content(p page) ([]byte, error) {
	var content []byte
	parts, ok := f.got(p.dict["Contents"]).([]any)
	if !ok {
		parts = []any{p.dict["Contents"]}
	}
	for _, part := range parts {
		if s, ok := f.got(part).(stream); ok {
			b, _, err := f.unpacked(s)
			if err != nil {
				return nil, err
			}
			content = append(append(content, b...), '\n')
		}
	}
	return content, nil
}

// pictures gives the pictures that a page draws, the largest first, and why one
// of them could not be read.
func (f *pdf) pictures(p page) ([]*image.Gray, error) {
	content, err := f.content(p)
	if err != nil {
		return nil, err
	}
	var out []*image.Gray
	var errs error
	f.drawnIn(content, p.resources, map[reference]bool{}, 0, func(s stream) {
		g, err := f.image(s)
		if err != nil {
			errs = errors.Join(errs, err)
			return
		}
		if g.Rect.Dx() >= 40 && g.Rect.Dy() >= 40 { // less is a line or a dot
			out = append(out, g)
		}
	})
	return out, errs
}

// drawnIn finds the pictures that a content stream draws, also by way of forms.
func (f *pdf) drawnIn(content []byte, resources dict, seen map[reference]bool, depth int, found func(stream)) {
	if depth > 8 {
		return
	}
	objects := f.dict(resources["XObject"])
	for _, m := range drawn.FindAllSubmatch(content, -1) {
		r, isReference := objects[unescaped(string(m[1]))].(reference) // as every stream is
		s, ok := f.got(r).(stream)
		if !isReference || !ok || seen[r] {
			continue
		}
		seen[r] = true
		switch s.dict["Subtype"] {
		case name("Image"):
			found(s)
		case name("Form"):
			inner, _, err := f.unpacked(s)
			own := f.dict(s.dict["Resources"])
			if own == nil {
				own = resources
			}
			if err == nil {
				f.drawnIn(inner, own, seen, depth+1, found)
			}
		}
	}
}

// unpacked undoes the filters of a stream up to one that makes a picture, which
// it names.
func (f *pdf) unpacked(s stream) (b []byte, last step, err error) {
	b = s.bytes
	for _, st := range f.filters(s.dict) {
		switch st.filter {
		case "DCTDecode", "DCT", "CCITTFaxDecode", "CCF", "JBIG2Decode", "JPXDecode":
			return b, st, nil
		}
		var r io.Reader
		switch st.filter {
		case "FlateDecode", "Fl":
			z, err := zlib.NewReader(bytes.NewReader(b))
			if err != nil {
				return nil, last, fault("scan.stream_broken")
			}
			r = z
		case "LZWDecode", "LZW":
			r = lzw.NewReader(bytes.NewReader(b), lzw.MSB, 8)
		case "ASCII85Decode", "A85":
			text, _, _ := bytes.Cut(b, []byte("~>"))
			r = ascii85.NewDecoder(bytes.NewReader(text))
		case "ASCIIHexDecode", "AHx":
			text, _, _ := bytes.Cut(b, []byte(">"))
			r = hex.NewDecoder(bytes.NewReader(bytes.Join(bytes.Fields(text), nil)))
		case "RunLengthDecode", "RL":
			r = bytes.NewReader(runs(b))
		default:
			return nil, last, fault("scan.filter", "filter", st.filter)
		}
		out, err := io.ReadAll(io.LimitReader(r, maxStream))
		if err != nil && len(out) == 0 { // what is cut off at the end may hold a code all the same
			return nil, last, fault("scan.stream_broken")
		}
		if b, err = f.unpredicted(out, st.parameters); err != nil {
			return nil, last, err
		}
	}
	return b, last, nil
}

// step is one filter and its parameters.
type step struct {
	filter     string
	parameters dict
}

func (f *pdf) filters(d dict) []step {
	filter, parameters := d["Filter"], d["DecodeParms"]
	if filter == nil {
		filter, parameters = d["F"], d["DP"]
	}
	list, ok := f.got(filter).([]any)
	if !ok {
		list = []any{filter}
	}
	each, ok := f.got(parameters).([]any)
	if !ok {
		each = []any{parameters}
	}
	var out []step
	for i, x := range list {
		n, ok := f.got(x).(name)
		if !ok || len(out) > 8 {
			continue
		}
		st := step{filter: string(n)}
		if i < len(each) {
			st.parameters = f.dict(each[i])
		}
		out = append(out, st)
	}
	return out
}

// runs undoes the run-length filter.
func runs(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b) && b[i] != 128 && len(out) < maxStream; {
		n := int(b[i])
		i++
		if n < 128 {
			end := min(len(b), i+n+1)
			out = append(out, b[i:end]...)
			i = end
		} else if i < len(b) {
			out = append(out, bytes.Repeat(b[i:i+1], 257-n)...)
			i++
		}
	}
	return out
}

// unpredicted undoes the predictors of PNG and TIFF.
func (f *pdf) unpredicted(b []byte, p dict) ([]byte, error) {
	predictor, _ := f.int(p["Predictor"])
	if predictor < 2 {
		return b, nil
	}
	get := func(key string, otherwise int) int {
		if n, ok := f.int(p[key]); ok && n > 0 && n < 1<<20 {
			return n
		}
		return otherwise
	}
	colours, bits, columns := get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1)
	point := max(1, colours*bits/8)
	row := (colours*bits*columns + 7) / 8
	if row > 1<<24 {
		return nil, fault("scan.stream_broken")
	}
	if predictor == 2 {
		if bits != 8 {
			return nil, fault("scan.filter", "filter", "Predictor 2")
		}
		for at := 0; at+row <= len(b); at += row {
			for i := point; i < row; i++ {
				b[at+i] += b[at+i-point]
			}
		}
		return b, nil
	}
	out := make([]byte, 0, len(b))
	above := make([]byte, row)
	for at := 0; at < len(b); at += row + 1 {
		line := make([]byte, row)
		copy(line, b[at+1:min(len(b), at+1+row)])
		for i := range line {
			var left, corner byte
			if i >= point {
				left, corner = line[i-point], above[i-point]
			}
			switch b[at] {
			case 1:
				line[i] += left
			case 2:
				line[i] += above[i]
			case 3:
				line[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				line[i] += paeth(left, above[i], corner)
			}
		}
		out = append(out, line...)
		above = line
	}
	return out, nil
}

func paeth(left, above, corner byte) byte {
	p := int(left) + int(above) - int(corner)
	away := func(v byte) int { return max(p-int(v), int(v)-p) }
	switch {
	case away(left) <= away(above) && away(left) <= away(corner):
		return left
	case away(above) <= away(corner):
		return above
	}
	return corner
}

// image gives a picture object in shades of grey.
func (f *pdf) image(s stream) (*image.Gray, error) {
	b, st, err := f.unpacked(s)
	if err != nil {
		return nil, err
	}
	w, _ := f.int(s.dict["Width"])
	h, _ := f.int(s.dict["Height"])
	if w < 1 || h < 1 {
		return nil, fault("scan.not_readable")
	}
	if float64(w)*float64(h) > MaxPixels {
		return nil, fault("scan.picture_large", "limit", MaxPixels/1e6)
	}
	turned := false // 0 is white
	if d, ok := f.got(s.dict["Decode"]).([]any); ok && len(d) > 0 {
		first, _ := f.int(d[0])
		turned = first == 1
	}
	switch st.filter {
	case "DCTDecode", "DCT":
		return picture(b)
	case "JBIG2Decode", "JPXDecode":
		return nil, fault("scan.filter", "filter", st.filter)
	case "CCITTFaxDecode", "CCF":
		return f.fax(b, st.parameters, w, h, turned)
	}
	return f.samples(b, s.dict, w, h, turned)
}

// fax reads a picture as fax machines pack it.
func (f *pdf) fax(b []byte, p dict, w, h int, turned bool) (*image.Gray, error) {
	k, _ := f.int(p["K"])
	if k > 0 {
		return nil, fault("scan.filter", "filter", "CCITTFaxDecode K > 0")
	}
	kind := ccitt.Group4
	if k == 0 {
		kind = ccitt.Group3
	}
	align, _ := f.got(p["EncodedByteAlign"]).(bool)
	black1, _ := f.got(p["BlackIs1"]).(bool)
	if columns, ok := f.int(p["Columns"]); ok && columns != w {
		return nil, fault("scan.not_readable")
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
	// A scan that breaks off is read as far as it goes.
	line := make([]byte, (w+7)/8)
	r := ccitt.NewReader(bytes.NewReader(b), ccitt.MSB, kind, w, h, &ccitt.Options{Align: align, Invert: black1})
	for y := range h {
		if _, err := io.ReadFull(r, line); err != nil {
			break
		}
		for x := range w {
			if white := line[x/8]>>(7-x%8)&1 == 1; white == turned {
				g.Pix[y*g.Stride+x] = 0
			}
		}
	}
	return g, nil
}

// samples reads a picture whose points stand one after the other.
func (f *pdf) samples(b []byte, d dict, w, h int, turned bool) (*image.Gray, error) {
	bits, _ := f.int(d["BitsPerComponent"])
	if mask, _ := f.got(d["ImageMask"]).(bool); mask {
		bits = 1
	}
	if bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 {
		return nil, fault("scan.not_readable")
	}
	n, palette := f.colours(d["ColorSpace"], 0)
	g := image.NewGray(image.Rect(0, 0, w, h))
	row := (w*n*bits + 7) / 8
	for y := range h {
		if len(b) < (y+1)*row {
			for i := range g.Pix[y*g.Stride:] {
				g.Pix[y*g.Stride+i] = 0xFF
			}
			break
		}
		line := b[y*row:][:row]
		for x := range w {
			sum := 0
			for c := range n {
				at := (x*n + c) * bits
				v := int(line[at/8])
				if bits < 8 {
					v = v >> (8 - bits - at%8) & (1<<bits - 1)
					if palette == nil {
						v = v * 255 / (1<<bits - 1)
					}
				}
				sum += v
			}
			v := sum / n
			switch {
			case palette != nil:
				v = 0xFF
				if sum < len(palette) {
					v = int(palette[sum])
				}
			case n == 4:
				v = 255 - min(255, sum)
			}
			if turned {
				v = 255 - v
			}
			g.Pix[y*g.Stride+x] = uint8(v)
		}
	}
	return g, nil
}

// colours gives how many components a point has in a colour space, and the
// shades of its palette if it has one.
func (f *pdf) colours(v any, depth int) (n int, palette []byte) {
	switch s := f.got(v).(type) {
	case name:
		switch s {
		case "DeviceRGB", "RGB", "CalRGB":
			return 3, nil
		case "DeviceCMYK", "CMYK":
			return 4, nil
		}
	case []any:
		if len(s) < 2 || depth > 4 {
			break
		}
		switch f.got(s[0]) {
		case name("ICCBased"):
			if c, ok := f.int(f.dict(s[1])["N"]); ok && (c == 1 || c == 3 || c == 4) {
				return c, nil
			}
		case name("CalRGB"), name("Lab"):
			return 3, nil
		case name("Indexed"), name("I"):
			if len(s) < 4 {
				break
			}
			base, _ := f.colours(s[1], depth+1)
			var table []byte
			switch t := f.got(s[3]).(type) {
			case text:
				table = []byte(t)
			case stream:
				table, _, _ = f.unpacked(t)
			}
			for i := 0; i+base <= len(table) && len(palette) < 256; i += base {
				sum := 0
				for _, c := range table[i:][:base] {
					sum += int(c)
				}
				shade := sum / base
				if base == 4 {
					shade = 255 - min(255, sum)
				}
				palette = append(palette, byte(shade))
			}
			return 1, palette
		}
	}
	return 1, nil
}
