package diskcache

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Stats counts what happened to the entries of one cacher since it was given its
// tag, or, summed up by [Total], of many. Hits in memory are only counted where they
// are events (Observer.TraceHits): counting takes longer than such a hit.
type Stats struct {
	MemoryHits int64 `json:"memory_hits"` // see above
	Loaded     int64 `json:"loaded"`      // values read from disk
	Shared     int64 `json:"shared"`      // calls that waited for a computation on another goroutine and took its value
	Computed   int64 `json:"computed"`    // computations that returned a value
	Failed     int64 `json:"failed"`      // computations that returned an error
	Saved      int64 `json:"saved"`       // values stored
	SaveFailed int64 `json:"save_failed"` // values that could not be stored
	SetAside   int64 `json:"set_aside"`   // damaged files moved out of the way
	Evicted    int64 `json:"evicted"`     // entries, maybe of others, removed to make room for values of this cacher

	BytesLoaded int64 `json:"bytes_loaded"`
	BytesSaved  int64 `json:"bytes_saved"`

	ComputeTime time.Duration `json:"compute_time_ns"` // of the values computed
	LoadTime    time.Duration `json:"load_time_ns"`    // of the values loaded

	// TimeSaved is how long the loaded values once took to compute, less LoadTime. It
	// is negative where computing would have been faster. Files of other programs do
	// not tell how long they took.
	TimeSaved time.Duration `json:"time_saved_ns"`

	// Misses says why values were computed: one for each computation, also those that
	// failed, so it adds up to Computed and Failed.
	Misses Misses `json:"misses"`
}

// Misses counts by [Reason], as in stats.Misses[diskcache.Expired].
type Misses [reasons]int64

// Total returns how many there are of all reasons.
func (m Misses) Total() int64 {
	var sum int64
	for _, n := range m {
		sum += n
	}
	return sum
}

// String lists them, as in "12 not stored, 1 expired".
func (m Misses) String() string {
	var texts []string
	for reason, n := range m {
		if n != 0 {
			texts = append(texts, fmt.Sprintf("%d %v", n, Reason(reason)))
		}
	}
	return strings.Join(texts, ", ")
}

// MarshalJSON returns an object with the names of the reasons that there were.
func (m Misses) MarshalJSON() ([]byte, error) {
	byName := map[Reason]int64{}
	for reason, n := range m {
		if n != 0 {
			byName[Reason(reason)] = n
		}
	}
	return json.Marshal(byName)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Misses) UnmarshalJSON(text []byte) error {
	var byName map[Reason]int64
	if err := json.Unmarshal(text, &byName); err != nil {
		return err
	}
	*m = Misses{}
	for reason, n := range byName {
		m[reason] = n
	}
	return nil
}

// Add returns the sum of both.
func (s Stats) Add(other Stats) Stats {
	s.MemoryHits += other.MemoryHits
	s.Loaded += other.Loaded
	s.Shared += other.Shared
	s.Computed += other.Computed
	s.Failed += other.Failed
	s.Saved += other.Saved
	s.SaveFailed += other.SaveFailed
	s.SetAside += other.SetAside
	s.Evicted += other.Evicted
	s.BytesLoaded += other.BytesLoaded
	s.BytesSaved += other.BytesSaved
	s.ComputeTime += other.ComputeTime
	s.LoadTime += other.LoadTime
	s.TimeSaved += other.TimeSaved
	for reason, n := range other.Misses {
		s.Misses[reason] += n
	}
	return s
}

// Total returns what was counted for many cachers together.
func Total(cachers ...Cacher) Stats {
	var sum Stats
	for _, c := range cachers {
		sum = sum.Add(c.Stats())
	}
	return sum
}

// Stats returns what was counted for all functions of the cache together.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum Stats
	for _, f := range c.functions {
		sum = sum.Add(f.Stats())
	}
	return sum
}

// counters is Stats in the making.
type counters struct {
	memoryHits, loaded, shared, computed, failed, saved, saveFailed, setAside, evicted,
	bytesLoaded, bytesSaved, computeTime, loadTime, onceTook atomic.Int64
	misses [reasons]atomic.Int64
}

func (c *counters) add(e *Event) {
	switch e.Kind {
	case LookedUp:
		switch e.Source {
		case FromMemory:
			c.memoryHits.Add(1)
		case FromOther:
			c.shared.Add(1)
		}
	case Loaded:
		c.loaded.Add(1)
		c.bytesLoaded.Add(e.Bytes)
		c.loadTime.Add(int64(e.Elapsed))
		if e.ComputeTime > 0 {
			c.onceTook.Add(int64(e.ComputeTime))
		}
	case Computed:
		c.computed.Add(1)
		c.computeTime.Add(int64(e.ComputeTime))
		c.misses[e.Why].Add(1)
	case Failed:
		c.failed.Add(1)
		c.misses[e.Why].Add(1)
	case Saved:
		c.saved.Add(1)
		c.bytesSaved.Add(e.Bytes)
	case SaveFailed:
		c.saveFailed.Add(1)
	case Evicted:
		c.evicted.Add(1)
	case SetAside:
		if e.Err == nil {
			c.setAside.Add(1)
		}
	}
}

func (c *counters) snapshot() Stats {
	s := Stats{
		MemoryHits: c.memoryHits.Load(), Loaded: c.loaded.Load(), Shared: c.shared.Load(), Computed: c.computed.Load(),
		Failed: c.failed.Load(), Saved: c.saved.Load(), SaveFailed: c.saveFailed.Load(), SetAside: c.setAside.Load(), Evicted: c.evicted.Load(),
		BytesLoaded: c.bytesLoaded.Load(), BytesSaved: c.bytesSaved.Load(),
		ComputeTime: time.Duration(c.computeTime.Load()), LoadTime: time.Duration(c.loadTime.Load()),
	}
	s.TimeSaved = time.Duration(c.onceTook.Load()) - s.LoadTime
	for reason := range c.misses {
		s.Misses[reason] = c.misses[reason].Load()
	}
	return s
}
