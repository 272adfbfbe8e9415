package diskcache

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// What only this package reads lies in a folder of a tag's directory.
const (
	privateDir = ".dataelab"
	workDir    = privateDir + "/work"  // files being written
	lockDir    = privateDir + "/locks" // held while an entry is computed and saved
	asideDir   = privateDir + "/aside" // damaged files, with the reason
)

// tagDir is the directory of one tag. All access goes through an os.Root, so no
// name and no link leads out of it. Nothing is kept open between operations: a
// process may hold thousands of tags, and a user may delete any of them.
type tagDir struct {
	path   string
	shared bool
	opts   *Options
	swept  sync.Once // work files left by dead processes were removed
}

func newTagDir(o *Options, tag string) *tagDir {
	return &tagDir{path: filepath.Join(o.Tmpdir, o.Prefix+tag), shared: o.Shared, opts: o}
}

// open returns the directory, or an error that wraps fs.ErrNotExist.
func (d *tagDir) open() (*os.Root, error) {
	info, err := os.Lstat(d.path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a link: it could lead anywhere, so it is not followed; remove it or choose another temporary directory", d.path)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file where the tag's directory should be: move it away", d.path)
	}
	if owner, mine := ownedByMe(info); !mine && !d.shared {
		return nil, fmt.Errorf("%s belongs to user %s, who could put any value there: choose another temporary directory or prefix, or set Options.Shared", d.path, owner)
	}
	return os.OpenRoot(d.path)
}

// create is open, but makes what is missing.
func (d *tagDir) create() (*os.Root, error) {
	root, err := d.open()
	if !errors.Is(err, fs.ErrNotExist) {
		return root, err
	}
	if err := d.mkdirAll(d.path); err != nil {
		return nil, err
	}
	return d.open()
}

// mkdirAll makes the directory at path and those above it that are missing.
func (d *tagDir) mkdirAll(path string) error {
	err := os.Mkdir(path, d.opts.dirMode())
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := d.mkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, d.opts.dirMode())
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // another process made it just now; its mode is not ours to set
	case err != nil:
		return err
	}
	return d.share(path)
}

// share gives a new directory or file of a shared cache its mode, as the
// process's umask may have taken bits away.
func (d *tagDir) share(path string) error {
	if !d.shared {
		return nil
	}
	info, err := os.Lstat(path)
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
	return os.Chmod(path, mode|info.Mode()&os.ModeSetgid) // which hands the group down
}

// mkdir makes a folder inside the tag's directory, and those above it.
func (d *tagDir) mkdir(root *os.Root, name string) error {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if err := root.Mkdir(name[:i], d.opts.dirMode()); err != nil {
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			return err
		}
		if err := d.share(filepath.Join(d.path, filepath.FromSlash(name[:i]))); err != nil {
			return err
		}
	}
	return nil
}

// createWork opens a new work file for writing. Its name carries host, process
// and a random part, so that no two writers on any machine share one.
func (d *tagDir) createWork(root *os.Root) (*os.File, string, error) {
	name := path.Join(workDir, workName(".work"))
	const flags = os.O_CREATE | os.O_EXCL | os.O_WRONLY
	f, err := root.OpenFile(name, flags, d.opts.fileMode())
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.mkdir(root, workDir); err != nil {
			return nil, "", err
		}
		f, err = root.OpenFile(name, flags, d.opts.fileMode())
	}
	if err != nil {
		return nil, "", err
	}
	if d.shared {
		if err := f.Chmod(d.opts.fileMode()); err != nil {
			return f, name, errors.Join(err, f.Close())
		}
	}
	return f, name, nil
}

// workName returns a name that no other process makes.
func workName(ext string) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	host := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || ('0' <= r && r <= '9') || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z') {
			return r
		}
		return '_'
	}, hostName())
	if len(host) > 64 {
		host = host[:64]
	}
	return host + "-" + strconv.Itoa(os.Getpid()) + "-" + hex.EncodeToString(random[:]) + ext
}

// syncDir flushes a directory, which makes the renames in it last. Where the
// system has no such call (Windows), renames last when it says so.
func syncDir(root *os.Root, name string) error {
	if !canSyncDir {
		return nil
	}
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
