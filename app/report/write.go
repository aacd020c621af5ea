package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// properties are what a PDF tells about itself.
type properties struct {
	title, author, subject string
	language               string // BCP 47
	at                     time.Time
	content                string // digest printed on the pages
	code                   string // what the QR codes of the pages say in common
	proof                  []byte // attached: see Input.Proof
}

// write plays a finished sheet into gofpdf, which gets single lines only, and
// finishes what gofpdf writes.
func (s *sheet) write(p properties) ([]byte, error) {
	var used [faces]map[rune]bool
	for i := range used {
		used[i] = map[rune]bool{}
	}
	all := map[rune]bool{}
	for _, ops := range s.pages {
		for _, o := range ops {
			var text string
			var fc face
			switch o := o.(type) {
			case textOp:
				text, fc = o.text, o.style.face
			case waterOp:
				text, fc = o.text, o.style.face
			}
			for _, r := range text {
				used[fc][r] = true
			}
		}
	}
	for i := range used {
		for r := range used[i] {
			all[r] = true
		}
	}
	c, err := assignCodes(all)
	if err != nil {
		return nil, err
	}

	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCompression(false) // the finisher packs the pages, reusing one packer
	pdf.SetCreationDate(p.at)
	pdf.SetModificationDate(p.at)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	f := finisher{codes: c, properties: p, bookmarks: s.bookmarks, anchors: s.anchors}
	for i := range faces {
		if len(used[i]) == 0 {
			continue
		}
		file, err := cut(face(i), used[i], c)
		if err != nil {
			return nil, err
		}
		f.fonts[i] = subsetName(file, faceName[i])
		pdf.AddUTF8FontFromBytes(family(face(i)), "", file)
	}
	w := writer{pdf: pdf, codes: c, finisher: &f, pictures: map[[sha256.Size]byte]int{}}
	for i, ops := range s.pages {
		pdf.AddPage()
		w.page = i
		for _, o := range ops {
			w.play(o)
		}
	}
	if err := pdf.Error(); err != nil {
		return nil, fmt.Errorf("report: place text: %w", err)
	}
	var raw bytes.Buffer
	if err := pdf.Output(&raw); err != nil {
		return nil, fmt.Errorf("report: write PDF: %w", err)
	}
	return f.finish(raw.Bytes())
}

// family is the name gofpdf knows a face by.
func family(fc face) string { return fmt.Sprintf("face%c", 'a'+rune(fc)) }

// subsetName is the name of a cut font: a tag of six letters that differs
// between subsets, as the standard asks, and its proper name.
func subsetName(file []byte, name string) string {
	sum := sha256.Sum256(file)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag) + "+" + name
}

// writer plays ops into gofpdf.
type writer struct {
	pdf      *gofpdf.Fpdf
	codes    codes
	finisher *finisher
	pictures map[[sha256.Size]byte]int // number of each picture already used
	page     int
	face     face
	size     float64
	fontPage int // the page the font was set on, from 1
}

func (w *writer) font(st style) {
	// gofpdf repeats the font at the top of each page.
	if w.fontPage > 0 && w.face == st.face && w.size == st.size {
		return
	}
	w.pdf.SetFont(family(st.face), "", st.size)
	w.face, w.size, w.fontPage = st.face, st.size, w.page+1
}

func (w *writer) play(o op) {
	pdf := w.pdf
	switch o := o.(type) {
	case textOp:
		w.font(o.style)
		pdf.SetTextColor(o.style.colour[0], o.style.colour[1], o.style.colour[2])
		if o.spread > 0 {
			pdf.RawWriteStr(fmt.Sprintf("%.3f Tc", o.spread))
		}
		if o.style.heavy > 0 {
			pdf.SetDrawColor(o.style.colour[0], o.style.colour[1], o.style.colour[2])
			pdf.RawWriteStr(fmt.Sprintf("%.3f w 2 Tr", o.style.heavy))
		}
		pdf.Text(o.x, o.y, w.codes.encode(o.text))
		if o.spread > 0 {
			pdf.RawWriteStr("0 Tc")
		}
		if o.style.heavy > 0 {
			pdf.RawWriteStr("0 Tr")
			pdf.SetLineWidth(o.style.heavy * mmPerPoint)
		}
	case boxOp:
		kind := ""
		if o.fill != nil {
			pdf.SetFillColor(o.fill[0], o.fill[1], o.fill[2])
			kind += "F"
		}
		if o.stroke != nil {
			pdf.SetDrawColor(o.stroke[0], o.stroke[1], o.stroke[2])
			pdf.SetLineWidth(o.line)
			kind += "D"
		}
		pdf.Rect(o.x, o.y, o.w, o.h, kind)
	case pathOp:
		points := make([]gofpdf.PointType, 0, len(o.points)/2)
		for i := 0; i+1 < len(o.points); i += 2 {
			points = append(points, gofpdf.PointType{X: o.points[i], Y: o.points[i+1]})
		}
		if o.fill {
			pdf.SetFillColor(o.colour[0], o.colour[1], o.colour[2])
			pdf.Polygon(points, "F")
			return
		}
		pdf.SetDrawColor(o.colour[0], o.colour[1], o.colour[2])
		pdf.SetLineWidth(o.line)
		pdf.MoveTo(points[0].X, points[0].Y)
		for _, p := range points[1:] {
			pdf.LineTo(p.X, p.Y)
		}
		pdf.DrawPath("D")
	case discOp:
		pdf.SetFillColor(o.colour[0], o.colour[1], o.colour[2])
		pdf.SetDrawColor(o.colour[0], o.colour[1], o.colour[2])
		pdf.SetLineWidth(o.line)
		kind := "D"
		if o.fill {
			kind = "F"
		}
		pdf.Circle(o.x, o.y, o.r, kind)
	case pictureOp:
		// gofpdf's own pictures come out in an order that changes from run
		// to run; the finisher adds ours in the order of their first use.
		n, ok := w.pictures[o.picture.sum]
		if !ok {
			n = len(w.finisher.pictures)
			w.pictures[o.picture.sum] = n
			w.finisher.pictures = append(w.finisher.pictures, o.picture)
		}
		m := o.picture.matrix(o.x/mmPerPoint, (pageHeight-o.y-o.h)/mmPerPoint, o.w/mmPerPoint, o.h/mmPerPoint)
		pdf.RawWriteStr(fmt.Sprintf("q %.3f %.3f %.3f %.3f %.3f %.3f cm /Im%d Do Q", m[0], m[1], m[2], m[3], m[4], m[5], n))
	case linkOp:
		w.finisher.links = append(w.finisher.links, link{w.page, o})
	case waterOp:
		w.font(o.style)
		pdf.SetTextColor(o.style.colour[0], o.style.colour[1], o.style.colour[2])
		pdf.SetAlpha(0.13, "Normal")
		pdf.TransformBegin()
		pdf.TransformRotate(52, pageWidth/2, pageHeight/2)
		pdf.Text((pageWidth-o.style.width(o.text))/2, pageHeight/2+o.style.size*mmPerPoint*0.36, w.codes.encode(o.text))
		pdf.TransformEnd()
		pdf.SetAlpha(1, "Normal")
	}
}
