package conformance_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats"
)

// natRow has times and durations in each of the forms that a field may have.
type natRow struct {
	D  time.Duration
	At time.Time
}

// TestNotATime refuses the number that numpy and pandas take for NaT, in every format that
// writes times as numbers, and keeps its neighbors.
func TestNotATime(t *testing.T) {
	type pointers struct{ D *time.Duration }
	type lists struct{ Ds []time.Duration }
	type times struct {
		Us time.Time   `parquet:",us"`
		Ms []time.Time `parquet:",ms"`
	}
	values := func(d time.Duration) map[string][]any {
		at := time.Unix(0, int64(d)).UTC()
		arrays := []any{[]time.Duration{0, d}, [][]time.Duration{{d}}, [1]time.Duration{d}, []natRow{{D: d}}, []natRow{{At: at}}}
		tables := []any{[]natRow{{D: d}}, []natRow{{At: at}}, []pointers{{&d}}, []lists{{[]time.Duration{0, d}}},
			map[string][]time.Duration{"d": {d}}, map[string][]time.Time{"t": {at}},
			[]times{{Us: time.UnixMicro(int64(d)).UTC()}}, []times{{Ms: []time.Time{time.UnixMilli(int64(d)).UTC()}}}}
		return map[string][]any{
			"npy": arrays,
			"npz": {map[string][]time.Duration{"d": {d}}, map[string][]time.Time{"t": {at}}, struct {
				X  []float64
				At time.Time
			}{[]float64{1}, at}, struct{ Rows []natRow }{[]natRow{{D: d}}}},
			"parquet": tables,
			"feather": tables,
		}
	}
	for name, nots := range values(math.MinInt64) {
		f, err := formats.Set{}.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, not := range nots {
			if _, err := f.Encode(io.Discard, not); !errors.Is(err, formats.ErrValue) {
				t.Errorf("%s: %T %v: want it refused, got %v", name, not, not, err)
			}
			for _, near := range []time.Duration{math.MinInt64 + 1, math.MaxInt64} {
				v := values(near)[name][i]
				var file bytes.Buffer
				back := reflect.New(reflect.TypeOf(v))
				if _, err := f.Encode(&file, v); err != nil {
					t.Errorf("%s: %T %v: %v", name, v, v, err)
				} else if err := f.Decode(bytes.NewReader(file.Bytes()), back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), v) {
					t.Errorf("%s: %v came back as %v, %v", name, v, back.Elem(), err)
				}
			}
		}
	}
}
