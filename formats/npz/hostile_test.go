package npz_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// destinations are values of every kind that a file can be read into.
func destinations() []any {
	return []any{
		new(map[string][]float64), new(map[key][][]int16), new(map[string]*mat.Dense), new(map[string]npy.Array[bool]),
		new(map[string]npy.Array[complex128]), new(result), new(*result),
		new(struct {
			A []float64 `npz:"a"`
			N float64   `npz:"n"`
		}),
	}
}

// decodeAll reads file into everything. It may fail, but not panic, and what
// it accepts must come back when written and read again.
func decodeAll(tb testing.TB, file []byte) {
	tb.Helper()
	for _, dst := range destinations() {
		if decode(file, dst) != nil {
			continue
		}
		var again bytes.Buffer
		v := deref(dst)
		if _, err := npz.Encode(&again, v); err != nil {
			if errors.Is(err, npz.ErrValue) {
				continue // a name such as a.npy.npy, which is read and not written
			}
			tb.Fatalf("%T: what came from %q cannot be written again: %v", dst, file, err)
		}
		if err := decode(again.Bytes(), dst); err != nil {
			tb.Fatalf("%T: what came from %q cannot be read again: %v", dst, file, err)
		}
		if third := encoded(tb, npz.Options{}, deref(dst)); !bytes.Equal(third, again.Bytes()) {
			tb.Fatalf("%T: %q came back as %q", dst, again.Bytes(), third)
		}
	}
}

