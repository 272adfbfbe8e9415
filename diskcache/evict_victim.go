package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/ledger"
)

// What seize finds.
type seizure int

const (
	isTaken  seizure = iota // ours to remove
	isGone                  // nothing is there any more
	isPinned                // its record says so
	isInUse                 // or cannot be known
	isOther                 // the value is not what its record tells of
)

// victim is an entry, or a file set aside, that is about to be removed. Its lock is
// held, so that nobody computes or publishes it.
type victim struct {
	line            ledger.Line
	local           store.Local
	session         store.LocalSession
	directory, base string
	record          *record // nil for a file set aside, and for a damaged record
	values          []string
	records         []string
	lock            store.Lock
	held            store.Object // the value, as nobody reads it
}

// seize takes hold of what a line tells of.
func (s *scope) seize(v *visit, l ledger.Line) (*victim, seizure) {
	directory, base, ok := s.place(l.Name)
	if !ok {
		return nil, isGone // forged: nothing of ours is there
	}
	session := v.session(s, directory)
	if session == nil {
		if v.missing(s, directory) {
			return nil, isGone
		}
		return nil, isInUse
	}
	a := &victim{line: l, local: s.directory(directory), session: session, directory: directory, base: base}
	if _, aside := asideSince(base); aside != (l.Flags&ledger.Aside != 0) || !aside && strings.Contains(base, "/") {
		return nil, isGone // forged, too
	} else if aside {
		a.values = []string{base + asideNoteExt, base}
		if _, err := session.Stat(context.Background(), base); errors.Is(err, fs.ErrNotExist) {
			return nil, isGone
		}
		return a, isTaken
	}
	found := a.seize(v)
	if found == isOther && v.dry {
		found = isTaken // it goes all the same, as what is set aside goes before entries
	}
	if found != isTaken && found != isOther {
		a.release()
		return nil, found
	}
	return a, found
}

func (a *victim) seize(v *visit) seizure {
	ctx := context.Background()
	if _, err := a.session.Stat(ctx, recordName(a.base)); errors.Is(err, fs.ErrNotExist) {
		return isGone
	}
	lock, err := a.local.TryLock(a.base)
	if err != nil || lock == nil {
		return isInUse
	}
	a.lock = lock
	text, err := recordOf(ctx, a.session, a.base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return isGone
	case err != nil:
		return isInUse
	}
	r, err := decodeWholeRecord(text)
	switch {
	case errors.Is(err, errNewer):
		return isInUse // a later release knows what it means
	case err == nil && r.Pin:
		return isPinned
	case err == nil:
		a.record = r
	}
	a.values, a.records = v.exts.of(a.base, a.record), []string{recordName(a.base)}
	if a.record == nil || a.record.extOf(a.base) == "" {
		return isTaken
	}
	value, err := a.session.Open(ctx, a.record.File)
	if err != nil {
		return isTaken // what there is is no value, and Delete tells if it cannot go
	}
	a.held = value
	switch {
	case store.OSFile(value) != nil && !store.Hold(value, true):
		return isInUse
	case value.Size() != a.record.Bytes:
		return isOther
	}
	return isTaken
}

// setAside is for a value that another program replaced. The record stays where something goes wrong: without it the value would
// count as another program's.
func (a *victim) setAside(s *scope, t *ledger.Tx) (moved bool, err error) {
	ctx := context.Background()
	target := asideName(a.record.File)
	if err := s.putAside(t, a.directory, target, a.held.Size()); err != nil {
		return false, err
	}
	t.Flush() // after a death now it counts twice, and not never
	reason := fmt.Sprintf("%s has %d bytes, its record says %d: it was damaged, or another program replaced it", a.record.File, a.held.Size(), a.record.Bytes)
	if moved := moveAside(ctx, a.session, a.record.File, target, reason) == nil; !moved {
		t.Delete(s.name(a.directory, target))
		return false, nil // it is not ours to move, say
	}
	if part([]*victim{a}).delete() != nil {
		t.Delete(a.line.Name)
	}
	return true, nil
}

func (a *victim) release() {
	if a.held != nil {
		_ = a.held.Close()
	}
	if a.lock != nil {
		a.lock.Unlock()
	}
}

func (a *victim) removal(why string) Removal {
	r := Removal{Path: removalPath(a.local, a.base), Bytes: a.line.Bytes, Reason: why, directory: a.directory, base: a.base}
	if a.record != nil {
		r.Tag, r.Name, r.Path = a.record.Tag, a.record.Name, removalPath(a.local, a.base+"."+a.record.extOf(a.base))
		r.id = identity(a.record.Digest, a.record.Nil)
	}
	if now := time.Now().UnixNano(); a.line.Expires != 0 && a.line.Expires < now {
		r.Reason = "expired, " + why
	}
	return r
}

// part are victims in one directory.
type part []*victim

func byDirectory(victims []*victim) []part {
	var parts []part
	at := map[string]int{}
	for _, a := range victims {
		i, ok := at[a.directory]
		if !ok {
			i = len(parts)
			at[a.directory] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], a)
	}
	return parts
}

// delete removes the files, as entries.remove says: values, a flush, records. It returns
// what is gone for sure.
func (p part) delete() (gone []*victim) {
	ctx, session := context.Background(), p[0].session
	var values, records []string
	for _, a := range p {
		values = append(values, a.values...)
	}
	kept := map[*victim]bool{}
	if session.Delete(ctx, values...) != nil {
		for _, a := range p {
			kept[a] = !a.absent(ctx, a.values)
		}
	}
	for _, a := range p {
		if !kept[a] {
			records = append(records, a.records...)
		}
	}
	failed := session.Delete(ctx, records...)
	for _, a := range p {
		if !kept[a] && (failed == nil || a.absent(ctx, a.records)) {
			gone = append(gone, a)
		}
	}
	return gone
}

func (a *victim) absent(ctx context.Context, names []string) bool {
	for _, name := range names {
		if _, err := a.session.Stat(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}
