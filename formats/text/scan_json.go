package text

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonScanner reads JSON as RFC 8259 has it, and the words NaN, Infinity and
// -Infinity, which Python writes.
type jsonScanner struct {
	src    string
	pos    int
	open   []byte // the brackets around
	around int    // lists and maps around all of src
	after  state
}

// A state says what may come next.
type state uint8

const (
	wantValue state = iota
	wantKey
	wantFirst // value or key, or the end of what was just begun
	wantComma // or an end
)

// here keeps the offset alone: lines are counted when an error asks.
func (s *jsonScanner) here() place { return place{column: s.pos} }

func (s *jsonScanner) where(p place) (line, column int) { return lineOf(s.src, p.column) }

func (s *jsonScanner) fail(format string, args ...any) error {
	line, column := lineOf(s.src, s.pos)
	return &FormatError{Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

// peek skips blanks and returns the next byte, or 0 at the end.
func (s *jsonScanner) peek() byte {
	for ; s.pos < len(s.src); s.pos++ {
		if c := s.src[s.pos]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// strange is the error for what stands here in place of what should.
func (s *jsonScanner) strange(want string) error {
	if s.pos >= len(s.src) {
		return s.fail("the file ends where %s should stand: %w", want, io.ErrUnexpectedEOF)
	}
	r, _ := utf8.DecodeRuneInString(s.src[s.pos:])
	return s.fail("%q where %s should stand", r, want)
}

func (s *jsonScanner) next() (token, error) {
	c := s.peek()
	if len(s.open) == 0 && s.after == wantComma {
		if s.pos < len(s.src) {
			return token{}, s.fail("something follows the value, which should be all of the file")
		}
		return token{kind: endOfFile, at: s.here()}, nil
	}
	var bracket byte
	if len(s.open) > 0 {
		bracket = s.open[len(s.open)-1]
	}
	if s.after == wantComma || s.after == wantFirst {
		switch {
		case bracket == '[' && c == ']' || bracket == '{' && c == '}':
			t := token{kind: listEnd, at: s.here()}
			if c == '}' {
				t.kind = mapEnd
			}
			s.pos++
			s.open, s.after = s.open[:len(s.open)-1], wantComma
			return t, nil
		case s.after == wantComma && c != ',':
			return token{}, s.strange(fmt.Sprintf("a comma or %q", bracket+2)) // in ASCII two behind its opposite
		case s.after == wantComma:
			s.pos++
			c = s.peek()
		}
		s.after = wantValue
		if bracket == '{' {
			s.after = wantKey
		}
	}
	if s.after == wantKey {
		return s.key(c)
	}
	return s.value(c)
}

func (s *jsonScanner) key(c byte) (token, error) {
	t := token{kind: stringToken, at: s.here()}
	if c != '"' {
		return t, s.strange("a name in quotes")
	}
	var err error
	if t.text, err = s.text(); err != nil {
		return t, err
	}
	if s.peek() != ':' {
		return t, s.strange("a colon")
	}
	s.pos++
	s.after = wantValue
	return t, nil
}

// rest reads the value that begins with t to its end, and returns it as it stands in
// the file.
func (s *jsonScanner) rest(t token) (string, error) {
	if t.kind == listStart || t.kind == mapStart {
		for depth := len(s.open); len(s.open) >= depth; {
			if _, err := s.next(); err != nil {
				return "", err
			}
		}
	}
	return s.src[t.at.column:s.pos], nil
}

// words are the values that are no number, string, list or map.
var words = [...]struct {
	text string
	kind kind
}{
	{"null", nullToken}, {"true", boolToken}, {"false", boolToken},
	{nanWord, numberToken}, {infWord, numberToken}, {negInfWord, numberToken},
}

func (s *jsonScanner) value(c byte) (t token, err error) {
	t.at = s.here()
	s.after = wantComma
	switch c {
	case '[', '{':
		t.kind = listStart
		if c == '{' {
			t.kind = mapStart
		}
		if s.around+len(s.open) >= maxDepth {
			return t, s.fail("more than %d lists and maps within one another", maxDepth)
		}
		s.pos++
		s.open, s.after = append(s.open, c), wantFirst
		return t, nil
	case '"':
		t.kind = stringToken
		t.text, err = s.text()
		return t, err
	}
	rest := s.src[s.pos:]
	for _, w := range words {
		if strings.HasPrefix(rest, w.text) {
			s.pos += len(w.text)
			t.kind, t.text = w.kind, w.text
			return t, nil
		}
	}
	end := numberEnd(s.src, s.pos)
	if end == s.pos {
		return t, s.strange("a value")
	}
	t.kind, t.text = numberToken, s.src[s.pos:end]
	s.pos = end
	return t, nil
}

// numberEnd returns where the number that starts at s[i:] ends, or i if none does.
func numberEnd(s string, start int) int {
	i := start
	at := func(c byte) bool { return i < len(s) && s[i] == c }
	digits := func() bool {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if at('-') {
		i++
	}
	if at('0') {
		i++
	} else if !digits() {
		return start
	}
	if at('.') {
		if i++; !digits() {
			return start
		}
	}
	if at('e') || at('E') {
		if i++; at('+') || at('-') {
			i++
		}
		if !digits() {
			return start
		}
	}
	return i
}

// text reads a string in quotes.
func (s *jsonScanner) text() (string, error) {
	s.pos++
	start := s.pos
	var made []byte // once there was an escape
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; {
		case c == '"':
			text := s.src[start:s.pos]
			if i := invalidAt(text); i >= 0 {
				s.pos = start + i
				return "", s.fail("the string is not UTF-8")
			}
			s.pos++
			if made != nil {
				text = string(append(made, text...))
			}
			return text, nil
		case c < ' ':
			return "", s.fail("a control character in a string; write it as \\u%04x", c)
		case c == '\\':
			text := s.src[start:s.pos]
			if i := invalidAt(text); i >= 0 {
				s.pos = start + i
				return "", s.fail("the string is not UTF-8")
			}
			r, n, err := unescape(s.src[s.pos:])
			if err != nil {
				return "", s.fail("%w", err)
			}
			made = utf8.AppendRune(append(made, text...), r)
			s.pos += n - 1
			start = s.pos + 1
		}
	}
	return "", s.fail("the file ends within a string: %w", io.ErrUnexpectedEOF)
}

// unescape reads the escape that s begins with, of n bytes.
func unescape(s string) (r rune, n int, err error) {
	const chars, stands = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if len(s) > 1 {
		if i := strings.IndexByte(chars, s[1]); i >= 0 {
			return rune(stands[i]), 2, nil
		}
	}
	r, ok := hexEscape(s)
	if !ok {
		return 0, 0, errors.New("a backslash that begins no escape of JSON")
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	low, _ := hexEscape(s[6:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, errors.New("half of a surrogate pair, which is no character")
	}
	return r, 12, nil
}

func hexEscape(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
