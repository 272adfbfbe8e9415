//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package npy

import (
	"os"
	"runtime"
	"syscall"
)

// mapFile returns the file's bytes as a private mapping that can be written to.
func mapFile(f *os.File, size int) ([]byte, error) {
	flags := syscall.MAP_PRIVATE
	if runtime.GOOS == "linux" {
		// Or else Linux wants memory for a copy of every page, and refuses arrays that
		// are larger than memory.
		flags |= syscall.MAP_NORESERVE
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return b, nil
}

func unmapFile(b []byte) error {
	return os.NewSyscallError("munmap", syscall.Munmap(b))
}
