package diskcache_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// numbers is a cacher of arrays with a Memory of its own.
type numbers struct {
	diskcache.DiskCacher[[]float64]
	computed int
	log      eventLog
}

func newNumbers(tb testing.TB, dir string, m *diskcache.Memory, name, structTag string) *numbers {
	tb.Helper()
	n := &numbers{}
	if err := n.SetOptions(diskcache.Options{Tmpdir: dir, Memory: m, OnEvent: n.log.add}); err != nil {
		tb.Fatal(err)
	}
	n.bind(tb, name, structTag)
	return n
}

func (n *numbers) bind(tb testing.TB, name, structTag string) {
	tb.Helper()
	field, err := diskcache.ParseFieldOptions(structTag)
	if err != nil {
		tb.Fatal(err)
	}
	if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: n, Name: name, Field: &field}}, diskcache.Observer{}); err != nil {
		tb.Fatal(err)
	}
}

// get is a call; the value says for which arguments it was computed.
func (n *numbers) get(tb testing.TB, length int, args ...any) {
	tb.Helper()
	got := mustExecute(tb, &n.DiskCacher, func(context.Context) ([]float64, error) {
		n.computed++
		return arrayOf(length, args), nil
	}, args...)
	if !slices.Equal(got, arrayOf(length, args)) {
		tb.Fatalf("arguments %v: a value of %d numbers that is not theirs", args, len(got))
	}
}

func arrayOf(length int, args []any) []float64 {
	v := make([]float64, length)
	for i := range v {
		v[i] = float64(i) + float64(len(fmt.Sprint(args...)))
	}
	return v
}

// loads is how many values were read from disk.
func (n *numbers) loads() int64 { return n.Stats().Loaded }

// sizeOfNumbers is what memory counts for an array of so many numbers.
func sizeOfNumbers(length int) int64 { return int64(8*length) + 24 + diskcache.Overhead }

func TestMemoryLimit(t *testing.T) {
	const length = 1000
	m := diskcache.NewMemory(10 * sizeOfNumbers(length))
	dir := t.TempDir()
	cachers := []*numbers{newNumbers(t, dir, m, "a", ""), newNumbers(t, dir, m, "b", "")}
	for i := range 50 {
		for _, c := range cachers {
			c.get(t, length, i)
			if m.Used() > m.Limit() {
				t.Fatalf("value %d: %d bytes used, the limit is %d", i, m.Used(), m.Limit())
			}
		}
	}
	if s := m.Stats(); s.Values != 10 || s.Used != 10*sizeOfNumbers(length) || s.Dropped != 90 || s.Limit != m.Limit() {
		t.Errorf("of 100 values: %+v, want 10 in memory", s)
	}
	for i := range 50 {
		for _, c := range cachers {
			c.get(t, length, i)
		}
	}
	for _, c := range cachers {
		if c.computed != 50 {
			t.Errorf("computed %d times, want 50: the disk has all of them", c.computed)
		}
	}
}

// A value that is used survives those that are looked at once.
func TestSecondChance(t *testing.T) {
	const length = 1000
	for _, args := range [][]any{nil, {"used"}} {
		t.Run(fmt.Sprintf("%d arguments", len(args)), func(t *testing.T) {
			m := diskcache.NewMemory(10 * sizeOfNumbers(length))
			dir := t.TempDir()
			used, scanned := newNumbers(t, dir, m, "used", ""), newNumbers(t, dir, m, "scanned", "")
			used.get(t, length, args...)
			for i := range 100 {
				used.get(t, length, args...)
				scanned.get(t, length, i)
			}
			if n := used.loads(); n != 0 {
				t.Errorf("read again %d times, though it was used all the time", n)
			}
			for i := range 100 { // and it goes when it is not any more
				scanned.get(t, length, 100+i)
			}
			used.get(t, length, args...)
			if n := used.loads(); n != 1 || used.computed != 1 {
				t.Errorf("not used any more, it was loaded %d times and computed %d times", n, used.computed)
			}
		})
	}
}

