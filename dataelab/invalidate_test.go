package dataelab_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// Which methods a name means.
func TestInvalidateMethods(t *testing.T) {
	type part struct {
		mean diskcache.DiskCacher[int]
		last diskcache.DiskCacher[int] `cache:"newest,aka=last"`
	}
	type tree struct {
		first, second part
	}
	for name, want := range map[string]string{
		"mean":                   "root.first.part.mean root.second.part.mean",
		"part.mean":              "root.first.part.mean root.second.part.mean",
		"first.part.mean":        "root.first.part.mean",
		"root.second.part.mean":  "root.second.part.mean",
		"second.mean":            "root.second.part.mean",
		"newest":                 "root.first.part.newest root.second.part.newest",
		"last":                   "root.first.part.newest root.second.part.newest", // the field
		"Mean":                   "root.first.part.mean root.second.part.mean",     // as Go users call the method
		"First.Mean":             "root.first.part.mean",
		"root.second.part.newes": "has no cached method",
		"ean":                    "has no cached method",
		"":                       "has no cached method",
	} {
		t.Run(name, func(t *testing.T) {
			a := new(tree)
			if err := errors.Join(dataelab.SetTmpdir(a, t.TempDir()), dataelab.SetTag(a, "tag")); err != nil {
				t.Fatal(err)
			}
			for _, c := range []*diskcache.DiskCacher[int]{&a.first.mean, &a.first.last, &a.second.mean, &a.second.last} {
				if _, err := c.Execute(t.Context(), func(context.Context) (int, error) { return 1, nil }); err != nil {
					t.Fatal(err)
				}
			}
			report, err := dataelab.Invalidate(t.Context(), a, diskcache.Invalidation{Methods: []string{name}})
			if err != nil {
				if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataelab: invalidate: ") {
					t.Error(err)
				}
				return
			}
			var got []string
			for _, e := range report.Entries {
				got = append(got, e.Name)
			}
			for _, e := range strings.Fields(want) {
				if !strings.Contains(strings.Join(got, " "), e) || len(got) != len(strings.Fields(want)) {
					t.Errorf("got %v, want %s", got, want)
				}
			}
		})
	}
}

func TestInvalidateTree(t *testing.T) {
	a := newAnalyzer()
	if _, err := dataelab.Invalidate(t.Context(), a, diskcache.Invalidation{All: true}); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("without a tag: %v", err)
	}
	if _, err := dataelab.Invalidate(t.Context(), *a, diskcache.Invalidation{All: true}); err == nil {
		t.Error("of a root that is no pointer")
	}
	a = analyzed(t.TempDir())
	var stranger diskcache.DiskCacher[int]
	place, err := a.Slopes.rms.Place()
	if err != nil {
		t.Fatal(err)
	}
	tmpdir := filepath.Dir(place.String())
	if err := errors.Join(stranger.SetTmpdir(tmpdir), stranger.SetTag("LBTISX20240410_112233", "other.method")); err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Execute(t.Context(), func(context.Context) (int, error) { return 1, nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := dataelab.Invalidate(t.Context(), a, diskcache.Invalidation{}); err == nil || !strings.Contains(err.Error(), "dataelab: invalidate: nothing is chosen") {
		t.Errorf("of nothing: %v", err)
	}
	report, err := dataelab.Invalidate(t.Context(), a, diskcache.Invalidation{All: true})
	if err != nil || len(report.Entries) != 2 {
		t.Errorf("all of the tree: %v, %v", report, err)
	}
	if v, ok, err := stranger.Peek(t.Context()); v != 1 || !ok || err != nil {
		t.Errorf("a method that is not of the tree: %v, %v, %v", v, ok, err)
	}
}
