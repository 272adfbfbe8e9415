package diskcache

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What a computation uses is collected while it runs, by way of the context that it
// was given:
//
//  1. A cached call inside it is one use, with the digest of the value that it got.
//  2. What that value was made of is inherited: should the other entry be gone one day, it
//     tells whether anything has changed. It is listed as long as it is not much.
//  3. A value that was not stored, and an error, have no entry that could tell. What they
//     were made of are uses of the computation itself, and so is the value, as far as this
//     process can tell it from another one. So are those of a call without a tag, which
//     passes its context on.
//  4. Files and settings are uses by UseFile and Setting.Use.

// collector collects for one computation. Its methods may be called from many goroutines;
// what they add after close is lost.
type collector struct {
	parent *collector // of the computation around
	home   *home      // of the entry to be; nil for a Loader's
	owner  any        // a Loader

	closed  atomic.Bool
	last    atomic.Pointer[origin]  // noted last, as loops ask for one value again and again
	awaited atomic.Pointer[awaited] // nil unless the computation may be broken off

	mu        sync.Mutex
	uses      []use            // guarded by mu
	seen      map[use]bool     // guarded by mu
	noted     map[*origin]bool // guarded by mu
	inherited int              // guarded by mu
	partial   bool             // guarded by mu
}

// mostInherited is how many lines a record has, at most, of what was inherited.
const mostInherited = 256

type collectKey struct{}

// collecting returns a context whose calls are uses of one computation, until close.
func collecting(ctx context.Context, h *home) (context.Context, *collector) {
	if ctx == nil {
		ctx = context.Background()
	}
	c := &collector{parent: collectorOf(ctx), home: h}
	pulse.Add(pulseCollect)
	return context.WithValue(ctx, collectKey{}, c), c
}

// collectorOf returns the one that collects what is used with ctx, or nil.
func collectorOf(ctx context.Context) *collector {
	if ctx == nil || pulse.Load()&(pulseEpoch-pulseCollect) == 0 {
		return nil
	}
	c, _ := ctx.Value(collectKey{}).(*collector)
	for c != nil && c.closed.Load() {
		c = c.parent
	}
	return c
}

// close ends it.
func (c *collector) close() {
	if c.closed.CompareAndSwap(false, true) {
		pulse.Add(^(pulseCollect - 1))
	}
}

// collected returns what was used so far.
func (c *collector) collected() *useList {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &useList{partial: c.partial}
	for _, u := range c.uses {
		if !u.Inherited {
			l.direct = append(l.direct, u)
			continue
		}
		direct := u
		direct.Inherited = false
		if !c.partial && !c.seen[direct] {
			l.inherited = append(l.inherited, u)
		}
	}
	if l.none() {
		return nil
	}
	return l
}

// noteUse notes a use of the computation that ctx belongs to.
func noteUse(ctx context.Context, u use) {
	if c := collectorOf(ctx); c != nil {
		c.add(u)
	}
}

func (c *collector) add(u use) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addLocked(u)
}

func (c *collector) addLocked(u use) {
	c.awaited.Load().cross(u)
	if u.Inherited && c.partial || c.seen[u] {
		return
	}
	if u.Inherited {
		if c.inherited++; c.inherited > mostInherited {
			c.partial = true
			return
		}
	}
	if c.seen == nil {
		c.seen = map[use]bool{}
	}
	c.seen[u] = true
	c.uses = append(c.uses, u)
}

// origin is where a value in memory is from.
type origin struct {
	cell *cell
	id   string // see identity; empty for a value that is not stored, which has
	mark string // in its place, unless it is an error
	file string // of a value of another program
	uses *useList
	when time.Time // its computation ended

	computed bool   // by this process, which
	noted    *marks // before it began
}

// identity tells the value of a file from others.
func identity(digest string, isNil bool) string {
	if isNil {
		return digest + " nil"
	}
	return digest
}

// digest returns the digest of the value's file, or "" where it is not known.
func (o *origin) digest() string {
	if o == nil || strings.HasPrefix(o.id, versionIdentity) {
		return ""
	}
	digest, _, _ := strings.Cut(o.id, " ")
	return digest
}

// noteAll notes what a Loader's value was made of: rule 3.
func noteAll(ctx context.Context, uses *useList) {
	if c := collectorOf(ctx); c != nil && !uses.none() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.addAll(uses, false, nil)
	}
}

// addAll adds what a value was made of that somebody in another directory has. The lock
// is held.
func (c *collector) addAll(uses *useList, inherited bool, from *home) {
	more, known := uses.through()
	c.partial = c.partial || !known
	if uses.none() || inherited && c.partial {
		return
	}
	for _, u := range uses.direct {
		u.Inherited = inherited
		c.addLocked(u.seenFrom(from, c.home))
	}
	for _, u := range more {
		c.addLocked(u.seenFrom(from, c.home))
	}
}

// noteOrigin notes that a value was used: rules 1 to 3. It returns who noted it, or nil.
func noteOrigin(ctx context.Context, key Key, o *origin) *collector {
	c := collectorOf(ctx)
	if c == nil || o == nil || c.last.Load() == o {
		return c
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.noted[o] {
		return c
	}
	from := o.cell.dir.home()
	if o.id != "" || o.mark != "" {
		u := use{Entry: o.cell.stem, Key: key.String(), File: o.file, Digest: o.id, Version: o.cell.field.Version}
		if o.id == "" {
			u.Digest, u.State = o.mark, stateUnstored
		}
		from.noteUsed(o.cell.base(key), u.Digest)
		if o.cell.field.TTL > 0 && o.file == "" {
			u.Computed = o.when.UnixNano()
		}
		c.addLocked(u.seenFrom(from, c.home))
	}
	c.addAll(o.uses, o.id != "", from)
	if c.noted == nil {
		c.noted = map[*origin]bool{}
	}
	c.noted[o] = true
	c.last.Store(o)
	return c
}

// seenFrom returns a use by something in one directory as one by something in another;
// nil is for none.
func (u use) seenFrom(from, to *home) use {
	if from == to || u.kind() == UsedFile {
		return u
	}
	if u.In == "" && from != nil {
		u.In = from.id.path
	}
	if to != nil && u.In == to.id.path {
		u.In = ""
	}
	return u
}
