package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// archiveIn writes an archive of the entries that TestKills knows, and of some more,
// where the other processes look for it.
func archiveIn(tb testing.TB, dir string) {
	tb.Helper()
	o := diskcache.Options{Store: storage.Memory()}
	for entry := range killSizes {
		storeIn(tb, o, testTag, "root.A.method", killValue(entry, 1), entry)
	}
	for i := range 50 {
		storeIn(tb, o, testTag, "root.A.other", []int{i}, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "archive.zip"), exported(tb, diskcache.CopyOptions{}, placeOf(tb, o)), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func importOnce(dir string, o diskcache.CopyOptions) (diskcache.CopyReport, error) {
	a, err := diskcache.OpenArchive(filepath.Join(dir, "archive.zip"))
	if err != nil {
		return diskcache.CopyReport{}, err
	}
	defer a.Close()
	return a.Import(context.Background(), diskcache.Options{Tmpdir: dir}, o)
}

// importUntilKilled is a process that dies.
func importUntilKilled(dir string) error {
	said := false
	say := func(p diskcache.CopyProgress) {
		if !p.Checking && !said {
			said = true
			fmt.Println("writing")
		}
	}
	for {
		if _, err := importOnce(dir, diskcache.CopyOptions{Existing: diskcache.ReplaceExisting, Progress: say}); err != nil {
			return err
		}
	}
}

// importAndTell is one of several that import the same.
func importAndTell(dir string) error {
	report, err := importOnce(dir, diskcache.CopyOptions{})
	fmt.Println("entries", report.Copied+report.Kept)
	return err
}

func checkImported(tb testing.TB, dir string) {
	tb.Helper()
	o := diskcache.Options{Tmpdir: dir}
	for entry := range killSizes {
		v, ok := found[[]int](tb, o, testTag, "root.A.method", entry)
		if !ok {
			tb.Errorf("entry %d is not there", entry)
		} else if err := wrongValue(entry, v); err != nil {
			tb.Error(err)
		}
	}
	for i := range 50 {
		if v, ok := found[[]int](tb, o, testTag, "root.A.other", i); !ok || v[0] != i {
			tb.Errorf("other %d: %v, %v", i, v, ok)
		}
	}
}

func TestKillsOfImports(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: there a file that is open cannot be replaced")
	}
	d := newDisk(t)
	archiveIn(t, d.tmpdir)
	least := exhaustive.N(3, 20)
	kills, inTheMiddle := 0, 0
	for ; (kills < least || inTheMiddle == 0) && !t.Failed(); kills++ {
		killWriter(t, child(t, "import until killed", d.tmpdir))
		for _, e := range entriesAt(t, placeOf(t, d.options())) {
			if e.State == diskcache.EntryForeign {
				t.Errorf("%s is a file of another program", e.File)
			}
			if e.State == diskcache.EntryNoValue {
				inTheMiddle++
			}
		}
		work, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "work", "*"))
		if err != nil {
			t.Fatal(err)
		}
		inTheMiddle += len(work)
		for entry := range killSizes {
			if v, ok := found[[]int](t, d.options(), testTag, "root.A.method", entry); ok {
				if err := wrongValue(entry, v); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if _, err := importOnce(d.tmpdir, diskcache.CopyOptions{}); err != nil {
		t.Error(err)
	}
	checkImported(t, d.tmpdir)
	t.Logf("%d kills, %d traces of them", kills, inTheMiddle)
}

func TestProcessesImportTheSame(t *testing.T) {
	d := newDisk(t)
	archiveIn(t, d.tmpdir)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			out, err := child(t, "import and tell", d.tmpdir).CombinedOutput()
			if want := fmt.Sprintf("entries %d\n", len(killSizes)+50); err != nil || string(out) != want {
				t.Errorf("%v, %q, want %q", err, out, want)
			}
		})
	}
	all.Wait()
	checkImported(t, d.tmpdir)
	for name := range d.contents() {
		if strings.Contains(name, "/aside/") || strings.Contains(name, "/work/") {
			t.Errorf("%s is left", name)
		}
	}
}

// Beside an import entries are read, computed anew and cleared, and nobody ever gets
// anything but a value of the entry.
func TestImportBesideOthers(t *testing.T) {
	for name, dir := range map[string]storage.Store{"files": storage.Dir(t.TempDir(), storage.DirOptions{Durability: storage.Fast}), "memory": storage.Memory()} {
		t.Run(name, func(t *testing.T) {
			from := t.TempDir()
			archiveIn(t, from)
			o := diskcache.Options{Store: dir, OnEvent: func(diskcache.Event) {}}
			cacher := func() *diskcache.DiskCacher[[]int] {
				c := new(diskcache.DiskCacher[[]int])
				if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
					t.Error(err)
				}
				return c
			}
			stop := make(chan struct{})
			var all sync.WaitGroup
			during := func(step func(n int) error) {
				all.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						default:
						}
						if err := step(n); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			during(func(n int) error { // reads
				entry := n % len(killSizes)
				v, ok, err := cacher().Peek(t.Context(), entry)
				if ok {
					err = errors.Join(err, wrongValue(entry, v))
				}
				return err
			})
			during(func(n int) error { // computes anew
				entry := n % len(killSizes)
				v, err := cacher().Refresh(t.Context(), func(context.Context) ([]int, error) { return killValue(entry, n), nil }, entry)
				return errors.Join(err, wrongValue(entry, v))
			})
			during(func(n int) error { // lists and clears
				for _, err := range placeOf(t, o).Entries(t.Context()) {
					if err != nil {
						return err
					}
				}
				return cacher().ClearCache()
			})
			a, err := diskcache.OpenArchive(filepath.Join(from, "archive.zip"))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			for range exhaustive.N(2, 5) {
				if report, err := a.Import(t.Context(), o, diskcache.CopyOptions{Existing: diskcache.ReplaceExisting}); err != nil || report.Copied != int64(len(killSizes)+50) {
					t.Errorf("%+v, %v", report, err)
				}
			}
			close(stop)
			all.Wait()
			for e, err := range placeOf(t, o).Entries(t.Context()) {
				if err != nil || e.State == diskcache.EntryForeign {
					t.Errorf("%+v, %v", e, err)
				}
			}
		})
	}
}
