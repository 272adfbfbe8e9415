package parquet_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

type (
	volts  float64
	filter string
	raw    []byte
	marks  []bool
)

type Pose struct {
	Angle float32
	When  time.Time `parquet:"when,us"`
}

// everything has a column of each sort.
type everything struct {
	B   bool
	I   int
	I8  int8
	I16 int16
	I32 int32
	I64 int64
	U   uint
	U8  uint8
	U16 uint16
	U32 uint32
	U64 uint64
	F32 float32
	F64 float64
	V   volts
	S   string
	DS  filter `parquet:"ds,dict"`
	R   raw
	T   time.Time
	TMs time.Time `parquet:",ms"`
	D   time.Duration
	Pose

	PB  *bool
	PI  *int
	PI8 *int8
	PU  *uint16
	PF  *float64
	PV  *volts
	PS  *string
	PDS *string `parquet:",dict"`
	PT  *time.Time
	PD  *time.Duration

	LB   marks
	LI   []int
	LI8  []int8
	LU32 []uint32
	LF32 []float32
	LF   []float64
	LS   []string
	LR   [][]byte
	LT   []time.Time `parquet:",us"`
	LD   []time.Duration
}

func to[T any](v T) *T { return &v }

// signaling is a NaN that arithmetic would change.
var signaling = math.Float64frombits(0x7ff0000000000001)

func samples() []everything {
	at := time.Date(2024, 4, 10, 11, 22, 33, 444555666, time.UTC)
	us, ms := at.Truncate(time.Microsecond), at.Truncate(time.Millisecond)
	return []everything{
		{},
		{
			B: true, I: math.MinInt, I8: math.MinInt8, I16: math.MinInt16, I32: math.MinInt32, I64: math.MinInt64,
			U: math.MaxUint, U8: math.MaxUint8, U16: math.MaxUint16, U32: math.MaxUint32, U64: math.MaxUint64,
			F32: math.Float32frombits(0x7fa00001), F64: signaling, V: volts(math.Copysign(0, -1)), S: "äöü\x00", DS: "J", R: raw{},
			T: time.Unix(0, math.MinInt64+1).UTC(), TMs: ms, D: math.MinInt64 + 1, Pose: Pose{1.5, us},
			PB: to(false), PI: to(math.MaxInt), PI8: to(int8(-1)), PU: to(uint16(65535)), PF: to(signaling), PV: to(volts(2)),
			PS: to(""), PDS: to("K"), PT: to(at), PD: to(time.Second),
			LB: marks{true, false}, LI: []int{math.MinInt, 0}, LI8: []int8{-128, 127}, LU32: []uint32{1 << 31}, LF32: []float32{float32(math.Inf(-1))},
			LF: []float64{signaling, math.Copysign(0, -1)}, LS: []string{"", "x"}, LR: [][]byte{nil, {}, {0, 255}},
			LT: []time.Time{{}, us, {}}, LD: []time.Duration{-1, 1},
		},
		{
			T: time.Unix(0, math.MaxInt64).UTC(), TMs: time.UnixMilli(-1).UTC(), Pose: Pose{When: time.UnixMicro(math.MaxInt64).UTC()},
			R: raw("bytes"), LB: marks{}, LI: []int{}, LI8: []int8{}, LU32: []uint32{}, LF32: []float32{}, LF: []float64{}, LS: []string{},
			LR: [][]byte{}, LT: []time.Time{}, LD: []time.Duration{},
		},
	}
}

// same compares the bits of floats, and nil with empty.
func same(t testing.TB, got, want any) bool {
	t.Helper()
	return sameValue(reflect.ValueOf(got), reflect.ValueOf(want))
}

