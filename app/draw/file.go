package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"plumbline/app/record"
)

// Read reads a published draw. It checks the form only; Verify checks the rest.
func Read(r io.Reader) (File, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("draw: read file: %w", err)
	}
	if len(b) > MaxBytes {
		return File{}, &record.Error{Code: record.TooLarge, Message: "draw.file_too_large", Args: map[string]any{"limit": MaxBytes >> 20}}
	}
	var f File
	if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), &f); err != nil {
		return File{}, &record.Error{Code: record.Invalid, Message: "draw.file_unreadable", Err: err}
	}
	switch {
	case f.V > 1:
		return File{}, &record.Error{Code: record.Newer, Message: "draw.file_newer", Args: map[string]any{"v": f.V}}
	case f.V != 1 || f.Commitment == "":
		return File{}, &record.Error{Code: record.Invalid, Message: "draw.file_unreadable"}
	}
	return f, nil
}

// Write writes a draw as it is published.
func (f File) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(f); err != nil {
		return fmt.Errorf("draw: write file: %w", err)
	}
	return nil
}
