package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// look is the outcome of looking for an entry on disk.
//
// Values and records are published by two renames, so a reader can see one of
// them new and the other old. What contradicts is therefore called damaged only
// after a second look, under the entry's lock, which a publisher holds.
type look struct {
	entry *entry // not nil: found

	// Found:
	bytes       int64
	computeTime time.Duration
	file        string // name of the value's file
	unpinned    bool   // it is to be pinned, and is not
	unverified  *check // what is left to be done for a file that was mapped

	why     Reason   // why nothing was found
	reason  string   // the same in words, or where a found value came from
	damaged []string // names, in the tag's directory, of files to be set aside
	foreign bool     // they, or what was found, are of another program
	newer   bool     // a later release wrote the entry: leave it alone
	former  string   // the former name under which the entry was found
	awaited *awaited // what may turn out to make it good, see cutoff.go
}

// nothing reports whether there is no value under the name, so that former names may
// have one.
func (l *look) nothing() bool {
	return l.why == NotStored || l.why == WasCleared || l.why == WasEvicted || l.why == ValueGone
}

func missing(why Reason, format string, args ...any) look {
	return look{why: why, reason: fmt.Sprintf(format, args...)}
}

// invalid is a look whose entry the hook refused.
func invalid() look {
	return missing(Invalid, "the stored value is not valid any more, by the Valid hook")
}

// absent is a look that found neither value nor record.
func (c *cell) absent(key Key) look {
	if e := c.memory.get(key); e != nil && e.expires == never {
		return missing(WasCleared, "the stored value was cleared")
	}
	return missing(NotStored, "nothing is stored")
}

// smallFile is what is read as a whole and verified before it is decoded. A
// longer file is verified while it is decoded, in one pass.
const smallFile = 1 << 20

// look finds the entry of key on disk that meets a wish. It changes nothing there but
// when the entry was last used.
func (c *cell) look(ctx context.Context, key Key, w *wish) look {
	s, err := c.dir.open(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.absent(key)
	case err != nil:
		return missing(Unreadable, "the directory cannot be read: %v", err)
	}
	defer s.Close()

	base := c.base(key)
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	for looks, same := 1, 0; ; looks++ {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return c.lookForeign(ctx, s, key, w)
		case errors.Is(err, store.ErrNotFile):
			return look{why: Damaged, reason: err.Error(), damaged: append(c.valuesOf(base), recordName(base))}
		case err != nil:
			return missing(Unreadable, "the record cannot be read: %v", err)
		}
		found := c.lookRecorded(ctx, s, key, w, text)
		if found.entry == nil {
			found = c.lookBefore(ctx, s, key, w, text, found)
		}
		found.unpinned = c.field.Pin && !recordPinned(text)
		if found.why != Damaged && found.why != ValueGone || looks == mostLooks {
			return found
		}
		judged := text
		if text, err = readSmall(ctx, s, recordName(base), maxRecordSize); err != nil || !bytes.Equal(text, judged) {
			same = 0
		} else if same++; same == 2 { // at the first time the value may just have been published
			return found
		}
	}
}

// mostLooks is how often a look begins anew, as somebody may have published meanwhile. Those
// who compute look once more under the entry's lock.
const mostLooks = 10

// lookRecorded looks for a value that belongs to a record.
func (c *cell) lookRecorded(ctx context.Context, s store.Store, key Key, w *wish, text []byte) look {
	base := c.base(key)
	r, err := decodeRecord(text)
	if errors.Is(err, errNewer) {
		return look{why: NewerRelease, reason: err.Error(), newer: true}
	}
	if err == nil {
		err = c.contradiction(key, r)
	}
	if err != nil { // without its record the value cannot be trusted either
		return look{why: Damaged, reason: err.Error(), damaged: append(c.valuesOf(base), recordName(base))}
	}
	if why, reason := c.outdated(r, w); why != NoReason {
		return missing(why, "%s", reason)
	}
	origin, bad := c.examineStored(ctx, s, text, r, w)
	if bad.is() {
		return look{why: bad.why, reason: bad.reason, awaited: c.awaits(ctx, s, origin, bad)}
	}
	f, ok := c.formatNamed(r.Format)
	if !ok {
		return missing(FormatGone, "it is stored as %s, which does not serve %v now", r.Format, c.typ)
	}
	found := c.lookValue(ctx, s, key, f, r, text)
	if found.entry != nil {
		found.entry.origin = origin
	}
	return found
}

