package npy

import (
	"fmt"
	"io"

	"github.com/dataelab/dataelab-go/internal/regular"
	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// Save writes v to a file at path, whole or not at all: to a work file in the
// same folder, flushed to the disk, which then takes the name path and with it
// the place of an older file. A value that does not fit (see [Encode]) leaves
// everything as it was. Save adds no extension; ".npy" is what numpy expects.
//
// The file's mode is 0666 before umask, and if path is a symbolic link, the
// file takes the place of the link.
func Save(path string, v any) error {
	b, err := bodyOf(v)
	if err != nil {
		return fmt.Errorf("npy: save %s: %w", path, err)
	}
	err = wholefile.Write(path, func(w io.Writer) error {
		_, err := b.encode(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("npy: save %s: %w", path, err)
	}
	return nil
}

// Load reads the file at path as a T, one of the types that [Accepts] takes. Its
// errors are those of [Decode] with the path before them.
func Load[T any](path string) (T, error) {
	var v, zero T
	f, info, err := regular.Open(path)
	if err != nil {
		return zero, fmt.Errorf("npy: %w", err)
	}
	defer f.Close() // only read: nothing is lost if closing fails
	if err := decode(f, info.Size(), &v); err != nil {
		return zero, fmt.Errorf("npy: load %s: %w", path, err)
	}
	return v, nil
}
