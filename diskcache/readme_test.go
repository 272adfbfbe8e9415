package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// The folder of records tells people what it is, from the first save on. Nobody takes that
// for an entry, and nobody writes it again.
func TestReadmeOfTheFolder(t *testing.T) {
	d := newDisk(t)
	readme := filepath.Join(d.tag, ".dataelab", storage.ReadmeName)
	c, _ := newCacher[[]float64](t, d.tmpdir)
	if _, ok, err := c.Peek(t.Context()); ok || err != nil || d.exists(d.tag) {
		t.Fatalf("a Peek: %v, %v; the directory is there: %v", ok, err, d.exists(d.tag))
	}
	mustExecute(t, c, gives([]float64{1}))
	if text := d.read(readme); !bytes.Contains(text, []byte("Do not delete this folder alone")) || !bytes.Contains(text, []byte("at any time")) {
		t.Errorf("it says %q", text)
	}
	d.write(readme, []byte("mine"))
	if _, err := c.Refresh(t.Context(), gives([]float64{2})); err != nil {
		t.Fatal(err)
	}
	if text := d.read(readme); string(text) != "mine" {
		t.Errorf("it was written again: %q", text)
	}
	onlyEntry(t, placeOf(t, d.options()))
	d.remove(readme)
	mustExecute(t, c, gives([]float64{3}), "other")
	if d.exists(readme) {
		t.Error("what somebody removed came back")
	}
}

// A directory of another program gets one only when something is saved there.
func TestReadmeBesideFilesOfAnotherProgram(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[[]float64](t, d.tmpdir)
	mustExecute(t, c, gives([]float64{1}))
	d.remove(filepath.Join(d.tag, ".dataelab"))
	c, _ = newCacher[[]float64](t, d.tmpdir)
	mustExecute(t, c, func(context.Context) ([]float64, error) { return nil, errors.New("computed") })
	if d.exists(filepath.Join(d.tag, ".dataelab", storage.ReadmeName)) {
		t.Error("a hit wrote a README")
	}
	if e := onlyEntry(t, placeOf(t, d.options())); e.State != diskcache.EntryForeign {
		t.Errorf("listed as %v", e.State)
	}
}