// lookBefore goes back to what an entry was, after its record turned out not to be the one
// of its value.
func (c *cell) lookBefore(ctx context.Context, s store.Store, key Key, w *wish, text []byte, found look) look {
	former, ok := formerly(ctx, s, c.base(key), text, found.why == Damaged)
	if !ok {
		return found
	}
	if found = c.lookRecorded(ctx, s, key, w, former); found.entry != nil {
		found.reason = "a later save was broken off"
	} else {
		found.reason += "; a later save was broken off"
	}
	return found
}

// isNewer reports whether a later release wrote the entry, which a Refresh leaves
// alone, too.
func (c *cell) isNewer(ctx context.Context, key Key) bool {
	s, err := c.dir.open(ctx)
	if err != nil {
		return false
	}
	defer s.Close()
	text, err := readSmall(ctx, s, recordName(c.base(key)), maxRecordSize)
	if err != nil {
		return false
	}
	_, err = decodeRecord(text)
	return errors.Is(err, errNewer)
}

// contradiction says in what a record is not of this entry.
func (c *cell) contradiction(key Key, r *verdict) error {
	switch {
	case r.Name != c.stem || r.Key != key.String():
		return fmt.Errorf("record is of entry %s %s", r.Name, r.Key)
	case r.Tag != c.tag:
		return fmt.Errorf("record is of tag %s", r.Tag)
	}
	return nil
}

// clockSkew is how much later than ours the clock of another host may be. What
// was computed later still was dated by a clock that was wrong, and would outlive
// its ttl by as much.
const clockSkew = 5 * time.Minute

// outdated says why a sound entry is not what is wanted now.
func (c *cell) outdated(r *verdict, w *wish) (Reason, string) {
	switch {
	case c.owner.others(r, c.dir.path):
		return OtherOwner, fmt.Sprintf("the stored value belongs to %v, not to %v: set another directory, prefix or name, or each computes in place of the other's", ownerOf(r), c.owner)
	case !isType(r.GoType, c.typeName):
		return TypeChanged, fmt.Sprintf("the result type changed from %s to %s", r.GoType, c.typeName)
	case r.GoShape != "" && r.GoShape != shapeOf(c.typ, r.Format):
		return TypeChanged, fmt.Sprintf("the result type %s has changed: its fields are not those of the stored value", c.typeName)
	case r.Version != c.field.Version:
		return VersionChanged, fmt.Sprintf("the version changed from %q to %q", r.Version, c.field.Version)
	case c.field.TTL > 0 && r.Computed.After(time.Now().Add(clockSkew)):
		return Expired, fmt.Sprintf("the stored value was computed %s, which is yet to come, so how old it is cannot be known", wording.Time(r.Computed))
	case c.field.TTL > 0 && !time.Now().Before(r.Computed.Add(c.field.TTL).Add(w.stale)):
		return Expired, fmt.Sprintf("the stored value has expired: it was computed %s, and its time to live is %s", wording.Time(r.Computed), wording.Duration(c.field.TTL))
	}
	if why := w.refusal(r.ages()); why != NoReason {
		return why, w.inWords(why)
	}
	return NoReason, ""
}

