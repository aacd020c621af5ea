package i18n

import (
	"errors"

	"plumbline/app/record"
)

// Error words an error for a person: what happened and what to do. What is not
// a *record.Error is nobody's business but the log's; it says so. A message
// without text (sent by a newer server, say) is worded by its code.
func (t *Texts) Error(err error) string {
	var e *record.Error
	if !errors.As(err, &e) {
		return t.T("error.internal")
	}
	if _, ok := t.words[e.Message]; !ok {
		return t.T("error.code."+string(e.Code), "message", e.Message)
	}
	return t.Message(e.Message, e.Args)
}

// Message gives the text of key with placeholders filled from args.
func (t *Texts) Message(key string, args map[string]any) string {
	pairs := make([]any, 0, 2*len(args))
	for name, v := range args {
		pairs = append(pairs, name, v)
	}
	return t.T(key, pairs...)
}
