package diskcache_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// A ledger that somebody made up leads nowhere: what is not below the tag's directory, or has
// no record, stays.
func TestForgedLedger(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 2}}, diskcache.FieldOptions{})
	l.saves(4, 1, 2)
	strangers := []string{filepath.Join(d.tmpdir, "outside.npy"), filepath.Join(d.tag, "stranger.npy"), filepath.Join(d.tmpdir, "cacheother", ".dataelab", "entry.json")}
	for _, path := range strangers {
		d.write(path, []byte("keep me"))
	}
	root, err := rootfs.OS.OpenRoot(d.tag)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	forged := ledger.Ledger{Root: root, Path: d.tag, Folder: ".dataelab", Mode: 0o600}
	err = forged.Build(func(tx *ledger.Tx) error {
		for _, name := range []string{"../outside", "../cacheother/entry", "/etc/passwd", "..", "a\x00b", `a\b`, "stranger", ".dataelab/aside/../../stranger.npy", ".dataelab/aside/../../../outside.npy"} {
			for _, flags := range []ledger.Flags{ledger.Counts, ledger.Aside} {
				if err := tx.Put(ledger.Line{Name: name, Ext: "npy", Bytes: 1 << 40, Flags: flags}); err != nil {
					return err
				}
			}
		}
		for _, name := range []string{"", "x", "host-1-1\n../x\nroot", "host-99999999-1\n\n../x", "host-99999999-1\n..\n.."} {
			if name != "" {
				if err := tx.Promise(ledger.Line{Name: name, Bytes: 1 << 40, Used: 5}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.saves(4, 3, 4, 5)
	l.prunes(diskcache.PruneOptions{})
	for _, path := range strangers {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	l.saves(4, 6)
	if got := l.has(5, 6); got != "5 6" {
		t.Errorf("left: %s; %+v", got, l.log.events)
	}
}

// A directory that is a link is neither counted nor touched.
func TestLinkedDirectoryIsLeftAlone(t *testing.T) {
	elsewhere := newDisk(t)
	newLimited(t, elsewhere, diskcache.Options{}, diskcache.FieldOptions{}).saves(4, 1, 2)
	d := newDisk(t)
	if err := os.Symlink(elsewhere.tag, filepath.Join(d.tmpdir, "cachelinked")); err != nil {
		t.Skipf("skipped: no links here: %v", err)
	}
	l := newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
	l.saves(4, 3, 4)
	l.prunes(diskcache.PruneOptions{})
	left := newLimited(t, elsewhere, diskcache.Options{}, diskcache.FieldOptions{})
	if got := left.has(1, 2); got != "1 2" {
		t.Errorf("left behind the link: %s", got)
	}
}

// A clock that was wrong makes an entry neither immortal nor the first to go.
func TestTimesToCome(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{TagLimits: diskcache.Limits{Entries: 3}}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3)
	l.ages(2, 3, 1)
	at := time.Now().Add(1000 * time.Hour)
	if err := os.Chtimes(filepath.Join(l.tag, ".dataelab", l.base(2)+".json"), at, at); err != nil {
		t.Fatal(err)
	}
	l.saves(4, 4)
	if got := l.has(1, 2, 3, 4); got != "1 2 4" {
		t.Errorf("left: %s, want 1 2 4", got)
	}
	l.saves(4, 5, 6, 7, 8, 9)
	if got := l.has(2); got != "" {
		t.Error("an entry from the future stays for ever")
	}
}

// What is set aside counts, and goes before all entries.
func TestAsideCounts(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{TagLimits: diskcache.Limits{Bytes: 400 * kib}}
	l := newLimited(t, d, o, diskcache.FieldOptions{})
	l.saves(100, 1)
	flip(d, l.file(1), -1, 0)
	l = newLimited(t, d, o, diskcache.FieldOptions{})
	if _, err := l.Execute(t.Context(), (&counted[[]byte]{value: make([]byte, 4000)}).compute, 1); err != nil {
		t.Fatal(err)
	}
	aside, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*.npy"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("set aside: %q, %v", aside, err)
	}
	l.saves(100, 2, 3)
	if bytes, _ := size(t, d.tag); bytes > 400*kib {
		t.Errorf("%d bytes", bytes)
	}
	aside, err = filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*"))
	if got := l.has(1, 2, 3); err != nil || len(aside) != 0 || got != "1 2 3" {
		t.Errorf("left: %s, aside %q, %v", got, aside, err)
	}
}
