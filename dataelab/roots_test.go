package dataelab_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

type optics struct {
	Gain    float64
	mode    string
	Weights [3]int
	Limits  struct{ Low, High silent }
	Verbose bool `cache:"-"`
	runs    int  `cache:"-"`
	mu      sync.Mutex
	data    []float64
	notes   map[string]int
	clip    diskcache.Setting[float64]
	power   diskcache.DiskCacher[float64]
}

// silent is a number with a method, which no walk calls.
type silent int

func (silent) String() string { panic("user code runs") }

func (o *optics) Power() (float64, error) {
	return o.power.Execute(context.Background(), func(context.Context) (float64, error) { return 10 * o.Gain, nil })
}

type bench struct {
	Name   string
	Optics *optics
}

type otherBench struct {
	Name   int
	Optics *optics
}

// TestTwoRoots tags two roots that live, and says what is heard.
func TestTwoRoots(t *testing.T) {
	tag := func(t *testing.T, root any, o diskcache.Options) {
		t.Helper()
		mustDo(t, dataelab.SetOptions(root, o))
		mustDo(t, dataelab.SetTag(root, testTag))
	}
	both := func(one, other any) func(t *testing.T, o diskcache.Options) {
		return func(t *testing.T, o diskcache.Options) {
			tag(t, one, o)
			tag(t, other, o)
			runtime.KeepAlive(one)
		}
	}
	for name, c := range map[string]struct {
		tags func(t *testing.T, o diskcache.Options)
		want []string // parts of the warning; nil for none
	}{
		"equal":               {both(&optics{Gain: 1}, &optics{Gain: 1}), nil},
		"a number":            {both(&optics{Gain: 1}, &optics{Gain: 2}), []string{"*dataelab_test.optics", "root.Gain is 1 and 2", "Setting", "prefix", "names"}},
		"a text":              {both(&optics{mode: "fast"}, &optics{}), []string{`root.mode is "fast" and ""`}},
		"an array":            {both(&optics{Weights: [3]int{1, 2}}, &optics{}), []string{"root.Weights is [1 2 0] and [0 0 0]"}},
		"a struct":            {both(&optics{}, &optics{Limits: struct{ Low, High silent }{High: 1}}), []string{"root.Limits.High is 0 and 1"}},
		"what decides none":   {both(&optics{Verbose: true, runs: 3}, &optics{}), nil},
		"what is not plain":   {both(&optics{data: []float64{1}, notes: map[string]int{"a": 1}}, &optics{}), nil},
		"below":               {both(&bench{Optics: &optics{Gain: 1}}, &bench{Optics: &optics{Gain: 2}}), []string{"root.Optics.Gain is 1 and 2"}},
		"above":               {both(&bench{Name: "a", Optics: &optics{}}, &bench{Name: "b", Optics: &optics{}}), []string{`root.Name is "a" and "b"`}},
		"roots of two types":  {both(&bench{Optics: &optics{Gain: 1}}, &otherBench{Optics: &optics{Gain: 2}}), []string{"a *dataelab_test.bench tagged before and a *dataelab_test.otherBench", "root.Optics.Gain is 1 and 2"}},
		"which share no more": {both(&bench{Name: "a", Optics: &optics{}}, &otherBench{Name: 1, Optics: &optics{}}), nil},
		"settings": {func(t *testing.T, o diskcache.Options) {
			one, other := &optics{}, &optics{}
			one.clip.Set(1)
			other.clip.Set(2)
			both(one, other)(t, o)
		}, nil},
		"one root again": {func(t *testing.T, o diskcache.Options) {
			root := &optics{Gain: 1}
			tag(t, root, o)
			root.Gain = 2
			tag(t, root, o)
		}, nil},
		"another tag": {func(t *testing.T, o diskcache.Options) {
			one, other := &optics{Gain: 1}, &optics{Gain: 2}
			tag(t, one, o)
			mustDo(t, dataelab.SetTag(one, "20240410_000000"))
			tag(t, other, o)
		}, nil},
		"back to the tag": {func(t *testing.T, o diskcache.Options) {
			one, other := &optics{Gain: 1}, &optics{Gain: 2}
			tag(t, one, o)
			mustDo(t, dataelab.SetTag(one, "20240410_000000"))
			tag(t, other, o)
			mustDo(t, dataelab.SetTag(one, testTag))
		}, []string{"root.Gain is 2 and 1"}},
		"another prefix": {func(t *testing.T, o diskcache.Options) {
			one, other := &optics{Gain: 1}, &optics{Gain: 2}
			tag(t, one, o)
			o.Prefix = "other"
			tag(t, other, o)
		}, nil},
		"another store": {func(t *testing.T, o diskcache.Options) {
			one, other := &optics{Gain: 1}, &optics{Gain: 2}
			o.Tmpdir, o.Store = "", store.Memory()
			tag(t, one, o)
			o.Store = store.Memory()
			tag(t, other, o)
		}, nil},
		"names of their own": {func(t *testing.T, o diskcache.Options) {
			tag(t, &struct{ A, B *optics }{&optics{Gain: 1}, &optics{Gain: 2}}, o)
		}, nil},
		"the first one is gone": {func(t *testing.T, o diskcache.Options) {
			gone := make(chan bool)
			func() {
				one := &optics{Gain: 1}
				tag(t, one, o)
				runtime.AddCleanup(one, func(done chan bool) { close(done) }, gone)
			}()
			for waiting := true; waiting; {
				runtime.GC()
				select {
				case <-gone:
					waiting = false
				default:
				}
			}
			tag(t, &optics{Gain: 2}, o)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var heard []string
			o := diskcache.Options{Tmpdir: t.TempDir(), OnEvent: func(e diskcache.Event) {
				if e.Kind == diskcache.Warned {
					heard = append(heard, e.Reason)
				}
			}}
			c.tags(t, o)
			switch {
			case c.want == nil && len(heard) > 0:
				t.Errorf("heard %q", heard)
			case c.want != nil && len(heard) != 1:
				t.Errorf("heard %q, want one warning", heard)
			}
			for _, part := range c.want {
				if len(heard) == 1 && !strings.Contains(heard[0], part) {
					t.Errorf("%q is not in %s", part, heard[0])
				}
			}
		})
	}
}

// TestTwoRootsInUse: fields that methods change are not read again.
func TestTwoRootsInUse(t *testing.T) {
	dir := t.TempDir()
	one, other := &optics{Gain: 1}, &optics{Gain: 1}
	mustDo(t, dataelab.SetTmpdir(one, dir))
	mustDo(t, dataelab.SetTmpdir(other, dir))
	mustDo(t, dataelab.SetTag(one, testTag))
	done := make(chan bool)
	go func() {
		defer close(done)
		for range 1000 {
			one.Gain++
		}
	}()
	mustDo(t, dataelab.SetTag(other, testTag))
	mustDo(t, dataelab.SetTag(one, testTag))
	<-done
	if v, err := other.Power(); v == 0 || err != nil {
		t.Error(v, err)
	}
}
