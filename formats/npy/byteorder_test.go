package npy_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// TestOtherHost writes and reads as a machine of the other byte order would:
// the same headers, the bytes of every number turned round on the way.
func TestOtherHost(t *testing.T) {
	data := benchData(300_000)
	values := []struct {
		v    any
		unit int
	}{
		{data, 8},
		{data[:5], 8},
		{[]bool{true, false, true}, 1},
		{[]uint8{1, 2, 3}, 1},
		{[]int16{1, 2, 3, 4, 5, 6, 7}, 2},
		{[]float32{1, 2, 3, 4, 5}, 4},
		{[][]complex64{{1 + 2i, 2}, {3, 4}}, 4},
		{[]complex128{1 + 2i, 3}, 8},
		{rowsOf(data, 100), 8},
		{mat.NewDense(500, 600, data).Slice(0, 500, 1, 599), 8},
		{mat.NewSymDense(500, data[:250_000]), 8},
	}
	here := make([][]byte, len(values))
	for i, x := range values {
		here[i] = encoded(t, x.v)
	}
	npy.PretendOtherHost(t)
	for i, x := range values {
		there := encoded(t, x.v)
		if !bytes.Equal(there[:128], here[i][:128]) {
			t.Errorf("%T: header %q, want %q", x.v, there[:128], here[i][:128])
		}
		for unit := range slices.Chunk(there[128:], x.unit) {
			slices.Reverse(unit)
		}
		if !bytes.Equal(there, here[i]) {
			t.Errorf("%T: elements differ by more than the order of %d bytes", x.v, x.unit)
		}
		dst := reflect.New(reflect.TypeOf(x.v))
		file := encoded(t, x.v)
		if err := decodeError(file, dst.Interface()); err != nil || !bytes.Equal(encoded(t, dst.Elem().Interface()), file) {
			t.Errorf("%T: came back other than it was (%v)", x.v, err)
		}
	}
}
