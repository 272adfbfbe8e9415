package diskcache_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// failingDisk is a small disk in a file. Once it is cut short, what is not in memory
// cannot be read: the system says EIO.
type failingDisk struct {
	*testing.T
	image, device, dir string
}

func newFailingDisk(t *testing.T) *failingDisk {
	t.Helper()
	dir := t.TempDir()
	d := &failingDisk{t, filepath.Join(dir, "image"), "", filepath.Join(dir, "disk")}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.image, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.try("mkfs.ext4", "-q", "-F", "-b", "4096", d.image); err != nil {
		t.Skipf("skipped, not checked with a disk that fails: %v", err)
	}
	// With a memory of its own the device would show zeros in place of what it lacks.
	out, err := testrun.Command("losetup", "-f", "--show", "--direct-io=on", "--sector-size", "4096", d.image).Output()
	if err != nil {
		t.Skipf("skipped, not checked with a disk that fails: losetup: %v", err)
	}
	d.device = strings.TrimSpace(string(out))
	// A device that is in use goes with its last user, so it does not outlive this process.
	use, err := os.Open(d.device)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := use.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.try("losetup", "-d", d.device); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(d.device, d.dir, "ext4", 0, ""); err != nil {
		t.Skipf("skipped, not checked with a disk that fails: mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, 0); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *failingDisk) try(name string, args ...string) error {
	out, err := testrun.Command(name, args...).CombinedOutput()
	if err != nil {
		d.Logf("%s: %s", name, out)
	}
	return err
}

// forget empties the system's memory of the disk.
func (d *failingDisk) forget() {
	d.Helper()
	if err := syscall.Unmount(d.dir, 0); err != nil {
		d.Fatal(err)
	}
	if err := syscall.Mount(d.device, d.dir, "ext4", 0, ""); err != nil {
		d.Fatal(err)
	}
}

// A disk that fails is no damage: nothing is set aside, the value is computed and
// returned, and the reason tells what the system said.
func TestDiskThatCannotBeRead(t *testing.T) {
	for what, n := range map[string]int{"read as a whole": 10_000, "verified while it is decoded": diskcache.SmallFile/8 + 10_000} {
		t.Run(what, func(t *testing.T) {
			d := newFailingDisk(t)
			f := &counted[[]float64]{value: make([]float64, n)}
			f.value[n-1] = 5
			first, _ := newCacher[[]float64](t, d.dir)
			mustExecute(t, first, f.compute)

			d.forget()
			tag := filepath.Join(d.dir, "cache"+testTag)
			if _, err := os.Stat(filepath.Join(tag, "root.A.method.npy")); err != nil {
				t.Fatal(err)
			}
			if _, err := os.ReadFile(filepath.Join(tag, ".dataelab", "root.A.method.json")); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(d.image, 128<<10); err != nil {
				t.Fatal(err)
			}

			second, log := newCacher[[]float64](t, d.dir)
			got := mustExecute(t, second, f.compute)
			if len(got) != n || got[n-1] != 5 || f.runs != 2 {
				t.Errorf("got %d numbers after %d computations, want %d after 2", len(got), f.runs, n)
			}
			if e, ok := log.find(diskcache.Computed); !ok || !strings.Contains(e.Reason, syscall.EIO.Error()) {
				t.Errorf("computed because %q, want %q", e.Reason, syscall.EIO.Error())
			}
			if e, ok := log.find(diskcache.SetAside); ok {
				t.Errorf("set aside: %+v", e)
			}
			if mustExecute(t, second, f.compute); f.runs != 2 {
				t.Error("computed again, though it is in memory")
			}
		})
	}
}
