package diskcache

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// EventKind says what happened to an entry.
type EventKind uint8

// The kinds of events, with the fields they fill beside Kind, Tag, Name and Path.
const (
	// LookedUp: the entry was looked for. Reason says with what outcome. Hits in
	// memory are told of only where Binding.TraceHits asks for it.
	LookedUp EventKind = iota + 1
	// Loaded: a stored value was read. Bytes, Elapsed, ComputeTime; Reason is not
	// empty for a file of another program.
	Loaded
	// Computed: the value was computed. Elapsed, ComputeTime; Reason says why.
	Computed
	// Failed: the computation returned an error, or was canceled. Elapsed, Err.
	Failed
	// Saved: the value was stored. Bytes, Elapsed.
	Saved
	// SaveFailed: the value could not be stored and was only returned. Err.
	SaveFailed
	// SetAside: a damaged file was moved out of the way. Path is where it lay;
	// Reason; Err when it could not be moved.
	SetAside
	// Evicted: an entry, maybe of another tag, was removed to make room for one that
	// is saved. Bytes, with its record, in whole blocks; Reason says which limit asked for it.
	Evicted
)

var eventNames = [...]string{"", "look-up", "load", "compute", "failed", "save", "save failed", "set aside", "evicted"}

// String returns the event's name in the log.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

// Event tells of one step in the life of an entry.
type Event struct {
	Kind        EventKind
	Tag         string
	Name        string        // such as root.slopes.Slopes.mean
	Path        string        // the value's file, complete with its extension where that is known
	Bytes       int64         // size of the value's file
	Elapsed     time.Duration // how long this step took
	ComputeTime time.Duration // how long the value took, or once took, to compute
	Reason      string
	InMemory    bool // of LookedUp: memory had it
	Err         error
}

// Stats counts what happened to the entries of one cacher since it was given
// its tag. Hits in memory are not counted: counting would cost more than the hit.
type Stats struct {
	Loaded      int64 // values read from disk
	Computed    int64 // computations that returned a value
	Failed      int64 // computations that returned an error
	Saved       int64 // values stored
	SaveFailed  int64 // values that could not be stored
	SetAside    int64 // damaged files moved out of the way
	Evicted     int64 // entries, maybe of others, removed to make room for values of this cacher
	BytesLoaded int64
	BytesSaved  int64
}

// counters is Stats in the making.
type counters struct {
	loaded, computed, failed, saved, saveFailed, setAside, evicted, bytesLoaded, bytesSaved atomic.Int64
}

func (c *counters) add(e *Event) {
	switch e.Kind {
	case Loaded:
		c.loaded.Add(1)
		c.bytesLoaded.Add(e.Bytes)
	case Computed:
		c.computed.Add(1)
	case Failed:
		c.failed.Add(1)
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
	return Stats{
		Loaded: c.loaded.Load(), Computed: c.computed.Load(), Failed: c.failed.Load(),
		Saved: c.saved.Load(), SaveFailed: c.saveFailed.Load(), SetAside: c.setAside.Load(), Evicted: c.evicted.Load(),
		BytesLoaded: c.bytesLoaded.Load(), BytesSaved: c.bytesSaved.Load(),
	}
}

// warn is the observer of last resort: losing a night's work must not be silent.
func warn(e Event) {
	if e.Kind != SaveFailed && e.Kind != SetAside {
		return
	}
	slog.LogAttrs(context.Background(), slog.LevelWarn, "dataelab: "+e.Kind.String(),
		slog.String("tag", e.Tag), slog.String("name", e.Name), slog.String("path", e.Path),
		slog.String("reason", e.Reason), slog.Any("error", e.Err))
}
