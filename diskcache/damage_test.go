package diskcache_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// stored is an entry on disk.
type stored[T any] struct {
	disk
	ext   string
	right T
}

func store[T any](tb testing.TB, ext string, right T) stored[T] {
	tb.Helper()
	s := stored[T]{newDisk(tb), ext, right}
	s.execute(1)
	return s
}

func (s stored[T]) file() string { return s.value(s.ext) }

// execute calls in a new instance, which must return the right value after so
// many computations.
func (s stored[T]) execute(runs int) (*diskcache.DiskCacher[T], *eventLog) {
	s.Helper()
	c, log := newCacher[T](s, s.tmpdir)
	f := &counted[T]{value: s.right}
	if got := mustExecute(s, c, f.compute); !reflect.DeepEqual(got, s.right) {
		s.Errorf("got %v, want %v", got, s.right)
	}
	if f.runs != runs {
		s.Errorf("computed %d times, want %d", f.runs, runs)
	}
	return c, log
}

// peek must not find the value, whatever is on disk.
func (s stored[T]) peekNothing(what string, i int) {
	s.Helper()
	c, _ := newCacher[T](s, s.tmpdir)
	if got, ok, err := c.Peek(s.Context()); ok || err != nil {
		s.Fatalf("%s %d: found %v, %v", what, i, got, err)
	}
}

// recovers checks all that must follow damage: a right value now and later, the
// damaged files kept with the reason, and an event for each.
func (s stored[T]) recovers(reason string, files ...string) {
	s.Helper()
	c, log := s.execute(1)
	var told []string
	for _, e := range log.events {
		if e.Kind == diskcache.SetAside {
			rel, _ := filepath.Rel(s.tag, e.Path)
			told = append(told, filepath.ToSlash(rel))
			if !strings.Contains(e.Reason, reason) || e.Err != nil || e.Name != "root.A.method" || e.Tag != testTag {
				s.Errorf("event %+v, want the reason %q", e, reason)
			}
		}
	}
	slices.Sort(told)
	slices.Sort(files)
	aside := s.setAside()
	if !slices.Equal(told, files) || !slices.Equal(slices.Sorted(maps.Keys(aside)), files) {
		s.Errorf("set aside: events %q, files %q, want %q", told, aside, files)
	}
	for _, why := range aside {
		if !strings.Contains(why, reason) {
			s.Errorf("reason %q, want %q", why, reason)
		}
	}
	if stats := c.Stats(); stats.SetAside != int64(len(files)) || stats.Computed != 1 || stats.Saved != 1 {
		s.Errorf("%+v, want %d set aside, and one computed and saved", stats, len(files))
	}
	s.checkConsistent()
	s.execute(0)
}

const (
	npyFile    = "root.A.method.npy"
	gobFile    = "root.A.method.gob"
	recordFile = ".dataelab/root.A.method.json"
)

// Every flipped bit and every cut of the two files of an entry is noticed.
func TestEveryBitAndCut(t *testing.T) {
	t.Run("npy", func(t *testing.T) { everyBitAndCut(t, store(t, "npy", []float64{1, -2, 3e300})) })
	t.Run("gob", func(t *testing.T) { everyBitAndCut(t, store(t, "gob", map[string]int{"a": 1, "b": -2})) })
}

func everyBitAndCut[T any](t *testing.T, s stored[T]) {
	for _, file := range []string{s.file(), s.record()} {
		sound := s.read(file)
		for i := range sound {
			for _, bit := range exhaustive.Bits(i) {
				broken := bytes.Clone(sound)
				broken[i] ^= 1 << bit
				s.write(file, broken)
				s.peekNothing("bit of byte", i)
			}
			s.write(file, sound[:i])
			s.peekNothing("cut at", i)
		}
		for _, more := range []string{"\x00", "\n", " ", string(sound)} {
			s.write(file, append(bytes.Clone(sound), more...))
			s.peekNothing("longer by", len(more))
		}
		s.write(file, sound)
	}
	s.execute(0)
}

