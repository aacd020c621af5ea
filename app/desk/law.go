package desk

import (
	"context"
	"slices"
	"strings"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Laws lists the editions in the authority's library, approved and not.
func (d *Desk) Laws(ctx context.Context) (record.LawLibrary, error) { return d.Store.Laws(ctx) }

// BuiltinLaws lists the instruments the program comes with, as editions to begin
// from: since when they are in force is for the authority to say.
func BuiltinLaws() []record.LawEdition {
	list := checklist.Provisions()
	var out []record.LawEdition
	for _, i := range list.Instruments {
		e := record.LawEdition{Ref: i.Ref, Title: record.Text{Chinese: i.Chinese, English: i.English},
			Edition: record.Text{Chinese: i.EditionIn("zh"), English: i.EditionIn("en")}, Source: list.Read, Confidence: record.FromMemory}
		for _, a := range i.Articles {
			e.Articles = append(e.Articles, record.LawArticle{Article: a.Article, Confidence: a.Confidence})
		}
		out = append(out, e)
	}
	return out
}

// ReadLaw reads an edition from JSON, as `law show --json` writes it.
func ReadLaw(b []byte) (record.LawEdition, error) {
	var e record.LawEdition
	if err := strict(b, &e); err != nil {
		return e, &record.Error{Code: record.Invalid, Message: "law.not_read", Err: err}
	}
	return e, e.Check()
}

func (d *Desk) lawStep(ctx context.Context, by record.ID, note string) (record.LawStep, error) {
	p, err := d.Store.Person(ctx, by)
	return record.LawStep{By: by, Name: p.Name, At: d.stamp(), Note: note}, err
}

// EditLaw puts an edition into the library. It counts once somebody else has
// approved it. fresh is false where exactly this stands there already.
func (d *Desk) EditLaw(ctx context.Context, actor record.ID, e record.LawEdition) (fresh bool, err error) {
	by, err := d.lawStep(ctx, actor, "")
	if err != nil {
		return false, err
	}
	st, err := d.Store.State(ctx, e.ID())
	if err != nil {
		return false, err
	}
	if k, ok := record.LawOf(st); ok && !k.Conflict && k.Digest() == e.Digest() {
		return false, nil
	}
	c, err := record.EditLaw(st, e, by)
	if err != nil {
		return false, err
	}
	_, err = d.Store.Append(ctx, actor, c)
	return err == nil, err
}

// ApproveLaw approves an edition after comparing it; with what, note says.
func (d *Desk) ApproveLaw(ctx context.Context, actor, id record.ID, note string) (record.KeptLaw, error) {
	st, err := d.Store.State(ctx, id)
	if err != nil {
		return record.KeptLaw{}, err
	}
	k, ok := record.LawOf(st)
	if !ok {
		return k, &record.Error{Code: record.NotFound, Message: "law.not_found", Args: map[string]any{"id": id}}
	}
	by, err := d.lawStep(ctx, actor, note)
	if err != nil {
		return k, err
	}
	c, err := k.Approve(by)
	if err != nil {
		return k, err
	}
	if _, err := d.Store.Append(ctx, actor, c); err != nil {
		return k, err
	}
	if st, err = d.Store.State(ctx, id); err != nil {
		return k, err
	}
	k, _ = record.LawOf(st)
	return k, nil
}

// pinned pins the citations of findings that are only being made to the editions
// in force on the day they were observed. What a re-inspection takes over from an
// earlier finding stays as that was told: it comes first.
func pinned(list, earlier []record.Finding, laws record.LawLibrary) []record.Finding {
	for n := range list {
		f := &list[n]
		told := 0
		if at := slices.IndexFunc(earlier, func(e record.Finding) bool { return string(e.ID) == f.Repeat }); at >= 0 {
			told = len(earlier[at].Citations)
		}
		f.Citations = slices.Clone(f.Citations)
		for k := told; k < len(f.Citations); k++ {
			f.Citations[k], _ = laws.Pin(f.Citations[k], f.ObservedOn)
		}
	}
	return list
}

// ChangedCitation is a citation of a told finding whose law has changed since.
type ChangedCitation struct {
	Finding    record.ID        `json:"finding"`
	Inspection record.ID        `json:"inspection"`
	Code       string           `json:"code"`
	Open       bool             `json:"open"`
	Cited      record.Citation  `json:"cited"`
	Now        record.Citation  `json:"now"`
	Change     record.LawChange `json:"change"`
}

// ChangedCitations lists what told findings cite and what reads otherwise in the
// edition in force today. The findings themselves stay: they were made under the
// law of their day. open narrows it to findings with something left to do.
func (d *Desk) ChangedCitations(ctx context.Context, open bool) ([]ChangedCitation, error) {
	laws, err := d.Laws(ctx)
	if err != nil || len(laws) == 0 {
		return nil, err
	}
	all, err := d.Store.Findings(ctx, store.FindingFilter{Open: open})
	if err != nil {
		return nil, err
	}
	today := d.now().Format("2006-01-02")
	var out []ChangedCitation
	for _, f := range all {
		for _, c := range f.Citations {
			if now, change := laws.Pin(c, today); change != record.LawSame {
				out = append(out, ChangedCitation{f.ID, f.Inspection, f.Code, f.State.Open(), c, now, change})
			}
		}
	}
	return out, nil
}

// lawEdition names the law that an inspection is sealed under: the program's list
// and, where the authority has approved editions of its own, their digest.
func lawEdition(laws record.LawLibrary) string {
	edition := checklist.Provisions().Edition
	var parts [][]byte
	for _, k := range laws {
		if k.Approved != nil {
			parts = append(parts, []byte(k.Digest()))
		}
	}
	if parts == nil {
		return edition
	}
	return edition + " " + string(record.HashOf(parts...))
}

// Words that mark an article in a line of LawArticleLines, in both languages.
var lawMarks = map[string]struct{ was, changed, repealed string }{
	"zh": {"原", "有修改", "已删除"}, "en": {"was", "changed", "repealed"},
}

// LawArticleLines writes articles for a person to edit, a line each: the number,
// what it was before, whether its words changed or it is gone.
func LawArticleLines(articles []record.LawArticle, lang string) []string {
	marks, ok := lawMarks[lang]
	if !ok {
		marks = lawMarks["en"]
	}
	var out []string
	for _, a := range articles {
		line := a.Article
		if a.Was != "" {
			line += " " + marks.was + " " + a.Was
		}
		if a.Changed {
			line += " " + marks.changed
		}
		if a.Repealed {
			line += " " + marks.repealed
		}
		out = append(out, line)
	}
	return out
}

// ParseLawArticles reads what LawArticleLines writes, in either language. Each
// article is taken as read in the published text; the words of known ones stay.
func ParseLawArticles(text string, known []record.LawArticle) ([]record.LawArticle, error) {
	var out []record.LawArticle
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		a := record.LawArticle{Article: words[0], Confidence: record.Verified}
		for rest := words[1:]; len(rest) > 0; rest = rest[1:] {
			switch w := rest[0]; {
			case (w == "was" || w == "原") && len(rest) > 1:
				a.Was, rest = rest[1], rest[1:]
			case w == "changed" || w == "有修改":
				a.Changed = true
			case w == "repealed" || w == "已删除":
				a.Repealed = true
			default:
				return nil, &record.Error{Code: record.Invalid, Message: "law.article_line", Field: "articles", Args: map[string]any{"line": n + 1, "word": w}}
			}
		}
		if k := slices.IndexFunc(known, func(k record.LawArticle) bool { return k.Article == a.Article }); k >= 0 {
			a.Text = known[k].Text
		}
		out = append(out, a)
	}
	return out, nil
}
