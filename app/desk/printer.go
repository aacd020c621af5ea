package desk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"plumbline/app/record"
)

// SendToPrinter sends PDFs to a printer one after the other, in order; printer
// "" is the system's own choice. Progress is told before each and at the end.
// It stops at the first that the system refuses and when ctx ends, and gives
// how many went. What the system has taken it prints: that can be stopped at
// the printer only.
func SendToPrinter(ctx context.Context, printer string, files []string, progress func(done, total int)) (sent int, err error) {
	for _, file := range files { // before the first sheet, not after the tenth
		if _, err := os.Stat(file); err != nil {
			return 0, &record.Error{Code: record.NotFound, Message: "printer.no_file", Args: map[string]any{"file": file}, Err: err}
		}
	}
	for n, file := range files {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if progress != nil {
			progress(n, len(files))
		}
		// A name that begins with a dash would be read as an option.
		path, err := filepath.Abs(file)
		if err != nil {
			return n, err
		}
		command := printCommand(ctx, printer, path)
		said := bytes.Buffer{}
		command.Stderr = &said
		if err := command.Run(); err != nil {
			if ctx.Err() != nil {
				return n, ctx.Err()
			}
			if errors.Is(err, exec.ErrNotFound) {
				return n, &record.Error{Code: record.NotFound, Message: "printer.none", Args: map[string]any{"command": command.Args[0]}, Err: err}
			}
			return n, notPrinted(file, strings.TrimSpace(said.String()+" ("+err.Error()+")"), err)
		}
	}
	if progress != nil {
		progress(len(files), len(files))
	}
	return len(files), nil
}

func notPrinted(file, why string, err error) error {
	return &record.Error{Code: record.Invalid, Message: "printer.refused", Args: map[string]any{"file": filepath.Base(file), "why": why}, Err: err}
}
