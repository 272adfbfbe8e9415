package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// A value that is only peeked at is examined from time to time, too.
func TestPeekIsExaminedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		diskcache.ForgetTimer()
		l := newLab(t, labComputes{"raw": read("file")})
		l.put("file", 1)
		l.want("raw", 1, "raw")
		time.Sleep(time.Minute) // until no timer runs
		c := &l.again().methods["raw"].cacher
		if v, ok, err := c.Peek(t.Context()); v != 1 || !ok || err != nil {
			t.Fatal(v, ok, err)
		}
		l.put("file", 2)
		time.Sleep(time.Minute)
		if v, ok, err := c.Peek(t.Context()); ok || err != nil {
			t.Errorf("after a minute it is still %d, %v", v, err)
		}
	})
}

// A function with FuncOptions.Stale peeks before it calls.
func TestStaleFunctionIsExaminedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		diskcache.ForgetTimer()
		dir, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
		load := func() *diskcache.Function[string, int] {
			return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "load", func(ctx context.Context, path string) (int, error) {
				b, err := diskcache.ReadFile(ctx, path)
				n, atoiErr := strconv.Atoi(string(b))
				return n, errors.Join(err, atoiErr)
			}, diskcache.FuncOptions{TTL: time.Hour, Stale: time.Hour})
		}
		want := func(f *diskcache.Function[string, int], number int) {
			t.Helper()
			if v, err := f.Call(t.Context(), file); v != number || err != nil {
				t.Errorf("got %d, %v; want %d", v, err, number)
			}
		}
		put := func(number int) {
			t.Helper()
			if err := os.WriteFile(file, []byte(strconv.Itoa(number)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put(1)
		want(load(), 1)
		time.Sleep(time.Minute) // until no timer runs
		f := load()
		want(f, 1)
		put(2)
		time.Sleep(time.Minute)
		want(f, 2)
	})
}
