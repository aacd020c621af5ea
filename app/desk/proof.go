package desk

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// proof is attached to the PDF of a sealed inspection: the entries that its seal
// names, the seal, and the public keys of those who signed. Bodies that are
// need-to-know are withheld from what goes out; their entries verify without.
type proof struct {
	Version    int                             `json:"v"`
	Inspection record.ID                       `json:"inspection"`
	Entries    []proofEntry                    `json:"entries"`
	Keys       map[record.ID]map[string]string `json:"keys"` // person -> key id -> public key
	Names      map[record.ID]string            `json:"names"`
	Later      []proofEntry                    `json:"later,omitempty"` // written after the seal, and shown on the pages; no key proves them
	Files      []proofFile                     `json:"files,omitempty"` // signatures and scans that stand on the pages
	Print      printed                         `json:"print,omitzero"`  // how the pages were made, if they can be made again from this
}

// printed is how a document was printed.
type printed struct {
	Document         string          `json:"document"`
	Language         report.Language `json:"language"`
	OrganizationCopy bool            `json:"organization_copy,omitempty"`
	Layout           int             `json:"layout"` // report.Layout; others lay out otherwise

	Numbers map[record.ID]int `json:"numbers,omitempty"` // of photos and findings, where some are withheld
}

// proofFile is a file named by its digest.
type proofFile struct {
	Digest record.Hash `json:"digest"`
	Bytes  []byte      `json:"bytes"`
}

// proofEntry is one entry: header and body exactly as written, with the salt
// that the header's digest of the body was taken with. Without body it is
// withheld or destroyed.
type proofEntry struct {
	Header []byte `json:"header"`
	Salt   []byte `json:"salt,omitempty"`
	Body   []byte `json:"body,omitempty"`
}

// proofOf gathers the proof of a sealed inspection. It holds only what the seal
// knew, in the order of the journals, so that the same document is the same
// bytes wherever and whenever it is printed. doubtful says that the pages may
// show what the proof does not.
func (d *Desk) proofOf(ctx context.Context, v Visit, outward bool, as printed) (b []byte, doubtful bool, err error) {
	i := v.Inspection
	if i.Sealed == nil {
		return nil, false, nil
	}
	m, err := store.ReadManifest(*i.Sealed)
	if err != nil {
		return nil, false, err
	}
	past, err := d.Store.Past(ctx, i.ID)
	if err != nil {
		return nil, false, err
	}
	entries := past.Entries
	for _, f := range m.Findings {
		more, err := d.Store.Past(ctx, f)
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, more.Entries...)
	}
	p := proof{Version: 1, Inspection: i.ID, Keys: map[record.ID]map[string]string{}, Names: map[record.ID]string{}}
	named := map[record.Hash]bool{}
	for _, h := range m.Entries {
		named[h] = true
	}
	slices.SortFunc(entries, func(a, b journal.Entry) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seq, b.Seq))
	})
	secret := secrets(v)
	for _, e := range entries {
		x := proofEntry{Header: e.Raw, Salt: e.Salt, Body: e.BodyJSON}
		if outward && secret(e) {
			x.Salt, x.Body, doubtful = nil, nil, as.Document != ""
		}
		switch {
		case named[e.Hash] || e.Kind == record.Seal && e.Record == i.ID && sealIs(e, *i.Sealed):
			p.Entries = append(p.Entries, x)
		case shownLater(e):
			p.Later, doubtful = append(p.Later, x), as.Document != ""
		}
	}
	if as.Document != "" && remakable(v) {
		p.Print = as
		p.Print.Layout = report.Layout
		if doubtful {
			p.Print.Numbers = numbersOf(v)
		}
	}
	for _, g := range i.Signatures {
		if g.Image == "" || p.Print.Document == "" {
			continue
		}
		b, err := d.File(g.Image)
		switch {
		case record.CodeOf(err) == record.NotFound:
		case err != nil:
			return nil, false, err
		case len(b) > maxProofFile:
			p.Print = printed{}
		default:
			p.Files = append(p.Files, proofFile{g.Image, b})
		}
	}
	people := []record.ID{i.Sealed.Person}
	for _, g := range i.Signatures {
		if len(g.Proof) > 0 {
			people = append(people, g.ID)
		}
	}
	for _, id := range people {
		person, err := d.Store.Person(ctx, id)
		if err != nil && record.CodeOf(err) != record.NotFound {
			return nil, false, err
		}
		p.Keys[id], p.Names[id] = person.Keys, person.Name
	}
	if b, err = json.Marshal(p); err != nil {
		return nil, false, fmt.Errorf("desk: write proof: %w", err)
	}
	return b, doubtful, nil
}

