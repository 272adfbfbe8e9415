package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// BenchmarkMillion compares what a call costs among few and among many entries. It is
// about a million, for each of three shapes, which takes minutes and 8 GB each:
//
//	DATAELAB_BENCH_ENTRIES=1000000 go test -run '^$' -bench Million -benchtime 2000x -timeout 2h ./diskcache
//
// DATAELAB_BENCH_DIR names a directory that is kept and found full by the next run. Calls
// among few and among many take turns; shown are the medians and their ratio. "two files" and
// "two new files" are what the file system alone needs to read what a hit reads, and to make
// what a fast save makes.
func BenchmarkMillion(b *testing.B) {
	for _, shape := range []shape{
		{"one tag", func(dir string, n int) population { return &methods{dir, n, n} }},
		{"tags of 1000", func(dir string, n int) population { return &methods{dir, n, fewEntries} }},
		{"function", func(dir string, n int) population { return &functions{dir, n} }},
	} {
		b.Run(shape.name, func(b *testing.B) {
			few, many := shape.filled(b, fewEntries), shape.filled(b, manyEntries(b))
			few.warm(b)
			many.warm(b)
			few.bench(b, many)
		})
	}
}

const fewEntries = 1000

// manyEntries is small unless asked for.
func manyEntries(b *testing.B) int {
	b.Helper()
	text := os.Getenv("DATAELAB_BENCH_ENTRIES")
	if text == "" {
		return 2 * fewEntries
	}
	n, err := strconv.Atoi(text)
	if err != nil || n%fewEntries != 0 || n == 0 {
		b.Fatalf("DATAELAB_BENCH_ENTRIES is %q, want thousands", text)
	}
	return n
}

// shape is a way to spread entries over directories.
type shape struct {
	name  string
	among func(dir string, n int) population
}

// population has the entries 0 to n-1.
type population interface {
	// call computes only where compute is not nil. It has nothing in memory.
	call(i int, d storage.Durability, compute func() ([]int, error)) error
	clear(i int) error // one entry; errors.ErrUnsupported where there is no such call
	files(i int) (folder, base string)
	size() int
}

var errComputed = errors.New("it was not found")

