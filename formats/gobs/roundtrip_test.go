package gobs_test

import (
	"bytes"
	"reflect"
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
