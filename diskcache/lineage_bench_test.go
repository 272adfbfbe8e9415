package diskcache_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// BenchmarkRecording is a small miss: as it is without anything used, and with one, two and
// ten things used, of which the files have been read before.
func BenchmarkRecording(b *testing.B) {
	for _, durable := range []bool{true, false} {
		for _, c := range []struct {
			name           string
			methods, files int
		}{{"nothing used", 0, 0}, {"a method used", 1, 0}, {"a method and a file used", 1, 1}, {"five methods and five files used", 5, 5}} {
			name := c.name
			if !durable {
				name += ", not flushed"
			}
			b.Run(name, func(b *testing.B) { benchmarkRecording(b, c.methods, c.files, durable) })
		}
	}
}

func benchmarkRecording(b *testing.B, methods, files int, durable bool) {
	l := newLab(b, labComputes{})
	cachers := make([]diskcache.DiskCacher[[]float64], methods+1)
	var all []diskcache.Cacher
	var bindings []diskcache.Binding
	for i := range cachers {
		all = append(all, &cachers[i])
		bindings = append(bindings, diskcache.Binding{Cacher: &cachers[i], Name: fmt.Sprint("method", i)})
	}
	o := diskcache.Options{Tmpdir: l.dir}
	if !durable {
		o.Durability = 1
	}
	if err := diskcache.UpdateAll(all, diskcache.WithOptions(o)); err != nil {
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
			if _, err := cachers[1+i].Execute(ctx, upstream); err != nil {
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
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := cachers[0].Execute(b.Context(), compute, i); err != nil {
			b.Fatal(err)
		}
	}
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
