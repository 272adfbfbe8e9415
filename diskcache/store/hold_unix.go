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
	err = conn.Control(func(fd uintptr) {
		err := syscall.Flock(int(fd), how|syscall.LOCK_NB)
		ok = err == nil || alone && err != syscall.EWOULDBLOCK // where there are no locks, nobody else holds one
	})
	return ok && err == nil
}
