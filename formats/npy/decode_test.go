package npy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func TestWrongLength(t *testing.T) {
	file := encoded(t, []int32{1, 2, 3})
	var bad *npy.FormatError

	for n := 1; n < 20; n++ {
		err := decodeError(append(file[:len(file):len(file)], make([]byte, n)...), new([]int32))
		if !errors.As(err, &bad) || bad.Offset != int64(len(file)) || !strings.Contains(err.Error(), fmt.Sprintf("has 12 bytes, but %d more follow", n)) {
			t.Errorf("%d bytes more: %v", n, err)
		}
	}
	err := decodeError(file[:len(file)-1], new([]int32))
	if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "has 12 bytes, the file only 11") {
		t.Errorf("a byte less: %v", err)
	}
	// Nothing after the size is read.
	longer := bytes.NewReader(append(file[:len(file):len(file)], 9, 9, 9))
	if err := npy.Decode(longer, int64(len(file)), new([]int32)); err != nil || longer.Len() != 3 {
		t.Errorf("file within a longer stream: %v, %d bytes left, want 3", err, longer.Len())
	}
}

// TestReaderEndsEarly has the size promise more than the reader has, as when a
// file is cut while it is read, on every path that elements take.
func TestReaderEndsEarly(t *testing.T) {
	fortran := npy.Array[float64]{Shape: []int{20, 50}, Fortran: true, Data: benchData(1000)}
	for _, test := range []struct{ v, dst any }{
		{[]int32{1, 2, 3}, new([]int32)},
		{benchData(1000), new([1000]float64)},
		{[]bool{true, false, true}, new([]bool)},
		{[3]bool{true, true, true}, new([3]bool)},
		{[]int16{1, 2, 3}, new([]float64)},
		{rowsOf(benchData(1000), 10), new([][]float64)},
		{benchData(1000), new(mat.VecDense)},
		{fortran, new(mat.Dense)},
		{fortran, new([][]complex128)},
		{fortran, new(npy.Array[float64])},
		{npy.NewArray[complex128](3, 3), new(*mat.CDense)},
		{npy.NewArray[float64](3, 3), new(*mat.SymDense)},
		{npy.NewArray[float64](3, 3), new(*mat.TriDense)},
	} {
		file := encoded(t, test.v)
		for n := range len(file) {
			if n > 200 && n%97 != 0 {
				continue
			}
			var bad *npy.FormatError
			err := npy.Decode(bytes.NewReader(file[:n]), int64(len(file)), test.dst)
			if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || bad.Offset != int64(n) {
				t.Fatalf("%T into %T: reader ends at %d of %d: %v", test.v, test.dst, n, len(file), err)
			}
			if _, err := npy.ReadHeader(bytes.NewReader(file[:n]), int64(len(file))); (n < 128) != errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("ReadHeader, reader ends at %d: %v", n, err)
			}
		}
	}
}

func TestReaderErrors(t *testing.T) {
	file := encoded(t, benchData(10_000))
	for _, n := range []int{0, 5, 50, 127, 128, 1000, 5000, 79_000} {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(errDisk))
		err := npy.Decode(r, int64(len(file)), new([]float64))
		var bad *npy.FormatError
		if !errors.Is(err, errDisk) || errors.As(err, &bad) || !strings.Contains(err.Error(), fmt.Sprintf("byte %d", n)) {
			t.Errorf("error at byte %d: %v; want that of the reader and no FormatError", n, err)
		}
	}
	for _, r := range []io.Reader{iotest.OneByteReader(bytes.NewReader(file)), iotest.HalfReader(bytes.NewReader(file)), iotest.DataErrReader(bytes.NewReader(file))} {
		var got []float64
		if err := npy.Decode(r, int64(len(file)), &got); err != nil || len(got) != 10_000 {
			t.Errorf("%T: %v, %d elements", r, err, len(got))
		}
	}
}

func TestReadHeaderStopsAtTheData(t *testing.T) {
	r := bytes.NewReader(encoded(t, []int16{0x0102, 0x0304}))
	h, err := npy.ReadHeader(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	var rest [2]int16
	if err := binary.Read(r, binary.LittleEndian, &rest); err != nil || rest != [2]int16{0x0102, 0x0304} || h.DataOffset != 128 {
		t.Errorf("after the header at %d: %v, %v", h.DataOffset, rest, err)
	}
}

func TestBadBools(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 100} {
		for at := range n {
			file := encoded(t, make([]bool, n))
			file[128+at] = 0x80
			for _, dst := range []any{new([]bool), new([100]bool), new(npy.Array[bool])} {
				if _, fixed := dst.(*[100]bool); fixed && n != 100 {
					continue
				}
				var bad *npy.FormatError
				err := decodeError(file, dst)
				if !errors.As(err, &bad) || bad.Offset != int64(128+at) || !strings.Contains(err.Error(), fmt.Sprintf("element (%d,) is the byte 0x80", at)) {
					t.Fatalf("%T, byte %d of %d: %v", dst, at, n, err)
				}
			}
		}
	}
}

// TestNoBadBoolInMemory looks at an array that was read into before the error
// showed: whatever is in it, it must be bools.
func TestNoBadBoolInMemory(t *testing.T) {
	file := encoded(t, make([]bool, 100))
	file[128+50] = 0x80
	for _, end := range []int{len(file), len(file) - 10} {
		var array [100]bool
		if err := npy.Decode(bytes.NewReader(file[:end]), int64(len(file)), &array); err == nil {
			t.Errorf("no error with %d bytes", end)
		}
		for i, b := range (*[100]byte)(unsafe.Pointer(&array)) {
			if b > 1 {
				t.Errorf("with %d bytes, element %d is the byte %#02x", end, i, b)
			}
		}
	}
}
