package parquet_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestPageChecksums changes each byte of the pages of files that have checksums: no value
// comes back changed, in any target.
func TestPageChecksums(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, os, pyarrow as pa, pyarrow.parquet as pq
table = pa.table({"x": pa.array([1.5, None, 3.25]), "s": ["a", "b", "a"], "l": [[1, 2], None, [3]]})
for version in ["1.0", "2.0"]:
    for codec in ["none", "snappy", "zstd"]:
        pq.write_table(table, os.path.join(sys.argv[1], version + codec + ".parquet"), data_page_version=version, compression=codec,
            write_page_checksum=True, use_dictionary=["s"], write_statistics=False, store_schema=False)
`, dir)
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(paths) != 6 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want parquet.Columns
		if err := codecs[0].decodeError(file, &want); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		caught := 0
		for i := 4; i < pagesEnd(file); i++ {
			bad := bytes.Clone(file)
			bad[i] ^= 1
			var got parquet.Columns
			err := codecs[0].decodeError(bad, &got)
			if err == nil && !same(t, got, want) {
				t.Fatalf("%s: byte %d was changed, and another value came back", path, i)
			}
			if err != nil && strings.Contains(err.Error(), "checksum") {
				caught++
				var format *parquet.FormatError
				if !errors.As(err, &format) || format.Column == "" || format.Offset < 4 {
					t.Fatalf("%s: the error does not say where: %v", path, err)
				}
				if err := codecs[0].decodeError(bad, new(arrow.Table)); err == nil {
					t.Fatalf("%s: byte %d was changed, and an Arrow table comes back", path, i)
				}
			}
		}
		if caught < 20 {
			t.Errorf("%s: only %d changes were found by their checksums", path, caught)
		}
	}
}

// pagesEnd is where the metadata begins.
func pagesEnd(file []byte) int {
	n := len(file)
	return n - 8 - int(uint32(file[n-8])|uint32(file[n-7])<<8|uint32(file[n-6])<<16|uint32(file[n-5])<<24)
}
