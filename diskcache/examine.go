package diskcache

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// A value is good as long as what it was made of is what it was:
//
//  1. A file has the size and time that it had, or else the same content. A file that is
//     gone is a change, unless the directory that held it is gone too: then the data are
//     not on this machine.
//  2. A setting has the value that it had.
//  3. Another entry is good itself, in all that its record and its method's options tell,
//     and its value has the digest that was used. So one that was computed anew and came
//     out the same changes nothing.
//  4. An entry that is gone, as limits remove them, and was not invalidated, is trusted if
//     nothing has changed of what was inherited from it. Where that is not listed, or limits
//     are known to have removed another value, it is not trusted.
//
// What was found out about an entry counts until the epoch moves.

// examiner finds out whether values are good. It is for one look.
type examiner struct {
	ctx      context.Context
	now      int64 // by clock, when the look began
	since    int64 // by clock; what was found bad before is looked at again
	sessions map[*home]store.Session
	visiting map[nodeID]bool
	homeless bool // there is no directory to keep findings in
}

func newExaminer(ctx context.Context, since int64) *examiner {
	return &examiner{ctx: ctx, now: clock.Load(), since: since, sessions: map[*home]store.Session{}, visiting: map[nodeID]bool{}}
}

func (x *examiner) end() {
	for _, s := range x.sessions {
		_ = s.Close()
	}
}

// open returns a session for a directory, which goes on until the end.
func (x *examiner) open(dir *tagDir) (store.Session, error) {
	if s := x.sessions[dir.home()]; s != nil {
		return s, nil
	}
	s, err := dir.open(x.ctx)
	if err == nil {
		x.sessions[dir.home()] = s
	}
	return s, err
}

// stale says why a value is not good.
type stale struct {
	why    Reason
	reason string

	// Of an entry that is not good because of another one: the reason at the end of the
	// chain, and how many stand in it.
	root  string
	links int
}

func (s stale) is() bool { return s.why != NoReason }

// inputStale is why a value is not good that was made of a file or setting.
func inputStale(format string, args ...any) stale {
	return stale{why: InputChanged, reason: fmt.Sprintf(format, args...)}
}

// upstreamStale is why a value is not good that was made of another entry.
func upstreamStale(format string, args ...any) stale {
	return stale{why: UpstreamChanged, reason: fmt.Sprintf(format, args...)}
}

// of is why a value is not good that was made of an entry for which s is the reason. Of
// a long chain only the ends are told.
func (s stale) of(name string) stale {
	const mostLinks = 2
	next := stale{why: UpstreamChanged, root: s.root, links: s.links + 1}
	if next.links == 1 {
		next.root = s.reason
	}
	if next.links <= mostLinks {
		next.reason = fmt.Sprintf("%s, which it used, is not good any more: %s", name, s.reason)
	} else {
		next.reason = fmt.Sprintf("%s, which it used, is not good any more: in the end, %s", name, next.root)
	}
	return next
}

// examine tells why a value that was made of uses is not good. began is when its
// computation began.
func (x *examiner) examine(dir *tagDir, uses *useList, began time.Time) stale {
	if uses.none() {
		return stale{}
	}
	gone := ""
	for i := range uses.direct {
		u := &uses.direct[i]
		bad, isGone := x.useSince(dir, u, began)
		if bad.is() {
			return bad
		}
		if isGone && u.State != stateUnstored { // whose uses are among these
			gone = u.Entry
		}
	}
	if gone == "" {
		return stale{}
	}
	inherited, known := uses.through() // rule 4
	if !known {
		return upstreamStale("%s, which it used, is gone, and what that was made of is not known any more", gone)
	}
	for i := range inherited {
		if bad, _ := x.useSince(dir, &inherited[i], began); bad.is() {
			return bad
		}
	}
	return stale{}
}

// use examines one use.
func (x *examiner) use(dir *tagDir, u *use) (bad stale, gone bool) {
	switch u.kind() {
	case UsedEntry:
		return x.entry(dir, u)
	case UsedFile:
		return x.file(dir, u), false
	}
	return x.setting(dir, u), false
}

// entry is rule 3.
func (x *examiner) entry(dir *tagDir, u *use) (bad stale, gone bool) {
	if dir = dir.of(u); dir == nil {
		return stale{}, true
	}
	if u.State == stateUnstored {
		return x.unstored(dir, u), true
	}
	n := x.node(dir, u.Entry, baseOf(u.Entry, u.Key))
	if !n.record {
		c := dir.home().serving(u.Entry)
		if c != nil && c.stem != u.Entry { // renamed
			n = x.node(dir, c.stem, baseOf(c.stem, u.Key))
		}
		if !n.record {
			if bad, gone = x.recordless(dir, u); gone {
				bad = c.outdatedUse(u)
			}
			return bad, gone
		}
	}
	switch {
	case n.bad.is():
		return n.bad.of(x.name(dir, u)), false
	case n.id() != u.Digest:
		return upstreamStale("%s, which it used, has another value now, computed %s", x.name(dir, u), wording.Time(n.verdict.Computed)), false
	}
	return stale{}, false
}

// outdatedUse says why the value of an entry that is gone would not be good any more. c serves
// it, or is nil.
func (c *cell) outdatedUse(u *use) stale {
	if c == nil {
		return stale{}
	}
	r := &verdict{GoType: c.typeName, Version: u.Version, Computed: time.Unix(0, u.Computed)}
	if why, reason := c.outdated(r, &wish{}); why != NoReason {
		return upstreamStale("%s, which it used, is gone, and was not good any more: %s", u.Entry, reason)
	}
	return stale{}
}

// name names an entry in a sentence, with its arguments where its record tells them.
func (x *examiner) name(dir *tagDir, u *use) string {
	if u.Key == "" {
		return u.Entry
	}
	if s, err := x.open(dir); err == nil {
		if text, err := readSmall(x.ctx, s, recordName(baseOf(u.Entry, u.Key)), maxRecordSize); err == nil {
			if r, err := decodeWholeRecord(text); err == nil && len(r.Arguments) > 0 {
				return fmt.Sprintf("%s(%s)", u.Entry, strings.Join(r.Arguments, ", "))
			}
		}
	}
	return u.Entry + "-" + u.Key[:min(len(u.Key), 8)] + "…"
}

func baseOf(stem, key string) string {
	if key == "" {
		return stem
	}
	return stem + "-" + key
}

// setting is rule 2.
func (x *examiner) setting(dir *tagDir, u *use) stale {
	if reason := dir.settingChanged(u); reason != "" {
		return inputStale("%s", reason)
	}
	return stale{}
}
