package report

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"

	"plumbline/app/record"
)

// signatureRoom is the room kept for a PKCS#7 signature with its certificates,
// in bytes.
const signatureRoom = 16 << 10

// Sign appends a signature of the authority to a document of ours: PKCS#7,
// detached, over everything but the signature itself. What stood there stays
// byte for byte, as an incremental update does. chain begins with the signer's
// certificate, whose key is ECDSA P-256 or RSA of at least 2,048 bits.
func Sign(pdf []byte, key crypto.Signer, chain []*x509.Certificate, at time.Time) ([]byte, error) {
	if err := fitToSign(key, chain, at); err != nil {
		return nil, err
	}
	if original := Original(pdf); len(original) != len(pdf) {
		return nil, &record.Error{Code: record.Conflict, Message: "report.sign.signed_already", Field: "file"}
	}
	d, err := readObjects(pdf)
	if err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "report.sign.not_ours", Field: "file", Err: err}
	}
	page := 0
	for i := range d.objects {
		if strings.HasPrefix(d.objects[i].head, "<</Type /Page\n") {
			page = i
			break
		}
	}
	if page == 0 || !strings.HasPrefix(d.objects[d.root].head, "<<") {
		return nil, &record.Error{Code: record.Invalid, Message: "report.sign.not_ours", Field: "file"}
	}
	form := len(d.objects)
	value := form + 1
	widget := fmt.Sprintf("%d 0 R", form)
	pageHead := d.objects[page].head
	if strings.Contains(pageHead, "/Annots [") {
		pageHead = strings.Replace(pageHead, "/Annots [", "/Annots ["+widget+" ", 1)
	} else {
		pageHead = strings.Replace(pageHead, "<</Type /Page\n", "<</Type /Page\n/Annots ["+widget+"]\n", 1)
	}
	rootHead := d.objects[d.root].head
	end := strings.LastIndex(rootHead, ">>")
	rootHead = rootHead[:end] + fmt.Sprintf("/AcroForm <</Fields [%s] /SigFlags 3>>\n", widget) + rootHead[end:]

	var b bytes.Buffer
	b.Write(pdf)
	offsets := map[int]int{}
	write := func(n int, content string) {
		offsets[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, strings.TrimRight(content, "\n"))
	}
	write(page, pageHead)
	write(d.root, rootHead)
	write(form, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Authority) /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R>>", page, value))
	write(value, fmt.Sprintf("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Name %s /M (D:%sZ)\n/ByteRange [0 0000000000 0000000000 0000000000]\n/Contents <%s>>>",
		textString(chain[0].Subject.CommonName), at.UTC().Format("20060102150405"), strings.Repeat("0", 2*signatureRoom)))
	table := b.Len()
	b.WriteString("xref\n")
	for _, n := range sortedInts(offsets) {
		fmt.Fprintf(&b, "%d 1\n%010d 00000 n \n", n, offsets[n])
	}
	id := fileID.Find(pdf[bytes.LastIndex(pdf, []byte("trailer")):])
	prev := startXref(pdf)
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d %s>>\nstartxref\n%d\n%%%%EOF\n", value+1, d.root, d.info, prev, id, table)

	out := b.Bytes()
	begin := offsets[value] + bytes.Index(out[offsets[value]:], []byte("/Contents <")) + len("/Contents ")
	finish := begin + 2*signatureRoom + 2
	ranges := fmt.Sprintf("/ByteRange [0 %010d %010d %010d]", begin, finish, len(out)-finish)
	copy(out[offsets[value]+bytes.Index(out[offsets[value]:], []byte("/ByteRange")):], ranges)
	signed := append(append([]byte(nil), out[:begin]...), out[finish:]...)
	data, err := pkcs7.NewSignedData(signed)
	if err != nil {
		return nil, fmt.Errorf("report: sign: %w", err)
	}
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := data.AddSignerChain(chain[0], key, chain[1:], pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("report: sign: %w", err)
	}
	data.Detach()
	proof, err := data.Finish()
	if err != nil {
		return nil, fmt.Errorf("report: sign: %w", err)
	}
	if len(proof) > signatureRoom {
		return nil, &record.Error{Code: record.TooLarge, Message: "report.sign.chain_long", Field: "cert"}
	}
	hex.Encode(out[begin+1:], proof)
	return out, nil
}

