package gobs_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"math"
	"math/big"
	"math/bits"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/gobs"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// A wire assembles gob streams that no encoder writes.
type wire []byte

func (w wire) uint(xs ...uint64) wire {
	for _, x := range xs {
		if x < 0x80 {
			w = append(w, byte(x))
			continue
		}
		n := (bits.Len64(x) + 7) / 8
		w = append(w, byte(-n))
		for i := n - 1; i >= 0; i-- {
			w = append(w, byte(x>>(8*i)))
		}
	}
	return w
}

func (w wire) int(x int64) wire       { return w.uint(uint64(x)<<1 ^ uint64(x>>63)) }
func (w wire) string(s string) wire   { return append(w.uint(uint64(len(s))), s...) }
func (w wire) raw(b ...byte) wire     { return append(w, b...) }
func (w wire) message(body wire) wire { return append(w.uint(uint64(len(body))), body...) }
func (w wire) repeat(n int, b ...byte) wire {
	return append(w, bytes.Repeat(b, n)...)
}

// The definitions of types, by their place in gob's wireType.
func defineSlice(id, elem int64) wire {
	return wire{}.message(wire{}.int(-id).uint(2, 1, 2).int(id).uint(0, 1).int(elem).uint(0, 0))
}
func defineArray(id, elem, n int64) wire {
	return wire{}.message(wire{}.int(-id).uint(1, 1, 2).int(id).uint(0, 1).int(elem).uint(1).int(n).uint(0, 0))
}
func defineMap(id, key, elem int64) wire {
	return wire{}.message(wire{}.int(-id).uint(4, 1, 2).int(id).uint(0, 1).int(key).uint(1).int(elem).uint(0, 0))
}
func defineStruct(id int64, name string, fields ...any) wire {
	w := wire{}.int(-id).uint(3, 1)
	if name == "" {
		w = w.uint(2)
	} else {
		w = w.uint(1).string(name).uint(1)
	}
	w = w.int(id).uint(0)
	if len(fields) > 0 {
		w = w.uint(1, uint64(len(fields)/2))
		for i := 0; i < len(fields); i += 2 {
			w = w.uint(1).string(fields[i].(string)).uint(1).int(int64(fields[i+1].(int))).uint(0)
		}
	}
	return wire{}.message(w.uint(0, 0))
}

// value is the message of a value that is no struct.
func value(id int64, body wire) wire {
	return wire{}.message(append(wire{}.int(id).uint(0), body...))
}

const (
	wireBool, wireInt, wireUint, wireFloat, wireBytes, wireString, wireComplex, wireAny = 1, 2, 3, 4, 5, 6, 7, 8

	huge = math.MaxUint64 >> 1
)

