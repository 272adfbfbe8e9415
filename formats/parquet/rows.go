package parquet

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/formats/table"
)

// rowsSchema is what a slice of structs becomes.
type rowsSchema struct {
	fields  []field
	columns []column
}

func rowsSchemaOf(row reflect.Type) (*rowsSchema, error) {
	found, err := table.Columns(row)
	if err != nil {
		return nil, err
	}
	s := &rowsSchema{}
	for _, c := range found {
		f := newField(c)
		s.fields = append(s.fields, f)
		s.columns = append(s.columns, f.column())
	}
	return s, nil
}

// check refuses values that the columns cannot hold; row is the number of the
// first, for errors.
func (s *rowsSchema) check(rows reflect.Value, row int64) error {
	if rows.Len() == 0 {
		return nil
	}
	first := rowsOf(rows, 0)
	return parallel(len(s.fields), func(i int, _ *batch) error {
		f := &s.fields[i]
		return f.check(first.field(f.Offset), rows.Len(), row)
	})
}

// add writes rows, which have been checked.
func (s *rowsSchema) add(o *output, rows reflect.Value) error {
	return o.add(rows.Len(), func(i int, b *batch, first, n int) {
		f := &s.fields[i]
		f.gather(b, rowsOf(rows, first).field(f.Offset), n)
	})
}

// A rowsReader fills slices of structs from a file.
type rowsReader struct {
	in         *input
	row        reflect.Type
	scatterers []*scatterer
	columns    []*column
}

// newRowsReader finds the column of each field. With exact, the file must have no
// others.
func newRowsReader(in *input, row reflect.Type, exact bool) (*rowsReader, error) {
	found, err := table.Columns(row)
	if err != nil {
		return nil, err
	}
	r := &rowsReader{in: in, row: row}
	used := map[*column]bool{}
	for _, want := range found {
		c, err := in.column(want.Name)
		if err != nil {
			return nil, err
		}
		s, err := scattererFor(c, newField(want))
		if err != nil {
			return nil, err
		}
		used[c] = true
		r.scatterers, r.columns = append(r.scatterers, s), append(r.columns, c)
	}
	if !exact {
		return r, nil
	}
	for i := range in.columns {
		if c := &in.columns[i]; !used[c] {
			return nil, &MismatchError{c.name, -1, fmt.Sprintf("the file has it, and %v has no field for it; to read some columns only, open the file and Select them", row)}
		}
	}
	return r, nil
}

// column finds a column by its name. Case counts only where two differ in nothing else.
func (in *input) column(name string) (*column, error) {
	var exact, similar []*column
	for i := range in.columns {
		c := &in.columns[i]
		if c.name == name {
			exact = append(exact, c)
		} else if strings.EqualFold(c.name, name) {
			similar = append(similar, c)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(exact) > 1:
		return nil, &MismatchError{name, -1, fmt.Sprintf("the file has %d columns of this name", len(exact))}
	case len(similar) == 1:
		return similar[0], nil
	}
	return nil, &MismatchError{name, -1, "the file has no such column; it has " + in.names()}
}

// names lists the columns, not too many.
func (in *input) names() string {
	const most = 20
	var names []string
	for i := range in.columns {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(in.columns)-most))
			break
		}
		names = append(names, in.columns[i].name)
	}
	return strings.Join(names, ", ")
}

// fill reads a row group into as many rows, which are zero.
func (r *rowsReader) fill(group int, rows reflect.Value) error {
	g := r.in.groups[group]
	return parallel(len(r.scatterers), func(i int, b *batch) error {
		s, c := r.scatterers[i], r.in.open(group, r.columns[i])
		for first := 0; first < rows.Len(); first += blockEntries {
			n := min(blockEntries, rows.Len()-first)
			b.reset()
			if err := c.next(b, n); err != nil {
				return err
			}
			if err := s.scatter(b, rowsOf(rows, first).field(s.Offset), g.first+int64(first)); err != nil {
				return err
			}
		}
		return c.end()
	})
}

// prove makes sure that the rows of some groups are there, if they would take
// much more memory than the file: a few bytes can claim a billion rows. An honest
// file of one value a billion times is read twice.
func (in *input) prove(groups []int, columns []*column, rowBytes int64) error {
	const modest, rate = 16 << 20, 64
	var claim float64 // bytes; an int64 might overflow
	for _, g := range groups {
		claim += float64(in.groups[g].rows) * float64(max(rowBytes, 1))
	}
	if claim < modest || claim < rate*float64(in.size) {
		return nil
	}
	type job struct {
		group  int
		column *column
	}
	var jobs []job
	for _, g := range groups {
		for _, c := range columns {
			jobs = append(jobs, job{g, c})
		}
	}
	return parallel(len(jobs), func(i int, b *batch) error {
		c := in.open(jobs[i].group, jobs[i].column)
		return c.drain(b, in.groups[jobs[i].group].rows)
	})
}

// drain decodes all of a chunk and keeps nothing.
func (c *chunk) drain(b *batch, rows int64) error {
	for rows > 0 {
		b.reset()
		n := min(rows, blockEntries)
		if c.list {
			n = 1 // a list may be long
		}
		if err := c.next(b, int(n)); err != nil {
			return err
		}
		rows -= n
	}
	return c.end()
}
