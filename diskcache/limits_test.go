package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

const kib = 1 << 10

// limited is a cacher with limits, of values of some thousand bytes.
type limited struct {
	disk
	*diskcache.DiskCacher[[]byte]
	log *eventLog
}

func newLimited(tb testing.TB, d disk, o diskcache.Options, field diskcache.FieldOptions) *limited {
	tb.Helper()
	l := &limited{d, new(diskcache.DiskCacher[[]byte]), new(eventLog)}
	o.Tmpdir, o.OnEvent = d.tmpdir, l.log.add
	o.Durability = storage.Fast
	bind := func() error {
		return diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: l.DiskCacher, Name: "root.A.method", Field: &field}}, diskcache.Observer{})
	}
	if err := errors.Join(l.SetOptions(o), bind()); err != nil {
		tb.Fatal(err)
	}
	return l
}

// saves computes entries of some KiB each, with a record of 4 KiB.
func (l *limited) saves(size int, args ...any) {
	l.Helper()
	for _, arg := range args {
		if _, err := l.Refresh(l.Context(), func(context.Context) ([]byte, error) { return make([]byte, size*kib-128), nil }, arg); err != nil {
			l.Fatal(err)
		}
	}
}

// has returns which of the entries are on disk.
func (l *limited) has(args ...any) string {
	l.Helper()
	var found []string
	for _, arg := range args {
		if _, err := os.Stat(l.file(arg)); err == nil {
			found = append(found, fmt.Sprint(arg))
		}
	}
	return strings.Join(found, " ")
}

func (l *limited) base(arg any) string {
	l.Helper()
	key, err := diskcache.KeyOf(arg)
	if err != nil {
		l.Fatal(err)
	}
	return "root.A.method-" + key.String()
}

func (l *limited) file(arg any) string { return filepath.Join(l.tag, l.base(arg)+".npy") }

// ages lets entries be unused since some hours, one more than the other. What the
// ledger knows better is lost.
func (l *limited) ages(args ...any) {
	l.Helper()
	for i, arg := range args {
		at := time.Now().Add(time.Duration(i-len(args)) * time.Hour)
		if err := os.Chtimes(filepath.Join(l.tag, ".dataelab", l.base(arg)+".json"), at, at); err != nil {
			l.Fatal(err)
		}
	}
	for _, path := range l.ledgers() {
		if err := os.Remove(path); err != nil {
			l.Fatal(err)
		}
	}
}

// ledgers returns those that there are.
func (l *limited) ledgers() []string {
	l.Helper()
	var all []string
	for _, pattern := range []string{filepath.Join(l.tag, ".dataelab", "ledger"), filepath.Join(l.tmpdir, ".dataelab*", "ledger")} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			l.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// size returns the sum of all files' sizes and of their blocks.
func size(tb testing.TB, dir string) (bytes, allocated int64) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() != storage.ReadmeName { // which holds no data
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				bytes += info.Size()
				allocated += allocatedBy(info)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since it was listed
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bytes, allocated
}

func TestLeastRecentGoesFirst(t *testing.T) {
	o := diskcache.Options{TagLimits: diskcache.Limits{Entries: 5}}
	l := newLimited(t, newDisk(t), o, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3, 4, 5)
	l.ages(3, 1, 5, 2, 4)
	other := newLimited(t, l.disk, o, diskcache.FieldOptions{})   // nothing of it in memory
	if _, err := other.Execute(t.Context(), nil, 1); err != nil { // a use
		t.Fatal(err)
	}
	for i, want := range []string{"1 2 4 5 6", "1 2 4 6 7", "1 4 6 7 8", "1 6 7 8 9"} {
		l.saves(4, 6+i)
		if got := l.has(1, 2, 3, 4, 5, 6, 7, 8, 9); got != want {
			t.Errorf("after %d: %s, want %s", 6+i, got, want)
		}
	}
	if n := l.Stats().Evicted; n != 4 {
		t.Errorf("%d evictions counted, want 4", n)
	}
	e, ok := l.log.find(diskcache.Evicted)
	if !ok || e.Tag != testTag || e.Name != "root.A.method" || e.Path != l.file(3) || e.Bytes != 8*kib || !strings.Contains(e.Reason, "at most 5 entries may be in ") {
		t.Errorf("event %+v", e)
	}
	l.saves(4, 9, 9, 9) // what is replaced takes no place of another
	if got := l.has(1, 6, 7, 8, 9); got != "1 6 7 8 9" {
		t.Errorf("after a refresh: %s", got)
	}
}

func TestBytes(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"tag":    {TagLimits: diskcache.Limits{Bytes: 600 * kib}},
		"tmpdir": {Limits: diskcache.Limits{Bytes: 600 * kib}},
		"both":   {Limits: diskcache.Limits{Bytes: 900 * kib}, TagLimits: diskcache.Limits{Bytes: 600 * kib}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimited(t, newDisk(t), o, diskcache.FieldOptions{})
			most, top := int64(600*kib), l.tmpdir
			if o.Limits.Bytes == 900*kib {
				top = l.tag
			}
			for i := range 50 {
				l.saves(4+i%40, i)
				bytes, allocated := size(t, top)
				if bytes > most || allocated > most {
					t.Fatalf("after %d: %d bytes, %d allocated, the limit is %d", i, bytes, allocated, most)
				}
				if l.has(i) == "" {
					t.Fatalf("%d was not saved: %+v", i, l.log.events)
				}
			}
			if bytes, _ := size(t, top); bytes < most/2 {
				t.Errorf("only %d bytes are left", bytes)
			}
			if n := l.Stats(); n.Evicted < 20 || n.SaveFailed != 0 {
				t.Errorf("%+v", n)
			}
		})
	}
}

