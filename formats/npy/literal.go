package npy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The header of a .npy file is a Python literal. parseLiteral reads what such
// headers are made of: dicts with string keys, tuples, lists, strings, integers,
// True, False and None, as string, int64, bool, nil, pyTuple, pyList and pyDict.
// Comments are passed over. Nothing is evaluated.
type (
	pyTuple []any
	pyList  []any
	pyDict  []pyEntry
	pyEntry struct {
		key string
		pos int // byte of the literal where the value starts
		val any
	}
)

const (
	// maxDepth bounds recursion, maxValues memory: a value takes 16 bytes or more
	// where the text takes 2. Both are far above what numpy's own dtypes need.
	maxDepth  = 64
	maxValues = 1 << 16
)

// A literalError is a text that is no literal, with the byte where that shows.
type literalError struct {
	pos int
	msg string
}

func (e *literalError) Error() string { return e.msg }

// parseLiteral reads text, which must hold one literal, and blanks around it. In
// Latin-1, each byte of a string is a letter.
func parseLiteral(text string, latin1 bool) (any, error) {
	p := literalParser{text: text, latin1: latin1}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.pos < len(p.text) {
		return nil, p.errorf("%q after the end of the literal", p.text[p.pos])
	}
	return v, nil
}

type literalParser struct {
	text   string
	latin1 bool
	pos    int
	values int
}

func (p *literalParser) errorf(format string, args ...any) error {
	return &literalError{p.pos, fmt.Sprintf(format, args...)}
}

func (p *literalParser) blanks() {
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case strings.IndexByte(" \t\r\n\f", c) >= 0:
			p.pos++
		case c != '#' || !p.comment():
			return
		}
	}
}

// comment passes over a comment, to the end of its line. One that is no text of Python is
// left where it is.
func (p *literalParser) comment() bool {
	rest := p.text[p.pos:]
	if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
		rest = rest[:end]
	}
	if strings.IndexByte(rest, 0) >= 0 || !p.latin1 && !utf8.ValidString(rest) {
		return false
	}
	p.pos += len(rest)
	return true
}

// accept steps over c, after blanks, if it comes next.
func (p *literalParser) accept(c byte) bool {
	p.blanks()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *literalParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.errorf("nested more than %d deep", maxDepth)
	}
	if p.values++; p.values > maxValues {
		return nil, p.errorf("more than %d values", maxValues)
	}
	p.blanks()
	if p.pos == len(p.text) {
		return nil, p.errorf("the literal ends too early")
	}
	switch c := p.text[p.pos]; {
	case c == '{':
		return p.dict(depth)
	case c == '[':
		items, _, err := p.items(']', depth)
		return pyList(items), err
	case c == '(':
		items, comma, err := p.items(')', depth)
		if err == nil && len(items) == 1 && !comma {
			return items[0], nil // just parentheses
		}
		return pyTuple(items), err
	case c == '\'' || c == '"':
		return p.str()
	case c == '-' || c == '+' || '0' <= c && c <= '9':
		return p.integer()
	default:
		return p.word()
	}
}

// sequence reads what stands between two brackets, items separated by commas,
// and tells whether there was a comma at all.
func (p *literalParser) sequence(end byte, item func() error) (comma bool, err error) {
	p.pos++ // the opening bracket
	for !p.accept(end) {
		if err := item(); err != nil {
			return false, err
		}
		if p.accept(',') {
			comma = true
			continue
		}
		if p.accept(end) {
			break
		}
		return false, p.errorf("want a comma or %q", end)
	}
	return comma, nil
}

func (p *literalParser) items(end byte, depth int) (items []any, comma bool, err error) {
	comma, err = p.sequence(end, func() error {
		v, err := p.value(depth + 1)
		items = append(items, v)
		return err
	})
	return items, comma, err
}

func (p *literalParser) dict(depth int) (any, error) {
	d := make(pyDict, 0, 3) // as many as a header has
	_, err := p.sequence('}', func() error {
		p.blanks()
		start := p.pos
		k, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		key, ok := k.(string)
		if !ok {
			p.pos = start
			return p.errorf("a key that is not a string")
		}
		if !p.accept(':') {
			return p.errorf("want a colon after the key %q", clip(key))
		}
		p.blanks()
		e := pyEntry{key: key, pos: p.pos}
		e.val, err = p.value(depth + 1)
		d = append(d, e)
		return err
	})
	return d, err
}

// str reads a string with the escapes that Python's repr writes.
func (p *literalParser) str() (string, error) {
	quote := p.text[p.pos]
	p.pos++
	if text, ok := plainUntil(p.text[p.pos:], quote); ok {
		p.pos += len(text) + 1
		return text, nil
	}
	var b strings.Builder
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; c {
		case quote:
			p.pos++
			return b.String(), nil
		case '\n':
			return "", p.errorf("a line ends inside a string")
		case '\\':
			r, _, rest, err := strconv.UnquoteChar(p.text[p.pos:], quote)
			if err != nil {
				return "", p.errorf("an escape that is not known")
			}
			b.WriteRune(r)
			p.pos = len(p.text) - len(rest)
		default:
			if p.latin1 {
				b.WriteRune(rune(c))
			} else {
				b.WriteByte(c)
			}
			p.pos++
		}
	}
	return "", p.errorf("a string without end")
}

// plainUntil returns what stands before the quote, if each byte of it stands for
// itself, as those of most headers do.
func plainUntil(text string, quote byte) (string, bool) {
	for i := range len(text) {
		switch c := text[i]; {
		case c == quote:
			return text[:i], true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

// integer reads a decimal number. Python 2 wrote long ones as 3L.
func (p *literalParser) integer() (int64, error) {
	start := p.pos
	if c := p.text[p.pos]; c == '-' || c == '+' {
		p.pos++
	}
	digits := p.pos
	for p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '9' {
		p.pos++
	}
	number := p.text[start:p.pos]
	if p.pos == digits || p.text[digits] == '0' && p.pos > digits+1 {
		return 0, p.errorf("%q is not an integer", clip(number))
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		p.pos = start
		return 0, p.errorf("the integer %s is too large", clip(number))
	}
	if p.pos < len(p.text) && p.text[p.pos] == 'L' {
		p.pos++
	}
	return n, nil
}

// word reads True, False, None, or a string with a prefix.
func (p *literalParser) word() (any, error) {
	rest := p.text[p.pos:]
	n := 0
	for n < len(rest) && ('a' <= rest[n] && rest[n] <= 'z' || 'A' <= rest[n] && rest[n] <= 'Z') {
		n++
	}
	switch word := rest[:n]; word {
	case "True", "False":
		p.pos += n
		return word == "True", nil
	case "None":
		p.pos += n
		return nil, nil
	case "u", "b":
		if n < len(rest) && (rest[n] == '\'' || rest[n] == '"') {
			p.pos += n
			return p.str()
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	if n == 0 {
		if r == utf8.RuneError {
			return nil, p.errorf("byte %#02x is no part of a literal", rest[0])
		}
		n = size
	}
	return nil, p.errorf("%q is not a literal", clip(rest[:n]))
}

// literalText shows a parsed value in an error, for the short kinds.
func literalText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return strconv.Quote(clip(v))
	case pyTuple:
		return fmt.Sprintf("a tuple of %d", len(v))
	case pyList:
		return fmt.Sprintf("a list of %d", len(v))
	default:
		return "a dict"
	}
}

// clip shortens text of a file for an error.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
