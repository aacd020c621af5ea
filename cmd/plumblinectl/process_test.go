package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// ctl runs plumblinectl as a process of its own.
func ctl(t *testing.T, data string, args ...string) (out, errOut string, code int) {
	t.Helper()
	cmd := exec.Command("plumblinectl", args...)
	return runCommand(t, cmd, data)
}

func runCommand(t *testing.T, cmd *exec.Cmd, data string) (out, errOut string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "PLUMBLINE_DATA="+data, "PLUMBLINE_LANG=en", "PLUMBLINE_PIN=314159")
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

func must(t *testing.T, data string, args ...string) string {
	t.Helper()
	out, errOut, code := ctl(t, data, args...)
	if code != exitOK {
		t.Fatalf("plumblinectl %s: exit code %d: %s", strings.Join(args, " "), code, errOut)
	}
	return out
}

// newOffice writes the registers of the small office and imports them.
func newOffice(t *testing.T, data string) {
	t.Helper()
	folder := t.TempDir()
	organizations, inspectors := "社会组织名称,统一社会信用代码\n", "姓名,执法证号,有效期起,有效期止\n"
	for _, o := range people.organizations {
		organizations += o.Name + "," + o.Code + "\n"
	}
	for _, p := range people.inspectors {
		inspectors += strings.Join([]string{p.Name, p.Certificate, p.ValidFrom, p.ValidTo}, ",") + "\n"
	}
	for name, text := range map[string]string{"organizations": organizations, "inspectors": inspectors} {
		file := filepath.Join(folder, name+".csv")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		must(t, data, "import", name, file)
	}
}

func newVisit(t *testing.T, data string) record.ID {
	t.Helper()
	return record.ID(strings.TrimSpace(must(t, data, "inspection", "new", "--organization", people.organizations[0].Code,
		"--checklist", "cn.spot.social-group", "--inspector", people.inspectors[0].Certificate, "--inspector", people.inspectors[1].Certificate)))
}

