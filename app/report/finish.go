package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// finisher rewrites the file gofpdf wrote: it repairs the text layer, gives
// fonts their proper names, adds pictures, outline, links and metadata, and
// numbers everything the same way each time.
type finisher struct {
	codes      codes
	properties properties
	fonts      [faces]string // name of each cut font, "" if not used
	pictures   []*picture
	links      []link
	bookmarks  []bookmark
	anchors    map[string]place
}

type link struct {
	page int
	linkOp
}

// object is one numbered object: its dictionary as text, and its stream.
type object struct {
	head   string
	stream []byte
}

// pdfFile is the objects of a file; number 0 is not used.
type pdfFile struct {
	objects    []object
	root, info int
}

var lengthEntry = regexp.MustCompile(`/Length (\d+)`)

// readObjects takes apart a file as gofpdf writes it: one cross-reference
// table, no object streams. It checks each object against the table, so that a
// change in gofpdf shows as an error and never as a broken document.
func readObjects(b []byte) (*pdfFile, error) {
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 {
		return nil, fmt.Errorf("report: finish: no cross-reference table")
	}
	table, err := strconv.Atoi(firstWord(string(b[i+len("startxref"):])))
	if err != nil || table < 0 || table > i {
		return nil, fmt.Errorf("report: finish: cross-reference table not where it should be")
	}
	f := strings.Fields(string(b[table:i]))
	if len(f) < 3 || f[0] != "xref" {
		return nil, fmt.Errorf("report: finish: no cross-reference table")
	}
	n, err := strconv.Atoi(f[2])
	if err != nil || n < 1 || len(f) < 3+3*n {
		return nil, fmt.Errorf("report: finish: cross-reference table is cut off")
	}
	d := &pdfFile{objects: make([]object, n)}
	for k := 1; k < n; k++ {
		at, err := strconv.Atoi(f[3+3*k])
		start := fmt.Sprintf("%d 0 obj\n", k)
		if err != nil || at < 0 || at > len(b) || !bytes.HasPrefix(b[at:], []byte(start)) {
			return nil, fmt.Errorf("report: finish: object %d is not where the table says", k)
		}
		rest := b[at+len(start):]
		s, e := bytes.Index(rest, []byte("\nstream\n")), bytes.Index(rest, []byte("endobj"))
		if e < 0 {
			return nil, fmt.Errorf("report: finish: object %d has no end", k)
		}
		if s < 0 || s > e {
			d.objects[k] = object{head: string(rest[:e])}
			continue
		}
		m := lengthEntry.FindSubmatch(rest[:s])
		if m == nil {
			return nil, fmt.Errorf("report: finish: stream %d has no length", k)
		}
		length, err := strconv.Atoi(string(m[1]))
		if err != nil || length > len(rest)-s-len("\nstream\n") {
			return nil, fmt.Errorf("report: finish: stream %d is cut off", k)
		}
		d.objects[k] = object{head: string(rest[:s+1]), stream: rest[s+len("\nstream\n"):][:length]}
	}
	trailer := string(b[table:])
	for name, to := range map[string]*int{"Root": &d.root, "Info": &d.info} {
		_, after, _ := strings.Cut(trailer, "/"+name+" ")
		if *to, err = strconv.Atoi(firstWord(after)); err != nil || *to < 1 || *to >= n {
			return nil, fmt.Errorf("report: finish: no %s in the trailer", name)
		}
	}
	return d, nil
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}

// add appends an object and gives its number.
func (d *pdfFile) add(head string, stream []byte) int {
	d.objects = append(d.objects, object{head + "\n", stream})
	return len(d.objects) - 1
}

const emptyNames = "/Names <<\n/EmbeddedFiles << /Names [\n  \n] >>\n>>\n"

