package source

import (
	"errors"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/diskcache"
)

// A Sender is a [stream.Stream].
type Sender interface {
	Send(value float64, labels stream.Labels) error
}

// Events returns a function for diskcache.Options.OnEvent. It sends how many seconds each step of a
// cache took, with the labels "kind", such as "compute" or "load", and "name", the cacher's. What cannot be sent, as
// the stream is closed, is not.
func Events(s Sender) func(diskcache.Event) {
	return func(e diskcache.Event) {
		_ = s.Send(e.Elapsed.Seconds(), stream.Labels{"kind": e.Kind.String(), "name": e.Name})
	}
}

// Stats sends each count of st with the label "count", such as {"count": "computed"}, and times in seconds. A program
// calls it from time to time, with diskcache.Total of its cachers; [stream.Last] is the aggregation for it.
func Stats(s Sender, st diskcache.Stats) error {
	var errs []error
	send := func(name string, value float64) {
		errs = append(errs, s.Send(value, stream.Labels{"count": name}))
	}
	for _, c := range []struct {
		name  string
		count int64
	}{
		{"memory_hits", st.MemoryHits}, {"loaded", st.Loaded}, {"shared", st.Shared}, {"computed", st.Computed}, {"failed", st.Failed},
		{"saved", st.Saved}, {"save_failed", st.SaveFailed}, {"set_aside", st.SetAside}, {"evicted", st.Evicted},
		{"bytes_loaded", st.BytesLoaded}, {"bytes_saved", st.BytesSaved},
	} {
		send(c.name, float64(c.count))
	}
	send("compute_seconds", st.ComputeTime.Seconds())
	send("load_seconds", st.LoadTime.Seconds())
	send("seconds_saved", st.TimeSaved.Seconds())
	return errors.Join(errs...)
}
