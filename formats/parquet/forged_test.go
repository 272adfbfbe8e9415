package parquet_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

// allocated returns how many bytes f takes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A Feather file of a kilobyte says how wide its values are; one such took 42 GB.
func TestForgedWidth(t *testing.T) {
	const width, forged, rows = 1027, 1<<26 - 3, 5
	b := array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, &arrow.FixedSizeBinaryType{ByteWidth: width})
	for i := range rows {
		if i == 2 {
			b.AppendNull()
			continue
		}
		b.Append(bytes.Repeat([]byte{byte(i)}, width))
	}
	values := b.NewArray()
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: values.DataType(), Nullable: true}}, nil)
	out, err := os.Create(filepath.Join(t.TempDir(), "a.feather"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(array.NewRecord(schema, []arrow.Array{values}, rows)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	// In the schema before the records and in that of the footer.
	was, is := binary.LittleEndian.AppendUint32(nil, width), binary.LittleEndian.AppendUint32(nil, forged)
	if n := bytes.Count(file, was); n != 2 {
		t.Fatalf("the width stands in %d places", n)
	}
	for _, dst := range destinations()[1:] {
		if err := codecs[1].decodeError(file, dst); err != nil {
			t.Errorf("%T: before it is forged: %v", dst, err)
		}
	}
	type row struct {
		A []byte `parquet:"a"`
	}
	for _, dst := range append(destinations(), new([]row)) {
		var err error
		taken := allocated(func() { err = codecs[1].decodeError(bytes.ReplaceAll(file, was, is), dst) })
		if err == nil || taken > 16<<20 {
			t.Errorf("%T: allocated %d, %v", dst, taken, err)
		}
	}
}

// zeros is a text that compresses to almost nothing.
func zeros(n int) string { return string(make([]byte, n)) }

// A page that becomes more than 64 MiB and 4096 times the file is refused before it is
// decompressed; a shorter one, which compresses as well, is read.
func TestPageThatBecomesTooMuch(t *testing.T) {
	type row struct {
		A string `parquet:"a"`
	}
	for size, refused := range map[int]bool{16 << 20: false, 80 << 20: true} {
		file := codecs[0].encoded(t, []row{{zeros(size)}}, parquet.Options{Compression: "brotli", Level: 3})
		if len(file) > 3<<10 {
			t.Fatalf("%d bytes make a file of %d", size, len(file))
		}
		var rows []row
		var err error
		taken := allocated(func() { err = codecs[0].decodeError(file, &rows) })
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), "a page that claims to become") || taken > 16<<20):
			t.Errorf("%d bytes out of %d: %d rows, allocated %d, %v", size, len(file), len(rows), taken, err)
		case !refused && (err != nil || len(rows) != 1 || len(rows[0].A) != size):
			t.Errorf("%d bytes out of %d: %d rows, %v", size, len(file), len(rows), err)
		}
	}
}
