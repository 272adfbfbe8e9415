package diskcache

import (
	"errors"
	"fmt"
	"time"

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
	id              string // see identity; empty for a file set aside
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
	if most := s.limits.Bytes; most > 0 && total.Bytes+s.account(t)+need.bytes > most {
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
		ErrLimit, why, wording.Bytes(need.bytes), wording.Bytes(total.Bytes+s.account(t)), total.Entries, wording.Bytes(total.StayingBytes), free)
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
	var victims, held []*victim
	defer func() { // also after a panic of the ledger, of a disk that fails
		for _, victim := range held {
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
		if victim != nil {
			held = append(held, victim)
		}
		switch found {
		case isGone:
			t.Delete(l.Name)
			changed = true
		case isPinned:
			l.Flags |= ledger.Pinned
			err = errors.Join(err, t.Put(l))
		case isOther:
			moved, asideErr := victim.setAside(s, t)
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
	if err := s.putOther(t, s.name(gone[0].directory, evictedName), mostEvicted); err != nil {
		return err
	}
	noteEvicted(gone[0].session, notes)
	return nil
}
