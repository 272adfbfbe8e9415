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
	"github.com/dataelab/dataelab-go/internal/wording"
)

// Removal is what was removed to keep a limit, or would be.
type Removal struct {
	Tag    string // of the entry; empty for a file set aside
	Name   string // of the entry, such as root.slopes.Slopes.mean
	Path   string // of the value, complete with its extension
	Bytes  int64  // of all its files, in whole blocks
	Reason string

	directory, base string
}

// sampleBuckets is how many buckets of the ledger, of about two dozen entries each, are
// looked at together. In a smaller scope the order is exact; in a larger one a quarter
// of those looked at may go before the next ones are looked at.
const sampleBuckets = 8

// mostAtOnce is how many entries are removed with one flush of each folder.
const mostAtOnce = 64

// demandFor is what room is needed for.
type demandFor struct{ bytes, entries int64 }

// less returns what is still needed when some more is free.
func (d demandFor) less(freed demandFor) demandFor {
	return demandFor{d.bytes - freed.bytes, d.entries - freed.entries}
}

// short returns which limit does not hold; nothing when all do.
func (s *scope) short(t *ledger.Tx, need demandFor) string {
	total := t.Totals()
	if most := s.limits.Bytes; most > 0 && total.Bytes+total.Overhead+need.bytes > most {
		return fmt.Sprintf("at most %s may be in %s", wording.Bytes(most), s.what)
	}
	if most := s.limits.Entries; most > 0 && total.Entries+need.entries > most {
		return fmt.Sprintf("at most %d entries may be in %s", most, s.what)
	}
	if least := s.limits.FreeSpace; least > 0 {
		if free, err := s.top.FreeSpace(); err == nil && free-need.bytes < least {
			return fmt.Sprintf("at least %s have to stay free on the disk of %s", wording.Bytes(least), s.what)
		}
	}
	return ""
}

// hopeless returns which limit would not hold if all went that may go. What is in use
// is not known to the ledger, and counts as if it could go.
func (s *scope) hopeless(t *ledger.Tx, need demandFor, self string) string {
	total := t.Totals()
	free := demandFor{total.Bytes - total.StayingBytes, total.Entries - total.StayingEntries}
	why := s.short(t, need.less(free))
	if why != "" {
		free.bytes += s.loosened(t, self)
		why = s.short(t, need.less(free))
	}
	return why
}

// noRoom is the error where a limit does not hold.
func (s *scope) noRoom(t *ledger.Tx, need demandFor, why string) error {
	total := t.Totals()
	free := ""
	if s.limits.FreeSpace > 0 {
		if bytes, err := s.top.FreeSpace(); err == nil {
			free = fmt.Sprintf("; %s of the disk are free", wording.Bytes(bytes))
		}
	}
	return fmt.Errorf("%w: %s, and %s more were to be written; there are %s in %d entries, with the cache's account, of which %s are pinned or being written%s",
		ErrLimit, why, wording.Bytes(need.bytes), wording.Bytes(total.Bytes+total.Overhead), total.Entries, wording.Bytes(total.StayingBytes), free)
}

// makeRoom removes entries until there is room. It goes round the ledger until it
// has seen all of it without finding anything to remove. Nothing goes for a save for
// which there is no room even then, nor for a disk that others have filled.
func (s *scope) makeRoom(t *ledger.Tx, v *visit, need demandFor, self string) error {
	if s.short(t, need) == "" {
		return nil
	}
	if !v.dry {
		if err := s.reap(t, v); err != nil {
			return err
		}
	}
	if why := s.hopeless(t, need, self); why != "" && (need != demandFor{} || s.limits.FreeSpace > 0) {
		return s.noRoom(t, need, why)
	}
	for idle := 0; idle < t.Totals().Buckets; {
		why := s.short(t, need)
		if why == "" {
			return nil
		}
		most := mostAtOnce
		lines := t.Next(sampleBuckets)
		if (s.limits.Bytes > 0 || s.limits.FreeSpace > 0) && s.dropFixed(t, v, lines, self) {
			idle = 0
			continue
		}
		if t.Totals().Buckets > sampleBuckets {
			most = min(most, len(lines)/4+1)
		}
		changed, err := s.remove(t, v, selection{
			lines: lines, self: self, most: most, why: why,
			enough: func(freed demandFor) bool { return s.short(t, need.less(freed)) == "" },
		})
		if err != nil {
			return err
		}
		idle += sampleBuckets
		if changed {
			idle = 0
		}
	}
	if why := s.short(t, need); why != "" {
		return s.noRoom(t, need, why)
	}
	return nil
}

