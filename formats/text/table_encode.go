package text

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// encodeTable writes v, a table, with a header. The whole file is made before any of
// it is written, as a value that does not fit may come last.
func encodeTable(w io.Writer, v any) error {
	tab, err := tableFor(reflect.TypeOf(v))
	if err != nil {
		return err
	}
	e := tableEncoder{}
	if tab.row != nil {
		err = e.rows(tab.row, addressable(reflect.ValueOf(v)))
	} else {
		err = e.columns(tab.columns, reflect.ValueOf(v))
	}
	if err != nil {
		return within(rootName(tab.typ), err)
	}
	_, err = w.Write(e.buf)
	return err
}

type tableEncoder struct {
	buf   []byte
	alone bool // there is one column: an empty cell would be an empty line, which readers skip
}

func (e *tableEncoder) rows(p *plan, v reflect.Value) error {
	e.alone = len(p.fields) == 1
	for i := range p.fields {
		if err := e.name(i, p.fields[i].name); err != nil {
			return within("[]"+p.fields[i].path, err)
		}
	}
	e.buf = append(e.buf, '\n')
	for r := range v.Len() {
		row := v.Index(r)
		for i := range p.fields {
			f := &p.fields[i]
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			if err := e.cell(f.plan, f.of(row)); err != nil {
				return within("["+strconv.Itoa(r)+"]"+f.path, err)
			}
		}
		e.buf = append(e.buf, '\n')
	}
	return nil
}

// columns writes a map of columns in the order of their names.
func (e *tableEncoder) columns(p *plan, v reflect.Value) error {
	all, err := p.entries(v)
	if err != nil {
		return err
	}
	e.alone = len(all) == 1
	count := 0
	for i, c := range all {
		if i == 0 {
			count = c.value.Len()
		}
		step := "[" + quoted(c.name) + "]"
		switch n := c.value.Len(); {
		case c.value.IsNil():
			return within(step, errors.New("a nil column would come back as an empty one"))
		case n != count:
			return within(step, fmt.Errorf("the column has %d cells where %s has %d", n, quoted(all[0].name), count))
		}
		if err := e.name(i, c.name); err != nil {
			return within(step, err)
		}
	}
	e.buf = append(e.buf, '\n')
	for r := range count {
		for i, c := range all {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			if err := e.cell(p.elem.elem, c.value.Index(r)); err != nil {
				return within("["+quoted(c.name)+"]["+strconv.Itoa(r)+"]", err)
			}
		}
		e.buf = append(e.buf, '\n')
	}
	return nil
}

// name writes the name of column i.
func (e *tableEncoder) name(i int, name string) error {
	if i > 0 {
		e.buf = append(e.buf, ',')
	}
	return e.text(name, false)
}

func (e *tableEncoder) cell(p *plan, v reflect.Value) (err error) {
	optional := p.op == opPointer
	if optional {
		p = p.elem
		switch {
		case !v.IsNil():
			v = v.Elem()
		case e.alone && p.words():
			return errors.New("nil in a table of one column of text would be an empty line; use another format, or a second column")
		case e.alone:
			e.buf = append(e.buf, `""`...)
			return nil
		default:
			return nil
		}
	}
	switch p.op {
	case opString:
		return e.text(v.String(), optional)
	case opText:
		text, err := p.appendScalar(nil, v)
		if err != nil {
			return err
		}
		return e.text(string(text), optional)
	}
	e.buf, err = p.appendScalar(e.buf, v)
	return err
}

// text writes a cell in quotes where readers would take it for something else
// without them. For the text that an optional cell points to, that is also none.
func (e *tableEncoder) text(s string, optional bool) error {
	if i := invalidAt(s); i >= 0 {
		return fmt.Errorf("the string is not UTF-8 at byte %d", i)
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		return fmt.Errorf("the string has a zero byte at %d, which ends text in other programs", i)
	}
	switch {
	case s == "" && !optional && !e.alone:
		return nil
	case s != "" && !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[0] != '\t' && s[0] != '#' && s[len(s)-1] != ' ' && s[len(s)-1] != '\t' && !strings.HasPrefix(s, bom):
		e.buf = append(e.buf, s...)
		return nil
	}
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, strings.ReplaceAll(s, `"`, `""`)...)
	e.buf = append(e.buf, '"')
	return nil
}