// finish rewrites raw.
func (f *finisher) finish(raw []byte) ([]byte, error) {
	d, err := readObjects(raw)
	if err != nil {
		return nil, err
	}
	unicodeMap, err := deflate(f.toUnicode())
	if err != nil {
		return nil, err
	}
	var pages []int
	for i := 1; i < len(d.objects); i++ {
		o := &d.objects[i]
		if bytes.HasPrefix(o.stream, []byte("/CIDInit")) {
			*o = object{fmt.Sprintf("<</Filter /FlateDecode /Length %d>>\n", len(unicodeMap)), unicodeMap}
			continue
		}
		if strings.HasPrefix(o.head, "<</Type /Page\n") {
			pages = append(pages, i)
			continue
		}
		if o.stream != nil && strings.HasPrefix(o.head, "<</Length ") && !strings.Contains(o.head, "/Filter") { // a page, as gofpdf left it
			packed, err := deflate(o.stream)
			if err != nil {
				return nil, err
			}
			*o = object{fmt.Sprintf("<</Filter /FlateDecode /Length %d>>\n", len(packed)), packed}
			continue
		}
		for fc, name := range f.fonts {
			if name != "" {
				o.head = strings.ReplaceAll(o.head, "/utf8"+family(face(fc)), "/"+name)
			}
		}
	}
	if err := f.addPictures(d); err != nil {
		return nil, err
	}
	f.addLinks(d, pages)
	catalog := fmt.Sprintf("/Lang (%s)\n/ViewerPreferences <</DisplayDocTitle true>>\n/Metadata %d 0 R\n", f.properties.language, f.addXMP(d))
	if len(f.bookmarks) > 0 {
		catalog += fmt.Sprintf("/Outlines %d 0 R\n/PageMode /UseOutlines\n", f.addOutline(d, pages))
	}
	end := strings.LastIndex(d.objects[d.root].head, ">>")
	if end < 0 {
		return nil, fmt.Errorf("report: finish: no catalogue")
	}
	at := "(D:" + f.properties.at.UTC().Format("20060102150405") + "Z)"
	d.objects[d.info].head = fmt.Sprintf("<</Title %s\n/Author %s\n/Subject %s\n/Producer (Plumbline)\n/CreationDate %s\n/ModDate %s>>\n",
		textString(f.properties.title), textString(f.properties.author), textString(f.properties.subject), at, at)
	if err := f.attach(d, func(attached string) {
		root := &d.objects[d.root]
		// gofpdf leaves an empty list of attachments.
		head := strings.Replace(root.head[:end], emptyNames, "", 1)
		root.head = head + catalog + attached + ">>\n"
	}); err != nil {
		return nil, err
	}
	return d.bytes(), nil
}

// deflaters are kept for the next stream: a new one clears over a megabyte.
var deflaters = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant that exists
	}
	return z
}}

