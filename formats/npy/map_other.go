//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package npy

import (
	"io"
	"os"
)

// mapFile reads the file, where mapping it differs too much from system to
// system (Windows keeps mapped files from being replaced).
func mapFile(f *os.File, size int) ([]byte, error) {
	b := bytesOf(make([]uint64, (size+7)/8))[:size] // aligned as a page is, for any element
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, int64(size)), b); err != nil {
		return nil, err
	}
	return b, nil
}

func unmapFile([]byte) error { return nil }
