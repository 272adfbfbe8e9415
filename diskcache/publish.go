package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// publication is an entry that was written and flushed where nobody sees it, and
// waits for its place.
type publication struct {
	base   string       // name of its files, without extension
	record []byte       // content of the record's file
	value  store.Writer // closed
	others []string     // files that were values of the entry before

	// For what was computed, the next two are set: the value's file, and what says whether
	// something of it was invalidated meanwhile.
	file  string
	check func(context.Context, store.Store) error

	aside func(name, reason string) // hears of what was set aside; may be nil
}

// publish is the one way in which entries become visible, whether they were computed,
// copied or imported. Where there are locks, the caller holds the entry's. The
// order decides what a death in between leaves:
//
//  1. The value was written where nobody sees it, and flushed.
//  2. So is the record.
//  3. The record is published: a record without a value, which is a miss; or with
//     the value that was there before, of which the record tells, too. Never
//     a new value without a record, as that would be taken for a file of another
//     program.
//  4. The value is published: the entry.
//  5. Values from before, in files of other names, go.
//
// What was invalidated is not published; where nobody can be kept from removing meanwhile, it
// goes again.
func (d *tagDir) publish(ctx context.Context, s store.Session, p publication) error {
	release := store.LockPublishing(s, false)
	defer release()
	if err := p.checked(ctx, s); err != nil {
		return err
	}
	name := recordName(p.base)
	if err := p.place(ctx, s, name, func() error { return putSmall(ctx, s, name, p.record) }); err != nil { // 2, 3
		return err
	}
	if err := p.place(ctx, s, p.file, p.value.Commit); err != nil { // 4
		return err
	}
	if _, err := s.Stat(ctx, recordName(p.base)); errors.Is(err, fs.ErrNotExist) { // cleared, without a lock
		if err := putSmall(ctx, s, recordName(p.base), p.record); err != nil {
			return err
		}
	}
	_ = s.Delete(ctx, p.others...) // 5
	if err := p.checked(ctx, s); err != nil {
		if s.Delete(ctx, p.file) == nil { // else it would be a file of another program
			_ = s.Delete(ctx, recordName(p.base))
		}
		return err
	}
	return nil
}

// place puts something under a name. A folder that has the name is set aside, or nothing could be
// stored there any more.
func (p *publication) place(ctx context.Context, s store.Session, name string, put func() error) error {
	err := put()
	if !errors.Is(err, store.ErrNotFile) {
		return err
	}
	const reason = "it is a folder, in the place of a file"
	if asideErr := moveAside(ctx, s, name, asideName(name), reason); asideErr != nil {
		return fmt.Errorf("%w: it cannot be set aside: %w", err, asideErr)
	}
	if p.aside != nil {
		p.aside(name, reason)
	}
	return put()
}

func (p *publication) checked(ctx context.Context, s store.Store) error {
	if p.check == nil {
		return nil
	}
	return p.check(ctx, s)
}
