package diskcache_test

import (
	"syscall"
	"testing"
)

// A disk of 700 KiB, on which small values find room and large ones do not.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=700k"); err != nil {
		t.Skipf("skipped: a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if err := storeTooMuch(dir, syscall.ENOSPC); err != nil {
		t.Error(err)
	}
}
