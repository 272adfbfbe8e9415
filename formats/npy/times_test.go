package npy_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// counts returns a file of dtype descr that holds the numbers.
func counts(descr string, x ...int64) []byte {
	var b []byte
	for _, n := range x {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return makeFile(1, fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", descr, len(x)), b)
}

// perUnit is how many attoseconds a unit has.
func perUnit(unit string) *big.Int {
	powers := map[string]int64{"as": 0, "fs": 3, "ps": 6, "ns": 9, "us": 12, "ms": 15, "s": 18}
	if p, ok := powers[unit]; ok {
		return new(big.Int).Exp(big.NewInt(10), big.NewInt(p), nil)
	}
	seconds := map[string]int64{"m": 60, "h": 3600, "D": 86400, "W": 7 * 86400}[unit]
	return new(big.Int).Mul(big.NewInt(seconds), perUnit("s"))
}

var fixedUnits = []string{"W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"}

// TestUnits compares every unit and multiple with arithmetic on numbers without limits.
func TestUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom(fixedUnits).Draw(t, "unit")
		multiple := rapid.OneOf(rapid.Just(int64(1)), rapid.Int64Range(1, 100), rapid.Int64Range(1, math.MaxInt32)).Draw(t, "multiple")
		x := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64(),
			rapid.Map(rapid.Int64Range(-9300, 9300), func(n int64) int64 { return n * 1e15 }),
			rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64 + 1, math.MaxInt64 / 1000 * 1000}),
		).Filter(func(n int64) bool { return n != math.MinInt64 }).Draw(t, "x")

		name := unit
		if multiple > 1 {
			name = fmt.Sprint(multiple, unit)
		}
		attos := new(big.Int).Mul(big.NewInt(x), big.NewInt(multiple))
		attos.Mul(attos, perUnit(unit))
		nanos, part := new(big.Int).QuoRem(attos, perUnit("ns"), new(big.Int))

		var lengths []time.Duration
		err := decodeError(counts("<m8["+name+"]", x), &lengths)
		fits := part.Sign() == 0 && nanos.IsInt64() && nanos.Int64() != math.MinInt64
		if fits != (err == nil) || fits && int64(lengths[0]) != nanos.Int64() {
			t.Fatalf("%d of %s is %v (%v), want %v and %v as", x, name, lengths, err, nanos, part)
		}

		var times []time.Time
		err = decodeError(counts("<M8["+name+"]", x), &times)
		sec, nsec := new(big.Int).DivMod(nanos, big.NewInt(1e9), new(big.Int))
		fits = part.Sign() == 0 && sec.IsInt64() && sec.Int64() <= math.MaxInt64-62135596800
		if fits != (err == nil) || fits && (times[0].Unix() != sec.Int64() || int64(times[0].Nanosecond()) != nsec.Int64()) {
			t.Fatalf("%d of %s is %v (%v), want second %v", x, name, times, err, sec)
		}
	})
}

// TestCalendarUnits compares years and months with those of time.Date.
func TestCalendarUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Int64Range(-1e6, 1e6).Draw(t, "x")
		multiple := rapid.Int64Range(1, 30).Draw(t, "multiple")
		years, months := time.Date(1970+int(x*multiple), 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1970, 1+time.Month(x*multiple), 1, 0, 0, 0, 0, time.UTC)
		for unit, want := range map[string]time.Time{"Y": years, "M": months} {
			if want.IsZero() {
				continue // refused: NaT
			}
			got := decode2[[]time.Time](t, counts(fmt.Sprintf("<M8[%d%s]", multiple, unit), x))
			if !got[0].Equal(want) || got[0] != want {
				t.Fatalf("%d of %d%s: %v, want %v", x, multiple, unit, got[0], want)
			}
		}
	})
	for _, x := range []int64{math.MaxInt64, math.MinInt64 + 1, 1 << 50, -1 << 50} {
		for _, unit := range []string{"Y", "M", "1000Y", "2147483647M"} {
			if err := decodeError(counts("<M8["+unit+"]", x), new([]time.Time)); err == nil {
				t.Errorf("%d of %s was read", x, unit)
			}
		}
	}
	for x, year := range map[int64]int{1 << 34: 1970 + 1431655765, -1 << 34: 1970 - 1431655766} {
		if got := decode[[]time.Time](t, counts("<M8[M]", x)); got[0].Year() != year {
			t.Errorf("%d months: %v, want year %d", x, got[0], year)
		}
	}
}