// fitToSign tells why a key cannot sign, nil if it can.
func fitToSign(key crypto.Signer, chain []*x509.Certificate, at time.Time) error {
	if len(chain) == 0 || key == nil {
		return &record.Error{Code: record.Invalid, Message: "report.sign.no_key", Field: "cert"}
	}
	same, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !same.Equal(chain[0].PublicKey) {
		return &record.Error{Code: record.Invalid, Message: "report.sign.other_key", Field: "key"}
	}
	switch k := key.Public().(type) {
	case *ecdsa.PublicKey:
		ok = k.Curve == elliptic.P256()
	case *rsa.PublicKey:
		ok = k.N.BitLen() >= 2048
	default:
		ok = false
	}
	if !ok {
		return &record.Error{Code: record.Invalid, Message: "report.sign.key_kind", Field: "key"}
	}
	if at.Before(chain[0].NotBefore) || at.After(chain[0].NotAfter) {
		return &record.Error{Code: record.Invalid, Message: "report.sign.expired", Field: "cert",
			Args: map[string]any{"from": chain[0].NotBefore.Format(time.DateOnly), "until": chain[0].NotAfter.Format(time.DateOnly)}}
	}
	return nil
}

var fileID = regexp.MustCompile(`/ID \[<[0-9a-fA-F]*> ?<[0-9a-fA-F]*>\]`)

// startXref gives where the last cross-reference table begins, -1 if nowhere.
func startXref(b []byte) int {
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 {
		return -1
	}
	n, err := strconv.Atoi(firstWord(string(b[i+len("startxref") : min(len(b), i+40)])))
	if err != nil {
		return -1
	}
	return n
}

// Original gives the document as it was first written: what stands before
// anything that was appended to it, a signature or a seal of another program.
func Original(pdf []byte) []byte {
	const mark = "\n%%EOF\n"
	if i := bytes.Index(pdf, []byte("\nstartxref\n")); i >= 0 {
		if e := bytes.Index(pdf[i:], []byte(mark)); e >= 0 {
			return pdf[:i+e+len(mark)]
		}
	}
	return pdf
}

// Signed is one signature found in a PDF.
type Signed struct {
	By          string    `json:"by"` // the certificate's name
	Issuer      string    `json:"issuer"`
	Certificate string    `json:"certificate"` // SHA-256 of the certificate, in hexadecimal
	At          time.Time `json:"at"`          // as the signer's clock said
	Valid       bool      `json:"valid"`
	Whole       bool      `json:"whole"` // covers the whole file, but itself
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]`)

// Signatures checks every signature in a PDF, whoever put it there. A valid one
// proves that what it covers is as the holder of the certificate signed it; who
// that is, whoever reads it must know by the certificate's digest.
func Signatures(pdf []byte) []Signed {
	var out []Signed
	for _, m := range byteRange.FindAllSubmatch(pdf, 32) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(string(m[i+1])) // ten digits always fit
		}
		s := Signed{}
		if n[0] != 0 || n[1] < 0 || n[2] <= n[1] || n[2] > len(pdf) || n[3] > len(pdf)-n[2] {
			out = append(out, s)
			continue
		}
		s.Whole = n[2]+n[3] == len(pdf)
		gap := bytes.Trim(pdf[n[1]:n[2]], "<> \r\n")
		proof := make([]byte, hex.DecodedLen(len(gap)))
		if len(gap)%2 == 0 {
			if _, err := hex.Decode(proof, gap); err == nil {
				s.check(proof, append(append([]byte(nil), pdf[:n[1]]...), pdf[n[2]:n[2]+n[3]]...))
			}
		}
		out = append(out, s)
	}
	return out
}

// check verifies a PKCS#7 signature of content. Room that was not used is
// filled with zeros behind it.
func (s *Signed) check(proof, content []byte) {
	defer func() {
		if recover() != nil { // a stranger's bytes, a stranger's parser
			s.Valid = false
		}
	}()
	length, ok := derLength(proof)
	if !ok {
		return
	}
	p, err := pkcs7.Parse(proof[:length])
	if err != nil {
		return
	}
	p.Content = content
	if c := p.GetOnlySigner(); c != nil {
		sum := sha256.Sum256(c.Raw)
		s.By, s.Issuer, s.Certificate = c.Subject.CommonName, c.Issuer.CommonName, hex.EncodeToString(sum[:])
	}
	// The time is what the signer says; without it there is none.
	_ = p.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &s.At)
	s.Valid = p.Verify() == nil
}

// derLength gives the length of the DER value that b begins with.
func derLength(b []byte) (int, bool) {
	if len(b) < 2 {
		return 0, false
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		count := n & 0x7F
		if count == 0 || count > 4 || len(b) < 2+count {
			return 0, false
		}
		n = 0
		for _, c := range b[2 : 2+count] {
			n = n<<8 | int(c)
		}
		head += count
	}
	if n < 0 || n > len(b)-head {
		return 0, false
	}
	return head + n, true
}
