package formats

import (
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/internal/regular"
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
	file, info, err := regular.Open(path)
	if err != nil {
		return err // names the operation and the path already
	}
	defer file.Close()
	if err := f.Decode(io.NewSectionReader(file, 0, info.Size()), dst); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// forFile finds the format by extension: one of those that serve t, or one that
// must be named and accepts it; each also compressed.
func (s Set) forFile(path string, t reflect.Type) (Format, error) {
	if t == nil {
		return nil, fmt.Errorf("%w: a bare nil has no type", ErrValue)
	}
	served, err := s.For(t)
	plain, compressed := strings.CutSuffix(path, zstdExt)
	var exts []string
	for _, f := range slices.Concat(served, s.named, knownFormats().named) {
		switch {
		case f.Accepts(t) != nil || slices.Contains(exts, "."+f.Ext()):
			continue
		case strings.HasSuffix(path, "."+f.Ext()):
			return f, nil
		case compressed && strings.HasSuffix(plain, "."+f.Ext()):
			return Zstd(f), nil
		}
		exts = append(exts, "."+f.Ext())
	}
	if len(exts) == 0 {
		return nil, err
	}
	ext := strings.TrimPrefix(filepath.Ext(plain), ".")
	return nil, fmt.Errorf("a %v is stored as %s; the file's extension is %q%s", t, strings.Join(exts, " or "), filepath.Ext(path), importHint(ext))
}
