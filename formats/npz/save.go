package npz

import (
	"fmt"
	"io"

	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// Save writes v to a file at path, whole or not at all, with arrays stored as
// they are: to a work file in the same folder, flushed to the disk, which then
// takes the name path and with it the place of an older file. A value that does
// not fit (see [Encode]) leaves everything as it was. Save adds no extension;
// ".npz" is what numpy expects.
//
// The file's mode is 0666 before umask, and if path is a symbolic link, the
// file takes the place of the link.
func Save(path string, v any) error { return Options{}.Save(path, v) }

// Save is the function [Save] with options.
func (o Options) Save(path string, v any) error {
	list, err := o.partsOf(v)
	if err == nil {
		err = wholefile.Write(path, func(w io.Writer) error {
			_, err := o.encode(w, list)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("npz: save %s: %w", path, err)
	}
	return nil
}

// Load reads the file at path as a T, one of the types that [Accepts] takes. Its
// errors are those of [Decode] with the path before them.
func Load[T any](path string) (T, error) {
	var v, zero T
	r, err := Open(path)
	if err != nil {
		return zero, err
	}
	defer r.Close() // only read: nothing is lost if closing fails
	if err := r.decode(&v); err != nil {
		return zero, fmt.Errorf("npz: load %s: %w", path, err)
	}
	return v, nil
}
