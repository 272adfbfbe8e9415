package dataelab

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// Statistics is what was counted for the cachers of a tree since they were given
// their tag. Printed, it is a table.
type Statistics struct {
	Total   diskcache.Stats `json:"total"`
	Cachers []CacherStats   `json:"cachers"` // in the order of [Cachers]
}

// CacherStats is what was counted for one cacher.
type CacherStats struct {
	Name string `json:"name"` // such as root.slopes.Slopes.mean
	diskcache.Stats
}

// Stats returns what was counted for every cacher under root, and in total. Calls that
// memory answered are not counted, see [diskcache.Stats].
func Stats(root any) (Statistics, error) {
	all, err := find(root)
	if err != nil {
		return Statistics{}, fmt.Errorf("dataelab: stats: %w", err)
	}
	s := Statistics{Cachers: make([]CacherStats, len(all))}
	for i, f := range all {
		s.Cachers[i] = CacherStats{f.name, f.cacher().Stats()}
		s.Total = s.Total.Add(s.Cachers[i].Stats)
	}
	return s, nil
}

// String returns a table with a line for each cacher that did something, and one for
// the total.
func (s Statistics) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "method\tloaded\tcomputed\tfailed\tnot saved\tevicted\tread\twritten\tcomputing took\ttime saved\twhy it was computed")
	idle := 0
	for _, c := range s.Cachers {
		if c.Stats == (diskcache.Stats{}) {
			idle++
			continue
		}
		writeRow(w, c.Name, c.Stats)
	}
	writeRow(w, "total", s.Total)
	_ = w.Flush() // a strings.Builder takes all
	if idle > 0 {
		fmt.Fprintf(&b, "%d more did nothing that is counted\n", idle)
	}
	return b.String()
}

func writeRow(w *tabwriter.Writer, name string, s diskcache.Stats) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", name, s.Loaded, s.Computed, s.Failed, s.SaveFailed, s.Evicted,
		wording.Bytes(s.BytesLoaded), wording.Bytes(s.BytesSaved), wording.Duration(s.ComputeTime), wording.Duration(s.TimeSaved), s.Misses)
}