// What is larger than the limit is not kept, and nor is what it replaces.
func TestLargerThanMemory(t *testing.T) {
	for _, args := range [][]any{nil, {1}} {
		m := diskcache.NewMemory(sizeOfNumbers(100))
		c, _ := newNumbers(t, t.TempDir(), m, "a", ""), 0
		c.get(t, 50, args...)
		c.get(t, 50, args...)
		for i := range 3 {
			want := slices.Repeat([]float64{float64(i)}, 101)
			if _, err := c.Refresh(t.Context(), func(context.Context) ([]float64, error) { return want, nil }, args...); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got := mustExecute(t, &c.DiskCacher, func(context.Context) ([]float64, error) { return nil, nil }, args...)
				if !slices.Equal(got, want) {
					t.Fatalf("arguments %v, refresh %d: got %d numbers, the first %v", args, i, len(got), got[:1])
				}
			}
		}
		if s := m.Stats(); s.Values != 0 || s.Used != 0 || c.loads() != 6 {
			t.Errorf("%+v, %d times from disk", s, c.loads())
		}
	}
}

// A limit that comes late counts what is there.
func TestSetLimit(t *testing.T) {
	const length = 1000
	m := new(diskcache.Memory)
	c := newNumbers(t, t.TempDir(), m, "a", "")
	c.get(t, length)
	for i := range 19 {
		c.get(t, length, i)
	}
	c.get(t, 100*length, "large")
	if s := m.Stats(); s.Used != 0 || s.Values != 21 {
		t.Errorf("without a limit: %+v", s)
	}
	m.SetLimit(1 << 30)
	all := 20*sizeOfNumbers(length) + sizeOfNumbers(100*length)
	if m.Used() != all {
		t.Errorf("%d bytes used, want %d", m.Used(), all)
	}
	m.SetLimit(20 * sizeOfNumbers(length))
	if s := m.Stats(); s.Used > s.Limit || s.Values > 20 || s.Values < 15 {
		t.Errorf("a lower limit: %+v", s)
	}
	m.SetLimit(0)
	for i := range 40 {
		c.get(t, length, i)
	}
	if s := m.Stats(); s.Used != 0 || s.Values < 40 {
		t.Errorf("the limit was taken away: %+v", s)
	}
	m.SetLimit(10 * sizeOfNumbers(length))
	c.get(t, length, "one more")
	if s := m.Stats(); s.Used > s.Limit || s.Values < 8 {
		t.Errorf("a limit again: %+v", s)
	}
	m.SetLimit(sizeOfNumbers(0))
	if s := m.Stats(); s.Used != 0 || s.Values != 0 || diskcache.Slots(c) != 0 {
		t.Errorf("no room for anything: %+v, a table of %d", s, diskcache.Slots(c))
	}
}

// What the cacher forgets is not counted any more.
func TestMemoryIsGivenBack(t *testing.T) {
	m := diskcache.NewMemory(1 << 20)
	for what, forget := range map[string]func(*numbers) error{
		"SetTag":     func(n *numbers) error { return n.SetTag(testTag, "other") },
		"ClearCache": func(n *numbers) error { return n.ClearCache() },
		"Close":      func(n *numbers) error { return n.Close() },
		"SetPrefix":  func(n *numbers) error { return n.SetPrefix("other") },
		"Memory":     func(n *numbers) error { return n.SetOptions(diskcache.Options{Memory: diskcache.NewMemory(0)}) },
	} {
		c := newNumbers(t, t.TempDir(), m, "a", "")
		c.get(t, 100)
		c.get(t, 100, 1)
		if m.Used() != 2*sizeOfNumbers(100) {
			t.Errorf("%s: %d bytes used before", what, m.Used())
		}
		if err := forget(c); err != nil {
			t.Fatal(err)
		}
		if s := m.Stats(); s.Used != 0 || s.Values != 0 {
			t.Errorf("%s: %+v afterwards", what, s)
		}
	}
}

// A new value takes the place of the old one, also in the count.
func TestReplacedInMemory(t *testing.T) {
	m := diskcache.NewMemory(1 << 20)
	c := newNumbers(t, t.TempDir(), m, "a", "")
	for _, length := range []int{10, 1000, 5} {
		if _, err := c.Refresh(t.Context(), func(context.Context) ([]float64, error) { return make([]float64, length), nil }); err != nil {
			t.Fatal(err)
		}
		if m.Used() != sizeOfNumbers(length) {
			t.Errorf("%d bytes used with %d numbers, want %d", m.Used(), length, sizeOfNumbers(length))
		}
	}
}

