package text

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// decodeTable reads a CSV file, as RFC 4180 has it, with a header.
func decodeTable(r io.Reader, size int64, dst any) error {
	v, err := target(dst)
	if err != nil {
		return err
	}
	tab, err := tableFor(v.Type())
	if err != nil {
		return err
	}
	src, err := readAll(r, size)
	if err == nil {
		d := tableDecoder{cellScanner: cellScanner{src: src}}
		fresh := reflect.New(tab.typ).Elem()
		if tab.row != nil {
			err = d.rows(tab, fresh)
		} else {
			err = d.columns(tab, fresh)
		}
		if err == nil {
			v.Set(fresh)
		}
	}
	return inside(rootName(tab.typ), err)
}

// A cell is one of a file, without its quotes.
type cell struct {
	text   string
	quoted bool
	last   bool // of its row
	at     int
}

// A cellScanner finds the cells of a file. Package csv is not used because it
// turns \r\n within quotes into \n and does not tell "" from nothing.
type cellScanner struct {
	src string
	pos int
}

func (s *cellScanner) fail(at int, err error) error {
	line, column := lineOf(s.src, at)
	return &FormatError{Line: line, Column: column, Err: err}
}

// more reports whether there is another row, and skips lines without anything.
func (s *cellScanner) more() bool {
	for s.pos < len(s.src) {
		n := lineEnd(s.src[s.pos:])
		if n == 0 {
			return true
		}
		s.pos += n
	}
	return false
}

// lineEnd is the length of the line end that s begins with, or 0.
func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}

// next reads a cell and the comma or line end behind it.
func (s *cellScanner) next() (cell, error) {
	c := cell{at: s.pos}
	if s.pos < len(s.src) && s.src[s.pos] == '"' {
		if err := s.inQuotes(&c); err != nil {
			return c, err
		}
	} else {
		i := s.pos
		for i < len(s.src) && s.src[i] != ',' && s.src[i] != '\n' && s.src[i] != '\r' && s.src[i] != '"' {
			i++
		}
		c.text, s.pos = s.src[s.pos:i], i
	}
	if i := invalidAt(c.text); i >= 0 {
		return c, s.fail(c.at+i, errors.New("the cell is not UTF-8"))
	}
	rest := s.src[s.pos:]
	switch n := lineEnd(rest); {
	case rest == "" || n > 0:
		c.last = true
		s.pos += n
	case rest[0] == ',':
		s.pos++
	case rest[0] == '\r':
		return c, s.fail(s.pos, errors.New("a carriage return without a line feed outside quotes"))
	default:
		return c, s.fail(s.pos, errors.New("quotes should stand around the whole cell, and within it doubled"))
	}
	return c, nil
}

func (s *cellScanner) inQuotes(c *cell) error {
	c.quoted = true
	start, doubled := s.pos+1, false
	for i := start; ; i += 2 {
		n := strings.IndexByte(s.src[i:], '"')
		if n < 0 {
			return s.fail(c.at, fmt.Errorf("the file ends within the quotes that begin here: %w", io.ErrUnexpectedEOF))
		}
		i += n
		if i+1 == len(s.src) || s.src[i+1] != '"' {
			c.text, s.pos = s.src[start:i], i+1
			break
		}
		doubled = true
	}
	if doubled {
		c.text = strings.ReplaceAll(c.text, `""`, `"`)
	}
	return nil
}

// tableDecoder reads rows behind a header.
type tableDecoder struct {
	cellScanner
	names []cell
}

// header reads the first row and finds names that come twice.
func (d *tableDecoder) header() error {
	seen := make(map[string]bool)
	if !d.more() {
		return &FormatError{Err: fmt.Errorf("the file has no header: %w", io.ErrUnexpectedEOF)}
	}
	for {
		c, err := d.next()
		if err != nil {
			return err
		}
		if seen[c.text] {
			return d.fail(c.at, fmt.Errorf("column %s stands here for the second time", quoted(c.text)))
		}
		seen[c.text] = true
		c.text = strings.Clone(c.text)
		d.names = append(d.names, c)
		if c.last {
			return nil
		}
	}
}

