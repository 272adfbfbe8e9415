package digest_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/internal/digest"
)

// The digest of nothing and of "dataelab", as other implementations of XXH3
// (128 bit, no seed) give them: files of today must be found good for ever.
func TestKnownDigests(t *testing.T) {
	for content, want := range map[string]string{
		"":         "xxh3-128:99aa06d3014798d86001c324468d497f",
		"dataelab": "xxh3-128:3d918861ec6a52a6533031811686e6d6",
	} {
		if got := digest.Of([]byte(content)); got != want {
			t.Errorf("digest of %q: %s, want %s", content, got, want)
		}
	}
}

// sizes are around the length from which a second goroutine hashes.
var sizes = []int{0, 1, 1000, 1<<20 - 1, 1 << 20, 1<<20 + 1, 9<<20 + 7}

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * i >> 3)
	}
	return b
}

func TestWriter(t *testing.T) {
	for _, n := range sizes {
		want := content(n)
		var out bytes.Buffer
		w := digest.NewWriter(&out)
		for part := want; len(part) > 0; { // a short write, then the rest in one
			m := min(len(part), 100)
			if out.Len() > 0 {
				m = len(part)
			}
			if _, err := w.Write(part[:m]); err != nil {
				t.Fatal(err)
			}
			part = part[m:]
		}
		if !bytes.Equal(out.Bytes(), want) || w.Bytes() != int64(n) || w.Sum() != digest.Of(want) {
			t.Errorf("%d bytes: wrote %d, digest %s, want %s", n, out.Len(), w.Sum(), digest.Of(want))
		}
	}
}

// fullDisk takes limit bytes.
type fullDisk struct{ limit int }

var errFull = errors.New("no space left")

func (f fullDisk) Write(p []byte) (int, error) { return min(len(p), f.limit), errFull }

func TestWriterPassesErrors(t *testing.T) {
	for _, n := range []int{10, 1 << 20} {
		w := digest.NewWriter(fullDisk{limit: 7})
		if m, err := w.Write(content(n)); m != 7 || !errors.Is(err, errFull) || w.Bytes() != 7 {
			t.Errorf("%d bytes: wrote %d, %v, counted %d", n, m, err, w.Bytes())
		}
	}
}

func TestReader(t *testing.T) {
	for _, n := range sizes {
		want := content(n)
		for _, first := range []int{0, min(1, n), n / 2, n} { // how much is read before Sum
			r := digest.NewReader(bytes.NewReader(want), int64(n))
			got := make([]byte, first)
			if _, err := io.ReadFull(r, got); err != nil && first > 0 {
				t.Fatal(err)
			}
			if n > 10 { // out of order, which must not disturb
				if _, err := r.ReadAt(make([]byte, 5), 3); err != nil {
					t.Fatal(err)
				}
			}
			sum, err := r.Sum()
			if err != nil || sum != digest.Of(want) || !bytes.Equal(got, want[:first]) || r.Size() != int64(n) {
				t.Errorf("%d bytes, %d read first: digest %s, %v, want %s", n, first, sum, err, digest.Of(want))
			}
		}
	}
}

func TestReaderOfShrunkFile(t *testing.T) {
	r := digest.NewReader(bytes.NewReader(content(100)), 1<<20)
	if n, err := io.ReadFull(r, make([]byte, 1<<20)); n != 100 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %d, %v, want 100 and an unexpected end", n, err)
	}
}

func TestReaderKeepsTheFilesError(t *testing.T) {
	broken := errors.New("input/output error")
	r := digest.NewReader(brokenFile{broken}, 1000)
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, broken) || !errors.Is(r.Err(), broken) {
		t.Errorf("Read: %v, Err: %v", err, r.Err())
	}
}

type brokenFile struct{ err error }

func (b brokenFile) ReadAt([]byte, int64) (int, error) { return 0, b.err }

// TestReaderFailsForMany has several goroutines see the disk fail at once.
func TestReaderFailsForMany(t *testing.T) {
	failure := errors.New("disk on fire")
	r := digest.NewReader(brokenFile{failure}, 100)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.ReadAt(make([]byte, 10), 0); !errors.Is(err, failure) {
				t.Errorf("error %v, want %v", err, failure)
			}
		})
	}
	all.Wait()
	if !errors.Is(r.Err(), failure) {
		t.Errorf("Err is %v", r.Err())
	}
}

func BenchmarkOf(b *testing.B) {
	p := content(64 << 20)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		digest.Of(p)
	}
}

// A file that panics does so on the goroutine of the reader.
func TestReaderRaisesPanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "no disk" {
			t.Errorf("recovered %v", r)
		}
	}()
	r := digest.NewReader(panickingFile{}, 5<<20)
	n, err := r.Read(make([]byte, 5<<20))
	t.Errorf("read %d, %v", n, err)
}

type panickingFile struct{}

func (panickingFile) ReadAt([]byte, int64) (int, error) { panic("no disk") }
