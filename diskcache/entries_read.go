package diskcache

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// Verify reads the value of an entry and compares size and digest with its record.
// It returns nil for a value that is good, and changes nothing: damage is set
// aside by the next call that looks for the value. A file of another program
// has no digest to compare with, which is an error too.
func (p *Place) Verify(ctx context.Context, e EntryInfo) error {
	if e.State == EntryForeign {
		return p.wrap("verify", e.Name, errors.New("no record stands beside it: what it should be is not known"))
	}
	s, err := p.dir.open(ctx)
	if err != nil {
		return p.wrap("verify", e.Name, err)
	}
	defer s.Close()
	return p.wrap("verify", e.Name, p.read(ctx, s, e.base(), func(o *opened) error {
		sum, err := digest.NewReader(o.reader(ctx), o.Bytes).Sum()
		if err != nil {
			return err
		}
		return o.fits(o.Bytes, sum)
	}))
}

// base is the name of the entry's files without extension.
func (e *EntryInfo) base() string { return baseOf(e.Name, e.Key) }

// files yields the paths of the input files among the uses, all that each may be named by.
func (e *EntryInfo) files() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range e.Uses {
			u := &e.Uses[i]
			if u.Kind == UsedFile && !(yield(u.Path) && (u.recorded == "" || yield(u.recorded))) {
				return
			}
		}
	}
}

// opened is an entry that is being read.
type opened struct {
	EntryInfo
	record []byte // content of the record's file; nil for a file of another program
	value  io.ReaderAt
	member *zip.File // of an archive, that holds the value; nil for a file
}

// unfit is the error of a value that is not the one of its record: it was damaged, or
// one of the two was read before and the other after somebody published.
type unfit struct{ error }

// errGone is the error of an entry that is not there any more.
var errGone = fmt.Errorf("the entry is gone: %w", fs.ErrNotExist)

// fits compares what was read with the record.
func (o *opened) fits(size int64, sum string) error {
	switch {
	case size != o.Bytes:
		return unfit{fmt.Errorf("%s has %d bytes, its record says %d", o.File, size, o.Bytes)}
	case o.record != nil && sum != o.Digest:
		return unfit{fmt.Errorf("the digest of %s is %s, its record says %s: it was damaged, or another program replaced it", o.File, sum, o.Digest)}
	}
	return nil
}

// reader reads the value, until ctx ends.
func (o *opened) reader(ctx context.Context) io.ReaderAt { return untilDone{ctx, o.value} }

type untilDone struct {
	ctx context.Context
	io.ReaderAt
}

func (u untilDone) ReadAt(p []byte, at int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReaderAt.ReadAt(p, at)
}

// read opens an entry for use. Where record and value do not fit, it does so once
// more under the entry's lock, which a publisher holds: only what does not fit
// then is damaged.
func (p *Place) read(ctx context.Context, s store.Store, base string, use func(*opened) error) error {
	err := p.readOnce(ctx, s, base, false, use)
	if !errors.As(err, new(unfit)) {
		return err
	}
	if release, err := p.dir.lockEntry(ctx, base); err == nil {
		defer release()
	}
	return p.readOnce(ctx, s, base, true, use)
}

// readOnce opens an entry for use; doubt is the parameter of formerly.
func (p *Place) readOnce(ctx context.Context, s store.Store, base string, doubt bool, use func(*opened) error) error {
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	if former, ok := formerly(ctx, s, base, text, doubt); ok {
		text = former
	}
	o := &opened{EntryInfo: infoOf(p.tag, p.dir.path, base, text), record: text}
	if o.State != EntrySound {
		return o.Err
	}
	value, err := s.Open(ctx, o.File)
	if errors.Is(err, fs.ErrNotExist) {
		return unfit{fmt.Errorf("the value's file is gone: %w", err)}
	}
	if err != nil {
		return err
	}
	defer value.Close()
	o.value = value
	if err := o.fits(value.Size(), o.Digest); err != nil {
		return err
	}
	return use(o)
}

// readAny is read for what was listed, which may be a file of another program.
func (p *Place) readAny(ctx context.Context, s store.Store, e EntryInfo, use func(*opened) error) error {
	if e.State != EntryForeign {
		return p.read(ctx, s, e.base(), use)
	}
	value, err := s.Open(ctx, e.File)
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	defer value.Close()
	if _, err := s.Stat(ctx, recordName(e.base())); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("a record stands beside it now: it is no file of another program any more")
	}
	e.Bytes = value.Size()
	return use(&opened{EntryInfo: e, value: value})
}

// entryWait is how long those who look after entries wait for one that is being
// computed. A copy of it would be in the way of what comes out of that.
const entryWait = 10 * time.Second

// errBusy is the error of an entry that is being computed.
var errBusy = errors.New("it is being computed or copied by another one: try again afterwards")

// lockEntry takes the lock that those hold who compute or publish an entry. Where
// no lock can be had it goes on without, as they do.
func (d *tagDir) lockEntry(ctx context.Context, base string) (release func(), err error) {
	locker, ok := d.store.(store.Locker)
	if !ok {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, entryWait, errBusy)
	defer cancel()
	for pause := lockPauseFirst; ; pause = min(2*pause, lockPauseMost) {
		lock, err := locker.TryLock(base)
		if err != nil {
			return func() {}, nil
		}
		if lock != nil {
			return lock.Unlock, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			err := context.Cause(ctx)
			if by := computerIn(locker.ReadNote(locker.LockID(base))); by != nil {
				err = fmt.Errorf("%w: %s", err, by.inWords())
			}
			return nil, err
		}
	}
}
