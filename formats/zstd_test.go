package formats_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// byName returns a format of the zero set.
func byName(t testing.TB, name string) formats.Format {
	t.Helper()
	f, err := formats.Set{}.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func encoded(t testing.TB, f formats.Format, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := f.Encode(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// smooth has n numbers that compress somewhat.
func smooth(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Round(1000 * math.Sin(float64(i)/100))
	}
	return v
}

func TestZstdNames(t *testing.T) {
	f := byName(t, "npy.zst")
	if f.Name() != "npy.zst" || f.Ext() != "npy.zst" {
		t.Errorf("name %q, extension %q, want npy.zst", f.Name(), f.Ext())
	}
	if err := f.Accepts(reflect.TypeFor[chan int]()); err == nil {
		t.Error("accepts what npy does not")
	}
}

// Formats that read from front to back, and npz, which reads anywhere.
func TestZstdRoundTrips(t *testing.T) {
	for _, c := range []struct {
		format string
		value  any
	}{
		{"npy", smooth(300_000)},
		{"npy", []float64{}},
		{"npz", map[string][]float64{"a": smooth(100_000), "b": {1}, "c": {}}},
		{"gob", map[string]int{"one": 1, "two": 2}},
		{"gob", strings.Repeat("a line of text\n", 100_000)},
	} {
		f := byName(t, c.format+".zst")
		file := encoded(t, f, c.value)
		plain := encoded(t, byName(t, c.format), c.value)
		if len(plain) > 1000 && len(file) > len(plain)/2 {
			t.Errorf("%s: %d bytes became %d", c.format, len(plain), len(file))
		}
		got := reflect.New(reflect.TypeOf(c.value))
		if err := f.Decode(bytes.NewReader(file), got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), c.value) {
			t.Errorf("%s of %T: %v, or another value", c.format, c.value, err)
		}
	}
}

// A file that looks like a bomb, as it holds nothing but zeros, is read all the same.
func TestZstdOfZeros(t *testing.T) {
	f := byName(t, "npy.zst")
	want := make([]float64, 5<<20) // 40 MiB
	file := encoded(t, f, want)
	if len(file) > 64<<10 {
		t.Errorf("40 MiB of zeros became %d bytes", len(file))
	}
	var got []float64
	if err := f.Decode(bytes.NewReader(file), &got); err != nil || len(got) != len(want) {
		t.Errorf("%d zeros, %v", len(got), err)
	}
}

func TestZstdRefusesBombs(t *testing.T) {
	plain := encoded(t, byName(t, "npy"), make([]float64, 5<<20))
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := enc.EncodeAll(plain, nil)
	claim := binary.LittleEndian.AppendUint64([]byte("\x5d\x2a\x4d\x18\x08\x00\x00\x00"), 1<<50)
	for name, file := range map[string][]byte{"many zeros": bomb, "a claim": append(bomb, claim...)} {
		var got []float64
		err := byName(t, "npy.zst").Decode(bytes.NewReader(file), &got)
		if err == nil || !strings.Contains(err.Error(), "bomb") {
			t.Errorf("%s: %v, want an error that says bomb", name, err)
		}
	}
}

// foreign are standard files that another program could write.
func foreign(t testing.TB, plain []byte) map[string][]byte {
	t.Helper()
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	half := len(plain) / 2
	twoFrames := enc.EncodeAll(plain[half:], enc.EncodeAll(plain[:half], nil))
	return map[string][]byte{"one frame": enc.EncodeAll(plain, nil), "two frames": twoFrames}
}

func TestZstdReadsFilesOfOthers(t *testing.T) {
	want := smooth(10_000)
	for name, file := range foreign(t, encoded(t, byName(t, "npy"), want)) {
		var got []float64
		if err := byName(t, "npy.zst").Decode(bytes.NewReader(file), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, or another value", name, err)
		}
	}
}

// Whatever is cut off or flipped: an error or the same value, and little memory.
func TestZstdDamage(t *testing.T) {
	want := make([]float64, 300)
	for i := range want {
		want[i] = rand.Float64()
	}
	files := foreign(t, encoded(t, byName(t, "npy"), want))
	files["ours"] = encoded(t, byName(t, "npy.zst"), want)
	for name, file := range files {
		for n := range len(file) {
			check(t, name, file[:n], want)
		}
		for i := range file {
			for _, bit := range exhaustive.Bits(i) {
				flipped := bytes.Clone(file)
				flipped[i] ^= 1 << bit
				check(t, name, flipped, want)
			}
		}
		check(t, name, append(bytes.Clone(file), "garbage"...), want)
	}
}

func check(t *testing.T, name string, file []byte, want []float64) {
	t.Helper()
	var got []float64
	if err := byName(t, "npy.zst").Decode(bytes.NewReader(file), &got); err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: another value came back, and no error", name)
	}
}