// What can never fit is not saved, is told of, and costs nobody his place.
func TestTooLargeForLimit(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{TagLimits: diskcache.Limits{Bytes: 600 * kib}}, diskcache.FieldOptions{})
	l.saves(8, 1, 2, 3)
	l.saves(5000, "large")
	failed, ok := l.log.find(diskcache.SaveFailed)
	if !ok || !errors.Is(failed.Err, diskcache.ErrLimit) || !strings.Contains(failed.Err.Error(), "614400") {
		t.Errorf("%+v", failed)
	}
	if got := l.has(1, 2, 3, "large"); got != "1 2 3" {
		t.Errorf("left: %s", got)
	}
	if work, err := filepath.Glob(filepath.Join(l.tag, ".dataelab", "work", "*")); err != nil || len(work) > 0 {
		t.Errorf("work files: %q, %v", work, err)
	}
	l.saves(200, 4) // the promise was taken back
	if got := l.has(1, 2, 3, 4); got != "1 2 3 4" {
		t.Errorf("left: %s", got)
	}
}

func TestPinned(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 3}}, diskcache.FieldOptions{})
	pinned := newLimited(t, d, diskcache.Options{}, diskcache.FieldOptions{Pin: true}) // a process without limits
	l.saves(4, 0)
	pinned.saves(4, 1, 2)
	l.ages(1, 2, 0)
	l.saves(4, 3, 4)
	if got := l.has(0, 1, 2, 3, 4); got != "1 2 4" {
		t.Errorf("left: %s, want 1 2 4", got)
	}
	pinned.saves(4, 4)
	l.saves(4, 5)
	failed, ok := l.log.find(diskcache.SaveFailed)
	if got := l.has(1, 2, 4, 5); got != "1 2 4" || !ok || !errors.Is(failed.Err, diskcache.ErrLimit) {
		t.Errorf("left: %s; %+v", got, failed)
	}
	if err := pinned.ClearCache(); err != nil {
		t.Fatal(err)
	}
	l.saves(4, 5, 6, 7)
	if got := l.has(1, 2, 4, 5, 6, 7); got != "5 6 7" {
		t.Errorf("left: %s, want 5 6 7", got)
	}
}

func TestAge(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{TagLimits: diskcache.Limits{Age: 150 * time.Minute}}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3, 4)
	l.ages(1, 2, 3, 4)
	l.saves(4, 5)
	if got := l.has(1, 2, 3, 4, 5); got != "3 4 5" {
		t.Errorf("left: %s, want 3 4 5", got)
	}
	if e, ok := l.log.find(diskcache.Evicted); !ok || e.Reason != "it was unused for more than 2 h 30 min" {
		t.Errorf("%+v", e)
	}
}

func TestFreeSpace(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3)
	l = newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{FreeSpace: 1 << 60}}, diskcache.FieldOptions{})
	l.saves(4, 4)
	failed, ok := l.log.find(diskcache.SaveFailed)
	if got := l.has(1, 2, 3, 4); got != "1 2 3" || !ok || !errors.Is(failed.Err, diskcache.ErrLimit) { // others have filled the disk
		t.Errorf("left: %q; %+v", got, failed)
	}
	if report, err := l.Prune(t.Context(), diskcache.PruneOptions{}); !errors.Is(err, diskcache.ErrLimit) || len(report.Removed) > 0 {
		t.Errorf("Prune: %+v, %v", report, err)
	}
	l = newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{FreeSpace: 1}}, diskcache.FieldOptions{})
	l.saves(4, 4)
	if l.has(4) == "" {
		t.Errorf("%+v", l.log.events)
	}
}

func TestExpiredGoesFirst(t *testing.T) {
	d := newDisk(t)
	short := newLimited(t, d, diskcache.Options{}, diskcache.FieldOptions{TTL: time.Nanosecond})
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Entries: 3}}, diskcache.FieldOptions{})
	l.saves(4, 1)
	short.saves(4, 2)
	l.saves(4, 3)
	l.ages(1, 3, 2)
	l.saves(4, 4)
	if got := l.has(1, 2, 3, 4); got != "1 3 4" {
		t.Errorf("left: %s, want 1 3 4", got)
	}
}

func TestCheapestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t, newDisk(t), diskcache.Options{TagLimits: diskcache.Limits{Entries: 4, Order: diskcache.CheapestFirst}}, diskcache.FieldOptions{})
		for i, took := range []time.Duration{30 * time.Millisecond, 0, 0, 0} {
			_, err := l.Refresh(t.Context(), func(context.Context) ([]byte, error) {
				<-time.After(took)
				return make([]byte, 1000), nil
			}, i)
			if err != nil {
				t.Fatal(err)
			}
		}
		l.ages(0, 1, 2, 3)
		l.saves(4, 4)
		if got := l.has(0, 1, 2, 3, 4); got != "0 2 3 4" {
			t.Errorf("left: %s, want 0 2 3 4", got)
		}
	})
}

// The ledger is only an account: whatever becomes of it, limits hold.
func TestLedgerLost(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"deleted":   os.Remove,
		"empty":     func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"text":      func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("ledger", 5000)), 0o600) },
		"shortened": func(path string) error { return os.Truncate(path, 27*4096) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimited(t, newDisk(t), diskcache.Options{Limits: diskcache.Limits{Bytes: 500 * kib}, TagLimits: diskcache.Limits{Bytes: 350 * kib}}, diskcache.FieldOptions{})
			for i := range 30 {
				l.saves(12, i)
				if i%3 == 2 {
					for _, path := range l.ledgers() {
						if err := harm(path); err != nil {
							t.Fatal(err)
						}
					}
				}
				if bytes, _ := size(t, l.tmpdir); bytes > 500*kib || l.has(i) == "" {
					t.Fatalf("after %d: %d bytes; %+v", i, bytes, l.log.events)
				}
				if bytes, _ := size(t, l.tag); bytes > 350*kib {
					t.Fatalf("after %d: %d bytes in the tag", i, bytes)
				}
			}
		})
	}
}

// What others removed behind the ledger's back is found gone.
func TestRemovedByOthers(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{Entries: 4}}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3, 4)
	if err := os.RemoveAll(d.tag); err != nil {
		t.Fatal(err)
	}
	l.saves(4, 5, 6, 7, 8)
	if got := l.has(5, 6, 7, 8); got != "5 6 7 8" || l.Stats().Evicted != 0 {
		t.Errorf("left: %s; %+v", got, l.Stats())
	}
}

func TestStrangersAreLeftAlone(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{Limits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
	stranger := filepath.Join(d.tag, "root.A.method-of-others.npy")
	d.write(stranger, make([]byte, 100*kib))
	l.saves(4, 1, 2, 3)
	if _, err := os.Stat(stranger); err != nil {
		t.Error(err)
	}
	if got := l.has(1, 2, 3); got != "3" {
		t.Errorf("left: %s", got)
	}
}

func TestRefusedLimits(t *testing.T) {
	for want, o := range map[string]diskcache.Options{
		"negative":    {Limits: diskcache.Limits{Bytes: -1}},
		"neither":     {TagLimits: diskcache.Limits{Order: 7}},
		"local files": {Limits: diskcache.Limits{Entries: 1}, Store: storage.Memory()},
	} {
		var c diskcache.DiskCacher[int]
		if err := c.SetOptions(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	var c diskcache.DiskCacher[int]
	if err := errors.Join(c.SetTmpdir(t.TempDir()), c.SetPrefix(".data")); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag("elab-0", "root.A.method"); !errors.Is(err, diskcache.ErrName) {
		t.Errorf("a tag in place of the account: %v", err)
	}
}

// What was removed last is remembered, in a file that does not grow.
func TestRemovalIsRemembered(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{Limits: diskcache.Limits{Entries: 1}}, diskcache.FieldOptions{})
	for i := range 60 {
		l.saves(4, i)
	}
	remembered := func(arg any) (string, bool) {
		key, err := diskcache.KeyOf(arg)
		if err != nil {
			t.Fatal(err)
		}
		when, why, ok := diskcache.EvictedOf(l, key)
		if ok && time.Since(when) > time.Minute {
			t.Errorf("%v was removed at %v", arg, when)
		}
		return why, ok
	}
	if why, ok := remembered(58); !ok || !strings.Contains(why, "at most 1 entries may be in ") {
		t.Errorf("the last one: %q, %v", why, ok)
	}
	for _, arg := range []any{0, 59, "never"} {
		if why, ok := remembered(arg); ok {
			t.Errorf("%v: %q", arg, why)
		}
	}
	if info, err := os.Stat(filepath.Join(l.tag, ".dataelab", "evicted")); err != nil || info.Size() > 4*kib || info.Size() < kib {
		t.Errorf("%v, %v", info, err)
	}
}
