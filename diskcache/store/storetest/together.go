package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Of many who create one name, one does.
func oneCreates(k kit) {
	for round := range 20 {
		name := fmt.Sprint("round/", round)
		var winner atomic.Pointer[string]
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range 16 {
			w := k.stage(name, fmt.Sprint("writer ", i), store.CreateOnly)
			k.close(w)
			all.Go(func() {
				<-start
				err := w.Commit()
				own := fmt.Sprint("writer ", i)
				if err == nil && !winner.CompareAndSwap(nil, &own) {
					k.Errorf("round %d: two created it", round)
				}
				if err != nil && !errors.Is(err, fs.ErrExist) {
					k.Errorf("round %d: %v, want fs.ErrExist", round, err)
				}
				if err := w.Discard(); err != nil {
					k.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		if winner.Load() == nil {
			k.Fatalf("round %d: none created it", round)
		}
		k.wants(name, *winner.Load())
	}
}

// What is read while others replace and delete is one content, whole.
func wholeUnderFire(k kit) {
	const n = 100_000
	ctx, cancel := context.WithCancel(k.ctx())
	var readers, writers sync.WaitGroup
	seen := 0
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				o, err := k.Open(k.ctx(), "name")
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil {
					k.Error(err)
					return
				}
				content, err := io.ReadAll(io.NewSectionReader(o, 0, o.Size()))
				if err != nil || len(content) != n || string(content) != same(content[0], n) {
					k.Errorf("read %d bytes, %v, want %d that are the same", len(content), err, n)
				}
				if err := o.Close(); err != nil {
					k.Error(err)
				}
			}
		})
	}
	for i := range 3 {
		writers.Go(func() {
			for range 20 {
				k.put("name", same(byte('a'+i), n))
			}
		})
	}
	writers.Go(func() {
		for range 20 {
			if err := k.Delete(k.ctx(), "name"); err != nil {
				k.Error(err)
			}
			for _, err := range k.List(k.ctx(), "") {
				if seen++; err != nil {
					k.Error(err)
				}
			}
		}
	})
	writers.Wait()
	cancel()
	readers.Wait()
	k.put("name", "still works")
	k.wants("name", "still works")
}

func sub(k kit) {
	first, second := kit{k.T, store.Sub(k.Store, "first")}, kit{k.T, store.Sub(k.Store, "second")}
	first.lists("")
	first.put("name", "of first")
	first.put("deep/name", "deep in first")
	second.put("name", "of second")
	k.put("first/more", "from outside")
	first.lists("", "name", "more")
	first.lists("n", "name")
	first.lists("deep/", "deep/name")
	k.wants("first/name", "of first")
	k.wants("second/name", "of second")
	k.lists("first/", "first/name", "first/more")
	badNames(second)
	if err := first.Delete(k.ctx(), "name", "deep/name"); err != nil {
		k.Error(err)
	}
	first.lists("", "more")
	k.wants("second/name", "content") // by badNames
}

func move(k kit) {
	s, err := store.Begin(k.ctx(), k.Store, true)
	if err != nil {
		k.Fatal(err)
	}
	defer k.close(s)
	for _, m := range []kit{k, {k.T, s}, {k.T, store.Sub(k.Store, "sub")}} {
		m.put("from", "content")
		m.put("place/taken", "old")
		if err := store.Move(k.ctx(), m.Store, "from", "new/folder/to"); err != nil {
			k.Fatal(err)
		}
		m.wantsNone("from")
		m.wants("new/folder/to", "content")
		if err := store.Move(k.ctx(), m.Store, "new/folder/to", "place/taken"); err != nil {
			k.Fatal(err)
		}
		m.wants("place/taken", "content")
		m.lists("new/folder/")
		if err := store.Move(k.ctx(), m.Store, "from", "place/taken"); !errors.Is(err, fs.ErrNotExist) {
			k.Errorf("Move of nothing: %v, want fs.ErrNotExist", err)
		}
		m.wants("place/taken", "content")
		if err := store.Move(k.ctx(), m.Store, "place/taken", "../out"); !errors.Is(err, fs.ErrInvalid) {
			k.Errorf("Move to a bad name: %v, want fs.ErrInvalid", err)
		}
	}
}

