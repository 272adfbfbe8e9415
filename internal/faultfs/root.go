package faultfs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/internal/rootfs"
)

type root struct {
	fs   *FS
	real rootfs.Root
	path string
}

func (r *root) full(name string) string { return filepath.Join(r.path, name) }

func (r *root) OpenFile(name string, flag int, mode fs.FileMode) (rootfs.File, error) {
	opened := &file{fs: r.fs, path: r.full(name)}
	err := r.fs.run("OpenFile", opened.path,
		func() (err error) { opened.real, err = r.real.OpenFile(name, flag, mode); return err },
		func(t *tree) { opened.node = t.open(r.fs.name(opened.path), flag) })
	if err != nil {
		return nil, err
	}
	return opened, nil
}

func (r *root) Lstat(name string) (info fs.FileInfo, err error) {
	err = r.fs.run("Lstat", r.full(name), func() (err error) { info, err = r.real.Lstat(name); return err }, nil)
	return info, err
}

func (r *root) Stat(name string) (info fs.FileInfo, err error) {
	err = r.fs.run("Stat", r.full(name), func() (err error) { info, err = r.real.Stat(name); return err }, nil)
	return info, err
}

func (r *root) Mkdir(name string, mode fs.FileMode) error {
	return r.fs.run("Mkdir", r.full(name), func() error { return r.real.Mkdir(name, mode) },
		func(t *tree) { t.mkdir(r.fs.name(r.full(name))) })
}

func (r *root) Chmod(name string, mode fs.FileMode) error {
	return r.fs.run("Chmod", r.full(name), func() error { return r.real.Chmod(name, mode) }, nil)
}

func (r *root) Chtimes(name string, accessed, modified time.Time) error {
	return r.fs.run("Chtimes", r.full(name), func() error { return r.real.Chtimes(name, accessed, modified) }, nil)
}

func (r *root) Rename(from, to string) error {
	return r.fs.run("Rename", r.full(to), func() error { return r.real.Rename(from, to) },
		func(t *tree) { t.rename(r.fs.name(r.full(from)), r.fs.name(r.full(to))) })
}

func (r *root) Link(from, to string) error {
	return r.fs.run("Link", r.full(to), func() error { return r.real.Link(from, to) },
		func(t *tree) { t.link(r.fs.name(r.full(from)), r.fs.name(r.full(to))) })
}

func (r *root) Remove(name string) error {
	return r.fs.run("Remove", r.full(name), func() error { return r.real.Remove(name) },
		func(t *tree) { t.remove(r.fs.name(r.full(name))) })
}

// Close closes, whatever it returns, or the tests would run out of files.
func (r *root) Close() error {
	closed := r.real.Close()
	return r.fs.run("Close", r.path, func() error { return closed }, nil)
}

type file struct {
	fs   *FS
	real rootfs.File
	path string
	node *node // nil for what others made
}

func (f *file) Write(p []byte) (int, error) {
	return f.write(p, f.real.Write, func(part []byte) { f.node.write(part) })
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p,
		func(part []byte) (int, error) { return f.real.WriteAt(part, off) },
		func(part []byte) { f.node.writeAt(part, off) })
}

// write is one operation, of the kind Write.
func (f *file) write(p []byte, system func([]byte) (int, error), model func([]byte)) (n int, err error) {
	fault, op := f.fs.step("Write", f.path)
	part := p
	switch {
	case fault.Short:
		part = p[:len(p)/2]
	case fault.Err != nil:
		return 0, fault.Err
	}
	n, err = system(part)
	f.fs.mu.Lock()
	if f.node != nil {
		model(part[:n])
	}
	f.fs.mu.Unlock()
	if f.fs.after != nil {
		f.fs.after(op)
	}
	return n, errors.Join(fault.Err, err)
}

func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.fs.run("ReadAt", f.path, func() (err error) { n, err = f.real.ReadAt(p, off); return err }, nil)
	return n, err
}

func (f *file) Stat() (info fs.FileInfo, err error) {
	err = f.fs.run("Stat", f.path, func() (err error) { info, err = f.real.Stat(); return err }, nil)
	return info, err
}

func (f *file) Chmod(mode fs.FileMode) error {
	return f.fs.run("Chmod", f.path, func() error { return f.real.Chmod(mode) }, nil)
}

func (f *file) ReadDir(n int) (entries []fs.DirEntry, err error) {
	err = f.fs.run("ReadDir", f.path, func() (err error) { entries, err = f.real.ReadDir(n); return err }, nil)
	return entries, err
}

func (f *file) Sync() error {
	return f.fs.run("Sync", f.path, func() error { return nil }, func(t *tree) {
		if f.node != nil {
			t.flush(f.node)
		}
	})
}

func (f *file) Close() error {
	closed := f.real.Close()
	return f.fs.run("Close", f.path, func() error { return closed }, nil)
}
