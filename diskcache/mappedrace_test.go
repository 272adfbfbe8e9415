package diskcache_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// giantOf is a giant that is equal to others in all that its header tells.
func giantOf(v float64) []float64 { return slices.Repeat([]float64{v}, 1<<18) }

// mappedIn returns a cacher in a store, as bindField does in a directory.
func mappedIn(t *testing.T, s storage.Store, field string) (*diskcache.DiskCacher[[]float64], *eventLog) {
	t.Helper()
	options, err := diskcache.ParseFieldOptions(field)
	c, log := inStore[[]float64](t, s)
	binding := diskcache.Binding{Cacher: c, Name: "root.A.method", Field: &options}
	if err := errors.Join(err, diskcache.BindAll(testTag, []diskcache.Binding{binding}, diskcache.Observer{})); err != nil {
		t.Fatal(err)
	}
	return c, log
}

// A look that is overtaken by a Refresh of another process returns one of the two values,
// calls nothing damaged, and what is made of the value names that one.
func TestLookOvertakenByRefresh(t *testing.T) {
	for _, field := range []string{"", ",mmap"} {
		for name, overtake := range map[string]func(*overtaken) func(op, name string) error{
			"after the record was read": (*overtaken).afterTheRecord,
			"between the two renames":   (*overtaken).betweenTheRenames,
		} {
			t.Run(name+field, func(t *testing.T) {
				o := &overtaken{TB: t, disk: newDisk(t)}
				plain := storage.Dir(o.tmpdir, storage.DirOptions{Durability: storage.Fast})
				o.writer, _ = mappedIn(t, &hooked{plain, allGood}, "")
				h := &hooked{plain, allGood}
				c, log := mappedIn(t, h, field)
				user := new(diskcache.DiskCacher[float64])
				if err := errors.Join(user.SetOptions(diskcache.Options{Store: h}), user.SetTag(testTag, "root.A.user")); err != nil {
					t.Fatal(err)
				}
				o.refresh(1)
				h.before = overtake(o)
				last := mustExecute(t, user, func(ctx context.Context) (float64, error) {
					v, ok, err := c.Peek(ctx)
					if err != nil || !ok || v[0] != v[len(v)-1] {
						t.Fatalf("%d elements, %v, %v", len(v), ok, err)
					}
					return v[0], nil
				})
				diskcache.WaitVerified(c)
				h.before = allGood
				for _, kind := range []diskcache.EventKind{diskcache.FoundDamaged, diskcache.SetAside} {
					if e, found := log.find(kind); found {
						t.Errorf("%v %s: %s", kind, e.Path, e.Reason)
					}
				}
				place, err := user.Place()
				if err != nil {
					t.Fatal(err)
				}
				want := map[float64]string{1: o.first, 2: digest.Of(o.read(o.value("npy")))}[last]
				for e, err := range place.Entries(t.Context()) {
					if err != nil || e.State != diskcache.EntrySound {
						t.Errorf("%s is %v: %v, %v", e.Name, e.State, e.Err, err)
					}
					for _, u := range e.Uses {
						if u.Digest != want {
							t.Errorf("the value %v was used, and %s is recorded, want %s", last, u.Digest, want)
						}
					}
				}
				again, _ := mappedIn(t, plain, field)
				if v := mustExecute(t, again, nil); v[0] != 2 {
					t.Errorf("afterwards the value is %v", v[0])
				}
				if err := errors.Join(c.Close(), again.Close()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// overtaken is a look that another process overtakes.
type overtaken struct {
	testing.TB
	disk
	writer *diskcache.DiskCacher[[]float64]
	first  string // digest of the first value
}

func (o *overtaken) refresh(v float64) {
	o.TB.Helper()
	if _, err := o.writer.Refresh(context.Background(), gives(giantOf(v))); err != nil {
		o.TB.Fatal(err)
	}
	if v == 1 {
		o.first = digest.Of(o.disk.read(o.value("npy")))
	}
}

// afterTheRecord publishes the whole entry after its record was read.
func (o *overtaken) afterTheRecord() func(op, name string) error {
	var done atomic.Bool // values are verified on another goroutine
	return func(op, name string) error {
		if op == "Open" && name == valueName && done.CompareAndSwap(false, true) {
			o.refresh(2)
		}
		return nil
	}
}

// betweenTheRenames has published the record, and publishes the value after the former one
// was opened.
func (o *overtaken) betweenTheRenames() func(op, name string) error {
	value := o.value("npy")
	former := value + ".former"
	if err := os.Link(value, former); err != nil {
		o.TB.Fatal(err)
	}
	o.refresh(2)
	next := value + ".next"
	if err := errors.Join(os.Rename(value, next), os.Rename(former, value)); err != nil {
		o.TB.Fatal(err)
	}
	var mu sync.Mutex // values are verified on another goroutine
	opened := false
	return func(op, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if opened && next != "" {
			if err := os.Rename(next, value); err != nil {
				o.TB.Error(err)
			}
			next = ""
		}
		opened = opened || op == "Open" && name == valueName
		return nil
	}
}

// A process that refreshes an entry again and again gives no cause for alarm to one that
// maps it.
func TestMappedWhileAnotherProcessRefreshes(t *testing.T) {
	dir := t.TempDir()
	first, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, first, gives(giantOf(0)))
	writer := child(t, "refresh a giant", dir)
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- writer.Wait() }()
	for looks := 0; ; looks++ {
		c, log := bindField[[]float64](t, dir, ",mmap")
		if v := mustExecute(t, c, nil); v[0] != v[len(v)-1] {
			t.Errorf("mixed values %v and %v", v[0], v[len(v)-1])
		}
		diskcache.WaitVerified(c)
		for _, kind := range []diskcache.EventKind{diskcache.FoundDamaged, diskcache.SetAside} {
			if e, found := log.find(kind); found {
				t.Errorf("%v %s: %s", kind, e.Path, e.Reason)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d looks", looks)
			return
		default:
		}
	}
}

func refreshGiant(dir string) error {
	c := new(diskcache.DiskCacher[[]float64])
	if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, Durability: storage.Fast}), c.SetTag(testTag, "root.A.method")); err != nil {
		return err
	}
	for i := range 60 {
		if _, err := c.Refresh(context.Background(), gives(giantOf(float64(i)))); err != nil {
			return err
		}
	}
	return nil
}

// A file that somebody replaces while it is verified is not the one that was judged.
func TestReplacedWhileItIsJudged(t *testing.T) {
	d := newDisk(t)
	h := &hooked{storage.Dir(d.tmpdir, storage.DirOptions{}), allGood}
	plain, _ := mappedIn(t, h, "")
	mustExecute(t, plain, gives(giantOf(1)))
	sound, written := d.read(d.value("npy")), modified(t, d.value("npy"))
	flipBit(t, d.value("npy"))
	c, log := mappedIn(t, h, ",mmap")
	opened := 0
	h.before = func(op, name string) error {
		if op == "Open" && name == valueName {
			opened++
		}
		if opened == 2 && op == "Stat" && name == valueName { // it was read, and is about to be set aside
			d.write(d.value("npy")+".next", sound)
			return errors.Join(os.Chtimes(d.value("npy")+".next", written, written), os.Rename(d.value("npy")+".next", d.value("npy")))
		}
		return nil
	}
	mustExecute(t, c, nil)
	diskcache.WaitVerified(c)
	h.before = allGood
	if _, told := log.find(diskcache.FoundDamaged); !told || len(d.setAside()) > 0 {
		t.Errorf("told: %v, set aside: %v", told, d.setAside())
	}
	if v := mustExecute(t, c, nil); v[len(v)-1] != 1 {
		t.Errorf("got %v", v[len(v)-1])
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// What was deleted by hand is gone, and not damaged, whether it was refreshed or not.
func TestMappedValueDeletedByHand(t *testing.T) {
	for _, field := range []string{"", ",mmap"} {
		d := newDisk(t)
		c, _ := bindField[[]float64](t, d.tmpdir, field)
		for range 2 {
			if _, err := c.Refresh(t.Context(), gives(giantOf(1))); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		d.remove(d.value("npy"))
		c, log := bindField[[]float64](t, d.tmpdir, field)
		mustExecute(t, c, gives(giantOf(2)))
		if e, _ := log.find(diskcache.LookedUp); e.Why != diskcache.ValueGone {
			t.Errorf("%q: the reason is %v: %s", field, e.Why, e.Reason)
		}
		if aside := d.setAside(); len(aside) > 0 {
			t.Errorf("%q: set aside: %v", field, aside)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func modified(t testing.TB, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}