func damaged(tb testing.TB) [][]byte {
	tb.Helper()
	files := [][]byte{
		encoded(tb, npz.Options{}, map[string][]float64{"a": {1, 2}, "é": {}}),
		encoded(tb, npz.Options{Level: 6}, map[string][]float64{"a": {1, 2}, "n/m": {3}}),
		encoded(tb, npz.Options{}, map[string]any{"a": []float64{1}, "n": 1.5}),
		encoded(tb, npz.Options{}, map[string]*mat.Dense{}),
	}
	for _, name := range []string{"savez.npz", "savez_compressed.npz", "descriptors.npz"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func TestEveryTruncation(t *testing.T) {
	for _, file := range damaged(t) {
		for n := range len(file) {
			if _, err := npz.NewReader(bytes.NewReader(file[:n]), int64(n)); err == nil {
				t.Fatalf("the first %d of %d bytes of %q are accepted", n, len(file), file)
			}
			// Also where the source has less than it says.
			if err := npz.Decode(bytes.NewReader(file[:n]), int64(len(file)), new(map[string]npy.Array[float64])); err == nil {
				t.Fatalf("the first %d of %d bytes of %q are accepted", n, len(file), file)
			}
		}
	}
}

// TestEveryBitFlipped damages files bit by bit: an error, or the same value.
func TestEveryBitFlipped(t *testing.T) {
	flips, same := 0, 0
	for _, file := range damaged(t) {
		for _, newDst := range []func() any{
			func() any { return new(map[string]npy.Array[float64]) },
			func() any { return new(map[string][]float64) },
			func() any {
				return new(struct {
					A []float64 `npz:"a"`
					N float64   `npz:"n"`
				})
			},
			func() any {
				return new(struct {
					X     []float64 `npz:"x"`
					Grid  [][]int16 `npz:"grid"`
					Flags [2]bool   `npz:"flags"`
					Gain  float64   `npz:"gain"`
					Zeros []uint8   `npz:"empty"`
				})
			},
		} {
			whole := newDst()
			if decode(file, whole) != nil {
				continue
			}
			want := encoded(t, npz.Options{}, deref(whole))
			for i := range file {
				for _, bit := range exhaustive.Bits(i) {
					bad := bytes.Clone(file)
					bad[i] ^= 1 << bit
					dst := newDst()
					flips++
					if decode(bad, dst) != nil {
						continue
					}
					same++
					if got := encoded(t, npz.Options{}, deref(dst)); !bytes.Equal(got, want) {
						t.Fatalf("%T: with bit %d of byte %d flipped, %q reads as %q", dst, bit, i, file, got)
					}
				}
			}
		}
	}
	if flips < exhaustive.N(1000, 10_000) || same == 0 || same == flips {
		t.Errorf("%d flips, %d of them without effect", flips, same)
	}
}

// entry is a member of an archive that a test makes by hand.
type entry struct {
	name   string
	data   []byte // as it lies in the file
	method uint16
	size   uint64 // claimed
	crc    uint32
}

func makeArchive(tb testing.TB, entries ...entry) []byte {
	tb.Helper()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, e := range entries {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: e.name, Method: e.method, CRC32: e.crc,
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: e.size,
		})
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

func deflated(tb testing.TB, data ...[]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 9)
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range data {
		if _, err := w.Write(d); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// npyHeader is the start of a .npy file of n float64.
func npyHeader(tb testing.TB, n int) []byte {
	tb.Helper()
	text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", n)
	text += strings.Repeat(" ", 128-11-len(text)) + "\n"
	return append([]byte("\x93NUMPY\x01\x00\x76\x00"), text...)
}

func TestHostile(t *testing.T) {
	var plain bytes.Buffer
	if _, err := npy.Encode(&plain, []float64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	data := plain.Bytes()
	good := entry{"a.npy", data, zip.Store, uint64(len(data)), crc32.ChecksumIEEE(data)}
	packed := entry{"a.npy", deflated(t, data), zip.Deflate, good.size, good.crc}
	change := func(e entry, f func(*entry)) []byte { f(&e); return makeArchive(t, e) }
	const many = 64 << 20 / 8 // elements
	claim := uint64(128 + 8*many)

	for _, test := range []struct {
		name string
		file []byte
		text string // part of the error; none if the file is good
	}{
		{"good", makeArchive(t, good), ""},
		{"good, deflated", makeArchive(t, packed), ""},
		{"crc", change(good, func(e *entry) { e.crc++ }), "CRC-32"},
		{"crc, deflated", change(packed, func(e *entry) { e.crc++ }), "CRC-32"},
		{"crc of zero", change(good, func(e *entry) { e.crc = 0 }), "CRC-32"},
		{"longer than it is", change(good, func(e *entry) { e.size++ }), "stored as it is"},
		{"larger than anything", change(good, func(e *entry) { e.size = math.MaxUint64 }), "a size of"},
		{"claims more", change(packed, func(e *entry) { e.size++ }), "1 more follow"},
		{"claims less", change(packed, func(e *entry) { e.size-- }), "the file only"},
		{"more than deflate can do", change(packed, func(e *entry) { e.size = uint64(len(e.data)) * 2000 }), "cannot unfold"},
		{"not deflated", change(good, func(e *entry) { e.method = zip.Deflate }), `member "a"`},
		{"unknown method", change(good, func(e *entry) { e.method = 93 }), "method 93"},
		{"name is not text", change(good, func(e *entry) { e.name = "\xff.npy" }), "not UTF-8"},
		{"claims 64 MB with a header that agrees", makeArchive(t, entry{"a.npy", deflated(t, npyHeader(t, many), make([]byte, 8*many-1000)), zip.Deflate, claim, 0}), "less than"},
		{"unfolds to more", makeArchive(t, entry{"a.npy", deflated(t, data, make([]byte, 1<<20)), zip.Deflate, good.size, good.crc}), "more than"},
		{"64 MB of zeros with a wrong sum", makeArchive(t, entry{"a.npy", deflated(t, npyHeader(t, many), make([]byte, 8*many)), zip.Deflate, claim, 1}), "CRC-32"},
		{"not a zip", []byte("hello"), "not a .npz file"},
		{"nothing", nil, "not a .npz file"},
		{"negative header", makeArchive(t, entry{"a.npy", []byte("\x93NUMPY\x01\x00\xff\xff"), zip.Store, 10, crc32.ChecksumIEEE([]byte("\x93NUMPY\x01\x00\xff\xff"))}), "header length"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var got map[string][]float64
			err := decode(test.file, &got)
			runtime.ReadMemStats(&after)
			if test.text == "" && (err != nil || len(got["a"]) != 3) || test.text != "" && (err == nil || !strings.Contains(err.Error(), test.text)) {
				t.Errorf("%v, %v; want %q", got, err, test.text)
			}
			// A buffer for inflating, one for errors, and a multiple of the file.
			if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+32*len(test.file)); took > limit {
				t.Errorf("allocated %d bytes for a file of %d, limit %d", took, len(test.file), limit)
			}
		})
	}
}

// TestOverlap makes a small archive of many members that share their bytes.
func TestOverlap(t *testing.T) {
	zeros := make([]byte, 1<<20)
	data := append(npyHeader(t, len(zeros)/8), zeros...)
	body := deflated(t, data)
	file := makeArchive(t, entry{"a.npy", body, zip.Deflate, uint64(len(data)), crc32.ChecksumIEEE(data)},
		entry{"b.npy", body, zip.Deflate, uint64(len(data)), crc32.ChecksumIEEE(data)})
	if err := decode(file, new(map[string][]float64)); err != nil {
		t.Fatal(err)
	}
	// The directory's second entry gets the place and name of the first.
	directory := bytes.LastIndex(file, []byte("PK\x01\x02"))
	bad := bytes.Clone(file)
	binary.LittleEndian.PutUint32(bad[directory+42:], 0)
	err := decode(bad, new(map[string][]float64))
	if err == nil || !strings.Contains(err.Error(), `it is named "a.npy"`) {
		t.Errorf("another name: %v", err)
	}
	bad[directory+46] = 'a'
	if err := decode(bad, new(map[string][]float64)); err == nil || !strings.Contains(err.Error(), "two members") {
		t.Errorf("the same name: %v", err)
	}

	// A member inside of another: an archive within an archive.
	inner := makeArchive(t, entry{"b.npy", body, zip.Deflate, uint64(len(data)), crc32.ChecksumIEEE(data)})
	at := bytes.Index(file, body)
	hidden := append(append([]byte{}, inner[:bytes.Index(inner, []byte("PK\x01\x02"))]...), 0)
	outer := makeArchive(t, entry{"a.npy", hidden, zip.Store, uint64(len(hidden)), crc32.ChecksumIEEE(hidden)},
		entry{"b.npy", body, zip.Deflate, uint64(len(data)), crc32.ChecksumIEEE(data)})
	directory = bytes.LastIndex(outer, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(outer[directory+42:], uint32(at))
	if err := decode(outer, new(map[string][]float64)); err == nil || !strings.Contains(err.Error(), "inside of member") {
		t.Errorf("one inside of another: %v", err)
	}
}

// TestNegativeOffset gives a member a place before the file, which zip64 can say.
func TestNegativeOffset(t *testing.T) {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	extra := binary.LittleEndian.AppendUint64([]byte{1, 0, 8, 0}, math.MaxUint64-4)
	if _, err := z.CreateRaw(&zip.FileHeader{Name: "a.npy", Extra: extra}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	directory := bytes.Index(file.Bytes(), []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file.Bytes()[directory+42:], math.MaxUint32)
	var bad *npz.FormatError
	err := decode(file.Bytes(), new(map[string][]float64))
	if !errors.As(err, &bad) || bad.Member != "a" || !strings.Contains(err.Error(), "byte -5") {
		t.Errorf("%v, want a FormatError at byte -5", err)
	}
}

// TestManyMembers bounds memory and time of an archive of nothing but members.
func TestManyMembers(t *testing.T) {
	var entries []entry
	empty := npyHeader(t, 0)
	body := deflated(t, empty)
	for i := range 20_000 {
		entries = append(entries, entry{fmt.Sprintf("%d.npy", i), body, zip.Deflate, uint64(len(empty)), crc32.ChecksumIEEE(empty)})
	}
	file := makeArchive(t, entries...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got map[string][]float64
	err := decode(file, &got)
	runtime.ReadMemStats(&after)
	if err != nil || len(got) != len(entries) {
		t.Errorf("%d arrays, %v", len(got), err)
	}
	if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(32*len(file)); took > limit && !raceEnabled {
		t.Errorf("allocated %d bytes for a file of %d, limit %d", took, len(file), limit)
	}
}

func FuzzDecode(f *testing.F) {
	for _, file := range damaged(f) {
		f.Add(file)
	}
	for _, g := range goldens(f) {
		file, err := os.ReadFile(g.path())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := npz.NewReader(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			for _, name := range r.Names() {
				_ = r.Read(name, new(npy.Array[float64]))
			}
		}
		runtime.ReadMemStats(&after)
		// 1032 is what deflate can do, and the most that an honest file needs.
		if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+1100*len(file)); took > limit {
			t.Errorf("allocated %d bytes for a file of %d", took, len(file))
		}
		decodeAll(t, file)
	})
}

// Damage in the record at the end must not hide arrays.
func TestHiddenDirectory(t *testing.T) {
	for n := range 200 {
		var out bytes.Buffer
		if _, err := npz.Encode(&out, map[string][]int16{"a": make([]int16, n)}); err != nil {
			t.Fatal(err)
		}
		end := bytes.LastIndex(out.Bytes(), []byte("PK\x05\x06"))
		for from := 8; from < 20; from++ {
			for to := from + 1; to <= 20; to++ {
				file := bytes.Clone(out.Bytes())
				clear(file[end+from : end+to])
				var got map[string][]int16
				if err := npz.Decode(bytes.NewReader(file), int64(len(file)), &got); err == nil && len(got["a"]) != n || err == nil && got["a"] == nil {
					t.Fatalf("%d elements, zeros from %d to %d of the last record: read as %v", n, from, to, got)
				}
			}
		}
	}
}
