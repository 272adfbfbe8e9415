package formats

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// WriteFile stores v in a file, in the format that serves the file's extension
// and v's type. The file appears whole or not at all: it is written beside its
// place, flushed, and renamed.
func (s Set) WriteFile(path string, v any) error {
	f, err := s.forFile(path, reflect.TypeOf(v))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = wholefile.Write(path, func(w io.Writer) error {
		_, err := f.Encode(w, v)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// ReadFile fills dst, a non-nil pointer, from a file in the format that serves
// the file's extension and the type that dst points to.
func (s Set) ReadFile(path string, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("read %s: the destination must be a non-nil pointer, not %T", path, dst)
	}
	f, err := s.forFile(path, v.Type().Elem())
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return err // names the operation and the path already
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := f.Decode(io.NewSectionReader(file, 0, info.Size()), dst); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// forFile finds the format by extension among those that accept t.
func (s Set) forFile(path string, t reflect.Type) (Format, error) {
	if t == nil {
		return nil, fmt.Errorf("%w: a bare nil has no type", ErrValue)
	}
	served, err := s.For(t)
	if err != nil {
		return nil, err
	}
	var exts []string
	for _, f := range served {
		if strings.HasSuffix(path, "."+f.Ext()) {
			return f, nil
		}
		exts = append(exts, "."+f.Ext())
	}
	return nil, fmt.Errorf("a %v is stored as %s; the file's extension is %q", t, strings.Join(exts, " or "), filepath.Ext(path))
}
