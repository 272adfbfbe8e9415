package dataelab_test

import (
	"bytes"
	"container/list"
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
)

// failingWriter stands for a type of another module that keeps an error and a
// buffer, which change while it is in use.
type failingWriter struct {
	mu  sync.Mutex
	buf bytes.Buffer
	err error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = io.ErrShortWrite
	return w.buf.Write(p)
}

// equipped is an analyzer with what real ones hold besides. Other goroutines
// change these things while a tag is set.
type equipped struct {
	Leaf    leaf
	Ctx     context.Context
	Cancel  context.CancelFunc
	Any     any
	Map     sync.Map
	MapBy   *sync.Map
	Mutex   sync.Mutex
	Once    sync.Once
	List    *list.List
	Client  *http.Client
	Value   atomic.Value
	Pointer atomic.Pointer[leaf]
	Pool    sync.Pool
	Timer   *time.Timer
	Writer  io.Writer
	Log     zerolog.Logger
	Err     error
}

// The race detector sees it if the walk enters one of these.
func TestRule5StandardTypesAreNotEntered(t *testing.T) {
	out := &failingWriter{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), position{}, &leaf{}))
	e := &equipped{Ctx: ctx, Cancel: cancel, Any: ctx, List: list.New(), MapBy: &sync.Map{}, Timer: time.NewTimer(time.Hour),
		Client: &http.Client{Timeout: time.Second}, Writer: out, Log: zerolog.New(out), Err: io.EOF}
	expectNames(t, e, "root.Leaf.leaf.Mean")

	stop := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			inner, done := context.WithCancel(ctx)
			e.Map.Store("k", &leaf{})
			e.MapBy.Store(inner, &leaf{})
			e.MapBy.Delete(inner)
			e.Value.Store(&leaf{})
			e.Pointer.Store(&leaf{})
			e.Pool.Put(&leaf{})
			e.Pool.Get()
			e.Timer.Reset(time.Hour)
			e.List.PushBack(&leaf{})
			e.List.Remove(e.List.Back())
			e.Log.Info().Msg("working")
			e.Client.CloseIdleConnections()
			e.Mutex.Lock()
			e.Once.Do(func() {})
			e.Mutex.Unlock()
			done()
		}
	})
	for range 200 {
		if err := dataelab.SetTag(e, testTag); err != nil {
			t.Fatal(err)
		}
	}
	e.Cancel()
	close(stop)
	busy.Wait()
	e.Timer.Stop()
	expectNames(t, e, "root.Leaf.leaf.Mean")
}

// loud has the methods that libraries like to call, and none may be called.
type loud struct {
	Mean cacher
	Next *loud
}

func (*loud) String() string                     { panic("user code") }
func (*loud) GoString() string                   { panic("user code") }
func (*loud) Error() string                      { panic("user code") }
func (*loud) Unwrap() error                      { panic("user code") }
func (*loud) MarshalText() ([]byte, error)       { panic("user code") }
func (*loud) MarshalJSON() ([]byte, error)       { panic("user code") }
func (*loud) MarshalBinary() ([]byte, error)     { panic("user code") }
func (*loud) GobEncode() ([]byte, error)         { panic("user code") }
func (*loud) Len() int                           { panic("user code") }
func (*loud) Less(int, int) bool                 { panic("user code") }
func (*loud) Swap(int, int)                      { panic("user code") }
func (*loud) IsZero() bool                       { panic("user code") }
func (*loud) Equal(*loud) bool                   { panic("user code") }
func (*loud) Close() error                       { panic("user code") }
func (*loud) SetTag(string, string) error        { panic("user code") }
func (*loud) Cachers() map[string]*cacher        { panic("user code") }
func (*loud) All() func(yield func(*loud) bool)  { panic("user code") }
func (*loud) DiskCachers() []*cacher             { panic("user code") }
func (*loud) Get(context.Context) (*loud, error) { panic("user code") }

type loudKey string

func (loudKey) String() string               { panic("user code") }
func (loudKey) MarshalText() ([]byte, error) { panic("user code") }
func (loudKey) Compare(loudKey) int          { panic("user code") }

func TestRule6NoUserCode(t *testing.T) {
	type root struct {
		*loud
		Any   any
		ByKey map[loudKey]*loud
		List  []any
	}
	r := &root{&loud{Next: &loud{}}, &loud{}, map[loudKey]*loud{"k": {}}, []any{&loud{}, loudKey("x")}}
	expectNames(t, r, "root.loud.Mean", "root.Next.loud.Mean", "root.Any.loud.Mean", "root.ByKey.k.loud.Mean", "root.List.0.loud.Mean")
	if c, err := dataelab.GetDiskCacher(r, "Mean"); err != nil || c != &r.loud.Mean {
		t.Errorf("GetDiskCacher: %v, %v", c, err)
	}
	// Nor for an error's text.
	r.ByKey["K"] = &loud{}
	if err := dataelab.SetTag(r, testTag); err == nil {
		t.Error("keys that differ only in case: no error")
	}
	if err := dataelab.SetPrefix(r.ByKey, "x"); err == nil {
		t.Error("a map as root: no error")
	}
	if err := dataelab.ClearCache(r.loud); err != nil {
		t.Error(err)
	}
}
