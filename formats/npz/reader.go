package npz

import (
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/regular"
)

// A Reader gives the arrays of a .npz file one by one: opening it reads the
// directory only. It serves any number of goroutines.
type Reader struct {
	src     io.ReaderAt
	members []*member // in the order of the file
	byName  map[string]*member
	file    *os.File // if Open opened it
}

// Open opens the file at path. The caller closes the Reader.
func Open(path string) (*Reader, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	r, err := newReader(f, info.Size())
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("npz: open %s: %w", path, err)
	}
	r.file = f
	return r, nil
}

// NewReader opens a .npz file of size bytes. Errors are [*FormatError], or those of r.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	z, err := newReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	return z, nil
}

func newReader(src io.ReaderAt, size int64) (*Reader, error) {
	members, err := readDirectory(src, size)
	if err != nil {
		return nil, err
	}
	r := &Reader{src: src, members: members, byName: make(map[string]*member, len(members))}
	for _, m := range members {
		r.byName[m.name] = m
	}
	return r, nil
}

// Close closes the file that Open opened; no other method works after it. For
// other Readers it does nothing.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("npz: %w", err)
	}
	return nil
}

// Names returns the names of the arrays, as the attribute files of numpy's NpzFile
// does, in the order of the file.
func (r *Reader) Names() []string {
	list := make([]string, len(r.members))
	for i, m := range r.members {
		list[i] = m.name
	}
	return list
}

// Header says what the array of that name is, without reading its elements: of
// those nothing is checked but that their number is right. Its DataOffset counts
// from the start of the array's own .npy file.
func (r *Reader) Header(name string) (npy.Header, error) {
	m, err := r.member(name)
	if err != nil {
		return npy.Header{}, fmt.Errorf("npz: %w", err)
	}
	u := m.unpack(r.src)
	defer u.put()
	h, err := npy.ReadHeader(u, m.size)
	if err != nil {
		return npy.Header{}, fmt.Errorf("npz: %w", m.damage(bare(err)))
	}
	return h, nil
}

// Read reads the array of that name into dst, a non-nil pointer to a type that
// npy.Accepts takes, or to a single number, string or time if the array has no axes. Other arrays
// of the file are not looked at.
//
// Errors are [*NoMemberError], [*FormatError], [*MismatchError], those of
// npy.Decode, or those of the file. What dst points to is unspecified then.
func (r *Reader) Read(name string, dst any) error {
	err := func() error {
		p := reflect.ValueOf(dst)
		if p.Kind() != reflect.Pointer || p.IsNil() {
			return fmt.Errorf("want a non-nil pointer to read into, have %T", dst)
		}
		if err := acceptsMember(p.Type().Elem()); err != nil {
			return err
		}
		m, err := r.member(name)
		if err != nil {
			return err
		}
		return r.read(m, p.Elem())
	}()
	if err != nil {
		return fmt.Errorf("npz: %w", err)
	}
	return nil
}

func (r *Reader) member(name string) (*member, error) {
	if m := r.byName[name]; m != nil {
		return m, nil
	}
	return nil, &NoMemberError{name, r.Names()}
}

// read sets v, which has an address and a type that acceptsMember takes.
func (r *Reader) read(m *member, v reflect.Value) error {
	if err := m.prove(r.src); err != nil {
		return err
	}
	u := m.unpack(r.src)
	defer u.put()
	decode := func(dst any) error { return bare(npy.Decode(u, m.size, dst)) }
	var err error
	if s := scalarFor(v.Type()); s != nil {
		err = s.load(v, decode)
	} else {
		err = decode(v.Addr().Interface())
	}
	if err != nil {
		return m.damage(err)
	}
	return u.finish()
}
