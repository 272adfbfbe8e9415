package parquet_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/parquet"
)

func isValue(err error) bool {
	return errors.Is(err, parquet.ErrValue) && errors.Is(err, formats.ErrValue)
}

func TestColumnMaps(t *testing.T) {
	at := time.Date(2024, 4, 10, 11, 22, 33, 444555666, time.UTC)
	type key string
	for _, c := range codecs {
		c.roundTrip(t, map[string][]float64{"x": {1, signaling}, "y": {3, 4}})
		c.roundTrip(t, map[string][]int{"x": {1, -1}})
		c.roundTrip(t, map[key][]volts{"x": {1, 2}})
		c.roundTrip(t, map[string][]string{"a": {"x", ""}, "b.c": {"", "y"}})
		c.roundTrip(t, map[string][]*int16{"a": {nil, to(int16(-1))}})
		c.roundTrip(t, map[string][][]float64{"a": {nil, {}, {1}}})
		c.roundTrip(t, map[string]marks{"a": {}})
		c.roundTrip(t, parquet.Columns{
			"bool": []bool{true, false}, "i8": []int8{-128, 127}, "i16": []int16{1, 2}, "i32": []int32{1, 2}, "i64": []int64{1, 2},
			"u8": []uint8{1, 255}, "u16": []uint16{1, 2}, "u32": []uint32{1, 1 << 31}, "u64": []uint64{1, 1 << 63},
			"f32": []float32{1, 2}, "f64": []float64{1, signaling}, "s": []string{"", "x"}, "b": [][]byte{nil, {}},
			"t": []time.Time{{}, at}, "d": []time.Duration{-1, 1}, "pf": []*float64{nil, to(2.5)}, "ps": []*string{to(""), nil},
			"lf": [][]float64{nil, {}}, "ls": [][]string{{"", "x"}, {}}, "lb": [][][]byte{{nil, {}}, nil}, "lt": [][]time.Time{{{}, at}, nil},
			"ld": [][]time.Duration{{1}, {}}, "lu8": [][]bool{{true}, {}},
		})
		c.roundTrip(t, parquet.Columns{"x": []float64{}})
	}
}

func TestRefusedColumns(t *testing.T) {
	for _, c := range codecs {
		for _, test := range []struct {
			v    any
			want string
		}{
			{map[string][]float64{"x": {1}, "y": {1, 2}}, `column "x" has 1 rows, and column "y" has 2`},
			{map[string][]float64{"x": {1}, "y": nil}, "nil slice"},
			{map[string][]float64{}, "without columns"},
			{map[string][]float64{"x": {1}, "X": {2}}, "case"},
			{map[string][]float64{"\xff": {1}}, "UTF-8"},
			{parquet.Columns{"x": 5}, "no slice"},
			{parquet.Columns{"x": nil}, "no slice"},
			{parquet.Columns{"x": []int{1}}, "would come back as []int64"},
			{parquet.Columns{"x": []volts{1}}, "would come back as []float64"},
			{parquet.Columns{"x": []any{1}}, "not flat"},
			{parquet.Columns{"x": []string{"\xff"}}, "UTF-8"},
		} {
			var buf bytes.Buffer
			if err := c.encode(&buf, test.v); !isValue(err) || !strings.Contains(err.Error(), test.want) || buf.Len() > 0 {
				t.Errorf("%s: %v: %v, %d bytes", c.name, test.v, err, buf.Len())
			}
		}
		for _, v := range []any{nil, 5, "x", []int{1}, map[int][]int{}, map[string]any{}, map[string][]any{}, map[string]int{}, []*Pose{}} {
			if err := parquet.Accepts(reflect.TypeOf(v)); err == nil {
				t.Errorf("%T is accepted", v)
			}
			if err := c.encode(&bytes.Buffer{}, v); err == nil {
				t.Errorf("%T is written", v)
			}
		}
	}
}

func TestMismatch(t *testing.T) {
	type narrow struct{ Angle float32 }
	type other struct {
		Angle float32
		When  string `parquet:"when"`
	}
	type wide struct {
		Angle float32
		When  time.Time `parquet:"when"`
		More  int
	}
	type list struct {
		Angle []float32
		When  time.Time `parquet:"when"`
	}
	for _, c := range codecs {
		file := c.encoded(t, []Pose{{Angle: 1}})
		for _, test := range []struct {
			dst    any
			column string
		}{
			{new([]narrow), "when"}, {new([]other), "when"}, {new([]wide), "More"}, {new([]list), "Angle"},
		} {
			var mismatch *parquet.MismatchError
			if err := c.decodeError(file, test.dst); !errors.As(err, &mismatch) || mismatch.Column != test.column {
				t.Errorf("%s: %T: %v", c.name, test.dst, err)
			}
		}

		// Values that are missing have no place in numbers.
		type optional struct {
			P *float64
			S *string
		}
		type required struct {
			P float64
			S string
		}
		file = c.encoded(t, []optional{{to(1.0), to("x")}, {nil, to("y")}})
		var mismatch *parquet.MismatchError
		if err := c.decodeError(file, new([]required)); !errors.As(err, &mismatch) || mismatch.Column != "P" || mismatch.Row != 1 {
			t.Errorf("%s: %v", c.name, err)
		}
		file = c.encoded(t, []optional{{to(1.0), to("x")}})
		var back []required
		if err := c.decodeError(file, &back); err != nil || back[0] != (required{1, "x"}) {
			t.Errorf("%s: %v, %v", c.name, back, err)
		}
	}
}

// TestWidening reads numbers into types that hold all of them, and no others.
func TestWidening(t *testing.T) {
	type small struct {
		I8  int8
		U8  uint8
		I16 int16
		U32 uint32
		F32 float32
	}
	type large struct {
		I8  float32
		U8  int16
		I16 float64
		U32 int64
		F32 float64
	}
	for _, c := range codecs {
		file := c.encoded(t, []small{{-128, 255, -32768, 1<<32 - 1, 0.1}})
		var back []large
		want := large{-128, 255, -32768, 1<<32 - 1, float64(float32(0.1))}
		if err := c.decodeError(file, &back); err != nil || back[0] != want {
			t.Errorf("%s: %v, %v; want %v", c.name, back, err, want)
		}
		file = c.encoded(t, []large{want})
		if err := c.decodeError(file, new([]small)); err == nil {
			t.Errorf("%s: numbers were narrowed", c.name)
		}
	}
}
