package ledger_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/internal/faultfs"
	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

func open(tb testing.TB, files rootfs.FS, dir string) *ledger.Ledger {
	tb.Helper()
	root, err := files.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = root.Close() })
	return &ledger.Ledger{Root: root, Path: dir, Folder: ".", Mode: 0o600}
}

func newLedger(tb testing.TB) *ledger.Ledger {
	tb.Helper()
	l := open(tb, rootfs.OS, tb.TempDir())
	if err := l.Build(nothing); err != nil {
		tb.Fatal(err)
	}
	return l
}

func nothing(*ledger.Tx) error { return nil }

func update(tb testing.TB, l *ledger.Ledger, do func(*ledger.Tx) error) {
	tb.Helper()
	if err := l.Update(do); err != nil {
		tb.Fatal(err)
	}
}

func line(i int, bytes int64) ledger.Line {
	flags := ledger.Counts
	if i%3 == 0 {
		flags = 0
	}
	return ledger.Line{Name: fmt.Sprintf("root.A.method%s-%d", strings.Repeat("x", i*i%800), i), Ext: "npy", Bytes: bytes, Used: int64(i), Expires: 7, Seconds: 1.5, Flags: flags}
}

// same compares a ledger with what it should hold, by all ways that lead to lines.
func same(tx *ledger.Tx, want map[string]ledger.Line, promises map[string]ledger.Line) error {
	tx.Verify()
	total := ledger.Totals{}
	for _, l := range slices.Concat(slices.Collect(maps.Values(want)), slices.Collect(maps.Values(promises))) {
		total.Bytes += l.Bytes
		if l.Flags&ledger.Counts != 0 {
			total.Entries++
		}
	}
	got := tx.Totals()
	if got.Bytes != total.Bytes || got.Entries != total.Entries || got.Lines != int64(len(want)) {
		return fmt.Errorf("totals %+v, want %+v and %d lines", got, total, len(want))
	}
	all, round := map[string]ledger.Line{}, map[string]ledger.Line{}
	tx.All(func(l ledger.Line) bool { all[l.Name] = l; return true })
	for range got.Buckets {
		for _, l := range tx.Next(1) {
			round[l.Name] = l
		}
	}
	if !maps.Equal(all, want) || !maps.Equal(round, want) {
		return fmt.Errorf("%d lines by All, %d by Next, want %d", len(all), len(round), len(want))
	}
	for name, l := range want {
		if got, ok := tx.Get(name); !ok || got != l {
			return fmt.Errorf("Get(%q) = %+v, %v", name, got, ok)
		}
	}
	held := map[string]ledger.Line{}
	for _, l := range tx.Promises() {
		held[l.Name] = l
	}
	if !maps.Equal(held, promises) {
		return fmt.Errorf("%d promises, want %d", len(held), len(promises))
	}
	return nil
}

// A ledger is a map, whatever is put, replaced and deleted, while it grows and
// shrinks.
func TestLedgerIsAMap(t *testing.T) {
	l := newLedger(t)
	lines, promises := map[string]ledger.Line{}, map[string]ledger.Line{}
	random := rand.New(rand.NewPCG(1, 2))
	most := 0
	for round, target := range []int{50, 3000, 10, 700, 0, 100} {
		for len(lines) != target {
			update(t, l, func(tx *ledger.Tx) error {
				for range 1 + random.IntN(40) {
					one := line(random.IntN(4000), random.Int64N(1000))
					grow := len(lines) < target
					if random.IntN(5) == 0 {
						grow = !grow && len(lines) != target
					}
					switch {
					case len(lines) == target:
					case grow:
						if err := tx.Put(one); err != nil {
							return err
						}
						lines[one.Name] = one
					default:
						for name := range lines {
							one.Name = name
							break
						}
						_, had := lines[one.Name]
						if _, ok := tx.Delete(one.Name); ok != had {
							return fmt.Errorf("Delete(%q) found %v", one.Name, ok)
						}
						delete(lines, one.Name)
					}
					if random.IntN(10) == 0 {
						p := line(random.IntN(60), random.Int64N(1000))
						if random.IntN(2) == 0 {
							if err := tx.Promise(p); err != nil {
								return err
							}
							promises[p.Name] = p
						} else {
							tx.EndPromise(p.Name)
							delete(promises, p.Name)
						}
					}
				}
				return nil
			})
		}
		update(t, l, func(tx *ledger.Tx) error {
			most = max(most, tx.Totals().Buckets)
			return same(tx, lines, promises)
		})
		t.Logf("round %d: %d lines, %d promises, %d bytes", round, len(lines), len(promises), l.Size())
	}
	if most < 300 {
		t.Errorf("at most %d buckets", most)
	}
	update(t, l, func(tx *ledger.Tx) error {
		if n := tx.Totals().Buckets; n > 60 {
			t.Errorf("%d buckets for %d lines: they are not joined", n, len(lines))
		}
		return nil
	})
}

