package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// memoryFile is a file in memory, of which the calls from number failAt on fail.
type memoryFile struct {
	data   []byte
	at     int64
	calls  int
	failAt int // 0: never
}

func (f *memoryFile) fails() error {
	if f.calls++; f.failAt > 0 && f.calls >= f.failAt {
		return errDisk
	}
	return nil
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if err := f.fails(); err != nil {
		return 0, err
	}
	if grow := f.at + int64(len(p)) - int64(len(f.data)); grow > 0 {
		f.data = append(f.data, make([]byte, grow)...)
	}
	f.at += int64(copy(f.data[f.at:], p))
	return len(p), nil
}

func (f *memoryFile) Seek(offset int64, whence int) (int64, error) {
	if err := f.fails(); err != nil {
		return 0, err
	}
	switch whence {
	case io.SeekStart:
		f.at = offset
	case io.SeekCurrent:
		f.at += offset
	case io.SeekEnd:
		f.at = int64(len(f.data)) + offset
	}
	return f.at, nil
}

func (f *memoryFile) Sync() error { return f.fails() }

// TestWriterProperty writes an array in pieces of any length and expects the
// file that Encode makes of the whole.
func TestWriterProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 0, 3).Draw(t, "row shape")
		row := 1
		for _, n := range shape {
			row *= n
		}
		before := rapid.IntRange(0, 3).Draw(t, "bytes before")
		f := &memoryFile{data: make([]byte, before), at: int64(before)}
		w, err := npy.NewWriter[int16](f, shape...)
		if err != nil {
			t.Fatal(err)
		}
		all := npy.Array[int16]{Shape: append([]int{0}, shape...)}
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			n := rapid.IntRange(0, 20_000/row).Draw(t, "rows")
			piece := npy.NewArray[int16](append([]int{n}, shape...)...)
			for i := range piece.Data {
				piece.Data[i] = int16(7*i + len(all.Data))
			}
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				err = w.Write(piece.Data)
			case 1:
				err = w.WriteArray(piece)
			case 2:
				piece.Fortran = true
				err = w.WriteArray(piece)
				piece = piece.COrder()
			default:
				err = errors.Join(w.Write(piece.Data), w.Flush())
			}
			if err != nil {
				t.Fatal(err)
			}
			all.Data = append(all.Data, piece.Data...)
			all.Shape[0] += n
			if w.Rows() != all.Shape[0] {
				t.Fatalf("%d rows, want %d", w.Rows(), all.Shape[0])
			}
			if err := decodeError(f.data[before:], &npy.Array[int16]{}); err == nil {
				t.Fatal("an unfinished file is read")
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if _, err := npy.Encode(&want, all); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.data[before:], want.Bytes()) {
			t.Fatalf("shape %v: wrote %d bytes, Encode writes %d", all.Shape, len(f.data)-before, want.Len())
		}
	})
}

// TestWriterFailsAtEveryStep has the k-th call of the file fail, and all that come
// later: either Close says so and the file is refused, or the file is whole.
func TestWriterFailsAtEveryStep(t *testing.T) {
	data := benchData(200_000)
	want := encoded(t, rowsOf(data, 10))
	finished := false
	for k := 1; !finished; k++ {
		f := &memoryFile{failAt: k}
		err := func() error {
			w, err := npy.NewWriter[float64](f, 10)
			if err != nil {
				return err
			}
			writeErr := errors.Join(w.Write(data[:50]), w.Write(data[50:100_000]), w.Flush(), w.Write(data[100_000:]))
			err = w.Close()
			if writeErr != nil && !errors.Is(err, errDisk) {
				t.Errorf("failure %d: Close returns %v after %v", k, err, writeErr)
			}
			if again := w.Close(); (again == nil) != (err == nil) {
				t.Errorf("failure %d: Close again: %v after %v", k, again, err)
			}
			if w.Write(data[:10]) == nil || w.Flush() == nil {
				t.Errorf("failure %d: more rows after Close", k)
			}
			return err
		}()
		whole := bytes.Equal(f.data, want)
		switch readErr := decodeError(f.data, &npy.Array[float64]{}); {
		case err == nil:
			finished = true
			if !whole || f.at != int64(len(want)) {
				t.Errorf("no failure, and another file; at %d", f.at)
			}
		case !errors.Is(err, errDisk):
			t.Errorf("failure %d: %v", k, err)
		case readErr == nil && !whole:
			t.Errorf("failure %d leaves a wrong array", k)
		case k > 1000:
			t.Fatal("no end of failures")
		}
	}
}

