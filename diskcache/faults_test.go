package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/faultfs"
)

// faultyStage runs scenes.
type faultyStage struct {
	*testing.T
	scene scene
	from  string // the directory as it is before
}

func newStage(t *testing.T, s scene) *faultyStage {
	t.Helper()
	d := newDisk(t)
	s.prepare(d)
	return &faultyStage{t, s, d.tmpdir}
}

// emptyDir returns a directory that may be removed before the test ends: they are
// thousands.
func (s *faultyStage) emptyDir() string {
	s.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(s.from), "")
	if err != nil {
		s.Fatal(err)
	}
	return dir
}

// cacher returns the one that acts, or another one of the same entries.
func (s *faultyStage) cacher(dir string, o *storage.DirOptions) (*diskcache.DiskCacher[rows], *eventLog) {
	s.Helper()
	c, log := onDisk(s, dir, o)
	if s.scene.former != "" {
		binding := diskcache.Binding{Cacher: c, Name: "root.A.method", Former: []string{s.scene.former}}
		if err := diskcache.BindAll(testTag, []diskcache.Binding{binding}, diskcache.Observer{}); err != nil {
			s.Fatal(err)
		}
	}
	return c, log
}

// play acts on a copy of the directory and returns it, and the files.
func (s *faultyStage) play(durability storage.Durability, set func(*faultfs.FS)) (dir string, files *faultfs.FS) {
	s.Helper()
	dir = s.emptyDir()
	if err := os.CopyFS(dir, os.DirFS(s.from)); err != nil {
		s.Fatal(err)
	}
	copyTimes(s, dir, s.from)
	files, err := faultfs.New(dir)
	if err != nil {
		s.Fatal(err)
	}
	set(files)
	c, _ := s.cacher(dir, &storage.DirOptions{Durability: durability, Files: files})
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(faultfs.Crashed); !ok {
				panic(r)
			}
		}
	}()
	if err := errors.Join(s.scene.act(c)...); err != nil {
		s.Errorf("%d faults: %v", files.Injected(), err)
	}
	return dir, files
}

// copyTimes lets files be as old in a copy as they were.
func copyTimes(tb testing.TB, dir, from string) {
	tb.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(dir, strings.TrimPrefix(path, from)), info.ModTime(), info.ModTime())
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// check looks at a directory after a fault: nothing wrong is found, and all works.
func (s *faultyStage) check(dir, how string) {
	s.Helper()
	for i, args := range [][]any{nil, {argument}} {
		allowed := [][]rows{s.scene.allowed, s.scene.second}[i]
		first, _ := s.cacher(dir, nil)
		v, ok, err := first.Peek(s.Context(), args...)
		if err := among(v, err, allowed); err != nil && (ok || v != nil) {
			s.Errorf("%s: Peek(%v): %v", how, args, err)
		}
		computed := false
		second, log := s.cacher(dir, nil)
		got, err := second.Execute(s.Context(), func(context.Context) (rows, error) { computed = true; return lastRows, nil }, args...)
		switch {
		case computed:
			err = among(got, err, []rows{lastRows})
		default:
			err = among(got, err, allowed)
		}
		if err != nil || computed == ok {
			s.Errorf("%s: Execute(%v) after Peek found %v: computed %v, %v", how, args, ok, computed, err)
		}
		if e, failed := log.find(diskcache.SaveFailed); failed {
			s.Errorf("%s: %v", how, e.Err)
		}
		third, _ := s.cacher(dir, nil)
		if v, ok, err := third.Peek(s.Context(), args...); !ok || err != nil || !reflect.DeepEqual(v, got) {
			s.Errorf("%s: the next Peek(%v): %v, %v, %v, want %v", how, args, v, ok, err, got)
		}
	}
}

// checkKept looks for the file of another program.
func (s *faultyStage) checkKept(dir, how string) {
	s.Helper()
	if s.scene.keeps != nil && !holds(s, dir, s.scene.keeps) {
		s.Errorf("%s: the file of another program is lost", how)
	}
}

