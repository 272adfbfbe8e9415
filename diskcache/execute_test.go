package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestExecuteWithArguments: the forms for one, two and three arguments hand these to the
// computation, and make the key that Execute makes of the same list.
func TestExecuteWithArguments(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	computed := 0
	one := func(_ context.Context, a int) (string, error) { computed++; return fmt.Sprint(a), nil }
	two := func(_ context.Context, a int, b string) (string, error) { computed++; return fmt.Sprint(a, b), nil }
	three := func(_ context.Context, a int, b string, c []float64) (string, error) {
		computed++
		return fmt.Sprint(a, b, c), nil
	}
	for round, wantComputed := range []int{6, 6, 6} {
		c, _ := newCacher[string](t, dir)
		for a := range 2 {
			for _, call := range []struct {
				args []any
				do   func() (string, error)
				want string
			}{
				{[]any{a}, func() (string, error) { return diskcache.Execute1(ctx, c, one, a) }, fmt.Sprint(a)},
				{[]any{a, "x"}, func() (string, error) { return diskcache.Execute2(ctx, c, two, a, "x") }, fmt.Sprint(a, "x")},
				{[]any{a, "x", []float64{1}}, func() (string, error) { return diskcache.Execute3(ctx, c, three, a, "x", []float64{1}) }, fmt.Sprint(a, "x", []float64{1})},
			} {
				for range 2 { // computed or from disk, then from memory
					if v, err := call.do(); v != call.want || err != nil {
						t.Errorf("round %d, %v: %q, %v, want %q", round, call.args, v, err, call.want)
					}
				}
				if v, ok, err := c.Peek(ctx, call.args...); v != call.want || !ok || err != nil {
					t.Errorf("Peek(%v): %q, %v, %v", call.args, v, ok, err)
				}
			}
		}
		if computed != wantComputed {
			t.Errorf("round %d: computed %d times, want %d", round, computed, wantComputed)
		}
	}
}

// TestExecuteAllocates: the forms with arguments cost what Execute costs.
func TestExecuteAllocates(t *testing.T) {
	ctx := context.Background()
	c, _ := newCacher[float64](t, t.TempDir())
	compute := func(_ context.Context, a int) (float64, error) { return float64(a), nil }
	segment := len(t.Name()) + 1000
	plain := testing.AllocsPerRun(100, func() {
		_, _ = c.Execute(ctx, func(ctx context.Context) (float64, error) { return compute(ctx, segment) }, segment)
	})
	typed := testing.AllocsPerRun(100, func() { _, _ = diskcache.Execute1(ctx, c, compute, segment) })
	if typed > plain {
		t.Errorf("Execute1 allocates %v times, Execute %v times", typed, plain)
	}
}

// TestPathOfArguments: Path is where the value for an argument list lies.
func TestPathOfArguments(t *testing.T) {
	ctx := context.Background()
	var untagged diskcache.DiskCacher[[]float64]
	if _, err := untagged.Path(); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("without a tag: %v", err)
	}
	c, _ := newCacher[[]float64](t, t.TempDir())
	compute := func(context.Context) ([]float64, error) { return []float64{1}, nil }
	for _, args := range [][]any{nil, {256}, {256, "hann"}} {
		path, err := c.Path(args...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there before the first call: %v", path, err)
		}
		if _, err := c.Execute(ctx, compute, args...); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil || filepath.Ext(path) != ".npy" {
			t.Errorf("%v: %s: %v", args, path, err)
		}
	}
	if _, err := c.Path(func() {}); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("an argument that cannot be hashed: %v", err)
	}
}
