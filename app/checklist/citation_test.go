package checklist

import (
	"regexp"
	"strings"
	"testing"

	"plumbline/app/record"
)

func TestCitationsReadAsOfficialsWriteThem(t *testing.T) {
	str := record.Citation{Ref: "STR", Chinese: "社会团体登记管理条例", English: "Regulations on Registration and Administration of Social Groups", Confidence: record.Verified}
	with := func(c record.Citation, article string) record.Citation { c.Article = article; return c }
	open := str
	open.Confidence = record.FromMemory
	l := func(ref, article string) record.Citation {
		i, ok := Provisions().Instrument(ref)
		if !ok {
			t.Fatalf("no instrument %s", ref)
		}
		return record.Citation{Ref: ref, Chinese: i.Chinese, English: i.English, Edition: i.Edition, Article: article, Confidence: record.Verified}
	}
	for _, x := range []struct {
		c      record.Citation
		zh, en string
	}{
		{with(str, "30(1)(iii)"), "《社会团体登记管理条例》第三十条第一款第三项", str.English + ", Art. 30(1)(iii)"},
		{with(str, "18, 30(1)(iv)"), "《社会团体登记管理条例》第十八条、第三十条第一款第四项", str.English + ", Arts. 18, 30(1)(iv)"},
		{with(str, "30(1)(i)(v), 32"), "《社会团体登记管理条例》第三十条第一款第一项、第五项、第三十二条", str.English + ", Arts. 30(1)(i)(v), 32"},
		{with(str, "42(ii)(vi)"), "《社会团体登记管理条例》第四十二条第二项、第六项", str.English + ", Art. 42(ii)(vi)"},
		{with(open, ""), "《社会团体登记管理条例》（待核对）", str.English + " (to be verified)"},
		{with(open, "10"), "《社会团体登记管理条例》第十条（待核对）", str.English + ", Art. 10 (to be verified)"},
		{l("CHL", "75, 77-79"), "《中华人民共和国慈善法》第七十五条、第七十七条至第七十九条", "Charity Law of the PRC, Arts. 75, 77–79"},
		{l("CHL", "111(i)(ii)"), "《中华人民共和国慈善法》第一百一十一条第一项、第二项", "Charity Law of the PRC, Art. 111(i)(ii)"},
		{l("CHL", "102"), "《中华人民共和国慈善法》第一百零二条", "Charity Law of the PRC, Art. 102"},
		{l("CHL", "110(viii)"), "《中华人民共和国慈善法》第一百一十条第八项", "Charity Law of the PRC, Art. 110(viii)"},
		{l("EXP16", "7-10"), "《关于慈善组织开展慈善活动年度支出和管理费用的规定》第七条至第十条", "Provisions on annual charitable expenditure and management costs, Arts. 7–10"},
		// a notice has parts, not articles
		{l("FEE20", "1(2)"), "《国务院办公厅关于进一步规范行业协会商会收费的通知》第一部分第（二）项", "State Council General Office notice on fees of industry associations and chambers of commerce, Part 1(2)"},
		// a standard has chapters
		{l("GB", "5"), "《法人和其他组织统一社会信用代码编码规则》（GB 32100-2015）第5章", "GB 32100-2015 Unified Social Credit Code, Chapter 5"},
		// a title within a title
		{l("PB19", ""), "《民政部关于在社会组织登记管理工作中贯彻落实〈中共中央关于加强党的政治建设的意见〉有关要求的通知》", "MCA notice implementing the opinion on the Party's political building in registration work"},
		// no instrument of that title exists: it differs from place to place
		{l("LOCAL", ""), "地方重大事项报告规定", "Local rules on reporting of major matters"},
		// another country's form stays as it is
		{record.Citation{Chinese: "", English: "Charities Act 2011", Article: "s. 46", Confidence: record.Verified}, "Charities Act 2011 s. 46", "Charities Act 2011, s. 46"},
	} {
		if got := CitationText(x.c, "zh"); got != x.zh {
			t.Errorf("%s %q in Chinese = %s, want %s", x.c.Ref, x.c.Article, got, x.zh)
		}
		if got := CitationText(x.c, "en"); got != x.en {
			t.Errorf("%s %q in English = %s, want %s", x.c.Ref, x.c.Article, got, x.en)
		}
	}
}

func TestNoCitationPrintsTheRawForm(t *testing.T) {
	chinese := regexp.MustCompile(`^(第[一二三四五六七八九十百零]+(条|部分)(第[一二三四五六七八九十]+款|第（[一二三四五六七八九十]+）项)?(第[一二三四五六七八九十]+项)?|第[一二三四五六七八九十]+项|至第[一二三四五六七八九十百零]+条|、|第5章)+$`)
	english := regexp.MustCompile(`^(Arts?\.|Parts?|Chapter) \d+[0-9(), ivx–]*$`)
	strs := map[string]bool{}
	pairs := map[string]bool{}
	see := func(c record.Citation) {
		if c.Article == "" {
			return
		}
		strs[c.Article] = true
		pairs[c.Ref+" "+c.Article] = true
		if got := ArticleText(c, "zh"); !chinese.MatchString(got) {
			t.Errorf("%s %q in Chinese = %s", c.Ref, c.Article, got)
		}
		if got := ArticleText(c, "en"); !english.MatchString(got) {
			t.Errorf("%s %q in English = %s", c.Ref, c.Article, got)
		}
		if got := CitationText(c, "zh"); strings.ContainsAny(got, "()") {
			t.Errorf("%s %q in Chinese = %s, want no half-width brackets", c.Ref, c.Article, got)
		}
	}
	for _, it := range Library() {
		for _, b := range it.Basis {
			i, _ := Provisions().Instrument(b.Ref)
			see(record.Citation{Ref: b.Ref, Chinese: i.Chinese, English: i.English, Edition: i.Edition, Article: b.Article, Confidence: b.Confidence})
		}
	}
	for _, c := range Builtin() {
		for n := range c.Items {
			for _, k := range kinds {
				for _, cited := range c.Citations(&c.Items[n], k) {
					see(cited)
				}
			}
		}
	}
	for _, i := range Provisions().Instruments {
		for _, a := range i.Articles {
			see(record.Citation{Ref: i.Ref, Chinese: i.Chinese, English: i.English, Edition: i.Edition, Article: a.Article, Confidence: a.Confidence})
		}
	}
	if len(strs) < 167 || len(pairs) < 225 {
		t.Errorf("saw %d article strings and %d pairs of instrument and article, want at least 167 and 225", len(strs), len(pairs))
	}
}

func TestArticleNumbersInChinese(t *testing.T) {
	for n, want := range map[int]string{1: "一", 9: "九", 10: "十", 11: "十一", 20: "二十", 42: "四十二", 100: "一百", 101: "一百零一", 110: "一百一十", 117: "一百一十七", 1000: "一千", 1001: "一千零一", 1010: "一千零一十", 1260: "一千二百六十", 9999: "九千九百九十九"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("chineseNumber(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestArticlesThatAreNoneStayAsTheyAre(t *testing.T) {
	for _, raw := range []string{"s. 46", "5(", "5()", "(i)", "5(iiii)", "10-5", "5-", "05", "+5", "5(a)", "5(1", "12345", "5,,6"} {
		c := record.Citation{Chinese: "某法", Article: raw}
		if got := ArticleText(c, "zh"); got != raw {
			t.Errorf("ArticleText(%q) = %s, want it as it is", raw, got)
		}
	}
}
