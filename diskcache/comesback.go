package diskcache

import (
	"fmt"
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/difference"
)

// A value that code of the user wrote is read again before it is published, and compared:
// what a MarshalBinary or a format of the user forgets would be one value in memory and
// another from disk.

// mostCompared is the longest file that is read again. Beyond it the check would take
// seconds, and the memory of another two values.
const mostCompared = 64 << 20

// A transcript keeps what is written, unless that is too long. The zero value keeps
// nothing.
type transcript struct {
	w    io.Writer
	text []byte
	keep bool
}

func (t *transcript) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if t.keep = t.keep && len(t.text)+n <= mostCompared; t.keep {
		t.text = append(t.text, p[:n]...)
	} else {
		t.text = nil
	}
	return n, err
}

// mustCompare reports whether a value is compared with its file.
func (c *cell) mustCompare(f formats.Format, value any) bool {
	return !c.field.NoCheck && formats.MayDiffer(f, value)
}

// comesBack makes sure that what was written gives the value.
func (c *cell) comesBack(w *written, value any) error {
	if !w.read.keep || w.isNil {
		return nil
	}
	e, err := c.decodeBytes(w.format, w.read.text)
	if err == nil {
		err = c.differs(value, reflect.ValueOf(e.held.pointer()).Elem())
	}
	if err != nil {
		return fmt.Errorf("%s: a %v does not come back equal: %w: write all of it, or give its type a method Equal, or set the option nocheck", w.format.Name(), c.typ, err)
	}
	return nil
}

// differs says where a value and what came back differ.
func (c *cell) differs(value any, back reflect.Value) error {
	was := reflect.New(c.typ).Elem()
	if value != nil {
		was.Set(reflect.ValueOf(value))
	}
	switch c.typ.Kind() {
	case reflect.Slice, reflect.Map:
		if was.Len() == 0 && back.Len() == 0 { // nil is for the record to tell
			return nil
		}
	}
	return difference.Stored(was, back, true)
}
