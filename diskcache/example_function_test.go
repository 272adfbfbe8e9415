package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Line is what a fit is asked for.
type Line struct {
	X, Y    []float64
	Verbose bool `cache:"-"` // does not decide the result
}

// fitLine returns the slope through the origin.
func fitLine(_ context.Context, l Line) (float64, error) {
	if len(l.X) != len(l.Y) || len(l.X) == 0 {
		return 0, fmt.Errorf("%d x and %d y", len(l.X), len(l.Y))
	}
	fmt.Println("fitting")
	var xy, xx float64
	for i, x := range l.X {
		xy += x * l.Y[i]
		xx += x * x
	}
	return xy / xx, nil
}

// tempDir is where an example keeps its files.
func tempDir() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

func ExampleWrap() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	fit := diskcache.Wrap(&cache, "fit", fitLine)

	ctx := context.Background()
	for _, verbose := range []bool{false, true} {
		slope, err := fit.Call(ctx, Line{X: []float64{1, 2, 3}, Y: []float64{2, 4, 6}, Verbose: verbose})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(slope)
	}
	// Output:
	// fitting
	// 2
	// 2
}

// Options of one function go over the defaults of the cache.
func ExampleWrap_options() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir, TTL: 24 * time.Hour, Compress: "zstd"}
	ramp := diskcache.Wrap(&cache, "ramp", diskcache.Plain(func(n int) []float64 { return make([]float64, n) }),
		diskcache.FuncOptions{TTL: diskcache.Forever, Version: "2"})

	path, err := ramp.Path(1000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(path))
	// Output: ramp-d1db4869dba224902feb3f21fb789b40.npy.zst
}

func ExamplePlain() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x float64) float64 { return x * x }))
	v, err := square.Call(context.Background(), 12)
	fmt.Println(v, err)
	// Output: 144 <nil>
}

func ExampleNoContext() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	size := diskcache.Wrap(&cache, "size", diskcache.NoContext(func(name string) (int64, error) {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}))
	_, err := size.Call(context.Background(), filepath.Join(dir, "absent"))
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}

func ExampleNoError() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	double := diskcache.Wrap(&cache, "double", diskcache.NoError(func(_ context.Context, n int) int { return 2 * n }))
	v, err := double.Call(context.Background(), 21)
	fmt.Println(v, err)
	// Output: 42 <nil>
}

func ExampleNoArgument() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	dark := diskcache.Wrap(&cache, "dark", diskcache.NoArgument(func(context.Context) ([]float64, error) {
		return []float64{0.5, 0.25}, nil
	}))
	v, err := dark.Call(context.Background(), diskcache.None{})
	if err != nil {
		log.Fatal(err)
	}
	path, err := dark.Path(diskcache.None{})
	fmt.Println(v, filepath.Base(path), err)
	// Output: [0.5 0.25] dark.npy <nil>
}

func ExampleCache() {
	cache := diskcache.Cache{Dir: "results", TTL: 30 * 24 * time.Hour}
	cache.Off = true // or set DATAELAB_NO_CACHE=1 in the environment
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { fmt.Println("computing"); return x * x }))
	for range 2 {
		v, err := square.Call(context.Background(), 7)
		fmt.Println(v, err)
	}
	// Output:
	// computing
	// 49 <nil>
	// computing
	// 49 <nil>
}

func ExampleFunction_Peek() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	square := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "square", diskcache.Plain(func(x int) int { return x * x }))
	_, ok, err := square.Peek(ctx, 7)
	fmt.Println(ok, err)
	if _, err := square.Call(ctx, 7); err != nil {
		log.Fatal(err)
	}
	v, ok, err := square.Peek(ctx, 7)
	fmt.Println(v, ok, err)
	// Output:
	// false <nil>
	// 49 true <nil>
}

func ExampleFunction_Refresh() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	reading := 20.5
	temperature := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "temperature", diskcache.Plain(func(sensor string) float64 { return reading }))
	for range 2 {
		v, err := temperature.Call(ctx, "dome")
		fmt.Println(v, err)
		reading = 18
	}
	v, err := temperature.Refresh(ctx, "dome")
	fmt.Println(v, err)
	// Output:
	// 20.5 <nil>
	// 20.5 <nil>
	// 18 <nil>
}

