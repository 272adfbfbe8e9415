package npz

import (
	"fmt"
	"io"
	"reflect"
)

// Decode reads a .npz file of size bytes into dst, a non-nil pointer to a type that
// [Accepts] takes. Arrays are read side by side, by no more goroutines than
// there are processors.
//
// A map gets all arrays of the file. A struct gets those of its fields; one that
// is missing is a [*NoMemberError], and others in the file are left unread.
//
// Other errors are [*TypeError], [*FormatError], [*MismatchError], those of
// npy.Decode, or those of r. What dst points to is unspecified then.
func Decode(r io.ReaderAt, size int64, dst any) error {
	z, err := newReader(r, size)
	if err == nil {
		err = z.decode(dst)
	}
	if err != nil {
		return fmt.Errorf("npz: %w", err)
	}
	return nil
}

func (r *Reader) decode(dst any) error {
	p := reflect.ValueOf(dst)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("want a non-nil pointer to read into, have %T", dst)
	}
	v := p.Elem()
	if err := Accepts(v.Type()); err != nil {
		return err
	}
	l, err := layoutOf(v.Type())
	if err != nil {
		return err
	}
	return l.load(v, r)
}

// concurrentDecode is from how many bytes on arrays are read side by side.
const concurrentDecode = 1 << 20

// readAll reads members[i] into at(i), for all i.
func (r *Reader) readAll(members []*member, at func(int) reflect.Value) error {
	read := func(i int) error { return r.read(members[i], at(i)) }
	var total int64
	for _, m := range members {
		total += min(m.size, concurrentDecode)
	}
	if total < concurrentDecode {
		for i := range members {
			if err := read(i); err != nil {
				return err
			}
		}
		return nil
	}
	return sideBySide(len(members), read)
}
