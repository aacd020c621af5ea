package checklist

import (
	"encoding/json"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"plumbline/app/record"
	"plumbline/assets"
)

// words are the texts of assets/lang/checklist.*.json. They are read here, and
// not asked of the window's texts, because a finding pins its words in both
// languages whatever language the screen speaks.
var words = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, lang := range []string{"zh", "en"} {
		b, err := fs.ReadFile(assets.Lang, "lang/checklist."+lang+".json")
		var m map[string]string
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			panic("checklist: words: " + err.Error()) // embedded, and a test reads them
		}
		out[lang] = m
	}
	return out
})

// word gives the text of key in "zh" or else English, its {placeholders}
// filled. A key without text shows as itself, so that the lack is seen.
func word(lang, key string, args map[string]string) string {
	if lang != "zh" {
		lang = "en"
	}
	t, ok := words()[lang][key]
	if !ok {
		return key
	}
	for name, v := range args {
		t = strings.ReplaceAll(t, "{"+name+"}", v)
	}
	return t
}

func bothWords(key string) record.Text {
	return record.Text{Chinese: word("zh", key, nil), English: word("en", key, nil)}
}

// figureName names a figure of the item: in our words, else by the text of the
// item that asks for it, else by its key.
func (it *Item) figureName(key string) record.Text {
	if _, ok := words()["en"]["checklist.figure."+key]; ok {
		return bothWords("checklist.figure." + key)
	}
	if t, ok := it.Answer.figures[key]; ok {
		return t
	}
	return record.Text{Chinese: key, English: key}
}

// FactText words a fact about the organization: 设有食堂或助餐点.
func FactText(name, lang string) string {
	key := "checklist.fact." + name
	if t := word(lang, key, nil); t != key {
		return t
	}
	return name
}

// ConditionText says under which condition an item applies: "applies only if …".
func ConditionText(fact, lang string) string {
	return word(lang, "checklist.applies_only_if", map[string]string{"fact": FactText(fact, lang)})
}

// OutcomeText words an outcome: 未发现问题, 存在问题, 不涉及, 未检查 …
func OutcomeText(o Outcome, lang string) string {
	return word(lang, "checklist.outcome."+string(o), nil)
}

// SeverityText words a severity.
func SeverityText(s record.Severity, lang string) string {
	return word(lang, "checklist.severity."+string(s), nil)
}

// PhotoText words a photo rule.
func PhotoText(rule, lang string) string { return word(lang, "checklist.photo."+rule, nil) }

// KindText words a kind of inspection: random_regular is 定期抽查.
func KindText(kind, lang string) string {
	key := "checklist.kind." + kind
	if t := word(lang, key, nil); t != key {
		return t
	}
	return kind
}

// AnswerText words what was answered, as officials say it. The inspector's
// judgement on a value follows the value.
func AnswerText(it *Item, a record.Answer, lang string) string {
	if a.Empty() {
		return OutcomeText(Unanswered, lang)
	}
	var parts []string
	if t := entered(it, a, lang); t != "" {
		parts = append(parts, t)
	}
	if j := Judgement(it, a); j != "" {
		parts = append(parts, word(lang, "checklist.answer."+j, nil))
	}
	return strings.Join(parts, separator(lang))
}

func separator(lang string) string {
	if lang == "zh" {
		return "；"
	}
	return "; "
}

// NodeText is AnswerText for what is asked in one inspection, where a picture may
// be the answer.
func NodeText(n Node, a record.Answer, lang string) string {
	if n.pictured && a.Empty() {
		return word(lang, "checklist.by_photo", nil)
	}
	return AnswerText(n.Item, a, lang)
}

