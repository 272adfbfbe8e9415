//go:build unix

package diskcache_test

import (
	"io/fs"
	"syscall"
)

// allocatedBy is what du counts.
func allocatedBy(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
