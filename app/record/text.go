package record

// Text is one text in both languages of the program. Chinese is the legal one.
type Text struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// In gives the text in language "zh" or "en", and the other one when it is missing.
func (t Text) In(lang string) string {
	first, second := t.English, t.Chinese
	if lang == "zh" {
		first, second = second, first
	}
	if first == "" {
		return second
	}
	return first
}
