package diskcache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// saveInTag saves two entries of 4 KiB in a tag, and reports whether both could be.
func saveInTag(t *testing.T, d disk, o diskcache.Options, tag string) bool {
	t.Helper()
	l := newLimited(t, d, o, diskcache.FieldOptions{})
	if err := l.SetTag(tag, "root.A.method"); err != nil {
		t.Fatal(err)
	}
	l.saves(4, 1, 2)
	return l.Stats().SaveFailed == 0
}

// What the cache keeps of tags that are gone, or have no entries any more, does not fill
// it: a save finds room for ever.
func TestBookkeepingOfEmptyTagsGoes(t *testing.T) {
	for _, gone := range []bool{true, false} {
		for _, both := range []bool{true, false} {
			t.Run(fmt.Sprintf("gone %v, both limits %v", gone, both), func(t *testing.T) {
				d := newDisk(t)
				const most = 1 << 20
				o, tags := diskcache.Options{Limits: diskcache.Limits{Bytes: most}}, 300
				if both {
					o.TagLimits.Bytes = 512 * kib
					tags = 25
				}
				for i := range tags {
					tag := fmt.Sprint("night", i)
					if !saveInTag(t, d, o, tag) {
						t.Fatalf("tag %d of %d: not saved", i, tags)
					}
					if gone {
						if err := os.RemoveAll(filepath.Join(d.tmpdir, "cache"+tag)); err != nil {
							t.Fatal(err)
						}
					}
					if i%10 > 0 && i < tags-1 {
						continue
					}
					if bytes, _ := size(t, d.tmpdir); bytes > most {
						t.Fatalf("tag %d: %d bytes", i, bytes)
					}
				}
			})
		}
	}
}

// Prune removes the bookkeeping of tags without entries, and leaves that of others.
func TestPruneRemovesBookkeepingOfEmptyTags(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Limits: diskcache.Limits{Bytes: 4 << 20}, TagLimits: diskcache.Limits{Entries: 1}}
	for _, tag := range []string{"empty", "full"} {
		saveInTag(t, d, o, tag)
	}
	empty := filepath.Join(d.tmpdir, "cacheempty")
	values, err := filepath.Glob(filepath.Join(empty, "*.npy"))
	if err != nil || len(values) != 1 {
		t.Fatal(values, err)
	}
	records, err := filepath.Glob(filepath.Join(empty, ".dataelab", "*.json"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	for _, file := range []string{values[0], records[0]} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	l := newLimited(t, d, o, diskcache.FieldOptions{})
	if err := l.SetTag("empty", "root.A.method"); err != nil {
		t.Fatal(err)
	}
	l.prunes(diskcache.PruneOptions{DryRun: true})
	for _, name := range []string{"evicted", "ledger"} {
		if _, err := os.Stat(filepath.Join(empty, ".dataelab", name)); err != nil {
			t.Errorf("after a dry run: %v", err)
		}
	}
	l.prunes(diskcache.PruneOptions{})
	for _, name := range []string{"evicted", "ledger"} {
		if _, err := os.Stat(filepath.Join(empty, ".dataelab", name)); !os.IsNotExist(err) {
			t.Errorf("%s of an empty tag: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(d.tmpdir, "cachefull", ".dataelab", name)); err != nil {
			t.Error(err)
		}
	}
}

// Prune forgets all of a tag that somebody removed.
func TestPruneForgetsRemovedTag(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Limits: diskcache.Limits{Bytes: 4 << 20}, TagLimits: diskcache.Limits{Entries: 1}}
	saveInTag(t, d, o, "gone")
	if err := os.RemoveAll(filepath.Join(d.tmpdir, "cachegone")); err != nil {
		t.Fatal(err)
	}
	l := newLimited(t, d, o, diskcache.FieldOptions{})
	l.prunes(diskcache.PruneOptions{})
	if total, _ := accountOfAll(t, d); total.Lines != 0 || total.Bytes != 0 {
		t.Errorf("left in the account: %+v", total)
	}
}
