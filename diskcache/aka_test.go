package diskcache_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

const formerName = "root.A.former"

// renamed returns a cacher of root.A.method that had other names before.
func renamed[T any](tb testing.TB, o diskcache.Options, field diskcache.FieldOptions, former ...string) (*diskcache.DiskCacher[T], *eventLog) {
	tb.Helper()
	c, log := new(diskcache.DiskCacher[T]), new(eventLog)
	o.OnEvent = log.add
	binding := diskcache.Binding{Cacher: c, Name: "root.A.method", Former: former, Field: &field}
	if err := errors.Join(c.SetOptions(o), diskcache.BindAll(testTag, []diskcache.Binding{binding}, diskcache.Observer{})); err != nil {
		tb.Fatal(err)
	}
	return c, log
}

func (d disk) options() diskcache.Options { return diskcache.Options{Tmpdir: d.tmpdir} }

// contents returns what lies below the tag's directory.
func (d disk) contents() map[string]string {
	d.Helper()
	files := map[string]string{}
	for _, name := range d.list() {
		files[name] = string(d.read(filepath.Join(d.tag, name)))
	}
	return files
}

func never[T any](tb testing.TB) func(context.Context) (T, error) {
	return func(context.Context) (v T, err error) {
		tb.Helper()
		tb.Error("computed")
		return v, nil
	}
}

// What was stored under a former name is taken, and has the present name from then on.
func TestFormerNameMoves(t *testing.T) {
	d := newDisk(t)
	storeNamed(t, d.tmpdir, "former", []float64{1, 2})
	storeNamed(t, d.tmpdir, "former", []float64(nil), "b<c>", 7)
	storeNamed(t, d.tmpdir, "former", []float64{9}, "left alone")
	key, other := mustKey(t, "b<c>", 7).String(), mustKey(t, "left alone").String()
	before := d.contents()
	for i, reason := range []string{"stored under the former name root.A.former", ""} {
		c, log := renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, "root.A.oldest", formerName)
		if v := mustExecute(t, c, never[[]float64](t)); !slices.Equal(v, []float64{1, 2}) {
			t.Errorf("got %v", v)
		}
		if e, _ := log.find(diskcache.Loaded); e.Reason != reason {
			t.Errorf("look %d: reason %q, want %q", i, e.Reason, reason)
		}
		if v := mustExecute(t, c, never[[]float64](t), "b<c>", 7); v != nil {
			t.Errorf("got %v", v)
		}
	}
	want := []string{
		".dataelab/root.A.former-" + other + ".json", ".dataelab/root.A.method-" + key + ".json", ".dataelab/root.A.method.json",
		"root.A.former-" + other + ".npy", "root.A.method-" + key + ".npy", "root.A.method.npy",
	}
	if got := d.list(); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	d.checkConsistent()
	var was, is map[string]any
	if err := errors.Join(json.Unmarshal([]byte(before[".dataelab/root.A.former-"+key+".json"]), &was),
		json.Unmarshal(d.read(filepath.Join(d.tag, ".dataelab", "root.A.method-"+key+".json")), &is)); err != nil {
		t.Fatal(err)
	}
	was["name"], was["file"], was["check"] = "root.A.method", "root.A.method-"+key+".npy", is["check"]
	if !reflect.DeepEqual(was, is) {
		t.Errorf("the record is\n%v, want\n%v", is, was)
	}
}

// That there are entries of other arguments does not hide what is wrong with the
// former entry of these.
func TestFormerNameAndNearest(t *testing.T) {
	d := newDisk(t)
	storeNamed(t, d.tmpdir, "former", []float64{1, 2}, 4)
	cacher, _ := renamed[[]float64](t, d.options(), diskcache.FieldOptions{Version: "2"}, formerName)
	compute := func(context.Context) ([]float64, error) { return nil, nil }
	mustExecute(t, cacher, compute, 3)
	var o diskcache.Outcome
	if _, err := cacher.Execute(diskcache.WithOutcome(t.Context(), &o), compute, 4); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(o.Reason, "nearest stored entry: 3 there, 4 here (computed") ||
		!strings.HasSuffix(o.Reason, `; under the former name root.A.former: the version changed from "" to "2"`) {
		t.Error(o)
	}
}

