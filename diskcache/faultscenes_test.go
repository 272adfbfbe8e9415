package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// rows is a result that is stored as .npy, or as .gob where the rows have several
// lengths; and of which nil and empty are two values.
type rows = [][]float64

var (
	oldRows    = rows{{1, 2}, {3, 4}}
	newRows    = rows{{5, 6}, {7, 8}} // in a file of the same size
	raggedRows = rows{{1}, {2, 3}}
	largeRows  = rows{make([]float64, diskcache.SmallFile/8+1000)}
	lastRows   = rows{{9}} // what is computed afterwards
)

// scene is something that a cache does on a disk that may fail.
type scene struct {
	name    string
	prepare func(d disk)                                // makes what is there before
	act     func(c *diskcache.DiskCacher[rows]) []error // what must not fail
	allowed []rows                                      // what may be found afterwards, or nothing
	second  []rows                                      // the same of another entry, which is left alone or cleared
	keeps   []byte                                      // of another program: must not be lost
	former  string                                      // a name that the method had before
}

// argument is that of the second entry.
const argument = "second"

func computes(v rows) func(context.Context) (rows, error) {
	return func(context.Context) (rows, error) { return v, nil }
}

// gets executes, which must give one of some values.
func gets(c *diskcache.DiskCacher[rows], compute rows, allowed ...rows) error {
	v, err := c.Execute(context.Background(), computes(compute))
	return among(v, err, append(allowed, compute))
}

func refreshes(v rows) func(c *diskcache.DiskCacher[rows]) []error {
	return func(c *diskcache.DiskCacher[rows]) []error {
		got, err := c.Refresh(context.Background(), computes(v))
		return []error{among(got, err, []rows{v})}
	}
}

func among(v rows, err error, allowed []rows) error {
	if err != nil {
		return err
	}
	for _, a := range allowed {
		if reflect.DeepEqual(v, a) {
			return nil
		}
	}
	return fmt.Errorf("got %#v, want one of %#v", v, allowed)
}

// has stores a value as a program does that nothing happens to.
func (d disk) has(v rows) { d.hasNamed("root.A.method", v) }

func (d disk) hasNamed(name string, v rows) {
	d.Helper()
	c, _ := onDisk(d, d.tmpdir, nil)
	if err := c.SetTag(testTag, name); err != nil {
		d.Fatal(err)
	}
	for _, args := range [][]any{nil, {argument}} {
		if _, err := c.Refresh(d.Context(), computes(v), args...); err != nil {
			d.Fatal(err)
		}
	}
}

// onDisk returns a cacher whose files are below dir, or on files.
func onDisk(tb testing.TB, dir string, o *storage.DirOptions) (*diskcache.DiskCacher[rows], *eventLog) {
	tb.Helper()
	if o == nil {
		o = &storage.DirOptions{Durability: storage.Fast}
	}
	c, log := new(diskcache.DiskCacher[rows]), new(eventLog)
	options := diskcache.Options{Store: storage.Dir(dir, *o), OnEvent: log.add}
	if scope, err := os.ReadFile(filepath.Join(dir, limitsFile)); err == nil {
		limits := diskcache.Limits{Entries: 2, Bytes: 500 * kib}
		if string(scope) == "tag" {
			options.TagLimits = limits
		} else {
			options.Limits = limits
		}
	}
	if err := errors.Join(c.SetOptions(options), c.SetTag(testTag, "root.A.method")); err != nil {
		tb.Fatal(err)
	}
	return c, log
}

// limitsFile is a file that says that there are limits, and whether they are a tag's.
const limitsFile = "limits"

// hasLimits prepares a directory that is as full as its limits allow.
func (d disk) hasLimits(v rows) {
	d.Helper()
	d.write(filepath.Join(d.tmpdir, limitsFile), []byte("tag"))
	d.has(v)
}

