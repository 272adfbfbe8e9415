package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// entriesVar says how many entries the larger directory of BenchmarkLimits has. A
// million takes some minutes to make:
//
//	DATAELAB_BENCH_ENTRIES=1000000 go test -run xxx -bench Limits ./diskcache
const entriesVar = "DATAELAB_BENCH_ENTRIES"

// BenchmarkLimits saves, with and without removing another entry for it, and looks up,
// in a small directory and in a large one.
func BenchmarkLimits(b *testing.B) {
	large := 10_000
	if n, err := strconv.Atoi(os.Getenv(entriesVar)); err == nil {
		large = n
	}
	for _, n := range []int{1000, large} {
		d := linkedEntries(b, n)
		for _, name := range []string{"no limit", "save", "save and remove"} {
			limits := map[string]diskcache.Limits{"save": {Entries: 1 << 40}, "save and remove": {Entries: int64(n)}}[name]
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				c := benchCacher(b, d, limits)
				save := func(i int) {
					if _, err := c.Refresh(context.Background(), func(context.Context) ([]float64, error) { return []float64{1}, nil }, name, i); err != nil {
						b.Fatal(err)
					}
				}
				save(-1) // makes the account
				before := c.Stats()
				b.ReportAllocs()
				i := 0
				for ; b.Loop(); i++ {
					save(i)
				}
				if s := c.Stats(); s.SaveFailed > 0 || limits.Entries == int64(n) && s.Evicted-before.Evicted < int64(i) {
					b.Errorf("%+v after %d saves", s, i)
				}
			})
		}
		b.Run(fmt.Sprintf("look-up/%d", n), func(b *testing.B) {
			mustExecute(b, benchCacher(b, d, diskcache.Limits{}), func(context.Context) ([]float64, error) { return []float64{1}, nil }, "looked up")
			b.ReportAllocs()
			for b.Loop() {
				c := benchCacher(b, d, diskcache.Limits{Entries: 1 << 40})
				if _, ok, err := c.Peek(context.Background(), "looked up"); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func benchCacher(b *testing.B, d disk, limits diskcache.Limits) *diskcache.DiskCacher[[]float64] {
	b.Helper()
	c := new(diskcache.DiskCacher[[]float64])
	o := diskcache.Options{Tmpdir: d.tmpdir, TagLimits: limits, Durability: storage.Fast, OnEvent: func(diskcache.Event) {}}
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		b.Fatal(err)
	}
	return c
}

// linkedEntries makes a directory of n entries, all of which are one by hard links, but
// under their own names.
func linkedEntries(b *testing.B, n int) disk {
	b.Helper()
	d := newDisk(b)
	c := benchCacher(b, d, diskcache.Limits{})
	mustExecute(b, c, func(context.Context) ([]float64, error) { return []float64{1}, nil })
	for i := range n - 1 {
		base := fmt.Sprintf("root.B.method-%032x", i)
		value, record := filepath.Join(d.tag, base+".npy"), filepath.Join(d.tag, ".dataelab", base+".json")
		if i%10_000 == 0 && i > 0 { // a file may have some ten thousand names only
			d.write(value, d.read(d.value("npy")))
			d.write(record, d.read(d.record()))
			for _, path := range []string{d.value("npy"), d.record()} {
				content := d.read(path)
				if err := os.Remove(path); err != nil {
					b.Fatal(err)
				}
				d.write(path, content)
			}
			continue
		}
		if err := errors.Join(os.Link(d.value("npy"), value), os.Link(d.record(), record)); err != nil {
			b.Fatal(err)
		}
	}
	return d
}