// lookValue reads the file that a record describes; text is the whole record.
func (c *cell) lookValue(ctx context.Context, s store.Store, key Key, f formats.Format, r *verdict, text []byte) look {
	name := c.base(key) + "." + f.Ext()
	file, err := s.Open(ctx, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing(ValueGone, "the value's file %s is gone", name)
	case errors.Is(err, store.ErrNotFile):
		return look{why: Damaged, reason: err.Error(), damaged: c.wreck(c.base(key), name)}
	case err != nil:
		return missing(Unreadable, "the value cannot be read: %v", err)
	}
	defer file.Close()
	size := file.Size()
	if size > smallFile || c.field.Mmap { // a smaller one is read in no time
		store.Hold(file, false)
	}
	if size != r.Bytes {
		return look{why: Damaged, reason: fmt.Sprintf("%s has %d bytes, its record says %d: it was damaged, or another program replaced it", name, size, r.Bytes),
			damaged: c.wreck(c.base(key), name)}
	}
	in := input{file: file, size: size, digest: r.Digest, isNil: r.Nil}
	in.atOnce = c.field.Mmap && (size <= smallFile || !isSettled(ctx, s, c.base(key), text, file))
	e, err := c.show(f, in)
	if err != nil {
		return c.undecoded(err, c.wreck(c.base(key), name)...)
	}
	e.key, e.expires, e.ages = key, c.expiry(r.Computed), r.ages()
	c.dir.touch(ctx, s, c.base(key), r.Computed)
	found := look{entry: e, bytes: size, computeTime: r.computeTime(), file: name}
	if e.mapped != nil && !in.atOnce {
		found.unverified = &check{cell: c, entry: e, name: name, mappedFile: e.mapped.mappedFile}
	}
	return found
}

// lookForeign accepts a value that another program put where ours would be. It does
// not say how old it is.
func (c *cell) lookForeign(ctx context.Context, s store.Store, key Key, w *wish) look {
	refusal := w.refusal(ages{})
	for _, f := range c.formats {
		name := c.base(key) + "." + f.Ext()
		file, err := s.Open(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if errors.Is(err, store.ErrNotFile) {
			return look{why: Damaged, reason: err.Error(), damaged: []string{name}, foreign: true}
		}
		if err != nil {
			return missing(Unreadable, "the value cannot be read: %v", err)
		}
		if refusal != NoReason {
			_ = file.Close()
			return missing(refusal, "%s", w.inWords(refusal))
		}
		if !c.isForeign(ctx, s, key, name, file) {
			_ = file.Close()
			return missing(NotStored, "it is being published or cleared")
		}
		size := file.Size()
		id := versionIdentity + file.Version()
		e, err := c.show(f, input{file: file, size: size, sum: &id})
		_ = file.Close()
		if err != nil {
			found := c.undecoded(err, name)
			found.foreign = true
			return found
		}
		e.key, e.origin = key, &origin{cell: c, id: id, file: name}
		return look{entry: e, bytes: size, file: name, foreign: true, reason: "a file of another program, as no record stands beside it"}
	}
	if last, ok := c.dir.evicted(ctx, s, c.base(key)); ok {
		return missing(WasEvicted, "it was removed %s: %s", wording.Time(last.when), last.why)
	}
	return c.absent(key)
}

// isForeign makes sure, after a value without a record was opened, that it is no
// value of ours. Ours have their record before they are visible, and are gone
// before their record is. So there is none now, and the value is still there.
func (c *cell) isForeign(ctx context.Context, s store.Store, key Key, name string, opened store.Object) bool {
	if _, err := s.Stat(ctx, recordName(c.base(key))); !errors.Is(err, fs.ErrNotExist) {
		return false // also where that cannot be known
	}
	visible, err := s.Stat(ctx, name)
	return err == nil && visible.Version == opened.Version() && !c.isTakenBack(ctx, s, key, visible)
}

func (c *cell) undecoded(err error, names ...string) look {
	if errors.As(err, new(*readError)) { // the disk failed us, which says nothing of the file
		return missing(Unreadable, "%s cannot be read: %v", names[0], err)
	}
	if errors.As(err, new(*misreadError)) {
		return missing(TypeChanged, "the result type %s, or how it is read, has changed: %s is what was stored, and cannot be read any more: %v", c.typeName, names[0], err)
	}
	return look{why: Damaged, reason: fmt.Sprintf("%s: %v", names[0], err), damaged: names}
}

// wreck lists what goes with a damaged value: its record, and before that all that
// would count as a file of another program without it. A death in the middle of a
// save can have left an older value in another format there.
func (c *cell) wreck(base, name string) []string {
	names := []string{name}
	for _, f := range c.formats {
		if other := base + "." + f.Ext(); other != name {
			names = append(names, other)
		}
	}
	return append(names, recordName(base))
}

// valuesOf returns which value files an entry may have, in any format of the set.
func (c *cell) valuesOf(base string) []string {
	var names []string
	for _, ext := range c.exts() {
		names = append(names, base+"."+ext)
	}
	return names
}
