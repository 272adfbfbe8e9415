package npz_test

import (
	"archive/zip"
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

func deref(dst any) any { return reflect.ValueOf(dst).Elem().Interface() }

// A sparse file keeps what is not zero: here, all but one large array of zeros.
// It also is what a test reads back.
type sparse struct {
	size   int64
	chunks []chunk
}

type chunk struct {
	at   int64
	data []byte
}

func (s *sparse) Write(p []byte) (int, error) {
	if len(p) < 1<<20 || len(bytes.TrimLeft(p[:1<<20], "\x00")) > 0 {
		s.chunks = append(s.chunks, chunk{s.size, bytes.Clone(p)})
	}
	s.size += int64(len(p))
	return len(p), nil
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(s.size-off, 0)))
	clear(p[:n])
	for _, c := range s.chunks {
		switch from := c.at - off; {
		case from >= int64(n) || from+int64(len(c.data)) <= 0:
		case from >= 0:
			copy(p[from:n], c.data)
		default:
			copy(p[:n], c.data[-from:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// save makes a real file of it, with a hole where the zeros are.
func (s *sparse) save(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range s.chunks {
		if _, err := f.WriteAt(c.data, c.at); err != nil {
			tb.Fatal(err)
		}
	}
	if err := f.Truncate(s.size); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}

// TestZip64 writes and reads an array of 4 GiB, which takes neither disk nor
// memory: its rows are one row, and the file is a hole.
func TestZip64(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("an array of this length needs a 64-bit int")
	}
	row := make([]float64, 1<<22)
	rows := make([][]float64, 129) // 129 times 32 MiB
	for i := range rows {
		rows[i] = row
	}
	file := new(sparse)
	w := npz.NewWriter(file)
	for _, err := range []error{w.Write("before", []int8{1}), w.Write("large", rows), w.Write("after", []int8{2}), w.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if file.size < 129<<25 {
		t.Fatalf("a file of %d bytes", file.size)
	}

	z, err := zip.NewReader(file, file.size)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if at, err := f.DataOffset(); err != nil || at%64 != 0 {
			t.Errorf("%s: at byte %d, %v", f.Name, at, err)
		}
	}
	r, err := npz.NewReader(file, file.size)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := r.Header("large"); err != nil || h.Shape[0] != len(rows) || h.Shape[1] != len(row) {
		t.Errorf("%+v, %v", h, err)
	}
	var after []int8
	if err := r.Read("after", &after); err != nil || len(after) != 1 || after[0] != 2 {
		t.Errorf("%v, %v", after, err)
	}
	// Not of this type, which is seen before memory is taken.
	if err := r.Read("large", new(npy.Array[int8])); err == nil {
		t.Error("floats were read as bytes")
	}

	py := pythontest.Find(t)
	path := filepath.Join(t.TempDir(), "large.npz")
	file.save(t, path)
	const check = `
import sys, zipfile, numpy as np
with np.load(sys.argv[1]) as f:
    assert f.files == ["before", "large", "after"], f.files
    print(f["before"], f["after"])
with zipfile.ZipFile(sys.argv[1]) as z, z.open("large.npy") as f:
    version = np.lib.format.read_magic(f)
    print(np.lib.format.read_array_header_1_0(f)[0], z.getinfo("large.npy").file_size)
`
	if got, want := py.Run(t, check, path), "[1] [2]\n(129, 4194304) 4328521856"; got != want {
		t.Errorf("Python says %q, want %q", got, want)
	}
}
