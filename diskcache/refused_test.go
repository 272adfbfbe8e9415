package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestNoHome: where the default directory cannot be used, functions are called, their results
// stay in memory, and the log says once where they would have been stored.
func TestNoHome(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o000); err != nil {
		t.Fatal(err)
	}
	for name, home := range map[string]string{"a device": os.DevNull, "below a file": os.Args[0], "no permission": closed} {
		t.Run(name, func(t *testing.T) {
			if name == "no permission" && os.Geteuid() == 0 {
				t.Skip("root may write anywhere")
			}
			for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
				t.Setenv(variable, home)
			}
			var out bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
			defer slog.SetDefault(before)
			var cache diskcache.Cache
			calls := 0
			double := diskcache.Wrap(&cache, "double", diskcache.Plain(func(n int) int { calls++; return 2 * n }))
			other := diskcache.Wrap(&cache, "other", diskcache.Plain(func(n int) int { return n }))
			for _, n := range []int{21, 21, 22} {
				if got := mustCall(t, double, n); got != 2*n {
					t.Errorf("%d", got)
				}
			}
			mustCall(t, other, 1)
			if calls != 2 {
				t.Errorf("%d calls, want 2: results stay in memory", calls)
			}
			dir, err := cache.Directory()
			if err != nil || !strings.HasPrefix(dir, home) {
				t.Errorf("directory %s, %v", dir, err)
			}
			if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, dir) {
				t.Errorf("want one line that names %s: %s", dir, text)
			} else if strings.Contains(text, `=""`) || strings.Contains(text, "<nil>") {
				t.Errorf("the line has what the event has not: %s", text)
			}
			if s := double.Stats(); s.SaveFailed != 2 {
				t.Errorf("%d saves failed", s.SaveFailed)
			}
			err = errors.Join(double.Check(), double.Clear(21), double.ClearAll(), cache.Clear(), cache.Close())
			if home != closed && err != nil { // nothing can be there
				t.Error(err)
			}
			if err != nil && !strings.Contains(err.Error(), dir) {
				t.Error(err)
			}
			mustCall(t, double, 21)
			if calls != 3 {
				t.Errorf("%d calls, want 3: memory was cleared", calls)
			}
		})
	}
}

// TestNoHomeAtAll: users without a directory of their own have one each among the temporary files.
func TestNoHomeAtAll(t *testing.T) {
	for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(variable, "")
	}
	tmp := t.TempDir()
	for _, variable := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(variable, tmp)
	}
	var cache diskcache.Cache
	mustCall(t, diskcache.Wrap(&cache, "f", diskcache.Plain(func(n int) int { return n })), 1)
	dir, err := cache.Directory()
	if err != nil || !strings.HasPrefix(dir, filepath.Join(tmp, "dataelab")) || len(filesIn(t, dir)) != 1 {
		t.Errorf("%s, %v", dir, err)
	}
}

// TestNoTemporaryDirectory is the same for methods.
func TestNoTemporaryDirectory(t *testing.T) {
	for _, variable := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(variable, os.Args[0]) // a file
	}
	var heard []diskcache.Event
	var cachers []*diskcache.DiskCacher[int]
	for _, name := range []string{"root.A.a", "root.A.b"} {
		c := new(diskcache.DiskCacher[int])
		o := diskcache.Options{OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SaveFailed {
				heard = append(heard, e)
			}
		}}
		if err := errors.Join(c.SetOptions(o), c.SetTag("night", name)); err != nil {
			t.Fatal(err)
		}
		cachers = append(cachers, c)
	}
	for i, c := range cachers {
		if v, err := c.Execute(context.Background(), returns(i)); v != i || err != nil {
			t.Errorf("%d, %v", v, err)
		}
	}
	if len(heard) != 2 || heard[0].Repeated || !heard[1].Repeated {
		t.Errorf("heard %+v", heard)
	}
}

// TestRefusedAgain: once something could be stored, a failure is told again.
func TestRefusedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	log := &eventLog{}
	o := diskcache.Options{Tmpdir: dir, OnEvent: log.add}
	a := newMethod(t, o, "root.A.a")
	block := func() {
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refresh := func(repeated ...bool) {
		t.Helper()
		log.events = nil
		for range max(len(repeated), 1) {
			if _, err := a.Refresh(t.Context(), returns(1)); err != nil {
				t.Fatal(err)
			}
		}
		i := 0
		for _, e := range log.events {
			if e.Kind != diskcache.SaveFailed {
				continue
			}
			if i >= len(repeated) || e.Repeated != repeated[i] {
				t.Errorf("failure %d: %+v", i, e)
			}
			i++
		}
		if i != len(repeated) {
			t.Errorf("%d failures, want %d", i, len(repeated))
		}
	}
	block()
	refresh(false, true)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	refresh()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	block()
	refresh(false, true)
}

// TestRelativeDirectoryIsTold: a relative path is another directory from elsewhere, so it is
// said where it is, once.
func TestRelativeDirectoryIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	work, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]func(dir string, hear func(diskcache.Event)) error{
		"SetOptions": func(dir string, hear func(diskcache.Event)) error {
			return new(diskcache.DiskCacher[int]).SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: hear})
		},
		"SetTmpdir": func(dir string, hear func(diskcache.Event)) error {
			c := new(diskcache.DiskCacher[int])
			return errors.Join(c.SetOptions(diskcache.Options{OnEvent: hear}), c.SetTmpdir(dir))
		},
		"Cache": func(dir string, hear func(diskcache.Event)) error {
			return diskcache.Wrap(&diskcache.Cache{Dir: dir, OnEvent: hear}, "f", diskcache.Plain(func(int) int { return 1 })).Check()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				dir  string
				told bool
			}{{name, true}, {name, false}, {filepath.Join(work, name), false}} {
				log := &eventLog{}
				if err := set(c.dir, log.add); err != nil {
					t.Fatal(err)
				}
				e, ok := log.find(diskcache.Warned)
				if ok != c.told || ok && !strings.Contains(e.Reason, filepath.Join(work, name)) {
					t.Errorf("%s: %v, %+v", c.dir, ok, e)
				}
			}
		})
	}
}
