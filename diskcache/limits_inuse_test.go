package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

// An entry that somebody computes, or whose large file somebody reads or has mapped,
// stays, although it is the next to go.
func TestInUseStays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: there files that are open are not locked, but cannot be removed either")
	}
	d := newDisk(t)
	slow, arm := slowWord()
	o := diskcache.Options{Tmpdir: d.tmpdir, Formats: formats.Set{}.With(slow), TagLimits: diskcache.Limits{Entries: 2}}
	words := func() *diskcache.DiskCacher[word] {
		c := new(diskcache.DiskCacher[word])
		if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.word")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	large := word(strings.Repeat("w", 2<<20))
	mustExecute(t, words(), say(large))

	entered, release := arm()
	read := make(chan word)
	go func() {
		v, _, err := words().Peek(context.Background())
		if err != nil {
			t.Error(err)
		}
		read <- v
	}()
	<-entered
	l := newLimited(t, d, diskcache.Options{TagLimits: o.TagLimits}, diskcache.FieldOptions{})
	file := filepath.Join(d.tag, "root.A.word.txt")
	stays := func(when string, want bool) {
		t.Helper()
		if _, err := os.Stat(file); (err == nil) != want {
			t.Errorf("while it is %s: %v", when, err)
		}
	}
	l.saves(4, 1, 2, 3)
	stays("read", true)
	if got := l.has(1, 2, 3); got != "3" {
		t.Errorf("left: %s, want 3", got)
	}
	close(release)
	if v := <-read; v != large {
		t.Errorf("read %d bytes", len(v))
	}
	_, err := words().Refresh(t.Context(), func(context.Context) (word, error) {
		l.saves(4, 4, 5)
		stays("computed", true)
		return large, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.saves(4, 6, 7)
	stays("of no use", false)
}

func TestMappedIsNotEvicted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only on Linux a mapping is known to keep the file's lock")
	}
	for _, n := range []int{1 << 18, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := newDisk(t)
			o := diskcache.Options{Tmpdir: d.tmpdir, TagLimits: diskcache.Limits{Entries: 2}}
			c := new(diskcache.DiskCacher[[]float64])
			bind := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.mapped", Field: &diskcache.FieldOptions{Mmap: true}}}, diskcache.Observer{})
			if err := errors.Join(bind, c.SetOptions(o)); err != nil {
				t.Fatal(err)
			}
			v := mustExecute(t, c, func(context.Context) ([]float64, error) { return make([]float64, n), nil })
			l := newLimited(t, d, diskcache.Options{TagLimits: o.TagLimits}, diskcache.FieldOptions{})
			l.saves(4, 1, 2, 3)
			file := filepath.Join(d.tag, "root.A.mapped.npy")
			if _, err := os.Stat(file); err != nil || v[n-1] != 0 {
				t.Errorf("while it is mapped: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			l.saves(4, 4, 5)
			if _, err := os.Stat(file); err == nil {
				t.Error("it stays after Close")
			}
		})
	}
}

// A small file that is open is read to its end, whatever becomes of it.
func TestEvictedWhileRead(t *testing.T) {
	d := newDisk(t)
	slow, arm := slowWord()
	o := diskcache.Options{Tmpdir: d.tmpdir, Formats: formats.Set{}.With(slow), TagLimits: diskcache.Limits{Entries: 1}}
	c, again := new(diskcache.DiskCacher[word]), new(diskcache.DiskCacher[word])
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.word"), again.SetOptions(o), again.SetTag(testTag, "root.A.word")); err != nil {
		t.Fatal(err)
	}
	mustExecute(t, c, say("small"))
	entered, release := arm()
	read := make(chan word)
	go func() {
		v, _, err := again.Peek(context.Background())
		if err != nil {
			t.Error(err)
		}
		read <- v
	}()
	<-entered
	l := newLimited(t, d, diskcache.Options{TagLimits: o.TagLimits}, diskcache.FieldOptions{})
	l.saves(4, 1)
	close(release)
	if v := <-read; v != "small" {
		t.Errorf("read %q", v)
	}
	if _, err := os.Stat(filepath.Join(d.tag, "root.A.word.txt")); err == nil {
		t.Error("it was not removed")
	}
}
