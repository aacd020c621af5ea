package checklist

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"plumbline/app/record"
	"plumbline/assets"
)

func TestBuiltinChecklistsAreAllThere(t *testing.T) {
	want := []struct {
		id    string
		items int
	}{
		{"cn.spot.social-group", 45}, {"cn.spot.foundation", 45}, {"cn.spot.service-org", 45}, {"cn.party-building", 20},
		{"cn.finance-fundraising", 43}, {"cn.security-risk", 30}, {"cn.source.registration-visit", 23},
		{"cn.annual-report-verification", 26}, {"cn.rectification-reinspection", 15}, {"cn.quality-development", 19},
		{"intl.charity-compliance-visit", 21},
	}
	got := Builtin()
	if len(got) != len(want) {
		t.Fatalf("%d built-in checklists, want %d", len(got), len(want))
	}
	for n, w := range want {
		c := got[n]
		if c.ID != w.id || len(c.Items) != w.items {
			t.Errorf("checklist %d is %s with %d items, want %s with %d", n, c.ID, len(c.Items), w.id, w.items)
		}
		if len(c.Unknown()) > 0 {
			t.Errorf("%s has fields this version does not know: %v", c.ID, c.Unknown())
		}
		if f, ok := Find(w.id); !ok || f.Ref() != c.Ref() {
			t.Errorf("Find(%q) = %v, %v, want the built-in one", w.id, f.Ref(), ok)
		}
	}
	if _, ok := Find("no.such"); ok {
		t.Error("Find found a checklist that is not there")
	}
}

func TestReferenceIsTheDigestOfTheExactBytes(t *testing.T) {
	b, err := fs.ReadFile(assets.Checklists, "checklists/01-spot-check-social-group.json")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := Find("cn.spot.social-group")
	if want := (record.ChecklistRef{ID: "cn.spot.social-group", Version: "1.0.0", Digest: record.HashOf(b)}); c.Ref() != want {
		t.Errorf("Ref() = %v, want %v", c.Ref(), want)
	}
	if !bytes.Equal(c.Bytes(), b) {
		t.Error("Bytes() are not the bytes of the file")
	}
}

// tally counts what items carry.
func tally(items []Item) map[string]int {
	c := map[string]int{}
	add := func(name string, yes bool) {
		if yes {
			c[name]++
		}
	}
	for n := range items {
		it := &items[n]
		c["items"]++
		c["type "+string(it.Answer.Type)]++
		c["severity "+string(it.Severity)]++
		c["photo "+it.Evidence.Photo]++
		add("position", it.Evidence.Position != "")
		add("text", it.Text.Chinese != "" && it.Text.English != "" && it.Guidance.Chinese != "" && it.Guidance.English != "")
		add("action", it.Action.Chinese != "" && it.Action.English != "")
		add("deadline", it.Deadline != nil)
		c["days"] += it.DeadlineDays()
		add("applies_if", it.AppliesIf != "")
		add("org_types", len(it.OrgTypes) > 0)
		add("sensitive", it.Sensitive)
		add("penalty", it.Penalty)
		add("credit", it.Credit != "")
		add("authority", it.Authority.Chinese != "" && it.Authority.English != "")
		c["options"] += len(it.Answer.Options)
		c["nonconforming"] += len(it.Answer.Nonconforming)
		c["formulas"] += len(it.Answer.Formula)
		add("rule", it.Answer.Rule != "")
		add("key", it.Answer.Key != "")
		add("expected", it.Answer.ExpectedField != "")
		for _, b := range it.Basis {
			c["basis"]++
			c["confidence "+string(b.Confidence)]++
			add("article", b.Article != "")
			add("article status", b.ArticleStatus != "")
			add("basis for kinds", len(b.OrgTypes) > 0)
		}
	}
	return c
}

func compareTally(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d × %s, want %d", what, got[k], k, n)
		}
	}
	for k, n := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %d × %s, want none", what, n, k)
		}
	}
}