// Copies are made of a file's content, which counts; mapped files do not.
func TestMemoryOfOptions(t *testing.T) {
	for structTag, want := range map[string]int64{
		",copy":     diskcache.Overhead + 8*1000 + 128, // and a header
		",mmap":     0,
		",nomemory": 0,
	} {
		dir, m := t.TempDir(), diskcache.NewMemory(1<<20)
		for range 2 { // computed, and loaded
			c := newNumbers(t, dir, m, "a", structTag)
			c.get(t, 1000)
			if used := m.Used(); used < want || used > want+want/4 {
				t.Errorf("%s: %d bytes used, want %d", structTag, used, want)
			}
			m.SetLimit(1 << 20)
			if err := c.Close(); err != nil || m.Used() != 0 {
				t.Errorf("%s: %d bytes used after Close, %v", structTag, m.Used(), err)
			}
		}
	}
}

// Mapped values stay, however small the limit: they take no memory that is scarce.
func TestMappedStays(t *testing.T) {
	m := diskcache.NewMemory(10 * sizeOfNumbers(10))
	dir := t.TempDir()
	mapped, others := newNumbers(t, dir, m, "mapped", ",mmap"), newNumbers(t, dir, m, "others", "")
	mapped.get(t, 10_000)
	before := mapped.loads()
	for i := range 100 {
		others.get(t, 10, i)
	}
	mapped.get(t, 10_000)
	if mapped.loads() != before || mapped.computed != 1 {
		t.Error("a mapped value was dropped")
	}
	if err := mapped.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is not on disk goes when all else is gone.
func TestUnsavedGoesLast(t *testing.T) {
	const length = 100
	m := diskcache.NewMemory(10 * sizeOfNumbers(length))
	dir := t.TempDir()
	saved, unsaved := newNumbers(t, dir, m, "saved", ""), newNumbers(t, unwritable(t), m, "unsaved", "")
	for i := range 5 {
		unsaved.get(t, length, i)
	}
	if unsaved.Stats().SaveFailed != 5 {
		t.Fatal("the values were saved:", unsaved.log.kinds())
	}
	for range 3 { // those of saved are used all the time, those of unsaved never
		for i := range 20 {
			saved.get(t, length, i)
			saved.get(t, length, i)
		}
	}
	for i := range 5 {
		unsaved.get(t, length, i)
	}
	if unsaved.computed != 5 {
		t.Errorf("computed %d times: %d unsaved values were dropped", unsaved.computed, unsaved.computed-5)
	}
	for i := range 20 { // the limit holds all the same
		unsaved.get(t, length, i)
	}
	if s := m.Stats(); s.Used > s.Limit {
		t.Errorf("%+v", s)
	}
}

// unwritable is a path where no directory can be made.
func unwritable(tb testing.TB) string {
	tb.Helper()
	d := newDisk(tb)
	d.write(d.tag, nil) // a file in the place of the tag's directory
	return d.tmpdir
}

func TestUsedInMemory(t *testing.T) {
	m := new(diskcache.Memory)
	c := newNumbers(t, t.TempDir(), m, "a", "")
	if diskcache.UsedInMemory(c) {
		t.Error("used before there is a value")
	}
	for _, args := range [][]any{nil, {1}} {
		c.get(t, 10, args...)
		diskcache.UsedInMemory(c, args...)
		for range 2 {
			if diskcache.UsedInMemory(c, args...) {
				t.Errorf("arguments %v: used, though nobody called", args)
			}
			c.get(t, 10, args...)
			if !diskcache.UsedInMemory(c, args...) {
				t.Errorf("arguments %v: not used, though it was called", args)
			}
		}
	}
}

func TestNoMemory(t *testing.T) {
	c := newNumbers(t, t.TempDir(), new(diskcache.Memory), "a", ",nomemory")
	for range 3 {
		c.get(t, 10)
		c.get(t, 10, 1)
	}
	if c.computed != 2 || c.loads() != 4 {
		t.Errorf("computed %d times, loaded %d times; want 2 and 4", c.computed, c.loads())
	}
}

func TestNoMemoryFunction(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir(), Memory: new(diskcache.Memory)}
	f := diskcache.Wrap(&cache, "f", diskcache.Plain(func(n int) int { return n * n }), diskcache.FuncOptions{NoMemory: true})
	for range 3 {
		mustCall(t, f, 7)
	}
	if s := f.Stats(); s.Computed != 1 || s.Loaded != 2 || cache.Memory.Stats().Values != 0 {
		t.Errorf("%+v, %+v in memory", s, cache.Memory.Stats())
	}
}

