package lineage

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// printable returns s with everything replaced that is not seen, or that changes how what is
// around it is seen: names of files are other people's.
func printable(s string) string {
	plain := true
	for _, r := range s {
		plain = plain && r != utf8.RuneError && strconv.IsGraphic(r)
	}
	if plain {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case strconv.IsGraphic(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// shortened leaves out the middle of what is wider than most. width is that of one character.
func shortened(s string, most float64, width func(rune) float64) string {
	if widthOf(s, width) <= most {
		return s
	}
	runes := []rune(s)
	left, right := 0, len(runes)
	room := most - width('…')
	for front := false; left < right; front = !front {
		r := runes[right-1]
		if front {
			r = runes[left]
		}
		if room -= width(r); room < 0 {
			break
		}
		if front {
			left++
		} else {
			right--
		}
	}
	return string(runes[:left]) + "…" + string(runes[right:])
}

func widthOf(s string, width func(rune) float64) float64 {
	w := 0.0
	for _, r := range s {
		w += width(r)
	}
	return w
}

// columns is the width of a character where all are equally wide, but those of the blocks whose
// characters are about as wide as high.
func columns(r rune) float64 {
	if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f000) {
		return 2
	}
	return 1
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		what = stem + "ie"
	}
	return fmt.Sprintf("%d %ss", n, what)
}
