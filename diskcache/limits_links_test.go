package diskcache_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Links in the places of the cache's own files are not followed.
func TestLimitsFollowNoLink(t *testing.T) {
	for _, name := range []string{"evicted", "ledger.new", "ledger"} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			stranger := filepath.Join(d.tag, "stranger.txt")
			d.write(stranger, []byte("keep me"))
			link := filepath.Join(d.tag, ".dataelab", name)
			if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("../stranger.txt", link); err != nil {
				t.Skipf("skipped: no links here: %v", err)
			}
			l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
			l.saves(4, 1, 2, 3)
			if text, err := os.ReadFile(stranger); err != nil || string(text) != "keep me" {
				t.Errorf("the file that the link leads to: %.30q, %v", text, err)
			}
			if got := l.has(1, 2, 3); name != "ledger" && got != "3" {
				t.Errorf("left: %s; %+v", got, l.log.events)
			}
		})
	}
}

// Of what lies beside an entry only goes with it what could be taken for its value.
func TestEvictionLeavesFilesBeside(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
	l.saves(4, 1)
	beside := strings.TrimSuffix(l.file(1), "npy")
	for _, ext := range []string{"csv", "json", "txt", "gob"} {
		d.write(beside+ext, []byte("of somebody"))
	}
	l.saves(4, 2)
	for ext, want := range map[string]bool{"npy": false, "csv": true, "json": true, "txt": true, "gob": false} {
		if _, err := os.Stat(beside + ext); (err == nil) != want {
			t.Errorf("%s: %v", ext, err)
		}
	}
}

// A value that is not as long as its record says is nobody's to delete: it is set aside.
func TestEvictionSetsReplacedValueAside(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
	l.saves(4, 1)
	d.write(l.file(1), []byte("of another program"))
	l.ages(1)
	l.saves(4, 2)
	aside, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*.npy"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("set aside: %q, %v", aside, err)
	}
	if text, err := os.ReadFile(aside[0]); err != nil || string(text) != "of another program" {
		t.Errorf("%q, %v", text, err)
	}
	if got := l.has(1, 2); got != "2" {
		t.Errorf("left: %s", got)
	}
}