// hostileFiles are files that lie, by what they lie about.
func hostileFiles() map[string]struct {
	dst  any
	file wire
	want error
	says string
} {
	deep := wire{}.repeat(300_000, 1)
	quadratic := wire{}
	for range 2000 { // each list claims that all the rest are its elements
		quadratic = quadratic.uint(50_000)
	}
	quadratic = quadratic.repeat(60_000, 0)
	ring := defineSlice(65, 66)
	return map[string]struct {
		dst  any
		file wire
		want error
		says string
	}{
		"empty":               {new(int), nil, gobs.ErrDamaged, "ends in the middle"},
		"zeros":               {new(int), make(wire, 100), gobs.ErrDamaged, "a message of 0 bytes"},
		"text":                {new(int), wire("hello, world"), gobs.ErrDamaged, "a message of 104 bytes"},
		"long message":        {new(int), wire{}.uint(7<<30, 4, 0), gobs.ErrDamaged, "a message of 7516192768 bytes"},
		"longest message":     {new(int), wire{}.uint(math.MaxUint64), gobs.ErrDamaged, "a message of"},
		"bad number":          {new(int), wire{}.raw(0x80), gobs.ErrDamaged, "impossible length"},
		"map count":           {new(map[string]int), append(defineMap(65, wireString, wireInt), value(65, wire{}.uint(1<<28))...), gobs.ErrDamaged, "a count of 268435456"},
		"map count, overflow": {new(map[string]int), append(defineMap(65, wireString, wireInt), value(65, wire{}.uint(huge))...), gobs.ErrDamaged, "a count of"},
		"map count in any":    {new(any), append(defineMap(65, wireString, wireAny), value(wireAny, wire{}.string("map[string]interface {}").int(65).message(wire{}.uint(0, 1<<28)))...), gobs.ErrDamaged, "a count of"},
		"map with a key twice": {new(map[string]int), append(defineMap(65, wireString, wireInt),
			value(65, wire{}.uint(2).string("a").int(1).string("a").int(2))...), gobs.ErrDamaged, "twice"},
		"slice count":             {new([]int), append(defineSlice(65, wireInt), value(65, wire{}.uint(1<<40))...), gobs.ErrDamaged, "a count of"},
		"slice count in a struct": {new(inner), append(append(append(defineStruct(65, "", "N", wireInt, "Xs", 66, "M", 67), defineSlice(66, wireFloat)...), defineMap(67, wireString, wireInt)...), wire{}.message(wire{}.int(65).uint(2, huge))...), gobs.ErrDamaged, "inner.Xs at byte"},
		"string length":           {new(string), value(wireString, wire{}.uint(1<<40)), gobs.ErrDamaged, "a length of"},
		"bytes length":            {new([]byte), value(wireBytes, wire{}.uint(1<<40)), gobs.ErrDamaged, "a length of"},
		"elements without size":   {new([]struct{}), append(append(defineSlice(65, 66), defineStruct(66, "")...), value(65, wire{}.uint(1<<40))...), gobs.ErrDamaged, "a count of"},
		"lists that share bytes":  {new(list), append(defineSlice(65, 65), value(65, quadratic)...), gobs.ErrDamaged, "a count of"},
		"deep list":               {new(list), append(defineSlice(65, 65), value(65, deep)...), gobs.ErrDamaged, "more than 10000"},
		"deep any":                {new(any), deepAnyFile(20_000), gobs.ErrDamaged, "more than 10000"},
		"deep node":               {new(*chainNode), append(defineStruct(65, "", "Next", 65), wire{}.message(append(wire{}.int(65), deep...))...), gobs.ErrDamaged, "more than 10000"},
		"type of itself":          {new([][]int), append(defineSlice(65, 65), value(65, wire{}.uint(1, 1, 1))...), gobs.ErrOtherType, "a slice where the type has int"},
		"types in a ring":         {new([][]int), append(append(ring, defineSlice(66, 65)...), value(65, wire{}.uint(1, 1, 1))...), gobs.ErrOtherType, "a slice where"},
		"ring for a list":         {new(list), append(append(ring, defineSlice(66, 65)...), value(65, wire{}.uint(1, 1, 0))...), gobs.ErrOtherType, ""},
		"arrays in a ring":        {new(any), append(defineArray(65, 65, 2), value(wireAny, wire{}.string("no/such").int(65).message(wire{}.uint(0, 2, 2)))...), nil, "nested too deeply"},
		"array of many":           {new(any), append(defineArray(65, wireInt, 1<<40), value(wireAny, wire{}.string("no/such").int(65).message(wire{}.uint(0, 2, 2)))...), nil, "too many elements"},
		"array of less than none": {new([3]int), append(defineArray(65, wireInt, -1), value(65, wire{}.uint(3, 1, 1, 1))...), gobs.ErrOtherType, "an array of -1"},
		"array too long":          {new([3]int), append(defineArray(65, wireInt, 3), value(65, wire{}.uint(4, 1, 1, 1, 1))...), gobs.ErrDamaged, "an array of 4 elements"},
		"type defined twice":      {new([]int), append(append(defineSlice(65, wireInt), defineSlice(65, wireInt)...), value(65, wire{}.uint(0))...), gobs.ErrDamaged, "defined twice"},
		"builtin type defined":    {new([]int), defineSlice(6, wireInt), gobs.ErrDamaged, "type 6"},
		"undefined type":          {new([]int), value(77, wire{}.uint(0)), gobs.ErrOtherType, "an undefined type"},
		"undefined element":       {new([]int), append(defineSlice(65, 99), value(65, wire{}.uint(0))...), gobs.ErrOtherType, "an undefined type"},
		"lowest type number":      {new([]int), wire{}.message(wire{}.int(math.MinInt64)), gobs.ErrDamaged, "defined twice"},
		"many fields":             {new(pair), wire{}.message(wire{}.int(-65).uint(3, 2, 1<<40)), gobs.ErrDamaged, "fields"},
		"field twice":             {new(pair), append(defineStruct(65, "", "A", wireFloat, "B", wireFloat, "A", wireFloat), wire{}.message(wire{}.int(65).uint(0))...), gobs.ErrOtherType, `"A"`},
		"field without a name":    {new(pair), append(defineStruct(65, "", "A", wireFloat, "", wireFloat), wire{}.message(wire{}.int(65).uint(0))...), gobs.ErrOtherType, "a field"},
		"missing field":           {new(pair), append(defineStruct(65, "", "A", wireFloat), wire{}.message(wire{}.int(65).uint(0))...), gobs.ErrOtherType, "has a field B, which the file has not"},
		"field number":            {new(pair), append(defineStruct(65, "", "A", wireFloat, "B", wireFloat), wire{}.message(wire{}.int(65).uint(3, 1, 0))...), gobs.ErrDamaged, "a field that"},
		"field number, overflow":  {new(pair), append(defineStruct(65, "", "A", wireFloat, "B", wireFloat), wire{}.message(wire{}.int(65).uint(1, 1, math.MaxUint64, 1, 0))...), gobs.ErrDamaged, "a field that"},
		"array left out":          {new([]struct{ A [4]int }), append(append(append(defineSlice(65, 66), defineStruct(66, "", "A", 67)...), defineArray(67, wireInt, 4)...), value(65, wire{}.uint(1).repeat(20, 0))...), gobs.ErrDamaged, "never leaves out"},
		"two kinds of type":       {new(pair), wire{}.message(wire{}.int(-65).uint(1, 0, 1, 0, 0)), gobs.ErrDamaged, "both"},
		"no kind of type":         {new(pair), wire{}.message(wire{}.int(-65).uint(0)), gobs.ErrDamaged, "empty type definition"},
		"short definition":        {new([]int), wire{}.message(defineSlice(65, wireInt)[1:].raw(0)), gobs.ErrDamaged, "another length than its message"},
		"short value":             {new(int), wire{}.message(wire{}.int(wireInt).uint(0).int(5).raw(0)), gobs.ErrDamaged, "another length than its message"},
		"bytes behind":            {new(int), value(wireInt, wire{}.int(5)).raw(1), gobs.ErrDamaged, "1 bytes behind"},
		"a second value":          {new(int), append(value(wireInt, wire{}.int(5)), value(wireInt, wire{}.int(5))...), gobs.ErrDamaged, "behind the value"},
		"bool of 2":               {new(bool), value(wireBool, wire{}.uint(2)), gobs.ErrDamaged, "a bool of 2"},
		"int too large":           {new(int8), value(wireInt, wire{}.int(128)), gobs.ErrOtherType, "does not fit int8"},
		"uint too large":          {new(uint16), value(wireUint, wire{}.uint(1<<16)), gobs.ErrOtherType, "does not fit uint16"},
		"float too exact":         {new(float32), value(wireFloat, wire{}.uint(bits.ReverseBytes64(math.Float64bits(0.1)))), gobs.ErrOtherType, "0.1 does not fit float32"},
		"complex too large":       {new(complex64), value(wireComplex, wire{}.uint(0, bits.ReverseBytes64(math.Float64bits(1e300)))), gobs.ErrOtherType, "does not fit complex64"},
		"not a struct, a field":   {new(int), wire{}.message(wire{}.int(wireInt).uint(1).int(5)), gobs.ErrDamaged, "starts with a field"},
		"string for int":          {new(int), value(wireString, wire{}.string("x")), gobs.ErrOtherType, "a string where the type has int"},
		"concrete for any":        {new(any), value(wireInt, wire{}.int(1)), gobs.ErrOtherType, "an int where the type has interface"},
		"unknown name":            {new(any), value(wireAny, wire{}.string("no/such.Type").int(wireInt).message(wire{}.uint(0, 2))), nil, "call gob.Register"},
		"endless name":            {new(any), value(wireAny, wire{}.string(strings.Repeat("x", 100_000)).int(wireInt).message(wire{}.uint(0, 2))), nil, "name too long"},
		"name of another":         {new(any), value(wireAny, wire{}.string("string").int(wireInt).message(wire{}.uint(0, 2))), nil, "string"},
		"wrong interface":         {new(shape), value(wireAny, wire{}.string("int").int(wireInt).message(wire{}.uint(0, 2))), gobs.ErrOtherType, "which is no gobs_test.shape"},
		"wrong length in any":     {new(any), value(wireAny, wire{}.string("int").int(wireInt).message(wire{}.uint(0, 2, 0))), gobs.ErrDamaged, "another length"},
		"key that cannot be one":  {new(map[any]int), append(append(defineMap(65, wireAny, wireInt), defineSlice(66, wireInt)...), value(65, wire{}.uint(1).string("[]int").int(66).message(wire{}.uint(0, 1, 2)).int(1))...), gobs.ErrDamaged, "cannot be a key"},
		"time of nonsense":        {new(time.Time), append(wire{}.message(wire{}.int(-65).uint(5, 1, 2).int(65).uint(0, 0, 0)), value(65, wire{}.string("abc"))...), gobs.ErrDamaged, "GobDecode of time.Time"},
		"big.Int of nonsense":     {new(big.Int), append(wire{}.message(wire{}.int(-65).uint(5, 1, 2).int(65).uint(0, 0, 0)), value(65, wire{}.string("\xff"))...), gobs.ErrDamaged, "GobDecode of big.Int"},
		"panic while reading":     {new(panics), append(wire{}.message(wire{}.int(-65).uint(5, 1, 2).int(65).uint(0, 0, 0)), value(65, wire{}.string("read"))...), gobs.ErrDamaged, "panics: cannot read"},
		"index out of range":      {new(stubborn), append(wire{}.message(wire{}.int(-65).uint(6, 1, 2).int(65).uint(0, 0, 0)), value(65, wire{}.string(""))...), gobs.ErrDamaged, "panics: runtime error"},
		"panic in an interface":   {new(any), append(wire{}.message(wire{}.int(-65).uint(5, 1, 2).int(65).uint(0, 0, 0)), value(wireAny, wire{}.string("trap").int(65).message(wire{}.uint(0, 0)))...), nil, "panics: snap"},
		"endless arrays":          {new([][1 << 30][1 << 30][1 << 30]struct{}), append(slices.Concat(defineSlice(65, 66), defineArray(66, 67, 1<<30), defineArray(67, 68, 1<<30), defineArray(68, 69, 1<<30), defineStruct(69, "")), value(65, wire{}.uint(1, 1<<30).repeat(50, 0))...), gobs.ErrDamaged, "a count of 1 where"},
		"endless fields":          {new([]endless), append(slices.Concat(defineSlice(65, 66), defineStruct(66, "", "A", 67, "B", 67), defineArray(67, 68, 1<<30), defineArray(68, 69, 1<<30), defineStruct(69, "")), value(65, wire{}.uint(1).repeat(50, 0))...), gobs.ErrDamaged, "a count of 1 where"},
		"newer version":           {new(int), append(defineStruct(64, "dataelab/gobs 2", "int", wireString, "", wireString), value(wireInt, wire{}.int(5))...), gobs.ErrDamaged, `version "2"`},
		"header without fields":   {new(int), append(defineStruct(64, "dataelab/gobs 1"), value(wireInt, wire{}.int(5))...), gobs.ErrDamaged, "a header of 0 fields"},
		"notes that end":          {new(int), headed("int", "\x80"), gobs.ErrDamaged, "notes"},
		"notes without value":     {new(int), headed("int", "\x01"), gobs.ErrDamaged, "notes"},
		"notes beyond the slots":  {new(int), headed("int", "\x04"), gobs.ErrDamaged, "notes"},
		"notes that overflow":     {new(int), headed("int", strings.Repeat("\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01", 5)), gobs.ErrDamaged, "notes"},
		"note of another kind":    {new(int), headed("int", "\x00"), gobs.ErrDamaged, "notes"},
		"nil int":                 {new(int), headed("int", "\x01\x01"), gobs.ErrOtherType, "a nil pointer"},
		"nil with a value":        {new(*int), headed("int", "\x01\x01"), gobs.ErrDamaged, "nil pointer with a value"},
		"text of another type":    {new(int), headed("int32", ""), gobs.ErrOtherType, `the file has "int32" where the type has "int"`},
	}
}