func TestZstdWriterFails(t *testing.T) {
	f := byName(t, "npy.zst")
	value := smooth(1 << 20)
	whole := len(encoded(t, f, value))
	for limit := 0; limit < whole; limit += whole/20 + 1 {
		if _, err := f.Encode(&full{left: limit}, value); !errors.Is(err, errFull) {
			t.Errorf("a disk that is full after %d bytes: %v", limit, err)
		}
	}
	if got := encoded(t, f, value); len(got) != whole {
		t.Errorf("after failures %d bytes, before %d", len(got), whole)
	}
}

var errFull = errors.New("disk full")

type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestZstdRefusalWritesNothing(t *testing.T) {
	var out bytes.Buffer
	_, err := byName(t, "npy.zst").Encode(&out, [][]float64{{1}, {2, 3}})
	if !errors.Is(err, formats.ErrValue) || out.Len() > 0 {
		t.Errorf("%v after %d bytes, want ErrValue and nothing written", err, out.Len())
	}
}

func TestZstdLeavesNoGoroutines(t *testing.T) {
	f := byName(t, "npy.zst")
	before := runtime.NumGoroutine()
	file := encoded(t, f, smooth(1<<20))
	var got []float64
	if err := f.Decode(bytes.NewReader(file[:len(file)/2]), &got); err == nil {
		t.Error("half a file is read")
	}
	if _, err := f.Encode(&full{}, smooth(1<<20)); err == nil {
		t.Error("no error of the writer")
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func TestCompressedMethods(t *testing.T) {
	if f, err := formats.Compressed(byName(t, "gob"), "zstd"); err != nil || f.Ext() != "gob.zst" {
		t.Errorf("%v, %v", f, err)
	}
	if f, err := formats.Compressed(byName(t, "npz"), "deflate"); err != nil || f.Ext() != "npz" {
		t.Errorf("npz deflated: %v, %v", f, err)
	} else if value := map[string][]float64{"a": smooth(10_000)}; len(encoded(t, f, value)) > 40_000 {
		t.Errorf("deflated to %d bytes", len(encoded(t, f, value)))
	}
	if _, err := formats.Compressed(byName(t, "npy"), "rar"); err == nil || !strings.Contains(err.Error(), "zstd") {
		t.Errorf("rar: %v, want an error that names zstd", err)
	}
}

// Python's zstandard opens our files, and we open its files.
func TestZstdWithPython(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.npy.zst"), filepath.Join(dir, "theirs.npy.zst")
	if err := (formats.Set{}).WriteFile(ours, smooth(100_000)); err != nil {
		t.Fatal(err)
	}
	const script = `
import sys, io, numpy as np, zstandard
with zstandard.open(sys.argv[1], "rb") as f:
    a = np.load(io.BytesIO(f.read()))
print(a.shape, a.dtype, int(a.sum()))
with zstandard.open(sys.argv[2], "wb") as f:
    np.save(f, a[::-1].astype(np.float32))`
	sum := 0.0
	for _, x := range smooth(100_000) {
		sum += x
	}
	if got, want := py.Run(t, script, ours, theirs), fmt.Sprintf("(100000,) float64 %d", int(sum)); got != want {
		t.Errorf("Python says %q, want %q", got, want)
	}
	var back []float32
	if err := (formats.Set{}).ReadFile(theirs, &back); err != nil || len(back) != 100_000 || float64(back[0]) != smooth(100_000)[99_999] {
		t.Errorf("%d numbers, %v", len(back), err)
	}
}

func BenchmarkZstd(b *testing.B) {
	f := byName(b, "npy.zst")
	value := smooth(16 << 20 / 8)
	file := encoded(b, f, value)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(16 << 20)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Encode(io.Discard, value); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(16 << 20)
		b.ReportAllocs()
		for b.Loop() {
			var got []float64
			if err := f.Decode(bytes.NewReader(file), &got); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("small", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Encode(io.Discard, value[:100]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A few bytes that claim a large window are refused before a decoder makes it.
func TestZstdRefusesAWindow(t *testing.T) {
	file := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got []float64
	err := byName(t, "npy.zst").Decode(bytes.NewReader(file), &got)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 32<<20 {
		t.Errorf("%v, with %d bytes", err, took)
	}
}
