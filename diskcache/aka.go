package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// A renamed method finds what it stored under its former names (aka=):
//
//  1. Former names are looked at where the present one has nothing: no record and
//     no file, or a record whose value is gone. The first that has a good entry
//     serves; all checks are those of the present name. What a record without its
//     value replaced is older than it, and does not serve.
//  2. The entry then moves. The record is published under the present name: without
//     a value it is a miss, for which rule 1 looks at the former name again. The
//     value is renamed: the entry. The former record goes.
//  3. What cannot be moved is served all the same: in a read-only cache, while another
//     one uses the former name, or where a stranger's file is in the way. A file
//     of another program is not moved: it may be in use under its name.
//  4. What is damaged under a former name is a miss and left alone.
//  5. Saving and clearing the present name removes the former entries, which could
//     otherwise come back when the present one is gone: a save only those of the present
//     result type and version, which alone can. To clear removes files of other
//     programs, too, as it does under the present name. What a save could not remove, or
//     came by a copy, is removed when the present entry is found, unless it is newer.

// lookAll looks for the entry of key under the present name, then under the former
// ones: rule 1.
func (c *cell) lookAll(ctx context.Context, key Key, w *wish) look {
	found := c.look(ctx, key, w)
	if !found.nothing() {
		return found
	}
	since := c.recordedAt(ctx, key, found.why)
	for _, stem := range c.former {
		old := c.named(stem).look(ctx, key, w)
		switch {
		case old.entry != nil && old.entry.ended < since:
			found.reason += fmt.Sprintf("; what is stored under the former name %s is older than it was", stem)
		case old.entry != nil:
			old.former, old.unverified = stem, nil // it is verified when it is found under its new name
			if old.reason == "" {
				old.reason = "stored under the former name " + stem
			}
			return old
		case !old.nothing():
			found.reason += fmt.Sprintf("%s%s: %s", underFormer, stem, old.reason)
		}
	}
	return found
}

// underFormer begins what is said of former names, behind the reason for the present one.
const underFormer = "; under the former name "

// recordedAt is when the value was computed whose record stands alone. An entry that is
// being moved has a record of the same time under both names.
func (c *cell) recordedAt(ctx context.Context, key Key, why Reason) int64 {
	if why != ValueGone || len(c.former) == 0 {
		return 0
	}
	s, err := c.dir.open(ctx)
	if err != nil {
		return 0
	}
	defer s.Close()
	text, err := readSmall(ctx, s, recordName(c.base(key)), maxRecordSize)
	if err != nil {
		return 0
	}
	r, err := decodeRecord(text)
	if err != nil {
		return 0
	}
	return r.Computed.UnixNano()
}

// named returns c as it would be under a former name.
func (c *cell) named(stem string) *cell {
	former := c.successor()
	former.stem, former.former = stem, nil
	return former
}

// adopt moves an entry that was found under a former name: rules 2 and 3. locked is
// whether the caller holds the lock of the present name. For one that was found under
// its present name it is rule 5.
func (c *cell) adopt(ctx context.Context, key Key, found look, locked bool) {
	switch {
	case found.foreign || len(c.former) == 0:
		return
	case found.former == "":
		c.dropOlder(ctx, key, found.entry.ended)
		return
	}
	old := c.named(found.former)
	unlockOld, ok := c.dir.tryLock(old.base(key))
	if !ok {
		return
	}
	defer unlockOld()
	if !locked {
		unlock, ok := c.dir.tryLock(c.base(key))
		if !ok {
			return
		}
		defer unlock()
	}
	ctx = context.WithoutCancel(ctx)
	s, err := c.dir.open(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	c.saving.RLock()
	defer c.saving.RUnlock()
	if !c.cleared {
		_ = c.moveFrom(ctx, s, old, key) // rule 3
	}
}

// moveFrom is rule 2.
func (c *cell) moveFrom(ctx context.Context, s store.Session, old *cell, key Key) error {
	release := store.LockPublishing(s, false)
	defer release()
	from, to := old.base(key), c.base(key)
	text, err := recordOf(ctx, s, from)
	if err != nil {
		return err
	}
	was := infoOf(c.tag, c.dir.path, from, text)
	if was.State != EntrySound {
		return was.Err
	}
	if err := was.checkFile(c.set, valueExts(c.set)); err != nil {
		return err
	}
	if why, marked := c.dir.marked(ctx, s, old.stem, from, was.files(), was.Computed.Add(-was.ComputeTime)); marked { // who removes it looks for it there
		return errors.New(why)
	}
	file := to + strings.TrimPrefix(was.File, from)
	if _, err := s.Stat(ctx, file); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s is in the way", file))
	}
	if value, err := s.Stat(ctx, was.File); err != nil || value.Size != was.Bytes {
		return errors.Join(err, fmt.Errorf("%s is not what its record says", was.File))
	}
	if text, err = amended(text, amendment{"name", c.stem}, amendment{"file", file}); err != nil {
		return err
	}
	if is := infoOf(c.tag, c.dir.path, to, text); is.State != EntrySound {
		return is.Err
	}
	room := c.hold(to)
	defer room.end()
	room.count(from)
	if err := room.record(len(text)); err != nil {
		return err
	}
	if err := putSmall(ctx, s, recordName(to), text); err != nil {
		return err
	}
	if err := store.Move(ctx, s, was.File, file); err != nil {
		return err
	}
	return s.Delete(ctx, recordName(from))
}