func TestRefusesLines(t *testing.T) {
	l := newLedger(t)
	for _, bad := range []ledger.Line{{}, {Name: strings.Repeat("n", ledger.MaxName+1)}, {Name: "n", Ext: strings.Repeat("e", 300)}, {Name: "n", Bytes: -1}} {
		update(t, l, func(tx *ledger.Tx) error {
			if tx.Put(bad) == nil || tx.Promise(bad) == nil {
				t.Errorf("%.20v was taken", bad)
			}
			return nil
		})
	}
}

func TestViewKeepsNothing(t *testing.T) {
	l := newLedger(t)
	update(t, l, func(tx *ledger.Tx) error { return tx.Put(line(1, 5)) })
	err := l.View(func(tx *ledger.Tx) error {
		for i := range 2000 {
			if err := tx.Put(line(i, 7)); err != nil {
				return err
			}
		}
		if n := tx.Totals().Lines; n != 2000 {
			return fmt.Errorf("%d lines", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	update(t, l, func(tx *ledger.Tx) error {
		return same(tx, map[string]ledger.Line{line(1, 5).Name: line(1, 5)}, nil)
	})
}

func TestErrorKeepsWhatWas(t *testing.T) {
	l := newLedger(t)
	update(t, l, func(tx *ledger.Tx) error { return tx.Put(line(1, 5)) })
	want := errors.New("no")
	err := l.Update(func(tx *ledger.Tx) error {
		tx.Delete(line(1, 5).Name)
		return want
	})
	if !errors.Is(err, want) {
		t.Error(err)
	}
	update(t, l, func(tx *ledger.Tx) error {
		return same(tx, map[string]ledger.Line{line(1, 5).Name: line(1, 5)}, nil)
	})
}

// Goroutines, as processes do, get their turns.
func TestConcurrentUpdates(t *testing.T) {
	l := newLedger(t)
	var all sync.WaitGroup
	const each = 50
	for g := range 8 {
		all.Go(func() {
			for i := range each {
				if err := l.Update(func(tx *ledger.Tx) error { return tx.Put(line(g*each+i, 1)) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	update(t, l, func(tx *ledger.Tx) error {
		tx.Verify()
		if n := tx.Totals().Lines; n != 8*each {
			t.Errorf("%d lines, want %d", n, 8*each)
		}
		return nil
	})
}

// TestDeaths ends a process at each operation of an update: the next one finds the
// ledger as it was before or as it is afterwards.
func TestDeaths(t *testing.T) {
	before := map[string]ledger.Line{}
	act := func(tx *ledger.Tx) error {
		return errors.Join(tx.Put(line(5000, 7)), tx.Put(ledger.Line{Name: line(3, 0).Name, Bytes: 99}))
	}
	after := map[string]ledger.Line{line(5000, 0).Name: line(5000, 7), line(3, 0).Name: {Name: line(3, 0).Name, Bytes: 99}}
	source := newLedger(t)
	update(t, source, func(tx *ledger.Tx) error {
		for i := range 20 {
			before[line(i, 4).Name] = line(i, 4)
			if err := tx.Put(line(i, 4)); err != nil {
				return err
			}
		}
		return nil
	})
	for name, l := range before {
		if _, changed := after[name]; !changed {
			after[name] = l
		}
	}
	outcomes := map[string]int{}
	for n := 1; ; n++ {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(source.Path)); err != nil {
			t.Fatal(err)
		}
		files, err := faultfs.New(dir)
		if err != nil {
			t.Fatal(err)
		}
		files.Inject(n, faultfs.Fault{Crash: true})
		func() {
			defer func() {
				if r := recover(); r != nil {
					if _, ok := r.(faultfs.Crashed); !ok {
						panic(r)
					}
				}
			}()
			root, err := files.OpenRoot(dir)
			if err == nil {
				l := &ledger.Ledger{Root: root, Path: dir, Folder: ".", Mode: 0o600}
				_ = l.Update(act)
			}
		}()
		if files.Injected() == 0 {
			break
		}
		update(t, open(t, rootfs.OS, dir), func(tx *ledger.Tx) error {
			errBefore, errAfter := same(tx, before, nil), same(tx, after, nil)
			switch {
			case errBefore == nil:
				outcomes["before"]++
			case errAfter == nil:
				outcomes["after"]++
			default:
				t.Errorf("death at operation %d: %v; %v", n, errBefore, errAfter)
			}
			return nil
		})
	}
	t.Logf("outcomes: %v", outcomes)
	if outcomes["before"] < 3 || outcomes["after"] < 2 {
		t.Error("not all of the update was interrupted")
	}
}

// What a ledger's file becomes by accident is an error of ErrDamaged, and
// UpdateOrBuild makes it anew.
func TestDamage(t *testing.T) {
	source := newLedger(t)
	update(t, source, func(tx *ledger.Tx) error {
		for i := range 100 {
			if err := tx.Put(line(i, 4)); err != nil {
				return err
			}
		}
		return nil
	})
	whole, err := os.ReadFile(filepath.Join(source.Path, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string][]byte{
		"empty": {}, "half": whole[:len(whole)/2], "zero": make([]byte, len(whole)), "text": []byte("hello"),
	}
	for _, at := range []int{25*ledger.PageSize + 20, 26*ledger.PageSize + 30, len(whole) - 5} {
		flipped := slices.Clone(whole)
		flipped[at] ^= 4
		damages[fmt.Sprintf("bit %d", at)] = flipped
	}
	for name, content := range damages {
		l := newLedger(t)
		if err := os.WriteFile(filepath.Join(l.Path, "ledger"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		look := func(tx *ledger.Tx) error { tx.Verify(); return nil }
		if err := l.Update(look); !errors.Is(err, ledger.ErrDamaged) && !strings.HasPrefix(name, "bit") || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		built, err := l.UpdateOrBuild(func(tx *ledger.Tx) error { return tx.Put(line(1, 1)) }, look)
		if err != nil || !built {
			t.Errorf("%s: built %v, %v", name, built, err)
		}
		update(t, l, func(tx *ledger.Tx) error {
			return same(tx, map[string]ledger.Line{line(1, 1).Name: line(1, 1)}, nil)
		})
	}
	healed := newLedger(t) // a header is in the journal, too
	flipped := slices.Clone(whole)
	flipped[3] ^= 4
	if err := os.WriteFile(filepath.Join(healed.Path, "ledger"), flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	update(t, healed, func(tx *ledger.Tx) error {
		tx.Verify()
		if n := tx.Totals().Lines; n != 100 {
			t.Errorf("%d lines after the header was damaged, want 100", n)
		}
		return nil
	})
	none := open(t, rootfs.OS, t.TempDir())
	if err := none.Update(nothing); !errors.Is(err, fs.ErrNotExist) || none.Exists() {
		t.Errorf("no ledger: %v", err)
	}
}

// A ledger that somebody works on is not removed, and one that is removed is made anew.
func TestTryRemove(t *testing.T) {
	l := newLedger(t)
	update(t, l, func(*ledger.Tx) error {
		if l.TryRemove() || !l.Exists() {
			t.Error("it was removed while it was in use")
		}
		return nil
	})
	if !l.TryRemove() || l.Exists() || l.Size() != 0 || !l.TryRemove() {
		t.Error("it stays")
	}
	built, err := l.UpdateOrBuild(nothing, nothing)
	if err != nil || !built {
		t.Errorf("built %v, %v", built, err)
	}
}

// A link in the place of a ledger is not followed.
func TestLinks(t *testing.T) {
	for _, name := range []string{"ledger", "ledger.new"} {
		l := open(t, rootfs.OS, t.TempDir())
		stranger := filepath.Join(l.Path, "stranger")
		if err := os.WriteFile(stranger, []byte("keep me"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("stranger", filepath.Join(l.Path, name)); err != nil {
			t.Skipf("skipped: no links here: %v", err)
		}
		if l.Exists() || l.Size() != 0 {
			t.Errorf("%s: a link counts as a ledger", name)
		}
		if _, err := l.UpdateOrBuild(nothing, nothing); (err == nil) != (name == "ledger.new") {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := os.ReadFile(stranger); err != nil || string(text) != "keep me" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