// What damage does to an entry, for the ways in which it comes.
func TestDamage(t *testing.T) {
	right := []float64{1, 2, 3}
	both := []string{npyFile, recordFile}
	for name, c := range map[string]struct {
		damage func(s stored[[]float64])
		reason string
		files  []string
	}{
		"bit in the header": {func(s stored[[]float64]) { flip(s, s.file(), 20, 1) }, "digest", both},
		"bit in the data":   {func(s stored[[]float64]) { flip(s, s.file(), -1, 7) }, "digest", both},
		"bit in the record": {func(s stored[[]float64]) { flip(s, s.record(), 100, 0) }, "does not match its own check", both},
		"bit in the check":  {func(s stored[[]float64]) { flip(s, s.record(), -5, 0) }, "does not match its own check", both},
		"value cut":         {func(s stored[[]float64]) { s.write(s.file(), s.read(s.file())[:100]) }, "has 100 bytes, its record says 152", both},
		"value empty":       {func(s stored[[]float64]) { s.write(s.file(), nil) }, "has 0 bytes, its record says 152", both},
		"value longer":      {func(s stored[[]float64]) { s.write(s.file(), append(s.read(s.file()), 0)) }, "has 153 bytes, its record says 152", both},
		"value all zeros":   {func(s stored[[]float64]) { s.write(s.file(), make([]byte, 152)) }, "digest", both},
		"record empty":      {func(s stored[[]float64]) { s.write(s.record(), nil) }, "record has no check", both},
		"record cut":        {func(s stored[[]float64]) { s.write(s.record(), s.read(s.record())[:200]) }, "record has no check", both},
		"record of zeros":   {func(s stored[[]float64]) { s.write(s.record(), make([]byte, 500)) }, "record has no check", both},
		"record is null":    {func(s stored[[]float64]) { s.write(s.record(), []byte("null\n")) }, "record has no check", both},
		"record is {}":      {func(s stored[[]float64]) { s.write(s.record(), []byte("{}\n")) }, "record has no check", both},
		"record is huge":    {func(s stored[[]float64]) { s.write(s.record(), make([]byte, diskcache.MaxRecordSize+1)) }, "more than 67108864 bytes", both},
		"record edited":     {func(s stored[[]float64]) { s.replaceInRecord(`"bytes": 152`, `"bytes": 153`) }, "does not match its own check", both},
		"record broken, value gone": {func(s stored[[]float64]) {
			s.remove(s.file())
			flip(s, s.record(), 100, 0)
		}, "does not match its own check", []string{recordFile}},
		"record broken, two values": {func(s stored[[]float64]) {
			flip(s, s.record(), 100, 0)
			s.write(s.value("gob"), []byte("old"))
		}, "does not match its own check", []string{npyFile, gobFile, recordFile}},
		"record of another entry": {func(s stored[[]float64]) {
			s.copyRecordOf("root.A.other", testTag)
		}, "record is of entry root.A.other", both},
		"record of another argument": {func(s stored[[]float64]) {
			s.copyRecordOf("root.A.method", testTag, 1)
		}, "record is of entry root.A.method ", both},
		"record of another tag": {func(s stored[[]float64]) {
			s.copyRecordOf("root.A.method", "another")
		}, "record is of tag another", both},
		"pickle without a record": {func(s stored[[]float64]) {
			s.remove(s.record())
			s.write(s.file(), pickledNpy)
		}, "pickle", []string{npyFile}},
		"text without a record": {func(s stored[[]float64]) {
			s.remove(s.record())
			s.write(s.file(), []byte("1 2 3\n"))
		}, npyFile, []string{npyFile}},
		"empty without a record": {func(s stored[[]float64]) {
			s.remove(s.record())
			s.write(s.file(), nil)
		}, npyFile, []string{npyFile}},
		"other dtype without a record":      {func(s stored[[]float64]) { s.foreign([]complex128{1i}) }, npyFile, []string{npyFile}},
		"other shape without a record":      {func(s stored[[]float64]) { s.foreign([][]float64{{1, 2}, {3, 4}}) }, npyFile, []string{npyFile}},
		"lossy elements without a record":   {func(s stored[[]float64]) { s.foreign([]int64{1<<53 + 1}) }, npyFile, []string{npyFile}},
		"gob of another type and no record": {func(s stored[[]float64]) { s.foreignGob(map[string]int{"a": 1}) }, gobFile, []string{gobFile}},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", right)
			c.damage(s)
			s.peekNothing(name, 0)
			s.recovers(c.reason, c.files...)
		})
	}
}

