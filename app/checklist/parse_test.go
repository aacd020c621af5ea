package checklist

import (
	"errors"
	"strings"
	"testing"

	"plumbline/app/record"
)

const small = `{
 "schema": "plumbline-checklist/1", "id": "x.small", "version": "1.0.0", "status": "draft", "jurisdiction": "CN",
 "title": {"zh": "小表"}, "applies_to": ["social_group"],
 "sections": [{"id": "a", "title": {"zh": "甲"}}],
 "items": [
  {"uid": "aaaaaaaaaa", "code": "A-01", "section": "a", "text": {"zh": "会员数"}, "severity": "minor",
   "answer": {"type": "choice", "options": [{"value": "x", "zh": "好"}, {"value": "y", "zh": "坏"}], "nonconforming_values": ["y"]},
   "evidence": {"photo": "optional"}, "legal_basis": [{"ref": "L", "article": "3", "confidence": "verified_text"}]},
  {"uid": "bbbbbbbbbb", "code": "A-02", "section": "a", "text": {"zh": "净资产"}, "severity": "major",
   "answer": {"type": "money", "key": "net", "rule": "value >= 10"}, "evidence": {"photo": "optional"}}
 ],
 "instruments": [{"ref": "L", "zh": "某法", "en": "A law", "edition": "2020"}]
}`

func TestAWrongChecklistIsToldWithItsPlace(t *testing.T) {
	if _, err := Parse([]byte(small)); err != nil {
		t.Fatalf("the small checklist: %v", err)
	}
	for _, x := range []struct{ old, new, message, field string }{
		{`"schema": "plumbline-checklist/1"`, `"schema": "inspection-template/1"`, "checklist.other_schema", "schema"},
		{`"schema": "plumbline-checklist/1"`, `"schema": "plumbline-checklist/3"`, "checklist.newer", "schema"},
		{`"version": "1.0.0"`, `"version": "1"`, "checklist.bad_form", "version"},
		{`"version": "1.0.0"`, `"version": 1`, "checklist.want_text", "version"},
		{`"status": "draft"`, `"status": "final"`, "checklist.not_one_of", "status"},
		{`["social_group"]`, `["club"]`, "checklist.not_one_of", "applies_to[0]"},
		{`["social_group"]`, `[]`, "checklist.empty", "applies_to"},
		{`["social_group"]`, `"social_group"`, "checklist.want_list", "applies_to"},
		{`{"zh": "小表"}`, `"小表"`, "checklist.want_object", "title"},
		{`{"zh": "小表"}`, `{"zh": " "}`, "checklist.text_missing", "title"},
		{`"id": "a", "title"`, `"id": "A!", "title"`, "checklist.bad_form", "sections[0].id"},
		{`"uid": "bbbbbbbbbb"`, `"uid": "aaaaaaaaaa"`, "checklist.twice", "items[1].uid"},
		{`"uid": "bbbbbbbbbb"`, `"uid": "fact-x"`, "checklist.bad_form", "items[1].uid"},
		{`"code": "A-02"`, `"code": "A-01"`, "checklist.twice", "items[1].code"},
		{`"code": "A-02", "section": "a"`, `"code": "A-02", "section": "b"`, "checklist.no_section", "items[1].section"},
		{`"code": "A-02"`, `"code": "A-02", "code": "A-03"`, "checklist.twice", "items[1].code"},
		{`"severity": "minor"`, `"severity": "grave"`, "checklist.not_one_of", "items[0].severity"},
		{`"type": "choice"`, `"type": "chioce"`, "checklist.not_one_of", "items[0].answer.type"},
		{`"nonconforming_values": ["y"]`, `"nonconforming_values": ["z"]`, "checklist.no_option", "items[0].answer.nonconforming_values[0]"},
		{`{"value": "y", "zh": "坏"}`, `{"value": "x", "zh": "坏"}`, "checklist.twice", "items[0].answer.options[1].value"},
		{`{"value": "y", "zh": "坏"}`, `{"value": 3, "zh": "坏"}`, "checklist.want_text", "items[0].answer.options[1].value"},
		{`"ref": "L", "article"`, `"ref": "M", "article"`, "checklist.no_instrument", "items[0].legal_basis[0].ref"},
		{`"confidence": "verified_text"`, `"confidence": "sure"`, "checklist.not_one_of", "items[0].legal_basis[0].confidence"},
		{`value >= 10`, `value >=`, "checklist.expression_wrong", "items[1].answer.rule"},
		{`value >= 10`, `value + 10`, "checklist.rule_compares_nothing", "items[1].answer.rule"},
		{`value >= 10`, `gross >= 10`, "checklist.unknown_name", "items[1].answer.rule"},
		{`"photo": "optional"}}`, `"photo": "no"}}`, "checklist.not_one_of", "items[1].evidence.photo"},
		{`"severity": "major"`, `"severity": "major", "deadline_days": 1.5`, "checklist.want_whole", "items[1].deadline_days"},
		{`"severity": "major"`, `"severity": "major", "deadline_days": -1`, "checklist.negative", "items[1].deadline_days"},
		{`"severity": "major"`, `"severity": "major", "sensitive": "yes"`, "checklist.want_bool", "items[1].sensitive"},
		{`"edition": "2020"}`, `"edition": "2020"`, "checklist.not_json", ""},
		{`小表`, "小\xff表", "checklist.not_utf8", ""},
	} {
		b := strings.Replace(small, x.old, x.new, 1)
		if b == small {
			t.Fatalf("%q is not in the small checklist", x.old)
		}
		_, err := Parse([]byte(b))
		var e *record.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want a *record.Error", x.new, err)
			continue
		}
		if e.Message != x.message || e.Field != x.field {
			t.Errorf("%s: %s at %q, want %s at %q", x.new, e.Message, e.Field, x.message, x.field)
		}
	}
}

