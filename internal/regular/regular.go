package regular

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// ErrNot is wrapped by the errors for what is no regular file.
var ErrNot = errors.New("not a regular file")

// Open opens a regular file to be read. Errors are *fs.PathError.
func Open(path string) (*os.File, fs.FileInfo, error) {
	// Without O_NONBLOCK the opening of a named pipe would wait.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if info, statErr := os.Stat(path); statErr == nil && !info.Mode().IsRegular() { // a socket cannot be opened
			err = refused("open", path, info)
		}
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = refused("open", path, info)
	}
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, nil, err
	}
	return f, info, nil
}

// Replaceable returns an error if a file cannot take the place of what is at path: a folder, a device, a pipe, or a link to one of these.
func Replaceable(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil //nolint:nilerr // writing says better what is wrong
	}
	return refused("create", path, info)
}

// ReadFile is os.ReadFile for a regular file.
func ReadFile(path string) ([]byte, error) {
	f, info, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead)) // what it needs to see the end
	_, err = content.ReadFrom(f)
	return content.Bytes(), err
}

// ReadDir is os.ReadDir, but waits for nobody where path is a named pipe.
func ReadDir(path string) ([]fs.DirEntry, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

func refused(op, path string, info fs.FileInfo) error {
	return &fs.PathError{Op: op, Path: path, Err: fmt.Errorf("it is a %s, and %w", Kind(info.Mode()), ErrNot)}
}

// Kind names what is no regular file.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	case mode&fs.ModeSymlink != 0:
		return "link"
	}
	return "special file"
}
