package npy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

type (
	endless  []endless
	embedded struct{ npy.Array[float64] }
	matrix   mat.Dense
)

func TestAccepts(t *testing.T) {
	for _, v := range []any{
		[]bool{}, []int{}, []uint{}, []int8{}, []uint16{}, []float32{}, []float64{}, []complex64{}, []complex128{},
		slopes{}, []volts{}, []slopes{}, [3]int{}, [0]int{}, [2][3]bool{}, [][]float64{}, [][3]float32{}, [2][]int16{},
		mat.Dense{}, &mat.Dense{}, mat.VecDense{}, &mat.VecDense{}, mat.CDense{}, &mat.CDense{},
		mat.SymDense{}, &mat.SymDense{}, mat.TriDense{}, &mat.TriDense{},
		npy.Array[bool]{}, &npy.Array[volts]{},
	} {
		if err := npy.Accepts(reflect.TypeOf(v)); err != nil {
			t.Errorf("Accepts(%T) = %v", v, err)
		}
	}

	for _, test := range []struct {
		typ  reflect.Type
		part reflect.Type // nil: all of it
		text string
	}{
		{nil, nil, "nil interface"},
		{reflect.TypeFor[int](), nil, "single value"},
		{reflect.TypeFor[string](), nil, "not a bool"},
		{reflect.TypeFor[uintptr](), nil, "not a bool"},
		{reflect.TypeFor[[]uintptr](), reflect.TypeFor[uintptr](), "not a bool"},
		{reflect.TypeFor[[]string](), reflect.TypeFor[string](), "not a bool"},
		{reflect.TypeFor[[][2]map[int]int](), reflect.TypeFor[map[int]int](), "not a bool"},
		{reflect.TypeFor[[]*float64](), reflect.TypeFor[*float64](), "not a bool"},
		{reflect.TypeFor[[]any](), reflect.TypeFor[any](), "not a bool"},
		{reflect.TypeFor[[]mat.Dense](), reflect.TypeFor[mat.Dense](), "not a bool"},
		{reflect.TypeFor[[]unsafe.Pointer](), reflect.TypeFor[unsafe.Pointer](), "not a bool"},
		{reflect.TypeFor[*[]float64](), nil, "pointer"},
		{reflect.TypeFor[*[3]float64](), nil, "pointer"},
		{reflect.TypeFor[**mat.Dense](), nil, "pointer"},
		{reflect.TypeFor[mat.Matrix](), nil, "interface"},
		{reflect.TypeFor[struct{ A []float64 }](), nil, "struct"},
		{reflect.TypeFor[embedded](), nil, "struct"},
		{reflect.TypeFor[*embedded](), nil, "pointer"},
		{reflect.TypeFor[matrix](), nil, "struct"},
		{reflect.TypeFor[mat.BandDense](), nil, "struct"},
		{reflect.TypeFor[*mat.DiagDense](), nil, "pointer"},
		{reflect.TypeFor[func()](), nil, "not a bool"},
		{reflect.TypeFor[chan int](), nil, "not a bool"},
		{reflect.TypeFor[endless](), nil, "more than 64 axes"},
	} {
		var bad *npy.TypeError
		if err := npy.Accepts(test.typ); !errors.As(err, &bad) {
			t.Errorf("Accepts(%v) = %v, want a TypeError", test.typ, err)
			continue
		}
		if test.part == nil {
			test.part = test.typ
		}
		if bad.Type != test.typ || bad.Part != test.part || !strings.Contains(bad.Error(), test.text) {
			t.Errorf("Accepts(%v) = %v with part %v; want part %v and %q", test.typ, bad, bad.Part, test.part, test.text)
		}
	}
}

func TestTypeErrorFromVerbs(t *testing.T) {
	var bad *npy.TypeError
	if _, err := npy.Encode(io.Discard, []string{"a"}); !errors.As(err, &bad) {
		t.Errorf("Encode: %v, want a TypeError", err)
	}
	if _, err := npy.Encode(io.Discard, nil); !errors.As(err, &bad) {
		t.Errorf("Encode(nil): %v, want a TypeError", err)
	}
	if err := decodeError(encoded(t, []int8{1}), new(string)); !errors.As(err, &bad) {
		t.Errorf("Decode: %v, want a TypeError", err)
	}
	for _, dst := range []any{nil, 5, []float64{}, (*[]float64)(nil)} {
		if err := decodeError(encoded(t, []float64{1}), dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("Decode into %T: %v", dst, err)
		}
	}
}

