package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"plumbline/app/record"
	"plumbline/assets"
)

// Prepared is a draw whose lists are frozen and whose lot has not fallen: all
// that may be published before, and the secret is not in it.
type Prepared struct {
	V int `json:"v"`
	Frozen
	Commitment Commitment `json:"commitment"`
}

// Read reads a published draw. It checks the form only; Verify checks the rest.
func Read(r io.Reader) (File, error) {
	var f File
	return f, read(r, &f, &f.V, &f.Commitment)
}

// ReadPrepared reads a draw whose lot has not fallen.
func ReadPrepared(r io.Reader) (Prepared, error) {
	var p Prepared
	return p, read(r, &p, &p.V, &p.Commitment)
}

func read(r io.Reader, into any, v *int, c *Commitment) error {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return fmt.Errorf("draw: read file: %w", err)
	}
	if len(b) > MaxBytes {
		return &record.Error{Code: record.TooLarge, Message: "draw.file_too_large", Args: map[string]any{"limit": MaxBytes >> 20}}
	}
	if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), into); err != nil {
		return &record.Error{Code: record.Invalid, Message: "draw.file_unreadable", Err: err}
	}
	switch {
	case *v > 1:
		return &record.Error{Code: record.Newer, Message: "draw.file_newer", Args: map[string]any{"v": *v}}
	case *v != 1 || *c == "":
		return &record.Error{Code: record.Invalid, Message: "draw.file_unreadable"}
	}
	return nil
}

// Write writes a draw as it is published.
func (f File) Write(w io.Writer) error { return write(w, f) }

// Write writes what is published before the lot falls.
func (p Prepared) Write(w io.Writer) error { return write(w, p) }

func write(w io.Writer, x any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(x); err != nil {
		return fmt.Errorf("draw: write file: %w", err)
	}
	return nil
}

// WritePage writes a page that checks this draw in any browser, offline.
func (f File) WritePage(w io.Writer) error {
	b, err := json.Marshal(f) // with < written as \u003c, so that no text ends the script
	if err != nil {
		return fmt.Errorf("draw: write page: %w", err)
	}
	const place = `<script type="application/json" id="draw">`
	before, after, ok := strings.Cut(assets.DrawPage, place)
	if !ok {
		return fmt.Errorf("draw: the page has no place for a draw")
	}
	_, err = io.WriteString(w, before+place+string(b)+after)
	return err
}
