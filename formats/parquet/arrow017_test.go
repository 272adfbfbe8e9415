package parquet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestCompressionOfArrow017 reads files as Arrow 0.17 wrote them, in 2020: what compresses
// the buffers is named in the metadata of each message, and nowhere else.
func TestCompressionOfArrow017(t *testing.T) {
	dir := t.TempDir()
	// Files of today, from which the codec that stands in the record batch is taken away.
	pythontest.Find(t).Run(t, `
import sys, os, struct, pyarrow as pa, pyarrow.feather as pf
def without_codec(path):
    data = bytearray(open(path, "rb").read())
    u32 = lambda at: struct.unpack_from("<I", data, at)[0]
    table = lambda at: at + u32(at)
    def field(t, i):
        vtable = t - struct.unpack_from("<i", data, t)[0]
        at = vtable + 4 + 2 * i
        return at, t + struct.unpack_from("<H", data, at)[0]
    footer = table(len(data) - 10 - u32(len(data) - 10))
    for blocks in 2, 3:
        vector = table(field(footer, blocks)[1])
        for k in range(u32(vector)):
            block = struct.unpack_from("<Q", data, vector + 4 + 24 * k)[0]
            message = table(block + 8)
            batch = table(field(message, 2)[1])
            if blocks == 2:
                batch = table(field(batch, 1)[1])
            codec = field(batch, 3)[0]
            assert struct.unpack_from("<H", data, codec)[0] > 0
            struct.pack_into("<H", data, codec, 0)
    open(path, "wb").write(data)

table = pa.table({"x": [0.5 * i for i in range(1000)], "n": pa.array([None if i % 3 == 0 else i for i in range(1000)], pa.int32()), "s": [f"row {i}" for i in range(1000)]})
for codec, name in ("lz4", "LZ4"), ("zstd", "ZSTD"), ("lz4", "BROTLI"):
    path = os.path.join(sys.argv[1], name + ".feather")
    options = pa.ipc.IpcWriteOptions(compression=codec, metadata_version=pa.ipc.MetadataVersion.V4)
    with pa.ipc.new_file(path, table.schema, options=options) as w:
        for batch in table.to_batches(max_chunksize=400):
            w.write_batch(batch, custom_metadata={"ARROW:experimental_compression": name})
    without_codec(path)
    if name != "BROTLI":
        assert pf.read_table(path).equals(table), name
# The one that pyarrow itself keeps, of 0.17.0.
import pyarrow
kept = os.path.join(os.path.dirname(pyarrow.__file__), "tests", "data", "feather", "v0.17.0.version.2-compression.lz4.feather")
if os.path.exists(kept):
    pf.write_feather(pf.read_table(kept), os.path.join(sys.argv[1], "was.feather"))
    open(os.path.join(sys.argv[1], "kept.feather"), "wb").write(open(kept, "rb").read())
`, dir)
	type row struct {
		X *float64 `parquet:"x"`
		N *int32   `parquet:"n"`
		S *string  `parquet:"s"`
	}
	for _, name := range []string{"LZ4", "ZSTD"} {
		rows, err := parquet.LoadFeather[[]row](filepath.Join(dir, name+".feather"))
		if err != nil || len(rows) != 1000 || *rows[999].X != 499.5 || rows[999].N != nil || *rows[998].N != 998 || *rows[7].S != "row 7" {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	if _, err := parquet.LoadFeather[[]row](filepath.Join(dir, "BROTLI.feather")); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "BROTLI") {
		t.Errorf("an unknown codec: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "kept.feather")); err == nil {
		got, err := parquet.LoadFeather[parquet.Columns](filepath.Join(dir, "kept.feather"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := parquet.LoadFeather[parquet.Columns](filepath.Join(dir, "was.feather"))
		if err != nil || !same(t, got, want) || len(want) == 0 {
			t.Errorf("the file of 0.17.0: %v, want %v, %v", got, want, err)
		}
	}
}

// A buffer that becomes more or less than it claims is refused, and so is one that is too
// short for its values.
func TestLengthOfBuffers(t *testing.T) {
	dir := t.TempDir()
	pythontest.Find(t).Run(t, `
import sys, os, pyarrow as pa, pyarrow.feather as pf
for codec in "lz4", "zstd", "uncompressed":
    pf.write_feather(pa.table({"x": pa.array([7] * 1000, pa.int64())}), os.path.join(sys.argv[1], codec), compression=codec)
`, dir)
	type row struct {
		X *int64 `parquet:"x"`
	}
	for _, name := range []string{"lz4", "zstd", "uncompressed"} {
		file, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := codecs[1].decodeError(file, new([]row)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		claim := binary.LittleEndian.AppendUint64(nil, 8000)
		sizes := []uint64{0, 7992, 7999, 8001, 8008, 1 << 40, 1<<64 - 2}
		if name == "uncompressed" {
			// No bits, then the values: places and lengths of both. The body is just as long.
			claim = append(make([]byte, 24), claim...)
		}
		at := bytes.Index(file, claim) + len(claim) - 8
		if bytes.Count(file, claim) != 1 {
			t.Fatalf("%s: the length stands in %d places", name, bytes.Count(file, claim))
		}
		for _, size := range sizes {
			bad := bytes.Clone(file)
			binary.LittleEndian.PutUint64(bad[at:], size)
			for _, dst := range []any{new([]row), new(parquet.Columns), new(arrow.Table)} {
				if err := codecs[1].decodeError(bad, dst); err == nil {
					t.Errorf("%s: %T: 8000 bytes that claim to be %d are accepted", name, dst, size)
				}
			}
		}
	}
}
