package diskcache_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// lockedUp is a store that can be full or read-only.
type lockedUp struct {
	storage.Store
	full, readOnly bool
}

var errReadOnly = errors.New("read-only")

func (l *lockedUp) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if l.readOnly {
		return nil, errReadOnly
	}
	w, err := l.Store.Put(ctx, name, mode)
	if err == nil && l.full {
		w = fullWriter{w}
	}
	return w, err
}

func (l *lockedUp) Delete(ctx context.Context, names ...string) error {
	if l.readOnly {
		return errReadOnly
	}
	return l.Store.Delete(ctx, names...)
}

// generation computes n numbers that tell of their generation.
func generation(g float64, n int) func(context.Context) ([]float64, error) {
	return func(context.Context) ([]float64, error) {
		v := make([]float64, n)
		v[0] = g
		return v, nil
	}
}

// After a Refresh whose value could not be saved, the one before does not come back.
func TestRefreshThatCannotBeSaved(t *testing.T) {
	full, readOnly := &lockedUp{Store: storage.Memory()}, &lockedUp{Store: storage.Memory()}
	limited := t.TempDir()
	for name, c := range map[string]struct {
		options diskcache.Options
		lock    func()
		removed bool // other processes do not find it either
	}{
		"limit":     {diskcache.Options{Tmpdir: limited, Durability: storage.Fast, Limits: diskcache.Limits{Bytes: 2 << 20}}, func() {}, true},
		"full disk": {diskcache.Options{Store: full}, func() { full.full = true }, true},
		"read-only": {diskcache.Options{Store: readOnly}, func() { readOnly.readOnly = true }, false},
	} {
		for _, structTag := range []string{",nomemory", ""} {
			t.Run(name+structTag, func(t *testing.T) {
				full.full, readOnly.readOnly = false, false
				m := diskcache.NewMemory(1 << 30)
				bind := func(field string) *numbers {
					n := &numbers{}
					c.options.Memory, c.options.OnEvent = m, n.log.add
					if err := n.SetOptions(c.options); err != nil {
						t.Fatal(err)
					}
					n.bind(t, "root.A.method"+structTag[min(1, len(structTag)):], field)
					return n
				}
				n := bind(structTag)
				mustExecute(t, &n.DiskCacher, generation(1, 10))
				c.lock()
				v, err := n.Refresh(t.Context(), generation(2, 1<<20))
				if err != nil || v[0] != 2 || n.Stats().SaveFailed != 1 {
					t.Fatalf("generation %v, %v, %+v", v[0], err, n.Stats())
				}
				m.SetLimit(1000) // drops what is in memory
				m.SetLimit(1 << 30)
				for what, n := range map[string]*numbers{"the same": n, "another one": bind(",nomemory")} {
					if v, ok, err := n.Peek(t.Context()); ok || err != nil {
						t.Errorf("%s: found generation %v again, %v", what, v[0], err)
					}
				}
				full.full, readOnly.readOnly = false, false
				if v := mustExecute(t, &n.DiskCacher, generation(3, 10)); v[0] != 3 {
					t.Errorf("generation %v was executed, want 3", v[0])
				}
				if v, ok, err := bind(",nomemory").Peek(t.Context()); !ok || err != nil || v[0] != 3 {
					t.Errorf("what was saved afterwards is not found: %v, %v", ok, err)
				}
			})
		}
	}
}

// The same where a call asked for a younger value than the stored one. What is gone is
// gone for all processes.
func TestTooOldThatCannotBeReplaced(t *testing.T) {
	s := &lockedUp{Store: storage.Memory()}
	c, _ := bindOn(t, s)
	mustExecute(t, c, generation(1, 10))
	s.full = true
	ctx := diskcache.WithMaxAge(t.Context(), time.Nanosecond)
	if v, err := c.Execute(ctx, generation(2, 10)); err != nil || v[0] != 2 {
		t.Fatal(v, err)
	}
	for name, err := range s.List(t.Context(), "cache"+testTag+"/") {
		t.Errorf("%s is there still, %v", name, err)
	}
}

// A file of another program is never removed, but not taken any more either, until it is
// another one.
func TestForeignFileThatIsSuperseded(t *testing.T) {
	s := &lockedUp{Store: storage.Memory()}
	c, _ := bindOn(t, s)
	mustExecute(t, c, generation(1, 10))
	folder := "cache" + testTag + "/"
	if err := s.Delete(t.Context(), folder+".dataelab/root.A.method.json"); err != nil {
		t.Fatal(err)
	}
	s.full = true
	if _, err := c.Refresh(t.Context(), generation(2, 10)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), folder+"root.A.method.npy"); err != nil {
		t.Error("a file of another program was removed:", err)
	}
	if v, ok, err := c.Peek(t.Context()); ok || err != nil {
		t.Errorf("found generation %v again, %v", v[0], err)
	}
	s.full = false
	other, _ := bindOn(t, s)
	mustExecute(t, other, generation(4, 10))
	if err := s.Delete(t.Context(), folder+".dataelab/root.A.method.json"); err != nil {
		t.Fatal(err)
	}
	if v, ok, err := c.Peek(t.Context()); !ok || err != nil || v[0] != 4 {
		t.Errorf("another file: %v, %v", ok, err)
	}
}

// What is stored under another version was not asked to be replaced: another program may
// need it.
func TestFailedSaveKeepsOtherVersions(t *testing.T) {
	s := &lockedUp{Store: storage.Memory()}
	first, _ := bindOn(t, s)
	second, log := bindOn(t, s, "version=2")
	mustExecute(t, first, generation(1, 10))
	s.full = true
	if v := mustExecute(t, second, generation(2, 10)); v[0] != 2 {
		t.Error(v)
	}
	if _, failed := log.find(diskcache.SaveFailed); !failed {
		t.Error("it was saved")
	}
	if v, ok, err := first.Peek(t.Context()); !ok || err != nil || v[0] != 1 {
		t.Errorf("the first version: %v, %v, %v", v, ok, err)
	}
}

func bindOn(t *testing.T, s storage.Store, options ...string) (*diskcache.DiskCacher[[]float64], *eventLog) {
	t.Helper()
	log := &eventLog{}
	c := new(diskcache.DiskCacher[[]float64])
	if err := c.SetOptions(diskcache.Options{Store: s, OnEvent: log.add}); err != nil {
		t.Fatal(err)
	}
	field, err := diskcache.ParseFieldOptions(strings.Join(append([]string{",nomemory"}, options...), ","))
	if err != nil {
		t.Fatal(err)
	}
	b := diskcache.Binding{Cacher: c, Name: "root.A.method", Field: &field}
	if err := diskcache.BindAll(testTag, []diskcache.Binding{b}, diskcache.Observer{}); err != nil {
		t.Fatal(err)
	}
	return c, log
}
