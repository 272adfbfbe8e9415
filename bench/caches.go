package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

const (
	diskCalls   = 500     // of one turn
	memoryCalls = 200_000 // of one turn
	smallArray  = 100     // elements
)

// cacheRivals are caches for Python. Of a joblib.Memory, a diskcache.Cache and a perscache
// every hit is one from disk.
var cacheRivals = []struct{ name, opens, calls string }{
	{"arte", "cache_on_disk: set_tag, call", "cache_on_disk"},
	{"joblib", "joblib: Memory, call", "joblib.Memory"},
	{"diskcache", "diskcache: Cache, memoize, call", "diskcache memoize"},
	{"perscache", "perscache: Cache, call", "perscache"},
}

// caches measures small results and hashing beside caches for Python: each with files
// of its own, the same function, and the disk's cache warm.
func caches(t *table, py *python, p *plan) (err error) {
	dir, err := os.MkdirTemp(p.dir, "caches-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, rival := range cacheRivals {
		if err := py.lacks(rival.name); err != nil {
			t.note("NOT COMPARED: %v", err)
			continue
		}
		if err := cacheRows(t, py, p, dir, rival.name, rival.opens, rival.calls); err != nil {
			return err
		}
	}
	return hashes(t, py, p)
}

func cacheRows(t *table, py *python, p *plan, dir, name, opens, calls string) error {
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, name)
	turn := func(verb string, n int) func() (time.Duration, error) {
		return func() (time.Duration, error) { return py.do(verb, name, theirs, strconv.Itoa(n)) }
	}
	if err := os.MkdirAll(theirs, 0o700); err != nil {
		return err
	}
	if _, err := turn("misses", diskCalls)(); err != nil {
		return err
	}
	faces := []face{
		{"SetTag, Execute", "Execute", cacherFace},
		{"Wrap, Call", "Function.Call", functionFace},
	}
	for _, f := range faces {
		dir := filepath.Join(ours, f.calls)
		if err := fill(f, dir); err != nil {
			return err
		}
		if err := t.play(contest{what: "hit from disk, small, new cache", ours: f.opens, rival: opens, target: "at least 5", calls: diskCalls}, p.rounds,
			func() (time.Duration, error) { return newCaches(f, dir) }, turn("hits-new", diskCalls)); err != nil {
			return err
		}
		if err := t.play(contest{what: "hit from disk, small, new argument", ours: f.calls, rival: calls, target: "at least 5", calls: diskCalls}, p.rounds,
			func() (time.Duration, error) { return oneCache(f, dir, store.Durable, false) }, turn("hits-one", diskCalls)); err != nil {
			return err
		}
	}
	if name == "arte" { // the others have nothing in memory
		if err := t.play(contest{what: "hit in memory", ours: "Execute", rival: calls, calls: memoryCalls}, p.rounds,
			func() (time.Duration, error) { return again(faces[0], filepath.Join(ours, faces[0].calls)) }, turn("hits-again", memoryCalls)); err != nil {
			return err
		}
	}
	return misses(t, py, p, faces[0], name, calls)
}

// misses measures computing, which is nothing here, and saving, to new directories.
func misses(t *table, py *python, p *plan, f face, name, calls string) error {
	anew := func(play func(dir string) (time.Duration, error)) func() (time.Duration, error) {
		return func() (took time.Duration, err error) {
			dir, err := os.MkdirTemp(p.dir, "misses-")
			if err != nil {
				return 0, err
			}
			took, err = play(dir)
			return took, errors.Join(err, os.RemoveAll(dir))
		}
	}
	rival := anew(func(dir string) (time.Duration, error) { return py.do("misses", name, dir, strconv.Itoa(diskCalls)) })
	for _, d := range []struct {
		name       string
		durability store.Durability
	}{{"Execute, Fast", store.Fast}, {"Execute, Durable", store.Durable}} {
		if err := t.play(contest{what: "miss and save, small", ours: d.name, rival: calls, calls: diskCalls}, p.rounds,
			anew(func(dir string) (time.Duration, error) { return oneCache(f, dir, d.durability, true) }), rival); err != nil {
			return err
		}
	}
	return nil
}