func TestEncodeRefusesValues(t *testing.T) {
	raw := func(rows, cols, stride, n int) mat.Dense {
		var m mat.Dense
		m.SetRawMatrix(blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, n)})
		return m
	}
	var backwards mat.VecDense
	backwards.SetRawVector(blas64.Vector{N: 3, Inc: -1, Data: make([]float64, 3)})
	for _, test := range []struct {
		v    any
		text string
	}{
		{[][]float64{{1, 2}, {3}}, "row [1] has 1 elements, the first has 2"},
		{[][][]int8{{{1}, {2}}, {{3}}}, "row [1] has 1 elements, the first has 2"},
		{[][][]int8{{{1}, {2}}, {{3}, {4, 5}}}, "row [1 1] has 2 elements, the first has 1"},
		{[2][]int16{{1}, {}}, "row [1] has 0 elements"},
		{[][]float64{{}, nil}, "row [1] is nil"},
		{[][]float64{nil}, "row [0] is nil"},
		{[][]float64{{1}, nil}, "row [1] is nil"},
		{[2][]int16{}, "row [0] is nil"},
		{make([][0][]int8, 1<<16+1), "more than 65536 rows"},
		{(*mat.Dense)(nil), "nil *mat.Dense"},
		{(*npy.Array[float64])(nil), "nil *npy.Array[float64]"},
		{npy.Array[float64]{}, "shape () has 1 elements, Data has 0"},
		{npy.Array[float64]{Shape: []int{2, 2}, Data: make([]float64, 3)}, "shape (2, 2) has 4 elements, Data has 3"},
		{npy.Array[float64]{Shape: []int{-1}, Data: nil}, "bad shape (-1,)"},
		{npy.Array[float64]{Shape: []int{-1, -1}, Data: make([]float64, 1)}, "bad shape"},
		{npy.Array[int8]{Shape: []int{math.MaxInt, 3}, Data: nil}, "bad shape"},
		{npy.Array[int8]{Shape: make([]int, 65)}, "65 axes"},
		{raw(2, 3, 2, 100), "stride 2"},
		{raw(2, 3, 4, 6), "over 6 elements"},
		{raw(-1, 3, 4, 6), "-1 rows"},
		{&backwards, "stride -1"},
	} {
		var b bytes.Buffer
		_, err := npy.Encode(&b, test.v)
		if !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("Encode(%T): %v; want ErrValue with %q", test.v, err, test.text)
		}
		if b.Len() > 0 {
			t.Errorf("Encode(%T) wrote %d bytes", test.v, b.Len())
		}
		if err := npy.Accepts(reflect.TypeOf(test.v)); err != nil {
			t.Errorf("%v", err)
		}
	}
	var rows [][]float64
	for range 1<<16 + 1 {
		rows = append(rows, []float64{})
	}
	if _, err := npy.Encode(io.Discard, rows); !errors.Is(err, npy.ErrValue) {
		t.Errorf("65537 empty rows: %v; want ErrValue", err)
	}
	if got := decode[[][]float64](t, encoded(t, rows[:1<<16])); len(got) != 1<<16 {
		t.Errorf("65536 empty rows came back as %d", len(got))
	}
}

type failing struct{ after int }

func (w *failing) Write(p []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

var errDisk = errors.New("disk full")

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestEncodeReportsTheWriter(t *testing.T) {
	data := benchData(1 << 18)
	for _, v := range []any{data[:3], data, rowsOf(data, 16), rowsOf(data, 1<<14), mat.NewSymDense(512, data),
		mat.NewTriDense(512, mat.Upper, data), mat.NewDense(512, 512, data).ColView(1)} {
		var w failing
		for w.after = 1000; ; w.after = 1000 {
			if _, err := npy.Encode(&w, v); err != nil {
				t.Fatal(err)
			}
			break
		}
		writes := 1000 - w.after
		for k := range writes {
			if _, err := npy.Encode(&failing{k}, v); !errors.Is(err, errDisk) {
				t.Errorf("%T: write %d of %d failed, Encode returned %v", v, k+1, writes, err)
			}
		}
		if _, err := npy.Encode(short{}, v); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%T: short write, Encode returned %v", v, err)
		}
	}
}