// While something keeps an entry from being moved it is served where it lies.
func TestFormerNameServedWhereItLies(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(d disk) diskcache.Options
		foreign bool
	}{
		"read-only": {prepare: func(d disk) diskcache.Options {
			return diskcache.Options{Store: &takesNothing{storage.Dir(d.tmpdir, storage.DirOptions{})}}
		}},
		"in use": {prepare: func(d disk) diskcache.Options {
			locker := storage.Dir(d.tag, storage.DirOptions{}).(storage.Locker)
			lock, err := locker.TryLock(formerName)
			if err != nil || lock == nil {
				d.Fatal(lock, err)
			}
			d.TB.(*testing.T).Cleanup(lock.Unlock)
			return d.options()
		}},
		"of another program": {foreign: true, prepare: func(d disk) diskcache.Options {
			d.remove(filepath.Join(d.tag, ".dataelab"))
			return d.options()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeNamed(t, d.tmpdir, "former", []float64{1, 2})
			o := c.prepare(d)
			before := unlocked(d)
			for range 2 {
				cacher, _ := renamed[[]float64](t, o, diskcache.FieldOptions{}, formerName)
				if v, ok, err := cacher.Peek(t.Context()); !ok || err != nil || len(v) != 2 {
					t.Errorf("Peek: %v, %v, %v", v, ok, err)
				}
				cacher, log := renamed[[]float64](t, o, diskcache.FieldOptions{}, formerName)
				mustExecute(t, cacher, never[[]float64](t))
				if e, _ := log.find(diskcache.Loaded); strings.Contains(e.Reason, "another program") != c.foreign || filepath.Base(e.Path) != "root.A.former.npy" {
					t.Errorf("event %+v", e)
				}
			}
			if after := unlocked(d); !maps.Equal(before, after) {
				t.Errorf("files\n%q, were\n%q", after, before)
			}
		})
	}
}

// unlocked is contents without locks.
func unlocked(d disk) map[string]string {
	files := d.contents()
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, ".dataelab/locks/") })
	return files
}

// takesNothing is a store that takes nothing.
type takesNothing struct{ storage.Store }

func (*takesNothing) Put(context.Context, string, storage.Mode) (storage.Writer, error) {
	return nil, fs.ErrPermission
}
func (*takesNothing) Delete(context.Context, ...string) error { return fs.ErrPermission }

// Peek changes nothing on disk.
func TestPeekUnderFormerName(t *testing.T) {
	d := newDisk(t)
	storeNamed(t, d.tmpdir, "former", []float64{1, 2})
	before := d.contents()
	c, _ := renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
	if v, ok, err := c.Peek(t.Context()); !ok || err != nil || len(v) != 2 {
		t.Errorf("%v, %v, %v", v, ok, err)
	}
	if after := d.contents(); !maps.Equal(before, after) {
		t.Errorf("files\n%q, were\n%q", after, before)
	}
}