func sameValue(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Float32:
		return *(a.Addr().Convert(reflect.TypeFor[*float32]()).Interface().(*float32)) == *(b.Addr().Convert(reflect.TypeFor[*float32]()).Interface().(*float32)) ||
			math.Float32bits(float32(a.Float())) == math.Float32bits(float32(b.Float()))
	case reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return sameValue(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() || !sameValue(a.MapIndex(k), b.MapIndex(k)) {
				return false
			}
		}
		return true
	case reflect.Interface:
		return sameValue(a.Elem(), b.Elem())
	case reflect.Struct:
		if x, ok := a.Interface().(time.Time); ok {
			return x == b.Interface().(time.Time) // the very same: in UTC, without a monotonic clock
		}
		for i := range a.NumField() {
			if !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// A codec is one of the two kinds of files.
type codec struct {
	name   string
	encode func(w io.Writer, v any, opts ...parquet.Options) error
	decode func(src io.ReaderAt, size int64, dst any) error
}

var codecs = []codec{
	{"parquet", parquet.Encode, parquet.Decode},
	{"feather", parquet.EncodeFeather, parquet.DecodeFeather},
}

func (c codec) encoded(t testing.TB, v any, opts ...parquet.Options) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := c.encode(&buf, v, opts...); err != nil {
		t.Fatalf("%s: %T: %v", c.name, v, err)
	}
	return buf.Bytes()
}

func (c codec) decodeError(file []byte, dst any) error {
	return c.decode(bytes.NewReader(file), int64(len(file)), dst)
}

// roundTrip writes v and reads it again.
func (c codec) roundTrip(t testing.TB, v any, opts ...parquet.Options) {
	t.Helper()
	file := c.encoded(t, v, opts...)
	dst := reflect.New(reflect.TypeOf(v))
	if err := c.decodeError(file, dst.Interface()); err != nil {
		t.Fatalf("%s: %T: %v", c.name, v, err)
	}
	if back := dst.Elem().Interface(); !same(t, back, v) {
		t.Errorf("%s: %v: came back as\n%+v, want\n%+v", c.name, opts, back, v)
	}
	if again := c.encoded(t, v, opts...); !bytes.Equal(again, file) {
		t.Errorf("%s: %T: the same value made other bytes", c.name, v)
	}
}

func TestRoundTrip(t *testing.T) {
	type named []everything
	for _, c := range codecs {
		for _, compression := range []string{"", "snappy", "gzip", "brotli", "none"} {
			if c.name == "feather" && compression != "" && compression != "none" {
				continue
			}
			for _, group := range []int{0, 1, 2} {
				c.roundTrip(t, samples(), parquet.Options{Compression: compression, RowGroup: group})
			}
		}
		c.roundTrip(t, named(samples()))
		c.roundTrip(t, samples()[:1])
		c.roundTrip(t, samples()[1:2])
		c.roundTrip(t, []everything{})
		c.roundTrip(t, makeTelemetry(10_000))
	}
}

// TestEmpty writes a nil slice, which is an empty one in a file.
func TestEmpty(t *testing.T) {
	for _, c := range codecs {
		var back []Pose
		if err := c.decodeError(c.encoded(t, []Pose(nil)), &back); err != nil || back == nil || len(back) != 0 {
			t.Errorf("%s: %v, %v", c.name, back, err)
		}
	}
}

// TestManyRows crosses the borders of blocks, pages and row groups with lists and
// texts of all lengths and gaps.
func TestManyRows(t *testing.T) {
	type row struct {
		N  int
		S  string
		DS string `parquet:",dict"`
		P  *int32
		L  []float64
		LS []string
		R  []byte
		OK bool
		T  time.Time
	}
	rows := make([]row, exhaustive.N(15_000, 150_000))
	for i := range rows {
		r := &rows[i]
		r.N, r.OK, r.DS = i, i%3 == 0, fmt.Sprint("filter ", i/1000%7)
		r.S = fmt.Sprint("text ", i*7919%100_003)
		if i%5 > 0 {
			r.P = to(int32(i))
		}
		if i%11 > 0 {
			r.L = make([]float64, i%13)
			for k := range r.L {
				r.L[k] = float64(i) + float64(k)/16
			}
		}
		if i%97 == 0 {
			r.LS = []string{r.S, "", r.DS}
		}
		if i/4096%2 == 0 {
			r.R = []byte(r.S)[:i%5]
		}
		if i%2 == 0 {
			r.T = time.Unix(int64(i), int64(i)).UTC()
		}
	}
	rows[len(rows)/2].L = make([]float64, 1_000_000)
	rows[len(rows)/2+1].S = string(bytes.Repeat([]byte("x"), 3<<20))
	for _, c := range codecs {
		for _, group := range []int{0, len(rows)/4 + 2500} {
			c.roundTrip(t, rows, parquet.Options{RowGroup: group, Compression: "none"})
		}
	}
}

func TestRefusedValues(t *testing.T) {
	bad := "\xff"
	type row struct {
		T  time.Time
		Us time.Time `parquet:",us"`
		PT *time.Time
		S  string
		PS *string
		LS []string
		LT []time.Time `parquet:",ms"`
	}
	good := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		row   row
		field string
	}{
		{row{T: time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC)}, "T"},
		{row{T: time.Unix(0, math.MaxInt64).Add(1)}, "T"},
		{row{T: time.Unix(0, math.MinInt64).Add(-1)}, "T"},
		{row{Us: good.Add(1)}, "Us"},
		{row{PT: &time.Time{}}, "PT"},
		{row{S: bad}, "S"},
		{row{PS: &bad}, "PS"},
		{row{LS: []string{"", bad}}, "LS"},
		{row{LT: []time.Time{good, good.Add(time.Microsecond)}}, "LT"},
	}
	for _, c := range codecs {
		for _, test := range tests {
			var buf bytes.Buffer
			err := c.encode(&buf, []row{{}, test.row})
			if !isValue(err) || !bytes.Contains([]byte(err.Error()), []byte("row 1, field "+test.field+":")) {
				t.Errorf("%s: %+v: %v", c.name, test.row, err)
			}
			if buf.Len() > 0 {
				t.Errorf("%s: %+v: %d bytes were written", c.name, test.row, buf.Len())
			}
		}
	}
}

func TestTimesComeBackInUTC(t *testing.T) {
	zone := time.FixedZone("somewhere", 3600)
	at := time.Now().In(zone)
	type row struct{ T time.Time }
	for _, c := range codecs {
		var back []row
		if err := c.decodeError(c.encoded(t, []row{{at}}), &back); err != nil || back[0].T != at.UTC().Round(0) {
			t.Errorf("%s: %v, %v; want %v", c.name, back, err, at.UTC())
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []parquet.Options{{Compression: "lz4"}, {Compression: "zstd", Level: 23}, {Compression: "snappy", Level: 1}, {Level: -1}, {RowGroup: -1}} {
		var buf bytes.Buffer
		if err := parquet.Encode(&buf, samples(), o); err == nil || buf.Len() > 0 {
			t.Errorf("%+v: %v, %d bytes written", o, err, buf.Len())
		}
	}
	large := len(codecs[0].encoded(t, makeTelemetry(50_000), parquet.Options{Level: 1}))
	small := len(codecs[0].encoded(t, makeTelemetry(50_000), parquet.Options{Level: 11}))
	if small >= large {
		t.Errorf("level 11 makes %d bytes, level 1 %d", small, large)
	}
}

func TestRegistered(t *testing.T) {
	var set formats.Set
	served, err := set.For(reflect.TypeFor[[]Pose]())
	if err != nil || served[0].Name() != "parquet" {
		t.Errorf("a table is served by %v, %v", served, err)
	}
	f, err := set.ByName("feather")
	if err != nil || f.Ext() != "feather" {
		t.Errorf("%v, %v", f, err)
	}
}
