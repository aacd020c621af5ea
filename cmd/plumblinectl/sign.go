package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

func signPDF(c *call) error {
	f := c.flags()
	cert := f.String("cert", "", c.t.T("ctl.flag.sign_cert"))
	key := f.String("key", "", c.t.T("ctl.flag.sign_key"))
	out := f.String("out", "", c.t.T("ctl.flag.out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *cert == "" || *key == "" || *out == "" {
		return c.wrongUse()
	}
	pdf, err := os.ReadFile(args[0])
	if err != nil {
		return unreadable(args[0], "file", err)
	}
	chain, err := certificates(*cert)
	if err != nil {
		return err
	}
	signer, err := privateKey(*key)
	if err != nil {
		return err
	}
	signed, err := report.Sign(pdf, signer, chain, time.Now())
	if err != nil {
		return err
	}
	if err := desk.WriteFile(*out, signed); err != nil {
		return unwritable(*out, "out", err)
	}
	if c.json {
		c.print(map[string]any{"file": *out, "bytes": len(signed), "signed_by": chain[0].Subject.CommonName, "sha256": record.HashOf(signed)})
		return nil
	}
	c.say("%s", c.t.T("ctl.signed_pdf", "file", *out, "name", chain[0].Subject.CommonName))
	return nil
}

// certificates reads the certificates of a PEM file.
func certificates(path string) ([]*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, "cert", err)
	}
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		x, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, notPEM(path, "cert", err)
		}
		out = append(out, x)
	}
	if out == nil {
		return nil, notPEM(path, "cert", nil)
	}
	return out, nil
}

// privateKey reads the first private key of a PEM file, in any of the usual
// wrappings.
func privateKey(path string) (crypto.Signer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, "key", err)
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return nil, notPEM(path, "key", nil)
		}
		if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			switch k := k.(type) {
			case *ecdsa.PrivateKey:
				return k, nil
			case *rsa.PrivateKey:
				return k, nil
			}
		}
		if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return k, nil
		}
		if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return k, nil
		}
	}
}

func notPEM(path, field string, err error) error {
	return &record.Error{Code: record.Invalid, Message: "ctl.sign_pem", Field: field, Args: map[string]any{"file": path}, Err: err}
}
