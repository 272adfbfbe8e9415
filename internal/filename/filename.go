package filename

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fault says why a name does not name one file on every system, to go on after the
// name; it is empty for a name that does. Names that only some systems cannot have at all,
// such as those with a colon, are no fault: no two of them become one.
func Fault(name string) string {
	if !ascii(name) {
		for _, r := range name {
			if invisible(r) {
				return fmt.Sprintf("holds the invisible character %U: take it out", r)
			}
		}
		if composed := norm.NFC.String(name); composed != name {
			return fmt.Sprintf("is not in the composed form of Unicode, NFC, and some systems take both for one name: write it as %s", strconv.QuoteToASCII(composed))
		}
	}
	if last, _ := utf8.DecodeLastRuneInString(name); last == '.' || unicode.IsSpace(last) {
		return "ends in a dot or a blank, which Windows drops: take it off"
	}
	if device(name) {
		return "is the name of a device on Windows: use another one"
	}
	return ""
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// invisible reports whether a character shows nothing, or only changes how others show.
// Blanks are none.
func invisible(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// device reports whether Windows takes a name for a device, whatever its
// extension is.
func device(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base, _, _ = strings.Cut(base, ":")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(base, "COM")
	if !ok {
		port, ok = strings.CutPrefix(base, "LPT")
	}
	if !ok || utf8.RuneCountInString(port) != 1 {
		return false
	}
	return strings.ContainsAny(port, "0123456789¹²³")
}

// Fold returns the same text for names that differ only in case, which some systems take
// for one.
func Fold(name string) string { return string(AppendFold(nil, name)) }

// AppendFold appends Fold(name).
func AppendFold(b []byte, name string) []byte {
	start := len(b)
	for i := range len(name) {
		c := name[i]
		if c >= utf8.RuneSelf {
			return appendFoldedRunes(b[:start], name)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func appendFoldedRunes(b []byte, name string) []byte {
	for _, r := range name {
		least := r // of all that differ from r only in case
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if 'A' <= least && least <= 'Z' {
			least += 'a' - 'A'
		}
		b = utf8.AppendRune(b, least)
	}
	return b
}
