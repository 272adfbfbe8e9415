package diskcache

import (
	"context"
	"time"

	"github.com/dataelab/dataelab-go/internal/wording"
)

// What a context asks of the cached calls that are made with it, and of those
// that their computations make in turn with the context they are given. Asked
// twice, the stricter one counts, as with deadlines: what a caller asked for
// holds for all that is called on its behalf.

// WithMaxAge returns a context whose cached calls take stored values that are
// at most this old, counted from when their computation ended, and compute
// others. A time to live goes on to count beside it. Files of other programs do
// not say how old they are, and are taken.
//
// A value that is young enough is taken whatever the age of the values it was
// once made of.
func WithMaxAge(ctx context.Context, age time.Duration) context.Context {
	return withDemand(ctx, demand{maxAge: max(age, 1)})
}

// WithRefresh returns a context whose cached calls take no value whose
// computation began before WithRefresh was called. So everything such a call
// needs is computed anew, once, however many calls ask for it; with the same
// context a second call is a hit. Between machines that is as exact as their clocks
// are. The methods named Refresh compute one value
// anew, and take what that needs from the cache.
func WithRefresh(ctx context.Context) context.Context {
	return withDemand(ctx, demand{since: time.Now().UnixNano()})
}

// WithBypass returns a context whose calls only compute: they neither look for a
// stored value nor store one, and share nothing with other calls.
func WithBypass(ctx context.Context) context.Context {
	return withDemand(ctx, demand{bypass: true})
}

// demand is what a context asks of stored values. The zero value asks nothing.
type demand struct {
	maxAge time.Duration // 0 for any
	since  int64         // Unix nanoseconds, when a computation must have begun; 0 for any time
	bypass bool

	outcome *Outcome // where a call tells what happened; nil for nowhere
}

type demandKey struct{}

func withDemand(ctx context.Context, d demand) context.Context {
	if before := demandOf(ctx); before != nil {
		if d.maxAge == 0 || before.maxAge != 0 && before.maxAge < d.maxAge {
			d.maxAge = before.maxAge
		}
		d.since = max(d.since, before.since)
		d.bypass = d.bypass || before.bypass
		d.outcome = before.outcome
	}
	pulse.Or(pulseDemand)
	return context.WithValue(ctx, demandKey{}, &d)
}

// demandOf returns nil for a context that asks nothing.
func demandOf(ctx context.Context) *demand {
	if pulse.Load()&pulseDemand == 0 || ctx == nil {
		return nil
	}
	d, _ := ctx.Value(demandKey{}).(*demand)
	return d
}

// wish is what one call asks of stored values.
type wish struct {
	refresh bool // no stored value is good, nor one that another call computes already
	demand
	stale    time.Duration // how long after its time to live a value is good, too
	badSince int64         // by clock; what was found bad before has to be looked at again
}

func wishOf(ctx context.Context) wish {
	var w wish
	if d := demandOf(ctx); d != nil {
		w.demand = *d
	}
	return w
}

// ages is when the computation of a value began and ended, in Unix nanoseconds;
// 0 for files of other programs, which do not say.
type ages struct{ began, ended int64 }

// refusal says why a value of such an age is not good enough, or NoReason. A time
// that is still to come is no proof of youth: a clock was set back, or another
// machine's is fast.
func (d *demand) refusal(a ages) Reason {
	if d.since == 0 && d.maxAge == 0 {
		return NoReason
	}
	now := time.Now().UnixNano()
	switch {
	case d.since != 0 && (a.began <= d.since || a.began > now):
		return Refreshed
	case d.maxAge != 0 && a.ended != 0 && (a.ended < now-int64(d.maxAge) || a.ended > now+int64(clockSkew)):
		return TooOld
	}
	return NoReason
}

// inWords tells of a refusal.
func (d *demand) inWords(refusal Reason) string {
	if refusal == TooOld {
		return "the stored value is older than " + wording.Duration(d.maxAge) + ", the most that was asked for (WithMaxAge)"
	}
	return "a newer value was asked for (WithRefresh)"
}