// What is not good under the present name is not good under a former one.
func TestFormerNameNotTaken(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(d disk)
		field   diskcache.FieldOptions
		reason  string
		stays   bool // the former entry
	}{
		"version":      {func(disk) {}, diskcache.FieldOptions{Version: "2"}, `former name root.A.former: the version changed from "" to "2"`, true},
		"expired":      {func(disk) {}, diskcache.FieldOptions{TTL: 1}, "former name root.A.former: the stored value has expired", false},
		"present name": {func(d disk) { storeNamed(d, d.tmpdir, "method", "text") }, diskcache.FieldOptions{}, "result type changed from string", false},
		"damaged value": {func(d disk) { flip(d, filepath.Join(d.tag, "root.A.former.npy"), -1, 0) },
			diskcache.FieldOptions{}, "former name root.A.former: root.A.former.npy: digest is", false},
		"damaged record": {func(d disk) { flip(d, filepath.Join(d.tag, ".dataelab", "root.A.former.json"), 40, 0) },
			diskcache.FieldOptions{}, "former name root.A.former: record does not match its own check", true},
		"no value": {func(d disk) { d.remove(filepath.Join(d.tag, "root.A.former.npy")) }, diskcache.FieldOptions{}, "nothing is stored", false},
		"record of another": {func(d disk) {
			d.write(filepath.Join(d.tag, "root.A.former.npy"), d.read(d.value("npy")))
			d.write(filepath.Join(d.tag, ".dataelab", "root.A.former.json"), d.read(d.record()))
			d.remove(d.value("npy"))
			d.remove(d.record())
		}, diskcache.FieldOptions{}, "record is of entry root.A.method", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeNamed(t, d.tmpdir, "former", []float64{1, 2})
			if name == "record of another" {
				storeNamed(t, d.tmpdir, "method", []float64{7})
			}
			c.prepare(d)
			f := &counted[[]float64]{value: []float64{3}}
			cacher, log := renamed[[]float64](t, d.options(), c.field, formerName)
			if v := mustExecute(t, cacher, f.compute); f.runs != 1 || !slices.Equal(v, f.value) {
				t.Errorf("got %v after %d computations", v, f.runs)
			}
			if e, _ := log.find(diskcache.Computed); !strings.Contains(e.Reason, c.reason) {
				t.Errorf("reason %q, want %q", e.Reason, c.reason)
			}
			if aside := d.setAside(); len(aside) > 0 {
				t.Errorf("set aside: %v", aside)
			}
			if d.exists(filepath.Join(d.tag, ".dataelab", "root.A.former.json")) != c.stays {
				t.Errorf("files %q; want the former record to stay: %v", d.list(), c.stays)
			}
			if v, ok, err := cacher.Peek(t.Context()); c.field.TTL == 0 && (!ok || err != nil || !slices.Equal(v, f.value)) {
				t.Errorf("Peek: %v, %v, %v", v, ok, err)
			}
		})
	}
}

// What a Refresh replaced, and what was cleared, does not come back.
func TestFormerNameIsForgotten(t *testing.T) {
	for name, forget := range map[string]func(c *diskcache.DiskCacher[[]float64]) error{
		"refresh": func(c *diskcache.DiskCacher[[]float64]) error {
			_, err := c.Refresh(context.Background(), func(context.Context) ([]float64, error) { return []float64{3}, nil }, 1)
			return errors.Join(err, os.Remove(must(c.FullPath())+"-"+mustKey(t, 1).String()+".npy"))
		},
		"clear": (*diskcache.DiskCacher[[]float64]).ClearCache,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeNamed(t, d.tmpdir, "former", []float64{1, 2}, 1)
			storeNamed(t, d.tmpdir, "former2", []float64{1, 2}, 1)
			c, _ := renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			if err := forget(c); err != nil {
				t.Fatal(err)
			}
			c, _ = renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			if v, ok, err := c.Peek(t.Context(), 1); ok || err != nil {
				t.Errorf("found %v, %v", v, err)
			}
			for _, name := range d.list() {
				if strings.Contains(name, "former-") {
					t.Errorf("%s is left", name)
				}
			}
			if len(d.list()) < 2 {
				t.Errorf("only %q is left", d.list())
			}
		})
	}
}

// A former entry that an older program computes anew is forgotten all the same, even
// if nothing of the present one is left.
func TestFormerNameInUseIsForgotten(t *testing.T) {
	for name, lose := range map[string]func(d disk){
		"value gone": func(d disk) { d.remove(d.value("npy")) },
		"evicted":    func(d disk) { d.remove(d.value("npy")); d.remove(d.record()) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeNamed(t, d.tmpdir, "former", []float64{1, 2})
			locker := storage.Dir(d.tag, storage.DirOptions{}).(storage.Locker)
			lock, err := locker.TryLock(formerName)
			if err != nil || lock == nil {
				t.Fatal(lock, err)
			}
			c, _ := renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			if _, err := c.Refresh(t.Context(), func(context.Context) ([]float64, error) { return []float64{3}, nil }); err != nil {
				t.Fatal(err)
			}
			lock.Unlock()
			lose(d)
			c, _ = renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			if v, ok, err := c.Peek(t.Context()); ok || err != nil {
				t.Errorf("found %v, %v", v, err)
			}
		})
	}
}

