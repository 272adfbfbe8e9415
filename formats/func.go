package formats

import (
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Func makes a format for exactly the type T of two functions. The name is what
// format= in a struct tag says, the extension has no dot. decode sees the bytes
// that encode wrote, and must return a value equal to the one encoded. A cache makes
// sure of that when it stores a value.
//
// A panic in either function comes back as an error.
func Func[T any](name, ext string, encode func(io.Writer, T) error, decode func(io.Reader) (T, error)) Format {
	return funcFormat[T]{name, ext, encode, decode}
}

type funcFormat[T any] struct {
	name, ext string
	encode    func(io.Writer, T) error
	decode    func(io.Reader) (T, error)
}

func (f funcFormat[T]) Name() string { return f.name }
func (f funcFormat[T]) Ext() string  { return f.ext }

func (f funcFormat[T]) madeOfFunctions() {}

func (f funcFormat[T]) Accepts(t reflect.Type) error {
	if own := reflect.TypeFor[T](); t != own {
		return fmt.Errorf("format %s stores %v only, not %v", f.name, own, t)
	}
	return nil
}

func (f funcFormat[T]) Encode(w io.Writer, v any) (_ Info, err error) {
	defer contain(&err)
	t, ok := v.(T)
	if !ok {
		return Info{}, fmt.Errorf("%w: %s stores %v, not %T", ErrValue, f.name, reflect.TypeFor[T](), v)
	}
	return Info{}, f.encode(w, t)
}

func (f funcFormat[T]) Decode(src Source, dst any) (err error) {
	defer contain(&err)
	p, ok := dst.(*T)
	if !ok || p == nil {
		return fmt.Errorf("%s decodes into a non-nil %v, not %T", f.name, reflect.TypeFor[*T](), dst)
	}
	*p, err = f.decode(src)
	return err
}

// contain turns a panic of a user's function into its error. A runtime error
// such as an index out of range is contained too: bytes from a damaged file
// may cause it.
func contain(err *error) {
	switch r := recover().(type) {
	case nil:
	case error:
		*err = fmt.Errorf("panic in a format's function: %w", r)
	default:
		*err = errors.New(fmt.Sprint("panic in a format's function: ", r))
	}
}
