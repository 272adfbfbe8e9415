package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// placeOf returns the place of the test's tag.
func placeOf(tb testing.TB, o diskcache.Options) *diskcache.Place {
	tb.Helper()
	p, err := diskcache.PlaceOf(o, testTag)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// entriesAt returns the entries of a place by their names and keys.
func entriesAt(tb testing.TB, p *diskcache.Place) map[string]diskcache.EntryInfo {
	tb.Helper()
	found := map[string]diskcache.EntryInfo{}
	for e, err := range p.Entries(tb.Context()) {
		name := strings.TrimSuffix(e.Name+"-"+e.Key, "-")
		if _, twice := found[name]; twice || err != nil {
			tb.Errorf("%s: twice: %v, %v", name, twice, err)
		}
		found[name] = e
	}
	return found
}

// storeIn stores a value of a method of that name, with options.
func storeIn[T any](tb testing.TB, o diskcache.Options, tag, name string, value T, args ...any) {
	tb.Helper()
	var c diskcache.DiskCacher[T]
	if err := errors.Join(c.SetOptions(o), c.SetTag(tag, name)); err != nil {
		tb.Fatal(err)
	}
	mustExecute(tb, &c, func(context.Context) (T, error) { return value, nil }, args...)
}

// found returns what a cacher has, which computes nothing.
func found[T any](tb testing.TB, o diskcache.Options, tag, name string, args ...any) (v T, ok bool) {
	tb.Helper()
	log := new(eventLog)
	o.OnEvent = log.add
	var c diskcache.DiskCacher[T]
	if err := errors.Join(c.SetOptions(o), c.SetTag(tag, name)); err != nil {
		tb.Fatal(err)
	}
	v, ok, err := c.Peek(tb.Context(), args...)
	if err != nil {
		tb.Error(err)
	}
	return v, ok
}

func TestEntries(t *testing.T) {
	for name, o := range map[string]diskcache.Options{"files": {Tmpdir: t.TempDir()}, "memory": {Store: storage.Memory()}} {
		t.Run(name, func(t *testing.T) {
			if all := entriesAt(t, placeOf(t, o)); len(all) > 0 {
				t.Errorf("before anything is stored: %v", all)
			}
			storeIn(t, o, testTag, "root.A.power", [][]float32{{1, 2, 3}}, 512, "hä\n")
			storeIn(t, o, testTag, "root.A.text", (*string)(nil))
			storeIn(t, o, "other", "root.A.text", "of another tag")
			all := entriesAt(t, placeOf(t, o))
			key := mustKey(t, 512, "hä\n").String()
			power, text := all["root.A.power-"+key], all["root.A.text"]
			if len(all) != 2 || power.State != diskcache.EntrySound || text.State != diskcache.EntrySound {
				t.Fatalf("%+v", all)
			}
			if power.Tag != testTag || power.Name != "root.A.power" || power.Key != key || power.File != "root.A.power-"+key+".npy" ||
				filepath.Base(power.Path) != power.File || power.Format != "npy" || power.GoType != "[][]float32" || power.DType != "<f4" ||
				!slices.Equal(power.Shape, []int{1, 3}) || power.Bytes != 140 || !strings.HasPrefix(power.Digest, "xxh3-128:") || power.Nil ||
				!slices.Equal(power.Arguments, []string{"512", `"hä\n"`}) || power.Version != "" || time.Since(power.Computed).Abs() > time.Hour ||
				power.ComputeTime <= 0 || power.Host == "" || power.Process != os.Getpid() || power.Code.Go == "" {
				t.Errorf("%+v", power)
			}
			if !text.Nil || text.Format != "gob" {
				t.Errorf("%+v", text)
			}
			for _, e := range all {
				if err := placeOf(t, o).Verify(t.Context(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// What is wrong with one entry is told with it, and the others are listed all the same.
func TestEntriesInTrouble(t *testing.T) {
	d := newDisk(t)
	for _, method := range []string{"good", "flipped", "cut", "lost", "sealed", "newer", "value", "stranger"} {
		storeNamed(t, d.tmpdir, method, []float64{1, 2})
	}
	file := func(method string) string { return filepath.Join(d.tag, "root.A."+method+".npy") }
	record := func(method string) string { return filepath.Join(d.tag, ".dataelab", "root.A."+method+".json") }
	change := func(method, old, replacement string) {
		text := string(d.read(record(method)))
		if !strings.Contains(text, old) {
			t.Fatal(text)
		}
		d.write(record(method), resealed(strings.Replace(text, old, replacement, 1)))
	}
	flip(t, record("flipped"), 30, 0)
	d.write(file("cut"), d.read(file("cut"))[:100])
	d.remove(file("lost"))
	change("sealed", `"file": "root.A.sealed.npy"`, `"file": "../../etc/passwd"`)
	change("newer", `"layout": 1`, `"layout": 99`)
	flip(t, file("value"), -1, 0)
	d.remove(record("stranger"))
	for _, name := range []string{"notes.txt", ".dataelab/other", ".dataelab/x.json.bak", "root.A.good.npy.old", ".dataelab/aside/x.npy"} {
		d.write(filepath.Join(d.tag, name), []byte("neighbor"))
	}
	if err := os.Mkdir(filepath.Join(d.tag, "folder.npy"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := d.contents()

	p := placeOf(t, d.options())
	all := entriesAt(t, p)
	for method, want := range map[string]struct {
		state diskcache.EntryState
		says  string
		check string // what Verify says
	}{
		"good":     {diskcache.EntrySound, "", ""},
		"value":    {diskcache.EntrySound, "", "the digest of root.A.value.npy is xxh3-128:"},
		"flipped":  {diskcache.EntryDamaged, "record does not match its own check", "record does not match its own check"},
		"cut":      {diskcache.EntryDamaged, "root.A.cut.npy has 100 bytes, its record says 144", "has 100 bytes, its record says 144"},
		"lost":     {diskcache.EntryNoValue, "the value's file root.A.lost.npy is gone", "the value's file is gone"},
		"sealed":   {diskcache.EntryDamaged, `record is of file "../../etc/passwd"`, `record is of file "../../etc/passwd"`},
		"newer":    {diskcache.EntryNewer, "layout 99", "layout 99"},
		"stranger": {diskcache.EntryForeign, "", "what it should be is not known"},
	} {
		e, ok := all["root.A."+method]
		if !ok || e.State != want.state || (e.Err == nil) != (want.says == "") || e.Err != nil && !strings.Contains(e.Err.Error(), want.says) {
			t.Errorf("%s: %v, %v, %v", method, ok, e.State, e.Err)
		}
		if e.Name != "root.A."+method || e.Tag != testTag {
			t.Errorf("%s: %+v", method, e)
		}
		err := p.Verify(t.Context(), e)
		if (err == nil) != (want.check == "") || err != nil && !strings.Contains(err.Error(), want.check) {
			t.Errorf("%s: Verify: %v, want …%s", method, err, want.check)
		}
	}
	if len(all) != 8 {
		t.Errorf("%d entries: %v", len(all), slices.Sorted(maps.Keys(all)))
	}
	if after := unlocked(d); !maps.Equal(before, after) {
		t.Errorf("files changed: %q, were %q", after, before)
	}
	if err := p.Verify(t.Context(), diskcache.EntryInfo{Name: "root.A.never"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry that is not there: %v", err)
	}
}

func TestManyEntries(t *testing.T) {
	o := diskcache.Options{Tmpdir: t.TempDir(), Durability: storage.Fast}
	var c diskcache.DiskCacher[int]
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		mustExecute(t, &c, func(context.Context) (int, error) { return i, nil }, i)
	}
	seen := map[string]bool{}
	for _, e := range entriesAt(t, placeOf(t, o)) {
		if e.State != diskcache.EntrySound || len(e.Arguments) != 1 {
			t.Errorf("%+v", e)
		}
		seen[e.Arguments[0]] = true
	}
	if len(seen) != 1000 || !seen["0"] || !seen["999"] {
		t.Errorf("%d different entries", len(seen))
	}
	n := 0
	for range placeOf(t, o).Entries(t.Context()) {
		if n++; n == 10 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n = 0
	var last error
	for _, err := range placeOf(t, o).Entries(ctx) {
		if n++; n == 10 {
			cancel()
		}
		last = err
	}
	if n != 11 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d steps, the last with %v, after the context ended in the tenth", n, last)
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	for name, o := range map[string]diskcache.Options{"files": {Tmpdir: dir}, "memory": {Store: storage.Memory()}} {
		t.Run(name, func(t *testing.T) {
			for _, tag := range []string{"A", "B", "C"} {
				storeIn(t, o, tag, "root.A.method", 1)
			}
			other := o
			other.Prefix = "results"
			storeIn(t, other, "D", "root.A.method", 1)
			if name == "files" {
				if err := errors.Join(os.Mkdir(filepath.Join(dir, "cacheE"), 0o700), os.WriteFile(filepath.Join(dir, "cacheF"), nil, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			var tags []string
			for p, err := range diskcache.Places(t.Context(), o) {
				if err != nil {
					t.Error(err)
					continue
				}
				tags = append(tags, p.Tag())
				if e := entriesAt(t, p)["root.A.method"]; e.State != diskcache.EntrySound || e.Tag != p.Tag() || filepath.Dir(e.Path) != p.String() {
					t.Errorf("%v: %+v", p, e)
				}
			}
			if slices.Sort(tags); !slices.Equal(tags, []string{"A", "B", "C"}) {
				t.Errorf("tags %q", tags)
			}
		})
	}
	for p, err := range diskcache.Places(t.Context(), diskcache.Options{Tmpdir: filepath.Join(dir, "missing")}) {
		t.Errorf("in a missing directory: %v, %v", p, err)
	}
	for p, err := range diskcache.Places(t.Context(), diskcache.Options{Store: &bare{storage.Memory()}}) {
		if p != nil || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("of a store that cannot tell: %v, %v", p, err)
		}
	}
}

func TestPlaceOfCacher(t *testing.T) {
	d := newDisk(t)
	var c diskcache.DiskCacher[int]
	if p, err := c.Place(); p != nil || !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("without a tag: %v, %v", p, err)
	}
	if p, err := diskcache.PlaceOf(d.options(), "a/b"); p != nil || !errors.Is(err, diskcache.ErrName) {
		t.Errorf("a tag with a slash: %v, %v", p, err)
	}
	if err := errors.Join(c.SetTmpdir(d.tmpdir), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	if p, err := c.Place(); err != nil || p.String() != d.tag || p.Tag() != testTag {
		t.Errorf("%v, %v", p, err)
	}
	cache := &diskcache.Cache{Dir: filepath.Join(d.tmpdir, "functions")}
	mustCall(t, diskcache.Wrap(cache, "square", diskcache.Plain(func(x int) int { return x * x })), 3)
	p, err := cache.Place()
	if err != nil || p.Tag() != "" || p.String() != cache.Dir {
		t.Fatalf("%v, %v", p, err)
	}
	for e, err := range p.Entries(t.Context()) {
		if err != nil || e.Name != "square" || !reflect.DeepEqual(e.Arguments, []string{"3"}) || e.Tag != "" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if p, err := (&diskcache.Cache{Off: true}).Place(); p != nil || !errors.Is(err, diskcache.ErrOff) {
		t.Errorf("a cache that is off: %v, %v", p, err)
	}
}

func BenchmarkEntries(b *testing.B) {
	o := diskcache.Options{Tmpdir: b.TempDir(), Durability: storage.Fast}
	var c diskcache.DiskCacher[int]
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		mustExecute(b, &c, func(context.Context) (int, error) { return i, nil }, i)
	}
	p := placeOf(b, o)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for e, err := range p.Entries(b.Context()) {
			if err != nil || e.State != diskcache.EntrySound {
				b.Fatal(fmt.Sprint(e, err))
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/entry")
}

// TestEntry asks for single entries: each is as the listing has it.
func TestEntry(t *testing.T) {
	dir := t.TempDir()
	o := diskcache.Options{Tmpdir: dir}
	log := new(eventLog)
	o.OnEvent = log.add
	p := placeOf(t, o)
	if _, err := p.Entry(t.Context(), "root.A.mean", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a place that is not there: %v", err)
	}
	storeIn(t, o, testTag, "root.A.mean", []float64{1})
	storeIn(t, o, testTag, "root.A.mean", []float64{2}, 7)
	storeIn(t, o, testTag, "root.A.gone", 3)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.Remove(filepath.Join(p.String(), "root.A.gone.gob")))
	check(os.WriteFile(filepath.Join(p.String(), "root.A.foreign.json"), []byte("1"), 0o600))
	all := entriesAt(t, p)
	if len(all) != 4 {
		t.Fatalf("listed %v", all)
	}
	for name, want := range all {
		got, err := p.Entry(t.Context(), want.Name, want.Key)
		if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	if _, err := p.Entry(t.Context(), "root.A.absent", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	storeIn(t, o, testTag, "root.A.mean", []float64{1}) // which is loaded
	for _, kind := range []diskcache.EventKind{diskcache.Saved, diskcache.Loaded} {
		if e, ok := log.find(kind); !ok || e.Digest == "" || e.Digest != all["root.A.mean"].Digest {
			t.Errorf("event %v, %t has the digest %q, want %q", kind, ok, e.Digest, all["root.A.mean"].Digest)
		}
	}
}
