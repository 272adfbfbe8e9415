package parquet_test

import (
	"embed"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

// bombs are files that each have one column, a:
//
//	list   a list of 2^28 elements, as runs
//	dict   one row, and a dictionary of 2^26 empty texts
//	bytes  1000 rows, all of them one entry of 1 MiB
//	flba   the same of fixed width
//	nulls  4 pages of 2^31-1 missing values
//	delta  4 pages of one text, each with a header that claims 2^31-1
//
//go:embed testdata/bombs
var bombs embed.FS

// TestBombs reads tiny files that claim to become gigabytes.
func TestBombs(t *testing.T) {
	for _, name := range []string{"list", "dict", "bytes", "flba", "nulls", "delta"} {
		file, err := bombs.ReadFile("testdata/bombs/" + name + ".parquet")
		if err != nil {
			t.Fatal(err)
		}
		type bytesRow struct {
			A []byte `parquet:"a"`
		}
		dsts := []any{new(parquet.Columns), new(arrow.Table)}
		if name == "bytes" || name == "flba" {
			dsts = append(dsts, new([]bytesRow))
		}
		for _, dst := range dsts {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err := codecs[0].decodeError(file, dst)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
				t.Errorf("%s: %T: allocated %d (%v)", name, dst, n, err)
			}
			if took > 2*time.Minute {
				t.Errorf("%s: %T: %v", name, dst, took)
			}
			var format *parquet.FormatError
			text := "a bomb?"
			if name == "delta" {
				text = "differences in a page of"
			}
			if !errors.As(err, &format) || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %T: %v", name, dst, err)
			} else if format.Column != "a" && name != "nulls" {
				t.Errorf("%s: %T: no column: %v", name, dst, err)
			}
		}
	}
}
