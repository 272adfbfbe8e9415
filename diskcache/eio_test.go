package diskcache_test

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/faultfs"
)

// Whichever operation on a file fails with EIO, once or from then on: the result is returned,
// whoever listens hears of it, nothing counts as damaged, and the next call is served.
// TestFaults looks at what is on the disk afterwards.
func TestEveryInputOutputErrorIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(d disk)
		kinds   []string // of operations whose failure can be noticed
		told    func(log *eventLog) bool
	}{
		"hit": {func(d disk) { d.has(oldRows) }, []string{"OpenRoot", "OpenFile", "Stat", "ReadAt"}, func(log *eventLog) bool {
			e, ok := log.find(diskcache.LookedUp)
			return ok && strings.Contains(e.Reason, syscall.EIO.Error()) || isLoaded(log) // the second look, under the lock, found it
		}},
		"save": {func(disk) {}, []string{"Write", "Sync", "Rename"}, func(log *eventLog) bool {
			e, ok := log.find(diskcache.SaveFailed)
			return ok && errors.Is(e.Err, syscall.EIO)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			play := func(set func(*faultfs.FS)) (disk, *eventLog) {
				d := newDisk(t)
				c.prepare(d)
				files, err := faultfs.New(d.tmpdir)
				if err != nil {
					t.Fatal(err)
				}
				set(files)
				cacher, log := onDisk(t, d.tmpdir, &storage.DirOptions{Files: files})
				for range 2 { // the second from memory
					if err := gets(cacher, newRows, oldRows); err != nil {
						t.Error(err)
					}
				}
				return d, log
			}
			var ops []faultfs.Op
			play(func(f *faultfs.FS) { f.After(func(op faultfs.Op) { ops = append(ops, op) }) })
			// Before the first one folders are made and locks taken, as well as that can be done.
			// The README of the folder is for people, and nothing depends on it.
			writing := slices.IndexFunc(ops, func(op faultfs.Op) bool {
				return op.Kind == "Write" && !strings.Contains(op.String(), storage.ReadmeName)
			})
			checked := 0
			for _, stays := range []bool{false, true} {
				for _, op := range ops {
					d, log := play(func(f *faultfs.FS) { f.Inject(op.N, faultfs.Fault{Err: syscall.EIO, Stays: stays}) })
					if e, ok := log.find(diskcache.SetAside); ok {
						t.Errorf("%v: set aside: %+v", op, e)
					}
					if slices.Contains(c.kinds, op.Kind) && op.N > writing {
						checked++
						if !c.told(log) {
							t.Errorf("%v failed, stays %v, and nobody was told: %s", op, stays, log.kinds())
						}
					}
					next, _ := onDisk(t, d.tmpdir, nil)
					if err := gets(next, newRows, oldRows); err != nil {
						t.Errorf("the next program after %v: %v", op, err)
					}
				}
			}
			if checked < 6 {
				t.Errorf("only %d failures were looked at", checked)
			}
			t.Logf("%d of %d operations, twice", checked, len(ops))
		})
	}
}

func isLoaded(log *eventLog) bool {
	_, ok := log.find(diskcache.Loaded)
	return ok
}