func TestNotNpy(t *testing.T) {
	for start, text := range map[string]string{
		"":                            "the file is empty",
		"\x93NUM":                     "ends after 4 bytes",
		"\x80\x04\x95\x10\x00\x00":    "80 04 95 10, a Python pickle?",
		"\x80\x02]q\x00.":             "a Python pickle?",
		"PK\x03\x04\x14\x00\x00\x00":  "a .npz or zip archive?",
		"\x1f\x8b\x08\x00":            "a gzip file?",
		"SIMPLE  =                  ": "a FITS file?",
		"\x89HDF\r\n\x1a\n":           "an HDF5 file?",
		"1.5, 2.5\n":                  "not a .npy file: it starts with 31 2e 35 2c",
		"x":                           "it starts with 78",
	} {
		var bad *npy.FormatError
		err := decodeError([]byte(start), new([]float64))
		if !errors.As(err, &bad) || bad.Field != "magic" || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v; want a FormatError at magic with %q", start, err, text)
		}
	}
	if err := npy.Decode(strings.NewReader("x"), -1, new([]float64)); err == nil {
		t.Error("negative size: no error")
	}
}

func TestBadHeaders(t *testing.T) {
	entry := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s}\n", descr, order, shape)
	}
	good := entry("'<f8'", "False", "(1,)")
	for _, test := range []struct {
		text  string
		field string
		want  string
		at    string // the header's text from the offset of the error on; "" is not checked
	}{
		{"", "header", "ends too early", ""},
		{"5", "header", "5 instead of a dict", ""},
		{"[1]", "header", "a list of 1 instead of a dict", ""},
		{"{}", "header", `no key "descr"`, ""},
		{"{'descr': '<f8', 'shape': (1,)}", "header", `no key "fortran_order"`, ""},
		{"{'descr': '<f8', 'descr': '<f8'}", "descr", "given twice", "'<f8'}"},
		{"{'descr': '<f8', 'extra': 1}", "extra", "not a key", "1}"},
		{"{1: 2}", "header", "not a string", "1: 2}"},
		{"{'descr' '<f8'}", "header", "colon", "'<f8'}"},
		{"{'descr': '<f8' 'shape': (1,)}", "header", "comma", "'shape': (1,)}"},
		{good + "x", "header", "after the end", "x"},
		{strings.Replace(good, "'<f8'", "'<f8", 1), "header", "comma", ""},
		{strings.Replace(good, "}", "", 1), "header", "comma", ""},
		{entry("'<f8\n'", "False", "(1,)"), "header", "line ends inside", ""},
		{"{'descr", "header", "string without end", ""},
		{`{'\q': 1}`, "header", "escape", ""},
		{entry("os.system('x')", "False", "(1,)"), "header", `"os" is not a literal`, "os.system"},
		{entry("'<f8'", "False", "(1,)*9"), "header", "comma", ""},
		{entry("\x80", "False", "(1,)"), "header", "byte 0x80", ""},
		{entry("'<f8'", "false", "(1,)"), "header", `"false"`, "false"},
		{entry("'<f8'", "0", "(1,)"), "fortran_order", "0 instead of True or False", "0,"},
		{entry("'<f8'", "False", "[1]"), "shape", "a list of 1 instead of a tuple", "[1]"},
		{entry("'<f8'", "False", "1"), "shape", "1 instead of a tuple", "1}"},
		{entry("'<f8'", "False", "(1)"), "shape", "1 instead of a tuple", ""},
		{entry("'<f8'", "False", "(True,)"), "shape", "axis 0 is True", ""},
		{entry("'<f8'", "False", "(1, None)"), "shape", "axis 1 is None", ""},
		{entry("'<f8'", "False", "({},)"), "shape", "axis 0 is a dict", ""},
		{entry("'<f8'", "False", "(-1,)"), "shape", "negative length -1", ""},
		{entry("'<f8'", "False", "(,)"), "header", `"," is not a literal`, ",)"},
		{entry("'<f8'", "False", "(1 2)"), "header", "comma", "2)"},
		{entry("'<f8'", "False", "(01,)"), "header", "not an integer", ""},
		{entry("'<f8'", "False", "(1.0,)"), "header", "comma", ".0"},
		{entry("'<f8'", "False", "(-,)"), "header", "not an integer", ""},
		{entry("'<f8'", "False", "(9223372036854775808,)"), "header", "too large", "9223372036854775808"},
		{entry("'<f8'", "False", "(9223372036854775807,)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "(4294967296, 4294967296)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "(1152921504606846976,)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "("+strings.Repeat("1, ", 65)+")"), "shape", "65 axes", ""},
		{entry("'<f8'", "False", strings.Repeat("(", 100)), "header", "nested", ""},
		{entry("'<f8'", "False", "("+strings.Repeat("1,", 1<<17)+")"), "header", "more than 65536 values", ""},
		{entry("'f3'", "False", "(1,)"), "descr", `"f3" is not a dtype`, "'f3'"},
		{entry("'<f8x'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("''", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f-8'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f+8'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<i3'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f264'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("None", "False", "(1,)"), "descr", "None is not a dtype", ""},
		{entry("{'names': ['a']}", "False", "(1,)"), "descr", "a dict is not a dtype", ""},
		{entry("('<f8', (2,))", "False", "(1,)"), "descr", "subarray", ""},
	} {
		version := byte(1)
		if len(test.text) > math.MaxUint16 {
			version = 2
		}
		file := makeFile(version, test.text, make([]byte, 8))
		var bad *npy.FormatError
		err := decodeError(file, new([]float64))
		if !errors.As(err, &bad) || bad.Field != test.field || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80q: %v; want a FormatError at %s with %q", test.text, err, test.field, test.want)
			continue
		}
		if !strings.HasPrefix(string(file[bad.Offset:]), test.at) {
			t.Errorf("%.80q: error at %.20q, want %q", test.text, file[bad.Offset:], test.at)
		}
	}
}

func TestHeaderLimits(t *testing.T) {
	const text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"
	for _, test := range []struct {
		file  []byte
		field string
		want  string
		is    error
	}{
		{makeFile(4, text, nil), "version", "version 4.0 is not known", errors.ErrUnsupported},
		{[]byte("\x93NUMPY\x01\x01\x00\x00"), "version", "version 1.1", errors.ErrUnsupported},
		{[]byte("\x93NUMPY\x01\x00\x10"), "header length", "1 bytes short", io.ErrUnexpectedEOF},
		{[]byte("\x93NUMPY\x01\x00\xff\xff"), "header length", "65535 bytes, but only 0 follow", io.ErrUnexpectedEOF},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "header length", "more than the limit", nil},
		{makeFile(2, strings.Repeat(" ", 1<<20+1), nil), "header length", "more than the limit", nil},
		{makeFile(3, "{'descr': '\xff'}", nil), "header", "not UTF-8", nil},
	} {
		var bad *npy.FormatError
		err := decodeError(test.file, new([]float64))
		if !errors.As(err, &bad) || bad.Field != test.field || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%.30q: %v; want a FormatError at %s with %q that is %v", test.file, err, test.field, test.want, test.is)
		}
	}
	// As long as is allowed.
	longest := text + strings.Repeat(" ", 1<<20-len(text))
	if got := decode[[]float64](t, makeFile(2, longest, make([]byte, 8))); len(got) != 1 {
		t.Errorf("header of a mebibyte: %v", got)
	}
}