func decode2[T any](t *rapid.T, file []byte) T {
	var v T
	if err := decodeError(file, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTimesThatDoNotFit reads what no Go value is.
func TestTimesThatDoNotFit(t *testing.T) {
	const nat = math.MinInt64
	for _, test := range []struct {
		file []byte
		dst  any
		want string
	}{
		{counts("<m8[ns]", 1, nat), new([]time.Duration), "element (1,) is NaT, which a time.Duration cannot hold"},
		{counts("<m8[s]", 1, nat), new(npy.Array[time.Duration]), "element (1,) is NaT"},
		{counts(">m8[ns]", 128), new([]int64), "their unit would be lost; read them into time.Duration"},
		{counts("<m8[ns]", 1), new([]float64), "their unit would be lost"},
		{counts("<M8[ns]", 1), new([]int64), "their unit would be lost; read them into time.Time"},
		{counts("<M8[ns]", 1), new([]time.Duration), "datetimes are no numbers"},
		{counts("<m8[ns]", 1), new([]time.Time), "<m8[ns] is no datetime64"},
		{counts("<i8", 1), new([]time.Time), "<i8 is no datetime64"},
		{counts("<f8", 1), new([]time.Duration), "<f8 into <m8[ns] may change values"},
		{counts("<m8", 1), new([]time.Duration), "it has no unit"},
		{counts("<m8[Y]", 1), new([]time.Duration), "years and months are not equally long"},
		{counts("<m8[3M]", 1), new(npy.Array[time.Duration]), "years and months are not equally long"},
		{counts("<M8", nat, 5), new([]time.Time), "element (1,) is 5 without a unit"},
		{counts("<M8[ps]", 1000, 1001), new([]time.Time), "element (1,) is 1001 ps after 1970, which a time.Time cannot hold exactly"},
		{counts("<M8[D]", math.MaxInt64), new([]time.Time), "element (0,) is 9223372036854775807 D after 1970"},
		{counts("<M8[s]", 0, -62135596800), new([]time.Time), "element (1,) is the start of year 1"},
		{counts("<M8[Y]", -1969), new([]time.Time), "element (0,) is the start of year 1"},
		{counts("<m8[W]", 15250, 15251), new([]time.Duration), "element (1,) is 15251 W"},
		{counts("<m8[25us]", 1, math.MaxInt64/25), new([]time.Duration), "units of 25us"},
		{counts("<m8[ns]", 1), new([]string), "is no text"},
	} {
		var bad *npy.MismatchError
		if err := decodeError(test.file, test.dst); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: %v; want a MismatchError with %q", test.dst, err, test.want)
		}
	}
	for _, descr := range []string{"<M4[ns]", "<M8[xs]", "<M8[0s]", "<M8[]", "<M8[ns", "<M8ns]", "<M8[-1s]", "<m8[99999999999s]", "<M8[+1s]", "<M8[s]x", "M[ns]", "<m16[ns]"} {
		var bad *npy.FormatError
		if err := decodeError(counts(descr, 1), new([]time.Time)); !errors.As(err, &bad) || bad.Field != "descr" {
			t.Errorf("%s: %v; want a FormatError about descr", descr, err)
		}
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	first := time.Unix(0, math.MinInt64+1)
	last := time.Unix(0, math.MaxInt64)
	at := time.Date(2024, 4, 10, 11, 22, 33, 44, time.UTC)
	for _, test := range []struct {
		v    any
		want string
	}{
		{[]time.Time{at, first.Add(-1)}, "element (1,) is 1677-09-21T00:12:43Z"},
		{[]time.Time{last.Add(1)}, "element (0,) is 2262-04-11T23:47:16Z"},
		{[][]time.Time{{at, at}, {at, at.AddDate(9000, 0, 0)}}, "element (1, 1) is 11024-04-10T11:22:33Z"},
		{[2]time.Time{1: time.Unix(math.MaxInt64, 0)}, "element (1,)"},
		{[]time.Time{time.Unix(math.MinInt64, 0)}, "element (0,)"},
		{[]time.Duration{0, math.MinInt64}, "element (1,) is -1<<63 ns, which is NaT"},
		{[][]time.Duration{{1, 2, 3}, {4, 5, math.MinInt64}}, "element (1, 2)"},
		{npy.Array[time.Duration]{Shape: []int{2, 2}, Fortran: true, Data: []time.Duration{1, math.MinInt64, 3, 4}}, "element (1, 0)"},
		{npy.Scalar[time.Duration]{Value: math.MinInt64}, "element ()"},
		{[]star{{}, {Exposure: math.MinInt64}}, "element (1,) field Exposure is -1<<63 ns"},
		{[]struct{ Span [2][2]time.Time }{{}, {[2][2]time.Time{1: {1: last.Add(1)}}}}, "element (1,) field Span(1, 1) is 2262"},
	} {
		var file strings.Builder
		_, err := npy.Encode(&file, test.v)
		if !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), test.want) || file.Len() > 0 {
			t.Errorf("%T: %v, %d bytes written; want ErrValue with %q", test.v, err, file.Len(), test.want)
		}
	}

	// Another zone is the same instant, and a monotonic reading is not written.
	zone := time.FixedZone("somewhere", 3*3600)
	got := decode[[]time.Time](t, encoded(t, []time.Time{at.In(zone), first, last, {}, time.Time{}.In(zone)}))
	for i, want := range []time.Time{at, first.UTC(), last.UTC(), {}, {}} {
		if got[i] != want {
			t.Errorf("time %d came back as %v, want %v", i, got[i], want)
		}
	}
	now := time.Now()
	if got := decode[[]time.Time](t, encoded(t, []time.Time{now})); !got[0].Equal(now) {
		t.Errorf("%v came back as %v", now, got[0])
	}
}