// A former entry that stayed serves only if it is newer than the present one, and goes
// when that is found.
func TestFormerNameThatStayed(t *testing.T) {
	for name, c := range map[string]struct {
		order []string
		newer bool
	}{
		"older": {[]string{"former", "method"}, false},
		"newer": {[]string{"method", "former"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			for i, name := range c.order {
				storeNamed(t, d.tmpdir, name, []float64{float64(i)})
			}
			value := d.read(d.value("npy"))
			d.remove(d.value("npy"))
			cacher, log := renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			_, ok, err := cacher.Peek(t.Context())
			if e, _ := log.find(diskcache.LookedUp); ok != c.newer || err != nil || !ok && !strings.Contains(e.Reason, "former name root.A.former is older than it was") {
				t.Errorf("without the present value: found %v, %v: %s", ok, err, e.Reason)
			}
			d.write(d.value("npy"), value)
			cacher, _ = renamed[[]float64](t, d.options(), diskcache.FieldOptions{}, formerName)
			mustExecute(t, cacher, never[[]float64](t))
			for _, file := range []string{"root.A.former.npy", ".dataelab/root.A.former.json"} {
				if d.exists(filepath.Join(d.tag, file)) != c.newer {
					t.Errorf("%s is there: %v", file, !c.newer)
				}
			}
			d.checkConsistent()
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A former name belongs to one method.
func TestFormerNameRefused(t *testing.T) {
	bind := func(names ...string) error { // name, former name, name, …
		var all []diskcache.Binding
		for i := 0; i < len(names); i += 2 {
			b := diskcache.Binding{Cacher: new(diskcache.DiskCacher[int]), Name: names[i]}
			if names[i+1] != "" {
				b.Former = []string{names[i+1]}
			}
			all = append(all, b)
		}
		return diskcache.BindAll(testTag, all, diskcache.Observer{})
	}
	for want, names := range map[string][]string{
		"the former name root.A.x of root.A.y is the present name of root.A.X":    {"root.A.X", "", "root.A.y", "root.A.x"},
		"the former name root.A.x of root.A.b is a former name, too, of root.A.a": {"root.A.a", "root.A.x", "root.A.b", "root.A.x"},
		"its former name root.A.x is the present name of itself":                  {"root.A.x", "root.A.x"},
		`holds the path separator '/'`:                                            {"root.A.x", "root/x"},
	} {
		kind := diskcache.ErrNameTaken
		if strings.Contains(want, "separator") {
			kind = diskcache.ErrName
		}
		if err := bind(names...); !errors.Is(err, kind) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want …%s", names, err, want)
		}
	}
	if err := bind("root.A.a", "root.A.x", "root.A.b", "root.B.x"); err != nil {
		t.Error(err)
	}
}

func TestRenamedFunction(t *testing.T) {
	dir := t.TempDir()
	f := diskcache.Plain(func(x int) int { return x * x })
	old := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "square", f)
	mustCall(t, old, 4)
	refuse := diskcache.Plain(func(int) int { t.Error("called"); return 0 })
	cache := &diskcache.Cache{Dir: dir}
	power := diskcache.Wrap(cache, "power", refuse, diskcache.FuncOptions{Aka: []string{"square"}})
	if v := mustCall(t, power, 4); v != 16 {
		t.Errorf("got %d", v)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "square-*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if err := power.Clear(4); err != nil {
		t.Error(err)
	}
	if _, ok, err := power.Peek(t.Context(), 4); ok || err != nil {
		t.Errorf("found after Clear, %v", err)
	}
	mustCall(t, old, 5)
	if err := power.Clear(5); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*5*.*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}

	again := diskcache.Wrap(cache, "Square", f)
	if err := again.Check(); !errors.Is(err, diskcache.ErrNameTaken) || !strings.Contains(err.Error(), "the former name Square of power is the name of another function") {
		t.Errorf("a function with the former name of another one: %v", err)
	}
	second := diskcache.Wrap(cache, "second", f, diskcache.FuncOptions{Aka: []string{"power"}})
	if err := second.Check(); !errors.Is(err, diskcache.ErrNameTaken) || !strings.Contains(err.Error(), "the former name power of second is the name of power") {
		t.Errorf("a former name that is in use: %v", err)
	}
}
