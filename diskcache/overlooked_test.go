package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// fullStore is a store on a full disk: every write to a value fails.
type fullStore struct{ storage.Store }

var errDiskFull = errors.New("no space left")

func (f fullStore) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	w, err := f.Store.Put(ctx, name, mode)
	return fullWriter{w}, err
}

type fullWriter struct{ storage.Writer }

func (fullWriter) Write([]byte) (int, error) { return 0, errDiskFull }

// A format whose code ignores errors of its writer publishes nothing that is cut short.
func TestFormatThatOverlooksWriteErrors(t *testing.T) {
	careless := formats.Func("lines", "txt",
		func(w io.Writer, n int) error {
			for i := range n {
				fmt.Fprintln(w, i) // the mistake: its error is not looked at
			}
			return nil
		},
		func(r io.Reader) (int, error) { text, err := io.ReadAll(r); return len(text), err })
	memory := storage.Memory()
	c := new(diskcache.DiskCacher[int])
	if err := c.SetOptions(diskcache.Options{Store: fullStore{memory}, Formats: formats.Set{}.With(careless), OnEvent: func(diskcache.Event) {}}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag(testTag, "root.A.method"); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Execute(t.Context(), func(context.Context) (int, error) { return 100, nil }); v != 100 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	if s := c.Stats(); s.Saved != 0 || s.SaveFailed != 1 {
		t.Errorf("%+v, want one failed save", s)
	}
}

// A save leaves alone what it would never read.
func TestSaveKeepsFilesOfOthers(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1}}
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	folder := filepath.Join(dir, "cache"+testTag)
	for _, name := range []string{"root.A.method.csv", "root.A.method.json", "root.A.method.png"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Refresh(t.Context(), f.compute); err != nil {
		t.Fatal(err)
	}
	if got := visible(t, dir); len(got) != 4 {
		t.Errorf("after Refresh there is %q", got)
	}
}
