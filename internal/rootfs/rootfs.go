package rootfs

import (
	"io"
	"io/fs"
	"os"
	"time"
)

// FS gets at directories by their path.
type FS interface {
	Lstat(path string) (fs.FileInfo, error)
	Mkdir(path string, mode fs.FileMode) error
	Chmod(path string, mode fs.FileMode) error
	OpenRoot(path string) (Root, error)
}

// Root is a directory. No name and no link leads out of it.
type Root interface {
	OpenFile(name string, flag int, mode fs.FileMode) (File, error)
	Lstat(name string) (fs.FileInfo, error)
	Stat(name string) (fs.FileInfo, error)
	Mkdir(name string, mode fs.FileMode) error
	Chmod(name string, mode fs.FileMode) error
	Chtimes(name string, accessed, modified time.Time) error
	Rename(from, to string) error
	Link(from, to string) error
	Remove(name string) error
	Close() error
}

// File is an open file or directory.
type File interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	ReadDir(n int) ([]fs.DirEntry, error)
	Sync() error
}

// OS is the system.
var OS FS = system{}

type system struct{}

func (system) Lstat(path string) (fs.FileInfo, error)    { return os.Lstat(path) }
func (system) Mkdir(path string, mode fs.FileMode) error { return os.Mkdir(path, mode) }
func (system) Chmod(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }

func (system) OpenRoot(path string) (Root, error) {
	r, err := os.OpenRoot(path)
	if err != nil {
		return nil, err // not a Root that holds a nil
	}
	return root{r}, nil
}

// root has one pointer, so to make a Root of it allocates nothing.
type root struct{ *os.Root }

func (r root) OpenFile(name string, flag int, mode fs.FileMode) (File, error) {
	f, err := r.Root.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err
	}
	return f, nil
}
