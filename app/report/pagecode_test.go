package report

import "testing"

func TestTheCodeOfAPageLeadsToItsDocument(t *testing.T) {
	const paper = "paper_0123456789abcdefghjkmnpqrs"
	for _, c := range []PageCode{
		{Paper: paper, Content: "0123456789ab", Page: 2, Of: 10},
		{Number: "PL-20261118-ABCDEF", Kind: "inspection-record", Content: "0123456789ab", Page: 12, Of: 12},
		{Number: "2026/07/示范", Kind: "paper-pack", Content: "0123456789ab", Page: 1, Of: 1},
	} {
		if got, ok := ReadPageCode(c.String()); !ok || got != c {
			t.Errorf("%q reads as %+v, want %+v", c.String(), got, c)
		}
	}
	for text, want := range map[string]PageCode{ // on paper that was printed before the digest stood in the code
		"PL1/" + paper + "/1/2":                    {Paper: paper, Page: 1, Of: 2},
		"PL1/PL-20261118-ABCDEF/evidence-list/3/4": {Number: "PL-20261118-ABCDEF", Kind: "evidence-list", Page: 3, Of: 4},
	} {
		if got, ok := ReadPageCode(text); !ok || got != want {
			t.Errorf("%q reads as %+v, want %+v", text, got, want)
		}
	}
	for _, text := range []string{"", "https://example.org", "PL2/A/B/0123456789AB/3/2", "PL2/A/B/0123456789AB/0/2", "PL2/A/B/short/1/2", "PL-20261118-ABCDEF\nsha256:00"} {
		if got, ok := ReadPageCode(text); ok {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
}

func TestAPDFSaysInItsListOfPartsWhatItsPagesSayInTheirCodes(t *testing.T) {
	for _, kind := range []string{"inspection-record", "correction-order"} {
		in := sampleOf(kind, Chinese)
		if kind == "inspection-record" {
			in.Office = Office{}
		}
		d := made(t, kind, in)
		inside, ok := Open(d.PDF)
		want := PageCode{Paper: in.Office.ID, Content: d.ContentDigest[:12]}
		if kind == "inspection-record" {
			want.Number, want.Kind = in.Number, kind
		}
		if !ok || inside.Code != want {
			t.Errorf("%s says %+v, want %+v", kind, inside.Code, want)
		}
	}
}
