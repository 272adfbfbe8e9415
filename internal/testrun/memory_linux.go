package testrun

import (
	"os"
	"syscall"

	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

const (
	memoryFolder = "/dev/shm"
	tmpfsMagic   = 0x01021994 // of linux/magic.h
	memoryNeeded = 2 << 30
)

// parent returns where the folder of a run is made: in memory, if there is a file system for it with enough
// room, as half of the time of tests is otherwise that of the disk. Tests that try everything are on the
// disk, and so are those for which TMPDIR says where they are to be.
func parent() string {
	if exhaustive.Run() || os.Getenv("TMPDIR") != "" {
		return ""
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &fs); err != nil || fs.Type != tmpfsMagic || fs.Bavail*uint64(fs.Bsize) < memoryNeeded {
		return ""
	}
	if syscall.Access(memoryFolder, 7) != nil { // to read, write and enter it
		return ""
	}
	return memoryFolder
}
