package diskcache

import (
	"context"
	"log/slog"
	"time"
)

// EventKind says what happened to an entry.
type EventKind uint8

// The kinds of events, with the fields they fill beside Kind, Tag, Name and Path.
const (
	// LookedUp: the entry was looked for. Source says where it was found, or that it
	// was not: then Why, and Reason in words. Hits in memory are told of only where
	// Observer.TraceHits asks for it.
	LookedUp EventKind = iota + 1
	// Loaded: a stored value was read. Bytes, Digest, Elapsed, ComputeTime; Reason is not
	// empty for a file of another program, and Digest is.
	Loaded
	// Computed: the value was computed. Elapsed, ComputeTime; Why, and Reason in words.
	Computed
	// Failed: the computation returned an error, or was canceled. Elapsed, Err; Why, and
	// Reason in words: why it was begun.
	Failed
	// Saved: the value was stored. Bytes, Digest, Elapsed.
	Saved
	// SaveFailed: the value could not be stored and was only returned. Err; Repeated where
	// it is the directory that cannot be used, and this was told before.
	SaveFailed
	// SetAside: a damaged file was moved out of the way. Path is where it lay; Why is
	// Damaged, and Reason tells how; Err when it could not be moved.
	SetAside
	// FoundDamaged: a file that the mmap option had shown to callers turned out to be
	// damaged, by a goroutine in the background. Reason. The next call computes.
	FoundDamaged
	// Evicted: an entry, maybe of another tag, was removed to make room for one that
	// is saved. Bytes, with its record, in whole blocks; Reason says which limit asked for it.
	Evicted
	// Invalidated: an entry was removed as it, or what it was made of, is wrong. Bytes,
	// ComputeTime; Reason. Or a value was invalidated while it was computed, and is not
	// stored: Reason, Err.
	Invalidated
	// Cleared: ClearCache or its like removed entries. Path is the value's file, or the
	// beginning of the names of several; Reason says how many there were.
	Cleared
	// Merged: before a map of package mapcache was saved, what another process had saved in
	// the meantime was taken in. Reason.
	Merged
	// Conflict: entries of a map were changed both here and by what was merged. Reason names
	// their keys; the values of this process are saved.
	Conflict
	// Waiting: a call has waited for some seconds for another one, here or in another
	// process. Elapsed; Reason says for what, which process computes it, and since when. There
	// is one event for all calls that wait for the same.
	Waiting
	// Warned: no entry is wrong, but where entries lie, or how they are named. Reason says what
	// is to be done. It is said once.
	Warned
)

var eventNames = [...]string{
	LookedUp:     "look-up",
	Loaded:       "load",
	Computed:     "compute",
	Failed:       "failed",
	Saved:        "save",
	SaveFailed:   "save failed",
	SetAside:     "set aside",
	FoundDamaged: "found damaged",
	Evicted:      "evicted",
	Invalidated:  "invalidated",
	Cleared:      "cleared",
	Merged:       "merged",
	Conflict:     "conflict",
	Waiting:      "waiting",
	Warned:       "warning",
}

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
	Digest      string        // of the value's file, as EntryInfo has it
	Elapsed     time.Duration // how long this step took
	ComputeTime time.Duration // how long the value took, or once took, to compute
	Source      Source        // of LookedUp: where it was found
	Why         Reason        // why it was not found
	Reason      string        // the same in words, with all details; of others as their kind says
	Err         error
	Repeated    bool // of SaveFailed: the log has said it, and does not say it for each value
}

// warn is the observer of last resort: losing a night's work, or waiting through one, must
// not be silent.
func warn(e Event) {
	switch e.Kind {
	case SaveFailed, SetAside, FoundDamaged, Waiting, Warned:
		if e.Repeated {
			return
		}
	default:
		return
	}
	var attrs []slog.Attr // those that the event has
	for _, a := range []struct{ key, value string }{{"tag", e.Tag}, {"name", e.Name}, {"path", e.Path}, {"reason", e.Reason}} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	slog.LogAttrs(context.Background(), slog.LevelWarn, "dataelab: "+e.Kind.String(), attrs...)
}
