package text

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The words for what no number in a file says. Python's float() reads them. CSV has inf
// and -inf for the infinities.
const (
	nanWord    = "NaN"
	infWord    = "Infinity"
	negInfWord = "-Infinity"
)

// appendScalar appends a value of a scalar plan as bare text.
func (p *plan) appendScalar(dst []byte, v reflect.Value) ([]byte, error) {
	switch p.op {
	case opBool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case opInt:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case opUint:
		return strconv.AppendUint(dst, v.Uint(), 10), nil
	case opFloat:
		if f := v.Float(); p.syntax == csvSyntax && math.Abs(f) > math.MaxFloat64 {
			if f < 0 {
				return append(dst, "-inf"...), nil
			}
			return append(dst, "inf"...), nil // as pandas and polars write it
		}
		return appendFloat(dst, v.Float(), p.bits), nil
	case opString:
		s := v.String()
		if i := invalidAt(s); i >= 0 {
			return nil, notUTF8(i)
		}
		return append(dst, s...), nil
	case opTime:
		return appendTime(dst, v.Interface().(time.Time))
	case opDuration:
		return append(dst, time.Duration(v.Int()).String()...), nil
	default:
		text, err := p.marshal(v)
		return append(dst, text...), err
	}
}

// parseScalar sets v, a value of a scalar plan, from bare text.
func (p *plan) parseScalar(s string, v reflect.Value) error {
	switch p.op {
	case opBool:
		if s != "true" && s != "false" {
			return fmt.Errorf("%s is neither true nor false", quoted(s))
		}
		v.SetBool(s == "true")
	case opInt:
		n, err := strconv.ParseInt(s, 10, p.bits)
		if err != nil {
			return p.notNumber(s, "a whole number", err)
		}
		v.SetInt(n)
	case opUint:
		n, err := strconv.ParseUint(s, 10, p.bits)
		if err != nil {
			return p.notNumber(s, "a whole number from 0", err)
		}
		v.SetUint(n)
	case opFloat:
		f, err := parseFloat(s, p.bits)
		if err != nil {
			return p.notNumber(s, "a number", err)
		}
		v.SetFloat(f)
	case opString:
		v.SetString(strings.Clone(s)) // s is part of the whole file
	case opTime:
		var t time.Time
		if err := t.UnmarshalText([]byte(s)); err != nil {
			return fmt.Errorf("%s is not a time such as 2024-04-10T11:22:33+02:00", quoted(s))
		}
		v.Set(reflect.ValueOf(t))
	case opDuration:
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("%s is not a duration such as 1h2m3.5s", quoted(s))
		}
		v.SetInt(int64(d))
	default:
		return p.unmarshal(v, []byte(s))
	}
	return nil
}

func (p *plan) notNumber(s, what string, err error) error {
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s is out of the range of %v", quoted(s), p.typ)
	}
	return fmt.Errorf("%s is not %s", quoted(s), what)
}

// appendFloat appends the shortest decimal that reads back as f. It has a point,
// by which other programs know a float (and without which -0 loses its sign), and
// in an exponent the sign that YAML 1.1 asks for.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch a := math.Abs(f); {
	case f != f:
		return append(dst, nanWord...)
	case f > math.MaxFloat64:
		return append(dst, infWord...)
	case f < -math.MaxFloat64:
		return append(dst, negInfWord...)
	case a < 1e16 && a == math.Trunc(a):
		return append(strconv.AppendFloat(dst, f, 'f', -1, bits), ".0"...)
	case a >= 1e-4 && a < 1e16:
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	return dotted(dst, start)
}

// dotted gives the number with an exponent at dst[start:] a point.
func dotted(dst []byte, start int) []byte {
	for i := start; i < len(dst); i++ {
		switch dst[i] {
		case '.':
			return dst
		case 'e':
			return append(dst[:i], ".0"+string(dst[i:])...)
		}
	}
	return dst
}

// parseFloat reads a decimal or one of the words. strconv alone would read more,
// such as hexadecimal and underscores.
func parseFloat(s string, bits int) (float64, error) {
	switch s {
	case nanWord:
		return math.NaN(), nil
	case infWord:
		return math.Inf(1), nil
	case negInfWord:
		return math.Inf(-1), nil
	}
	if !decimal(s) {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(s, bits)
}

// decimal reports whether s has only what decimal numbers are made of.
func decimal(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return true
}

// appendTime appends t as RFC 3339, which has no place for seconds in the offset
// of a zone, as local mean time had them.
func appendTime(dst []byte, t time.Time) ([]byte, error) {
	text, err := t.MarshalText()
	if err != nil {
		return nil, err
	}
	var back time.Time
	if err := back.UnmarshalText(text); err != nil {
		return nil, err
	}
	_, offset := t.Zone()
	if _, got := back.Zone(); got != offset || !back.Equal(t) {
		return nil, fmt.Errorf("its zone is %d seconds from UTC, which no text says; use whole minutes", offset)
	}
	return append(dst, text...), nil
}

func notUTF8(i int) error {
	return fmt.Errorf("the string is not UTF-8 at byte %d; use []byte", i)
}

// invalidAt is the first byte of s that is not UTF-8, or -1.
func invalidAt(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}