type endless struct{ A, B [1 << 30][1 << 30]struct{} }

func init() { gob.RegisterName("trap", trap{}) }

type chainNode struct{ Next *chainNode }

// headed is a file with a header and the number 5.
func headed(text, notes string) wire {
	return append(defineStruct64(text, notes), value(wireInt, wire{}.int(5))...)
}

// defineStruct64 writes a header, whose names may be empty.
func defineStruct64(names ...string) wire {
	w := wire{}.int(-64).uint(3, 1, 1).string("dataelab/gobs 1").uint(1).int(64).uint(0, 1, uint64(len(names)))
	for _, n := range names {
		if n == "" {
			w = w.uint(2)
		} else {
			w = w.uint(1).string(n).uint(1)
		}
		w = w.int(wireString).uint(0)
	}
	return wire{}.message(w.uint(0, 0))
}

// deepAnyFile nests slices and interfaces.
func deepAnyFile(depth int) wire {
	body := wire{}.uint(0)
	for range depth {
		inside := wire{}.uint(0, 1)
		inside = append(inside, body...)
		body = wire{}.string("[]interface {}").int(65).message(inside)
		if len(body) > 1<<16 {
			break // long enough; the lengths make it quadratic
		}
	}
	for len(body) < 1<<19 { // the rest claims lengths that are too long, which is seen too late
		chunk := wire{}
		for range 100 {
			chunk = chunk.string("[]interface {}").int(65).uint(3).uint(0, 1)
		}
		body = append(chunk, body...)
	}
	return append(defineSlice(65, wireAny), value(wireAny, body)...)
}

