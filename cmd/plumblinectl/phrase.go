package main

import (
	"plumbline/app/checklist"
	"plumbline/app/record"
)

// listPhrases lists sentences for the record.
func listPhrases(c *call) error {
	f := c.flags()
	clean := f.Bool("clean", false, c.t.T("ctl.flag.phrase_clean"))
	args, err := c.parseBetween(f, 0, 1)
	if err != nil {
		return err
	}
	all := checklist.Phrases()
	if len(args) > 0 {
		all = checklist.PhrasesFor(args[0], !*clean)
	}
	if c.json {
		c.print(nonNil(all))
		return nil
	}
	for _, p := range all {
		mark := ""
		if !p.Checked() {
			mark = "  [" + c.t.T("phrase.unchecked") + "]"
		}
		c.say("%-14s %s%s", p.ID, p.Title.In(c.lang), mark)
		c.say("    %s", p.Text.In(c.lang))
	}
	return nil
}

// fillPhrase fills a sentence in.
func fillPhrase(c *call) error {
	f := c.flags()
	var given list
	f.Var(&given, "set", c.t.T("ctl.flag.phrase_set"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	values, err := c.slots(given)
	if err != nil {
		return err
	}
	p, ok := checklist.FindPhrase(args[0])
	if !ok {
		return &record.Error{Code: record.NotFound, Message: "phrase.unknown", Field: "phrase", Args: map[string]any{"phrase": args[0]}}
	}
	text := p.Fill(c.lang, values)
	if c.json {
		c.print(map[string]any{"text": text, "checked": p.Checked()})
		return nil
	}
	c.say("%s", text)
	return nil
}
