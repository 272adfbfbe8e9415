package formats

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
)

// A Set chooses the format for a Go type. It is an immutable value; the zero
// Set holds the formats of this package and those that packages such as
// formats/parquet add when a program imports them.
type Set struct {
	own   []Format // asked before the built-in ones
	named []Format // never asked, only named
}

// With returns a set in which fs are asked first, in the order given, before
// the formats of s.
func (s Set) With(fs ...Format) Set {
	s.own = slices.Concat(fs, s.own)
	return s
}

// WithNamed returns a set that also has fs, but only for those who name them
// (format=name in a struct tag): no type goes into them by itself. They come
// before formats of s with the same name.
func (s Set) WithNamed(fs ...Format) Set {
	s.named = slices.Concat(fs, s.named)
	return s
}

// All returns the formats by which the set can be asked, each name once: first
// those that are asked by type, in that order, then those that must be named.
func (s Set) All() []Format {
	known := knownFormats()
	return once(s.own, known.all, s.named, known.named)
}

// ByType returns those of All that are asked by type.
func (s Set) ByType() []Format { return once(s.own, knownFormats().all) }

func once(lists ...[]Format) (all []Format) {
	for _, f := range slices.Concat(lists...) {
		if !has(all, f.Name()) {
			all = append(all, f)
		}
	}
	return all
}

func has(fs []Format, name string) bool {
	return slices.ContainsFunc(fs, func(f Format) bool { return f.Name() == name })
}

// For returns the formats that accept t, the preferred one first. The others
// serve single values which the first refuses with [ErrValue]: ragged rows,
// which no array holds, go to gob. Where none accepts t the error is a
// [*TypeError] with each format's reason.
func (s Set) For(t reflect.Type) ([]Format, error) {
	known := knownFormats()
	if len(s.own) > 0 {
		return known.ask(s.own, t)
	}
	found, ok := known.answers.Load(t)
	if !ok {
		fs, err := known.ask(nil, t)
		found, _ = known.answers.LoadOrStore(t, answer{fs, err})
	}
	a := found.(answer)
	return slices.Clone(a.formats), a.err
}

// ByName returns the format of that name. A name with ".zst" behind it is that
// format compressed, see [Zstd].
func (s Set) ByName(name string) (Format, error) {
	plain, compressed := strings.CutSuffix(name, zstdExt)
	var names []string
	for _, f := range s.All() {
		switch {
		case f.Name() == name:
			return f, nil
		case compressed && f.Name() == plain:
			return Zstd(f), nil
		}
		names = append(names, f.Name())
	}
	return nil, fmt.Errorf("no format is named %q; this set has %s%s", name, strings.Join(names, ", "), importHint(plain))
}

// Named returns the formats that store a t in files of the named format and read
// them back: that one first, then, for files that are there already, those
// that serve t by themselves.
func (s Set) Named(name string, t reflect.Type) ([]Format, error) {
	f, err := s.ByName(name)
	if err != nil {
		return nil, err
	}
	if err := f.Accepts(t); err != nil {
		return nil, &TypeError{Type: t, Reasons: []error{fmt.Errorf("%s: %w", name, err)}}
	}
	found := []Format{f}
	others, _ := s.For(t) // that there may be none is why the user names one
	return append(found, slices.DeleteFunc(others, func(o Format) bool { return o.Name() == name })...), nil
}

// Only returns f for exactly the type T, so that a set asks it for no other:
//
//	set = set.With(formats.Only[[]Target](json)) // json from set.ByName("json")
func Only[T any](f Format) Format { return only{f, reflect.TypeFor[T]()} }

type only struct {
	Format
	typ reflect.Type
}

func (f only) Compressions() []string {
	if c, ok := f.Format.(Compressor); ok {
		return c.Compressions()
	}
	return nil
}

func (f only) WithCompression(method string) Format {
	return only{f.Format.(Compressor).WithCompression(method), f.typ} // one of Compressions
}

func (f only) Mappable(t reflect.Type) error {
	if m, ok := f.Format.(Mapper); ok {
		return m.Mappable(t)
	}
	return fmt.Errorf("format %s cannot be mapped", f.Name())
}

func (f only) Map(file *os.File, dst any) (io.Closer, error) {
	if m, ok := f.Format.(Mapper); ok {
		return m.Map(file, dst)
	}
	return nil, fmt.Errorf("format %s cannot be mapped", f.Name())
}

func (f only) Accepts(t reflect.Type) error {
	if t != f.typ {
		return fmt.Errorf("is kept for %v", f.typ)
	}
	return f.Format.Accepts(t)
}
