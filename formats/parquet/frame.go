package parquet

import (
	"fmt"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A shape is how a Go value holds columns: a slice of structs has all of them in
// one slice, a map of columns has a slice for each.
type shape struct {
	what   reflect.Type   // for errors
	elems  []reflect.Type // of the slices
	fields []field
	of     []int // the slice in which each field lies
}

// structShape is that of a slice of structs.
func structShape(row reflect.Type) (*shape, error) {
	found, err := table.Columns(row)
	if err != nil {
		return nil, err
	}
	s := &shape{what: row, elems: []reflect.Type{row}, of: make([]int, len(found))}
	for _, c := range found {
		s.fields = append(s.fields, newField(c))
	}
	return s, nil
}

// add adds a column that is a slice of its own.
func (s *shape) add(c table.Column) {
	s.of = append(s.of, len(s.elems))
	s.elems = append(s.elems, c.Type)
	s.fields = append(s.fields, newField(c))
}

func (s *shape) columns() []column {
	columns := make([]column, len(s.fields))
	for i := range s.fields {
		columns[i] = s.fields[i].column()
	}
	return columns
}

// rowBytes is the memory of a row.
func (s *shape) rowBytes() (n int64) {
	for _, t := range s.elems {
		n += int64(t.Size())
	}
	return n
}

// A frame is slices of one length in some shape.
type frame struct {
	*shape
	slices []reflect.Value
	rows   int
}

func (s *shape) make(rows int) frame {
	f := frame{s, make([]reflect.Value, len(s.elems)), rows}
	for i, t := range s.elems {
		f.slices[i] = reflect.MakeSlice(reflect.SliceOf(t), rows, rows)
	}
	return f
}

// place is the memory of a field from row first on.
func (f frame) place(i, first int) strided {
	return rowsOf(f.slices[f.of[i]], first).field(f.fields[i].Offset)
}

// part is the frame of the rows from i to j.
func (f frame) part(i, j int) frame {
	p := frame{f.shape, make([]reflect.Value, len(f.slices)), j - i}
	for k, s := range f.slices {
		p.slices[k] = s.Slice(i, j)
	}
	return p
}

// appended adds the rows i to j of g.
func (f frame) appended(g frame, i, j int) frame {
	for k := range f.slices {
		f.slices[k] = reflect.AppendSlice(f.slices[k], g.slices[k].Slice(i, j))
	}
	f.rows += j - i
	return f
}

// zero makes the rows zero again.
func (f frame) zero() {
	for _, s := range f.slices {
		s.Clear()
	}
}

// check refuses values that the columns cannot hold; row is the number of the
// first, for errors.
func (f frame) check(row int64) error {
	if f.rows == 0 {
		return nil
	}
	return parallel(len(f.fields), func(i int, _ *batch) error {
		return f.fields[i].check(f.place(i, 0), f.rows, row)
	})
}

// write adds the rows, which have been checked.
func (f frame) write(o *output) error {
	return o.add(f.rows, func(i int, b *batch, first, n int) (int, error) {
		src := f.place(i, first)
		n = f.fields[i].fitting(src, n)
		f.fields[i].gather(b, src, n)
		return n, nil
	})
}

// A frameReader fills frames from a file.
type frameReader struct {
	*shape
	in         *source
	scatterers []*scatterer
	from       []*column
	filters    []*filter
	room       *room // of the read
}

// newFrameReader finds the column of each field. With exact, the file must have no
// others.
func newFrameReader(in *source, s *shape, exact bool) (*frameReader, error) {
	r := &frameReader{shape: s, in: in}
	used := map[*column]bool{}
	for _, f := range s.fields {
		c, err := in.column(f.Name)
		if err != nil {
			return nil, err
		}
		sc, err := scattererFor(c, f)
		if err != nil {
			return nil, err
		}
		used[c] = true
		r.scatterers, r.from = append(r.scatterers, sc), append(r.from, c)
	}
	if !exact {
		return r, nil
	}
	for i := range in.columns {
		if c := &in.columns[i]; !used[c] {
			return nil, &MismatchError{c.name, -1, fmt.Sprintf("the file has it, and %v has no field for it; to read some columns only, open the file and Select them", s.what)}
		}
	}
	return r, nil
}

// fill reads a row group into as many rows, which are zero.
func (r *frameReader) fill(group int, f frame) error {
	g := r.in.groups[group]
	return parallel(len(r.scatterers), func(i int, b *batch) error {
		c := r.in.start(group, r.from[i], r.room)
		for first := 0; first < f.rows; first += blockEntries {
			b.reset()
			if err := c.next(b, min(blockEntries, f.rows-first)); err != nil {
				return err
			}
			if err := r.scatter(i, b, f.place(i, first), g.first+int64(first)); err != nil {
				return err
			}
		}
		return c.end()
	})
}

// scatter puts a batch into field i, where bytes are copied.
func (r *frameReader) scatter(i int, b *batch, dst strided, row int64) error {
	if s := r.scatterers[i]; s.Kind == table.Bytes {
		if err := r.room.copies(r.from[i], b); err != nil {
			return err
		}
	}
	return r.scatterers[i].scatter(b, dst, row)
}

// read reads row groups into one frame.
func (r *frameReader) read(groups []int) (frame, error) {
	groups, r.room = r.pruned(groups), newRoom(r.in.size)
	if err := r.in.prove(groups, r.from, r.rowBytes()); err != nil {
		return frame{}, err
	}
	if len(r.filters) > 0 {
		return r.filtered(groups)
	}
	var rows int64
	for _, g := range groups {
		rows += r.in.groups[g].rows
	}
	n, err := length(rows, r.rowBytes())
	if err != nil {
		return frame{}, err
	}
	f := r.make(n)
	at := 0
	for _, g := range groups {
		rows := int(r.in.groups[g].rows)
		if err := r.fill(g, f.part(at, at+rows)); err != nil {
			return frame{}, err
		}
		at += rows
	}
	return f, nil
}
