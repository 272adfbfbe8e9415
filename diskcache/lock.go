package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The pauses between two tries for a lock that another process holds: short at
// first, as most computations are, and never so long that the death of the
// holder goes unnoticed.
const (
	lockPauseFirst = time.Millisecond
	lockPauseMost  = 50 * time.Millisecond
)

// entryLock keeps other processes, and other object trees of this one, from
// computing the same entry at the same time. It only saves work: without it the
// outcome is the same. The system drops it when its holder dies.
type entryLock struct {
	file *flock.Flock
	note waitNote
}

// lock waits until it holds the entry's lock or ctx ends. A lock that cannot be
// had at all (a read-only or vanished directory, a file system without locks) is
// an error other than ctx's or ErrCircle; the caller goes on without it then.
func (c *cell) lock(ctx context.Context, base string, parent *call) (*entryLock, error) {
	if err := c.dir.makeLockDir(); err != nil {
		return nil, err
	}
	lockPath := filepath.Join(c.dir.path, filepath.FromSlash(lockDir), base+".lock")
	waits := parent.waitsFor(lockPath, c.dir.opts.Tmpdir)
	defer waits.end()
	for pause := lockPauseFirst; ; pause = min(2*pause, lockPauseMost) {
		l, err := c.dir.tryLock(lockPath)
		if l != nil || err != nil {
			return l, err
		}
		if err := waits.check(); err != nil {
			return nil, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
}

// lockRetries is how often tryLock starts anew because the lock's file or folder
// was removed in between. More than a few times is no coincidence.
const lockRetries = 100

// tryLock returns nil and no error when another one holds the lock.
func (d *tagDir) tryLock(lockPath string) (*entryLock, error) {
	for range lockRetries {
		file := flock.New(lockPath, flock.SetPermissions(d.opts.fileMode()), flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow))
		ok, err := file.TryLock()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := d.makeLockDir(); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return nil, errors.Join(err, file.Close())
		case !ok:
			return nil, file.Close()
		}
		// The last holder may have removed the file between our opening and our
		// locking it: then we hold a file that nobody else will ever find.
		held, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if found, err := os.Stat(lockPath); err == nil && os.SameFile(held, found) {
			_ = d.share(lockPath) // else others cannot lock it, and compute too
			l := &entryLock{file: file}
			l.note.start(lockPath)
			return l, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: removed again and again", lockPath)
}

// makeLockDir makes sure that the folder is there, and not a link that leads out
// of the tag's directory: lock files are opened by their path, which follows links.
func (d *tagDir) makeLockDir() error {
	root, err := d.create()
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(lockDir))
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.mkdir(root, lockDir); err != nil {
			return err
		}
		info, err = root.Stat(filepath.FromSlash(lockDir)) // a link that leads nowhere is there and is not
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s in %s is no folder", lockDir, d.path)
	}
	return err
}

// release gives the lock up. The file goes first, while nobody else can hold it;
// a system that does not remove open files (Windows) keeps it, which harms nobody.
func (l *entryLock) release() {
	if l == nil {
		return
	}
	l.note.stop()
	_ = os.Remove(l.file.Path())
	_ = l.file.Close()
}

// publishWait is how long a save and a clearing wait for each other. Each takes
// milliseconds; a process that was stopped in between must not stop the others.
const publishWait = 10 * time.Second

// lockPublishing keeps those who clear a tag's directory apart from those who
// publish in it, who share: their renames and removals in between would leave a
// value without its record, which counts as a file of another program. What is
// locked is the folder of the locks itself, so no file stays behind. Where that
// cannot be done (Windows, some network file systems) they go on without, and
// save puts a lost record back.
func (d *tagDir) lockPublishing(alone bool) (release func()) {
	if err := d.makeLockDir(); err != nil {
		return func() {}
	}
	file := flock.New(filepath.Join(d.path, filepath.FromSlash(lockDir)), flock.SetFlag(os.O_RDONLY|noFollow))
	try := file.TryRLock
	if alone {
		try = file.TryLock
	}
	pause := lockPauseFirst
	for begin := time.Now(); time.Since(begin) < publishWait; time.Sleep(pause) {
		if ok, err := try(); ok || err != nil {
			break
		}
	}
	return func() { _ = file.Close() }
}
