package lineage_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// manyEntries stores n entries of 25 methods, each of which used two of the method before and
// a file.
func manyEntries(tb testing.TB, n int) *site {
	s := newSite(tb)
	for i := range n {
		method, arg := i%25, i/25
		uses := []use{{File: fmt.Sprintf("/data/frames/%d.fits", arg), Bytes: 5, Digest: "xxh3-128:11"}}
		if method > 0 {
			uses = append(uses, entryKey(method-1, arg), entryKey(method-1, max(0, arg-1)))
		}
		s.forge(fmt.Sprintf("root.A.m%d", method), fakeKey(arg), uses...)
	}
	return s
}

func fakeKey(arg int) string { return fmt.Sprintf("%032x", arg) }

func entryKey(method, arg int) use {
	return use{Entry: fmt.Sprintf("root.A.m%d", method), Key: fakeKey(arg)}
}

// BenchmarkGraph is about 1,000 entries, and with DATAELAB_BENCH_GRAPH=100000 about so many, which
// take minutes to make.
func BenchmarkGraph(b *testing.B) {
	sizes := []int{1000}
	if text := os.Getenv("DATAELAB_BENCH_GRAPH"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := manyEntries(b, n)
			var g *lineage.Graph
			b.Run("read", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					g = s.graph()
				}
				if c := g.Count(); c.Valid != n {
					b.Fatalf("%+v", c)
				}
				var after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc)/float64(n), "B/entry")
			})
			if g == nil { // -bench leaves that one out
				g = s.graph()
			}
			for name, use := range map[string]func(g *lineage.Graph) error{
				"by_method": func(g *lineage.Graph) error { g.ByMethod(); return nil },
				"sorted":    func(g *lineage.Graph) error { g.Sorted(); return nil },
				"svg":       func(g *lineage.Graph) error { return g.WriteSVG(io.Discard) },
				"dot":       func(g *lineage.Graph) error { return g.WriteDOT(io.Discard) },
			} {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := use(g); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