func openDesk(t *testing.T, data string) *desk.Desk {
	t.Helper()
	d, err := desk.Open(t.Context(), data, database, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Two programs answer different items of one inspection in one folder, each
// save a process of its own, from the very first answer on, which takes the visit
// on site: nothing is lost, nothing fails, nothing conflicts.
func TestTwoProcessesAnswerAtOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	newOffice(t, data)
	id := newVisit(t, data)
	const rounds = 12
	var wg sync.WaitGroup
	for _, item := range []string{"REG-02", "REG-03", "REG-04"} {
		wg.Go(func() {
			for n := range rounds {
				// All three write the same item's value too: the same word twice is no conflict.
				cmd := exec.Command("plumblinectl", "inspection", "answer", string(id), "--file", "-")
				cmd.Stdin = strings.NewReader(fmt.Sprintf(`{%q: {"value": "conform", "note": "%d"}, "REG-06": "conform"}`, item, n))
				if _, errOut, code := runCommand(t, cmd, data); code != exitOK {
					t.Errorf("%s round %d: exit code %d: %s", item, n, code, errOut)
					return
				}
			}
		})
	}
	wg.Wait()
	d := openDesk(t, data)
	v, err := d.Visit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{"REG-02", "REG-03", "REG-04"} {
		key, _ := keyOf(v, item)
		if got, want := v.Inspection.Answers[key].Note, strconv.Itoa(rounds-1); got != want {
			t.Errorf("%s: got note %q, want %q", item, got, want)
		}
	}
	if len(v.Inspection.Conflicts) > 0 {
		t.Errorf("conflicts with nobody: %v", v.Inspection.Conflicts)
	}
	checked, err := d.Verify(t.Context())
	if err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
}

// A new folder opened by several programs at once becomes one device, and one
// register imported by several at once is one register.
func TestSeveralProcessesMakeAndFillOneFolder(t *testing.T) {
	data, folder := filepath.Join(t.TempDir(), "data"), t.TempDir()
	var b strings.Builder
	b.WriteString("社会组织名称,统一社会信用代码\n")
	const rows = 5000 // more than one batch
	for n := range rows {
		fmt.Fprintf(&b, "云溪市第%d协会,%s\n", n, record.NewUSCC("51", "990100", fmt.Sprintf("6%07d", n)))
	}
	file := filepath.Join(folder, "register.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	added := 0
	for range 3 {
		wg.Go(func() {
			out, errOut, code := ctl(t, data, "import", "organizations", file, "--json")
			var v struct {
				Added int `json:"added"`
			}
			if err := json.Unmarshal([]byte(out), &v); code != exitOK || err != nil {
				t.Errorf("exit code %d, %v: %s", code, err, errOut)
			}
			mu.Lock()
			defer mu.Unlock()
			added += v.Added
		})
	}
	wg.Wait()
	if added != rows {
		t.Errorf("all imports together added %d, want %d", added, rows)
	}
	d := openDesk(t, data)
	st, err := d.Store.Status(t.Context())
	if err != nil || st.Organizations != rows || st.Entries != rows {
		t.Errorf("got %d organizations in %d entries, want %d (%v)", st.Organizations, st.Entries, rows, err)
	}
	checked, err := d.Verify(t.Context())
	if err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
}

// A restore under a program that has the folder open would pull the data from
// under it; so would a program that opens while a restore is at work.
func TestNoRestoreUnderAnOpenFolder(t *testing.T) {
	data, folder := filepath.Join(t.TempDir(), "data"), t.TempDir()
	newOffice(t, data)
	id := newVisit(t, data)
	file := filepath.Join(folder, "b.backup")
	must(t, data, "backup", file)
	d := openDesk(t, data)
	out, errOut, code := ctl(t, data, "restore", file)
	if code != exitFailed || !strings.Contains(errOut, "Another program") || !strings.Contains(errOut, data) {
		t.Errorf("restore under an open folder: exit code %d, %q %q", code, out, errOut)
	}
	if _, err := d.Visit(t.Context(), id); err != nil {
		t.Errorf("after the refused restore: %v", err)
	}
	d.Close()
	must(t, data, "restore", file)
	must(t, data, "inspection", "show", string(id))
}

// A data folder that this user may not write gets a sentence in the user's
// language, in every state it can be in, and stays as it is.
func TestReadOnlyDataFolderAsAnUnprivilegedUser(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder's read-only mark means nothing on Windows, and access lists are not for tests")
	}
	// The unprivileged user needs a way to both program and data.
	base, err := os.MkdirTemp("", "plumbline-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
		os.RemoveAll(base)
	})
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(base, "plumblinectl") // testscript.Main goes by this name
	if err := os.WriteFile(program, b, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, modes := range map[string][2]os.FileMode{
		"seen":   {0o555, 0o444}, // may be read
		"hidden": {0o000, 0o000}, // may not even be looked into
	} {
		data := filepath.Join(base, name)
		newOffice(t, data)
		id := newVisit(t, data)
		saved := filepath.Join(base, name+".backup")
		must(t, data, "backup", saved)
		if err := os.Chmod(saved, 0o644); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(data, "plumbline.db")
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		err = filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
			paths = append(paths, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := len(paths) - 1; i >= 0; i-- { // what is inside first
			mode := modes[1]
			if info, err := os.Stat(paths[i]); err == nil && info.IsDir() {
				mode = modes[0]
			}
			if err := os.Chmod(paths[i], mode); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{
			{"status"},
			{"inspection", "show", string(id)},
			{"sample"},
			{"restore", saved},
			{"backup", filepath.Join(base, "b.backup")},
		} {
			for _, lang := range []string{"en", "zh"} {
				cmd := exec.Command(program, append([]string{"--lang", lang}, args...)...)
				unprivileged(cmd)
				cmd.Dir = base
				_, errOut, code := runCommand(t, cmd, data)
				said := strings.TrimRight(errOut, "\n")
				if code != exitFailed {
					t.Errorf("%s folder, %v: exit code %d, want %d: %s", name, args, code, exitFailed, said)
					continue
				}
				if err := clear(said, lang, code); err != nil {
					t.Errorf("%s folder, %v: %v: %s", name, args, err, said)
				}
				if !strings.Contains(said, map[string]string{"en": "cannot be written", "zh": "不能写入"}[lang]) || !strings.Contains(said, data) {
					t.Errorf("%s folder, %v: got %q", name, args, said)
				}
			}
		}
		os.Chmod(data, 0o700)
		os.Chmod(file, 0o600)
		after, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s folder: the database has changed (%v)", name, err)
		}
	}
}
