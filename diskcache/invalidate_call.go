package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// What calls do about invalidation:
//
//  1. Before it computes, a call notes the marks of the directory.
//  2. When it publishes it compares: a value of which something was marked meanwhile goes to
//     the caller alone. Where nobody can be kept from removing while it publishes, it
//     compares once more afterwards, and takes back what it published.
//  3. Those who waited for such a value compute, as some of them may have begun to wait
//     after the invalidation.
//  4. In this process what is in memory goes after the files, and so does what a call found
//     that had looked before: see [home.drop].

// errInvalidated ends a save whose value cannot be trusted.
var errInvalidated = errors.New("it was invalidated while it was computed")

// noteMarks is rule 1. What it finds from now on was computed after what is marked now.
func (k *call) noteMarks(ctx context.Context) {
	c := k.cell
	c.mu.Lock()
	k.flight.outdated = false
	c.mu.Unlock()
	noted := c.dir.marksNow(ctx)
	c.mu.Lock()
	k.flight.noted = noted
	c.mu.Unlock()
}

// marksNow returns the marks of the directory.
func (d *tagDir) marksNow(ctx context.Context) *marks {
	s, err := d.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		m := allMarked("unreadable", time.Now())
		m.unreadable = err
		return m
	}
	defer s.Close()
	return d.home().readMarks(ctx, s)
}

// tellInvalidated puts that into the reason for a computation.
func (k *call) tellInvalidated() {
	if k.why != NotStored || k.flight.noted == nil {
		return
	}
	for _, stem := range k.cell.stems() {
		if one, ok := k.flight.noted.of[subject{markedEntry, baseOf(stem, k.key.String())}]; ok {
			k.why, k.reason = WasInvalidated, "it was invalidated "+wording.Time(one.Time)
		}
	}
}

// check is rule 2: it returns errInvalidated where something was marked.
func (k *call) check(ctx context.Context, s store.Store) error {
	now := k.cell.dir.home().readMarks(ctx, s)
	if now != nil && now.unreadable != nil {
		return fmt.Errorf("whether it was invalidated meanwhile cannot be read: %w", now.unreadable)
	}
	if k.cell.newlyMarked(k.key, k.flight.noted, now, filesOf(k.origin.uses), "") {
		return errInvalidated
	}
	return nil
}

// wasMarked reports whether something was marked since the computation began that goes on, and
// that concerns it.
func (k *call) wasMarked() bool {
	return k.cell.newlyMarked(k.key, k.flight.noted, k.cell.dir.marksNow(context.Background()), filesOf(k.collector.collected()), "")
}

// newlyMarked reports whether now has a mark, of that token or of any, that concerns an entry
// and was not noted.
func (c *cell) newlyMarked(key Key, noted, now *marks, files iter.Seq[string], token string) bool {
	for _, stem := range c.stems() {
		for one := range now.concern(stem, baseOf(stem, key.String()), files) {
			if token != "" && one.Token != token {
				continue
			}
			if noted == nil || noted.of[one.subject].Token != one.Token {
				return true
			}
		}
	}
	return false
}

// stems are the present name and the former ones.
func (c *cell) stems() []string { return append([]string{c.stem}, c.former...) }

// filesOf yields the paths of the input files among uses, all that each may be named by.
func filesOf(uses *useList) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, u := range uses.all() {
			if u.kind() != UsedFile {
				continue
			}
			now := u.present()
			if !yield(now) || now != u.File && !yield(u.File) {
				return
			}
		}
	}
}

// isOutdated reports whether home.drop came by since this call noted the marks, or since it
// began.
func (k *call) isOutdated() bool {
	k.cell.mu.Lock()
	defer k.cell.mu.Unlock()
	return k.flight.outdated
}

// discard reports whether what was computed is not to be kept, nor to be given to others:
// rules 2 and 3. What was not saved was not compared.
func (k *call) discard(saved bool) bool {
	if !saved && !k.invalidated {
		now := k.cell.dir.marksNow(context.Background())
		k.invalidated = k.cell.newlyMarked(k.key, k.flight.noted, now, filesOf(k.origin.uses), "")
	}
	if k.invalidated {
		k.cell.forget(k.key)   // what a Refresh was to replace
		if k.origin.id == "" { // what uses it is not good
			k.origin.id = "not stored, as it was invalidated"
		}
	}
	return k.invalidated
}
