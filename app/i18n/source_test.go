package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// keyShape is how a key of assets/lang looks in the code. One that ends in "_"
// is the first half of a computed key.
var keyShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]*[a-z0-9])+$`)

// notTexts have the shape of a key and begin as one, but name something else:
// settings in the database and files.
var notTexts = map[string]bool{
	"backup.last": true, "feed.note": true, "remote.ca": true, "remote.certificate": true, "sync.lock": true, "device.key": true, "bundle.writing": true, "sync.auto": true, "remote.refill": true, "checklist.revision": true,
}

// fileName is how names of files end that the code makes or reads.
var fileName = regexp.MustCompile(`\.(json|csv|xlsx|jpg|png|pdf|db|txt|log)$`)

// walkSource calls f with every node of the product's own Go files.
func walkSource(t *testing.T, f func(at string, n ast.Node)) {
	t.Helper()
	files := 0
	for _, root := range []string{"../../app", "../../sync", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			files++
			ast.Inspect(file, func(n ast.Node) bool {
				if _, ok := n.(*ast.ImportSpec); ok || n == nil {
					return false
				}
				f(set.Position(n.Pos()).String(), n)
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Fatalf("read %d source files, want the whole tree", files)
	}
}

func literal(n ast.Node) string {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}

// A person must never read "seal.two_inspectors_sign". Two things count as a
// message key: whatever stands in a field Message, and every string that begins
// like a key that has a text and has a key's shape.
func TestEveryMessageInTheCodeHasATextInBothLanguages(t *testing.T) {
	en, zh := read["en"](), read["zh"]()
	areas := map[string]bool{}
	for key := range en {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	seen := map[string]bool{}
	want := func(at, key string) {
		for _, lang := range []struct {
			name  string
			words map[string]string
		}{{"English", en}, {"Chinese", zh}} {
			if strings.TrimSpace(lang.words[key]) == "" && !seen[lang.name+key] {
				seen[lang.name+key] = true
				t.Errorf("%s: %q has no %s text in assets/lang (if it is no text at all, name it in notTexts)", at, key, lang.name)
			}
		}
	}
	messages := 0
	walkSource(t, func(at string, n ast.Node) {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			name, isName := kv.Key.(*ast.Ident)
			if key := literal(kv.Value); isName && name.Name == "Message" && key != "" && keyShape.MatchString(key) {
				messages++
				want(at, key)
			}
			return
		}
		key := literal(n)
		area, _, _ := strings.Cut(key, ".")
		if areas[area] && keyShape.MatchString(key) && !notTexts[key] && !fileName.MatchString(key) {
			want(at, key)
		}
	})
	if messages < 100 {
		t.Errorf("found %d messages in the code, want more than 100: the scan misses them", messages)
	}
}

// Keys that are put together from a constant: every constant needs its text.
func TestEveryCodeRoleKindAndStateHasAText(t *testing.T) {
	prefixOfType := map[string][]string{
		"Code": {"error.code."}, "OrganizationKind": {"kind."}, "InspectionState": {"ctl.inspection."}, "FindingState": {"ctl.finding."},
	}
	en, zh := read["en"](), read["zh"]()
	found := map[string]int{}
	walkSource(t, func(at string, n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.Contains(filepath.ToSlash(at), "/record/") {
			return
		}
		for k, name := range spec.Names {
			if k >= len(spec.Values) {
				continue
			}
			value := literal(spec.Values[k])
			if value == "" {
				continue
			}
			var prefixes []string
			if typ, ok := spec.Type.(*ast.Ident); ok {
				prefixes = prefixOfType[typ.Name]
			}
			switch name.Name {
			case "SignedDrawn", "SignedPaper", "SignRefused":
				prefixes = append(prefixes, "ctl.method.")
			default:
				if strings.HasPrefix(name.Name, "Role") {
					prefixes = append(prefixes, "role.")
				}
			}
			for _, p := range prefixes {
				found[p]++
				if en[p+value] == "" || zh[p+value] == "" {
					t.Errorf("%s: %s%s needs a text in both languages", at, p, value)
				}
			}
		}
	})
	for p, least := range map[string]int{"error.code.": 12, "kind.": 5, "role.": 5, "ctl.inspection.": 4, "ctl.finding.": 8, "ctl.method.": 3} {
		if found[p] < least {
			t.Errorf("%s: found %d constants in app/record, want at least %d", p, found[p], least)
		}
	}
}
