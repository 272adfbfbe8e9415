package gobs

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Types that Go or its standard library declares need no gob.Register: their names
// say what they are. What [json.Unmarshal], yaml.Unmarshal and the like put into an
// interface is made of them. Their names are the ones that gob.Register would give
// them, so encoding/gob reads the file in a program that registers them.
//
// Nothing is registered here: a program may still register any of them, also
// under another name, which then counts.

// namedPlain are the plain types with a package, by their names in the syntax of Go.
var namedPlain = map[string]reflect.Type{
	"time.Time":     reflect.TypeFor[time.Time](),
	"time.Duration": reflect.TypeFor[time.Duration](),
	"json.Number":   reflect.TypeFor[json.Number](),
}

// basicPlain are the plain types without a package.
var basicPlain = func() map[string]reflect.Type {
	types := map[string]reflect.Type{"interface {}": reflect.TypeFor[any]()}
	for _, v := range []any{
		false, "", 0, int8(0), int16(0), int32(0), int64(0), uint(0), uint8(0), uint16(0), uint32(0), uint64(0), uintptr(0),
		float32(0), 0.0, complex64(0), complex128(0),
	} {
		types[reflect.TypeOf(v).String()] = reflect.TypeOf(v)
	}
	return types
}()

const (
	maxPlainName  = 100     // bytes of a name
	maxPlainDepth = 8       // lists, maps and pointers within one another
	maxPlainSize  = 1 << 16 // bytes of a value, which for an array is all of it
)

// plainName returns the name of a plain type.
func plainName(t reflect.Type) (name string, ok bool) {
	name = t.String()
	if t.Name() != "" && t.PkgPath() != "" {
		name = t.PkgPath() + "." + t.Name()
	}
	known, ok := plainType(name)
	return name, ok && known == t
}

// plainType returns the plain type of a name. Types are never freed, so the names in
// hostile files must not make large ones.
func plainType(name string) (t reflect.Type, ok bool) {
	for _, t := range namedPlain {
		if name == t.PkgPath()+"."+t.Name() {
			return t, true
		}
	}
	if len(name) > maxPlainName {
		return nil, false
	}
	t, rest := parsePlain(name, 0)
	return t, t != nil && rest == ""
}

// parsePlain parses the type that text begins with, as reflect.Type.String writes it.
// Without one it returns nil.
func parsePlain(text string, depth int) (t reflect.Type, rest string) {
	if depth > maxPlainDepth {
		return nil, ""
	}
	if rest, ok := strings.CutPrefix(text, "*"); ok {
		elem, rest := parsePlain(rest, depth+1)
		if elem == nil {
			return nil, ""
		}
		return reflect.PointerTo(elem), rest
	}
	if rest, ok := strings.CutPrefix(text, "map["); ok {
		return parsePlainMap(rest, depth)
	}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		length, rest, _ := strings.Cut(rest, "]")
		elem, rest := parsePlain(rest, depth+1)
		switch {
		case elem == nil:
			return nil, ""
		case length == "":
			return reflect.SliceOf(elem), rest
		}
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > maxPlainSize || uintptr(n)*elem.Size() > maxPlainSize {
			return nil, ""
		}
		return reflect.ArrayOf(n, elem), rest
	}
	if rest, ok := strings.CutPrefix(text, "interface {}"); ok {
		return basicPlain["interface {}"], rest
	}
	word, rest := text, ""
	if end := strings.IndexByte(text, ']'); end >= 0 { // of the key of a map
		word, rest = text[:end], text[end:]
	}
	if t, ok := namedPlain[word]; ok {
		return t, rest
	}
	return basicPlain[word], rest
}

// parsePlainMap parses what follows "map[".
func parsePlainMap(text string, depth int) (t reflect.Type, rest string) {
	key, rest := parsePlain(text, depth+1)
	rest, closed := strings.CutPrefix(rest, "]")
	if key == nil || !closed || !key.Comparable() {
		return nil, ""
	}
	elem, rest := parsePlain(rest, depth+1)
	if elem == nil {
		return nil, ""
	}
	return reflect.MapOf(key, elem), rest
}
