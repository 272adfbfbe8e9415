package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// word is a result in a format whose decoder can be held up.
type word string

// slowWord returns a format that, once armed, waits in Decode until released.
func slowWord() (f formats.Format, arm func() (entered, release chan struct{})) {
	var mu sync.Mutex
	var entered, release chan struct{}
	f = formats.Func("word", "txt",
		func(w io.Writer, v word) error { _, err := io.WriteString(w, string(v)); return err },
		func(r io.Reader) (word, error) {
			mu.Lock()
			e, l := entered, release
			entered = nil
			mu.Unlock()
			if e != nil {
				close(e)
				<-l
			}
			text, err := io.ReadAll(r)
			return word(text), err
		})
	return f, func() (chan struct{}, chan struct{}) {
		mu.Lock()
		defer mu.Unlock()
		entered, release = make(chan struct{}), make(chan struct{})
		return entered, release
	}
}

func say(v word) func(context.Context) (word, error) {
	return func(context.Context) (word, error) { return v, nil }
}

// A Peek that reads the disk while a Refresh replaces the value may return the
// old one, but must not leave it in memory.
func TestPeekOvertakenByRefresh(t *testing.T) {
	format, arm := slowWord()
	options := diskcache.Options{Tmpdir: t.TempDir(), Formats: formats.Set{}.With(format)}
	newWord := func() *diskcache.DiskCacher[word] {
		c := new(diskcache.DiskCacher[word])
		if err := errors.Join(c.SetOptions(options), c.SetTag(testTag, "root.A.word")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	mustExecute(t, newWord(), say("old"), 5)
	c := newWord()
	entered, release := arm()
	peeked := make(chan word)
	go func() {
		v, _, err := c.Peek(context.Background(), 5)
		if err != nil {
			t.Error(err)
		}
		peeked <- v
	}()
	<-entered
	if _, err := c.Refresh(context.Background(), say("new"), 5); err != nil {
		t.Fatal(err)
	}
	close(release)
	<-peeked
	if v := mustExecute(t, c, say("computed"), 5); v != "new" {
		t.Errorf("after the Refresh: %q, want new", v)
	}
}

// waitingContext tells when somebody begins to wait for it.
type waitingContext struct {
	context.Context
	once  sync.Once
	waits chan struct{}
}

func (c *waitingContext) Done() <-chan struct{} {
	c.once.Do(func() { close(c.waits) })
	return c.Context.Done()
}

// A waiter that is slow to return must not put the value it waited for in front
// of a newer one.
func TestWaiterOvertakenByRefresh(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	c := new(diskcache.DiskCacher[word])
	if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: t.TempDir(), OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.LookedUp && strings.Contains(e.Reason, "another goroutine") {
			once.Do(func() {
				close(held)
				<-release
			})
		}
	}}), c.SetTag(testTag, "root.A.word")); err != nil {
		t.Fatal(err)
	}
	computing, finish := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		mustExecute(t, c, func(context.Context) (word, error) { close(computing); <-finish; return "old", nil })
	})
	<-computing
	waiter := &waitingContext{Context: context.Background(), waits: make(chan struct{})}
	all.Go(func() {
		if _, err := c.Execute(waiter, say("waiter computed")); err != nil {
			t.Error(err)
		}
	})
	<-waiter.waits
	close(finish)
	<-held
	if _, err := c.Refresh(context.Background(), say("new")); err != nil {
		t.Fatal(err)
	}
	close(release)
	all.Wait()
	if v := mustExecute(t, c, say("computed")); v != "new" {
		t.Errorf("after the Refresh: %q, want new", v)
	}
}

