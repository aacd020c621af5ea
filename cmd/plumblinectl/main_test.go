package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// The test's own binary is plumblinectl in the scripts: what runs there are
// real processes with real exit codes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plumblinectl": main})
}

func TestScripts(t *testing.T) {
	buildFolder = t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PLUMBLINE_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("PLUMBLINE_LANG", "en")
			e.Setenv("PLUMBLINE_PIN", "314159")
			e.Setenv("ORG", people.organizations[0].Code)
			e.Setenv("ORG2", people.organizations[1].Code)
			e.Setenv("LEADER", people.inspectors[0].Certificate)
			e.Setenv("SECOND", people.inspectors[1].Certificate)
			e.Setenv("EXPIRED", people.inspectors[2].Certificate)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "smalldisk" {
				return canMount(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"office":    office,
			"keep":      keep,
			"answers":   writeAnswers,
			"make":      makeFile,
			"ends":      ends,
			"refuses":   refuses,
			"json":      checkJSON,
			"server":    serve,
			"conflict":  conflictPath,
			"smalldisk": smallDisk,
			"workbook":  makeWorkbook,
		},
	})
}

// people is who and what the small office of the scripts knows.
var people = struct {
	organizations []record.Organization
	inspectors    []record.Inspector
}{
	[]record.Organization{
		{Code: record.NewUSCC("51", "990100", "50000001"), Name: "云溪市书法家协会", Kind: record.SocialGroup, LegalRepresentative: "李明", Address: "云溪市东湖区和平路1号"},
		{Code: record.NewUSCC("53", "990100", "50000002"), Name: "云溪市晨光教育基金会", Kind: record.Foundation, LegalRepresentative: "𬱖文"},
	},
	[]record.Inspector{
		{Certificate: "9901031341", Name: "𬱖霞强", ValidFrom: "2020-01-01", ValidTo: "2099-12-31"},
		{Certificate: "9901031392", Name: "周丽", ValidFrom: "2020-01-01", ValidTo: "2099-12-31"},
		{Certificate: "9901031405", Name: "钱进", ValidFrom: "2010-01-01", ValidTo: "2015-12-31"},
	},
}

func dataFolder(ts *testscript.TestScript, args []string) string {
	if len(args) > 0 {
		return ts.MkAbs(args[0])
	}
	return ts.Getenv("PLUMBLINE_DATA")
}

// office [DIR] registers the organizations and inspectors in a data folder.
func office(ts *testscript.TestScript, neg bool, args []string) {
	ctx := context.Background()
	d, err := desk.Open(ctx, dataFolder(ts, args), database, desk.Options{})
	ts.Check(err)
	defer d.Close()
	_, err = d.Store.RegisterInspectors(ctx, "", people.inspectors)
	ts.Check(err)
	_, err = d.Store.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
		for _, o := range people.organizations {
			set := map[string]any{"scheme": record.SchemeUSCC, "code": o.Code, "name": o.Name, "kind": o.Kind,
				"legal_representative": o.LegalRepresentative, "address": o.Address}
			row := store.RegisterRow{ID: record.OrganizationID(record.SchemeUSCC, o.Code),
				Set: func(_ record.Organization, found bool) map[string]any {
					if found {
						return nil
					}
					return set
				}}
			if !yield(row) {
				return
			}
		}
	}, nil)
	ts.Check(err)
}

// keep NAME [PATTERN] keeps what the last command printed in a variable.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	said := strings.TrimSpace(ts.ReadFile("stdout"))
	if len(args) > 1 {
		found := regexp.MustCompile(args[1]).FindStringSubmatch(said)
		if len(found) != 2 {
			ts.Fatalf("%q is not in %q", args[1], said)
		}
		said = found[1]
	}
	ts.Setenv(args[0], said)
}

