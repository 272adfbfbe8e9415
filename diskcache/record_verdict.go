package diskcache

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseVerdict reads the deciding fields of a record as encode writes them: one plain
// value per line, and no bracket at the end. encoding/json takes longer for them than the system takes to read
// a small value. Where a line is anything else, ok is false and it is for encoding/json
// to say what the text means.
func parseVerdict(text string) (r *verdict, ok bool) {
	lines, opened := strings.CutPrefix(text, "{\n ")
	if !opened {
		return nil, false
	}
	r = new(verdict)
	for line := range strings.SplitSeq(lines, ",\n ") { // no JSON text has a bare line break within
		name, value, found := strings.Cut(line, ": ")
		if !found || !r.setField(name, value) {
			return nil, false
		}
	}
	return r, true
}

func (r *verdict) setField(name, value string) bool {
	if text := r.plainField(name); text != nil {
		return unquotePlain(text, value) == nil
	}
	var err error
	switch name {
	case `"owner"`:
		err = unquoteText(&r.Owner, value)
	case `"source"`:
		err = unquoteText(&r.Source, value)
	case `"place"`:
		err = unquoteText(&r.Place, value)
	case `"nil"`:
		r.Nil = value == "true"
		return r.Nil || value == "false"
	case `"computed"`:
		err = r.Computed.UnmarshalJSON([]byte(value))
	default:
		return isNumber(value) && r.setNumber(name, value) // Go reads more than JSON has
	}
	return err == nil
}

// plainField returns the field of that name, if it is a text without escapes.
func (r *verdict) plainField(name string) *string {
	switch name {
	case `"tag"`:
		return &r.Tag
	case `"name"`:
		return &r.Name
	case `"key"`:
		return &r.Key
	case `"format"`:
		return &r.Format
	case `"go_type"`:
		return &r.GoType
	case `"go_shape"`:
		return &r.GoShape
	case `"digest"`:
		return &r.Digest
	case `"version"`:
		return &r.Version
	}
	return nil
}

func (r *verdict) setNumber(name, value string) bool {
	var err error
	switch name {
	case `"layout"`:
		r.Layout, err = strconv.Atoi(value)
	case `"bytes"`:
		r.Bytes, err = strconv.ParseInt(value, 10, 64)
	case `"compute_seconds"`:
		r.Seconds, err = strconv.ParseFloat(value, 64)
	case `"uses"`:
		r.Uses, err = strconv.Atoi(value)
	default:
		return false
	}
	return err == nil
}

// isNumber reports whether value is a number as JSON has it.
func isNumber(value string) bool {
	value = strings.TrimPrefix(value, "-")
	whole, rest := digits(value)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if after, has := strings.CutPrefix(rest, "."); has {
		if value, rest = digits(after); value == "" {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	if rest = rest[1:]; rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	value, rest = digits(rest)
	return value != "" && rest == ""
}

// digits cuts a text after the digits that it begins with.
func digits(text string) (before, after string) {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}

var errNotPlain = errors.New("not a text in ASCII without escapes")

// unquotePlain sets dst to a text that holds no escapes and no letters beyond ASCII.
func unquotePlain(dst *string, value string) error {
	for i := range len(value) {
		if value[i] > '~' {
			return errNotPlain
		}
	}
	return unquoteText(dst, value)
}

// unquoteText sets dst to a text that holds no escapes, as most paths are.
func unquoteText(dst *string, value string) error {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return errNotPlain
	}
	value = value[1 : len(value)-1]
	for i := range len(value) {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' {
			return errNotPlain
		}
	}
	if !utf8.ValidString(value) {
		return errNotPlain
	}
	*dst = value
	return nil
}
