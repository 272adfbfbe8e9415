//go:build !linux && !darwin

package store

import (
	"errors"
	"fmt"
	"runtime"
)

func freeSpace(string) (int64, error) {
	return 0, fmt.Errorf("the free space of a disk is not known on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
