package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// sampleAuthority is the code of the fictional city's registration authority.
	sampleAuthority = "990100"

	// realRegister is the register of real organizations that comes with the
	// program; inspectorRegister holds the fictional city's inspectors.
	realRegister      = "assets/sample/irs-eo-dc.csv"
	inspectorRegister = "assets/sample/yunxi-inspectors.csv"

	// The checklist for foreign charities fits the real register.
	tourChecklist = "intl.charity-compliance-visit"

	// tourNote holds characters above U+FFFF, which stand in personal names and
	// which many PDF writers lose.
	tourNote = "三笔付款没有凭证，经手人陈𬱖𬭸𬬭"

	tourAnswers = `{
  "INT-02": {"value": "conform"},
  "INT-03": {"value": "nonconform", "note": "` + tourNote + `"},
  "INT-04": {"value": "not_applicable"}
}
`
)

// ctl runs plumblinectl on the data of one laptop and returns what it prints.
func (o *office) ctl(ctx context.Context, laptop string, args ...string) (string, error) {
	fmt.Printf("$ plumblinectl --data %s %s\n", o.folder(laptop), strings.Join(args, " "))
	return command(ctx, program("plumblinectl"), append([]string{"--data", o.folder(laptop)}, args...)...).output()
}

// ctls runs several commands one after the other and stops at the first that fails.
func (o *office) ctls(ctx context.Context, laptop string, commands ...[]string) error {
	for _, args := range commands {
		if _, err := o.ctl(ctx, laptop, args...); err != nil {
			return err
		}
	}
	return nil
}

// code asks the server for a one-time enrolment code.
func (o *office) code(ctx context.Context) (string, error) {
	out, err := command(ctx, program("plumblined"), "enrol", "--data", o.folder("server"), "--authority", sampleAuthority).output()
	return strings.TrimSpace(out), err
}

// enrol makes a folder a laptop of this office.
func (o *office) enrol(ctx context.Context, laptop string) error {
	code, err := o.code(ctx)
	if err != nil {
		return err
	}
	return o.ctls(ctx, laptop, []string{"enrol", "--server", o.url, "--code", code})
}

// newLaptop enrols a laptop and loads the sample registers into it.
func (o *office) newLaptop(ctx context.Context, name string) error {
	if err := o.enrol(ctx, name); err != nil {
		return err
	}
	return o.ctls(ctx, name,
		[]string{"sample"},
		[]string{"import", "organizations", realRegister, "--rejects", o.folder("rejected.csv")},
		[]string{"sync"})
}

// tour is a day's work without a person, and fails when a part of it does:
// a laptop loads the registers; the desktop records and signs an inspection in
// a real window; the server goes away, an inspection is recorded all the same,
// the server comes back, and a colleague's laptop gets it. Screenshots and PDFs
// are left in out.
func tour(ctx context.Context, out string) (err error) {
	if err := buildRest(ctx); err != nil {
		return err
	}
	if err := clearResults(out); err != nil {
		return err
	}
	o, err := openOffice(ctx, filepath.Join(out, "run"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.stopServer()) }()
	if err := o.newLaptop(ctx, "laptop"); err != nil {
		return err
	}
	if err := o.driveWindow(ctx, out); err != nil {
		return err
	}
	if err := o.workOffline(ctx, out); err != nil {
		return err
	}
	return tellResults(out)
}