func TestUnfinishedSaysSo(t *testing.T) {
	f := new(memoryFile)
	w, err := npy.NewWriter[float64](f, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]float64{nil, {1, 2}, {3, 4}} {
		if err := errors.Join(w.Write(rows), w.Flush()); err != nil {
			t.Fatal(err)
		}
		var bad *npy.FormatError
		err := decodeError(f.data, new([][]float64))
		if !errors.As(err, &bad) || bad.Field != "header" || !strings.Contains(err.Error(), "did not finish it") {
			t.Errorf("%v", err)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for _, shape := range [][]int{{0}, {-1}, {3, 0}, make([]int, 64), {math.MaxInt, 3}} {
		if len(shape) == 64 {
			for i := range shape {
				shape[i] = 1
			}
		}
		f := new(memoryFile)
		if _, err := npy.NewWriter[int8](f, shape...); !errors.Is(err, npy.ErrValue) || len(f.data) > 0 {
			t.Errorf("rows of shape %v: %v, wrote %d bytes", shape, err, len(f.data))
		}
	}
	f := new(memoryFile)
	w, err := npy.NewWriter[int16](f, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		w.Write(make([]int16, 7)),
		w.WriteArray(npy.NewArray[int16](2, 3)),
		w.WriteArray(npy.NewArray[int16](1, 3, 2)),
		w.WriteArray(npy.NewArray[int16](1, 2, 3, 1)),
		w.WriteArray(npy.NewArray[int16]()),
		w.WriteArray(npy.Array[int16]{}),
		w.WriteArray(npy.Array[int16]{Shape: []int{1, 2, 3}}),
	} {
		if !errors.Is(err, npy.ErrValue) {
			t.Errorf("%v, want ErrValue", err)
		}
	}
	// A refused value does no harm.
	if err := errors.Join(w.WriteArray(npy.NewArray[int16](2, 2, 3)), w.Close()); err != nil || w.Rows() != 2 {
		t.Errorf("%v, %d rows", err, w.Rows())
	}
	if got := decode[[][2][3]int16](t, f.data); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestWriterOnBadFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	for i, start := range []string{"", "something"} {
		if err := os.WriteFile(path, []byte(start), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		w, err := npy.NewWriter[int8](f)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write([]int8{1, 2}), w.Close()); err == nil {
			t.Errorf("%d: opened to append: no error", i)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := npy.Load[[]int8](path); err == nil {
			t.Errorf("%d: opened to append: a file that is read", i)
		}
	}
	f := new(memoryFile)
	w, err := npy.NewWriter[int8](f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("someone else")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write([]int8{1}), w.Close()); err == nil || !strings.Contains(err.Error(), "instead of 129") {
		t.Errorf("a file that somebody else wrote to: %v", err)
	}
	if _, err := npy.Create[int8](filepath.Join(path, "none")); err == nil {
		t.Error("Create in no folder: no error")
	}
	if _, err := npy.Create[int8](path, 0); !errors.Is(err, npy.ErrValue) {
		t.Errorf("Create with rows of nothing: %v", err)
	}
}

// TestWriterOtherHost has numbers turned round on a machine of the other order.
func TestWriterOtherHost(t *testing.T) {
	data := benchData(300_000)
	npy.PretendOtherHost(t)
	f := new(memoryFile)
	w, err := npy.NewWriter[float64](f)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(data), w.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.data, encoded(t, data)) {
		t.Error("not the file that Encode makes")
	}
	back := make([]float64, 1000)
	if err := npy.Fill(reader(t, f.data), 5000, back); err != nil || back[7] != data[5007] {
		t.Errorf("%v, %v", back[7], err)
	}
}

const checkStreamed = `
import shutil, sys
import numpy as np
whole, unfinished = sys.argv[1:]
a = np.load(whole)
assert a.dtype == "<f4" and a.shape == (1000, 3, 2) and (a.ravel() == np.arange(6000)).all(), a
for trust in (False, True):
    try:
        np.load(unfinished, allow_pickle=trust)
    except ValueError as e:
        assert "unfinished" in str(e), e
    else:
        raise AssertionError("numpy reads an unfinished file")
print("ok")
`

func TestPythonReadsStreamed(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	whole, unfinished := filepath.Join(dir, "whole.npy"), filepath.Join(dir, "unfinished.npy")
	for _, path := range []string{whole, unfinished} {
		w, err := npy.Create[float32](path, 3, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			row := make([]float32, 6)
			for k := range row {
				row[k] = float32(6*i + k)
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if path == unfinished {
			err = w.Flush()
			text, readErr := os.ReadFile(path)
			err = errors.Join(err, readErr, w.Close(), os.WriteFile(path, text, 0o600))
		} else {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := py.Run(t, checkStreamed, whole, unfinished); got != "ok" {
		t.Error(got)
	}
}

func BenchmarkWriter(b *testing.B) {
	data := benchData(1 << 20)
	for _, row := range []int{1, 100, 1 << 16} {
		b.Run(fmt.Sprintf("rows of %d", row), func(b *testing.B) {
			b.SetBytes(int64(len(data)) * 8)
			b.ReportAllocs()
			for b.Loop() {
				w, err := npy.NewWriter[float64](&seekable{}, row)
				if err != nil {
					b.Fatal(err)
				}
				for at := 0; at+row <= len(data); at += row {
					if err := w.Write(data[at : at+row]); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// seekable is a copier that knows its place.
type seekable struct {
	copier
	at int64
}

func (s *seekable) Write(p []byte) (int, error) {
	s.at += int64(len(p))
	return s.copier.Write(p)
}

func (s *seekable) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		offset += s.at
	}
	s.at = offset
	return s.at, nil
}

func BenchmarkFill(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.npy")
	if err := npy.Save(path, rowsOf(benchData(1<<22), 1<<10)); err != nil {
		b.Fatal(err)
	}
	r, err := npy.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	dst := make([]float64, 1<<17)
	b.SetBytes(int64(len(dst)) * 8)
	b.ReportAllocs()
	for b.Loop() {
		if err := npy.Fill(r, 1000, dst); err != nil {
			b.Fatal(err)
		}
	}
}

// What is refused must not empty the file that is there.
func TestCreateRefusesBeforeItEmpties(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := npy.Save(path, []float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := npy.Create[float64](path, -1); err == nil {
		t.Error("rows of -1 elements are no error")
	}
	if got, err := npy.Load[[]float64](path); err != nil || len(got) != 2 {
		t.Errorf("the file holds %v, %v", got, err)
	}
}