// Those who wait for a computation get its value, whether it is kept or not.
func TestNoMemoryIsShared(t *testing.T) {
	c := newNumbers(t, t.TempDir(), new(diskcache.Memory), "a", ",nomemory")
	begun, end := make(chan struct{}), make(chan struct{})
	results := make(chan []float64)
	call := func(compute func(context.Context) ([]float64, error)) {
		v, err := c.Execute(t.Context(), compute)
		if err != nil {
			t.Error(err)
		}
		results <- v
	}
	go call(func(context.Context) ([]float64, error) {
		close(begun)
		<-end
		return []float64{1, 2, 3}, nil
	})
	<-begun
	go call(func(context.Context) ([]float64, error) { return nil, fmt.Errorf("computed a second time") })
	close(end)
	for range 2 {
		if v := <-results; !slices.Equal(v, []float64{1, 2, 3}) {
			t.Errorf("got %v", v)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "0": 0, "123": 123, "500MB": 500e6, "8GiB": 8 << 30, " 1.5 kb ": 1500, "1TiB": 1 << 40, "2 B": 2,
	} {
		if got, err := diskcache.ParseBytes(text); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"-1", "8Gi B", "8GB8", "GiB", "x", "NaN", "Inf", "1e30", "8 bytes", "9223372036854775808"} {
		if got, err := diskcache.ParseBytes(text); err == nil || !strings.Contains(err.Error(), "8GiB") {
			t.Errorf("%q: %d, %v, want an error that gives an example", text, got, err)
		}
	}
}

func TestMemoryOfEnvironment(t *testing.T) {
	t.Setenv(diskcache.MemoryVariable, "2KiB")
	if m := diskcache.MemoryOfEnvironment(); m.Limit() != 2048 {
		t.Errorf("the limit is %d", m.Limit())
	}
	t.Setenv(diskcache.MemoryVariable, "much")
	m := diskcache.MemoryOfEnvironment()
	c := new(diskcache.DiskCacher[int])
	tag := func() error { return c.SetOptions(diskcache.Options{Tmpdir: t.TempDir(), Memory: m}) }
	call := func() error {
		cache := diskcache.Cache{Dir: t.TempDir(), Memory: m}
		return diskcache.Wrap(&cache, "f", diskcache.Plain(func(n int) int { return n })).Check()
	}
	for what, do := range map[string]func() error{"SetOptions": tag, "Check": call} {
		if err := do(); err == nil || !strings.Contains(err.Error(), `environment variable DATAELAB_MEMORY: "much" is no number`) {
			t.Errorf("%s: %v", what, err)
		}
	}
	m.SetLimit(0) // the program knows better
	for what, do := range map[string]func() error{"SetOptions": tag, "Check": call} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A nil that was replaced is not returned any more.
func TestReplacedNil(t *testing.T) {
	c := newNumbers(t, t.TempDir(), new(diskcache.Memory), "a", ",copy")
	var v []float64
	compute := func(context.Context) ([]float64, error) { return v, nil }
	mustExecute(t, &c.DiskCacher, compute)
	mustExecute(t, &c.DiskCacher, compute)
	v = []float64{1}
	if _, err := c.Refresh(t.Context(), compute); err != nil {
		t.Fatal(err)
	}
	if got := mustExecute(t, &c.DiskCacher, compute); !slices.Equal(got, v) {
		t.Errorf("after a refresh: %v, want %v", got, v)
	}
}
