package diskcache_test

import (
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// A use in memory leaves no trace on disk, and counts for the limits of this process.
func TestUseInMemoryCounts(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"tag":    {TagLimits: diskcache.Limits{Entries: 3}},
		"tmpdir": {Limits: diskcache.Limits{Entries: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimited(t, newDisk(t), o, diskcache.FieldOptions{})
			l.saves(4, 1, 2, 3)
			l.ages(1, 2, 3)
			for range 3 { // of which two are marked already
				if _, err := l.Execute(t.Context(), nil, 1); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range []string{"1 3 4", "1 4 5", "4 5 6"} {
				if i == 2 {
					l.ages(1, 4, 5) // unused since
				}
				l.saves(4, 4+i)
				if got := l.has(1, 2, 3, 4, 5, 6); got != want {
					t.Errorf("after %d: %s, want %s", 4+i, got, want)
				}
			}
		})
	}
}
