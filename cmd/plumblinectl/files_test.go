package main

import (
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// make KIND FILE makes a file that a text archive cannot hold.
func makeFile(ts *testscript.TestScript, neg bool, args []string) {
	kinds := map[string]func(path string) error{
		"photo":      makePhoto,
		"line":       makeLine,
		"huge-photo": makeHuge,
		"bomb":       makeBomb,
		"garbage": func(p string) error {
			return os.WriteFile(p, bytes.Repeat([]byte{0xfe, 0x00, 0x13, 0x37}, 4096), 0o600)
		},
		"nul.csv": func(p string) error { return os.WriteFile(p, []byte("名称,代码\n甲协会,\x00\x00\n"), 0o644) },
		"xls": func(p string) error {
			return os.WriteFile(p, append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 4096)...), 0o644)
		},
		"pdf": func(p string) error {
			return os.WriteFile(p, []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"), 0o644)
		},
		"gbk-answers": func(p string) error {
			return os.WriteFile(p, []byte("{\"REG-01\": {\"note\": \"\xd6\xd0\xce\xc4\"}}"), 0o644)
		},
		"bom-answers": func(p string) error {
			return os.WriteFile(p, []byte("\ufeff{\"REG-01\": {\"note\": \"记事本\"}}"), 0o644)
		},
		"newer":     makeNewer,
		"altered":   makeAltered,
		"big-photo": makeBigPhoto,
		"big-note": func(p string) error {
			return os.WriteFile(p, []byte(`{"REG-03": {"note": "`+strings.Repeat("三笔付款无凭证。", 40_000)+`"}}`), 0o644)
		},
		"truncated": func(p string) error { return os.Truncate(p, 3*4096+100) },
		"flipped":   flip,

		"certificate": makeCertificate,
	}
	f := kinds[args[0]]
	if f == nil {
		ts.Fatalf("make: unknown kind %q", args[0])
	}
	path := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(f(path))
}

// makeCertificate writes the authority's certificate and key, one PEM file.
func makeCertificate(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "示例市民政局"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(cryptorand.Reader, c, c, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return os.WriteFile(path, append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), 0o600)
}

func makePhoto(path string) error {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(len(path)), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func makeLine(path string) error {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 20))); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// makeHuge makes a photo of 2 GB that takes no room: a JPEG's first bytes and
// a hole behind them.
func makeHuge(path string) error {
	if err := makePhoto(path); err != nil {
		return err
	}
	return os.Truncate(path, 2<<30)
}

// makeBomb makes a PNG of 100 million pixels, true colour, in a small file.
func makeBomb(path string) error {
	const side = 10_000
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(body)))
		b.WriteString(name)
		b.Write(body)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), body...)))
	}
	head := binary.BigEndian.AppendUint32(nil, side)
	head = binary.BigEndian.AppendUint32(head, side)
	chunk("IHDR", append(head, 8, 2, 0, 0, 0))
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	if err != nil {
		return err
	}
	row := make([]byte, 1+3*side)
	for range side {
		if _, err := z.Write(row); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// makeNewer raises the version of a database's tables, as a newer program's
// migrations would.
func makeNewer(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	return err
}

// makeAltered changes a value in a table, as somebody with an SQL tool would.
func makeAltered(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := db.Exec("UPDATE organization SET name = '别的协会', doc = replace(doc, '书法', '别的')")
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("altered %d rows: %w", n, err)
	}
	return nil
}

// makeBigPhoto makes a photo of more than a megabyte.
func makeBigPhoto(path string) error {
	img := image.NewRGBA(image.Rect(0, 0, 1000, 800))
	rand.NewChaCha8([32]byte{}).Read(img.Pix)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// flip changes one bit in the middle of a file.
func flip(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 1
	return os.WriteFile(path, b, 0o644)
}