func TestWrongLength(t *testing.T) {
	file := encoded(t, []int32{1, 2, 3})
	var bad *npy.FormatError

	err := decodeError(append(file[:len(file):len(file)], 7, 7), new([]int32))
	if !errors.As(err, &bad) || bad.Offset != int64(len(file)) || !strings.Contains(err.Error(), "has 12 bytes, but 2 more follow") {
		t.Errorf("two bytes more: %v", err)
	}
	err = decodeError(file[:len(file)-1], new([]int32))
	if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "has 12 bytes, the file only 11") {
		t.Errorf("a byte less: %v", err)
	}
	// The size promises more than the reader has, as when a file is cut while it is read.
	for n := range len(file) {
		err := npy.Decode(bytes.NewReader(file[:n]), int64(len(file)), new([]int32))
		if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || bad.Offset != int64(n) {
			t.Fatalf("reader ends at %d of %d: %v", n, len(file), err)
		}
		if _, err := npy.ReadHeader(bytes.NewReader(file[:n]), int64(len(file))); n < 128 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("ReadHeader, reader ends at %d: %v", n, err)
		}
	}
	// Nothing after the size is read.
	longer := bytes.NewReader(append(file[:len(file):len(file)], 9, 9, 9))
	if err := npy.Decode(longer, int64(len(file)), new([]int32)); err != nil || longer.Len() != 3 {
		t.Errorf("file within a longer stream: %v, %d bytes left, want 3", err, longer.Len())
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
				if array, ok := dst.(*[100]bool); ok {
					for _, b := range (*[100]byte)(unsafe.Pointer(array)) {
						if b > 1 {
							t.Fatal("a bool that is neither true nor false")
						}
					}
				}
			}
		}
	}
}
