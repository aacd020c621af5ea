package draw

import (
	"crypto/rand"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// NewSecret makes an operator's secret: 130 random bits in letters and digits.
// It stays with the operator until the sources have given their values.
func NewSecret() string { return rand.Text() }

// Commitment is the text that is published when the lists are frozen, before
// any source has given its value.
type Commitment string

// Commit binds the operator to the lists, to a secret nobody knows yet, and to
// the sources whose values will decide the lot.
func Commit(f Frozen, secret string, sources []string, at time.Time) (Commitment, error) {
	if _, err := f.read(); err != nil {
		return "", err
	}
	if err := checkSecret(secret); err != nil {
		return "", err
	}
	if len(sources) == 0 || len(sources) > maxSources {
		return "", wrong("sources", "draw.no_sources", map[string]any{"limit": maxSources})
	}
	for _, s := range sources {
		if !plain(s) {
			return "", wrong("sources", "draw.source_malformed", map[string]any{"source": s})
		}
	}
	return commitment(f, secret, sources, at.Format(time.RFC3339)), nil
}

func commitment(f Frozen, secret string, sources []string, at string) Commitment {
	var b strings.Builder
	b.WriteString("plumbline draw commitment 1\n")
	for _, l := range []struct{ name, text string }{{"plan", f.Plan}, {"targets", f.Targets}, {"inspectors", f.Inspectors}, {"recusals", f.Recusals}, {"exclusions", f.Exclusions}} {
		b.WriteString(l.name + " " + digest(l.text) + "\n")
	}
	b.WriteString("secret " + digest("plumbline draw secret 1\n"+secret) + "\n")
	for _, s := range sources {
		b.WriteString("source " + s + "\n")
	}
	b.WriteString("at " + at + "\n")
	return Commitment(b.String())
}

// plain tells whether a text is one line with something in it and no spaces
// around it.
func plain(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkSecret(s string) error {
	if !plain(s) || utf8.RuneCountInString(s) < leastSecret {
		return wrong("secret", "draw.secret_short", map[string]any{"least": leastSecret})
	}
	return nil
}

// Code is what is read out, posted and noted by the witnesses: 96 bits of the
// commitment's digest.
func (c Commitment) Code() string {
	d := digest(string(c))[:24]
	groups := make([]string, 0, 6)
	for n := 0; n < len(d); n += 4 {
		groups = append(groups, d[n:n+4])
	}
	return strings.Join(groups, "-")
}

// SameCode tells whether a code as a person types it is this commitment's.
func (c Commitment) SameCode(typed string) bool {
	var b strings.Builder
	for _, r := range strings.ToLower(typed) {
		if r >= '０' && r <= '９' || r >= 'ａ' && r <= 'ｚ' { // a Chinese input method's
			r -= '０' - '0'
		}
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			b.WriteRune(r)
		}
	}
	return b.String() == strings.ReplaceAll(c.Code(), "-", "")
}

// parts gives the sources and the time that a commitment names; ok is false
// when it is not one of these lists and this secret.
func (c Commitment) parts(f Frozen, secret string) (sources []string, at string, ok bool) {
	for _, l := range strings.Split(string(c), "\n") {
		if s, is := strings.CutPrefix(l, "source "); is {
			sources = append(sources, s)
		}
		if s, is := strings.CutPrefix(l, "at "); is {
			at = s
		}
	}
	for _, s := range sources {
		if !plain(s) {
			return nil, "", false
		}
	}
	_, err := time.Parse(time.RFC3339, at)
	return sources, at, err == nil && len(sources) > 0 && len(sources) <= maxSources && commitment(f, secret, sources, at) == c
}

// Sources gives what the commitment says will decide the lot.
func (c Commitment) Sources() (out []string) {
	for _, l := range strings.Split(string(c), "\n") {
		if s, is := strings.CutPrefix(l, "source "); is {
			out = append(out, s)
		}
	}
	return out
}
