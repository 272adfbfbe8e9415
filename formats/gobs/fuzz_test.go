package gobs_test

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// fuzzTypes are what FuzzDecode decodes into.
var fuzzTypes = []reflect.Type{
	reflect.TypeFor[any](), reflect.TypeFor[map[string]int](), reflect.TypeFor[containers](), reflect.TypeFor[pointers](),
	reflect.TypeFor[dynamic](), reflect.TypeFor[ownForm](), reflect.TypeFor[node](), reflect.TypeFor[list](), reflect.TypeFor[web](),
	reflect.TypeFor[ring](), reflect.TypeFor[[][]string](), reflect.TypeFor[**pair](), reflect.TypeFor[[]struct{}](), reflect.TypeFor[scalars](),
	reflect.TypeFor[map[any][]complex64](), reflect.TypeFor[*chainNode](),
}

// FuzzDecode feeds any bytes to Decode: it must neither panic nor take more memory
// than the documentation says, and what it reads is a value that comes back
// equal. Where encoding/gob wrote such a file, both read the same.
func FuzzDecode(f *testing.F) {
	add := func(typ reflect.Type, file []byte) {
		if i := slices.Index(fuzzTypes, typ); i >= 0 && len(file) < 4096 {
			f.Add(uint8(i), file)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(zoo)) {
		typ := reflect.TypeOf(zoo[name]).Elem()
		add(typ, encode(f, zoo[name]))
		if plain, err := plainEncode(zoo[name]); err == nil {
			add(typ, plain)
		}
	}
	files := hostileFiles()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		add(reflect.TypeOf(files[name].dst).Elem(), files[name].file)
	}
	f.Fuzz(func(t *testing.T, i uint8, file []byte) {
		typ := fuzzTypes[int(i)%len(fuzzTypes)]
		var got reflect.Value
		var err error
		used := memoryOf(func() { got, err = decodeAs(typ, file) })
		// The widest zero element of these types, containers, has 648 bytes and
		// takes 15 in a file; the constant leaves room for the fuzzer's own needs.
		if limit := uint64(100*len(file) + 4<<20); used > limit {
			t.Errorf("%v: took %d bytes for a file of %d", typ, used, len(file))
		}
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := gobs.Encode(&buf, got.Addr().Interface()); errors.Is(err, gobs.ErrValue) {
			return // a key that Encode would not have written
		} else if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		back, err := decodeAs(typ, buf.Bytes())
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		if d := difference(got, back, "value"); d != "" {
			t.Fatalf("%v: %s", typ, d)
		}
		if bytes.Contains(file, []byte("dataelab/gobs")) {
			return
		}
		plain := reflect.New(typ)
		if err := plainDecode(file, plain.Interface()); err != nil {
			t.Fatalf("%v: encoding/gob says %v", typ, err)
		}
		if d := difference(plain.Elem(), got, "value"); d != "" {
			t.Fatalf("%v: encoding/gob reads something else: %s", typ, d)
		}
	})
}
