package npy_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// namedDType is a text that may be a dtype, and what numpy says of it.
type namedDType struct {
	Text    string
	DType   string // numpy's full name, empty where it takes the text for none
	Bytes   int    // of an element
	Row     string // of the same within a row, with a field before and one after it
	Objects bool   // of Python, or texts of any length
}

// TestNamesOfNumpy compares what is read with what numpy reads: every letter and every name,
// with all byte orders and sizes, alone and in rows.
func TestNamesOfNumpy(t *testing.T) {
	out := pythontest.Find(t).Run(t, `
import io, json, string, warnings
import numpy as np
warnings.simplefilter("ignore")
bases = sorted({n for n in list(string.ascii_letters) + ["?"] + [str(k) for k in np.sctypeDict] + ["unicode", " f8", "f8 ", "int128", "float_", "Float64"]})
texts = [o + b + s for b in bases for o in ["", "<", ">", "=", "|"] for s in ["", "0", "1", "2", "3", "4", "8", "12", "16", "08", "[ns]", "8[ns]", "[D]", "4[ns]", "8[25us]", "[]"]]
found = []
for text in texts:
    try:
        d = np.lib.format.descr_to_dtype(text)
        objects, row = d.hasobject or d.kind == "T", ""
        if not objects and d.itemsize > 0: # numpy reads it indeed, but has no fields of texts of no length
            row = str(np.lib.format.descr_to_dtype([("a", "B"), ("x", text, (2,)), ("z", "=d")]).descr)
            header = "{'descr': %r, 'fortran_order': False, 'shape': (2,)}\n" % text
            np.load(io.BytesIO(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(2 * d.itemsize)))
        found.append({"Text": text, "DType": d.str, "Bytes": d.itemsize, "Row": row, "Objects": objects})
    except (TypeError, ValueError, SyntaxError):
        found.append({"Text": text})
print(json.dumps(found))
`)
	var all []namedDType
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, d := range all {
		header := func(descr string, size int) (npy.Header, error) {
			file := makeFile(1, fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': (2,)}\n", descr), make([]byte, 2*size))
			return npy.ReadHeader(bytes.NewReader(file), int64(len(file)))
		}
		h, err := header("'"+d.Text+"'", d.Bytes)
		row, rowErr := header("[('a', 'B'), ('x', '"+d.Text+"', (2,)), ('z', '=d')]", 1+2*d.Bytes+8)
		switch kind := strings.TrimLeft(d.DType, "<>|"); {
		case d.DType == "":
			if err == nil || rowErr == nil {
				t.Errorf("%q is none to numpy, and here %s, %v", d.Text, h.DType, rowErr)
			}
		case d.Objects, kind[0] == 'V', kind == "f16", kind == "f12", kind == "c32", kind == "c24":
			if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(rowErr, errors.ErrUnsupported) {
				t.Errorf("%q is %s to numpy: %v, %v; want it unsupported", d.Text, d.DType, err, rowErr)
			}
		case err != nil || rowErr != nil:
			t.Errorf("%q is %s to numpy: %v, %v", d.Text, d.DType, err, rowErr)
		default:
			read++
			if h.DType != d.DType || d.Bytes > 0 && row.DType != d.Row {
				t.Errorf("%q is %s and %s to numpy, and here %s and %s", d.Text, d.DType, d.Row, h.DType, row.DType)
			}
		}
	}
	if read < 300 {
		t.Errorf("%d of %d texts are dtypes", read, len(all))
	}
}

// Values of dtypes without byte order or size, in this machine's order.
func TestShortNames(t *testing.T) {
	bytesOf := func(v any) []byte { return elements(reflect.ValueOf(v)) }
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("the bytes here are those of a little-endian machine")
	}
	type row struct {
		X float64
		N int32
		B bool
	}
	for _, test := range []struct {
		descr string
		data  []byte
		want  any
	}{
		{"'d'", bytesOf([]float64{7, math.Pi}), []float64{7, math.Pi}},
		{"'f'", bytesOf([]float32{7, 1.5}), []float32{7, 1.5}},
		{"'float'", bytesOf([]float64{7, math.Pi}), []float64{7, math.Pi}},
		{"'i'", bytesOf([]int32{-7, 1}), []int32{-7, 1}},
		{"'?'", []byte{1, 0}, []bool{true, false}},
		{"'b'", []byte{0xff, 1}, []int8{-1, 1}},
		{"'q'", bytesOf([]int64{-7, 1}), []int64{-7, 1}},
		{"'H'", bytesOf([]uint16{7, 1}), []uint16{7, 1}},
		{"'D'", bytesOf([]complex128{7i, 1}), []complex128{7i, 1}},
		{"'>d'", []byte{0x40, 0x1c, 0, 0, 0, 0, 0, 0, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, []float64{7, 1.5}},
		{"'=h'", []byte{7, 0, 1, 0}, []int16{7, 1}},
		{"'|h'", []byte{7, 0, 1, 0}, []int16{7, 1}},
		{"'c'", []byte("ab"), []string{"a", "b"}},
		{"[('X', 'd'), ('N', '>i'), ('B', '?')]", append(append(append(bytesOf([]float64{1.5}), 0, 0, 0, 7, 1), bytesOf([]float64{2})...), 0, 0, 1, 0, 0), []row{{1.5, 7, true}, {2, 256, false}}},
	} {
		file := makeFile(1, "{'descr': "+test.descr+", 'fortran_order': False, 'shape': (2,)}\n", test.data)
		got := reflect.New(reflect.TypeOf(test.want))
		if err := decodeError(file, got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), test.want) {
			t.Errorf("%s: %v, %v; want %v", test.descr, got.Elem(), err, test.want)
		}
	}
}
