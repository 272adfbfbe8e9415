package diskcache_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestBindUntagged keeps a value in a directory without a tag, as a Cache does.
func TestBindUntagged(t *testing.T) {
	dir := t.TempDir()
	for round := range 2 {
		var mean diskcache.DiskCacher[[]float64]
		if err := mean.SetOptions(diskcache.Options{Tmpdir: dir, Prefix: "metrics"}); err != nil {
			t.Fatal(err)
		}
		if err := diskcache.BindUntagged([]diskcache.Binding{{Cacher: &mean, Name: "mean"}}, diskcache.Observer{}); err != nil {
			t.Fatal(err)
		}
		computed := 0
		v, err := mean.Execute(context.Background(), func(context.Context) ([]float64, error) { computed++; return []float64{1}, nil })
		if err != nil || len(v) != 1 || computed != 1-round {
			t.Errorf("round %d: %v, %v, computed %d times", round, v, err, computed)
		}
		path, err := mean.Path()
		if want := filepath.Join(dir, "metrics", "mean.npy"); path != want || err != nil {
			t.Errorf("path %s, %v, want %s", path, err, want)
		}
		place, err := mean.Place()
		if err != nil || place.Tag() != "" {
			t.Errorf("tag %q, %v", place.Tag(), err)
		}
		for e, err := range place.Entries(context.Background()) {
			if err != nil || e.State != diskcache.EntrySound || e.Name != "mean" {
				t.Errorf("entry %+v, %v", e, err)
			}
		}
	}
}
