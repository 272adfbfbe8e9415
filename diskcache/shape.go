package diskcache

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"
)

// shapes has the shape of each type in each format that was asked for.
var shapes sync.Map // of typeIn to string

type typeIn struct {
	typ    reflect.Type
	format string
}

// nameTags are the keys of the tags by which our formats name fields in a file. A format
// of a user may read any tag.
var nameTags = map[string][]string{
	"gob": {}, "json": {"json"}, "yaml": {"yaml", "json"}, "csv": {"csv", "json"},
	"npy": {"npy"}, "npz": {"npz", "npy"}, "parquet": {"parquet"}, "feather": {"parquet"},
}

// shapeOf returns a short digest of what a type is made of in a format: 16 hexadecimal digits. A
// record has it, as a type keeps its name when it gains a field, and not every format
// and marshaler notices. It counts
//
//  1. exported fields, by name and type, in any order; fields of embedded structs, and
//     of structs behind pointers, in slices and in maps, too;
//  2. kinds of numbers, lengths of arrays, keys of maps, pointers;
//  3. the name of a struct that has unexported fields only;
//  4. the names that tags give to fields in files of this format: two fields that
//     exchange them would be read from each other's place.
//
// It counts neither other names of types, nor other tags, nor methods, nor unexported fields,
// which other packages change without a change of what they hold.
func shapeOf(t reflect.Type, format string) string {
	key := typeIn{t, format}
	if known, ok := shapes.Load(key); ok {
		return known.(string)
	}
	s := shaper{numbers: map[reflect.Type]int{}}
	name, _, _ := strings.Cut(format, ".") // of npy.zst
	s.tags, s.ours = nameTags[name]
	s.add(t)
	shape := fmt.Sprintf("%016x", xxh3.HashString(s.text.String()))
	shapes.Store(key, shape)
	return shape
}

// A shaper writes a type as text. A struct that was met before is a number, and so is
// any type within itself, so that the text ends.
type shaper struct {
	tags    []string
	ours    bool // the format: it reads these tags only
	text    strings.Builder
	numbers map[reflect.Type]int // of structs, and of what is being written
	next    int
}

func (s *shaper) add(t reflect.Type) {
	if n, met := s.numbers[t]; met {
		fmt.Fprintf(&s.text, "#%d", n)
		return
	}
	s.numbers[t] = s.next
	s.next++
	if t.Kind() != reflect.Struct {
		defer delete(s.numbers, t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		s.text.WriteString("*")
		s.add(t.Elem())
	case reflect.Slice:
		s.text.WriteString("[]")
		s.add(t.Elem())
	case reflect.Array:
		fmt.Fprintf(&s.text, "[%d]", t.Len())
		s.add(t.Elem())
	case reflect.Map:
		s.text.WriteString("map[")
		s.add(t.Key())
		s.text.WriteString("]")
		s.add(t.Elem())
	case reflect.Struct:
		s.fields(t)
	default:
		s.text.WriteString(t.Kind().String())
	}
}

func (s *shaper) fields(t reflect.Type) {
	var fields []reflect.StructField
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 && t.NumField() > 0 {
		s.text.WriteString(t.PkgPath() + "." + t.Name())
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
	s.text.WriteString("{")
	for _, f := range fields {
		s.text.WriteString(f.Name + " ")
		s.tag(f.Tag)
		s.add(f.Type)
		s.text.WriteString(";")
	}
	s.text.WriteString("}")
}

// tag writes the name that a tag gives to a field.
func (s *shaper) tag(tag reflect.StructTag) {
	if !s.ours && tag != "" {
		fmt.Fprintf(&s.text, "%q ", string(tag))
	}
	for _, key := range s.tags {
		if name, _, _ := strings.Cut(tag.Get(key), ","); name != "" {
			fmt.Fprintf(&s.text, "%q ", name)
			return
		}
	}
}
