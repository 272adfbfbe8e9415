package parquet_test

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestLZ4 reads pages of LZ4 as pyarrow and DuckDB write them, random and repetitive ones.
func TestLZ4(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, os, numpy as np, pyarrow as pa, pyarrow.parquet as pq, duckdb
r = np.random.default_rng(5)
n = 20000
frame = pa.table({"x": r.normal(size=n), "i": np.arange(n), "k": np.full(n, 7), "s": ["w" * (k % 300) + str(k % 77) for k in range(n)],
    "l": [None if k % 7 == 0 else list(range(k % 5)) for k in range(n)]})
for version in ["1.0", "2.0"]:
    for codec in ["none", "lz4"]:
        pq.write_table(frame, os.path.join(sys.argv[1], codec + version + ".parquet"), compression=codec, data_page_version=version, row_group_size=7000, use_dictionary=["k"])
duckdb.sql(f"copy (from frame) to '{sys.argv[1]}/lz4duckdb.parquet' (format parquet, codec 'lz4_raw')")
`, dir)
	type row struct {
		X float64 `parquet:"x"`
		I int64   `parquet:"i"`
		K int64   `parquet:"k"`
		S string  `parquet:"s"`
		L []int64 `parquet:"l"`
	}
	want, err := parquet.Load[[]row](filepath.Join(dir, "none1.0.parquet"))
	if err != nil || len(want) != 20_000 {
		t.Fatal(len(want), err)
	}
	for _, name := range []string{"none2.0", "lz41.0", "lz42.0", "lz4duckdb"} {
		got, err := parquet.Load[[]row](filepath.Join(dir, name+".parquet"))
		if err != nil || !same(t, got, want) {
			t.Errorf("%s: %d rows, %v", name, len(got), err)
		}
	}
}

// Blocks of LZ4 that become the numbers 1, 1, 1 and 2 of 8 bytes. A token has the length of
// what stands there and, less four, of what is repeated.
var (
	lz4Ones = []byte{0x8c, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0} // 8 bytes, then 16 from 8 bytes before
	lz4Two  = []byte{0x80, 2, 0, 0, 0, 0, 0, 0, 0}
	lz4Both = slices.Concat(lz4Ones, lz4Two)
)

// lz4OnesEnded is lz4Ones as a block of its own, which ends in bytes that stand there.
var lz4OnesEnded = []byte{0x84, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0}

// TestHadoopLZ4 reads the codec LZ4 as Hadoop and as the first C++ programs wrote it.
func TestHadoopLZ4(t *testing.T) {
	length := func(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
	one := func(plain int, blocks ...[]byte) []byte {
		out := length(plain)
		for _, b := range blocks {
			out = append(append(out, length(len(b))...), b...)
		}
		return out
	}
	for _, test := range []struct {
		name   string
		codec  int
		stored []byte
		ok     bool
	}{
		{"one block", 5, one(32, lz4Both), true},
		{"two blocks", 5, slices.Concat(one(24, lz4OnesEnded), one(8, lz4Two)), true},
		{"two blocks under one length", 5, one(32, lz4OnesEnded, lz4Two), true},
		{"without lengths", 5, lz4Both, true},
		{"raw", 7, lz4Both, true},
		{"raw, of Hadoop", 7, one(32, lz4Both), false},
		{"cut short", 5, one(32, lz4Both)[:15], false},
		{"too long", 5, one(40, lz4Both), false},
		{"a length of 4 GiB", 5, slices.Concat(length(32), length(-1), lz4Both), false},
		{"LZO", 3, lz4Both, false},
	} {
		file := madeFile(madeColumn{element: madeElement("a", 2), physical: 2, codec: test.codec, values: 4, plain: 32, stored: test.stored})
		var got parquet.Columns
		err := codecs[0].decodeError(file, &got)
		if test.ok && (err != nil || !slices.Equal(got["a"].([]int64), []int64{1, 1, 1, 2})) || !test.ok && err == nil {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
		if !test.ok && !strings.Contains(err.Error(), `column "a"`) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
