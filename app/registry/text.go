package registry

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// textRows reads the rows of a CSV or TSV file. It differs from encoding/csv
// where that would stop or lose rows: a line with a quote too many is rejected
// alone and the next line is read as if nothing had happened.
type textRows struct {
	f       *File
	src     io.Reader
	delim   byte
	eol     byte
	damaged bool // rows must be looked at for bytes that could not be decoded
	decoded bool // damage shows as U+FFFD
	buf     []byte
	pos     int
	end     int
	eof     bool
	used    int64
	row     int
	line    int // of the next row
	cells   []string
	skim    bool // only the structure is asked for: no cells below the sample
	scratch []byte
	ends    []int
}

func (f *File) openText() *textRows {
	delim := byte(',')
	if f.layout.Delimiter != "" {
		delim = f.layout.Delimiter[0]
	}
	t := newTextRows(f.decoded(), delim, f.layout.eol, int(min(256<<10, 2*f.size+16)))
	t.f = f
	t.decoded = f.layout.Encoding != utf8Plain && f.layout.Encoding != utf8BOM
	t.damaged = f.layout.Damaged
	return t
}

func newTextRows(src io.Reader, delim, eol byte, buffer int) *textRows {
	return &textRows{src: src, delim: delim, eol: eol, buf: make([]byte, buffer), line: 1}
}

func (t *textRows) Close() error { return nil }

func (t *textRows) position() int64 { return t.used }

func (t *textRows) fill() error {
	if t.end == len(t.buf) {
		if t.pos > 0 {
			t.end = copy(t.buf, t.buf[t.pos:t.end])
			t.pos = 0
		} else {
			bigger := make([]byte, 2*len(t.buf))
			t.end = copy(bigger, t.buf[:t.end])
			t.buf = bigger
		}
	}
	n, err := t.src.Read(t.buf[t.end:])
	t.end += n
	if err == io.EOF {
		t.eof = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("registry: read %s: %w", t.f.name, err)
	}
	return nil
}

func (t *textRows) next() (rawRow, error) {
	for {
		b := t.buf[t.pos:t.end]
		n := bytes.IndexByte(b, t.eol)
		if n < 0 && !t.eof {
			if len(b) > maxRow {
				return rawRow{}, t.f.tooLarge("registry.row_too_large", map[string]any{"row": t.row + 1, "line": t.line, "limit": maxRow >> 20})
			}
			if err := t.fill(); err != nil {
				return rawRow{}, err
			}
			continue
		}
		if len(b) == 0 {
			return rawRow{}, io.EOF
		}
		line, used := b, len(b)
		if n >= 0 {
			line, used = b[:n], n+1
		}
		plain := bytes.IndexByte(line, '"') < 0
		if plain && t.skim && t.row >= sampleRows && len(line) <= MaxCell && bytes.Count(line, []byte{t.delim}) < MaxColumns {
			return t.give(nil, used, 1, "")
		}
		if plain {
			return t.give(t.split(line), used, 1, "")
		}
		used, lines, stray, state := t.quoted(b)
		switch {
		case state == needMore && len(b) <= maxRow:
			if err := t.fill(); err != nil {
				return rawRow{}, err
			}
			continue
		case stray && (state != complete || lines > 1):
			// A quote too many has swallowed following lines: give back all but
			// the line where it started.
			used = len(line)
			if n >= 0 {
				used++
			}
			return t.give(t.split(line), used, 1, "registry.quote_stray")
		case state == needMore || state == unclosed:
			return rawRow{}, t.f.fault("registry.quote_open", map[string]any{"row": t.row + 1, "line": t.line})
		}
		whole := string(t.scratch)
		t.cells = t.cells[:0]
		from := 0
		for _, end := range t.ends {
			cell := whole[from:end]
			if strings.IndexByte(cell, '\r') >= 0 {
				cell = lineEnds.Replace(cell) // or saving the register elsewhere would change every such row
			}
			t.cells = append(t.cells, cell)
			from = end
		}
		fault := ""
		if stray {
			fault = "registry.quote_stray"
		}
		return t.give(t.cells, used, lines, fault)
	}
}

// give hands out a row and moves past it.
func (t *textRows) give(cells []string, used, lines int, fault string) (rawRow, error) {
	if len(cells) > MaxColumns {
		return rawRow{}, t.f.tooLarge("registry.too_many_columns", map[string]any{"row": t.row + 1, "line": t.line, "limit": MaxColumns})
	}
	for _, c := range cells {
		if len(c) > MaxCell {
			return rawRow{}, t.f.tooLarge("registry.cell_too_large", map[string]any{"row": t.row + 1, "line": t.line, "limit": MaxCell >> 20})
		}
	}
	t.row++
	r := rawRow{number: t.row, line: t.line, cells: cells, fault: fault}
	if fault == "" && (t.damaged || t.decoded) {
		r.fault = t.damage(cells)
	}
	t.pos += used
	t.used += int64(used)
	t.line += lines
	return r, nil
}

