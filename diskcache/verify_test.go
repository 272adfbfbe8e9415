package diskcache_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// giant is long enough to be handed out before it is verified.
func giant() *counted[[]float64] { return &counted[[]float64]{value: make([]float64, 1<<20)} }

// flipBit damages the last byte of a file, and nothing that its header tells of.
func flipBit(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func waitForEvent(t *testing.T, log *eventLog, kind diskcache.EventKind) diskcache.Event {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if e, ok := log.find(kind); ok {
			return e
		}
	}
	t.Fatalf("no event %q in 5 minutes, but %s", kind, log.kinds())
	return diskcache.Event{}
}

// Damage in a giant is found after it was handed out, told, and not handed out again.
func TestMappedGiantIsVerifiedLater(t *testing.T) {
	dir := t.TempDir()
	f := giant()
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	flipBit(t, valueFile(dir))

	c, log := bindField[[]float64](t, dir, ",mmap")
	first := mustExecute(t, c, f.compute)
	if f.runs != 1 || !isMapped(log) {
		t.Fatalf("%d computations, mapped: %v: the giant was not shown at once", f.runs, isMapped(log))
	}
	told := waitForEvent(t, log, diskcache.FoundDamaged)
	if !strings.Contains(told.Reason, "digest is") || !strings.Contains(told.Reason, "handed out") || told.Path != valueFile(dir) {
		t.Errorf("told %q of %s", told.Reason, told.Path)
	}
	waitForEvent(t, log, diskcache.SetAside)
	if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) || f.runs != 2 {
		t.Errorf("after the damage was found: %d computations", f.runs)
	}
	if first[len(first)-1] == 0 {
		t.Error("the mapping in the caller's hands changed")
	}
	if aside, err := filepath.Glob(filepath.Join(filepath.Dir(valueFile(dir)), ".dataelab", "aside", "*.npy")); len(aside) != 1 || err != nil {
		t.Errorf("set aside: %v, %v", aside, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}

	next, log := bindField[[]float64](t, dir, ",mmap")
	if got := mustExecute(t, next, f.compute); !reflect.DeepEqual(got, f.value) || f.runs != 2 {
		t.Errorf("the next instance: %d computations, %s", f.runs, log.kinds())
	}
	if err := next.Close(); err != nil { // in the middle of the verification, or after it
		t.Error(err)
	}
	if e, found := log.find(diskcache.FoundDamaged); found {
		t.Errorf("a sound file was found damaged: %s", e.Reason)
	}
}

// A short file is verified before it is handed out, whatever its digest would cost.
func TestMappedShortFileIsVerifiedAtOnce(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: make([]float64, 1000)}
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	flipBit(t, valueFile(dir))
	c, log := bindField[[]float64](t, dir, ",mmap")
	if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) || f.runs != 2 {
		t.Errorf("%d computations, %s", f.runs, log.kinds())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// Where the damaged file cannot be moved, it is refused all the same.
func TestMappedGiantThatCannotBeSetAside(t *testing.T) {
	dir := t.TempDir()
	f := giant()
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	flipBit(t, valueFile(dir))
	aside := filepath.Join(filepath.Dir(valueFile(dir)), ".dataelab", "aside")
	if err := os.WriteFile(aside, nil, 0o600); err != nil { // where a folder should be
		t.Fatal(err)
	}
	c, log := bindField[[]float64](t, dir, ",mmap")
	mustExecute(t, c, f.compute)
	waitForEvent(t, log, diskcache.SetAside)
	if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) || f.runs != 2 {
		t.Errorf("%d computations, %s", f.runs, log.kinds())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