// pickledNpy is an array of objects. Unpickling it would run a command.
var pickledNpy = []byte("\x93NUMPY\x01\x00\x76\x00" +
	fmt.Sprintf("%-117s\n", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") +
	"\x80\x04cos\nsystem\n\x8c\x04true\x85R.")

func (d disk) replaceInRecord(old, replacement string) {
	d.Helper()
	text := d.read(d.record())
	if !bytes.Contains(text, []byte(old)) {
		d.Fatalf("the record has no %s:\n%s", old, text)
	}
	d.write(d.record(), bytes.Replace(text, []byte(old), []byte(replacement), 1))
}

// copyRecordOf puts the record of another entry, with the same value, in the
// place of this one.
func (d disk) copyRecordOf(name, tag string, args ...any) {
	d.Helper()
	tmpdir := d.TempDir()
	c := new(diskcache.DiskCacher[[]float64])
	if err := c.SetTmpdir(tmpdir); err != nil {
		d.Fatal(err)
	}
	if err := c.SetTag(tag, name); err != nil {
		d.Fatal(err)
	}
	mustExecute(d, c, (&counted[[]float64]{value: []float64{1, 2, 3}}).compute, args...)
	records, err := filepath.Glob(filepath.Join(tmpdir, "*", ".dataelab", "*.json"))
	if err != nil || len(records) != 1 {
		d.Fatal(records, err)
	}
	d.write(d.record(), d.read(records[0]))
}

// foreign puts another program's array in the place of the entry.
func (d disk) foreign(v any) {
	d.Helper()
	d.remove(d.record())
	if err := (formats.Set{}).WriteFile(d.value("npy"), v); err != nil {
		d.Fatal(err)
	}
}

func (d disk) foreignGob(v any) {
	d.Helper()
	d.remove(d.record())
	d.remove(d.value("npy"))
	if err := (formats.Set{}).WriteFile(d.value("gob"), v); err != nil {
		d.Fatal(err)
	}
}

// What another program put there is good if it can be read as the result, and is
// left as it is.
func TestForeignFile(t *testing.T) {
	for name, v := range map[string]any{
		"the same type": []float64{1, 2, 3},
		"an exact type": []int32{1, 2, 3},
		"an array":      [3]float32{1, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", []float64{1, 2, 3})
			s.foreign(v)
			before := s.read(s.file())
			_, log := s.execute(0)
			e, _ := log.find(diskcache.Loaded)
			if !strings.Contains(e.Reason, "another program") || e.Path != s.file() || e.Bytes != int64(len(before)) {
				t.Errorf("event %+v, want one that says where the value came from", e)
			}
			if !bytes.Equal(s.read(s.file()), before) || s.exists(s.record()) {
				t.Error("another program's file was changed")
			}
		})
	}
}

// Half an entry is no entry, and no damage either.
func TestHalfAnEntry(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	s.remove(s.file())
	s.peekNothing("value gone", 0)
	_, log := s.execute(1)
	if e, _ := log.find(diskcache.Computed); !strings.Contains(e.Reason, "root.A.method.npy is gone") || len(s.setAside()) > 0 {
		t.Errorf("event %+v, set aside %v", e, s.setAside())
	}
	s.checkConsistent()
	s.execute(0)
}

// A file above a mebibyte is verified while it is decoded.
func TestDamageOfLargeFile(t *testing.T) {
	right := make([]float64, diskcache.SmallFile/8+1000)
	for i := range right {
		right[i] = float64(i)
	}
	file := int64(128 + 8*len(right))
	for name, damage := range map[string]func(s stored[[]float64]){
		"first byte":           func(s stored[[]float64]) { flip(s, s.file(), 0, 0) },
		"length in the header": func(s stored[[]float64]) { flip(s, s.file(), 9, 0) },
		"blank in the header":  func(s stored[[]float64]) { flip(s, s.file(), 120, 1) },
		"first number":         func(s stored[[]float64]) { flip(s, s.file(), 128, 0) },
		"middle":               func(s stored[[]float64]) { flip(s, s.file(), int(file/2), 3) },
		"last byte":            func(s stored[[]float64]) { flip(s, s.file(), -1, 0) },
		"cut":                  func(s stored[[]float64]) { truncate(s, s.file(), file-1) },
		"cut to a small file":  func(s stored[[]float64]) { truncate(s, s.file(), 1000) },
		"longer":               func(s stored[[]float64]) { truncate(s, s.file(), file+4096) },
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", right)
			damage(s)
			s.peekNothing(name, 0)
			s.recovers(npyFile, npyFile, recordFile)
		})
	}
}

func truncate(tb testing.TB, file string, size int64) {
	tb.Helper()
	if err := os.Truncate(file, size); err != nil {
		tb.Fatal(err)
	}
}

// The same damage twice keeps both files.
func TestSetAsideTwice(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	for range 2 {
		flip(s, s.file(), -1, 0)
		s.execute(1)
	}
	kept, err := filepath.Glob(filepath.Join(s.tag, ".dataelab", "aside", "*.npy"))
	if err != nil || len(kept) != 2 {
		t.Errorf("kept %q, %v, want two files", kept, err)
	}
	for _, file := range kept {
		if path.Ext(file) != ".npy" || len(s.read(file)) != 152 {
			t.Errorf("%s is not the damaged file", file)
		}
	}
}