func (t *textRows) damage(cells []string) string {
	for _, c := range cells {
		switch {
		case t.decoded && strings.Contains(c, "\ufffd"), !t.decoded && !utf8.ValidString(c):
			return "registry.undecodable"
		case strings.IndexByte(c, 0) >= 0:
			return "registry.nul"
		}
	}
	return ""
}

// split cuts a line without quotes.
func (t *textRows) split(line []byte) []string {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	s := string(line)
	t.cells = t.cells[:0]
	for {
		i := strings.IndexByte(s, t.delim)
		if i < 0 || len(t.cells) > MaxColumns {
			t.cells = append(t.cells, s)
			return t.cells
		}
		t.cells = append(t.cells, s[:i])
		s = s[i+1:]
	}
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// What quoted says about the row it was given.
const (
	complete = iota
	needMore // the row does not end in what is buffered
	unclosed // the file ends inside quotes
)

// quoted reads one row with quotes from the start of b into scratch and ends.
// stray tells that text stood between a closing quote and the next delimiter.
func (t *textRows) quoted(b []byte) (used, lines int, stray bool, state int) {
	t.scratch, t.ends = t.scratch[:0], t.ends[:0]
	i := 0
	lines = 1
	for {
		if i < len(b) && b[i] == '"' {
			i++
			closed := false
			for !closed {
				j := bytes.IndexByte(b[i:], '"')
				if j < 0 {
					if t.eof {
						return i, lines, stray, unclosed
					}
					return i, lines, stray, needMore
				}
				t.scratch = append(t.scratch, b[i:i+j]...)
				lines += bytes.Count(b[i:i+j], []byte{t.eol})
				if stray && lines > 1 {
					return i, lines, stray, complete // next gives the lines back
				}
				i += j + 1
				k := i
				if k < len(b) && b[k] == '"' {
					t.scratch = append(t.scratch, '"')
					i++
					continue
				}
				for k < len(b) && (b[k] == ' ' || b[k] == '\r' && t.eol == '\n') {
					k++
				}
				switch {
				case k == len(b) && !t.eof:
					return i, lines, stray, needMore
				case k == len(b), b[k] == t.delim, b[k] == t.eol:
					i, closed = k, true
				default:
					stray = true
					if lines > 1 {
						return i, lines, stray, complete
					}
					t.scratch = append(t.scratch, '"')
				}
			}
		} else {
			j := i
			for j < len(b) && b[j] != t.delim && b[j] != t.eol {
				j++
			}
			if j == len(b) && !t.eof {
				return i, lines, stray, needMore
			}
			cell := b[i:j]
			if n := len(cell); n > 0 && cell[n-1] == '\r' && (j == len(b) || b[j] == t.eol) {
				cell = cell[:n-1]
			}
			t.scratch = append(t.scratch, cell...)
			i = j
		}
		t.ends = append(t.ends, len(t.scratch))
		if i == len(b) {
			return i, lines, stray, complete
		}
		i++
		if b[i-1] == t.eol || len(t.ends) > MaxColumns {
			return i, lines, stray, complete
		}
	}
}

// findDelimiter tries each delimiter on the top of the file and takes the one
// that cuts most rows into the same number of cells.
func (f *File) findDelimiter() error {
	head := make([]byte, min(128<<10, 2*f.size+16))
	n, err := io.ReadFull(f.decoded(), head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("registry: read %s: %w", f.name, err)
	}
	head = head[:n]
	cut := err == nil
	first, _, _ := bytes.Cut(head, []byte{f.layout.eol})
	if rest, ok := bytes.CutPrefix(bytes.ToLower(bytes.TrimSpace(first)), []byte("sep=")); ok && len(rest) == 1 {
		f.layout.Delimiter = string(rest)
		return nil
	}
	best, bestScore := ",", 0
	for _, d := range []string{",", "\t", ";", "|"} {
		t := newTextRows(bytes.NewReader(head), d[0], f.layout.eol, len(head)+16)
		t.f = f
		widths := map[int]int{}
		for range 200 {
			r, err := t.next()
			if err != nil {
				break // the cut end of the sample, or a fault that reading will tell
			}
			if cut && t.pos == t.end && t.eof {
				break
			}
			if len(r.cells) > 1 {
				widths[len(r.cells)]++
			}
		}
		score := 0
		for w, count := range widths {
			score = max(score, count*1000+w)
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	f.layout.Delimiter = best
	return nil
}