func TestEveryItemKeptEverything(t *testing.T) {
	compareTally(t, "library", tally(Library()), map[string]int{
		"items": 242, "text": 242, "action": 201, "deadline": 201, "days": 4577, "applies_if": 35, "org_types": 9, "sensitive": 12, "penalty": 29,
		"credit": 4, "authority": 29, "options": 65, "nonconforming": 8, "formulas": 4, "rule": 3, "key": 7, "expected": 22, "position": 2,
		"basis": 393, "article": 343, "article status": 50, "basis for kinds": 253,
		"confidence from_memory_verify": 24, "confidence instrument_only": 1, "confidence secondary_source": 37, "confidence verified_text": 331,
		"photo forbidden": 1, "photo optional": 221, "photo recommended": 11, "photo required": 9,
		"severity critical": 37, "severity info": 42, "severity major": 114, "severity minor": 49,
		"type choice": 12, "type conformity": 163, "type count": 2, "type date": 4, "type match": 22, "type money": 9, "type multichoice": 2,
		"type number": 11, "type per_finding": 1, "type percent": 3, "type rating5": 4, "type ratio": 3, "type text": 6,
	})
	var all []Item
	for _, c := range Builtin() {
		all = append(all, c.Items...)
	}
	compareTally(t, "checklists", tally(all), map[string]int{
		"items": 332, "text": 332, "action": 287, "deadline": 287, "days": 7424, "applies_if": 46, "org_types": 9, "sensitive": 14, "penalty": 54,
		"credit": 12, "authority": 36, "options": 65, "nonconforming": 11, "formulas": 7, "rule": 7, "key": 16, "expected": 27, "position": 4,
		"basis": 504, "article": 420, "article status": 84, "basis for kinds": 170,
		"confidence from_memory_verify": 36, "confidence instrument_only": 2, "confidence secondary_source": 62, "confidence verified_text": 404,
		"photo forbidden": 1, "photo optional": 292, "photo recommended": 22, "photo required": 17,
		"severity critical": 58, "severity info": 45, "severity major": 169, "severity minor": 60,
		"type choice": 12, "type conformity": 234, "type count": 2, "type date": 9, "type match": 27, "type money": 16, "type multichoice": 2,
		"type number": 11, "type per_finding": 1, "type percent": 3, "type rating5": 4, "type ratio": 5, "type text": 6,
	})
}

func TestACodeMeansTheSameInEveryChecklist(t *testing.T) {
	lib := map[string]Item{}
	uids := map[string]string{}
	for _, it := range Library() {
		lib[it.Code] = it
		if other := uids[it.UID]; other != "" {
			t.Errorf("%s and %s share the uid %s", it.Code, other, it.UID)
		}
		uids[it.UID] = it.Code
	}
	for _, c := range Builtin() {
		for _, it := range c.Items {
			l, ok := lib[it.Code]
			if !ok {
				t.Errorf("%s: %s is not in the library", c.ID, it.Code)
				continue
			}
			if it.UID != l.UID || it.Text != l.Text || it.Guidance != l.Guidance || it.Severity != l.Severity || it.Evidence != l.Evidence ||
				it.Sensitive != l.Sensitive || it.Answer.Type != l.Answer.Type || it.Authority != l.Authority || it.DeadlineDays() != l.DeadlineDays() {
				t.Errorf("%s: %s differs from the library", c.ID, it.Code)
			}
		}
	}
}

// The uids stand in journals and may never change.
func TestUIDsStayWhatTheyAre(t *testing.T) {
	for code, uid := range map[string]string{"REG-05": "6aesf879jb"} {
		c, _ := Find("cn.spot.social-group")
		it, ok := c.ItemByCode(code)
		if !ok || it.UID != uid {
			t.Errorf("uid of %s = %v, want %s", code, it, uid)
		}
	}
	var all []string
	for _, it := range Library() {
		all = append(all, it.Code+" "+it.UID)
	}
	b, _ := json.Marshal(all)
	const want = record.Hash("sha256:f7eb5d4ca79d656fc064e6a8912c224b17194766f8dcbff8698ea8b4bf81c260")
	if got := record.HashOf(b); got != want {
		t.Errorf("the list of codes and uids has digest %s, want %s", got, want)
	}
}

func TestClassifiedMaterialIsNeverPhotographed(t *testing.T) {
	c, _ := Find("cn.security-risk")
	it, ok := c.ItemByCode("SEC-16")
	if !ok {
		t.Fatal("SEC-16 is missing")
	}
	if !it.PhotoForbidden() || !it.Sensitive {
		t.Errorf("SEC-16: photo forbidden %v, sensitive %v, want both", it.PhotoForbidden(), it.Sensitive)
	}
}

