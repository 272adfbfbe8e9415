package dataelab_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain checks that no goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }

const testTag = "LBTISX20240410_112233"

// cacher is what the trees of these tests hold: the result type is no matter of
// the walk.
type cacher = diskcache.DiskCacher[[]float64]

// leaf has one method of its own.
type leaf struct{ Mean cacher }

// sum is a method that counts how often it is computed.
type sum struct {
	total diskcache.DiskCacher[float64]
	runs  int
}

func (s *sum) Total(ctx context.Context) (float64, error) {
	return s.total.Execute(ctx, func(context.Context) (float64, error) {
		s.runs++
		return float64(s.runs), nil
	})
}

// expectNames sets a tag and compares the names that all cachers under root got,
// as their files have them, with want.
func expectNames(t *testing.T, root any, want ...string) {
	t.Helper()
	dir := t.TempDir()
	if len(want) == 0 {
		logTo(t, zerolog.ErrorLevel) // SetTag warns of a root without cachers
	}
	if err := dataelab.SetTmpdir(root, dir); err != nil {
		t.Fatal(err)
	}
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	var got []string
	for name, c := range dataelab.Cachers(root) {
		full, err := c.FullPath()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if full != filepath.Join(dir, "cache"+testTag, name) {
			t.Errorf("Cachers yields %s for the cacher at %s", name, full)
		}
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// pathOf returns the name of a cacher that has a tag.
func pathOf(t *testing.T, c diskcache.Cacher) string {
	t.Helper()
	full, err := c.FullPath()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(full)
}