func TestASyntaxErrorTellsLineAndColumn(t *testing.T) {
	_, err := Parse([]byte("{\n \"名\": x}"))
	var e *record.Error
	if !errors.As(err, &e) || e.Args["line"] != 2 || e.Args["column"] != 7 {
		t.Errorf("error %v with %v, want line 2, column 7", err, e.Args)
	}
}

func TestFieldsOfANewerVersionAreKeptAndNamed(t *testing.T) {
	b := []byte(strings.Replace(small, `"severity": "minor"`, `"severity": "minor", "weight": 3, "sensitve": true`, 1))
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Unknown(), " "); got != "items[0].weight items[0].sensitve" {
		t.Errorf("Unknown() = %s, want items[0].weight items[0].sensitve", got)
	}
	if string(c.Bytes()) != string(b) {
		t.Error("Bytes() differ from what was read")
	}
	b[2] = 'X' // the caller's buffer may be used again
	if c.Ref().Digest != record.HashOf(c.Bytes()) {
		t.Error("the checklist changed with the caller's buffer")
	}
}

func TestAByteOrderMarkDoesNoHarm(t *testing.T) {
	b := []byte("\xef\xbb\xbf" + small)
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if c.Ref().Digest != record.HashOf(b) {
		t.Error("the digest is not that of the file as it is, mark included")
	}
}

func TestAHugeChecklistIsRefused(t *testing.T) {
	if _, err := Parse(make([]byte, MaxBytes+1)); record.CodeOf(err) != record.TooLarge {
		t.Errorf("error %v, want too_large", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, c := range Builtin() {
		f.Add(c.Bytes())
	}
	f.Add([]byte(`{"schema":"plumbline-checklist/1","items":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			var e *record.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v is no *record.Error", err)
			}
			return
		}
		// Whatever parses can be worked with.
		org := record.Organization{Kind: record.SocialGroup}
		i := record.Inspection{Answers: map[string]record.Answer{}}
		for _, it := range c.Items {
			i.Answers[it.UID] = record.Answer{Value: []byte(`"1"`), Seen: "x", Inputs: map[string]string{"judgement": "nonconform"}}
			AnswerText(&it, i.Answers[it.UID], "zh")
			for _, cited := range c.Citations(&it, org.Kind) {
				CitationText(cited, "zh")
			}
		}
		earlier := []record.Finding{{ID: "find_x"}}
		p := Progress(c, org, i, earlier)
		if found := len(Findings(c, org, i, earlier, day)); found != p.Problems {
			t.Fatalf("%d findings, %d problems", found, p.Problems)
		}
	})
}