// entered words the value that was entered, "" if only a judgement was.
func entered(it *Item, a record.Answer, lang string) string {
	switch it.Answer.Type {
	case Match:
		var parts []string
		if e := a.Inputs[ExpectedInput]; e != "" {
			parts = append(parts, word(lang, "checklist.reported_value", map[string]string{"value": e}))
		}
		if a.Seen != "" {
			parts = append(parts, word(lang, "checklist.seen_value", map[string]string{"value": a.Seen}))
		}
		return strings.Join(parts, separator(lang))
	case Ratio:
		return figuresText(it, a, lang)
	case MultiChoice:
		var list []string
		if json.Unmarshal(a.Value, &list) == nil {
			for n, v := range list {
				list[n] = optionText(it, v, lang)
			}
			if lang == "zh" {
				return strings.Join(list, "、")
			}
			return strings.Join(list, ", ")
		}
	}
	v := valueText(a.Value)
	if v == "" || a.Inputs[JudgementInput] == "" && Judgement(it, a) != "" {
		return ""
	}
	switch it.Answer.Type {
	case Choice:
		return optionText(it, v, lang)
	case Money:
		if c := v[len(v)-1]; c >= '0' && c <= '9' {
			return word(lang, "checklist.money", map[string]string{"value": v})
		}
	case Percent:
		return strings.TrimRight(v, "%％ ") + "%"
	case Rating5:
		return v + "/5"
	case Date:
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			if lang == "zh" {
				return day.Format("2006年1月2日")
			}
			return day.Format("2 January 2006")
		}
	case FreeText:
		if it.element == nil {
			break
		}
		if len(it.Answer.Options) == 0 { // as they are offered in a file
			return MomentText(it.element.Type, v)
		}
		list := strings.Fields(v)
		for n, name := range list {
			list[n] = optionText(it, name, lang)
		}
		if lang == "zh" {
			return strings.Join(list, "、")
		}
		return strings.Join(list, ", ")
	}
	return v
}

// MomentText writes a time or dateTime of a form to the minute, on the clock
// that it was taken with: 10:30, 2026-11-24 10:30. Any other value stays.
func MomentText(kind, value string) string {
	switch kind {
	case "time":
		if len(value) > 5 {
			if _, err := time.Parse("15:04", value[:5]); err == nil {
				return value[:5]
			}
		}
	case "dateTime":
		if len(value) >= 16 {
			if at, err := time.Parse("2006-01-02T15:04", value[:16]); err == nil {
				return at.Format("2006-01-02 15:04")
			}
		}
	}
	return value
}

func optionText(it *Item, v, lang string) string {
	if o := it.option(v); o != nil {
		return o.In(lang)
	}
	return v
}

func figuresText(it *Item, a record.Answer, lang string) string {
	names := make([]string, 0, len(a.Inputs))
	for name, v := range a.Inputs {
		if name != JudgementInput && v != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for n, name := range names {
		names[n] = word(lang, "checklist.figure_value", map[string]string{"name": it.figureName(name).In(lang), "value": a.Inputs[name]})
	}
	return strings.Join(names, separator(lang))
}

// RatioText words a computed ratio and the threshold it is held against, or
// why it could not be computed.
func RatioText(r RatioResult, lang string) string {
	if r.Err != nil {
		args := map[string]string{}
		key := "checklist.ratio_failed"
		if e, ok := r.Err.(*record.Error); ok {
			key = e.Message
			if name, ok := e.Args["name"].(string); ok {
				args["name"] = r.item.figureName(name).In(lang)
			}
		}
		return word(lang, key, args)
	}
	if r.Threshold == nil {
		return word(lang, "checklist.ratio_plain", map[string]string{"value": share(r.Value, nil)})
	}
	return word(lang, "checklist.ratio_against", map[string]string{
		"value":     share(r.Value, r.Threshold),
		"sign":      map[string]string{">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}[r.Sign],
		"threshold": thresholdText(r),
	})
}

// thresholdText writes the threshold as short as it is: 70%, not 70.00%.
func thresholdText(r RatioResult) string {
	t := strings.TrimSuffix(share(r.Threshold, r.Threshold), "%")
	if strings.Contains(t, ".") {
		t = strings.TrimRight(strings.TrimRight(t, "0"), ".")
	}
	return t + "%"
}

// ValueText words a value of a conformity item.
func ValueText(value, lang string) string { return word(lang, "checklist.answer."+value, nil) }

// ScoreText words a score: the points, the grade, what a veto did and what is
// still open.
func ScoreText(s Score, lang string) string {
	if s.Points == nil {
		return word(lang, "checklist.score_none", nil)
	}
	t := word(lang, "checklist.score", map[string]string{"points": PointsText(s.Points), "max": PointsText(s.Max)})
	if s.Band != nil {
		grade := s.Band.Grade
		if label := s.Band.Label.In(lang); label != "" {
			grade = word(lang, "checklist.score_grade_label", map[string]string{"grade": grade, "label": label})
		}
		t += separator(lang) + word(lang, "checklist.score_grade", map[string]string{"grade": grade})
	}
	if len(s.Vetoed) > 0 {
		var codes []string
		for _, x := range s.Vetoed {
			codes = append(codes, x.Code)
		}
		t += separator(lang) + word(lang, "checklist.score_veto", map[string]string{"items": strings.Join(codes, " ")})
	}
	if s.Open > 0 {
		t += separator(lang) + word(lang, "checklist.score_open", map[string]string{"n": strconv.Itoa(s.Open)})
	}
	return t
}
