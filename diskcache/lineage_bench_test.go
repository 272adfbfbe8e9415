package diskcache_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// BenchmarkRecording is a small miss that uses other values, and files that have been read
// before, in turns with one that calls the same and notes nothing, as it passes on another
// context. cost is the median of the first over that of the second.
func BenchmarkRecording(b *testing.B) {
	for _, durability := range []storage.Durability{storage.Durable, storage.Fast} {
		for _, c := range []struct {
			name           string
			methods, files int
		}{{"one method", 1, 0}, {"one method and one file", 1, 1}, {"five methods and five files", 5, 5}} {
			name := c.name
			if durability == storage.Fast {
				name += ", not flushed"
			}
			b.Run(name, func(b *testing.B) { benchmarkRecording(b, c.methods, c.files, durability) })
		}
	}
}

func benchmarkRecording(b *testing.B, methods, files int, durability storage.Durability) {
	l := newLab(b, labComputes{})
	cachers := make([]diskcache.DiskCacher[[]float64], methods+2)
	var all []diskcache.Cacher
	var bindings []diskcache.Binding
	for i := range cachers {
		all = append(all, &cachers[i])
		bindings = append(bindings, diskcache.Binding{Cacher: &cachers[i], Name: fmt.Sprint("method", i)})
	}
	if err := diskcache.UpdateAll(all, diskcache.WithOptions(diskcache.Options{Tmpdir: l.dir, Durability: durability})); err != nil {
		b.Fatal(err)
	}
	if err := diskcache.BindAll("night", bindings, diskcache.Observer{}); err != nil {
		b.Fatal(err)
	}
	for i := range files {
		l.put(fmt.Sprint("file", i), i)
	}
	value := make([]float64, 100)
	upstream := func(context.Context) ([]float64, error) { return value, nil }
	compute := func(ctx context.Context) ([]float64, error) {
		for i := range methods {
			if _, err := cachers[2+i].Execute(ctx, upstream); err != nil {
				return nil, err
			}
		}
		for i := range files {
			if err := diskcache.UseFile(ctx, l.path(fmt.Sprint("file", i))); err != nil {
				return nil, err
			}
		}
		return value, nil
	}
	noting := func(ctx context.Context) ([]float64, error) { return compute(ctx) }
	outside := func(context.Context) ([]float64, error) { return compute(b.Context()) }
	var took [2][]float64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for n, compute := range []func(context.Context) ([]float64, error){noting, outside} {
			start := time.Now()
			if _, err := cachers[n].Execute(b.Context(), compute, i); err != nil {
				b.Fatal(err)
			}
			took[n] = append(took[n], time.Since(start).Seconds())
		}
	}
	slices.Sort(took[0])
	slices.Sort(took[1])
	b.ReportMetric(took[0][len(took[0])/2]/took[1][len(took[1])/2], "cost")
}

// BenchmarkExamine is a hit on disk of what was made of a chain of methods, and of a file at
// its end: first with all that is known forgotten each time, then without.
func BenchmarkExamine(b *testing.B) {
	for _, deep := range []int{0, 1, 10, 100} {
		c := labComputes{"m0": read("file")}
		for i := 1; i <= deep; i++ {
			c[fmt.Sprint("m", i)] = sum(fmt.Sprint("m", i-1))
		}
		l := newLab(b, c)
		l.put("file", 1)
		last := fmt.Sprint("m", deep)
		if _, err := l.get(b.Context(), last); err != nil {
			b.Fatal(err)
		}
		for name, forget := range map[string]func(){"first": diskcache.Recheck, "again": func() {}} {
			b.Run(fmt.Sprintf("%d deep, %s", deep, name), func(b *testing.B) {
				next := newLabIn(b, l.dir, l.raw, c)
				next.bind(map[string]*diskcache.FieldOptions{last: {NoMemory: true}})
				b.ReportAllocs()
				for b.Loop() {
					forget()
					if _, err := next.get(b.Context(), last); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkHitInside is a hit in memory inside of a computation, and beside one.
func BenchmarkHitInside(b *testing.B) {
	l := newLab(b, labComputes{"raw": read("file"), "a": sum("raw")})
	l.put("file", 1)
	if _, err := l.get(b.Context(), "a"); err != nil {
		b.Fatal(err)
	}
	a := &l.methods["a"].cacher
	compute := func(context.Context) (int, error) { return 0, nil }
	hits := func(b *testing.B, ctx context.Context) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.Execute(ctx, compute); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("nothing is computed", func(b *testing.B) { hits(b, b.Context()) })
	around := &l.methods["raw"].cacher
	if _, err := around.Refresh(b.Context(), func(ctx context.Context) (int, error) {
		b.Run("inside", func(b *testing.B) { hits(b, ctx) })
		b.Run("beside", func(b *testing.B) { hits(b, b.Context()) })
		return 1, nil
	}); err != nil {
		b.Fatal(err)
	}
}
