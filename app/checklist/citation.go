package checklist

import (
	"strconv"
	"strings"

	"plumbline/app/record"
)

// CitationText writes a citation for people: 《社会团体登记管理条例》第三十条第一款
// 第三项 in Chinese, "Charity Law of the PRC, Art. 22" in English. One that
// nobody has verified says so (待核对).
func CitationText(c record.Citation, lang string) string {
	text := instrumentText(c, lang)
	article := ArticleText(c, lang)
	if lang == "zh" {
		if c.Chinese == "" && article != "" {
			text += " " // a title in Latin letters
		}
		text += article
		if c.Confidence != record.Verified {
			text += word("zh", "checklist.to_be_verified", nil)
		}
		return text
	}
	if article != "" {
		text += ", " + article
	}
	if c.Confidence != record.Verified {
		text += " " + word("en", "checklist.to_be_verified", nil)
	}
	return text
}

// instrumentText writes the title. A title within a title takes single marks
// (GB/T 15834); a standard's number stands after its title; "varies" means a
// class of local rules and no instrument of that title.
func instrumentText(c record.Citation, lang string) string {
	t := record.Text{Chinese: c.Chinese, English: c.English}.In(lang)
	if lang != "zh" || c.Chinese == "" || c.Edition == "varies" {
		return t
	}
	number := ""
	if isStandard(c) {
		if head, rest, ok := strings.Cut(t, " "); ok {
			if n, title, ok := strings.Cut(rest, " "); ok {
				number, t = "（"+head+" "+n+"）", title
			}
		}
	}
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(t) + "》" + number
}

// How the parts of an instrument are called depends on what it is: a law or
// regulation has articles 条, a notice or opinion has parts 一、（一）, a standard
// has chapters with Arabic numbers.
func isStandard(c record.Citation) bool { return strings.HasPrefix(c.Chinese, "GB") }

func isNotice(c record.Citation) bool {
	t := strings.TrimSuffix(c.Chinese, "（试行）")
	return strings.HasSuffix(t, "通知") || strings.HasSuffix(t, "意见")
}

// ArticleText writes the articles of a citation, "" when they are left open.
// What is not in the form of a Chinese article ("s. 46" of another country's
// law) stays as it is.
func ArticleText(c record.Citation, lang string) string {
	raw := strings.TrimSpace(c.Article)
	if raw == "" {
		return ""
	}
	places, ok := parseArticles(raw)
	if !ok {
		return raw
	}
	if lang != "zh" {
		return articlesEnglish(c, places)
	}
	var out []string
	for _, p := range places {
		out = append(out, placesChinese(c, p)...)
	}
	return strings.Join(out, "、")
}

// place is one place in an instrument: "30(1)(i)(v)" is article 30, paragraph
// 1, items 1 and 5; "7-10" is articles 7 to 10.
type place struct {
	article, to int // to: last article of a range, else 0
	paragraph   int
	items       []int
}

func parseArticles(s string) ([]place, bool) {
	var out []place
	for _, part := range strings.Split(s, ",") {
		p, ok := parsePlace(strings.TrimSpace(part))
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

func parsePlace(s string) (p place, ok bool) {
	head, rest, more := strings.Cut(s, "(")
	if from, to, isRange := strings.Cut(head, "-"); isRange {
		p.article, p.to = ordinal(from), ordinal(to)
		return p, !more && p.article > 0 && p.to > p.article
	}
	if p.article = ordinal(head); p.article == 0 {
		return p, false
	}
	if !more {
		return p, true
	}
	inner, closed := strings.CutSuffix(rest, ")")
	if !closed {
		return p, false
	}
	for n, x := range strings.Split(inner, ")(") {
		if d := ordinal(x); d > 0 && n == 0 {
			p.paragraph = d
			continue
		}
		r := roman(x)
		if r == 0 {
			return p, false
		}
		p.items = append(p.items, r)
	}
	return p, true
}

// ordinal reads 1 to 9999, 0 for anything else.
func ordinal(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 9999 || s[0] == '+' || s[0] == '0' {
		return 0
	}
	return n
}

// roman reads a small lower-case roman numeral, 0 for anything else.
func roman(s string) int {
	value := map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50}
	n := 0
	for k := 0; k < len(s); k++ {
		v := value[s[k]]
		if v == 0 || len(s) > 8 {
			return 0
		}
		if k+1 < len(s) && value[s[k+1]] > v {
			v = -v
		}
		n += v
	}
	if n < 1 || romanOf(n) != s {
		return 0
	}
	return n
}

func romanOf(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		n int
		s string
	}{{50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
		for n >= d.n {
			b.WriteString(d.s)
			n -= d.n
		}
	}
	return b.String()
}

func placesChinese(c record.Citation, p place) []string {
	article := func(n int) string { return "第" + chineseNumber(n) + "条" }
	paragraph := func(n int) string { return "第" + chineseNumber(n) + "款" }
	item := func(n int) string { return "第" + chineseNumber(n) + "项" }
	switch {
	case isStandard(c):
		article = func(n int) string { return "第" + strconv.Itoa(n) + "章" }
	case isNotice(c):
		article = func(n int) string { return "第" + chineseNumber(n) + "部分" }
		paragraph = func(n int) string { return "第（" + chineseNumber(n) + "）项" }
	}
	if p.to > 0 {
		return []string{article(p.article) + "至" + article(p.to)}
	}
	head := article(p.article)
	if p.paragraph > 0 {
		head += paragraph(p.paragraph)
	}
	if len(p.items) == 0 {
		return []string{head}
	}
	out := []string{head + item(p.items[0])}
	for _, n := range p.items[1:] {
		out = append(out, item(n))
	}
	return out
}

func articlesEnglish(c record.Citation, places []place) string {
	label := [2]string{"Art.", "Arts."}
	switch {
	case isStandard(c):
		label = [2]string{"Chapter", "Chapters"}
	case isNotice(c):
		label = [2]string{"Part", "Parts"}
	}
	var out []string
	for _, p := range places {
		t := strconv.Itoa(p.article)
		if p.to > 0 {
			t += "–" + strconv.Itoa(p.to)
		}
		if p.paragraph > 0 {
			t += "(" + strconv.Itoa(p.paragraph) + ")"
		}
		for _, n := range p.items {
			t += "(" + romanOf(n) + ")"
		}
		out = append(out, t)
	}
	if len(out) > 1 || places[0].to > 0 {
		return label[1] + " " + strings.Join(out, ", ")
	}
	return label[0] + " " + out[0]
}

// chineseNumber writes 1 to 9999 as articles are numbered: 十, 二十一, 一百零二,
// 一百一十.
func chineseNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	units := []string{"千", "百", "十", ""}
	var b strings.Builder
	zero := false
	for k, d := range []int{n / 1000, n / 100 % 10, n / 10 % 10, n % 10} {
		if d == 0 {
			zero = b.Len() > 0
			continue
		}
		if zero {
			b.WriteRune('零')
			zero = false
		}
		if !(d == 1 && k == 2 && b.Len() == 0) { // 十, not 一十, at the beginning
			b.WriteRune(digits[d])
		}
		b.WriteString(units[k])
	}
	return b.String()
}