// driveWindow lets the desktop, on a laptop of its own, drive itself: it
// enrols, records an inspection and leaves its pictures in out.
func (o *office) driveWindow(ctx context.Context, out string) error {
	display, stop, err := startDisplay(ctx)
	if err != nil {
		return err
	}
	defer stop()
	code, err := o.code(ctx)
	if err != nil {
		return err
	}
	// A home of its own: the developer's Fyne settings must not change the pictures.
	home, err := filepath.Abs(o.folder("home"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	said, err := command(ctx, program("plumbline"), "--data", o.folder("desktop"), "--self-test", out).
		env("HOME="+home, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=", "LANG=C.UTF-8",
			"DISPLAY="+display, "WAYLAND_DISPLAY=", "PLUMBLINE_SERVER="+o.url, "PLUMBLINE_ENROL="+code).tee()
	if err != nil {
		return err
	}
	if strings.Contains(said, "Error in Fyne call thread") {
		return errors.New("the window was touched from outside Fyne's goroutine: see the output above")
	}
	return nil
}

// workOffline records an inspection of a real organization while the server is
// away, and sees it arrive at a colleague's laptop when it is back.
func (o *office) workOffline(ctx context.Context, out string) error {
	organizations, err1 := column(realRegister, 0, 1)
	certificates, err2 := column(inspectorRegister, 1, 2)
	answers := o.folder("answers.json")
	err3 := os.WriteFile(answers, []byte(tourAnswers), 0o644)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	fmt.Println("\nthe server goes away")
	if err := o.stopServer(); err != nil {
		return err
	}
	if _, err := o.ctl(ctx, "laptop", "import", "inspectors", inspectorRegister); err != nil {
		return err
	}
	id, err := o.ctl(ctx, "laptop", "inspection", "new", "--organization", organizations[0], "--checklist", tourChecklist,
		"--inspector", certificates[0], "--inspector", certificates[1])
	if err != nil {
		return err
	}
	id = strings.TrimSpace(id)
	pdf := filepath.Join(out, "recorded-offline.pdf")
	err = o.ctls(ctx, "laptop",
		[]string{"inspection", "answer", id, "--file", answers},
		[]string{"report", id, "--document", "inspection-record", "--language", "both", "--out", pdf})
	if err != nil {
		return err
	}
	if err := holdsText(ctx, pdf, tourNote); err != nil {
		return err
	}
	if _, err := o.ctl(ctx, "laptop", "sync"); err == nil {
		return errors.New("sync said that it succeeded while the server was away")
	}
	fmt.Println("sync fails, as it should; the server comes back")
	if err := o.startServer(ctx); err != nil {
		return err
	}
	if err := o.ctls(ctx, "laptop", []string{"sync"}, []string{"verify"}); err != nil {
		return err
	}
	return o.arrives(ctx, id)
}

// arrives enrols one more laptop and fails unless it gets the inspection.
func (o *office) arrives(ctx context.Context, id string) error {
	if err := o.enrol(ctx, "colleague"); err != nil {
		return err
	}
	if err := o.ctls(ctx, "colleague", []string{"sync"}, []string{"verify"}); err != nil {
		return err
	}
	shown, err := o.ctl(ctx, "colleague", "inspection", "show", id, "--json")
	if err != nil {
		return err
	}
	if !strings.Contains(shown, tourNote) {
		return fmt.Errorf("the colleague's laptop does not show the note %q of inspection %s but\n%s", tourNote, id, shown)
	}
	fmt.Println("the colleague's laptop has the inspection, note and all")
	return nil
}

// column returns the first cells of a column of a register, below its heading.
func column(register string, number, cells int) ([]string, error) {
	f, err := os.Open(filepath.FromSlash(register))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	var column []string
	for i := 0; i <= cells; i++ {
		row, err := rows.Read()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", register, err)
		}
		if i > 0 {
			column = append(column, row[number])
		}
	}
	return column, nil
}

// holdsText fails when a PDF does not hold the text, line breaks aside.
func holdsText(ctx context.Context, pdf, text string) error {
	out, err := command(ctx, "pdftotext", pdf, "-").output()
	if err != nil {
		return err
	}
	if !strings.Contains(strings.Join(strings.Fields(out), ""), text) {
		return fmt.Errorf("%s does not hold the note %q", pdf, text)
	}
	return nil
}

// results are the pictures and PDFs in a folder.
func results(out string) (pictures, pdfs []string) {
	// A pattern without mistakes gives no error.
	pictures, _ = filepath.Glob(filepath.Join(out, "*.png"))
	pdfs, _ = filepath.Glob(filepath.Join(out, "*.pdf"))
	return pictures, pdfs
}

// clearResults removes what an earlier tour left, so that it cannot pass for this one's.
func clearResults(out string) error {
	err := os.RemoveAll(filepath.Join(out, "run"))
	pictures, pdfs := results(out)
	for _, file := range append(pictures, pdfs...) {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// tellResults says what was left in out, and fails when pictures or PDF are missing.
func tellResults(out string) error {
	pictures, pdfs := results(out)
	if len(pictures) == 0 || len(pdfs) == 0 {
		return fmt.Errorf("%s should hold screenshots and a PDF, but has %d and %d", out, len(pictures), len(pdfs))
	}
	fmt.Println("\nLook at:")
	for _, file := range append(pictures, pdfs...) {
		if full, err := filepath.Abs(file); err == nil {
			fmt.Println(" ", full)
		}
	}
	return nil
}