// A reader between the two renames of a save must not take the value for a file
// of another program, which has no version and no nil.
func TestFreshEntryIsNotForeign(t *testing.T) {
	files := storage.Dir(t.TempDir(), storage.DirOptions{Durability: storage.Fast})
	onStore := func() *diskcache.DiskCacher[[]float64] {
		c := new(diskcache.DiskCacher[[]float64])
		if err := errors.Join(c.SetOptions(diskcache.Options{Store: files}), c.SetTag(testTag, "root.A.method")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	arguments := exhaustive.N(60, 200)
	writer := onStore()
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 3 {
		reader := onStore()
		all.Go(func() {
			for i := 0; ; i = (i + 1) % arguments {
				select {
				case <-stop:
					return
				default:
				}
				if v, ok, err := reader.Peek(context.Background(), i); ok && v != nil || err != nil {
					t.Errorf("argument %d: %v, %v, want nil", i, v, err)
					return
				}
			}
		})
	}
	for i := range arguments {
		mustExecute(t, writer, func(context.Context) ([]float64, error) { return nil, nil }, i)
	}
	close(stop)
	all.Wait()
}

// A context that outlived its computation says nothing about calls made with it.
func TestContextThatOutlivedItsComputation(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	kept := make(chan context.Context, 1)
	mustExecute(t, c, func(ctx context.Context) (int, error) { kept <- ctx; return 1, nil })
	if v, err := c.Refresh(<-kept, func(context.Context) (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Errorf("Refresh: %d, %v", v, err)
	}
}

// ClearCache means computations that began before the tag was set anew, too.
func TestClearAfterSettingTheTagAgain(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	mustExecute(t, c, func(context.Context) (int, error) {
		return 1, errors.Join(c.SetTag(testTag, "root.A.method"), c.ClearCache())
	})
	if v, ok, err := c.Peek(context.Background()); ok || err != nil {
		t.Errorf("found %d, %v: it was computed before the cache was cleared", v, err)
	}
}

// The record shows the arguments that the key was made of.
func TestRecordedArgumentsAreThoseOfTheKey(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	numbers := []int{3, 1, 2}
	mustExecute(t, c, func(context.Context) (int, error) { numbers[0] = 99; return 1, nil }, numbers)
	records, err := filepath.Glob(filepath.Join(dir, "cache"+testTag, ".dataelab", "*.json"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	text, err := os.ReadFile(records[0])
	if err != nil || !bytes.Contains(text, []byte("[]int{3, 1, 2}")) {
		t.Errorf("%v: record says %s", err, text)
	}
}

// clearing is a result whose marshaler clears the cache that stores it.
type clearing struct {
	cacher *diskcache.DiskCacher[*clearing]
}

func (c *clearing) MarshalBinary() ([]byte, error) {
	if c.cacher == nil {
		return nil, nil
	}
	return []byte{1}, c.cacher.ClearCache()
}

func (c *clearing) UnmarshalBinary([]byte) error { return nil }

func TestMarshalerMayClear(t *testing.T) {
	c, _ := newCacher[*clearing](t, t.TempDir())
	done := make(chan struct{})
	go func() {
		defer close(done)
		mustExecute(t, c, func(context.Context) (*clearing, error) { return &clearing{c}, nil })
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Minute):
		t.Fatal("deadlock")
	}
}

// A format that cannot read back what it wrote must not make later calls fail.
func TestCopyOfWhatCannotBeReadBack(t *testing.T) {
	broken := formats.Func("broken", "txt",
		func(w io.Writer, v word) error { _, err := io.WriteString(w, string(v)); return err },
		func(io.Reader) (word, error) { return "", errors.New("cannot read") })
	c := new(diskcache.DiskCacher[word])
	if err := c.SetOptions(diskcache.Options{Tmpdir: t.TempDir(), Formats: formats.Set{}.With(broken), OnEvent: func(diskcache.Event) {}}); err != nil {
		t.Fatal(err)
	}
	field := diskcache.FieldOptions{Copy: true}
	if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.word", Field: &field}}, diskcache.Observer{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if v := mustExecute(t, c, say("value")); v != "value" {
			t.Errorf("got %q", v)
		}
	}
}

func TestExtensionIsChecked(t *testing.T) {
	bad := formats.Func("bad", "../x", func(io.Writer, word) error { return nil }, func(io.Reader) (word, error) { return "", nil })
	c := new(diskcache.DiskCacher[word])
	err := errors.Join(c.SetOptions(diskcache.Options{Formats: formats.Set{}.With(bad)}), c.SetTag(testTag, "root.A.word"))
	if !errors.Is(err, diskcache.ErrName) {
		t.Errorf("got %v, want ErrName", err)
	}
}
