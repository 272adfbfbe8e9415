package diskcache

import (
	"sync/atomic"
	"time"
)

// A hit in memory looks at one word, pulse, to know that nothing is left to be done but
// to return the value:
//
//   - No context ever asked for something (see demand). Else each call searches its own.
//   - Nothing in this program collects what it uses (see collector). Else the call may be
//     one of those that it uses.
//   - The epoch is the one in which the value was last found good. It moves when
//     something happens that could make a value stale, such as a setting that is set.
//     Then each value is examined again, once, when it is next asked for.
var pulse atomic.Uint64

const (
	pulseDemand  uint64 = 1       // set for good
	pulseCollect uint64 = 2       // counts, up to the next
	pulseEpoch   uint64 = 1 << 32 // counts
)

// goodNow is what an entry has in good that is found good in the present epoch; so 0 is
// good in none.
func goodNow() uint64 { return pulse.Load()&^(pulseEpoch-1) + pulseEpoch }

// moveEpoch lets every value in memory be examined when it is next asked for.
func moveEpoch() {
	forgetFindings()
	pulse.Add(pulseEpoch)
}

// forgetFindings lets records and files be looked at again by those who look on disk.
func forgetFindings() { tick(&lastMoved) }

// tick notes that something happened now, by clock.
func tick(last *atomic.Int64) {
	now := clock.Add(1)
	for before := last.Load(); before < now && !last.CompareAndSwap(before, now); before = last.Load() {
	}
}

// clock orders what is found out about records and files. It is no time: what was found
// out before the epoch moved counts no more, however short ago that was.
var clock, lastMoved atomic.Int64

// lastStored is when a value was last stored. What was found bad before may be good now, as
// a value that came out the same makes good again all that stands upon it.
var lastStored atomic.Int64

// Recheck lets every value in memory be examined when it is next asked for: whether the
// files that it was made of have changed, and whether another process has computed
// something anew that it was made of. Options.Recheck does so from time to time.
func Recheck() { moveEpoch() }

// recheckDue is when the epoch moves by itself, in Unix nanoseconds.
var recheckDue atomic.Int64

// recheckWithin lets the epoch move by itself before long. A timer runs only while values
// are being used.
func recheckWithin(d time.Duration) {
	if d <= 0 {
		return
	}
	now := time.Now().UnixNano()
	at := now + int64(d)
	due := recheckDue.Load()
	if due > now && due <= at || !recheckDue.CompareAndSwap(due, at) {
		return
	}
	time.AfterFunc(d, func() {
		if recheckDue.CompareAndSwap(at, 0) { // else it has moved since, and each value that was used after that has set a timer
			moveEpoch()
		}
	})
}