func TestHostile(t *testing.T) {
	files := hostileFiles()
	for name, c := range files {
		t.Run(name, func(t *testing.T) {
			dst := reflect.New(reflect.TypeOf(c.dst).Elem()).Interface()
			var err error
			used := memoryOf(func() { err = gobs.Decode(bytes.NewReader(c.file), int64(len(c.file)), dst) })
			if err == nil {
				t.Fatalf("read as %v", reflect.ValueOf(dst).Elem())
			}
			if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v\nwant %v: %q", err, c.want, c.says)
			}
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
			if limit := uint64(64*len(c.file) + 1<<20); used > limit {
				t.Errorf("took %d bytes for a file of %d", used, len(c.file))
			}
			if d := difference(reflect.Zero(reflect.TypeOf(dst).Elem()), reflect.ValueOf(dst).Elem(), "dst"); d != "" {
				t.Errorf("dst has changed: %s", d)
			}
		})
	}
}

// memoryOf is how much memory f asks for, all in all.
func memoryOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestTruncated cuts files at every byte.
func TestTruncated(t *testing.T) {
	for name, v := range zoo {
		file := encode(t, v)
		if len(file) > 10_000 {
			continue
		}
		for n := range len(file) {
			if got, err := decodeAs(reflect.TypeOf(v).Elem(), file[:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(file), got)
			}
		}
		for _, extra := range [][]byte{{0}, {1}, file} {
			if got, err := decodeAs(reflect.TypeOf(v).Elem(), slices.Concat(file, extra)); !errors.Is(err, gobs.ErrDamaged) {
				t.Errorf("%s with %d bytes more: %v, %v", name, len(extra), got, err)
			}
		}
	}
}