// face is one way to use our cache. open returns the call of an argument, for an object or
// function that has nothing in memory.
type face struct {
	opens, calls string
	open         func(dir string, d store.Durability, compute func(i int) ([]float64, error)) (func(i int) ([]float64, error), error)
}

func cacherFace(dir string, d store.Durability, compute func(i int) ([]float64, error)) (func(i int) ([]float64, error), error) {
	c := &diskcache.DiskCacher[[]float64]{}
	err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, Durability: d}), c.SetTag(tag, "root.Slopes.mean"))
	return func(i int) ([]float64, error) {
		return c.Execute(context.Background(), func(context.Context) ([]float64, error) { return compute(i) }, i)
	}, err
}

func functionFace(dir string, d store.Durability, compute func(i int) ([]float64, error)) (func(i int) ([]float64, error), error) {
	cache := &diskcache.Cache{Dir: dir, Durability: d}
	f := diskcache.Wrap(cache, "mean", func(_ context.Context, i int) ([]float64, error) { return compute(i) })
	return func(i int) ([]float64, error) { return f.Call(context.Background(), i) }, nil
}

// value is what all of them keep.
func value(i int) ([]float64, error) {
	v := make([]float64, smallArray)
	for k := range v {
		v[k] = float64(i)
	}
	return v, nil
}

func noHit(i int) ([]float64, error) { return nil, fmt.Errorf("argument %d was not found", i) }

// fill stores the values of all arguments.
func fill(f face, dir string) error {
	call, err := f.open(dir, store.Fast, value)
	for i := 0; i < diskCalls && err == nil; i++ {
		_, err = call(i)
	}
	return err
}

// newCaches opens a cache for each call.
func newCaches(f face, dir string) (time.Duration, error) {
	start := time.Now()
	for range diskCalls {
		call, err := f.open(dir, store.Durable, noHit)
		if err != nil {
			return 0, err
		}
		if kept, err = call(0); err != nil {
			return 0, err
		}
	}
	return time.Since(start), check(0)
}

// oneCache opens a cache and calls it with arguments of which memory has none.
func oneCache(f face, dir string, d store.Durability, miss bool) (time.Duration, error) {
	computed := 0
	compute := noHit
	if miss {
		compute = func(i int) ([]float64, error) { computed++; return value(i) }
	}
	call, err := f.open(dir, d, compute)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	for i := range diskCalls {
		if kept, err = call(i); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	if miss && computed != diskCalls {
		return 0, fmt.Errorf("computed %d times", computed)
	}
	return took, check(diskCalls - 1)
}

// again repeats a call whose result is in memory.
func again(f face, dir string) (time.Duration, error) {
	call, err := f.open(dir, store.Durable, noHit)
	if err != nil {
		return 0, err
	}
	if kept, err = call(0); err != nil {
		return 0, err
	}
	start := time.Now()
	for range memoryCalls {
		kept, _ = call(0)
	}
	return time.Since(start), check(0)
}

// check looks at the last value.
func check(i int) error {
	if len(kept) != smallArray || kept[0] != float64(i) {
		return errors.New("the wrong value was returned")
	}
	return nil
}

// hashes measures the key of a large argument.
func hashes(t *table, py *python, p *plan) error {
	n := 2 * p.size << 20 / 8
	array := make([]float64, n)
	for i := range array {
		array[i] = float64(i)
	}
	ours := timed(func() error { _, err := diskcache.KeyOf(array); return err })
	for _, rival := range []struct{ name, called, target string }{{"joblib", "joblib.hash", "at least 10"}, {"blake2b", "hashlib.blake2b", ""}} {
		if err := py.lacks(rival.name); rival.name == "joblib" && err != nil {
			continue // which was said before
		}
		if err := t.play(contest{what: fmt.Sprintf("hash %d MB of float64", 2*p.size), ours: "KeyOf", rival: rival.called, target: rival.target, bytes: int64(n) * 8},
			p.rounds, ours, func() (time.Duration, error) { return py.do("hash", rival.name, "", strconv.Itoa(n)) }); err != nil {
			return err
		}
	}
	return nil
}
