package diskcache_test

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/dataelab/dataelab-go/diskcache"
)

func mustKey(tb testing.TB, args ...any) diskcache.Key {
	tb.Helper()
	key, err := diskcache.KeyOf(args...)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestKeyText(t *testing.T) {
	if got := mustKey(t).String(); got != "" {
		t.Errorf("no arguments: %q, want nothing", got)
	}
	text := mustKey(t, 1).String()
	if len(text) != 32 || strings.Trim(text, "0123456789abcdef") != "" {
		t.Errorf("%q is not 32 hexadecimal digits", text)
	}
}

// The stream that is hashed is the one that KeyOf's comment describes: here it is
// written a second time, by hand. Lengths around every size at which the writer
// or the hash change their way must give the same.
func TestKeyStream(t *testing.T) {
	text := func(b []byte, s string) []byte {
		return append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	content := strings.Repeat("0123456789abcdef", 20000/16)
	for n := 0; n <= len(content); n++ {
		if n > 600 && n < 3900 || n > 4300 && n < 8000 || n > 8400 && n < 16200 || n > 16500 && n < len(content) {
			continue
		}
		s := content[:n]
		stream := text([]byte("dataelab/arguments/1\x00\x01"), "string")
		stream = text(stream, s)
		want := diskcache.Key(xxh3.Hash128(stream).Bytes())
		if got := mustKey(t, s); got != want {
			t.Fatalf("string of %d bytes: key %s, want %s", n, got, want)
		}
		stream = text([]byte("dataelab/arguments/1\x00\x01"), "[]uint8")
		stream = append(binary.AppendUvarint(stream, uint64(n)+1), s...)
		want = diskcache.Key(xxh3.Hash128(stream).Bytes())
		if got := mustKey(t, []byte(s)); got != want {
			t.Fatalf("%d bytes: key %s, want %s", n, got, want)
		}
	}
}

// Lists of scalars have a path of their own, which no key may show.
func TestKeyScalarPath(t *testing.T) {
	scalars := []any{
		1, int8(-1), int16(-2), int32(-3), int64(-4), uint(1), uint8(2), uint16(3), uint32(4), uint64(5),
		float32(1.5), 2.5, math.NaN(), float32(math.NaN()), math.Copysign(0, -1), true, false, "", "text", strings.Repeat("x", 64), strings.Repeat("x", 65),
	}
	check := func(args ...any) {
		t.Helper()
		general, err := diskcache.KeyOfAny(args)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustKey(t, args...); got != general {
			t.Errorf("%v: key %s, but %s without the path for scalars", args, got, general)
		}
	}
	for i, v := range scalars {
		check(v)
		check(scalars[:i+1]...)
	}
	for _, n := range []int{4, 5, 6, 7, 8, 127, 128, 300} {
		many := make([]any, n)
		for i := range many {
			many[i] = i
		}
		check(many...)
	}
}

// Arrays of numbers are hashed as they lie in memory, and those with a NaN are
// not: the same elements must give the same key on either path.
func TestKeyBulkPath(t *testing.T) {
	const n = 20_000 // more than one chunk
	type bits32 struct{ F float32 }
	floats, narrow := make([]float64, n), make([]float32, n)
	for i := range floats {
		floats[i], narrow[i] = float64(i)/3, float32(i)/3
	}
	oneNaN := math.Float64frombits(0x7FF8000000000001)
	anotherNaN := math.Float64frombits(0xFFF0DEADBEEF0001)
	for _, at := range []int{0, 1, 8191, 8192, n - 1} {
		keys := map[diskcache.Key]bool{mustKey(t, floats): true}
		for _, nan := range []float64{oneNaN, anotherNaN} {
			old := floats[at]
			floats[at] = nan
			keys[mustKey(t, floats)] = true
			floats[at] = old
		}
		if len(keys) != 2 {
			t.Errorf("a NaN at %d: %d keys for none, one NaN and another, want 2", at, len(keys))
		}
	}
	if mustKey(t, floats) == mustKey(t, narrow) {
		t.Error("float64 and float32 share a key")
	}
	grid := make([][2][3]float64, n/6)
	for i := range grid {
		for j := range 6 {
			grid[i][j/3][j%3] = floats[6*i+j]
		}
	}
	before := mustKey(t, grid)
	grid[len(grid)-1][1][2]++
	if mustKey(t, grid) == before {
		t.Error("the last element of the last array does not count")
	}
	if mustKey(t, []bits32{{1}}) == mustKey(t, []float32{1}) {
		t.Error("a struct and its field share a key")
	}
}

func TestKeyEqual(t *testing.T) {
	one, alsoOne := 1, 1
	forward, backward := map[string]int{}, map[string]int{}
	for i := range 100 {
		forward[strconv.Itoa(i)] = i
		backward[strconv.Itoa(99-i)] = 99 - i
	}
	shared := []int{1, 2}
	now := time.Now()
	for name, pair := range map[string][2]any{
		"maps filled in other order": {forward, backward},
		"pointers to equal values":   {&one, &alsoOne},
		"capacity":                   {append(make([]int, 0, 50), 1, 2), []int{1, 2}},
		"part of a longer slice":     {[]int{0, 1, 2, 3}[1:3], []int{1, 2}},
		"shared and separate":        {[][]int{shared, shared}, [][]int{{1, 2}, {1, 2}}},
		"any NaN":                    {math.NaN(), math.Float64frombits(0xFFF8000000000123)},
		"any NaN as a key of maps":   {map[float64]int{math.NaN(): 1}, map[float64]int{math.Float64frombits(0xFFF8000000000123): 1}},
		"the monotonic clock":        {now, now.Round(0)},
		"int and rune":               {'a', int32(97)},
		"several NaN keys":           {map[float64]int{math.NaN(): 1, math.Inf(1) - math.Inf(1): 2}, map[float64]int{math.NaN(): 2, math.Inf(1) - math.Inf(1): 1}},
	} {
		if a, b := mustKey(t, pair[0]), mustKey(t, pair[1]); a != b {
			t.Errorf("%s: keys %s and %s, want one", name, a, b)
		}
	}
}
