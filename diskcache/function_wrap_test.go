package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestOff(t *testing.T) {
	for name, off := range map[string]func(*testing.T, *diskcache.Cache){
		"by value":       func(_ *testing.T, c *diskcache.Cache) { c.Off = true },
		"by environment": func(t *testing.T, _ *diskcache.Cache) { t.Setenv(diskcache.NoCacheVariable, "1") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "results")
			cache := diskcache.Cache{Dir: dir}
			f := &fitter{}
			fit := diskcache.Wrap(&cache, "fit", f.fit)
			off(t, &cache) // after wrapping: package variables are wrapped before flags are read
			mustCall(t, fit, &fitParams{})
			mustCall(t, fit, &fitParams{})
			f.want(t, 2)
			if _, err := fit.Path(&fitParams{}); !errors.Is(err, diskcache.ErrOff) {
				t.Errorf("Path: %v", err)
			}
			if err := errors.Join(fit.Clear(&fitParams{}), fit.ClearAll(), cache.Clear(), cache.Close()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was made: %v", err)
			}
		})
	}
	for value, off := range map[string]bool{"": false, "0": false, "false": false, "1": true, "yes": true, "TRUE": true} {
		t.Setenv(diskcache.NoCacheVariable, value)
		cache := diskcache.Cache{Dir: t.TempDir()}
		fit := diskcache.Wrap(&cache, "fit", (&fitter{}).fit)
		mustCall(t, fit, &fitParams{})
		if _, ok, _ := fit.Peek(context.Background(), &fitParams{}); ok == off {
			t.Errorf("%s=%q: stored %v", diskcache.NoCacheVariable, value, ok)
		}
	}
}

// TestWrapMistakes: each is an error of every call, and of Check, and the
// function is not called.
func TestWrapMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	never := func(context.Context, int) (int, error) { t.Error("called"); return 0, nil }
	cache := func() *diskcache.Cache { return &diskcache.Cache{Dir: t.TempDir()} }
	taken := cache()
	_ = diskcache.Wrap(taken, "Fit", (&fitter{}).fit)
	for name, test := range map[string]struct {
		f    *diskcache.Function[int, int]
		says string
	}{
		"nil cache":         {diskcache.Wrap(nil, "f", never), "the cache is nil"},
		"nil function":      {diskcache.Wrap[int, int](cache(), "f", nil), "the function is nil"},
		"bad name":          {diskcache.Wrap(cache(), "a/b", never), "separator"},
		"name of errors":    {diskcache.Wrap(cache(), "f.error", never), ".error"},
		"name taken":        {diskcache.Wrap(taken, "fit", never), "wrap fit: the name is taken in this cache by Fit, a "},
		"directory":         {diskcache.Wrap(&diskcache.Cache{Dir: file}, "f", never), "is a file"},
		"unknown format":    {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Format: "nonsense"}), "nonsense"},
		"default format":    {diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir(), Format: "npz"}, "f", never), "npz"},
		"negative ttl":      {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{TTL: -1}), "negative"},
		"stale for ever":    {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Stale: time.Hour}), "without TTL"},
		"mmap of no array":  {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Mmap: true}), "mmap"},
		"mmap and compress": {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Mmap: true, Compress: "zstd"}), "exclude each other"},
	} {
		_, called := test.f.Call(context.Background(), 1)
		_, refreshed := test.f.Refresh(context.Background(), 1)
		_, _, peeked := test.f.Peek(context.Background(), 1)
		for what, err := range map[string]error{"Call": called, "Refresh": refreshed, "Peek": peeked,
			"Check": test.f.Check(), "Clear": test.f.Clear(1), "ClearAll": test.f.ClearAll()} {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %s: %v, want an error that says %q", name, what, err, test.says)
			}
		}
	}
	unhashable := diskcache.Wrap(cache(), "f", func(context.Context, struct{ F func() }) (int, error) { t.Error("called"); return 0, nil })
	if err := unhashable.Check(); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("unhashable argument: %v", err)
	}
	unstorable := diskcache.Wrap(cache(), "f", func(context.Context, int) (chan int, error) { t.Error("called"); return nil, nil })
	if err := unstorable.Check(); err == nil {
		t.Error("a channel as a result is no error")
	}
	inside := diskcache.Wrap(cache(), "f", func(context.Context, any) (int, error) { t.Error("called"); return 0, nil })
	if _, err := inside.Call(context.Background(), func() {}); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("a function inside an interface: %v", err)
	}
}