// maxProofFile bounds the scans that are attached; more would double the file.
const maxProofFile = 1 << 20

// shownLater tells whether an entry that the seal does not know may change what
// the pages show.
func shownLater(e journal.Entry) bool {
	switch e.Kind {
	case record.Seal, record.Comment, record.Refuse:
		return false
	}
	return true
}

// remakable tells whether a visit's pages depend on nothing but what is
// attached: not on findings of earlier inspections, nor on files destroyed since.
func remakable(v Visit) bool {
	return len(v.Earlier) == 0 && !slices.ContainsFunc(v.Inspection.Evidence, func(e record.Evidence) bool { return e.Destroyed != "" })
}

// sealIs tells whether an entry is the one that holds this seal.
func sealIs(e journal.Entry, b record.SealBody) bool {
	body, err := e.Decode()
	return err == nil && body.Seal != nil && slices.Equal(body.Seal.Manifest, b.Manifest) && slices.Equal(body.Seal.Proof, b.Proof)
}

// secrets tells which entries say something need-to-know 内部掌握.
func secrets(v Visit) func(journal.Entry) bool {
	paths := map[string]bool{}
	for _, n := range v.Nodes {
		if n.Item.Sensitive {
			paths["items/"+n.Key] = true
		}
	}
	for _, e := range v.Inspection.Evidence {
		if e.Sensitive {
			paths["evidence/"+string(e.ID)] = true
		}
	}
	findings := map[record.ID]bool{}
	for _, f := range v.Findings {
		if f.Sensitive {
			findings[f.ID] = true
		}
	}
	return func(e journal.Entry) bool {
		if findings[e.Record] {
			return true
		}
		body, err := e.Decode()
		if err != nil {
			return false
		}
		for p := range body.Set {
			head, rest, _ := strings.Cut(p, "/")
			key, _, _ := strings.Cut(rest, "/")
			if paths[head+"/"+key] {
				return true
			}
			var a record.Amendment // is as secret as what it is of
			if head == "amendments" && json.Unmarshal(body.Set[p], &a) == nil && a.Item != "" && paths["items/"+a.Item] {
				return true
			}
		}
		return false
	}
}

// PDFCheck is what a PDF proves by itself, without a database.
type PDFCheck struct {
	Ours       bool            `json:"ours"` // has the list of parts that our documents carry
	Pages      int             `json:"pages"`
	Content    string          `json:"content,omitempty"` // digest printed on the pages
	Inspection record.ID       `json:"inspection,omitempty"`
	Entries    int             `json:"entries"`  // journal entries that verify
	Withheld   int             `json:"withheld"` // of them without their bodies
	Signers    []string        `json:"signers"`  // inspectors whose keys signed the record
	SealedBy   string          `json:"sealed_by,omitempty"`
	SealedAt   string          `json:"sealed_at,omitempty"`
	Key        string          `json:"key,omitempty"` // id of the key that sealed: compare it with the register
	Pictures   int             `json:"pictures"`      // photos that are the sealed ones
	Later      int             `json:"later"`         // entries written after the seal, which no key proves
	Signatures []report.Signed `json:"signatures"`    // of the PDF itself, by certificates

	Remade      bool `json:"remade"`                 // the pages are, byte for byte, those that the entries make
	OtherLayout bool `json:"other_layout,omitempty"` // they were laid out by another version of the program, and could not be made again

	Problems []store.Problem `json:"problems"`
}

func (c *PDFCheck) problem(message string, args ...any) {
	p := store.Problem{Message: message, Args: map[string]any{}}
	for n := 0; n+1 < len(args); n += 2 {
		p.Args[args[n].(string)] = args[n+1]
	}
	c.Problems = append(c.Problems, p)
}

// CheckPDF tells what a PDF proves by itself: which of its parts were altered,
// whether the attached journal entries are those that the seal names and a
// person's key signed, whether its photos are the sealed ones, and whose
// certificates signed the file. Then it makes the pages anew from the entries, in
// a store that db opens for the while, and compares: what a forger writes on a
// page is in no entry that the seal names.
func CheckPDF(ctx context.Context, b []byte, db Database) (PDFCheck, error) {
	in, ours := report.Open(b)
	c := PDFCheck{Ours: ours, Pages: in.Pages, Content: in.Content, Signatures: report.Signatures(b), Signers: []string{}, Problems: []store.Problem{}}
	for n, s := range c.Signatures {
		switch {
		case !s.Valid:
			c.problem("verify.pdf_signature", "n", n+1)
		case !s.Whole && n == len(c.Signatures)-1:
			c.problem("verify.pdf_appended")
		}
	}
	if !ours {
		return c, nil
	}
	for _, part := range in.Wrong {
		c.problem("verify.pdf_part", "part", part)
	}
	if len(c.Signatures) == 0 && len(report.Original(b)) != len(b) {
		c.problem("verify.pdf_appended")
	}
	if in.Proof == nil {
		return c, nil
	}
	var p proof
	if err := json.Unmarshal(in.Proof, &p); err != nil || p.Version != 1 {
		c.problem("verify.pdf_part", "part", "plumbline-proof.json")
		return c, nil
	}
	sums := make([]string, len(in.Pictures))
	for n, picture := range in.Pictures {
		sums[n] = bare(record.HashOf(picture))
	}
	c.check(p, sums)
	if len(c.Problems) > 0 || p.Print.Document == "" {
		return c, nil
	}
	if p.Print.Layout != report.Layout {
		c.OtherLayout = true
		return c, nil
	}
	return c, c.remake(ctx, p, in, report.Original(b), db)
}

