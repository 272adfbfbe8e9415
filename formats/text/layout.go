package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// width is where a line of numbers is broken.
const width = 100

// A layout is a JSON or YAML file being written: blocks of lists and maps, one
// element a line, and in them single values and short lists. In JSON a block has
// brackets and commas, in YAML dashes and indentation.
type layout struct {
	buf      []byte
	yaml     bool
	depth    int  // blocks around
	first    bool // nothing yet in this block
	afterKey bool // YAML: a key stands before the value
	joined   bool // YAML: the next line's text goes on in this one
}

// begin opens a block that holds something.
func (l *layout) begin(bracket byte) {
	l.depth++
	if l.yaml {
		l.joined = l.joined && !l.afterKey
		l.afterKey = false
		return
	}
	l.buf = append(l.buf, bracket)
	l.first = true
}

func (l *layout) end(bracket byte) {
	l.depth--
	if !l.yaml {
		l.newline(l.depth)
		l.buf = append(l.buf, bracket)
		l.first = false
	}
}

// item starts the line of an element or key.
func (l *layout) item() {
	switch {
	case l.yaml && l.joined:
		l.joined = false
	case l.yaml:
		l.newline(l.depth - 1)
	default:
		if !l.first {
			l.buf = append(l.buf, ',')
		}
		l.first = false
		l.newline(l.depth)
	}
}

// key starts a line with a name, which is written as it stands.
func (l *layout) key(name []byte) {
	l.item()
	l.buf = append(append(l.buf, name...), ':')
	if l.yaml {
		l.afterKey = true
	} else {
		l.buf = append(l.buf, ' ')
	}
}

// element starts the line of an element of a list.
func (l *layout) element() {
	l.item()
	if l.yaml {
		l.buf = append(l.buf, '-', ' ')
		l.joined = true
	}
}

// value comes before what is no block.
func (l *layout) value() {
	if l.afterKey {
		l.buf = append(l.buf, ' ')
	}
	l.afterKey, l.joined = false, false
}

func (l *layout) newline(depth int) {
	l.buf = append(l.buf, '\n')
	l.indent(depth)
}

func (l *layout) indent(depth int) {
	for range depth {
		l.buf = append(l.buf, ' ', ' ')
	}
}

// short writes a list of n values that share lines; each appends one to l.buf.
func (l *layout) short(n int, each func(i int) error) error {
	l.value()
	l.buf = append(l.buf, '[')
	line := bytes.LastIndexByte(l.buf, '\n') + 1
	for i := range n {
		if i > 0 {
			l.buf = append(l.buf, ',', ' ')
		}
		start := len(l.buf)
		if err := each(i); err != nil {
			return err
		}
		if i > 0 && len(l.buf)-line > width {
			l.buf[start-1] = '\n'
			line = start
			pad := 2 * (l.depth + 1)
			l.indent(l.depth + 1) // makes room, of the right length
			copy(l.buf[start+pad:], l.buf[start:])
			for i := range pad {
				l.buf[start+i] = ' '
			}
		}
	}
	l.buf = append(l.buf, ']')
	return nil
}

// appendText appends s, which is UTF-8, as a string of the file's syntax.
func (l *layout) appendText(dst []byte, s string) []byte {
	if l.yaml && plain(s) {
		return append(dst, s...)
	}
	return appendQuoted(dst, s)
}

// plain reports whether YAML takes s for a string without quotes, by both its
// versions and wherever it stands: letters, and what is harmless between them.
func plain(s string) bool {
	if s == "" || len(s) > width || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && !strings.ContainsRune(" _-./", rune(c))) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity":
		return false
	}
	return true
}

// appendQuoted appends s in quotes. What JSON leaves to the writer is escaped
// where YAML does not take it: control characters, line separators, byte order
// marks. So one form serves both.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		var escape string
		switch {
		case r == '"' || r == '\\':
			escape = `\` + string(r)
		case r == '\n':
			escape = `\n`
		case r == '\r':
			escape = `\r`
		case r == '\t':
			escape = `\t`
		case r < ' ', r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
			escape = string([]byte{'\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15]})
		}
		if escape != "" {
			dst = append(append(dst, s[from:i]...), escape...)
			from = i + n
		}
		i += n
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
