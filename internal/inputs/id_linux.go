package inputs

import (
	"io/fs"
	"strconv"
	"syscall"
)

// idOf tells a file from another one that took its place with its size and time.
func idOf(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return strconv.FormatUint(stat.Ino, 36) + "-" + strconv.FormatInt(stat.Ctim.Nano(), 36)
}
