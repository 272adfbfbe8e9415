package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// three is a chain: raw reads a file, half loses its last bit, and top stands on that.
var three = labComputes{"raw": read("file"), "half": scaled(2, "raw"), "top": sum("half")}

func TestChangedInput(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	l.want("top", 5)
	l.again().want("top", 5)

	l.put("file", 20)
	fresh := l.again()
	fresh.want("top", 10, "top", "half", "raw")
	diskcache.Recheck()
	l.want("top", 10) // what the other one stored

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(l.path("file"), later, later); err != nil {
		t.Fatal(err)
	}
	l.again().want("top", 10)
	diskcache.Recheck()
	l.want("top", 10)
}

// TestSameOutcome: what comes out the same changes nothing for what stands upon it.
func TestSameOutcome(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	l.put("file", 11)
	diskcache.Recheck()
	l.want("half", 5, "half", "raw")
	l.want("top", 5)
	l.again().want("top", 5)
}

func TestRecordedUses(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	for name, want := range map[string]string{
		"raw":  "file file",
		"half": "entry raw, file file inherited",
		"top":  "entry half, entry raw inherited, file file inherited",
	} {
		if got := uses(l.entry(name)); got != want {
			t.Errorf("%s used %s; want %s", name, got, want)
		}
	}
	file := l.entry("raw").Uses[0]
	if file.Path != l.path("file") || file.Bytes != 2 || file.Digest == "" {
		t.Errorf("the file is recorded as %+v", file)
	}
	if half := l.entry("top").Uses[0]; half.Digest != l.entry("half").Digest {
		t.Errorf("half is recorded with digest %s, and has %s", half.Digest, l.entry("half").Digest)
	}
}

// TestUsesOfHits: a value that memory or disk has is used like one that is computed.
func TestUsesOfHits(t *testing.T) {
	l := newLab(t, labComputes{"raw": read("file"), "a": sum("raw"), "b": sum("raw", "raw"), "c": sum("raw")})
	l.put("file", 10)
	l.want("a", 10, "a", "raw")
	l.want("b", 20, "b") // raw from memory
	again := l.again()
	again.want("c", 10, "c") // raw from disk
	for _, name := range []string{"a", "b", "c"} {
		if got := uses(l.entry(name)); got != "entry raw, file file inherited" {
			t.Errorf("%s used %s", name, got)
		}
	}
	l.put("file", 11)
	next := l.again()
	next.want("b", 22, "b", "raw")
	next.want("c", 11, "c")
}

func TestPeekIsAUse(t *testing.T) {
	l := newLab(t, labComputes{"raw": read("file"), "a": func(ctx context.Context, l *lab) (int, error) {
		v, ok, err := l.methods["raw"].cacher.Peek(ctx)
		if !ok {
			err = errors.Join(err, errors.New("nothing there"))
		}
		return v, err
	}})
	l.put("file", 1)
	l.want("raw", 1, "raw")
	l.want("a", 1, "a")
	l.put("file", 2)
	next := l.again()
	next.want("raw", 2, "raw")
	next.want("a", 2, "a")
}

// TestGoneUpstream: limits may remove an upstream. What it was made of still tells.
func TestGoneUpstream(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	l.remove(l.value("half"), l.record("half"), l.value("raw"), l.record("raw"))
	l.again().want("top", 5)
	l.put("file", 12)
	l.again().want("top", 6, "top", "half", "raw")

	// An upstream of the one that is gone came out different, by no file.
	l.remove(l.value("half"), l.record("half"))
	if _, err := l.methods["raw"].cacher.Refresh(t.Context(), func(context.Context) (int, error) { return 14, nil }); err != nil {
		t.Fatal(err)
	}
	l.again().want("top", 7, "top", "half")
}

// TestMuchInherited: more than a record lists. What is not known is not trusted.
func TestMuchInherited(t *testing.T) {
	l := newLab(t, labComputes{"top": sum("many"), "many": func(ctx context.Context, l *lab) (int, error) {
		for i := range 300 {
			if err := diskcache.UseFile(ctx, l.path(fmt.Sprint("file", i))); err != nil {
				return 0, err
			}
		}
		return 1, nil
	}})
	l.want("top", 1, "top", "many")
	if e := l.entry("many"); len(e.Uses) != 300 {
		t.Errorf("%d uses are recorded, want 300", len(e.Uses))
	}
	if got := uses(l.entry("top")); got != "entry many" {
		t.Errorf("top used %s", got)
	}
	l.again().want("top", 1)
	l.put("file299", 1)
	l.again().want("top", 1, "top", "many")
	l.remove(l.value("many"), l.record("many"))
	l.again().want("top", 1, "top", "many")
}

// TestOtherVersionUpstream: an upstream is not good for what its own options say.
func TestOtherVersionUpstream(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	next := l.again()
	next.bind(map[string]*diskcache.FieldOptions{"half": {Version: "2"}})
	next.want("top", 5, "top", "half")
}

// TestUnsavedUpstream: what was not stored is examined through what it was made of.
func TestUnsavedUpstream(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.block("half")
	l.want("top", 5, "top", "half", "raw")
	if got := uses(l.entry("top")); got != "entry half, entry raw, file file inherited" {
		t.Errorf("top used %s", got)
	}
	l.again().want("top", 5)
	l.put("file", 20)
	l.again().want("top", 10, "top", "half", "raw")
}

// TestUseOfAnError: who goes on after an error has used what led to it.
func TestUseOfAnError(t *testing.T) {
	l := newLab(t, labComputes{
		"raw": func(ctx context.Context, l *lab) (int, error) {
			if v, err := read("file")(ctx, l); err != nil || v != 0 {
				return v, err
			}
			return 0, errors.New("zero is no measurement")
		},
		"top": func(ctx context.Context, l *lab) (int, error) {
			if v, err := l.get(ctx, "raw"); err == nil {
				return v, nil
			}
			return -2, nil
		},
	})
	l.put("file", 0)
	l.want("top", -2, "top", "raw")
	l.again().want("top", -2)
	l.put("file", 3)
	l.again().want("top", 3, "top", "raw")
}

