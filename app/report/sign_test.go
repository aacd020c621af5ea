package report

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
)

// sealOf makes a self-signed certificate of the authority.
func sealOf(t testing.TB, key crypto.Signer, until time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "示范市民政局", Country: []string{"CN"}},
		NotBefore: at(0, 0).AddDate(-1, 0, 0), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sealKeys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"P-256": p256, "RSA": r}
}

var later = at(0, 0).AddDate(5, 0, 0)

func TestASignedDocumentIsValidWholeAndUnchangedBeneath(t *testing.T) {
	d := made(t, "correction-order", sampleOf("correction-order", Both))
	for name, key := range sealKeys(t) {
		signed, err := Sign(d.PDF, key, []*x509.Certificate{sealOf(t, key, later)}, at(18, 0))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(Original(signed), d.PDF) {
			t.Errorf("%s: what was signed is not byte for byte what was printed", name)
		}
		s := Signatures(signed)
		if len(s) != 1 || !s[0].Valid || !s[0].Whole || s[0].By != "示范市民政局" {
			t.Errorf("%s: got %+v", name, s)
		}
		if in, ok := Open(signed); !ok || len(in.Wrong) > 0 {
			t.Errorf("%s: parts are wrong: %v", name, in.Wrong)
		}
		path := filepath.Join(t.TempDir(), "signed.pdf")
		if err := os.WriteFile(path, signed, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(tool(t, "qpdf"), "--check", path).CombinedOutput(); err != nil {
			t.Errorf("%s: qpdf: %v\n%s", name, err, out)
		}
		out, err := exec.Command(tool(t, "pdfsig"), "-nocert", path).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("Signature is Valid")) || !bytes.Contains(out, []byte("Total document signed")) {
			t.Errorf("%s: pdfsig: %v\n%s", name, err, out)
		}
	}
}

// Each byte that is changed, wherever, breaks the signature.
func TestAChangedByteBreaksTheSignature(t *testing.T) {
	d := made(t, "service-receipt", sampleOf("service-receipt", Chinese))
	key := sealKeys(t)["P-256"]
	signed, err := Sign(d.PDF, key, []*x509.Certificate{sealOf(t, key, later)}, at(18, 0))
	if err != nil {
		t.Fatal(err)
	}
	gap := bytes.LastIndex(signed, []byte("/Contents <"))
	for i := 0; i < len(signed); i += 997 {
		if i > gap && i < gap+2*signatureRoom+20 {
			continue // the room of the signature itself: zeros fill what it does not use
		}
		b := bytes.Clone(signed)
		b[i] ^= 0x20
		if s := Signatures(b); len(s) == 1 && s[0].Valid && s[0].Whole {
			t.Fatalf("byte %d changed, and the signature is still valid", i)
		}
	}
	if s := Signatures(append(bytes.Clone(signed), "more"...)); s[0].Whole {
		t.Error("what was appended counts as signed")
	}
}

func TestWhatCannotSignIsRefused(t *testing.T) {
	d := made(t, "service-receipt", sampleOf("service-receipt", Chinese))
	keys := sealKeys(t)
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	good := []*x509.Certificate{sealOf(t, keys["P-256"], later)}
	signed, err := Sign(d.PDF, keys["P-256"], good, at(18, 0))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pdf   []byte
		key   crypto.Signer
		chain []*x509.Certificate
		want  string
	}{
		"another's key": {d.PDF, keys["RSA"], good, "report.sign.other_key"},
		"P-224":         {d.PDF, p224, []*x509.Certificate{sealOf(t, p224, later)}, "report.sign.key_kind"},
		"Ed25519":       {d.PDF, ed, []*x509.Certificate{sealOf(t, ed, later)}, "report.sign.key_kind"},
		"expired":       {d.PDF, keys["RSA"], []*x509.Certificate{sealOf(t, keys["RSA"], at(1, 0))}, "report.sign.expired"},
		"nobody":        {d.PDF, nil, nil, "report.sign.no_key"},
		"signed twice":  {signed, keys["P-256"], good, "report.sign.signed_already"},
		"no PDF":        {[]byte("%PDF-1.7 nothing"), keys["P-256"], good, "report.sign.not_ours"},
	} {
		_, err := Sign(c.pdf, c.key, c.chain, at(18, 0))
		var e *record.Error
		if e, _ = err.(*record.Error); e == nil || e.Message != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// A changed byte is found without the database, and the part it is in is named.
func TestOpenNamesThePartThatWasAltered(t *testing.T) {
	in := sampleOf("photo-sheet", Chinese)
	in.Proof = []byte(`{"v":1}`)
	d := made(t, "photo-sheet", in)
	whole, ok := Open(d.PDF)
	if !ok || len(whole.Wrong) > 0 || string(whole.Proof) != `{"v":1}` || len(whole.Pictures) != 4 || whole.Pages != d.Pages || whole.Content != d.ContentDigest {
		t.Fatalf("got %+v", whole)
	}
	file, err := readObjects(d.PDF)
	if err != nil {
		t.Fatal(err)
	}
	names := file.names()
	picture := 0
	for i := 1; i < len(file.objects); i++ {
		o := file.objects[i]
		want := names[i]
		if strings.HasPrefix(want, "picture ") {
			picture++
			want = "picture " + string(rune('0'+picture))
		}
		if len(o.stream) < 40 || strings.Contains(o.head, "/EmbeddedFile") {
			continue
		}
		b := bytes.Clone(d.PDF)
		b[bytes.Index(b, o.stream)+len(o.stream)/2] ^= 1
		got, _ := Open(b)
		if !slices.Equal(got.Wrong, []string{want}) {
			t.Errorf("object %d: got %v, want %s", i, got.Wrong, want)
		}
	}
	// What is attached is checked too: by its own packing, or as the list.
	for i, o := range file.objects {
		if !strings.Contains(o.head, "/EmbeddedFile ") {
			continue
		}
		b := bytes.Clone(d.PDF)
		b[bytes.Index(b, o.stream)+len(o.stream)-2] ^= 1
		if got, ok := Open(b); ok && len(got.Wrong) == 0 {
			t.Errorf("attachment %d was altered and nobody noticed", i)
		}
	}
}

func FuzzOpen(f *testing.F) {
	d := made(f, "service-receipt", sampleOf("service-receipt", Chinese))
	f.Add(d.PDF)
	f.Add([]byte("%PDF-1.7\nstartxref\n0\n%%EOF\n"))
	f.Add([]byte("/ByteRange [0 1 2 3] /ByteRange [0 9999999999 9999999999 9999999999]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, ok := Open(b)
		if ok && len(in.Wrong) == 0 && !bytes.HasPrefix(b, []byte("%PDF")) {
			t.Error("no PDF, and nothing is wrong with it")
		}
		for _, s := range Signatures(b) {
			if s.Valid {
				t.Error("a signature out of nothing")
			}
		}
	})
}