// dropFormer removes what a new value of key supersedes: rule 5.
func (c *cell) dropFormer(ctx context.Context, s store.Session, key Key, room *hold) {
	for _, base := range c.removeFormer(ctx, s, key, math.MaxInt64) {
		room.count(base)
	}
}

// dropOlder removes what a value of key superseded that was computed at some time.
func (c *cell) dropOlder(ctx context.Context, key Key, computed int64) {
	ctx = context.WithoutCancel(ctx)
	s, err := c.dir.open(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	if dropped := c.removeFormer(ctx, s, key, computed); len(dropped) > 0 {
		c.dir.recountAll(dropped, nil)
	}
}

// removeFormer removes the former entries that were computed by some time, and returns their
// names. It does so also while an older program computes one anew, who knows for how
// long: so it is alone, as those are who clear, and waits for no lock of an entry.
func (c *cell) removeFormer(ctx context.Context, s store.Session, key Key, until int64) (dropped []string) {
	for _, stem := range c.former {
		base := c.named(stem).base(key)
		if _, drops := c.droppable(ctx, s, base, until); !drops {
			continue
		}
		release := store.LockPublishing(s, true)
		if file, drops := c.droppable(ctx, s, base, until); drops {
			dropped = append(dropped, base)
			// The value goes first, or it would be a file of another program; and once more,
			// as those who clear have it, where nobody can be alone.
			if s.Delete(ctx, file) == nil && s.Delete(ctx, recordName(base)) == nil {
				_ = s.Delete(ctx, file)
			}
		}
		release()
	}
	return dropped
}

// droppable returns the file of a former entry that could come back. Files of other
// programs stay.
func (c *cell) droppable(ctx context.Context, s store.Store, base string, until int64) (file string, ok bool) {
	text, err := recordOf(ctx, s, base)
	if err != nil {
		return "", false
	}
	was := infoOf(c.tag, c.dir.path, base, text)
	r, err := decodeRecord(text)
	switch {
	case err != nil || was.State != EntrySound || was.GoType != c.typeName || was.Version != c.field.Version || c.owner.others(r, c.dir.path):
		return "", false // it cannot come back, and may be another method's
	case was.checkFile(c.set, valueExts(c.set)) != nil: // its file may be another one's
		return "", false
	}
	return was.File, was.Computed.UnixNano() <= until
}

// tryLock takes an entry's lock unless another one holds it. Where there are no
// locks it goes on without.
func (d *tagDir) tryLock(base string) (unlock func(), ok bool) {
	locker, has := d.store.(store.Locker)
	if !has {
		return func() {}, true
	}
	lock, err := locker.TryLock(base)
	switch {
	case err != nil:
		return func() {}, true
	case lock == nil:
		return nil, false
	}
	return lock.Unlock, true
}

// checkFormer refuses former names that could be meant for two methods.
func checkFormer(bindings []Binding) error {
	present, former := map[string]string{}, map[string]string{}
	if !slices.ContainsFunc(bindings, func(b Binding) bool { return len(b.Former) > 0 }) {
		return nil
	}
	for _, b := range bindings {
		present[filename.Fold(b.Name)] = b.Name
	}
	for _, b := range bindings {
		for _, name := range b.Former {
			if err := checkStem(name); err != nil {
				return &Error{Op: "set tag", Name: b.Name, Err: err}
			}
			folded := filename.Fold(name)
			if other, taken := present[folded]; taken {
				return &Error{Op: "set tag", Name: b.Name, Err: formerError(name, b.Name, "is the present name of", other)}
			}
			if other, taken := former[folded]; taken {
				return &Error{Op: "set tag", Name: b.Name, Err: formerError(name, b.Name, "is a former name, too, of", other)}
			}
			former[folded] = b.Name
		}
	}
	return nil
}

func formerError(former, name, is, other string) error {
	if other == name {
		return fmt.Errorf("%w: its former name %s %s itself: take it out of aka", ErrNameTaken, former, is)
	}
	return fmt.Errorf("%w: the former name %s of %s %s %s: take it out of aka", ErrNameTaken, former, name, is, other)
}

// parseAka reads the former names of a method.
func parseAka(value string) ([]string, error) {
	names := strings.Split(value, "|")
	for i, name := range names {
		if name == "" {
			return nil, fmt.Errorf("aka=%q holds an empty name: several are written as in aka=psd|spectrum", value)
		}
		if err := checkMethodName(name, checkStem); err != nil {
			return nil, fmt.Errorf("aka=%q: %w", value, err)
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("aka=%q holds %q twice", value, name)
		}
	}
	return names, nil
}

// claim takes the former names of a function, so that no other function of the
// cache finds its results there.
func (c *Cache) claim(name string, former []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, old := range former {
		if err := checkStem(old); err != nil {
			return err
		}
		folded := filename.Fold(old)
		if other, taken := c.functions[folded]; taken {
			return formerError(old, name, "is the name of", other.called())
		}
		if other, taken := c.former[folded]; taken && other != name {
			return formerError(old, name, "is a former name, too, of", other)
		}
	}
	if c.former == nil && len(former) > 0 {
		c.former = map[string]string{}
	}
	for _, old := range former {
		c.former[filename.Fold(old)] = name
	}
	return nil
}
