package npy

import (
	"fmt"
	"io"
	"os"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// Mappable returns nil when [MapInto] opens files as values of type t, and otherwise
// a [*TypeError] that says why not. Such types are []T, npy.Array[T], mat.Dense
// and mat.VecDense, the last three also behind a pointer; T is a number, but no bool
// or time.Duration (see [Map]).
func Mappable(t reflect.Type) error {
	_, err := mapperFor(t)
	return err
}

// MapInto is [Map] for an open file and a value whose type only reflection knows: dst
// is a non-nil pointer to a type that [Mappable] takes. What dst points to is good
// until the returned Closer is closed, and must not be touched after that: the rules
// are those of [Mapped]. The file may be closed at once.
//
// Errors are those of Map. Gonum's types take files in C order only.
func MapInto(f *os.File, dst any) (io.Closer, error) {
	m, err := mapInto(f, dst)
	if err != nil {
		return nil, fmt.Errorf("npy: map %s: %w", f.Name(), err)
	}
	return m, nil
}

func mapInto(f *os.File, dst any) (io.Closer, error) {
	_, v, err := target(dst)
	if err != nil {
		return nil, err
	}
	m, err := mapperFor(v.Type())
	if err != nil {
		return nil, err
	}
	h, mapping, err := m.open(f)
	if err != nil {
		return nil, err
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	m.set(v, h, mapping[h.DataOffset:])
	return &mapped{mapping, f.Name()}, nil
}

// mapped is the mapping of a value that MapInto made.
type mapped struct {
	mapping []byte
	path    string
}

// Close ends the mapping. Closing once more does nothing.
func (m *mapped) Close() error {
	mapping := m.mapping
	if m.mapping = nil; mapping == nil {
		return nil
	}
	if err := unmapFile(mapping); err != nil {
		return fmt.Errorf("npy: unmap %s: %w", m.path, err)
	}
	return nil
}

// A gate lets through the files whose elements may be looked at where they lie.
type gate struct {
	want reflect.Type // the type asked for, for errors
	elem reflect.Type // of its elements
	fits func(h *header) string
}

// open maps f, whatever its position, after its header has been checked.
func (g *gate) open(f *os.File) (header, []byte, error) {
	if err := g.mappable(); err != nil {
		return header{}, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return header{}, nil, err
	}
	if !info.Mode().IsRegular() {
		return header{}, nil, fmt.Errorf("it is not a regular file (%v)", info.Mode().Type())
	}
	in := &input{r: io.NewSectionReader(f, 0, info.Size()), size: info.Size()}
	if err := in.prefetch(); err != nil {
		return header{}, nil, err
	}
	h, err := readHeader(in)
	if err != nil {
		return header{}, nil, err
	}
	if err := g.check(&h); err != nil {
		return header{}, nil, err
	}
	size := int(info.Size())
	if int64(size) != info.Size() {
		return header{}, nil, fmt.Errorf("%d bytes are more than this machine can address", info.Size())
	}
	mapping, err := mapFile(f, size)
	if err != nil {
		return header{}, nil, fmt.Errorf("%d bytes: %w", size, err)
	}
	return h, mapping, nil
}

// check says why elements cannot be looked at where they lie in the file.
func (g *gate) check(h *header) error {
	d, _ := dtypeOf(g.elem) // Map and MapInto ask for no other kinds
	mismatch := func(format string, args ...any) error {
		return &MismatchError{h.Header, g.want, fmt.Sprintf(format, args...) + "; use Load"}
	}
	aligned := int64(g.elem.Align())
	switch {
	case h.dtype != d:
		return mismatch("a mapping cannot convert %s into %s", clipDType(h.DType), d)
	case h.elem.swapped():
		return mismatch("a mapping cannot change the order of bytes")
	case h.DataOffset%aligned != 0:
		return mismatch("elements start at byte %d, which is no multiple of %d", h.DataOffset, aligned)
	}
	if g.fits != nil {
		if why := g.fits(h); why != "" {
			return mismatch("%s", why)
		}
	}
	return nil
}

// A mapper makes a value of one type of a mapping.
type mapper struct {
	gate
	set func(v reflect.Value, h header, elements []byte)
}

func mapperFor(t reflect.Type) (mapper, error) {
	if err := Accepts(t); err != nil {
		return mapper{}, err
	}
	m := mapper{gate: gate{want: t}}
	inner := t
	if t.Kind() == reflect.Pointer {
		inner = t.Elem()
	}
	switch c, _ := codecFor(inner); c := c.(type) {
	case dense:
		m.elem, m.fits, m.set = reflect.TypeFor[float64](), matrixInPlace, setDense
	case vector:
		m.elem, m.fits, m.set = reflect.TypeFor[float64](), vectorInPlace, setVector
	case arrayCodec:
		m.elem, m.set = c.elem, setArray
	case *nest:
		if inner.Kind() == reflect.Slice && len(c.axes) == 1 && c.wide == nil {
			m.elem, m.fits, m.set = c.elem, sliceInPlace, setSlice
		}
	}
	if m.set == nil {
		return mapper{}, &TypeError{t, t, "only []T, npy.Array, mat.Dense and mat.VecDense can be mapped; use Load"}
	}
	return m, m.mappable()
}

// mappable refuses elements of which not all patterns of bits are good.
func (g *gate) mappable() error {
	switch d, _ := dtypeOf(g.elem); d {
	case b1:
		return &TypeError{g.want, g.elem, "bools cannot be mapped, as each must be checked first; use Load"}
	case m8:
		return &TypeError{g.want, g.elem, "durations cannot be mapped, as each must be checked for NaT first; use Load"}
	}
	return nil
}

func setArray(v reflect.Value, h header, elements []byte) {
	v.Field(arrayShape).Set(reflect.ValueOf(h.Shape))
	v.Field(arrayFortran).SetBool(h.Fortran)
	setSlice(v.Field(arrayData), h, elements)
}

func sliceInPlace(h *header) string {
	if len(h.Shape) != 1 {
		return fmt.Sprintf("it has %d axes, the type has 1", len(h.Shape))
	}
	return ""
}

func setSlice(v reflect.Value, h header, elements []byte) {
	setSliceAt(v.Addr().UnsafePointer(), dataOf(elements), h.count)
}

func matrixInPlace(h *header) string {
	if _, scattered := newReordering(h.Shape); h.Fortran && scattered {
		return "a gonum matrix is in C order, and a mapping cannot reorder"
	}
	return matrixFits(h.Shape)
}

func setDense(v reflect.Value, h header, elements []byte) {
	m := v.Addr().Interface().(*mat.Dense)
	if *m = (mat.Dense{}); h.count > 0 {
		*m = *mat.NewDense(h.Shape[0], h.Shape[1], view[float64](elements))
	}
}

func vectorInPlace(h *header) string { return vectorShape(h.Shape) }

func setVector(v reflect.Value, h header, elements []byte) {
	x := v.Addr().Interface().(*mat.VecDense)
	if *x = (mat.VecDense{}); h.count > 0 {
		*x = *mat.NewVecDense(h.count, view[float64](elements))
	}
}