// row reads one row and calls each for its cells.
func (d *tableDecoder) row(each func(column int, c cell) error) error {
	start := d.pos
	for i := 0; ; i++ {
		c, err := d.next()
		if err != nil {
			return err
		}
		switch {
		case i >= len(d.names):
			return d.fail(c.at, fmt.Errorf("the row has more cells than the header, which has %d", len(d.names)))
		case c.last && i < len(d.names)-1:
			return d.fail(start, fmt.Errorf("the row has %d cells where the header has %d", i+1, len(d.names)))
		}
		if err := each(i, c); err != nil {
			return err
		}
		if c.last {
			return nil
		}
	}
}

func (d *tableDecoder) rows(tab *table, v reflect.Value) error {
	if err := d.header(); err != nil {
		return err
	}
	fields := make([]*field, len(d.names)) // in the order of the file
	found := make([]bool, len(tab.row.fields))
	for i, name := range d.names {
		at, known := tab.row.byName[name.text]
		if !known {
			return d.fail(name.at, fmt.Errorf("%v has no field for column %s", tab.row.typ, quoted(name.text)))
		}
		fields[i], found[at] = &tab.row.fields[at], true
	}
	for i, f := range tab.row.fields {
		if !found[i] {
			return inside("[]"+f.path, d.fail(d.names[0].at, fmt.Errorf("column %s is missing", quoted(f.name))))
		}
	}
	v.Set(reflect.MakeSlice(tab.typ, 0, 0))
	for n := 0; d.more(); n++ {
		v.Grow(1)
		v.SetLen(n + 1)
		row := v.Index(n)
		var at *field
		if err := d.row(func(i int, c cell) error {
			at = fields[i]
			return d.cell(at.plan, c, at.of(row))
		}); err != nil {
			path := ""
			if at != nil {
				path = at.path
			}
			return inside("["+strconv.Itoa(n)+"]"+path, err)
		}
	}
	return nil
}

func (d *tableDecoder) columns(tab *table, v reflect.Value) error {
	v.Set(reflect.MakeMap(tab.typ))
	if d.src != "" && !d.more() {
		return nil // a map without columns
	}
	if err := d.header(); err != nil {
		return err
	}
	columns := make([]reflect.Value, len(d.names))
	for i := range columns {
		columns[i] = reflect.New(tab.typ.Elem()).Elem()
		columns[i].Set(reflect.MakeSlice(tab.typ.Elem(), 0, 0))
	}
	for n := 0; d.more(); n++ {
		if err := d.row(func(i int, c cell) error {
			columns[i].Grow(1)
			columns[i].SetLen(n + 1)
			err := d.cell(tab.columns.elem.elem, c, columns[i].Index(n))
			if err != nil {
				err = inside("["+quoted(d.names[i].text)+"]["+strconv.Itoa(n)+"]", err)
			}
			return err
		}); err != nil {
			return err
		}
	}
	for i, name := range d.names {
		v.SetMapIndex(reflect.ValueOf(name.text).Convert(tab.typ.Key()), columns[i])
	}
	return nil
}

// cell sets v from a cell. Numbers and the like may have blanks around them.
func (d *tableDecoder) cell(p *plan, c cell, v reflect.Value) error {
	optional := p.op == opPointer
	if optional {
		p = p.elem
	}
	text := c.text
	if !p.words() {
		text = strings.TrimSpace(text)
	}
	if optional {
		if text == "" && !(c.quoted && p.words()) {
			return nil
		}
		v.Set(reflect.New(p.typ))
		v = v.Elem()
	}
	err := p.parseScalar(text, v)
	if err != nil && (p.op == opFloat || p.op == opBool) {
		if word, ok := otherWords[strings.ToLower(text)]; ok {
			err = p.parseScalar(word, v)
		}
	}
	if err != nil && text == "" {
		err = errors.New("an empty cell; a field that may be empty is a pointer")
	}
	if err != nil {
		return d.fail(c.at, err)
	}
	return nil
}

// otherWords are what pandas, DuckDB and spreadsheets write for the same.
var otherWords = map[string]string{
	"true": "true", "false": "false",
	"nan": nanWord, "-nan": nanWord, // of C's printf
	"inf": infWord, "+inf": infWord, "-inf": negInfWord, "infinity": infWord, "+infinity": infWord, "-infinity": negInfWord,
}