func ExampleFunction_Clear() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	square := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "square", diskcache.Plain(func(x int) int { return x * x }))
	if _, err := square.Batch(ctx, []int{1, 2, 3}, diskcache.BatchOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := square.Clear(2); err != nil {
		log.Fatal(err)
	}
	for x := range 4 {
		_, ok, err := square.Peek(ctx, x)
		fmt.Println(x, ok, err)
	}
	// Output:
	// 0 false <nil>
	// 1 true <nil>
	// 2 false <nil>
	// 3 true <nil>
}

func ExampleFunction_Batch() {
	dir, remove := tempDir()
	defer remove()
	root := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "root", diskcache.NoContext(func(x int) (int, error) {
		for r := range x + 1 {
			if r*r == x {
				return r, nil
			}
		}
		return 0, errors.New("no square")
	}))
	roots, err := root.Batch(context.Background(), []int{0, 1, 2, 9, 16, 17}, diskcache.BatchOptions{Workers: 4})
	fmt.Println(roots)
	fmt.Println(err)
	// Output:
	// [0 1 0 3 4 0]
	// diskcache: batch of 6 calls of root: 2 failed
	// argument 2, 2: no square
	// argument 5, 17: no square
}

func ExampleFunction_BatchResults() {
	dir, remove := tempDir()
	defer remove()
	square := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "square", diskcache.Plain(func(x int) int { return x * x }))
	sum := 0
	for r := range square.BatchResults(context.Background(), []int{1, 2, 3}, diskcache.BatchOptions{}) {
		if r.Err != nil {
			log.Fatal(r.Err)
		}
		sum += r.Value
	}
	fmt.Println(sum)
	// Output: 14
}

func ExampleWithMaxAge() {
	dir, remove := tempDir()
	defer remove()
	reading := 20.5
	temperature := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "temperature", diskcache.Plain(func(sensor string) float64 { return reading }))
	usual := context.Background()
	fmt.Println(temperature.Call(usual, "dome"))
	reading = 18
	time.Sleep(2 * time.Millisecond)
	fmt.Println(temperature.Call(diskcache.WithMaxAge(usual, time.Hour), "dome"))
	fmt.Println(temperature.Call(diskcache.WithMaxAge(usual, time.Millisecond), "dome"))
	// Output:
	// 20.5 <nil>
	// 20.5 <nil>
	// 18 <nil>
}

// A refresh reaches what a result is made of.
func ExampleWithRefresh() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	raw := 1
	load := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) (int, error) { return raw, nil }))
	double := diskcache.Wrap(&cache, "double", diskcache.NoArgument(func(ctx context.Context) (int, error) {
		v, err := load.Call(ctx, diskcache.None{})
		return 2 * v, err
	}))
	ctx := context.Background()
	fmt.Println(double.Call(ctx, diskcache.None{}))
	raw = 5
	fmt.Println(double.Refresh(ctx, diskcache.None{})) // of the value that load has stored
	fmt.Println(double.Call(diskcache.WithRefresh(ctx), diskcache.None{}))
	// Output:
	// 2 <nil>
	// 2 <nil>
	// 10 <nil>
}

func ExampleWithBypass() {
	dir, remove := tempDir()
	defer remove()
	reading := 20.5
	temperature := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "temperature", diskcache.Plain(func(sensor string) float64 { return reading }))
	ctx := context.Background()
	fmt.Println(temperature.Call(ctx, "dome"))
	reading = 18
	fmt.Println(temperature.Call(diskcache.WithBypass(ctx), "dome"))
	fmt.Println(temperature.Call(ctx, "dome"))
	// Output:
	// 20.5 <nil>
	// 18 <nil>
	// 20.5 <nil>
}

// A result that was made of a file is good until the file changes; an error is
// not tried again for a minute.
func ExampleFuncOptions() {
	dir, remove := tempDir()
	defer remove()
	count := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "count",
		diskcache.NoContext(func(file string) (int, error) {
			fmt.Println("reading")
			text, err := os.ReadFile(file)
			return len(text), err
		}),
		diskcache.FuncOptions{
			Valid: func(s diskcache.Stored) bool {
				info, err := os.Stat(s.Args[0].(string))
				return err == nil && info.ModTime().Before(s.Computed)
			},
			Errors:     time.Minute,
			ErrorKinds: []error{os.ErrNotExist},
		})
	for range 2 {
		_, err := count.Call(context.Background(), filepath.Join(dir, "absent"))
		fmt.Println(errors.Is(err, os.ErrNotExist))
	}
	// Output:
	// reading
	// true
	// true
}