// TestOldDurations reads durations as they were written before: as i8.
func TestOldDurations(t *testing.T) {
	file := counts("<i8", 1, -2, math.MinInt64)
	want := []time.Duration{1, -2, math.MinInt64}
	if got := decode[[]time.Duration](t, file); got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
	if got := decode[npy.Array[time.Duration]](t, encoded(t, []int16{5})); got.Data[0] != 5 {
		t.Errorf("%v, want 5ns", got)
	}
}

func TestStreamedDurations(t *testing.T) {
	var f seeker
	w, err := npy.NewWriter[time.Duration](&f, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]time.Duration{1, 2, 3, math.MinInt64}); !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), "duration 3 is -1<<63 ns") {
		t.Errorf("NaT: %v", err)
	}
	if err := errors.Join(w.Write([]time.Duration{1, 2, 3, 4}), w.Close()); err != nil {
		t.Fatal(err)
	}
	if got, want := string(f.b), string(encoded(t, [][]time.Duration{{1, 2}, {3, 4}})); got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
	r, err := npy.NewReader(strings.NewReader(string(f.b)), int64(len(f.b)))
	if err != nil {
		t.Fatal(err)
	}
	row := make([]time.Duration, 2)
	if err := npy.Fill(r, 1, row); err != nil || row[1] != 4 {
		t.Errorf("row 1: %v (%v)", row, err)
	}
}

// seeker is a file in memory.
type seeker struct {
	b  []byte
	at int
}

func (f *seeker) Write(p []byte) (int, error) {
	f.b = append(f.b[:min(f.at, len(f.b))], append(append([]byte{}, p...), f.b[min(f.at+len(p), len(f.b)):]...)...)
	f.at += len(p)
	return len(p), nil
}

func (f *seeker) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += int64(f.at)
	case io.SeekEnd:
		offset += int64(len(f.b))
	}
	f.at = int(offset)
	return offset, nil
}
