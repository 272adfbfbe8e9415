//go:build unix && !solaris && !aix

package store

import (
	"os"
	"syscall"
)

func hold(file *os.File, alone bool) bool {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	conn, err := file.SyscallConn()
	if err != nil {
		return false
	}
	ok := false
	err = conn.Control(func(fd uintptr) { ok = syscall.Flock(int(fd), how|syscall.LOCK_NB) == nil })
	return ok && err == nil
}
