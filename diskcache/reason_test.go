package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// missScene is an entry that was stored, and what a call in the next process finds of it.
type missScene struct {
	why     diskcache.Reason
	field   string                                    // the struct tag then; at first it has no options
	happens func(d disk)                              // in between
	asks    func(ctx context.Context) context.Context // of the call
	args    []any                                     // of the call; at first 512, "hann"
	reason  string                                    // which the words contain
	nearest bool                                      // one is found
	differs []diskcache.Difference
}

var stored512 = []any{512, "hann"}

func (s *missScene) arguments() []any {
	if s.args == nil {
		return stored512
	}
	return s.args
}

// missScenes has every reason but those that only functions know.
var missScenes = map[string]missScene{
	"nothing stored":   {why: diskcache.NotStored, happens: func(d disk) { d.remove(d.tag) }, reason: "nothing is stored"},
	"entry removed":    {why: diskcache.NotStored, happens: func(d disk) { d.remove(d.only("root")); d.remove(d.only(".dataelab/root")) }, reason: "nothing is stored"},
	"evicted":          {why: diskcache.WasEvicted, happens: func(d disk) { d.evicts() }, reason: ": it was unused for more than 1 ns"},
	"another argument": {why: diskcache.OtherArguments, args: []any{512, "flat"}, nearest: true, differs: []diskcache.Difference{{2, "", `"hann"`, `"flat"`}}, reason: `argument 2 differs from the nearest stored entry: "hann" there, "flat" here (computed 20`},
	"another type":     {why: diskcache.OtherArguments, args: []any{int64(512), "hann"}, nearest: true, differs: []diskcache.Difference{{1, "", "512", "int64(512)"}}, reason: "512 there, int64(512) here"},
	"one more":         {why: diskcache.OtherArguments, args: []any{512, "hann", 1}, nearest: true, differs: []diskcache.Difference{{3, "", "", "1"}}, reason: "argument 3 differs from the nearest stored entry: nothing there, 1 here"},
	"none":             {why: diskcache.OtherArguments, args: []any{}, nearest: true, differs: []diskcache.Difference{{1, "", "512", ""}, {2, "", `"hann"`, ""}}, reason: `2 arguments differ from the nearest stored entry: argument 1 is 512 there, nothing here; argument 2 is "hann" there, nothing here (`},
	"expired":          {why: diskcache.Expired, field: ",ttl=1ns", nearest: true, reason: "the stored value has expired: it was computed 20"},
	"version":          {why: diskcache.VersionChanged, field: ",version=2", nearest: true, reason: `the version changed from "" to "2"`},
	"type":             {why: diskcache.TypeChanged, happens: func(d disk) { d.inRecord(`"go_type": "[]float64"`, `"go_type": "[]float32"`) }, nearest: true, reason: "the result type changed from []float32 to []float64"},
	"format":           {why: diskcache.FormatGone, happens: func(d disk) { d.inRecord(`"format": "npy"`, `"format": "zarr"`) }, nearest: true, reason: "it is stored as zarr, which does not serve []float64 now"},
	"damaged value":    {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only("root"), []byte("damaged")) }, reason: "has 7 bytes, its record says"},
	"flipped bit":      {why: diskcache.Damaged, happens: func(d disk) { flip(d, d.only("root"), 130, 0) }, reason: "the file was damaged, or another program replaced it"},
	"damaged record":   {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only(".dataelab/root"), []byte("damaged")) }, reason: "record has no check"},
	"no array":         {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only("root"), []byte("no")); d.remove(d.only(".dataelab/root")) }, reason: ".npy: "},
	"value gone":       {why: diskcache.ValueGone, happens: func(d disk) { d.remove(d.only("root")) }, nearest: true, reason: ".npy is gone"},
	"unreadable":       {why: diskcache.Unreadable, happens: func(d disk) { d.fileForDirectory() }, reason: "cannot be read: "},
	"newer":            {why: diskcache.NewerRelease, happens: func(d disk) { d.inRecord(`"layout": 1`, `"layout": 9`) }, reason: "stored by a newer dataelab"},
	"too old": {why: diskcache.TooOld, asks: func(ctx context.Context) context.Context { return diskcache.WithMaxAge(ctx, time.Nanosecond) },
		nearest: true, reason: "the stored value is older than 1 ns, the most that was asked for (WithMaxAge)"},
	"refreshed": {why: diskcache.Refreshed, asks: diskcache.WithRefresh, reason: "a newer value was asked for (WithRefresh)"},
}

