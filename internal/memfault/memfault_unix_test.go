//go:build unix

package memfault_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

// cutShort returns a mapping of two pages, of which the second is not there any more.
func cutShort(t *testing.T) []byte {
	t.Helper()
	page := os.Getpagesize()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 2*page), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := syscall.Mmap(int(f.Fd()), 0, 2*page, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(b); err != nil {
			t.Error(err)
		}
	})
	if err := os.Truncate(path, int64(page)); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTry(t *testing.T) {
	b := cutShort(t)
	read := func(at int) func() error {
		return func() error {
			if b[at] != 0 {
				return errors.New("not zero")
			}
			return nil
		}
	}
	if err := memfault.Try(read(0)); err != nil {
		t.Errorf("what is there: %v", err)
	}
	var fault *memfault.Error
	if err := memfault.Try(read(len(b) - 1)); !errors.As(err, &fault) || fault.Addr == 0 {
		t.Errorf("what is not there: %v", err)
	}
	own := errors.New("own")
	if err := memfault.Try(func() error { return own }); err != own {
		t.Errorf("an error: %v", err)
	}
}

func TestOtherPanicsGoOn(t *testing.T) {
	var none *int
	for _, do := range []func() error{
		func() error { panic("own") },
		func() error { *none = 1; return nil },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			err := memfault.Try(do)
			t.Errorf("returned %v", err)
		}()
	}
}