func TestFireTaxAndFoodBelongToOtherAuthorities(t *testing.T) {
	for code, want := range map[string]string{"SEC-01": "消防救援机构", "SEC-08": "市场监督管理部门", "FIN-17": "税务机关", "FUN-14": "公安机关", "SEC-19": "网信部门、通信管理部门",
		"REG-05": "", "FIN-04": "", "DIS-01": ""} {
		for _, it := range Library() {
			if it.Code == code && it.Authority.Chinese != want {
				t.Errorf("%s belongs to %q, want %q", code, it.Authority.Chinese, want)
			}
		}
	}
}

func TestProvisionsHoldEveryInstrumentCited(t *testing.T) {
	l := Provisions()
	if len(l.Instruments) != 44 {
		t.Errorf("%d instruments, want 44", len(l.Instruments))
	}
	verified := 0
	for _, i := range l.Instruments {
		for _, a := range i.Articles {
			if _, ok := parseArticles(a.Article); !ok {
				t.Errorf("%s: article %q cannot be read", i.Ref, a.Article)
			}
			if a.Confidence == record.Verified {
				verified++
			}
		}
	}
	if verified != 226 {
		t.Errorf("%d verified articles, want 226", verified)
	}
	for _, c := range Builtin() {
		for _, i := range c.Instruments {
			if got, ok := l.Instrument(i.Ref); !ok || got.Instrument != i {
				t.Errorf("%s: instrument %s is not that of the provisions", c.ID, i.Ref)
			}
		}
	}
	if str, _ := l.Instrument("STR"); str.Note == "" {
		t.Error("STR lost its note on the amendment of March 2026")
	}
}

// Every message and word this package asks for must exist in both languages,
// with the same placeholders.
func TestEveryWordExistsInBothLanguages(t *testing.T) {
	zh, en := words()["zh"], words()["en"]
	places := regexp.MustCompile(`\{[a-z_]+\}`)
	for k := range zh {
		a, b := map[string]bool{}, map[string]bool{}
		for _, p := range places.FindAllString(zh[k], -1) {
			a[p] = true
		}
		for _, p := range places.FindAllString(en[k], -1) {
			b[p] = true
		}
		if en[k] == "" || len(a) != len(b) {
			t.Errorf("%s: zh %q, en %q", k, zh[k], en[k])
		}
		for p := range a {
			if !b[p] {
				t.Errorf("%s: English lacks %s", k, p)
			}
		}
	}
	if len(zh) != len(en) {
		t.Errorf("%d Chinese words, %d English", len(zh), len(en))
	}
	want := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(checklist\.[a-z_0-9]*[a-z0-9])"`).FindAllSubmatch(b, -1) {
			want[string(m[1])] = true
		}
	}
	for _, o := range []Outcome{Unanswered, Incomplete, NoProblem, Problem, PartlyRectified, NotApplicable, NotChecked, Recorded} {
		want["checklist.outcome."+string(o)] = true
	}
	for _, a := range []string{record.Conform, record.Nonconform, record.Partly, record.NotApplicable, record.NotChecked, Rectified, NotRectified, Recurred} {
		want["checklist.answer."+a] = true
	}
	for _, s := range severities {
		want["checklist.severity."+string(s)] = true
	}
	for _, p := range photoRules {
		want["checklist.photo."+p] = true
	}
	for _, a := range []AnswerType{Number, Count, Money, Percent, Date, FreeText, Rating5} {
		want["checklist.not_"+string(a)] = true
	}
	for _, c := range Builtin() {
		for _, k := range c.InspectionKinds {
			want["checklist.kind."+k] = true
		}
		for n := range c.Items {
			it := &c.Items[n]
			if it.AppliesIf != "" {
				want["checklist.fact."+it.AppliesIf] = true
			}
			for _, f := range RatioInputs(it) {
				want["checklist.figure."+f.Key] = true
			}
		}
	}
	if len(want) < 100 {
		t.Fatalf("only %d words looked for", len(want))
	}
	for k := range want {
		if zh[k] == "" || en[k] == "" {
			t.Errorf("no words for %s", k)
		}
	}
}