// answers ID FILE writes an answers file that answers everything; the third
// conformity item has a problem.
func writeAnswers(ts *testscript.TestScript, neg bool, args []string) {
	ctx := context.Background()
	d, err := desk.Open(ctx, ts.Getenv("PLUMBLINE_DATA"), database, desk.Options{})
	ts.Check(err)
	defer d.Close()
	v, err := d.Visit(ctx, record.ID(args[0]))
	ts.Check(err)
	out := map[string]any{"visit": map[string]any{"place": "住所", "person_on_site": "李明", "shown_papers": true, "told_rights": true}}
	conformity := 0
	for _, n := range v.Nodes {
		a := map[string]any{"value": record.Conform}
		switch spec := n.Item.Answer; spec.Type {
		case checklist.Conformity:
			if conformity++; conformity == 3 {
				a["value"], a["note"] = record.Nonconform, "三笔付款无凭证，经办人𬱖𬭸𬬭"
			}
		case checklist.MultiChoice:
			a["value"] = []string{spec.Options[0].Value}
		case checklist.Choice:
			a["value"] = spec.Options[0].Value
		case checklist.Number, checklist.Count, checklist.Money, checklist.Percent:
			a["value"] = "3"
		case checklist.Date:
			a["value"] = "2099-01-01"
		case checklist.FreeText:
			a["value"] = "已记录"
		}
		switch n.Item.Answer.Type {
		case checklist.Number, checklist.Count, checklist.Money, checklist.Percent, checklist.FreeText, checklist.Choice, checklist.MultiChoice, checklist.Date:
			a["inputs"] = map[string]string{checklist.JudgementInput: record.Conform}
		}
		if n.Item.Evidence.Photo == checklist.PhotoRequired {
			a["reason"] = "现场断电，无法拍摄"
		}
		out[n.Item.Code] = a
	}
	b, err := json.Marshal(out)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o644))
}

// conflict NAME keeps the path of the one conflict there is in a variable.
func conflictPath(ts *testscript.TestScript, neg bool, args []string) {
	d, err := desk.Open(context.Background(), ts.Getenv("PLUMBLINE_DATA"), database, desk.Options{})
	ts.Check(err)
	defer d.Close()
	list, err := d.Store.Conflicts(context.Background())
	ts.Check(err)
	if len(list) != 1 {
		ts.Fatalf("got %d conflicts, want 1: %+v", len(list), list)
	}
	ts.Setenv(args[0], list[0].Path)
}

// saved names what the journal of a data folder holds and which files are
// there, "" when there is no database that can be read. It goes by the tables
// and not through the store, which takes much longer.
func saved(folder string) string {
	file := filepath.Join(folder, store.FileName)
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return ""
	}
	defer db.Close()
	var last, files string
	if db.QueryRow("SELECT COUNT(*) || ' entries, the last ' || COALESCE(MAX(pos), 0) FROM entry").Scan(&last) != nil ||
		db.QueryRow("SELECT COUNT(*) || ' files' FROM file").Scan(&files) != nil {
		return ""
	}
	return last + ", " + files
}

