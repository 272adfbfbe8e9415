package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// lockRetries is how often TryLock starts anew because the lock's file or folder
// was removed in between. More than a few times is no coincidence.
const lockRetries = 100

// LockID returns the path of the lock's file.
func (d *dir) LockID(name string) string {
	return filepath.Join(d.path, filepath.FromSlash(lockDir), name+".lock")
}

// TryLock locks a file, which the system unlocks when this process dies.
func (d *dir) TryLock(name string) (Lock, error) {
	if err := CheckName(name); err != nil || strings.Contains(name, "/") {
		return nil, errors.Join(err, fmt.Errorf("%q cannot name a lock: %w", name, fs.ErrInvalid))
	}
	if err := d.makeLockDir(); err != nil {
		return nil, err
	}
	path := d.LockID(name)
	for range lockRetries {
		file := flock.New(path, flock.SetPermissions(d.opts.fileMode()), flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow))
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
		if found, err := os.Stat(path); err == nil && os.SameFile(held, found) {
			_ = d.share(d.opts.Files, path) // else others cannot lock it, and compute too
			l := &dirLock{file}
			if found.Size() > 0 { // a holder that died left its note
				l.SetNote("")
			}
			return l, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: removed again and again", path)
}

func (d *dir) makeLockDir() error {
	s, err := d.begin(true)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.makeLockDir()
}

// makeLockDir makes sure that the folder is there, and not a link that leads out
// of the directory: locks are opened by their path, which follows links.
func (s *dirSession) makeLockDir() error {
	folder := filepath.FromSlash(lockDir)
	info, err := s.root.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.mkdir(folder); err != nil {
			return err
		}
		info, err = s.root.Stat(folder) // a link that leads nowhere is there and is not
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s in %s is no folder", lockDir, s.path)
	}
	return err
}

type dirLock struct{ file *flock.Flock }

// SetNote opens the file once more: there is no way to the one that is locked.
func (l *dirLock) SetNote(text string) {
	f, err := os.OpenFile(l.file.Path(), os.O_WRONLY|os.O_TRUNC|noFollow, 0)
	if err != nil {
		return
	}
	if text != "" {
		_, _ = f.WriteString(text)
	}
	_ = f.Close()
}

// Unlock removes the file first, while nobody else can hold it; a system that does
// not remove open files (Windows) keeps it, which harms nobody.
func (l *dirLock) Unlock() {
	_ = os.Remove(l.file.Path())
	_ = l.file.Close()
}

// ReadNote reads only files that are locks of d or of a directory beside it, whatever
// a note says.
func (d *dir) ReadNote(id string) string {
	place, ok := strings.CutSuffix(filepath.Dir(id), string(filepath.Separator)+filepath.FromSlash(lockDir))
	if !ok || filepath.Ext(id) != ".lock" || filepath.Dir(place) != filepath.Dir(d.path) {
		return ""
	}
	text := readNote(id)
	if text == "" || !isHeld(id) {
		return ""
	}
	return text
}

// readNote reads at most what an honest note holds.
func readNote(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return ""
	}
	return string(text)
}

func isHeld(path string) bool {
	probe := flock.New(path, flock.SetFlag(os.O_RDONLY|noFollow|syscall.O_NONBLOCK))
	ok, err := probe.TryRLock()
	_ = probe.Close()
	return err == nil && !ok
}

const (
	// publishWait is how long a save and a clearing wait for each other. Each takes
	// milliseconds; a process that was stopped in between must not stop the others.
	publishWait = 10 * time.Second

	// publishPause is between two tries.
	publishPause = time.Millisecond
)

// LockPublishing keeps those who delete apart from those who publish, who share: their
// renames and removals in between would leave one of two names that belong
// together. What is locked is the folder of the locks itself, so no file stays
// behind. Where that cannot be done (Windows, some network file systems) they go on
// without.
func (s *dirSession) LockPublishing(alone bool) (release func()) {
	if err := s.makeLockDir(); err != nil {
		return func() {}
	}
	file := flock.New(filepath.Join(s.path, filepath.FromSlash(lockDir)), flock.SetFlag(os.O_RDONLY|noFollow))
	try := file.TryRLock
	if alone {
		try = file.TryLock
	}
	for begin := time.Now(); time.Since(begin) < publishWait; time.Sleep(publishPause) {
		if ok, err := try(); ok || err != nil {
			break
		}
	}
	return func() { _ = file.Close() }
}
