package report

import (
	"regexp"
	"strconv"
	"strings"
)

// PageCode is what the QR code at the foot of a page says: which page of which
// document a sheet of paper is.
type PageCode struct {
	Paper   string // id of the document 文书; "" where it was printed of an inspection's records alone
	Number  string // internal number of the inspection; "" with Paper
	Kind    string // of record.DocumentKinds; "" with Paper
	Content string // the first record.PrintCode digits of Document.ContentDigest; "" in codes of before they bore it
	Page    int    // from 1
	Of      int    // pages of the document
}

// String writes the code in capitals, which a QR code packs in 5.5 bits instead
// of 8: a module of the usual code is 0.52 mm wide then, three points of a scan
// with 150 dots an inch. Four digits more would need the next size, of smaller ones.
func (c PageCode) String() string {
	return c.document() + "/" + strconv.Itoa(c.Page) + "/" + strconv.Itoa(c.Of)
}

// document is the part of a code that all pages of a document have in common,
// "" for one that has no number.
func (c PageCode) document() string {
	switch {
	case c.Paper != "":
		return strings.ToUpper("PL2/" + strings.Replace(c.Paper, "_", ":", 1) + "/" + c.Content)
	case c.Number != "":
		return strings.ToUpper("PL2/" + c.Number + "/" + c.Kind + "/" + c.Content)
	}
	return ""
}

// numbered are the forms of codes, those of before there was a digest first.
var numbered = []*regexp.Regexp{
	regexp.MustCompile(`^PL1/(paper_[0-9a-z]{26})()()/(\d{1,4})/(\d{1,4})$`),
	regexp.MustCompile(`^PL1/()(.{1,60})/([a-z-]{1,40})/(\d{1,4})/(\d{1,4})$`),
	regexp.MustCompile(`^PL2/(PAPER:[0-9A-Z]{26})()()/([0-9A-F]{12})/(\d{1,4})/(\d{1,4})$`),
	regexp.MustCompile(`^PL2/()(.{1,60})/([A-Z-]{1,40})/([0-9A-F]{12})/(\d{1,4})/(\d{1,4})$`),
}

// ReadPageCode reads what a QR code said; false for one that is not ours. A
// number comes back in capitals, whatever it was.
func ReadPageCode(text string) (PageCode, bool) {
	for _, form := range numbered {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		c := PageCode{Paper: strings.ToLower(strings.Replace(m[1], ":", "_", 1)), Number: strings.ToUpper(m[2]), Kind: strings.ToLower(m[3])}
		if len(m) == 7 {
			c.Content = strings.ToLower(m[4])
		}
		c.Page, _ = strconv.Atoi(m[len(m)-2]) // of digits, by its form
		c.Of, _ = strconv.Atoi(m[len(m)-1])
		return c, c.Page >= 1 && c.Page <= c.Of
	}
	return PageCode{}, false
}