// only returns the one file that begins so.
func (d disk) only(prefix string) string {
	d.Helper()
	files, err := filepath.Glob(filepath.Join(d.tag, prefix+"*"))
	if err != nil || len(files) != 1 {
		d.Fatalf("%s: %v, %v, want one file", prefix, files, err)
	}
	return files[0]
}

// inRecord changes the one record, and seals it again.
func (d disk) inRecord(old, replacement string) {
	d.Helper()
	record := d.only(".dataelab/root")
	text := string(d.read(record))
	if strings.Count(text, old) != 1 {
		d.Fatalf("the record has %d %s:\n%s", strings.Count(text, old), old, text)
	}
	d.write(record, resealed(strings.Replace(text, old, replacement, 1)))
}

// fileForDirectory lets the tag's directory be a file.
func (d disk) fileForDirectory() {
	d.remove(d.tag)
	if err := os.WriteFile(d.tag, nil, 0o600); err != nil {
		d.Fatal(err)
	}
}

// evicts removes all entries by a limit.
func (d disk) evicts() {
	d.Helper()
	c, _ := newCacher[int](d, d.tmpdir)
	o := diskcache.Options{Tmpdir: d.tmpdir, TagLimits: diskcache.Limits{Age: time.Nanosecond}}
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.B.method")); err != nil {
		d.Fatal(err)
	}
	if report, err := c.Prune(d.Context(), diskcache.PruneOptions{}); err != nil || len(report.Removed) != 1 {
		d.Fatal(report, err)
	}
}

