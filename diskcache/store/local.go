package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// Local is what a Store of local files, as Dir returns it, can do besides. Its
// sessions are LocalSessions.
type Local interface {
	Store
	Sessions
	Subber
	Folderer
	Locker

	// Path returns the directory.
	Path() string

	// Account returns the name of the folder, beside those of other stores, that keeps
	// the account of all of them: .dataelab-<user>, or .dataelab for a shared one.
	Account() string

	// FreeSpace returns how many bytes the file system has for this user.
	FreeSpace() (int64, error)
}

// LocalSession is the Session of a Local.
type LocalSession interface {
	Session

	// Ledger returns the ledger that is kept in a folder, which need not exist.
	Ledger(folder string) *ledger.Ledger

	// MakeFolder makes a folder where there is none.
	MakeFolder(folder string) error

	// Any reports whether a folder, which need not exist, holds a file with a name that
	// ends in ext. It reads no more of the folder than it has to.
	Any(folder, ext string) (bool, error)

	// Touch sets the time at which a name was modified.
	Touch(name string, at time.Time) error

	// Overwrite puts a content in the place of another one, which has to be a regular
	// file. Neither may be there if the process dies meanwhile.
	Overwrite(name string, content []byte) error

	// WorkFiles returns the names and sizes of the files being written, after those of
	// dead processes were removed; with dry they are only left out.
	WorkFiles(dry bool) (files map[string]int64, removed int)
}

func (d *dir) Path() string { return d.path }

func (d *dir) Account() string {
	if uid := os.Geteuid(); uid >= 0 && !d.opts.Shared {
		return Private + "-" + strconv.Itoa(uid)
	}
	return Private
}

func (d *dir) FreeSpace() (int64, error) {
	for path := d.path; ; path = filepath.Dir(path) {
		free, err := freeSpace(path)
		if !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) { // it is yet to be made
			return free, err
		}
	}
}

func (s *dirSession) Ledger(folder string) *ledger.Ledger {
	return &ledger.Ledger{Root: s.root, Path: s.path, Folder: folder, Mode: s.opts.fileMode(), Lock: noFollow}
}

func (s *dirSession) MakeFolder(folder string) error {
	name, err := local(folder)
	if err != nil {
		return err
	}
	info, err := s.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s.mkdir(name)
	}
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: filepath.Join(s.path, name), Err: syscall.ENOTDIR}
	}
	return err
}

func (s *dirSession) Any(folder, ext string) (bool, error) {
	folder, err := local(folder)
	if err != nil {
		return false, err
	}
	info, err := s.root.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil || !info.IsDir(): // what is no folder is not opened: a named pipe would block
		return false, err
	}
	f, err := s.root.OpenFile(folder, os.O_RDONLY, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(100)
		for _, e := range entries {
			if !e.IsDir() && strings.HasSuffix(e.Name(), ext) {
				return true, nil
			}
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func (s *dirSession) Touch(name string, at time.Time) error {
	name, err := local(name)
	if err != nil {
		return err
	}
	return s.root.Chtimes(name, at, at)
}

func (s *dirSession) Overwrite(name string, content []byte) error {
	name, err := local(name)
	if err != nil {
		return err
	}
	info, err := s.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return s.notRegular(name, info)
	default: // what is opened could be a link by now, or have another name elsewhere
		if err := s.root.Remove(name); err != nil {
			return err
		}
	}
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, s.opts.fileMode())
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func (s *dirSession) WorkFiles(dry bool) (files map[string]int64, removed int) {
	files = map[string]int64{}
	names, _ := s.names(context.Background(), workDir) // without the folder there are none
	for _, name := range names {
		full := filepath.Join(filepath.FromSlash(workDir), name)
		info, err := s.root.Lstat(full)
		if err != nil {
			continue
		}
		if procname.Abandoned(name, info.ModTime()) && (dry || s.root.Remove(full) == nil) {
			removed++
			continue
		}
		files[name] = info.Size()
	}
	return files, removed
}

// Hold keeps those away from what an Object has who would remove it to make room. It
// lasts until the file, and all that is mapped of it, is closed. It reports whether
// it succeeded; alone, nobody else may hold it either, and where files cannot be locked,
// as in some network file systems, nobody does.
//
// Like all locks it only saves work: what is removed while it is open stays readable.
func Hold(o Object, alone bool) bool {
	file := OSFile(o)
	return file != nil && hold(file, alone)
}

var (
	_ Local        = (*dir)(nil)
	_ LocalSession = (*dirSession)(nil)
)
