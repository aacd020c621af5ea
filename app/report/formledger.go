package report

import (
	"strconv"
	"strings"
	"time"
)

// FormLedger is the ledger of pre-stamped blank forms 空白文书领用登记.
type FormLedger struct {
	Rows   []FormRow
	Counts []Count // by what became of them, booking by booking
}

// FormRow is one form.
type FormRow struct {
	Number       string // as printed on it
	Kind         Text
	To, By       string // who took it, who handed it out
	At           time.Time
	Fate         Text
	ToldBy       string // who noted what became of it, "" while it is out
	ToldAt       time.Time
	Inspection   string // internal number
	Organization string
	Note         string
}

// formLedger prints the ledger, with room for whoever checks it.
func formLedger(r *paper) error {
	r.head()
	l := r.in.Forms
	if l == nil || len(l.Rows) == 0 {
		r.paragraphs(r.said("paper.forms.none", written, underWide)...)
		return nil
	}
	sum := map[Text]int{}
	var fates []Text
	for _, c := range l.Counts {
		if _, known := sum[c.Name]; !known {
			fates = append(fates, c.Name)
		}
		sum[c.Name] += c.N
	}
	line, second := r.main("paper.forms.total", "n", len(l.Rows)), r.second("paper.forms.total", "n", len(l.Rows))
	for _, o := range []string{"out", "used", "spoiled", "returned"} {
		for _, f := range fates {
			if main, english := r.of(f); main == r.main("blank.fate."+o) && sum[f] > 0 {
				line += "  " + main + " " + strconv.Itoa(sum[f])
				if second != "" {
					second += "  " + orMain(english, main) + " " + strconv.Itoa(sum[f])
				}
			}
		}
	}
	r.paragraphs(pair(line, second, value, under)...)
	r.y += 2
	var rows [][][]block
	small := style{face: body, size: 9, lead: 4.4, colour: black}
	for _, x := range l.Rows {
		rows = append(rows, [][]block{
			typed(x.Number, style{face: label, size: 8.5, lead: 4.4, colour: black}), r.told(x.Kind, small, under), typed(strings.TrimSpace(x.To+"\n"+day(x.At)), small), typed(x.By, small),
			r.told(x.Fate, small, under), typed(strings.TrimSpace(x.ToldBy+"\n"+day(x.ToldAt)), small), typed(strings.TrimSpace(strings.Join([]string{x.Inspection, x.Organization, x.Note}, "\n")), small),
		})
	}
	r.listing([]string{"paper.forms.number", "paper.forms.kind", "paper.forms.to", "paper.forms.by", "paper.forms.fate", "paper.forms.told", "paper.forms.where"},
		[]float64{22, 26, 22, 17, 13, 22, 0}, rows)
	r.y += 4
	f := r.form()
	f.row(entry{"paper.forms.keeper", r.toSign(14)}, entry{"paper.date", r.toDate(14)})
	f.row(entry{"paper.forms.checker", r.toSign(14)}, entry{"paper.date", r.toDate(14)})
	return nil
}

// day writes a day for a narrow column, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