func TestEveryReason(t *testing.T) {
	for name, s := range missScenes {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			f := &counted[[]float64]{value: []float64{1, 2, 3}}
			c, _ := bindField[[]float64](t, d.tmpdir, "")
			mustExecute(t, c, f.compute, stored512...)
			if s.happens != nil {
				s.happens(d)
			}
			var peeked, executed, again diskcache.Outcome
			c, log := bindField[[]float64](t, d.tmpdir, s.field)
			asking := func(o *diskcache.Outcome) context.Context {
				ctx := diskcache.WithOutcome(t.Context(), o)
				if s.asks != nil {
					ctx = s.asks(ctx)
				}
				return ctx
			}
			if _, ok, err := c.Peek(asking(&peeked), s.arguments()...); ok || err != nil {
				t.Fatal(ok, err)
			}
			if peeked.Source != diskcache.NotFound {
				t.Errorf("Peek: %v, want not found", peeked.Source)
			}
			s.check(t, "Peek", &peeked)
			ctx := asking(&executed)
			if _, err := c.Execute(ctx, f.compute, s.arguments()...); err != nil || f.runs != 2 {
				t.Fatal(f.runs, err)
			}
			s.check(t, "Execute", &executed)
			if executed.Source != diskcache.FromCompute || executed.Elapsed < executed.ComputeTime || executed.Computed.IsZero() {
				t.Errorf("%+v", executed)
			}
			saved := s.why != diskcache.NewerRelease && s.why != diskcache.Unreadable
			if saved != (executed.SaveErr == nil) || saved != (executed.Bytes > 0) {
				t.Errorf("saved %d bytes, %v", executed.Bytes, executed.SaveErr)
			}
			counted := s.why
			if counted == diskcache.OtherArguments {
				counted = diskcache.NotStored
			}
			if e, _ := log.find(diskcache.Computed); e.Why != counted || e.Reason == "" {
				t.Errorf("the event says %v, %s", e.Why, e.Reason)
			}
			want := diskcache.Misses{}
			want[counted] = 1
			if got := c.Stats().Misses; got != want {
				t.Errorf("misses: %v, want %v", got, want)
			}
			if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &again), f.compute, s.arguments()...); err != nil {
				t.Fatal(err)
			}
			if (again.Source != diskcache.FromMemory || again.Why != diskcache.NoReason || again.Path != executed.Path) && s.field != ",ttl=1ns" {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

func (s *missScene) check(t *testing.T, call string, o *diskcache.Outcome) {
	t.Helper()
	if o.Why != s.why || !strings.Contains(o.Reason, s.reason) || o.Err != nil {
		t.Errorf("%s: %v, %q, %v; want %v, %q", call, o.Why, o.Reason, o.Err, s.why, s.reason)
	}
	if !strings.Contains(o.String(), s.reason) || strings.Contains(o.String(), "\n") {
		t.Errorf("%s: %q, want one line with %q", call, o, s.reason)
	}
	if (o.Nearest != nil) != s.nearest {
		t.Fatalf("%s: nearest %+v, want one: %v", call, o.Nearest, s.nearest)
	}
	if s.nearest && (!equalDifferences(o.Nearest.Differences, s.differs) || len(o.Nearest.Arguments) != 2 || time.Since(o.Nearest.Computed) > time.Hour) {
		t.Errorf("%s: nearest %+v, want differences %+v", call, o.Nearest, s.differs)
	}
}

func equalDifferences(a, b []diskcache.Difference) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestReasonsOfFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		good := true
		var o diskcache.Outcome
		ctx := diskcache.WithOutcome(t.Context(), &o)
		var f *diskcache.Function[int, int]
		wrap := func(options diskcache.FuncOptions) {
			f = diskcache.Wrap(&diskcache.Cache{Dir: dir, OnEvent: new(eventLog).add}, "square", diskcache.Plain(func(x int) int { return x * x }), options)
		}
		step := func(what string, source diskcache.Source, why diskcache.Reason, words string) {
			t.Helper()
			if v, err := f.Call(ctx, 3); v != 9 || err != nil {
				t.Errorf("%s: %v, %v", what, v, err)
			}
			if o.Source != source || o.Why != why || !strings.Contains(o.String(), words) {
				t.Errorf("%s: %v, %v, %q; want %v, %v, %q", what, o.Source, o.Why, o, source, why, words)
			}
		}
		wrap(diskcache.FuncOptions{Valid: func(diskcache.Stored) bool { return good }})
		step("first", diskcache.FromCompute, diskcache.NotStored, "as nothing is stored")
		step("second", diskcache.FromMemory, diskcache.NoReason, "found in memory (computed 2000-01-01 00:00:00 UTC in 0 s)")
		good = false
		step("invalid", diskcache.FromCompute, diskcache.Invalid, "as the stored value is not valid any more")
		good = true
		if _, err := f.Refresh(ctx, 3); err != nil || o.Why != diskcache.Refreshed || !strings.HasSuffix(o.String(), ", as Refresh was called") {
			t.Errorf("refresh: %v, %v", err, o)
		}
		if err := f.Clear(3); err != nil {
			t.Fatal(err)
		}
		step("cleared", diskcache.FromCompute, diskcache.WasCleared, "as the stored value was cleared")
		wrap(diskcache.FuncOptions{})
		step("from disk", diskcache.FromDisk, diskcache.NoReason, "read from disk in 0 s, ")

		wrap(diskcache.FuncOptions{TTL: time.Hour, Stale: time.Hour})
		time.Sleep(90 * time.Minute)
		step("stale", diskcache.FromDisk, diskcache.Expired, ": it has expired, and a new one is being computed in the background")
		synctest.Wait()
		time.Sleep(3 * time.Hour)
		step("expired", diskcache.FromCompute, diskcache.Expired, "and its time to live is 1 h")
	})
}
