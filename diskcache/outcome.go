package diskcache

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Outcome is what happened in one cached call, and why. A call fills it in when its
// context was made by [WithOutcome]. Printed, it is a sentence:
//
//	computed in 2.1 s, as argument 2 differs from the nearest stored entry: 3 there, 4 here (computed 2026-11-20 10:11:05 UTC in 1.9 s)
type Outcome struct {
	Source Source // where the value is from
	Path   string // the value's file, or where it would lie; empty without a tag
	Bytes  int64  // of that file, where this call read or wrote it

	// Why says why the value was computed, or not found, and Reason the same in words,
	// with the details. A value that was found has NoReason, and may have words all the
	// same; a stale one (FuncOptions.Stale) is Expired.
	Why    Reason
	Reason string

	// Nearest is the stored entry that comes closest to what was asked for. It is nil
	// where the value was found, and where nothing is stored under that name.
	Nearest *Nearest

	Elapsed     time.Duration // how long the call took
	Computed    time.Time     // when the computation of the value ended; zero where that is not known
	ComputeTime time.Duration // how long it took, now or then

	SaveErr error // why the value is not on disk, computed now or before; nil if it is
	Err     error // what the call returned

	start time.Time
}

// Source is where the value of a call is from.
type Source uint8

// The sources.
const (
	NoSource    Source = iota // no call was made yet, or it panicked
	FromMemory                // memory had it
	FromDisk                  // its file was read
	FromCompute               // it was computed, and stored
	FromOther                 // another goroutine computed it, for which this call waited
	Uncached                  // it was computed, and neither looked for nor stored: no tag, the cache is off, or WithBypass
	NotFound                  // Peek found none
	NoValue                   // the call returned an error
)

var sourceNames = [...]string{"none", "memory", "disk", "computed", "shared", "uncached", "not found", "failed"}

// String returns the source in two words at most.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Source) UnmarshalText(text []byte) error {
	i := slices.Index(sourceNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("diskcache: %q is not the name of a source", text)
	}
	*s = Source(i)
	return nil
}

// WithOutcome returns a context whose cached calls tell in o what happened:
// Execute, Refresh and Peek of methods, Call, Refresh and Peek of functions.
//
// The calls that a computation makes, with the context it was given, do not write to
// o. They may have an outcome of their own by another WithOutcome. Each call writes o anew,
// so use the context for one call at a time: of two at once, o would be a mixture.
// Batches leave o alone, see BatchOptions.Outcomes. With nil nothing is told.
//
// What is asked for costs some time. A miss reads the records of up to 100 other
// entries, to find the nearest one. And the first context of this kind in a program
// makes all its hits some nanoseconds slower, as [WithMaxAge] does.
func WithOutcome(ctx context.Context, o *Outcome) context.Context {
	var d demand
	if before := demandOf(ctx); before != nil {
		d = *before
	}
	d.outcome = o
	pulse.Or(pulseDemand)
	return context.WithValue(ctx, demandKey{}, &d)
}

// inside returns the context for a computation, whose calls write to no outcome of
// the call around it.
func (d demand) inside(ctx context.Context) context.Context {
	if d.outcome == nil {
		return ctx
	}
	return WithOutcome(ctx, nil)
}

// The engine fills an Outcome by the methods that follow, which do nothing for nil:
// begin, some of those in the middle, and one of those at the end.

func (o *Outcome) begin() {
	if o != nil {
		*o = Outcome{start: time.Now()}
	}
}

func (o *Outcome) end() { o.Elapsed = time.Since(o.start) }

// loaded tells of a file that was read.
func (o *Outcome) loaded(path string, found *look) {
	if o != nil {
		o.Source, o.Path, o.Bytes, o.Reason = FromDisk, path, found.bytes, found.reason
	}
}

// shared tells of a value that another goroutine computed meanwhile.
func (o *Outcome) shared() {
	if o != nil {
		o.Source = FromOther
	}
}

// storedMeanwhile tells, after loaded, that the file was not there at first.
func (o *Outcome) storedMeanwhile() {
	if o != nil && o.Reason == "" {
		o.Reason = "another process or object computed it meanwhile"
	}
}

// found is the end of a call that got a stored value: from memory, unless loaded or
// shared said otherwise.
func (o *Outcome) found(c *cell, e *entry) {
	if o == nil {
		return
	}
	if o.Source == NoSource {
		o.Source = FromMemory
	}
	if o.Path == "" {
		o.Path = c.valuePath(e.key)
	}
	if e.ended != 0 {
		o.Computed, o.ComputeTime = time.Unix(0, e.ended), time.Duration(e.ended-e.began)
	}
	if e.unsaved {
		o.SaveErr = errUnsaved
	}
	o.end()
}

// errUnsaved is what is left of the error of an earlier save.
var errUnsaved = errors.New("saving it failed when it was computed")

// stale comes after found.
func (o *Outcome) stale() {
	if o != nil {
		o.Why, o.Reason = Expired, "it has expired, and a new one is being computed in the background"
	}
}

// missed tells why there is no stored value.
func (o *Outcome) missed(path string, why Reason, reason string, nearest *Nearest) {
	if o == nil {
		return
	}
	if why == NotStored && nearest != nil {
		_, former, looked := strings.Cut(reason, underFormer)
		why, reason = OtherArguments, nearest.sentence()
		if looked { // there may be an entry of these very arguments
			reason += underFormer + former
		}
	}
	o.Path, o.Why, o.Reason, o.Nearest = path, why, reason, nearest
}

// notFound is the end of a Peek after missed.
func (o *Outcome) notFound() {
	if o != nil {
		o.Source = NotFound
		o.end()
	}
}

// saved tells that the computed value is on disk, or why it is not.
func (o *Outcome) saved(c *cell, file string, bytes int64, err error) {
	if o == nil {
		return
	}
	o.Bytes, o.SaveErr = bytes, err
	if file != "" {
		o.Path = filepath.Join(c.dir.path, file)
	}
}

// computed is the end of a call that computed.
func (o *Outcome) computed(end time.Time, took time.Duration) {
	if o != nil {
		o.Source, o.Computed, o.ComputeTime = FromCompute, end, took
		o.end()
	}
}

// failed is the end of a call that returned an error.
func (o *Outcome) failed(err error) {
	if o != nil {
		o.Source, o.Err = NoValue, err
		o.end()
	}
}

// keptUnchanged tells, before found, that the computation was broken off.
func (o *Outcome) keptUnchanged() {
	if o != nil {
		o.Why, o.Nearest = NoReason, nil
		o.Reason = "what it was made of was computed anew, and came out the same"
	}
}

// rememberedError tells, before failed, that nothing was computed.
func (o *Outcome) rememberedError() {
	if o != nil {
		o.Why, o.Reason, o.Nearest = NoReason, "", nil
	}
}

// uncached is the end of a call that only computed.
func (o *Outcome) uncached(reason string, err error) {
	if o == nil {
		return
	}
	o.Source, o.Reason, o.Err = Uncached, reason, err
	if err != nil {
		o.Source = NoValue
	}
	o.end()
	o.ComputeTime = o.Elapsed
}
