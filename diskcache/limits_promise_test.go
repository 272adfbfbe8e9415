package diskcache_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// account returns what the ledger in a directory says.
func account(t *testing.T, dir, folder string) (total ledger.Totals, promises []ledger.Line) {
	t.Helper()
	root, err := rootfs.OS.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	l := ledger.Ledger{Root: root, Path: dir, Folder: folder, Mode: 0o600}
	err = l.View(func(tx *ledger.Tx) error {
		total, promises = tx.Totals(), tx.Promises()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return total, promises
}

// accountOfAll is that of the directory of all tags.
func accountOfAll(t *testing.T, d disk) (ledger.Totals, []ledger.Line) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(d.tmpdir, ".dataelab*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return account(t, found[0], ".")
}

func accountOfTag(t *testing.T, d disk) (ledger.Totals, []ledger.Line) {
	t.Helper()
	return account(t, d.tag, ".dataelab")
}

// Where the limit of a tag refuses a save, or its account cannot be kept, what the limit of
// all tags has promised is taken back.
func TestRefusedPromiseIsTakenBack(t *testing.T) {
	full := func(t *testing.T, d disk, o diskcache.Options) {
		newLimited(t, d, o, diskcache.FieldOptions{Pin: true}).saves(4, 0)
	}
	broken := func(t *testing.T, d disk, _ diskcache.Options) {
		if err := os.MkdirAll(filepath.Join(d.tag, ".dataelab", "ledger"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, prepare := range map[string]func(*testing.T, disk, diskcache.Options){"full": full, "broken": broken} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			o := diskcache.Options{Limits: diskcache.Limits{Bytes: 4 << 20}, TagLimits: diskcache.Limits{Entries: 1}}
			prepare(t, d, o)
			l := newLimited(t, d, o, diskcache.FieldOptions{})
			l.saves(100, 1, 2, 3)
			if n := l.Stats().SaveFailed; n != 3 {
				t.Errorf("%d saves were refused, want 3", n)
			}
			if _, promises := accountOfAll(t, d); len(promises) > 0 {
				t.Errorf("promises that stay: %+v", promises)
			}
		})
	}
}

// The ledger of a tag counts among all tags from the save on that makes it.
func TestNewLedgerOfTagCounts(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Limits: diskcache.Limits{Bytes: 4 << 20}, TagLimits: diskcache.Limits{Bytes: 1 << 20}}
	newLimited(t, d, o, diskcache.FieldOptions{}).saves(4, 1)
	total, _ := accountOfAll(t, d)
	if bytes, _ := size(t, d.tmpdir); total.Bytes+total.Overhead < bytes {
		t.Errorf("the account says %d bytes, and there are %d", total.Bytes+total.Overhead, bytes)
	}
}

// A save that began before there was a ledger is counted all the same.
func TestSaveBeforeFirstLedgerCounts(t *testing.T) {
	limits := diskcache.Limits{Bytes: 4 << 20}
	for name, limited := range map[string]diskcache.Options{"all tags": {Limits: limits}, "tag": {TagLimits: limits}} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			slow := formats.Func("word", "txt", func(w io.Writer, v word) error {
				newLimited(t, d, limited, diskcache.FieldOptions{}).saves(4, 1)
				_, err := io.WriteString(w, string(v))
				return err
			}, func(r io.Reader) (word, error) { text, err := io.ReadAll(r); return word(text), err })
			c := new(diskcache.DiskCacher[word])
			if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: d.tmpdir, Formats: formats.Set{}.With(slow)}), c.SetTag(testTag, "root.A.word")); err != nil {
				t.Fatal(err)
			}
			mustExecute(t, c, say(word(make([]byte, 1<<20))))
			account := accountOfAll
			if name == "tag" {
				account = accountOfTag
			}
			total, promises := account(t, d)
			for _, p := range promises {
				total.Bytes -= p.Bytes
			}
			if bytes, _ := size(t, d.tmpdir); total.Bytes+total.Overhead < bytes || total.Entries != 2 {
				t.Errorf("the account says %d bytes in %d entries, and there are %d", total.Bytes+total.Overhead, total.Entries, bytes)
			}
		})
	}
}
