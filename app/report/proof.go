package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Names of what is attached to a document.
const (
	PartsFile = "plumbline-parts.json" // what the file is made of, part by part
	proofFile = "plumbline-proof.json" // journal entries, seal and keys; see app/desk
)

// Layout numbers the way documents are laid out: the same input makes the same
// bytes as long as it stays. A test holds the bytes of samples against it; where
// they change, it goes up by one.
const Layout = 2

// maxAttachment bounds what is unpacked from a stranger's file.
const maxAttachment = 64 << 20

// parts names each part of a document by its digest, so that verify can say
// which one was altered.
type parts struct {
	Version int               `json:"v"`
	Content string            `json:"content"`        // digest printed on the pages
	Code    string            `json:"code,omitempty"` // what the QR codes of the pages say in common
	Parts   map[string]string `json:"parts"`          // name -> SHA-256 of its objects
}

// names says for each object which part of the document it belongs to.
func (d *pdfFile) names() []string {
	out := make([]string, len(d.objects))
	page := 0
	for i := 1; i < len(d.objects); i++ {
		o := d.objects[i]
		switch {
		case strings.HasPrefix(o.head, "<</Type /Page\n"):
			page++
			out[i] = fmt.Sprintf("page %d", page)
			if _, after, ok := strings.Cut(o.head, "/Contents "); ok {
				var n int
				if _, err := fmt.Sscanf(after, "%d", &n); err == nil && n > 0 && n < len(out) {
					out[n] = out[i]
				}
			}
		case strings.Contains(o.head, "/Subtype /Image"):
			out[i] = "picture " + pictureSum(o.stream)
		}
	}
	for i := 1; i < len(out); i++ {
		if out[i] == "" {
			out[i] = "structure"
			if strings.Contains(d.objects[i].head, "/Font") || strings.Contains(d.objects[i].head, "/CIDToGIDMap") {
				out[i] = "fonts"
			}
		}
	}
	return out
}

func pictureSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sums gives the digest of each part but the objects from the first attachment
// on, which name the others. Pictures go by number, in the order of the file.
func (d *pdfFile) sums(attached int) map[string]string {
	names := d.names()
	hashes := map[string]*bytes.Buffer{}
	picture := 0
	for i := 1; i < attached && i < len(d.objects); i++ {
		name := names[i]
		if strings.HasPrefix(name, "picture ") {
			picture++
			name = fmt.Sprintf("picture %d", picture)
		}
		b := hashes[name]
		if b == nil {
			b = &bytes.Buffer{}
			hashes[name] = b
		}
		head := sha256.Sum256([]byte(strings.TrimRight(d.objects[i].head, "\n")))
		stream := sha256.Sum256(d.objects[i].stream)
		fmt.Fprintf(b, "%d %x %x\n", i, head, stream)
	}
	out := make(map[string]string, len(hashes))
	for name, b := range hashes {
		sum := sha256.Sum256(b.Bytes())
		out[name] = hex.EncodeToString(sum[:])
	}
	return out
}

// attach adds the list of parts and the proof, and gives what the catalogue
// says of them. It comes last: the catalogue's own digest is in the list, so its
// text must be known, and with it the numbers of what is attached.
func (f *finisher) attach(d *pdfFile, setCatalog func(entries string)) error {
	first := len(d.objects)
	files := []string{PartsFile}
	if len(f.properties.proof) > 0 {
		files = append(files, proofFile)
	}
	var names, refs strings.Builder
	for i, name := range files {
		fmt.Fprintf(&names, "(%s) %d 0 R ", name, first+2*i)
		fmt.Fprintf(&refs, "%d 0 R ", first+2*i)
	}
	setCatalog(fmt.Sprintf("/Names <</EmbeddedFiles <</Names [%s]>>>>\n/AF [%s]\n", strings.TrimSpace(names.String()), strings.TrimSpace(refs.String())))
	list, err := json.Marshal(parts{Version: 1, Content: f.properties.content, Code: f.properties.code, Parts: d.sums(first)})
	if err != nil {
		return fmt.Errorf("report: list parts: %w", err)
	}
	for i, content := range [][]byte{list, f.properties.proof}[:len(files)] {
		packed, err := deflate(content)
		if err != nil {
			return err
		}
		relation := "/Data"
		if i > 0 {
			relation = "/Source"
		}
		d.add(fmt.Sprintf("<</Type /Filespec /F (%s) /UF (%s) /AFRelationship %s /EF <</F %d 0 R>>>>", files[i], files[i], relation, first+2*i+1), nil)
		d.add(fmt.Sprintf("<</Type /EmbeddedFile /Subtype /application#2Fjson /Params <</Size %d>> /Filter /FlateDecode /Length %d>>", len(content), len(packed)), packed)
	}
	return nil
}

