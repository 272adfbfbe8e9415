package formats

import (
	"io"
	"os"
	"reflect"
)

// A Format keeps Go values of some types in files of one kind.
//
// A Format holds no state, so one serves any number of goroutines.
type Format interface {
	// Name is what a struct tag (format=npy) and an entry's record say.
	Name() string

	// Ext is the file extension without a dot.
	Ext() string

	// Accepts returns nil when a value of type t comes back equal, and otherwise
	// an error that names the part of t that would not. It never looks at a
	// value, so a single value can still be refused by Encode, with ErrValue.
	Accepts(t reflect.Type) error

	// Encode writes v as one whole file. A value that the format cannot hold,
	// though its type is accepted, is an error that wraps ErrValue; nothing has
	// been written then, and the next format may try. A value of an interface type T
	// comes as what it holds, or, where Accepts takes *T, as a *T.
	Encode(w io.Writer, v any) (Info, error)

	// Decode reads one whole file into dst, a non-nil *T with T an accepted type.
	// Whatever the bytes, it returns an error rather than panic, and takes memory
	// only in proportion to src.Size(). On error *dst is unspecified.
	Decode(src Source, dst any) error
}

// A Mapper is a Format that can show a file in memory without reading it: the
// system fetches its pages when they are first looked at.
type Mapper interface {
	Format

	// Mappable returns nil when files of a t can be mapped, and otherwise why not.
	Mappable(t reflect.Type) error

	// Map sets dst, a non-nil *T with T a mappable type, to what lies in file, as a
	// private copy: writing to it does not change the file. The value ends with
	// Close; file may be closed before. A file that cannot be mapped, though Decode might
	// read it, is an error.
	Map(file *os.File, dst any) (io.Closer, error)
}

// A Source is an open file to decode: read from front to back with Read, or
// anywhere with ReadAt. Size is the number of bytes in all.
type Source interface {
	io.Reader
	io.ReaderAt
	Size() int64
}

// Info says what an array file holds; it is zero for files that hold no array.
type Info struct {
	DType string // numpy's name with byte order, such as "<f8"
	Shape []int  // lengths of the axes; empty for a scalar
}