// deflate compresses a stream.
func deflate(b []byte) ([]byte, error) {
	z := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	if _, err := z.Write(b); err != nil {
		return nil, fmt.Errorf("report: compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("report: compress: %w", err)
	}
	return out.Bytes(), nil
}

// toUnicode is the map from codes to the characters they stand for, each
// listed by itself: gofpdf's says every code is its own character, which is
// wrong above U+FFFF.
func (f *finisher) toUnicode() []byte {
	type pair struct{ code, r rune }
	pairs := make([]pair, 0, len(f.codes))
	for r, code := range f.codes {
		pairs = append(pairs, pair{code, r})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return int(a.code - b.code) })
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for chunk := range slices.Chunk(pairs, 100) { // the standard allows a hundred at a time
		fmt.Fprintf(&b, "%d beginbfchar\n", len(chunk))
		for _, p := range chunk {
			fmt.Fprintf(&b, "<%04X> <", p.code)
			for _, u := range utf16.Encode([]rune{p.r}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	return b.Bytes()
}

// addPictures adds the pictures in the order of their first use, and names
// them in the resources that all pages share.
func (f *finisher) addPictures(d *pdfFile) error {
	const resources = 2 // gofpdf's number for them
	var names strings.Builder
	for i, p := range f.pictures {
		head := fmt.Sprintf("<</Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8 /Filter /%s",
			p.width, p.height, p.space, p.filter)
		if p.inverted {
			head += " /Decode [1 0 1 0 1 0 1 0]"
		}
		n := d.add(fmt.Sprintf("%s /Length %d>>", head, len(p.data)), p.data)
		fmt.Fprintf(&names, "/Im%d %d 0 R\n", i, n)
	}
	if len(d.objects) <= resources || !strings.Contains(d.objects[resources].head, "/XObject <<\n") {
		return fmt.Errorf("report: finish: no resources where gofpdf puts them")
	}
	o := &d.objects[resources]
	o.head = strings.Replace(o.head, "/XObject <<\n", "/XObject <<\n"+names.String(), 1)
	return nil
}

// destination is where a bookmark or link leads, a little above the spot.
func destination(p place, pages []int) string {
	return fmt.Sprintf("[%d 0 R /XYZ 0 %.2f null]", pages[p.page], (pageHeight-max(p.y-4, 0))/mmPerPoint)
}

// addLinks adds link annotations as objects of their own, as ISO 32000 asks.
func (f *finisher) addLinks(d *pdfFile, pages []int) {
	refs := map[int][]string{}
	for _, l := range f.links {
		to, ok := f.anchors[l.anchor]
		if !ok { // the picture was left off this copy
			continue
		}
		n := d.add(fmt.Sprintf("<</Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [%.2f %.2f %.2f %.2f] /Dest %s>>",
			l.x/mmPerPoint, (pageHeight-l.y-l.h)/mmPerPoint, (l.x+l.w)/mmPerPoint, (pageHeight-l.y)/mmPerPoint, destination(to, pages)), nil)
		refs[l.page] = append(refs[l.page], fmt.Sprintf("%d 0 R", n))
	}
	for _, page := range slices.Sorted(maps.Keys(refs)) {
		o := &d.objects[pages[page]]
		o.head = strings.Replace(o.head, "<</Type /Page\n", "<</Type /Page\n/Annots ["+strings.Join(refs[page], " ")+"]\n", 1)
	}
}

// addOutline adds the bookmarks, nested by level, and gives the number of the
// root.
func (f *finisher) addOutline(d *pdfFile, pages []int) int {
	root := len(d.objects)
	first := root + 1
	n := len(f.bookmarks)
	parent, next, previous := make([]int, n), make([]int, n), make([]int, n)
	child, last := make([]int, n), make([]int, n)
	rootFirst, rootLast := -1, -1
	lastAt := map[int]int{} // level -> last bookmark on it under the current parent
	for i := range f.bookmarks {
		parent[i], next[i], previous[i], child[i], last[i] = -1, -1, -1, -1, -1
		level := f.bookmarks[i].level
		for level > 0 {
			if p, ok := lastAt[level-1]; ok {
				parent[i] = p
				break
			}
			level--
		}
		if q, ok := lastAt[level]; ok && parent[q] == parent[i] {
			previous[i], next[q] = q, i
		}
		lastAt[level] = i
		for deeper := range lastAt {
			if deeper > level {
				delete(lastAt, deeper)
			}
		}
		if p := parent[i]; p >= 0 {
			if child[p] < 0 {
				child[p] = i
			}
			last[p] = i
		} else {
			if rootFirst < 0 {
				rootFirst = i
			}
			rootLast = i
		}
	}
	d.add(fmt.Sprintf("<</Type /Outlines /First %d 0 R /Last %d 0 R>>", first+rootFirst, first+rootLast), nil)
	for i, b := range f.bookmarks {
		head := fmt.Sprintf("<</Title %s /Dest %s", textString(b.title), destination(b.place, pages))
		for _, ref := range []struct {
			key string
			to  int
		}{{"Next", next[i]}, {"Prev", previous[i]}, {"First", child[i]}, {"Last", last[i]}} {
			if ref.to >= 0 {
				head += fmt.Sprintf(" /%s %d 0 R", ref.key, first+ref.to)
			}
		}
		up := root
		if parent[i] >= 0 {
			up = first + parent[i]
		}
		d.add(fmt.Sprintf("%s /Parent %d 0 R>>", head, up), nil)
	}
	return root
}

// addXMP adds the metadata as XML and gives its object number.
func (f *finisher) addXMP(d *pdfFile) int {
	p := f.properties
	escape := func(s string) string {
		var b strings.Builder
		// Never fails on a builder; characters XML forbids become U+FFFD.
		_ = xml.EscapeText(&b, []byte(s))
		return b.String()
	}
	date := p.at.UTC().Format("2006-01-02T15:04:05Z")
	x := "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escape(p.title) +
		`</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>` + escape(p.author) + `</rdf:li></rdf:Seq></dc:creator><dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + escape(p.subject) +
		`</rdf:li></rdf:Alt></dc:description><dc:language><rdf:Bag><rdf:li>` + p.language + `</rdf:li></rdf:Bag></dc:language></rdf:Description>` + "\n" +
		`<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><xmp:CreateDate>` + date + `</xmp:CreateDate><xmp:ModifyDate>` + date +
		`</xmp:ModifyDate><xmp:CreatorTool>Plumbline</xmp:CreatorTool><pdf:Producer>Plumbline</pdf:Producer></rdf:Description>` + "\n" +
		`</rdf:RDF></x:xmpmeta>` + "\n" + `<?xpacket end="w"?>`
	return d.add(fmt.Sprintf("<</Type /Metadata /Subtype /XML /Length %d>>", len(x)), []byte(x))
}

// textString writes a string for people as UTF-16 in hexadecimal, which needs
// no escapes and holds every character.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}

// bytes writes the file. Its /ID is the digest of what stands before the
// cross-reference table: the same input gives the same file.
func (d *pdfFile) bytes() []byte {
	size := 1024
	for _, o := range d.objects {
		size += len(o.head) + len(o.stream) + 64
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, len(d.objects))
	for i, o := range d.objects[1:] {
		offsets[i+1] = b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%s", i+1, o.head)
		if o.stream != nil {
			b.WriteString("stream\n")
			b.Write(o.stream)
			b.WriteString("\nendstream\n")
		}
		b.WriteString("endobj\n")
	}
	sum := sha256.Sum256(b.Bytes())
	id := hex.EncodeToString(sum[:16])
	table := b.Len()
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f \n", len(d.objects))
	for _, o := range offsets[1:] {
		fmt.Fprintf(b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(b, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(d.objects), d.root, d.info, id, id, table)
	return b.Bytes()
}
