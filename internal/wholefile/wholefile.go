package wholefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/internal/regular"
)

// Write creates the file at path with what write writes: first a work file in
// the same folder, flushed to the disk, which then takes the name path and with
// it the place of an older file. If anything fails, the work file is removed and
// path is what it was. So it is when write returns nil, but overlooked an error of its
// writer.
//
// The file's mode is 0666 before umask, and if path is a symbolic link, the
// file takes the place of the link. What is no regular file, such as a device, stays: that is an
// error. Errors name path, and not the work file.
func Write(path string, write func(io.Writer) error) error {
	// A random name of its own length: no other process or host uses it, and it
	// is not too long where path is not.
	work := filepath.Join(filepath.Dir(path), fmt.Sprintf(".work-%016x.tmp", rand.Uint64()))
	if err := regular.Replaceable(path); err != nil {
		return err
	}
	f, err := os.OpenFile(work, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return naming(path, err)
	}
	published := false
	defer func() { // also when write panics
		if !published {
			_ = f.Close()
			_ = os.Remove(work)
		}
	}()
	w := &checked{w: f, path: path}
	if err := write(w); err != nil {
		return err
	}
	if w.failed != nil { // and write overlooked it
		return w.failed
	}
	if err := f.Sync(); err != nil {
		return naming(path, err)
	}
	if err := f.Close(); err != nil {
		return naming(path, err)
	}
	if err := os.Rename(work, path); err != nil {
		return naming(path, err)
	}
	published = true
	return nil
}

// naming returns an error of the work file as one of the file that the user named.
func naming(path string, err error) error {
	var of *fs.PathError
	var link *os.LinkError
	op := "create"
	switch {
	case errors.As(err, &of):
		if of.Op != "open" {
			op = of.Op
		}
		err = of.Err
	case errors.As(err, &link):
		err = link.Err
	}
	if folder := filepath.Dir(path); errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no folder %s: %w", folder, err)
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// checked remembers the first error of a file, and writes nothing after it.
type checked struct {
	w      io.Writer
	path   string
	failed error
}

func (c *checked) Write(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	n, err := c.w.Write(p)
	if err != nil {
		c.failed = naming(c.path, err)
	}
	return n, c.failed
}
