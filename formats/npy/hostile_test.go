package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// destinations are values of every kind that a file can be read into.
func destinations() []any {
	return []any{
		new([]bool), new([]int8), new([]int16), new([]int32), new([]int64), new([]int),
		new([]uint8), new([]uint16), new([]uint32), new([]uint64), new([]uint),
		new([]npy.Float16), new([]float32), new([]float64), new([]complex64), new([]complex128),
		new(slopes), new([3]bool), new([2][3]float64), new([][]float64), new([][]bool), new([][3]int8), new([2][]int16),
		new([][][]complex64), new([][][][][]uint8), new([][0]float32), new([][][0]float32),
		new(mat.Dense), new(*mat.Dense), new(mat.VecDense), new(*mat.VecDense), new(mat.CDense), new(*mat.CDense),
		new(mat.SymDense), new(*mat.SymDense), new(mat.TriDense), new(*mat.TriDense),
		new(npy.Array[bool]), new(npy.Array[int8]), new(npy.Array[int32]), new(npy.Array[uint64]), new(npy.Array[npy.Float16]),
		new(npy.Array[float32]), new(npy.Array[float64]), new(npy.Array[complex128]), new(*npy.Array[volts]),
		new([]time.Duration), new(npy.Array[time.Duration]), new([]string), new([][]string), new([2][]volume), new(npy.Scalar[string]),
		new([]time.Time), new([][2]time.Time), new([]star), new([][]point), new([]nested), new([]numbers), new(npy.Scalar[everything]),
	}
}

// decodeAll reads file into everything. It may fail, but not panic, and what
// it accepts must come back when written and read again.
func decodeAll(tb testing.TB, file []byte) {
	tb.Helper()
	for _, dst := range destinations() {
		if decodeError(file, dst) != nil {
			continue
		}
		v := reflect.ValueOf(dst).Elem()
		if _, err := npy.Encode(io.Discard, v.Interface()); errors.Is(err, npy.ErrValue) && hasTimes(v.Type()) {
			continue // times of other units than nanoseconds, NaT as a number
		}
		again := encoded(tb, v.Interface())
		back := reflect.New(v.Type())
		if err := decodeError(again, back.Interface()); err != nil {
			tb.Fatalf("%T: what came from %q cannot be read again: %v", dst, file, err)
		}
		if third := encoded(tb, back.Elem().Interface()); !bytes.Equal(third, again) {
			tb.Fatalf("%T: %q came back as %q", dst, again, third)
		}
	}
}

// hasTimes tells whether some values of type t can be read, but not written.
func hasTimes(t reflect.Type) bool {
	text := npy.Accepts(t) == nil && npy.AcceptsNumbers(t) != nil
	return text || strings.Contains(t.String(), "Duration")
}

func damaged(tb testing.TB) [][]byte {
	return [][]byte{
		encoded(tb, []bool{true, false, true}),
		encoded(tb, [][]int16{{1, 2}, {3, 4}}),
		encoded(tb, mat.NewTriDense(2, mat.Lower, []float64{1, 0, 2, 3})),
		encoded(tb, npy.Array[complex64]{Shape: []int{1, 2, 3}, Fortran: true, Data: make([]complex64, 6)}),
		encoded(tb, npy.NewArray[float64](3, 0)),
		makeFile(2, "{'shape':(3L,),'fortran_order':False,'descr':'>i4'}", make([]byte, 12)),
		encoded(tb, []time.Duration{1, -2}),
		encoded(tb, []time.Time{{}, time.Unix(0, 1)}),
		encoded(tb, [][]string{{"a", "é"}, {"", "xyz"}}),
		encoded(tb, theStars()),
		encoded(tb, []nested{{N: 1}, {One: inner{A: 2}}}),
		encoded(tb, []numbers{{1, 2, [2]int32{3, 4}}}),
		rows("[('x', '<i2'), ('', '|V2'), (('title', 'Y'), '>f8'), ('tag', '|S2')]", 2, make([]byte, 28)),
	}
}

func TestEveryTruncation(t *testing.T) {
	for _, file := range damaged(t) {
		for n := range len(file) {
			for _, dst := range destinations() {
				if decodeError(file[:n], dst) == nil {
					t.Fatalf("%T: the first %d of %d bytes of %q are accepted", dst, n, len(file), file)
				}
			}
		}
	}
}

func TestEveryBitFlipped(t *testing.T) {
	for _, file := range damaged(t) {
		for i := range file {
			for _, bit := range exhaustive.Bits(i) {
				bad := bytes.Clone(file)
				bad[i] ^= 1 << bit
				decodeAll(t, bad)
			}
		}
	}
}

