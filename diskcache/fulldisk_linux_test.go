package diskcache_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
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

// On a full disk a Refresh takes away what it cannot replace.
func TestRefreshOnAFullDisk(t *testing.T) {
	d := newDisk(t)
	if err := syscall.Mount("tmpfs", d.tmpdir, "tmpfs", 0, "size=700k"); err != nil {
		t.Skipf("skipped: a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.tmpdir, 0); err != nil {
			t.Error(err)
		}
	})
	c, _ := bindField[[]float64](t, d.tmpdir, ",nomemory")
	mustExecute(t, c, generation(1, 10))
	if v, err := c.Refresh(t.Context(), generation(2, 1<<20)); err != nil || v[0] != 2 || c.Stats().SaveFailed != 1 {
		t.Fatalf("generation %v, %v, %+v", v[0], err, c.Stats())
	}
	if v := mustExecute(t, c, generation(3, 10)); v[0] != 3 {
		t.Errorf("after generation 2, generation %v was returned", v[0])
	}
}

// A floor of free space makes as many go as it takes, and no more.
func TestFreeSpaceOfASmallDisk(t *testing.T) {
	d := newDisk(t)
	if err := syscall.Mount("tmpfs", d.tmpdir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("skipped: a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.tmpdir, 0); err != nil {
			t.Error(err)
		}
	})
	l := newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{FreeSpace: 1 << 20}}, diskcache.FieldOptions{})
	for i := range 40 {
		l.saves(100, i)
		var s syscall.Statfs_t
		if err := syscall.Statfs(d.tmpdir, &s); err != nil {
			t.Fatal(err)
		}
		if free := int64(s.Bavail) * int64(s.Bsize); free < 1<<20 || l.has(i) == "" { //nolint:unconvert // 32 bits elsewhere
			t.Fatalf("after %d: %d bytes are free, %v", i, free, l.has(i))
		}
	}
	if n := len(strings.Fields(l.has(33, 34, 35, 36, 37, 38, 39))); n != 7 {
		t.Errorf("%d of the last seven are there, and more would have had room", n)
	}
}