// A session does all that the store does.
func session(k kit) {
	if s, err := store.Begin(k.ctx(), k.Store, false); err == nil { // not all stores know that they are new
		k.close(s)
	} else if !errors.Is(err, fs.ErrNotExist) {
		k.Errorf("Begin in a new store: %v, want fs.ErrNotExist", err)
	}
	s, err := store.Begin(k.ctx(), k.Store, true)
	if err != nil {
		k.Fatal(err)
	}
	defer k.close(s)
	in := kit{k.T, s}
	for _, test := range []func(kit){roundTrip, readAt, replace, badNames} {
		test(in)
	}
	in.put("inside", "content")
	k.wants("inside", "content")
	k.put("outside", "content")
	in.wants("outside", "content")
	if err := in.Delete(k.ctx(), "inside"); err != nil {
		k.Error(err)
	}
	k.wantsNone("inside")
	again, err := store.Begin(k.ctx(), k.Store, false)
	if err != nil {
		k.Fatalf("Begin where something is: %v", err)
	}
	k.close(again)
}

func lock(k kit) {
	locker, ok := k.Store.(store.Locker)
	if !ok {
		k.Logf("a %T has no locks, and need not", k.Store)
		return
	}
	take := func(name string) store.Lock {
		k.Helper()
		l, err := locker.TryLock(name)
		if err != nil {
			k.Fatal(err)
		}
		return l
	}
	first := take("name")
	if first == nil {
		k.Fatal("a new lock is held by another one")
	}
	if l := take("name"); l != nil {
		k.Fatal("two hold one lock")
	}
	other := take("other")
	if other == nil {
		k.Fatal("locks of two names are one")
	}
	id := locker.LockID("name")
	if id == locker.LockID("other") || id == "" {
		k.Errorf("one id for two locks: %q", id)
	}
	for _, note := range []string{"a note\nof two lines\n", "shorter", ""} {
		first.SetNote(note)
		if got := locker.ReadNote(id); got != note {
			k.Errorf("note %q, want %q", got, note)
		}
	}
	first.SetNote("last words")
	first.Unlock()
	if got := locker.ReadNote(id); got != "" {
		k.Errorf("note %q on a lock that nobody holds", got)
	}
	second := take("name")
	if second == nil {
		k.Fatal("a lock that was given back is held by another one")
	}
	if got := locker.ReadNote(id); got != "" {
		k.Errorf("the note %q of the holder before", got)
	}
	second.Unlock()
	other.Unlock()
	badLockNames(k, locker)
	lockContended(k, locker)
}

func badLockNames(k kit, locker store.Locker) {
	for _, name := range []string{"", "..", "a/b", "../name"} {
		if l, err := locker.TryLock(name); err == nil {
			k.Errorf("TryLock(%q): %v, want an error", name, l)
		}
	}
	for _, id := range []string{"", "nonsense", "/etc/passwd", "\x00"} {
		if got := locker.ReadNote(id); got != "" {
			k.Errorf("note %q on %q", got, id)
		}
	}
}

// lockContended checks that a lock has one holder at a time.
func lockContended(k kit, locker store.Locker) {
	var holders, most, held atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				l, err := locker.TryLock("contended")
				if err != nil {
					k.Error(err)
				}
				if l == nil {
					continue
				}
				held.Add(1)
				if n := holders.Add(1); n > 1 {
					most.Store(n)
				}
				holders.Add(-1)
				l.Unlock()
			}
		})
	}
	all.Wait()
	if most.Load() > 1 || held.Load() == 0 {
		k.Errorf("%d held a lock at once; it was held %d times", most.Load(), held.Load())
	}
	k.lists("")
}

func lockPublishing(k kit) {
	begin := func() store.Session {
		k.Helper()
		s, err := store.Begin(k.ctx(), k.Store, true)
		if err != nil {
			k.Fatal(err)
		}
		return s
	}
	first, second := begin(), begin()
	defer k.close(first)
	defer k.close(second)
	if _, ok := first.(store.Publishing); !ok {
		k.Logf("a %T keeps nobody apart, and need not", first)
	}
	releaseFirst := store.LockPublishing(first, false)
	releaseSecond := store.LockPublishing(second, false) // they share
	releaseSecond()
	releaseFirst()
	store.LockPublishing(first, true)()
	store.LockPublishing(second, true)()
	kit{k.T, first}.put("name", "content")
	k.lists("", "name")
}