// TestFlipped flips each bit of files. The digest of a file, which others check,
// would tell; here it is an error or another value, and never a panic.
func TestFlipped(t *testing.T) {
	for name, v := range zoo {
		file := encode(t, v)
		if len(file) > 1000 {
			continue
		}
		typ := reflect.TypeOf(v).Elem()
		flips, noticed := 0, 0
		used := memoryOf(func() {
			for i := range file {
				for _, bit := range exhaustive.Bits(i) {
					file[i] ^= 1 << bit
					if _, err := decodeAs(typ, file); err != nil {
						noticed++
					}
					file[i] ^= 1 << bit
					flips++
				}
			}
		})
		if noticed < flips/8 {
			t.Errorf("%s: only %d of %d flipped bits were noticed", name, noticed, flips)
		}
		// What the tests themselves take is counted too.
		if mean := used / uint64(flips); mean > uint64(100*len(file)+1<<17) {
			t.Errorf("%s: %d bytes of memory for a file of %d", name, mean, len(file))
		}
	}
}

// TestSize passes sizes that are not those of the file.
func TestSize(t *testing.T) {
	file := encode(t, []string{"a", "b"})
	for _, size := range []int64{-1, 0, 1, int64(len(file)) - 1, int64(len(file)) + 1, 1 << 40, math.MaxInt64} {
		var dst []string
		var err error
		used := memoryOf(func() { err = gobs.Decode(bytes.NewReader(file), size, &dst) })
		if !errors.Is(err, gobs.ErrDamaged) {
			t.Errorf("size %d of %d: %v", size, len(file), err)
		}
		if used > 11<<20 {
			t.Errorf("size %d: took %d bytes", size, used)
		}
	}
	broken := errors.New("disk on fire")
	if err := gobs.Decode(brokenReader{broken}, 10, new(int)); !errors.Is(err, broken) || errors.Is(err, gobs.ErrDamaged) {
		t.Errorf("a reader that fails: %v", err)
	}
	if err := gobs.Encode(brokenWriter{broken}, 1); !errors.Is(err, broken) || errors.Is(err, gobs.ErrValue) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