// TestWrapTwiceIsLogged: methods of two objects under one name are told when the second is
// wrapped, not at its first call in the night.
func TestWrapTwiceIsLogged(t *testing.T) {
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	cache := diskcache.Cache{Dir: t.TempDir()}
	first, second := &fitter{}, &fitter{}
	mustCall(t, diskcache.Wrap(&cache, "fit", first.fit), &fitParams{})
	if log.Len() > 0 {
		t.Errorf("logged of a sound Wrap: %s", log.String())
	}
	again := diskcache.Wrap(&cache, "fit", second.fit)
	if !strings.Contains(log.String(), "wrap fit: the name is taken in this cache by fit") {
		t.Errorf("logged: %q", log.String())
	}
	if err := again.Check(); !errors.Is(err, diskcache.ErrNameTaken) || !strings.Contains(err.Error(), "DiskCacher field") {
		t.Error(err)
	}
}

// Two caches of one directory stand for two programs. Functions of one name are
// one function there, unless the types say otherwise.
func TestOneNameInTwoPrograms(t *testing.T) {
	dir := t.TempDir()
	first := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int) int { return 1 }))
	other := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int) string { return "two" }))
	argument := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int64) int { return 3 }))
	for range 2 {
		if a, b, c := mustCall(t, first, 5), mustCall(t, other, 5), mustCall(t, argument, 5); a != 1 || b != "two" || c != 3 {
			t.Errorf("%v, %v, %v", a, b, c)
		}
	}
}

func TestOptionsOverDefaults(t *testing.T) {
	dir := t.TempDir()
	cache := diskcache.Cache{Dir: dir, Compress: "zstd", TTL: time.Hour}
	constant := func(context.Context, diskcache.None) ([]float64, error) { return []float64{1}, nil }
	wrapped := map[string]*diskcache.Function[diskcache.None, []float64]{
		"defaults.npy.zst": diskcache.Wrap(&cache, "defaults", constant),
		"gob.gob.zst":      diskcache.Wrap(&cache, "gob", constant, diskcache.FuncOptions{Format: "gob"}),
		"both.gob.zst":     diskcache.Wrap(&cache, "both", constant, diskcache.FuncOptions{Format: "npy", TTL: diskcache.Forever}, diskcache.FuncOptions{Format: "gob"}),
	}
	for name, f := range wrapped {
		mustCall(t, f, diskcache.None{})
		if path, err := f.Path(diskcache.None{}); filepath.Base(path) != name || err != nil {
			t.Errorf("%s, %v, want %s", path, err, name)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestVersionOfFunction(t *testing.T) {
	dir := t.TempDir()
	next := steps()
	for want, version := range []string{"", "2", "3"} {
		for range 2 {
			f := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.NoArgument(next), diskcache.FuncOptions{Version: version})
			if got := mustCall(t, f, diskcache.None{}); got != want+1 {
				t.Errorf("version %q: %d, want %d", version, got, want+1)
			}
		}
	}
}

func TestCopyOfFunction(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", (&fitter{}).fit, diskcache.FuncOptions{Copy: true})
	for range 3 {
		v := mustCall(t, f, &fitParams{Degree: 1})
		if !reflect.DeepEqual(v, []float64{0, 0}) {
			t.Fatalf("got what another caller wrote: %v", v)
		}
		v[0] = 7
	}
}
