package diskcache_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// hooked is a store of which a test hears before each operation, and can act meanwhile or
// fail it.
type hooked struct {
	storage.Store
	before func(op, name string) error
}

func (h *hooked) Open(ctx context.Context, name string) (storage.Object, error) {
	if err := h.before("Open", name); err != nil {
		return nil, err
	}
	return h.Store.Open(ctx, name)
}

func (h *hooked) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	w, err := h.Store.Put(ctx, name, mode)
	return &hookedWriter{w, h, name}, err
}

func (h *hooked) Stat(ctx context.Context, name string) (storage.Info, error) {
	if err := h.before("Stat", name); err != nil {
		return storage.Info{}, err
	}
	return h.Store.Stat(ctx, name)
}

func (h *hooked) Delete(ctx context.Context, names ...string) error {
	var failed []error
	for _, name := range names {
		err := h.before("Delete", name)
		if err == nil {
			err = h.Store.Delete(ctx, name)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

type hookedWriter struct {
	storage.Writer
	store *hooked
	name  string
}

func (w *hookedWriter) Modified() time.Time { return storage.Modified(w.Writer) }

func (w *hookedWriter) Commit() error {
	if err := w.store.before("Commit", w.name); err != nil {
		return err
	}
	return w.Writer.Commit()
}

// The names of the entry without arguments in a store.
const (
	valueName  = "cache" + testTag + "/root.A.method.npy"
	recordName = "cache" + testTag + "/.dataelab/root.A.method.json"
)

func allGood(string, string) error { return nil }

// What ClearCache cannot remove keeps its record: a value alone would count as a file of
// another program, which has no version and no digest.
func TestClearKeepsRecordsOfWhatStays(t *testing.T) {
	h := &hooked{storage.Memory(), allGood}
	c, _ := inStore[[]float64](t, h)
	f := &counted[[]float64]{value: []float64{1}}
	mustExecute(t, c, f.compute)
	mustExecute(t, c, f.compute, 512)
	h.before = func(op, name string) error {
		if op == "Delete" && name == valueName {
			return syscall.EPERM
		}
		return nil
	}
	if err := c.ClearCache(); !errors.Is(err, syscall.EPERM) {
		t.Errorf("ClearCache: %v", err)
	}
	if got := slices.Concat(listed(t, h, "cache"+testTag+"/"), listed(t, h, "cache"+testTag+"/.dataelab/")); !slices.Equal(got, []string{valueName, recordName}) {
		t.Errorf("left %q, want the value that could not be removed, and its record", got)
	}
	again, log := inStore[[]float64](t, h)
	_, ok, err := again.Peek(t.Context())
	if e, _ := log.find(diskcache.Loaded); !ok || err != nil || e.Reason != "" {
		t.Errorf("found %v, %v, as %q; want an entry with its record", ok, err, e.Reason)
	}
}

// A value whose record was not there a moment ago is one of another program only if, after
// it was opened, there is surely no record, and it is still the one that was opened.
func TestForeignOnlyIfSurely(t *testing.T) {
	newer := func(t *testing.T, s storage.Store) {
		t.Helper()
		c, _ := inStore[[]float64](t, s)
		if _, err := c.Refresh(t.Context(), (&counted[[]float64]{}).compute); err != nil { // nil, which a file of another program cannot be
			t.Error(err)
		}
	}
	for name, meanwhile := range map[string]struct {
		op, name string
		happens  func(t *testing.T, s storage.Store) error
		found    bool
	}{
		"nothing happens": {"Stat", recordName, func(*testing.T, storage.Store) error { return nil }, true},
		"it is saved anew, and the record is seen": {"Open", valueName, func(t *testing.T, s storage.Store) error {
			newer(t, s)
			return nil
		}, false},
		"whether there is a record cannot be known": {"Stat", recordName, func(*testing.T, storage.Store) error { return syscall.EIO }, false},
		"it is replaced": {"Stat", valueName, func(t *testing.T, s storage.Store) error {
			putText(t, s, valueName, "another")
			return nil
		}, false},
		"it is removed": {"Stat", valueName, func(t *testing.T, s storage.Store) error { return s.Delete(t.Context(), valueName) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			memory := storage.Memory()
			newer(t, memory)
			if err := memory.Delete(t.Context(), recordName); err != nil {
				t.Fatal(err)
			}
			done := false
			c, log := inStore[[]float64](t, &hooked{memory, func(op, name string) error {
				if done || op != meanwhile.op || name != meanwhile.name {
					return nil
				}
				done = true
				return meanwhile.happens(t, memory)
			}})
			v, ok, err := c.Peek(t.Context())
			if ok != meanwhile.found || err != nil || !done {
				e, _ := log.find(diskcache.LookedUp)
				t.Errorf("found %v %v, %v (%s), want found %v", v, ok, err, e.Reason, meanwhile.found)
			}
			if e, _ := log.find(diskcache.Loaded); ok && !strings.Contains(e.Reason, "another program") {
				t.Errorf("loaded as %q", e.Reason)
			}
		})
	}
}

func putText(t *testing.T, s storage.Store, name, text string) {
	t.Helper()
	w, err := s.Put(t.Context(), name, storage.Replace)
	if err == nil {
		_, err = w.Write([]byte(text))
		err = errors.Join(err, w.Commit())
	}
	if err != nil {
		t.Error(err)
	}
}

// A new value is never visible without its record, as it would be taken for a file of
// another program: so the record is published first, and where that fails, no value is.
func TestRecordIsPublishedFirst(t *testing.T) {
	for _, failing := range []string{recordName, valueName} {
		h := &hooked{storage.Memory(), nil}
		h.before = func(op, name string) error {
			if op != "Commit" {
				return nil
			}
			if name == valueName && len(listed(t, h, recordName)) == 0 {
				t.Errorf("the value is published, and there is no record")
			}
			if name == failing {
				return syscall.EIO
			}
			return nil
		}
		c, log := inStore[[]float64](t, h)
		if v := mustExecute(t, c, (&counted[[]float64]{value: []float64{1}}).compute); len(v) != 1 {
			t.Errorf("got %v", v)
		}
		if e, ok := log.find(diskcache.SaveFailed); !ok || !errors.Is(e.Err, syscall.EIO) {
			t.Errorf("event %+v, want EIO", e)
		}
		h.before = allGood
		if left := listed(t, h, valueName); len(left) != 0 {
			t.Errorf("%s could not be published, and there is %q", failing, left)
		}
		again, _ := inStore[[]float64](t, h)
		if v, ok, err := again.Peek(t.Context()); ok || err != nil {
			t.Errorf("found %v, %v", v, err)
		}
	}
}
