package npy

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// text is the element of strings, which are written as UTF-32, numpy's U, each as
// long as the longest.
type text struct {
	place int // in the survey
}

func (e text) survey(s *survey, v values) *fault {
	size := &s.texts[e.place]
	size.count += v.n
	for i := range v.n {
		x := *at[string](v.at(i))
		switch {
		case strings.HasSuffix(x, "\x00"):
			return faultAt(i, "ends in NUL, which numpy would cut off")
		case !utf8.ValidString(x):
			return faultAt(i, "is not UTF-8: %q", clip(x))
		}
		size.longest = max(size.longest, utf8.RuneCountInString(x))
		size.total += len(x)
	}
	return nil
}

func (e text) describe(s *survey) descr {
	return descr{kind: 'U', size: codePoint * max(1, s.texts[e.place].longest)}
}

func (e text) store(dst cells, v values, as *descr) {
	for i := range v.n {
		cell := dst.b[i*dst.step:][:as.size]
		n := 0 // bytes
		for _, r := range *at[string](v.at(i)) {
			if n == len(cell) {
				break // the value changed after the survey: wrong, but not out of bounds
			}
			binary.LittleEndian.PutUint32(cell[n:], uint32(r))
			n += codePoint
		}
		clear(cell[n:])
	}
}

func (e text) loader(from *descr) (loader, *fault) {
	switch from.kind {
	case 'S', 'U':
		return &textLoader{from: *from}, nil
	}
	return nil, &fault{text: from.brief() + " is no text"}
}

// A textLoader reads texts of either kind. The strings of one call share one block of
// memory, so that a million of them are not a million allocations.
type textLoader struct {
	from descr
	all  []byte // UTF-8
	ends []int
}

func (l *textLoader) load(v values, src cells) *fault {
	l.all, l.ends = l.all[:0], l.ends[:0]
	for i := range v.n {
		cell := src.b[i*src.step:][:l.from.size]
		var f *fault
		if l.from.kind == 'S' {
			f = l.appendBytes(cell)
		} else {
			f = l.appendRunes(cell)
		}
		if f != nil {
			f.at = i
			return f
		}
		l.ends = append(l.ends, len(l.all))
	}
	all, start := string(l.all), 0
	for i, end := range l.ends {
		*at[string](v.at(i)) = all[start:end]
		start = end
	}
	return nil
}

// appendBytes takes bytes up to the zeros that fill the cell.
func (l *textLoader) appendBytes(cell []byte) *fault {
	n := len(cell)
	for n > 0 && cell[n-1] == 0 {
		n--
	}
	if !utf8.Valid(cell[:n]) {
		return faultAt(0, "is not UTF-8: %q", clip(string(cell[:n])))
	}
	l.all = append(l.all, cell[:n]...)
	return nil
}

// appendRunes takes code points up to the zeros that fill the cell.
func (l *textLoader) appendRunes(cell []byte) *fault {
	n := len(cell)
	for n > 0 && cell[n-1] == 0 && cell[n-2] == 0 && cell[n-3] == 0 && cell[n-4] == 0 {
		n -= codePoint
	}
	// Most texts are ASCII, and short: not a call for each letter.
	used := len(l.all)
	l.all = slices.Grow(l.all, n/codePoint)
	letters := l.all[used : used+n/codePoint]
	k := 0
	for i := range letters {
		r := l.codePoint(cell[k:])
		if r >= utf8.RuneSelf {
			break
		}
		letters[i] = byte(r)
		k += codePoint
	}
	l.all = l.all[:used+k/codePoint]
	for ; k < n; k += codePoint {
		r := l.codePoint(cell[k:])
		if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
			return faultAt(0, "has the code point %#x, which no Go string can hold", r)
		}
		l.all = utf8.AppendRune(l.all, rune(r))
	}
	return nil
}

func (l *textLoader) codePoint(b []byte) uint32 {
	if l.from.bigEndian {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}