// TestWithoutTag: a method without a tag is a part of the one that calls it.
func TestWithoutTag(t *testing.T) {
	var plain diskcache.DiskCacher[int]
	l := newLab(t, labComputes{"top": func(ctx context.Context, l *lab) (int, error) {
		return plain.Execute(ctx, func(ctx context.Context) (int, error) { return read("file")(ctx, l) })
	}})
	l.put("file", 1)
	l.want("top", 1, "top")
	l.put("file", 2)
	l.again().want("top", 2, "top")
}

// TestForeignUpstream: a file that another program put in place of a value.
func TestForeignUpstream(t *testing.T) {
	l := newLab(t, labComputes{"raw": read("file"), "top": sum("raw")})
	l.put("file", 10)
	l.want("raw", 10, "raw")
	l.remove(l.record("raw")) // now it is one of another program
	foreign, err := os.ReadFile(l.value("raw"))
	if err != nil {
		t.Fatal(err)
	}
	l.put("file", 11) // which does not matter to that
	l.again().want("top", 10, "top")
	l.again().want("top", 10)

	l.remove(l.value("raw"))
	l.again().want("top", 11, "top", "raw")
	l.remove(l.record("raw"))
	if err := os.WriteFile(l.value("raw"), foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	l.again().want("top", 10, "top")
}

// TestOtherDirectory: methods use functions, which lie elsewhere.
func TestOtherDirectory(t *testing.T) {
	elsewhere := t.TempDir()
	counted := 0
	makeLab := func(l *lab) *lab {
		double := diskcache.Wrap(&diskcache.Cache{Dir: elsewhere}, "double", func(ctx context.Context, path string) (int, error) {
			counted++
			v, err := read(path)(ctx, l)
			return 2 * v, err
		})
		compute := func(ctx context.Context, _ *lab) (int, error) { return double.Call(ctx, "file") }
		return newLabIn(t, l.dir, l.raw, labComputes{"top": compute})
	}
	place := &lab{t: t, dir: t.TempDir(), raw: t.TempDir()}
	place.put("file", 1)
	l := makeLab(place)
	l.want("top", 2, "top")
	if e := l.entry("top"); e.Uses[0].Name != "double" || e.Uses[0].Key == "" || e.Uses[0].Directory != elsewhere {
		t.Errorf("recorded as %+v", e.Uses[0])
	}
	makeLab(place).want("top", 2)
	place.put("file", 2)
	makeLab(place).want("top", 4, "top")
	if counted != 2 {
		t.Errorf("the function was computed %d times, want 2", counted)
	}
}

func TestReasonsOfLineage(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	check := func(name string, why diskcache.Reason, words ...string) {
		t.Helper()
		got, reason := l.again().why(name)
		for _, w := range words {
			if got != why || !strings.Contains(reason, w) {
				t.Errorf("%s: %v, %q; want %v, with %q", name, got, reason, why, w)
			}
		}
	}
	l.put("file", 100)
	if why, reason := l.place().Validity(t.Context(), l.entry("top")); why != diskcache.UpstreamChanged || !strings.Contains(reason, l.path("file")) {
		t.Errorf("validity %v, %q", why, reason)
	}
	check("raw", diskcache.InputChanged, "the input file "+l.path("file")+" has 3 bytes now, and had 2 bytes")
	check("top", diskcache.UpstreamChanged, "half, which it used, is not good any more", "raw, which it used, has another value now")
	l.put("file", 101)
	check("raw", diskcache.InputChanged, "has other content since")
	if err := os.Remove(l.path("file")); err != nil {
		t.Fatal(err)
	}
	check("raw", diskcache.InputChanged, "is gone")
	l.put("file", 1)
	check("raw", diskcache.InputChanged, "is there now, and was not")
	if why, reason := l.place().Validity(t.Context(), l.entry("raw")); why != diskcache.NoReason || reason != "" {
		t.Errorf("validity %v, %q", why, reason)
	}
}

// TestForgottenTimer: a timer of another test, whose clock is not this one's, moves nothing.
func TestForgottenTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		diskcache.ForgetTimer()
		l := newLab(t, three)
		l.put("file", 10)
		l.want("top", 5, "top", "half", "raw")
		l.put("file", 20)
		diskcache.ForgetTimer()
		time.Sleep(time.Hour)
		l.want("top", 5)
		diskcache.Recheck()
		l.want("top", 10, "top", "half", "raw")
	})
}

// TestRecheckByItself: a value in memory is examined again after some time.
func TestRecheckByItself(t *testing.T) {
	for name, c := range map[string]struct {
		recheck, before, after time.Duration
	}{
		"by default":    {0, 9 * time.Second, 2 * time.Second},
		"after an hour": {time.Hour, 59 * time.Minute, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				diskcache.ForgetTimer()
				l := newLab(t, three)
				var cachers []diskcache.Cacher
				for _, m := range l.methods {
					cachers = append(cachers, &m.cacher)
				}
				if err := diskcache.UpdateAll(cachers, diskcache.WithOptions(diskcache.Options{Tmpdir: l.dir, Recheck: c.recheck})); err != nil {
					t.Fatal(err)
				}
				l.put("file", 10)
				l.want("top", 5, "top", "half", "raw")
				l.put("file", 20)
				time.Sleep(c.before)
				l.want("top", 5)
				time.Sleep(c.after)
				l.want("top", 10, "top", "half", "raw")
			})
		})
	}
}