// exitCode runs plumblinectl and gives its exit code.
func exitCode(ts *testscript.TestScript, args []string) int {
	err := ts.Exec("plumblinectl", args...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return -1
}

// ends CODE ARGS… runs plumblinectl and wants exactly this exit code, or one of
// CODE/CODE.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	got := exitCode(ts, args[1:])
	if !slices.Contains(strings.Split(args[0], "/"), strconv.Itoa(got)) {
		ts.Fatalf("plumblinectl %s: got exit code %d, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

var keyLike = regexp.MustCompile(`\b[a-z]+\.[a-z]+_[a-z_]+\b|\{[a-z_]+\}`)

// refuses CODE ENGLISH CHINESE ARGS… runs plumblinectl in both languages, in
// Chinese with --json, and wants this exit code, one sentence for people that
// matches, the same sentence for programs, and what is saved to be what it was.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: refuses code english chinese args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	command := args[3:]
	before := saved(ts.Getenv("PLUMBLINE_DATA"))
	for n, flags := range [][]string{{"--lang", "en"}, {"--lang", "zh", "--json"}} {
		got := exitCode(ts, append(flags, command...))
		said := strings.TrimRight(ts.ReadFile("stderr"), "\n")
		if got != want {
			ts.Fatalf("plumblinectl %s: got exit code %d, want %d", strings.Join(command, " "), got, want)
		}
		if err := clear(said, flags[1], want); err != nil {
			ts.Fatalf("%s: %v:\n%s", strings.Join(command, " "), err, said)
		}
		if !regexp.MustCompile(args[1+n]).MatchString(said) {
			ts.Fatalf("%s: got %q, want a match for %q", strings.Join(command, " "), said, args[1+n])
		}
		if len(flags) < 3 || want == exitUsage {
			continue
		}
		var v struct {
			Error  string   `json:"error"`
			Photos []string `json:"photos_failed"`
		}
		ts.Check(oneJSON(ts.ReadFile("stdout"), &v))
		if text := v.Error + strings.Join(v.Photos, ""); "plumblinectl: "+text != said {
			ts.Fatalf("%s: told programs %q and people %q", strings.Join(command, " "), text, said)
		}
	}
	if after := saved(ts.Getenv("PLUMBLINE_DATA")); after != before {
		ts.Fatalf("%s: what was saved has changed: %s, before %s", strings.Join(command, " "), after, before)
	}
}

// clear tells why what was said is not one clear sentence in the language.
func clear(said, lang string, code int) error {
	lines := strings.Split(said, "\n")
	most := 1
	if code == exitUsage {
		most = 2 // the second line says where help is
	}
	han := strings.ContainsFunc(strings.TrimPrefix(said, "plumblinectl: "), func(r rune) bool { return unicode.Is(unicode.Han, r) })
	switch {
	case !strings.HasPrefix(said, "plumblinectl: "):
		return errors.New("it does not say who speaks")
	case len(lines) > most:
		return fmt.Errorf("got %d lines, want %d", len(lines), most)
	case !strings.Contains(said+" ", ". ") && !strings.Contains(said, "。"):
		return errors.New("it is no sentence")
	case keyLike.MatchString(said):
		return fmt.Errorf("%q is not for people", keyLike.FindString(said))
	case lang == "zh" && !han:
		return errors.New("it is not Chinese")
	}
	for _, noise := range []string{"panic", "goroutine", "%!", "sqlite", "SQL", "no such file or directory", "went wrong in the program", "程序内部出错"} {
		if strings.Contains(said, noise) {
			return fmt.Errorf("%q is not for people", noise)
		}
	}
	return nil
}

func oneJSON(s string, v any) error {
	d := json.NewDecoder(strings.NewReader(s))
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("standard output is no JSON: %w: %q", err, s)
	}
	if rest := strings.TrimSpace(s[d.InputOffset():]); rest != "" {
		return fmt.Errorf("standard output is more than one JSON value: %q", rest)
	}
	return nil
}

// json [CODE] ARGS… runs plumblinectl with --json, wants the exit code (0 if
// none is given) and exactly one JSON value.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	want := 0
	if n, err := strconv.Atoi(args[0]); err == nil {
		want, args = n, args[1:]
	}
	if got := exitCode(ts, append(append([]string{}, args...), "--json")); got != want {
		ts.Fatalf("plumblinectl %s: got exit code %d, want %d", strings.Join(args, " "), got, want)
	}
	var v any
	ts.Check(oneJSON(ts.ReadFile("stdout"), &v))
}

// Every verb's help in both languages ends well, names every flag the verb
// takes, and explains each.
func TestEveryVerbHasHelpInBothLanguages(t *testing.T) {
	for _, v := range allVerbs() {
		for _, lang := range []string{"en", "zh"} {
			var out, errOut bytes.Buffer
			args := append([]string{"--lang", lang}, strings.Fields(v.name)...)
			if code := run(t.Context(), append(args, "-h"), &out, &errOut); code != exitOK || errOut.Len() > 0 {
				t.Errorf("%s -h: exit code %d, stderr %q", v.name, code, errOut.String())
			}
			help := out.String()
			if keyLike.MatchString(help) && !strings.Contains(v.name, "answer") || strings.Contains(help, "ctl.") {
				t.Errorf("%s -h has a text missing:\n%s", v.name, help)
			}
			if lang == "zh" && !strings.ContainsFunc(help, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s -h in Chinese:\n%s", v.name, help)
			}
		}
	}
}
