package diskcache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestErrorOfComputation: the error of a computation names the methods that it came
// through, and the tag once; the cause is found in it.
func TestErrorOfComputation(t *testing.T) {
	dir := t.TempDir()
	mean, _ := newCacherNamed[int](t, dir, "root.A.mean")
	sum, _ := newCacherNamed[int](t, dir, "root.B.sum")
	open := func(ctx context.Context) (int, error) {
		_, err := diskcache.ReadFile(ctx, dir+"/missing")
		return 0, err
	}
	_, cause := os.ReadFile(dir + "/missing")
	_, err := sum.Execute(t.Context(), func(ctx context.Context) (int, error) { return mean.Execute(ctx, open) })
	want := "diskcache: compute root.B.sum of tag " + testTag + ": root.A.mean: " + cause.Error()
	if err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if e, ok := errors.AsType[*diskcache.Error](err); !ok || e.Op != "compute" || e.Name != "root.B.sum" || e.Tag != testTag {
		t.Errorf("%+v", e)
	}

	cache := diskcache.Cache{Dir: dir + "/functions"}
	fit := diskcache.Wrap(&cache, "fit", func(ctx context.Context, _ int) (int, error) { return mean.Execute(ctx, open) })
	_, err = fit.Call(t.Context(), 1)
	want = "diskcache: compute fit: diskcache: compute root.A.mean of tag " + testTag + ": " + cause.Error()
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	var untagged diskcache.DiskCacher[int]
	if _, err = untagged.Execute(t.Context(), open); err == nil || err.Error() != cause.Error() {
		t.Errorf("without a tag: %v", err)
	}
}
