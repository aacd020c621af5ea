package xpath

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// corpus gives a folder of the forms of others, or skips.
func corpus(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "xlsforms", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIP: %s is not there; these forms are other people's and not in the repository", path)
	}
	return path
}

// The unit cases of ODK Web Forms' XPath, in its time zone. Namespaces, lang(),
// id() and functions on the earth are not XLSForm's and are counted apart.
func TestVectorsOfODK(t *testing.T) {
	b, err := os.ReadFile(corpus(t, "unit/xpath_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		File, XML, Root, Ctx, Lang, Type, Expr string
		Expected                               any
		Fails                                  any
		Tol                                    float64
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Phoenix")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, zone)
	passed, asked, apart, apartPassed := 0, 0, 0, 0
	for _, v := range vectors {
		if v.Fails != nil && v.Fails != false {
			continue
		}
		outside := regexp.MustCompile(`namespace|lang\(|\bid\(|area|distance|geofence|explode|xmlns|ns2:`).MatchString(v.Expr) || v.Lang != ""
		doc := document(t, v.XML)
		env := &Environment{Now: now, Zone: zone, UUID: func() string { return "3f2c1f0e-7b0a-4c3d-9e8f-0123456789ab" }}
		if strings.Contains(v.XML, "<instance") {
			env.Root = nodeAt(doc, v.Root)
		}
		env.Instance = func(id string) *Node {
			var found *Node
			var look func(*Node)
			look = func(n *Node) {
				for _, a := range n.Attributes {
					if n.Name == "instance" && a.Name == "id" && a.Text == id && found == nil {
						found = n
					}
				}
				for _, c := range n.Children {
					look(c)
				}
			}
			look(doc)
			return found
		}
		got, ok := judgeVector(env, nodeAt(doc, v.Ctx), v.Type, v.Expr, v.Expected, v.Tol)
		if outside {
			apart++
			if ok {
				apartPassed++
			}
			continue
		}
		asked++
		if ok {
			passed++
		} else if testing.Verbose() {
			t.Logf("%s: %s (%s) = %s, want %v", v.File, v.Expr, v.Type, got, v.Expected)
		}
	}
	t.Logf("vectors: %d of %d (%.2f %%); outside XLSForm: %d of %d", passed, asked, 100*float64(passed)/float64(asked), apartPassed, apart)
	if float64(passed) < 0.98*float64(asked) {
		t.Errorf("%d of %d vectors of ODK hold, want 98 %%", passed, asked)
	}
}

func judgeVector(env *Environment, at *Node, kind, expression string, want any, tolerance float64) (string, bool) {
	e, err := Parse(expression)
	if err != nil {
		return err.Error(), false
	}
	v, err := e.Evaluate(env, at)
	if err != nil {
		return err.Error(), false
	}
	switch kind {
	case "boolean":
		return fmt.Sprint(v.Boolean()), v.Boolean() == want
	case "number":
		n := v.Number()
		if s, ok := want.(string); ok {
			return formatNumber(n), formatNumber(n) == s
		}
		return formatNumber(n), math.Abs(n-want.(float64)) <= math.Max(tolerance, 1e-9)
	case "string":
		return v.String(), v.String() == want
	case "strlen":
		return v.String(), float64(len(v.String())) == want
	case "match":
		return v.String(), regexp.MustCompile(want.(string)).MatchString(v.String())
	case "nodeset":
		var got, wanted []string
		for _, n := range v.Nodes() {
			got = append(got, pathOf(n))
		}
		for _, p := range want.([]any) {
			wanted = append(wanted, strings.TrimSuffix(p.(string), "/"))
		}
		return fmt.Sprint(got), fmt.Sprint(got) == fmt.Sprint(wanted)
	}
	return "unknown type " + kind, false
}

// Every expression in the forms that pyxform compiled.
func TestExpressionsOfRealFormsAreParsed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "xform"), "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no forms: %v", err)
	}
	distinct := map[string]bool{}
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for {
			token, err := d.Token()
			if err != nil {
				break
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "calculate", "relevant", "constraint", "required", "readonly", "nodeset", "count":
					distinct[a.Value] = true
				case "value", "ref":
					if e.Name.Local == "output" || e.Name.Local == "setvalue" || e.Name.Local == "label" {
						distinct[a.Value] = true
					}
				}
			}
		}
		r.Close()
	}
	parsed := 0
	for s := range distinct {
		if _, err := Parse(s); err != nil {
			t.Logf("%v", err)
			continue
		}
		parsed++
	}
	t.Logf("expressions of forms: %d of %d parsed (%.2f %%)", parsed, len(distinct), 100*float64(parsed)/float64(len(distinct)))
	if float64(parsed) < 0.998*float64(len(distinct)) {
		t.Errorf("%d of %d expressions parsed, want 99.8 %%", parsed, len(distinct))
	}
}
