package npy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A descr is what a header says of one element: a number or bool, a text (S, U), a
// time (M), a length of time (m), or a row of fields (V).
type descr struct {
	kind      byte // numpy's letter
	size      int  // bytes
	bigEndian bool
	unit      timeUnit     // of M and m
	fields    []fieldDescr // of V, in the order of the file
}

// A fieldDescr is one field of a row: an element, or an array of some.
type fieldDescr struct {
	name   string
	offset int   // in the row
	shape  []int // nil for a single element
	count  int   // elements: the product of shape
	descr
}

// codePoint is how many bytes a character of U takes: numpy keeps UTF-32.
const codePoint = 4

// number is the dtype of a number, bool or length of time, whatever its unit; 0 for
// all others.
func (d *descr) number() dtype {
	switch d.kind {
	case 'b', 'i', 'u', 'f', 'c', 'm':
		return dtype(d.kind)<<8 | dtype(d.size)
	}
	return 0
}

// swapped tells whether numbers have to change their byte order on the way.
func (d *descr) swapped() bool {
	n := d.number()
	return n.unit() > 1 && d.bigEndian != hostBigEndian
}

// String is numpy's name with byte order, and for rows the list of their fields.
func (d *descr) String() string {
	order := "<"
	switch {
	case d.bigEndian:
		order = ">"
	case d.size == 1, d.kind == 'S':
		order = "|"
	}
	switch d.kind {
	case 'V':
		var b strings.Builder
		d.writeList(&b)
		return b.String()
	case 'U':
		return order + "U" + strconv.Itoa(d.size/codePoint)
	case 'M', 'm':
		return order + string(rune(d.kind)) + strconv.Itoa(d.size) + d.unit.String()
	}
	return order + string(rune(d.kind)) + strconv.Itoa(d.size)
}

// brief is the name in an error: a row may have thousands of fields.
func (d *descr) brief() string {
	if d.kind == 'V' {
		return "a row of fields"
	}
	return d.String()
}

// literal is the descr as Python writes it in a header.
func (d *descr) literal() string {
	if d.kind == 'V' {
		return d.String()
	}
	return "'" + d.String() + "'"
}

// writeList writes fields as numpy does, gaps between them as fields without a
// name.
func (d *descr) writeList(b *strings.Builder) {
	b.WriteByte('[')
	end, comma := 0, ""
	gap := func(to int) {
		if to > end {
			fmt.Fprintf(b, "%s('', '|V%d')", comma, to-end)
			comma = ", "
		}
	}
	for i := range d.fields {
		f := &d.fields[i]
		gap(f.offset)
		end = f.offset + f.size*f.count
		fmt.Fprintf(b, "%s(%s, %s", comma, quoted(f.name), f.literal())
		if f.shape != nil {
			b.WriteString(", " + shapeText(f.shape))
		}
		b.WriteByte(')')
		comma = ", "
	}
	gap(d.size)
	b.WriteByte(']')
}

// quoted writes a name as Python does: whatever a file calls its fields, an error
// that shows it is text.
func quoted(name string) string {
	quote := byte('\'')
	if strings.Contains(name, "'") && !strings.Contains(name, `"`) {
		quote = '"'
	}
	b := append(make([]byte, 0, len(name)+2), quote)
	for _, r := range name {
		switch {
		case r == rune(quote) || r == '\\':
			b = append(b, '\\', byte(r))
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r <= 0xff:
			b = fmt.Appendf(b, `\x%02x`, r)
		case r <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = fmt.Appendf(b, `\U%08x`, r)
		}
	}
	return string(append(b, quote))
}
