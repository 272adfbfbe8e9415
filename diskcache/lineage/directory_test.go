package lineage_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// A directory is an input like a file; of one that was only listed, no content tells.
func TestDirectories(t *testing.T) {
	s := newSite(t)
	whole, listed := t.TempDir(), t.TempDir()
	write(t, filepath.Join(whole, "a"), "1")
	write(t, filepath.Join(listed, "a"), "1")
	missing := filepath.Join(whole, "missing", "b")
	var c diskcache.DiskCacher[int]
	must(t, errors.Join(c.SetOptions(s.opts), c.SetTag(testTag, "root.A.count")))
	_, err := c.Execute(t.Context(), func(ctx context.Context) (int, error) {
		return 1, errors.Join(diskcache.UseFile(ctx, whole, missing), diskcache.UseNames(ctx, listed))
	})
	must(t, err)
	states := func() []string {
		diskcache.Recheck()
		g := s.graph()
		return []string{stateOf(g.File(whole)), stateOf(g.File(listed)), stateOf(g.File(missing)), stateOf(g.Entry("root.A.count", ""))}
	}
	sameLines(t, "as they were", states(), "valid", "valid", "valid", "valid")
	write(t, filepath.Join(listed, "a"), "other content")
	sameLines(t, "other content where only names count", states(), "valid", "valid", "valid", "valid")
	write(t, filepath.Join(listed, "b"), "2")
	sameLines(t, "other names", states(), "valid", "not checked", "valid", "stale, input changed")
	write(t, filepath.Join(whole, "a"), "2")
	sameLines(t, "other content", states(), "stale", "not checked", "valid", "stale, input changed")
}
