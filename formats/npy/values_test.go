package npy_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"reflect"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// What the tests compare with: slow, by reflection, one element at a time, and
// with nothing of the package under test in it.

// elements returns the elements of slices and arrays of any depth, in C order,
// as little-endian bytes.
func elements(v reflect.Value) []byte {
	var b bytes.Buffer
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Int:
			writeLE(&b, v.Int())
		case reflect.Uint:
			writeLE(&b, v.Uint())
		default:
			writeLE(&b, v.Interface())
		}
	}
	walk(v)
	return b.Bytes()
}

func writeLE(b *bytes.Buffer, v any) {
	if err := binary.Write(b, binary.LittleEndian, v); err != nil {
		panic(err)
	}
}

// arrayElements returns the elements of an array in C order, whatever order it has.
func arrayElements[T npy.Element](a npy.Array[T]) []byte {
	var b bytes.Buffer
	index := make([]int, len(a.Shape))
	for range a.Data {
		b.Write(elements(reflect.ValueOf(a.At(index...))))
		for k := len(index) - 1; k >= 0; k-- {
			if index[k]++; index[k] < a.Shape[k] {
				break
			}
			index[k] = 0
		}
	}
	return b.Bytes()
}

// decode reads file as a T, which must succeed.
func decode[T any](tb testing.TB, file []byte) T {
	tb.Helper()
	var v T
	if err := npy.Decode(bytes.NewReader(file), int64(len(file)), &v); err != nil {
		tb.Fatalf("Decode into %T: %v", v, err)
	}
	return v
}

func decodeError(file []byte, dst any) error {
	return npy.Decode(bytes.NewReader(file), int64(len(file)), dst)
}

func header(tb testing.TB, file []byte) npy.Header {
	tb.Helper()
	h, err := npy.ReadHeader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// makeFile puts a file together by hand.
func makeFile(version byte, text string, payload []byte) []byte {
	b := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	return append(append(b, text...), payload...)
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// strange are numbers that only their bits tell apart.
var strange = []float64{
	math.NaN(), math.Float64frombits(0xfff8deadbeef0001), math.Float64frombits(0x7ff0000000000001),
	math.Copysign(0, -1), 0, math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, -1.5,
}
