package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// Private is the folder of a Dir in which it keeps what is its own: files being
// written and locks. A cache keeps there what only it reads.
const Private = ".dataelab"

const (
	workDir = Private + "/work"  // files being written
	lockDir = Private + "/locks" // one file per lock
)

// DirOptions says how a Dir keeps its files. The zero value is a good default.
type DirOptions struct {
	// Shared lets others in: directories get mode 0770 and files 0660 instead of
	// 0700 and 0600, and the directory may belong to another user.
	Shared bool

	// Durability is Durable unless set.
	Durability Durability

	// Files is for tests of this module, which put faults in place of the system.
	Files rootfs.FS
}

func (o *DirOptions) dirMode() fs.FileMode {
	if o.Shared {
		return 0o770
	}
	return 0o700
}

func (o *DirOptions) fileMode() fs.FileMode {
	if o.Shared {
		return 0o660
	}
	return 0o600
}

// Dir returns the Store of the files in a directory, which is made when it is first
// written to. It is a Sessions, Subber, Folderer and Locker; its Sessions are a Mover and
// Publishing; its Objects and Writers are OSFilers.
//
// Content is written to a file in .dataelab/work, flushed, and renamed. What
// processes of this host left there when they died is removed before the first
// Put; what those of another host did, after a week.
//
// No name and no link leads out of the directory. One that is itself a link, or
// that another user owns, is refused, except that a shared one may be another
// user's. Nothing is kept open between operations, so it may be deleted at any time.
func Dir(path string, o DirOptions) Store {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if o.Files == nil {
		o.Files = rootfs.OS
	}
	return &dir{path: path, opts: o}
}

// dir is a directory. All access goes through a rootfs.Root.
type dir struct {
	path  string
	opts  DirOptions
	swept sync.Once // work files left by dead processes were removed
}

// String returns the path.
func (d *dir) String() string { return d.path }

// Sub returns the Store of a folder. It has work files and locks of its own.
func (d *dir) Sub(folder string) Store {
	return &dir{path: filepath.Join(d.path, filepath.FromSlash(folder)), opts: d.opts}
}

// Session opens the directory.
func (d *dir) Session(_ context.Context, create bool) (Session, error) {
	s, err := d.begin(create)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (d *dir) begin(create bool) (*dirSession, error) {
	root, err := d.open()
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := d.mkdirAll(d.path); err != nil {
			return nil, err
		}
		root, err = d.open()
	}
	if err != nil {
		return nil, err
	}
	return &dirSession{d, root}, nil
}

// open returns the directory, or an error that wraps fs.ErrNotExist.
func (d *dir) open() (rootfs.Root, error) {
	info, err := d.opts.Files.Lstat(d.path)
	if errors.Is(err, syscall.ENOTDIR) { // one above it is a file, as with HOME=/dev/null
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a link: it could lead anywhere, so it is not followed; remove it or choose another temporary directory", d.path)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file where the tag's directory should be: move it away", d.path)
	}
	if owner, mine := ownedByMe(info); !mine && !d.opts.Shared {
		return nil, fmt.Errorf("%s belongs to user %s, who could put any value there: choose another temporary directory or prefix, or set Options.Shared", d.path, owner)
	}
	root, err := d.opts.Files.OpenRoot(d.path)
	if err != nil {
		return nil, d.denied(d.path, info, err)
	}
	return root, nil
}

// denied says why a shared directory is closed to this user. Without the set-gid bit a
// new directory gets the group of the user that made it, not the group of its parent.
func (d *dir) denied(path string, info fs.FileInfo, err error) error {
	if !d.opts.Shared || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	owner, mine := ownedByMe(info)
	group, member := groupOf(info)
	above := filepath.Dir(d.path)
	switch {
	case mine:
		return err
	case !member:
		return fmt.Errorf("%s is shared with the group %s, which this user is not in: let one group own all, with chgrp -R GROUP %s, "+
			"and new directories get it, with chgrp GROUP %s and chmod g+s %s: %w", path, group, d.path, above, above, err)
	case info.Mode().Perm()&0o070 != 0o070:
		return fmt.Errorf("%s is not shared: its owner, user %s, has to set Options.Shared, and to let the group in, with chmod -R g+rwX %s: %w",
			path, owner, d.path, err)
	}
	return err
}

// mkdirAll makes the directory at path and those above it that are missing.
func (d *dir) mkdirAll(path string) error {
	files := d.opts.Files
	err := files.Mkdir(path, d.opts.dirMode())
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := d.mkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		err = files.Mkdir(path, d.opts.dirMode())
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // made by another one meanwhile, and not ours to set
	case err != nil:
		return err
	}
	d.flushAbove(path)
	return d.share(files, path)
}

// flushAbove makes a new directory last. The one above it may be another user's,
// and not ours to open, so this is done where it can be.
func (d *dir) flushAbove(path string) {
	above, err := d.opts.Files.OpenRoot(filepath.Dir(path))
	if err != nil {
		return
	}
	defer above.Close()
	_ = d.flush(above, ".")
}

// flush makes last what was made, renamed and removed in a folder. Where the
// system has no such call (Windows), that lasts when it says so.
func (d *dir) flush(root rootfs.Root, folder string) error {
	if !canSyncDir || d.opts.Durability == Fast {
		return nil
	}
	f, err := root.OpenFile(folder, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// share gives a new directory or file of a shared cache its mode, as the
// process's umask may have taken bits away.
func (d *dir) share(where interface {
	Lstat(name string) (fs.FileInfo, error)
	Chmod(name string, mode fs.FileMode) error
}, name string) error {
	if !d.opts.Shared {
		return nil
	}
	info, err := where.Lstat(name)
	if err != nil {
		return err
	}
	mode := d.opts.fileMode()
	if info.IsDir() {
		mode = d.opts.dirMode()
	}
	if _, mine := ownedByMe(info); !mine || info.Mode().Perm() == mode {
		return nil
	}
	return where.Chmod(name, mode|info.Mode()&fs.ModeSetgid) // which hands the group down
}

// The five methods are sessions of one operation.

func (d *dir) Open(ctx context.Context, name string) (Object, error) {
	s, err := d.begin(false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Open(ctx, name)
}

func (d *dir) Put(_ context.Context, name string, mode Mode) (Writer, error) {
	s, err := d.begin(true)
	if err != nil {
		return nil, err
	}
	w, err := s.put(name, mode)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	w.closing = true
	return w, nil
}

func (d *dir) Stat(ctx context.Context, name string) (Info, error) {
	s, err := d.begin(false)
	if err != nil {
		return Info{}, err
	}
	defer s.Close()
	return s.Stat(ctx, name)
}

func (d *dir) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s, err := d.begin(false)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield("", err)
			return
		}
		defer s.Close()
		s.List(ctx, prefix)(yield)
	}
}

func (d *dir) Delete(ctx context.Context, names ...string) error {
	s, err := d.begin(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Delete(ctx, names...)
}