// TestMemoryBound reads headers that promise more than the file holds, and
// others made to be costly, and counts what is allocated on the way.
func TestMemoryBound(t *testing.T) {
	entry := func(descr, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s}", descr, shape)
	}
	var files [][]byte
	for _, shape := range []string{
		"(1000000000000,)", "(1000000, 1000000)", "(9223372036854775807,)", "(4294967296, 4294967296)", "(1000000000, 0)",
		"(0, 1000000000)", "(1000000000, 1000000000, 0)", "(1, 1000000000, 0)", "(65536, 65536, 0)", "(2, 65536, 0)", "(65536, 0)", "(65537, 0)",
	} {
		for _, descr := range []string{"'<f8'", "'|b1'", "'>c16'", "'<i2'", "'<U0'", "'|S1'", "'<U536870911'", "'>M8[s]'", "'<m8[ns]'",
			"[('x', '<i2'), ('y', '<f8'), ('tag', '<U0')]", "[('x', '<i2'), ('y', '<f8', (1000000000000,)), ('tag', '<U2')]",
			"[('x', '<i2'), ('y', '<f8'), ('tag', '<U100000000')]"} {
			files = append(files, makeFile(1, entry(descr, shape), make([]byte, 64)), makeFile(1, entry(descr, shape), nil))
		}
	}
	files = append(files,
		[]byte("\x93NUMPY\x02\x00\xff\xff\xff\x7f{"),
		[]byte("\x93NUMPY\x02\x00\x00\x00\x10\x00{"),
		makeFile(2, "("+strings.Repeat("1,", 1<<18), nil),
		makeFile(2, strings.Repeat("[", 1<<18), nil),
		makeFile(2, strings.Repeat("[[],", 1<<16), nil),
		makeFile(2, "{"+strings.Repeat("'':'',", 1<<16)+"}", nil),
		makeFile(2, "'"+strings.Repeat("a", 1<<18), nil),
		makeFile(2, strings.Repeat("1", 1<<18), nil),
		makeFile(2, entry("'"+strings.Repeat("f", 1<<18)+"'", "(1,)"), nil),
		makeFile(2, entry(strings.Repeat("[('a',", 1<<15)+"'<f8'"+strings.Repeat(")]", 1<<15), "(1,)"), nil),
		makeFile(2, entry("["+strings.Repeat("('','|V1'),", 1<<14)+"]", "(0,)"), nil),
		makeFile(2, entry(manyFieldsDescr(20_000), "(0,)"), nil),
		makeFile(2, entry("[('a','|V0',("+strings.Repeat("0,", 1<<15)+"))]", "(1,)"), nil),
	)
	for i, file := range files {
		// Twenty-four bytes for a row of one byte, the shortest there is, and room
		// for errors and the limit of rows that are empty.
		limit := uint64(40*len(file)) + 2*24*1<<16
		for k, dst := range destinations() {
			if (i+k)%exhaustive.N(8, 1) > 0 {
				continue
			}
			var err error
			if took := allocatedBy(func() { err = decodeError(file, dst) }); took > limit {
				t.Errorf("%T from %.80q of %d bytes: allocated %d, limit %d (%v)", dst, file[8:], len(file), took, limit, err)
			}
		}
	}
}

func allocatedBy(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// manyFieldsDescr names thousands of fields.
func manyFieldsDescr(n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		fmt.Fprintf(&b, "('%x','|i1'),", i)
	}
	return b.String() + "]"
}

func FuzzDecode(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.read(f))
	}
	for _, file := range damaged(f) {
		f.Add(file)
	}
	for _, g := range wideGoldens(f) {
		f.Add(wideFile(f, g.File))
	}
	f.Fuzz(func(t *testing.T, file []byte) { decodeAll(t, file) })
}

func FuzzReadHeader(f *testing.F) {
	for _, g := range goldens(f) {
		file := g.read(f)
		f.Add(file, int64(len(file)))
	}
	f.Fuzz(func(t *testing.T, file []byte, size int64) {
		r := bytes.NewReader(file)
		h, err := npy.ReadHeader(r, size)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		if at, _ := r.Seek(0, io.SeekCurrent); at != h.DataOffset || h.DataOffset > size || h.Shape == nil {
			t.Errorf("%+v after %d bytes of %d", h, at, size)
		}
		var elements int64 = 1
		for _, n := range h.Shape {
			if n == 0 {
				elements = 0
				break
			}
			elements *= int64(n)
		}
		if strings.HasPrefix(h.DType, "[") {
			return // what is in a row, the tests of records say
		}
		var width int64
		if _, err := fmt.Sscanf(h.DType[2:], "%d", &width); err != nil {
			t.Fatalf("dtype %q: %v", h.DType, err)
		}
		if h.DType[1] == 'U' {
			width *= 4
		}
		if h.DataOffset+elements*width != size {
			t.Errorf("%+v does not fill a file of %d bytes", h, size)
		}
	})
}
