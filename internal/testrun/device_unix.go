//go:build unix

package testrun

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Device returns the path of a device, for tests of code that must not open or replace one.
// For root, which could replace those of the system, it makes one of its own.
func Device(tb testing.TB) string {
	tb.Helper()
	const name = "/dev/zero"
	if os.Getuid() != 0 {
		return name
	}
	var like syscall.Stat_t
	if err := syscall.Stat(name, &like); err != nil {
		tb.Fatal(err)
	}
	own := filepath.Join(tb.TempDir(), "device")
	if err := syscall.Mknod(own, syscall.S_IFCHR|0o600, int(like.Rdev)); err != nil {
		tb.Skipf("no device can be made here: %v", err)
	}
	return own
}