// Inside is what a document of ours holds, as it was first written.
type Inside struct {
	Content  string   // digest printed on its pages
	Code     PageCode // what the QR codes of its pages say in common; zero in files of before they said so
	Proof    []byte   // what was attached as proof, nil for none
	Pictures [][]byte // each JPEG, which stands in the file byte for byte
	Pages    int
	Wrong    []string // names of the parts that are not what the list says: "page 3", "picture 1", "fonts", "structure"
}

// Open reads a document of ours and tells which of its parts were altered. ok is
// false for a file that has no list of parts: another program's, or of a version
// before there was one.
func Open(pdf []byte) (in Inside, ok bool) {
	d, err := readObjects(Original(pdf))
	if err != nil {
		// Damage to the skeleton itself: the parts cannot even be told apart.
		in.Wrong = []string{"structure"}
		return in, bytes.Contains(pdf, []byte("("+PartsFile+")"))
	}
	first := 0
	content := map[string][]byte{}
	for i, o := range d.objects {
		if !strings.HasPrefix(o.head, "<</Type /Filespec /F (") {
			continue
		}
		if first == 0 {
			first = i
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(o.head, "<</Type /Filespec /F ("), ")")
		if i+1 < len(d.objects) {
			content[name], err = inflateLimited(d.objects[i+1].stream)
			if err != nil {
				in.Wrong = append(in.Wrong, name)
			}
		}
	}
	var list parts
	if content[PartsFile] == nil {
		in.Wrong = append(in.Wrong, PartsFile)
		return in, first > 0
	}
	if err := json.Unmarshal(content[PartsFile], &list); err != nil {
		in.Wrong = append(in.Wrong, PartsFile)
		return in, true
	}
	in.Content, in.Code, in.Proof = list.Content, list.code(), content[proofFile]
	for _, o := range d.objects[:first] {
		switch {
		case strings.HasPrefix(o.head, "<</Type /Page\n"):
			in.Pages++
		case strings.Contains(o.head, "/Subtype /Image") && strings.Contains(o.head, "/DCTDecode"):
			in.Pictures = append(in.Pictures, o.stream)
		}
	}
	now := d.sums(first)
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if list.Parts[name] != now[name] {
			in.Wrong = append(in.Wrong, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(list.Parts)) {
		if now[name] == "" {
			in.Wrong = append(in.Wrong, name)
		}
	}
	return in, true
}

// ReadParts reads the list of parts of a file whose skeleton is not ours any more:
// another program stamped it and wrote it anew. Nothing of what the list says is
// checked here.
func ReadParts(list []byte) (in Inside, ok bool) {
	var p parts
	if json.Unmarshal(list, &p) != nil || len(p.Content) != 2*sha256.Size {
		return in, false
	}
	return Inside{Content: p.Content, Code: p.code()}, true
}

func (p parts) code() PageCode {
	c, _ := ReadPageCode(p.Code + "/1/1")
	c.Page, c.Of = 0, 0
	return c
}

// Different names the parts in which two documents of ours differ, as Open names
// them.
func Different(a, b []byte) []string {
	var sums [2]map[string]string
	for n, pdf := range [][]byte{a, b} {
		d, err := readObjects(pdf)
		if err != nil {
			return []string{"structure"}
		}
		attached := slices.IndexFunc(d.objects, func(o object) bool { return strings.HasPrefix(o.head, "<</Type /Filespec /F (") })
		if attached < 0 {
			return []string{PartsFile}
		}
		sums[n] = d.sums(attached)
	}
	var out []string
	for name := range sums[0] {
		if sums[1][name] != sums[0][name] {
			out = append(out, name)
		}
	}
	for name := range sums[1] {
		if sums[0][name] == "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func inflateLimited(b []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	out, err := io.ReadAll(io.LimitReader(z, maxAttachment))
	return out, err
}

func sortedInts[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }
