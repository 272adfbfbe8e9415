package gobs_test

import (
	"bytes"
	"errors"
	"reflect"
	"strconv"
	"testing"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

func TestRoundTrip(t *testing.T) {
	for name, ptr := range zoo {
		t.Run(name, func(t *testing.T) {
			if err := gobs.Accepts(reflect.TypeOf(ptr).Elem()); err != nil {
				t.Fatal(err)
			}
			first := roundTrip(t, ptr)
			if again := encode(t, ptr); !bytes.Equal(first, again) {
				t.Errorf("two files of one value differ:\n% x\n% x", first, again)
			}
			if reflect.TypeOf(ptr).Elem().Kind() == reflect.Interface {
				return // without the pointer, this is the value within
			}
			if alone := encode(t, reflect.ValueOf(ptr).Elem().Interface()); !bytes.Equal(first, alone) {
				t.Errorf("the files of a value and of a pointer to it differ:\n% x\n% x", first, alone)
			}
		})
	}
}

// TestLarge stores more than is read at once.
func TestLarge(t *testing.T) {
	raw := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	file := encode(t, raw)
	if len(file) > len(raw)+100 {
		t.Errorf("%d bytes for %d", len(file), len(raw))
	}
	got, err := decodeAs(reflect.TypeFor[[]byte](), file)
	if err != nil || !bytes.Equal(got.Bytes(), raw) {
		t.Errorf("read %d bytes, %v", got.Len(), err)
	}
}

// TestIntSize brings a number that needs 64 bits to a machine whose int may have
// fewer.
func TestIntSize(t *testing.T) {
	const number = 1 << 40
	for _, c := range []struct {
		typ  reflect.Type
		file wire
	}{
		{reflect.TypeFor[int](), value(wireInt, wire{}.int(number))},
		{reflect.TypeFor[uint](), value(wireUint, wire{}.uint(number))},
		{reflect.TypeFor[uintptr](), value(wireUint, wire{}.uint(number))},
		{reflect.TypeFor[[]int](), append(defineSlice(65, wireInt), value(65, wire{}.uint(1).int(number))...)},
		{reflect.TypeFor[[]uint](), append(defineSlice(65, wireUint), value(65, wire{}.uint(1).uint(number))...)},
	} {
		got, err := decodeAs(c.typ, c.file)
		if strconv.IntSize == 64 {
			if err != nil || got.IsZero() {
				t.Errorf("%v: read %v, %v", c.typ, got, err)
			}
			continue
		}
		if !errors.Is(err, gobs.ErrOtherType) {
			t.Errorf("%v: read %v, %v", c.typ, got, err)
		}
	}
}