// removeAged looks at some entries, other ones each time, and removes what was not used
// for too long.
func (s *scope) removeAged(t *ledger.Tx, v *visit) {
	if s.limits.Age > 0 {
		_, _ = s.removeAgedOf(t, v, t.Next(1))
	}
}

func (s *scope) removeAgedOf(t *ledger.Tx, v *visit, lines []ledger.Line) (bool, error) {
	return s.remove(t, v, selection{
		lines: lines, most: len(lines),
		why:    "it was unused for more than " + wording.Duration(s.limits.Age),
		wanted: s.aged,
		enough: func(demandFor) bool { return false },
	})
}

func (s *scope) aged(l *ledger.Line) bool {
	return time.Now().UnixNano()-l.Used > int64(s.limits.Age)
}

// selection is from which lines some are removed, and until when.
type selection struct {
	lines  []ledger.Line
	self   string                  // the entry for which room is made
	wanted func(*ledger.Line) bool // nil for all
	enough func(freed demandFor) bool
	most   int
	why    string
}

// remove removes some of the lines, in their order, and reports whether it changed
// anything.
func (s *scope) remove(t *ledger.Tx, v *visit, from selection) (changed bool, err error) {
	var victims []*victim
	defer func() {
		for _, victim := range victims {
			victim.release()
		}
	}()
	var freed demandFor
	for q := newQueue(s, v, t, from); len(victims) < from.most && !from.enough(freed); {
		l, ok := q.next()
		if !ok {
			break
		}
		victim, found := s.seize(v, l)
		switch found {
		case isGone:
			t.Delete(l.Name)
			changed = true
		case isPinned:
			l.Flags |= ledger.Pinned
			err = errors.Join(err, t.Put(l))
		case isOther:
			moved, asideErr := victim.setAside(s, t)
			victim.release()
			changed, err = changed || moved, errors.Join(err, asideErr)
		case isTaken:
			victims = append(victims, victim)
			freed.bytes += l.Bytes
			if l.Flags&ledger.Counts != 0 {
				freed.entries++
			}
		}
	}
	if v.dry {
		for _, victim := range victims {
			v.removed = append(v.removed, victim.removal(from.why))
			t.Delete(victim.line.Name) // of a view
		}
		return len(victims) > 0, err
	}
	for _, part := range byDirectory(victims) {
		gone := part.delete()
		if len(gone) == 0 {
			continue
		}
		changed = true
		err = errors.Join(err, s.noteRemoved(t, v, gone, from.why))
	}
	return changed, err
}

// noteRemoved takes the lines of what is gone out, and remembers it.
func (s *scope) noteRemoved(t *ledger.Tx, v *visit, gone []*victim, why string) error {
	var notes []Removal
	for _, victim := range gone {
		t.Delete(victim.line.Name)
		r := victim.removal(why)
		v.removed = append(v.removed, r)
		if victim.record != nil {
			notes = append(notes, r)
		}
	}
	if len(notes) == 0 {
		return nil
	}
	if err := putOther(t, s.name(gone[0].directory, evictedName), mostEvicted); err != nil {
		return err
	}
	noteEvicted(gone[0].session, notes)
	return nil
}

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
	text, err := readSmall(ctx, a.session, recordName(a.base), maxRecordSize)
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

// setAside is for a value that another program replaced, or that is older than its
// record. The record stays where something goes wrong: without it the value would
// count as another program's.
func (a *victim) setAside(s *scope, t *ledger.Tx) (moved bool, err error) {
	ctx := context.Background()
	target := asideName(a.record.File)
	if err := s.putAside(t, a.directory, target, a.held.Size()); err != nil {
		return false, err
	}
	t.Flush() // after a death now it counts twice, and not never
	reason := fmt.Sprintf("%s has %d bytes, its record says %d: it was damaged, or another program replaced it", a.record.File, a.held.Size(), a.record.Bytes)
	if err := moveAside(ctx, a.session, a.record.File, target, reason); err != nil {
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
