package checklist

import (
	"maps"
	"strings"

	"plumbline/app/record"
)

// Node is one thing to answer in one inspection: an item or, for an item that
// repeats, the item for one earlier finding.
type Node struct {
	Item     *Item
	Repeat   string          // id of the earlier finding, "" if the item does not repeat
	Key      string          // record.ItemKey(uid, repeat): where its answer is kept
	Earlier  *record.Finding // the finding it repeats over
	Question *Question       // what the logic of an authored checklist says; nil in a checklist of items
	Within   record.Text     // which instance of a repeat it is asked of: "Cook 2"
	optional bool            // of an authored checklist: it may stay unanswered
	pictured bool            // answered by a picture
	refused  bool            // the answer does not satisfy the constraint
	fails    int8            // what fail_when says: 1 a problem, -1 none, 0 nothing
	// Unsure names the fact that decides whether the item applies, when nobody
	// has told it yet. The item shows, marked "applies only if …".
	Unsure string
}

// The key of an answer that states a fact about the organization is "fact-"
// and the fact's name; its value is "yes" or "no". No uid holds a hyphen.
const factPrefix = "fact-"

// Values of an answer that states a fact.
const (
	Yes = "yes"
	No  = "no"
)

// FactKey gives the key under which an inspector's statement of a fact is kept
// among the answers: items/fact-has_canteen/value.
func FactKey(name string) string { return factPrefix + name }

// StatedFacts gives the facts the inspectors stated in this inspection.
func StatedFacts(i record.Inspection) map[string]bool {
	var out map[string]bool
	for key, a := range i.Answers {
		name, ok := strings.CutPrefix(key, factPrefix)
		if !ok {
			continue
		}
		if v := a.Text(); v == Yes || v == No {
			if out == nil {
				out = map[string]bool{}
			}
			out[name] = v == Yes
		}
	}
	return out
}

// withFacts gives the organization as it is once the stated facts stand in
// place of the register's: what was seen on site is newer.
func withFacts(org record.Organization, stated map[string]bool) record.Organization {
	if len(stated) == 0 {
		return org
	}
	facts := maps.Clone(org.Facts)
	if facts == nil {
		facts = map[string]bool{}
	}
	maps.Copy(facts, stated)
	org.Facts = facts
	return org
}

// factOf tells a fact: as stated, else as the register has it or implies it.
func factOf(org *record.Organization, stated map[string]bool, name string) (value, known bool) {
	if v, ok := stated[name]; ok {
		return v, true
	}
	return org.Fact(name)
}

// Applicable lists what is to be answered about this organization, section by
// section. Stated are the facts the inspectors told (StatedFacts); an item
// whose fact nobody knows is listed with Unsure. Earlier are the findings a
// re-inspection looks at again; withdrawn ones count no more.
func Applicable(c Checklist, org record.Organization, stated map[string]bool, earlier []record.Finding) []Node {
	org = withFacts(org, stated)
	out := make([]Node, 0, len(c.ordered)+len(earlier))
	for _, it := range c.ordered {
		if len(it.OrgTypes) > 0 && !among(org.Kind, it.OrgTypes) {
			continue
		}
		n := Node{Item: it, Key: it.UID}
		if it.AppliesIf != "" {
			applies, known := factOf(&org, stated, it.AppliesIf)
			if known && !applies {
				continue
			}
			if !known {
				n.Unsure = it.AppliesIf
			}
		}
		if it.Answer.Type != PerFinding {
			out = append(out, n)
			continue
		}
		out = repeated(out, n, earlier)
	}
	return out
}

// repeated adds a node for each earlier finding.
func repeated(out []Node, n Node, earlier []record.Finding) []Node {
	for f := range earlier {
		n.Repeat, n.Earlier = string(earlier[f].ID), &earlier[f]
		n.Key = record.ItemKey(n.Item.UID, n.Repeat)
		out = append(out, n)
	}
	return out
}

// UnknownFacts lists the facts that would settle which items apply, in the
// order in which they matter.
func UnknownFacts(nodes []Node) []string {
	var out []string
	for _, n := range nodes {
		if n.Unsure != "" && !among(n.Unsure, out) {
			out = append(out, n.Unsure)
		}
	}
	return out
}