// holds reports whether one of the files below dir has a content.
func holds(tb testing.TB, dir string, content []byte) bool {
	tb.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		got, err := os.ReadFile(path)
		found = found || slices.Equal(got, content)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// failures are ways to fail, and the operations that can fail so.
var failures = map[string]struct {
	fault faultfs.Fault
	kinds string
}{
	"no space":          {faultfs.Fault{Err: syscall.ENOSPC}, "Mkdir OpenFile Write Sync Close Rename"},
	"no space any more": {faultfs.Fault{Err: syscall.ENOSPC, Stays: true}, "Mkdir OpenFile Write Rename"},
	"input/output":      {faultfs.Fault{Err: syscall.EIO}, ""},
	"no access":         {faultfs.Fault{Err: syscall.EACCES}, "Lstat Stat Mkdir OpenRoot OpenFile Rename Remove"},
	"access lost":       {faultfs.Fault{Err: syscall.EACCES, Stays: true}, "Mkdir OpenFile Rename Remove"},
	"short write":       {faultfs.Fault{Err: syscall.ENOSPC, Short: true}, "Write"},
	"death":             {faultfs.Fault{Crash: true}, ""},
}

// TestFaults lets operations on files fail in each way, one at a time: each operation where
// the tests are exhaustive, else every 41st, beginning with another one in each
// scene and way.
func TestFaults(t *testing.T) {
	total, played := 0, 0
	for _, scene := range scenes() {
		t.Run(scene.name, func(t *testing.T) {
			played++
			s := newStage(t, scene)
			step := exhaustive.N(41, 1)
			var ops []faultfs.Op
			dir, _ := s.play(storage.Durable, func(f *faultfs.FS) { f.After(func(op faultfs.Op) { ops = append(ops, op) }) })
			s.check(dir, "no fault")
			counts := map[string]int{}
			for way, name := range slices.Sorted(maps.Keys(failures)) {
				failure, could := failures[name], played+7*way
				for _, op := range ops {
					if failure.kinds != "" && !slices.Contains(strings.Fields(failure.kinds), op.Kind) {
						continue
					}
					if could++; could%step > 0 {
						continue
					}
					dir, files := s.play(storage.Durable, func(f *faultfs.FS) { f.Inject(op.N, failure.fault) })
					how := fmt.Sprintf("%s at %v", name, op)
					if files.Injected() == 0 {
						t.Errorf("%s: it did not happen", how)
					}
					counts[name]++
					if failure.fault.Crash || !slices.Contains([]string{"OpenFile", "Stat", "ReadAt", "Lstat", "OpenRoot"}, op.Kind) { // what cannot be read is replaced
						s.checkKept(dir, how)
					}
					s.check(dir, how)
					if t.Failed() {
						t.FailNow()
					}
					if err := os.RemoveAll(dir); err != nil {
						t.Fatal(err)
					}
				}
				total += counts[name]
			}
			t.Logf("%d operations; faults: %v", len(ops), counts)
		})
	}
	t.Logf("%d faults injected", total)
	if least := exhaustive.N(120, 9000); played == len(scenes()) && total < least && !t.Failed() {
		t.Errorf("only %d faults were injected, want at least %d", total, least)
	}
}

// TestPowerCut looks at what a power cut may leave after each operation. Where the tests are
// not exhaustive, it looks after every 31st.
func TestPowerCut(t *testing.T) {
	for durability, c := range map[storage.Durability]struct {
		name  string
		order faultfs.Order
		least int
	}{
		storage.Durable: {"durable", faultfs.AnyOrder, 200},
		storage.Fast:    {"fast", faultfs.InOrder, 300}, // as its documentation says
	} {
		t.Run(c.name, func(t *testing.T) {
			total, played := 0, 0
			for _, scene := range scenes() {
				t.Run(scene.name, func(t *testing.T) {
					played++
					s := newStage(t, scene)
					_, err := os.Stat(filepath.Join(s.from, limitsFile))
					limits := err == nil
					seen := map[string]bool{}
					step, ops := exhaustive.N(31, 1), 5*played
					look := func(files *faultfs.FS, after string) {
						for clone := range files.Clones(c.order) {
							if key := clone.Key(); seen[key] || t.Failed() {
								continue
							} else {
								seen[key] = true
							}
							dir := s.emptyDir()
							if err := clone.Write(dir); err != nil {
								t.Fatal(err)
							}
							how := fmt.Sprintf("power cut after %s, %s", after, clone.How)
							if clone.Ordered { // else a rename may lose both names
								s.checkKept(dir, how)
							}
							s.check(dir, how)
							if err := os.RemoveAll(dir); err != nil {
								t.Fatal(err)
							}
						}
					}
					_, files := s.play(durability, func(f *faultfs.FS) {
						f.After(func(op faultfs.Op) {
							if limits && op.Kind != "Remove" && op.Kind != "Rename" {
								return // the ledger is written often, never flushed, and may be lost at any time
							}
							if ops++; ops%step > 0 {
								return
							}
							look(f, op.String())
						})
					})
					total += len(seen)
					t.Logf("%d operations, %d different power cuts", files.Ops(), len(seen))
				})
			}
			t.Logf("%d different power cuts", total)
			if least := exhaustive.N(15, c.least); played == len(scenes()) && total < least && !t.Failed() {
				t.Errorf("only %d different power cuts, want at least %d", total, least)
			}
		})
	}
}

// What was saved durably is there after a power cut, whatever that does.
func TestDurableIsDurable(t *testing.T) {
	s := newStage(t, scene{name: "publish", prepare: func(disk) {}, act: refreshes(newRows)})
	n := 0
	_, files := s.play(storage.Durable, func(*faultfs.FS) {})
	for clone := range files.Clones(faultfs.AnyOrder) {
		dir := t.TempDir()
		if err := clone.Write(dir); err != nil {
			t.Fatal(err)
		}
		c, _ := onDisk(t, dir, nil)
		if v, ok, err := c.Peek(t.Context()); !ok || err != nil || !reflect.DeepEqual(v, newRows) {
			t.Errorf("%s: found %v, %v, %v", clone.How, v, ok, err)
		}
		n++
	}
	if n == 0 {
		t.Error("no power cut was looked at")
	}
}
