//go:build linux || darwin

package store

import (
	"os"
	"syscall"
)

func freeSpace(path string) (int64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(path, &stat); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil //nolint:unconvert // types differ between systems
}
