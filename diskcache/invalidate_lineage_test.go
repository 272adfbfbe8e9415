package diskcache_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// threeSteps is a lab in which top is made of mid, that of base, and that of a file.
func threeSteps(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, labComputes{
		"base": read("raw"),
		"mid":  func(ctx context.Context, l *lab) (int, error) { v, err := l.get(ctx, "base"); return v / 2, err },
		"top":  func(ctx context.Context, l *lab) (int, error) { v, err := l.get(ctx, "mid"); return v + 100, err },
		"lone": func(context.Context, *lab) (int, error) { return 7, nil },
	})
	l.put("raw", 4)
	l.want("top", 102, "top", "mid", "base")
	l.want("lone", 7, "lone")
	return l
}

func (l *lab) invalidate(o diskcache.Invalidation) diskcache.InvalidationReport {
	l.t.Helper()
	report, err := l.place().Invalidate(l.t.Context(), o)
	if err != nil {
		l.t.Fatal(err)
	}
	return report
}

// What was made of a value that is invalidated is good again where that comes out the same, and
// only then.
func TestInvalidatedUpstream(t *testing.T) {
	base := diskcache.Invalidation{Methods: []string{"base"}}
	for name, again := range map[string]func(*lab) *lab{
		"in memory": func(l *lab) *lab { return l },
		"on disk":   (*lab).again,
	} {
		t.Run(name, func(t *testing.T) {
			l := threeSteps(t)
			l.invalidate(base)
			l = again(l)
			l.want("top", 102, "top", "mid", "base") // nothing tells that base is what it was
			l.want("lone", 7)

			l.invalidate(base)
			l = again(l)
			l.want("base", 4, "base")
			l.want("top", 102)

			if err := l.methods["base"].cacher.ClearCache(); err != nil {
				t.Fatal(err)
			}
			downstream := base
			downstream.Downstream = true
			report := l.invalidate(downstream) // of what is gone
			if len(report.Entries) != 2 || report.Last != 1 {
				t.Errorf("%v", report)
			}
			l = again(l)
			l.want("top", 102, "top", "mid", "base")
			l.want("lone", 7)
		})
	}
}

// The same by the file, and what a report of that tells.
func TestInvalidateInputFile(t *testing.T) {
	l := threeSteps(t)
	report := l.invalidate(diskcache.Invalidation{Files: []string{l.path("raw")}})
	if len(report.Entries) != 3 || report.Entries[0].Name != "top" {
		t.Fatalf("%v", report)
	}
	// What was computed inside another one counts with that.
	if top := report.Entries[0].ComputeTime; report.ComputeTime != top {
		t.Errorf("top took %v with all others inside, and to compute all takes %v", top, report.ComputeTime)
	}
	for _, e := range report.Entries {
		if e.Why != "made of "+l.path("raw") {
			t.Errorf("%s: %s", e.Name, e.Why)
		}
	}
	l.want("top", 102, "top", "mid", "base")
	l.want("lone", 7)
}

// What is computed of a value that is invalidated meanwhile is not found, whoever invalidates.
func TestInvalidateUpstreamWhileComputing(t *testing.T) {
	for _, same := range []bool{true, false} {
		for name, o := range map[string]diskcache.Invalidation{
			"the method": {Methods: []string{"base"}}, "and downstream": {Methods: []string{"base"}, Downstream: true}, "the file": {Files: []string{"raw"}},
		} {
			t.Run(fmt.Sprintf("%s, same process %v", name, same), func(t *testing.T) {
				computing, goOn := make(chan struct{}), make(chan struct{})
				var once sync.Once
				l := newLab(t, labComputes{
					"base": read("raw"),
					"top": func(ctx context.Context, l *lab) (int, error) {
						v, err := l.get(ctx, "base")
						once.Do(func() { close(computing); <-goOn })
						return v + 100, err
					},
					"over": func(ctx context.Context, l *lab) (int, error) { v, err := l.get(ctx, "top"); return -v, err },
				})
				l.put("raw", 4)
				var all sync.WaitGroup
				all.Go(func() {
					if v, err := l.get(context.Background(), "over"); v != -104 || err != nil {
						t.Errorf("the caller gets %v, %v", v, err)
					}
				})
				<-computing
				for i := range o.Files {
					o.Files[i] = l.path(o.Files[i])
				}
				options := diskcache.Options{Tmpdir: l.dir}
				if !same {
					options = diskcache.Options{Store: storage.Dir(l.dir, storage.DirOptions{})}
				}
				p, err := diskcache.PlaceOf(options, "night")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Invalidate(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				close(goOn)
				all.Wait()
				l.want("over", -104, "over", "top", "base")
				l.want("over", -104)
			})
		}
	}
}

// Places that are passed together are followed from one to the other; of others the
// report tells.
func TestInvalidateTwoPlaces(t *testing.T) {
	l := threeSteps(t)
	var other diskcache.DiskCacher[int]
	if err := other.SetOptions(diskcache.Options{Tmpdir: l.dir}); err != nil {
		t.Fatal(err)
	}
	if err := other.SetTag("day", "sum"); err != nil {
		t.Fatal(err)
	}
	sum := func(ctx context.Context) (int, error) { return l.get(ctx, "top") }
	mustExecute(t, &other, sum)
	day, err := other.Place()
	if err != nil {
		t.Fatal(err)
	}
	dry := diskcache.Invalidation{All: true, Upstream: true, DryRun: true}
	report, err := day.Invalidate(t.Context(), dry)
	if err != nil || len(report.Entries) != 1 || len(report.Stays) != 1 || !strings.Contains(report.String(), "stays: "+l.place().String()) {
		t.Errorf("of one: %v, %v", report, err)
	}
	report, err = diskcache.Invalidate(t.Context(), dry, day, l.place())
	if err != nil || len(report.Entries) != 5 || len(report.Stays) != 0 {
		t.Errorf("all of both: %v, %v", report, err)
	}
	report, err = diskcache.Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"mid"}, Downstream: true}, day, l.place())
	if err != nil || len(report.Entries) != 3 {
		t.Errorf("downstream: %v, %v", report, err)
	}
	l.want("base", 4)
	mustExecute(t, &other, sum)
	l.want("top", 102)
}

// TestInvalidateFileOfNobody: a path of which nothing was made is told of, as it may be
// misspelled.
func TestInvalidateFileOfNobody(t *testing.T) {
	l := newLab(t, labComputes{"raw": read("file")})
	l.put("file", 1)
	l.want("raw", 1, "raw")
	report, err := l.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{l.path("flie"), l.path("file")}})
	if err != nil || len(report.Entries) != 1 || len(report.Stays) != 1 || report.Stays[0].Path != l.path("flie") {
		t.Errorf("%+v, error %v", report, err)
	}
}