// SignedWith notes a problem unless this certificate, and not only one that says
// the same name of itself, vouches for the whole file.
func (c *PDFCheck) SignedWith(x *x509.Certificate) {
	want := bare(record.HashOf(x.Raw))
	if !slices.ContainsFunc(c.Signatures, func(s report.Signed) bool { return s.Valid && s.Whole && s.Certificate == want }) {
		c.problem("verify.pdf_other_certificate", "certificate", want)
	}
}

// Proved tells whether the pages are proved by the file itself.
func (c PDFCheck) Proved() bool { return len(c.Problems) == 0 && (c.Remade || c.Signed()) }

// Signed tells whether a certificate vouches for the whole file.
func (c PDFCheck) Signed() bool {
	return len(c.Problems) == 0 && slices.ContainsFunc(c.Signatures, func(s report.Signed) bool { return s.Valid && s.Whole })
}

// check verifies the entries, the seal and the signatures of a proof, and that
// the pictures of the document are among the sealed files.
func (c *PDFCheck) check(p proof, pictures []string) {
	c.Inspection, c.Later = p.Inspection, len(p.Later)
	there := map[record.Hash]bool{}
	var seal *record.SealBody
	var signatures []record.Signature
	for n, x := range p.Entries {
		e, err := journal.Read(x.Header, x.Salt, x.Body)
		if err != nil {
			c.problem("verify.pdf_entry", "n", n+1)
			continue
		}
		there[e.Hash] = true
		c.Entries++
		if e.Withheld() {
			c.Withheld++
			continue
		}
		body, err := e.Decode()
		if err != nil {
			c.problem("verify.pdf_entry", "n", n+1)
			continue
		}
		if body.Seal != nil && e.Record == p.Inspection {
			seal = body.Seal
		}
		for path, raw := range body.Set {
			var g record.Signature
			if strings.HasPrefix(path, "signatures/") && json.Unmarshal(raw, &g) == nil && len(g.Proof) > 0 {
				signatures = append(signatures, g)
			}
		}
	}
	if seal == nil {
		c.problem("verify.seal_missing")
		return
	}
	m, err := store.ReadManifest(*seal)
	if err != nil || m.Inspection != p.Inspection {
		c.problem("verify.seal_broken")
		return
	}
	if !p.signed(seal.Person, seal.Key, journal.ManifestStatement(seal.Manifest), seal.Proof) {
		c.problem("verify.seal_signature")
	} else {
		c.SealedBy, c.SealedAt, c.Key = p.Names[seal.Person], m.At, seal.Key
	}
	for _, h := range m.Entries {
		if !there[h] {
			c.problem("verify.entry_missing", "entry", h.Short())
		}
	}
	slices.SortFunc(signatures, func(a, b record.Signature) int { return cmp.Compare(a.At+string(a.ID), b.At+string(b.ID)) })
	for _, g := range signatures {
		if g.Content != m.Content {
			continue // signed an earlier reading, and again later
		}
		if !p.signed(g.ID, g.Key, g.Statement(p.Inspection), g.Proof) {
			c.problem("verify.person_signature")
			continue
		}
		c.Signers = append(c.Signers, g.Name)
	}
	files := map[string]bool{}
	for _, f := range m.Files {
		files[bare(f.Digest)] = true
	}
	for n, sum := range pictures {
		if !files[sum] {
			c.problem("verify.pdf_picture", "n", n+1)
			continue
		}
		c.Pictures++
	}
}

// signed checks a signature against a key that came with the proof.
func (p proof) signed(person record.ID, key string, statement, signature []byte) bool {
	public, err := journal.ParsePublic(p.Keys[person][key])
	return err == nil && journal.KeyID(public) == key && ed25519.Verify(public, statement, signature)
}
