package text

import (
	"errors"
	"strings"
)

// A kind is one of token.
type kind uint8

const (
	nullToken kind = iota
	boolToken
	numberToken
	stringToken
	binaryToken // bytes as base64 text; YAML only
	listStart
	listEnd
	mapStart
	mapEnd
	endOfFile
)

func (k kind) String() string {
	return [...]string{
		"null", "true or false", "a number", "a string", "bytes", "a list", "the end of a list", "a map", "the end of a map", "the end of the file",
	}[k]
}

// A token is the next part of a file. Within a map, keys and values take turns.
type token struct {
	kind  kind
	plain bool   // YAML: text without quotes, whose kind is only a guess
	text  string // of a bool, number, string or key; part of the file, perhaps
	at    place

	keyKind kind // YAML: what the key would be as a value
}

// A place in a file, known to the scanner that gave it out.
type place struct{ line, column int }

// A scanner reads a file front to back. It checks all of the syntax: brackets
// match, and every key has a value.
type scanner interface {
	next() (token, error)
	// where returns line and column of a token, counted from 1.
	where(place) (line, column int)
}

// flow appends the value that begins with t as JSON on one line, or in YAML's
// spelling of the same.
func (l *layout) flow(dst []byte, s scanner, t token) ([]byte, error) {
	var err error
	switch t.kind {
	case nullToken:
		return append(dst, "null"...), nil
	case boolToken:
		return append(dst, strings.ToLower(t.text)...), nil
	case numberToken:
		return l.appendNumber(dst, t.text)
	case stringToken:
		return appendQuoted(dst, t.text), nil
	case listStart:
		dst = append(dst, '[')
		for first := true; ; first = false {
			if t, err = s.next(); err != nil || t.kind == listEnd {
				return append(dst, ']'), err
			}
			if !first {
				dst = append(dst, ", "...)
			}
			if dst, err = l.flow(dst, s, t); err != nil {
				return nil, err
			}
		}
	case mapStart:
		dst = append(dst, '{')
		for first := true; ; first = false {
			if t, err = s.next(); err != nil || t.kind == mapEnd {
				return append(dst, '}'), err
			}
			if !first {
				dst = append(dst, ", "...)
			}
			dst = append(appendQuoted(dst, t.text), ": "...)
			if t, err = s.next(); err != nil {
				return nil, err
			}
			if dst, err = l.flow(dst, s, t); err != nil {
				return nil, err
			}
		}
	}
	return nil, errors.New(t.kind.String() + " where JSON has none")
}

// appendNumber appends a number as it stands, but for what YAML 1.1 asks of
// exponents: a point before and a sign after the e.
func (l *layout) appendNumber(dst []byte, s string) ([]byte, error) {
	if numberEnd(s, 0) != len(s) {
		return nil, errors.New(quoted(s) + " is no number of JSON")
	}
	if !l.yaml {
		return append(dst, s...), nil
	}
	point := false
	for i := range len(s) {
		switch c := s[i]; c {
		case 'e', 'E':
			if !point {
				dst = append(dst, ".0"...)
			}
			dst = append(dst, 'e')
			if s[i+1] != '-' && s[i+1] != '+' {
				dst = append(dst, '+')
			}
		default:
			point = point || c == '.'
			dst = append(dst, c)
		}
	}
	return dst, nil
}
