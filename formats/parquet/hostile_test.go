package parquet_test

import (
	"bytes"
	"embed"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// small is a row whose files are short, and yet have all there is.
type small struct {
	I  int16
	S  string `parquet:",dict"`
	P  *float64
	L  []string
	T  time.Time
	OK bool
}

func smallRows() []small {
	return []small{{1, "x", to(1.5), []string{"a", ""}, time.Unix(1, 0).UTC(), true}, {2, "", nil, nil, time.Time{}, false}, {3, "x", to(0.0), []string{}, time.Time{}, true}}
}

func destinations() []any {
	return []any{new([]small), new(parquet.Columns), new(arrow.Table), new(arrow.Record)}
}

// decodeAll reads a file into everything. It may fail, but not panic, and
// what it accepts can be written and read again.
func decodeAll(tb testing.TB, c codec, file []byte) {
	tb.Helper()
	for _, dst := range destinations() {
		if c.decodeError(file, dst) != nil {
			continue
		}
		v := reflect.ValueOf(dst).Elem()
		var buf bytes.Buffer
		if err := c.encode(&buf, v.Interface(), parquet.Options{Compression: "none"}); err != nil {
			if !isValue(err) { // such as text that is not UTF-8
				tb.Fatalf("%s: %T: what was read cannot be written: %v", c.name, dst, err)
			}
			continue
		}
		back := reflect.New(v.Type())
		if err := c.decodeError(buf.Bytes(), back.Interface()); err != nil {
			tb.Fatalf("%s: %T: what was written cannot be read: %v", c.name, dst, err)
		}
	}
}

func TestEveryTruncation(t *testing.T) {
	for _, c := range codecs {
		for _, compression := range []string{"none", "zstd"} {
			file := c.encoded(t, smallRows(), parquet.Options{Compression: compression, RowGroup: 2})
			for n := range len(file) {
				if err := c.decodeError(file[:n], new([]small)); err == nil {
					t.Fatalf("%s: the first %d of %d bytes are accepted", c.name, n, len(file))
				}
			}
		}
	}
}

// TestFlippedBits flips bits all over the file.
func TestFlippedBits(t *testing.T) {
	for _, c := range codecs {
		for _, compression := range []string{"none", "zstd", "snappy", "gzip", "brotli"} {
			if c.name == "feather" && compression != "none" && compression != "zstd" {
				continue
			}
			file := c.encoded(t, smallRows(), parquet.Options{Compression: compression, RowGroup: 2})
			step := exhaustive.N(211, 3) // coprime to the bits of a byte
			if compression != "none" {
				step = exhaustive.N(661, 29)
			}
			for i := 0; i < 8*len(file); i += step {
				bad := bytes.Clone(file)
				bad[i/8] ^= 1 << (i % 8)
				decodeAll(t, c, bad)
			}
		}
	}
}

// nested are files of pyarrow with what this package does not write; testdata/python/make_nested_golden.py makes
// them.
//
//go:embed testdata/nested
var nested embed.FS

func nestedFiles(tb testing.TB) [][]byte {
	tb.Helper()
	var files [][]byte
	for _, name := range []string{"plain", "lz4", "sums"} {
		file, err := nested.ReadFile("testdata/nested/" + name + ".parquet")
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestNestedGolden reads structures, maps, lists in lists and decimals, and flips bits in them.
func TestNestedGolden(t *testing.T) {
	want := parquet.Columns{
		"decimal": []*string{to("1.50"), nil, to("-2.25")}, "deep": [][][]*int64{{{to(int64(1))}, nil, {}}, nil, {}},
		"map.key": [][]string{{"a", "b"}, nil, {}}, "map.value": [][]*int32{{to(int32(1)), nil}, nil, {}},
		"hits.x": [][]*float64{{to(1.5), nil}, {}, nil}, "hits.l": [][][]*int8{{{to(int8(1)), to(int8(2))}, nil}, {}, nil},
	}
	for i, file := range nestedFiles(t) {
		var got parquet.Columns
		if err := codecs[0].decodeError(file, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("file %d: %v, %v", i, got, err)
		}
		step := exhaustive.N(661, 31)
		for at := 0; at < 8*len(file); at += step {
			bad := bytes.Clone(file)
			bad[at/8] ^= 1 << (at % 8)
			decodeAll(t, codecs[0], bad)
		}
	}
}

// TestMemoryBound counts what forged files make a reader allocate.
func TestMemoryBound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	numbers := [][]byte{}
	for _, x := range []uint64{1 << 30, 1<<31 - 1, 1<<32 - 1, 1 << 40, 1<<62 - 1, 1<<63 - 1} {
		numbers = append(numbers, binary.AppendVarint(nil, int64(x)), binary.LittleEndian.AppendUint64(nil, x), binary.LittleEndian.AppendUint32(nil, uint32(x)))
	}
	for _, c := range codecs {
		for _, compression := range []string{"none", "zstd"} {
			file := c.encoded(t, smallRows(), parquet.Options{Compression: compression})
			for range exhaustive.N(50, 500) {
				bad := bytes.Clone(file)
				for range 1 + r.IntN(2) {
					copy(bad[r.IntN(len(bad)):], numbers[r.IntN(len(numbers))])
				}
				for _, dst := range []any{new([]small), new(arrow.Table)} {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					err := c.decodeError(bad, dst)
					runtime.ReadMemStats(&after)
					if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(64<<20); took > limit {
						t.Fatalf("%s %s: %T: allocated %d (%v) for\n%q", c.name, compression, dst, took, err, bad)
					}
				}
			}
		}
	}
}

// TestConstant reads honest files that become much longer than they are.
func TestConstant(t *testing.T) {
	type row struct {
		X float64
		S string `parquet:",dict"`
	}
	rows := make([]row, exhaustive.N(500_000, 2_000_000))
	for _, c := range codecs {
		file := c.encoded(t, rows)
		var back []row
		if err := c.decodeError(file, &back); err != nil || !reflect.DeepEqual(back, rows) {
			t.Errorf("%s: %d rows of %d bytes: %v", c.name, len(back), len(file), err)
		}
	}
}

func FuzzParquet(f *testing.F) { fuzz(f, codecs[0]) }
func FuzzFeather(f *testing.F) { fuzz(f, codecs[1]) }

func fuzz(f *testing.F, c codec) {
	f.Helper()
	for _, compression := range []string{"none", "zstd"} {
		f.Add(c.encoded(f, smallRows(), parquet.Options{Compression: compression}))
		f.Add(c.encoded(f, []Pose{{}}, parquet.Options{Compression: compression}))
	}
	if c.name == "parquet" {
		for _, file := range nestedFiles(f) {
			f.Add(file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) { decodeAll(t, c, file) })
}

// failing fails at the write number n.
type failing struct{ n int }

func (f *failing) Write(b []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// TestEveryWriteFails makes each write to the file fail in turn.
func TestEveryWriteFails(t *testing.T) {
	for _, c := range codecs {
		n := 0
		for ; ; n++ {
			if err := c.encode(&failing{n}, smallRows(), parquet.Options{RowGroup: 1}); err == nil {
				break
			}
		}
		if n < 5 {
			t.Errorf("%s: only %d writes could fail", c.name, n)
		}
	}
}