func scenes() []scene {
	damaged := []byte("no array at all")
	return []scene{
		{"publish", func(disk) {}, refreshes(newRows), []rows{newRows}, nil, nil, ""},
		{"publish nil", func(disk) {}, refreshes(nil), []rows{nil}, nil, nil, ""}, // whose file, without its record, is empty rows
		{"look up and publish", func(disk) {}, func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows)} }, []rows{newRows}, nil, nil, ""},
		{"refresh", func(d disk) { d.has(oldRows) }, refreshes(newRows), []rows{oldRows, newRows}, []rows{oldRows}, nil, ""},
		{"refresh in another format", func(d disk) { d.has(raggedRows) }, refreshes(newRows), []rows{raggedRows, newRows}, []rows{raggedRows}, nil, ""},
		{"refresh with nil", func(d disk) { d.has(oldRows) }, refreshes(nil), []rows{oldRows, nil}, []rows{oldRows}, nil, ""},
		{"refresh of nil", func(d disk) { d.has(nil) }, refreshes(newRows), []rows{nil, newRows}, []rows{nil}, nil, ""},
		{"load", func(d disk) { d.has(nil) },
			func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows, nil)} }, []rows{nil, newRows}, []rows{nil}, nil, ""},
		{"load what is verified while it is decoded", func(d disk) { d.has(largeRows) },
			func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows, largeRows)} }, []rows{largeRows, newRows}, []rows{largeRows}, nil, ""},
		{"refresh over a file of another program", func(d disk) {
			if err := os.Mkdir(d.tag, 0o700); err != nil {
				d.Fatal(err)
			}
			if err := (formats.Set{}).WriteFile(d.value("npy"), oldRows); err != nil {
				d.Fatal(err)
			}
		}, refreshes(newRows), []rows{oldRows, newRows}, nil, nil, ""},
		{"set a damaged value aside", func(d disk) {
			d.has(oldRows)
			flip(d, d.value("npy"), -1, 0)
		}, func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows)} }, []rows{newRows}, []rows{oldRows}, nil, ""},
		{"set a damaged record aside", func(d disk) {
			d.has(nil)
			flip(d, d.record(), 30, 0)
		}, func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows)} }, []rows{newRows}, []rows{nil}, nil, ""},
		{"set a file of another program aside", func(d disk) { d.write(d.value("npy"), damaged) },
			func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows)} }, []rows{newRows}, nil, damaged, ""},
		{"clear", func(d disk) { d.has(nil) }, func(c *diskcache.DiskCacher[rows]) []error {
			_ = c.ClearCache() // may fail
			return nil
		}, []rows{nil}, []rows{nil}, nil, ""},
		{"invalidate", func(d disk) { d.has(nil) }, func(c *diskcache.DiskCacher[rows]) []error {
			_, _ = diskcache.InvalidateAll(context.Background(), []diskcache.Cacher{c}, diskcache.Invalidation{Downstream: true}) // may fail
			return nil
		}, []rows{nil}, []rows{nil}, nil, ""},
		{"invalidate what is damaged", func(d disk) {
			d.has(oldRows)
			d.write(d.value("npy"), damaged)
		}, func(c *diskcache.DiskCacher[rows]) []error {
			_, _ = c.Invalidate(context.Background())
			return nil
		}, nil, []rows{oldRows}, damaged, ""},
		{"refresh of what was invalidated", func(d disk) {
			d.has(oldRows)
			c, _ := onDisk(d, d.tmpdir, nil)
			if _, err := c.Invalidate(d.Context()); err != nil {
				d.Fatal(err)
			}
		}, refreshes(newRows), []rows{newRows}, []rows{oldRows}, nil, ""},
		{"evict", func(d disk) { d.hasLimits(oldRows) }, func(c *diskcache.DiskCacher[rows]) []error {
			_, err := c.Execute(context.Background(), computes(newRows), "third")
			return append(refreshes(newRows)(c), err)
		}, []rows{oldRows, newRows}, []rows{oldRows}, nil, ""},
		{"prune", func(d disk) {
			d.has(nil)
			d.write(filepath.Join(d.tmpdir, limitsFile), []byte("all"))
			third, _ := onDisk(d, d.tmpdir, &storage.DirOptions{})
			if err := third.SetOptions(diskcache.Options{Tmpdir: d.tmpdir}); err != nil {
				d.Fatal(err)
			}
			if _, err := third.Refresh(d.Context(), computes(oldRows), "third"); err != nil {
				d.Fatal(err)
			}
		}, func(c *diskcache.DiskCacher[rows]) []error {
			_, _ = diskcache.PruneAll(context.Background(), []diskcache.Cacher{c}, diskcache.PruneOptions{}) // may fail
			return nil
		}, []rows{nil}, []rows{nil}, nil, ""},
		{"sweep", func(d disk) {
			d.has(oldRows)
			for _, name := range []string{"work/other-1-0123456789abcdef.work", "aside/20010101T000000-other-1-0123456789abcdef.npy"} {
				path := filepath.Join(d.tag, ".dataelab", name)
				d.write(path, []byte("left behind"))
				at := time.Now().Add(-1000 * time.Hour)
				if err := os.Chtimes(path, at, at); err != nil {
					d.Fatal(err)
				}
			}
		}, refreshes(newRows), []rows{oldRows, newRows}, []rows{oldRows}, nil, ""},
		{"move from a former name", func(d disk) { d.hasNamed(formerName, nil) },
			func(c *diskcache.DiskCacher[rows]) []error { return []error{gets(c, newRows, nil)} }, []rows{nil, newRows}, []rows{nil}, nil, formerName},
		{"refresh of what has a former name", func(d disk) { d.hasNamed(formerName, oldRows) }, refreshes(newRows),
			[]rows{oldRows, newRows}, []rows{oldRows}, nil, formerName},
		{"import", func(disk) {}, imports(diskcache.CopyOptions{}), []rows{newRows}, []rows{newRows}, nil, ""},
		{"import over what is there", func(d disk) { d.has(raggedRows) }, imports(diskcache.CopyOptions{Existing: diskcache.ReplaceExisting}),
			[]rows{raggedRows, newRows}, []rows{raggedRows, newRows}, nil, ""},
		{"import beside a file of another program", func(d disk) { d.write(d.value("npy"), damaged) }, imports(diskcache.CopyOptions{}),
			nil, []rows{newRows}, damaged, ""},
		{"copy to memory", func(d disk) { d.has(newRows) }, func(c *diskcache.DiskCacher[rows]) []error { return []error{keepsWhole(c, toMemory)} },
			[]rows{newRows}, []rows{newRows}, nil, ""},
		{"export", func(d disk) { d.has(newRows) }, func(c *diskcache.DiskCacher[rows]) []error { return []error{keepsWhole(c, throughArchive)} },
			[]rows{newRows}, []rows{newRows}, nil, ""},
	}
}