// filled makes and fills a directory, by all processors.
func (s *shape) filled(b *testing.B, n int) *populated {
	b.Helper()
	top := os.Getenv("DATAELAB_BENCH_DIR")
	if top == "" {
		top = b.TempDir()
	}
	p := &populated{population: s.among(filepath.Join(top, s.name, strconv.Itoa(n)), n)}
	p.next.Store(time.Now().UnixNano()) // of entries that nobody has
	full := filepath.Join(top, s.name, strconv.Itoa(n)+" filled")
	if _, err := os.Stat(full); err == nil {
		return p
	}
	start := time.Now()
	var at atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := int(at.Add(1)) - 1; i < n && !b.Failed(); i = int(at.Add(1)) - 1 {
				if err := p.call(i, storage.Fast, func() ([]int, error) { return []int{i}, nil }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	b.Logf("%d entries in %v", n, time.Since(start).Round(time.Second))
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	return p
}

// populated is a population that grows.
type populated struct {
	population
	next atomic.Int64 // number of the next new entry
	turn int          // of entries that are there
}

// sample is how many of the entries are looked up, spread over all.
const sample = 10_000

// existing returns an entry, in no order that a disk could guess.
func (p *populated) existing() int {
	p.turn = (p.turn + 1) % sample
	return int(uint64(p.turn) * 0x9E3779B97F4A7C15 % uint64(p.size()))
}

// warm lets the system have the sample in memory: a million entries have 8 GB, and how fast
// the disk is shall not count.
func (p *populated) warm(b *testing.B) {
	b.Helper()
	for range sample {
		if err := readTwo(p.files(p.existing())); err != nil {
			b.Fatal(err)
		}
	}
}

// bench compares p, the few, with many.
func (p *populated) bench(b *testing.B, many *populated) {
	b.Helper()
	found := func() ([]int, error) { return nil, errComputed }
	computed := func() ([]int, error) { return []int{1}, nil }
	for _, op := range []struct {
		name string
		do   func(p *populated) error
	}{
		{"two files", func(p *populated) error { return readTwo(p.files(p.existing())) }},
		{"hit", func(p *populated) error { return p.call(p.existing(), storage.Durable, found) }},
		{"two new files", func(p *populated) error { return writeTwo(p.files(int(p.next.Add(1)))) }},
		{"save", func(p *populated) error { return p.call(int(p.next.Add(1)), storage.Durable, computed) }},
		{"save fast", func(p *populated) error { return p.call(int(p.next.Add(1)), storage.Fast, computed) }},
		{"clear one", func(p *populated) error {
			i := int(p.next.Load()) // one of those that were saved by the last operation
			p.next.Add(-1)
			return p.clear(i)
		}},
	} {
		if op.name == "clear one" && errors.Is(p.clear(-1), errors.ErrUnsupported) {
			continue
		}
		b.Run(op.name, func(b *testing.B) {
			var times [2][]float64
			for b.Loop() {
				for i, p := range []*populated{p, many} {
					start := time.Now()
					if err := op.do(p); err != nil {
						b.Fatal(err)
					}
					times[i] = append(times[i], float64(time.Since(start).Nanoseconds()))
				}
			}
			var medians [2]float64
			for i, t := range times {
				slices.Sort(t)
				medians[i] = t[len(t)/2]
			}
			b.ReportMetric(0, "ns/op") // of both together, which says nothing
			b.ReportMetric(medians[0], "ns-few")
			b.ReportMetric(medians[1], "ns-many")
			b.ReportMetric(medians[1]/medians[0], "ratio")
		})
	}
}

func readTwo(folder, base string) error {
	for _, name := range []string{base + ".npy", filepath.Join(".dataelab", base+".json")} {
		if _, err := os.ReadFile(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// writeTwo makes what a save makes: files elsewhere, which are then renamed.
func writeTwo(folder, base string) error {
	work := filepath.Join(folder, ".dataelab", "work", base)
	for _, name := range []string{base + ".npy", filepath.Join(".dataelab", base+".json")} {
		if err := errors.Join(os.WriteFile(work, make([]byte, 600), 0o600), os.Rename(work, filepath.Join(folder, name))); err != nil {
			return err
		}
	}
	return nil
}

// methods is a population of tags, of so many entries each, of one method.
type methods struct {
	dir       string
	n, perTag int
}

func (m *methods) size() int        { return m.n }
func (m *methods) clear(int) error  { return errors.ErrUnsupported }
func (m *methods) tag(i int) string { return fmt.Sprint(testTag, "_", i%m.n/m.perTag) }

func (m *methods) files(i int) (folder, base string) {
	key, _ := diskcache.KeyOf(i) // numbers have keys
	return filepath.Join(m.dir, "cache"+m.tag(i)), "root.A.method-" + key.String()
}

func (m *methods) call(i int, d storage.Durability, compute func() ([]int, error)) error {
	c := new(diskcache.DiskCacher[[]int])
	if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: m.dir, Durability: d}), c.SetTag(m.tag(i), "root.A.method")); err != nil {
		return err
	}
	_, err := c.Execute(context.Background(), func(context.Context) ([]int, error) { return compute() }, i)
	return err
}

// functions is a population of results of one function.
type functions struct {
	dir string
	n   int
}

func (f *functions) size() int { return f.n }

func (f *functions) wrap(d storage.Durability, compute func() ([]int, error)) *diskcache.Function[int, []int] {
	return diskcache.Wrap(&diskcache.Cache{Dir: f.dir, Durability: d}, "method", func(context.Context, int) ([]int, error) { return compute() })
}

func (f *functions) clear(i int) error { return f.wrap(storage.Durable, nil).Clear(i) }

func (f *functions) files(i int) (folder, base string) {
	key, _ := diskcache.KeyOf(i)
	return f.dir, "method-" + key.String()
}

func (f *functions) call(i int, d storage.Durability, compute func() ([]int, error)) error {
	_, err := f.wrap(d, compute).Call(context.Background(), i)
	return err
}
