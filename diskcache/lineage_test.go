package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// threeMethods are three methods, each of which uses the one before, and the first a file.
type threeMethods struct {
	file                  string
	raw, clean, sum       diskcache.DiskCacher[[]float64]
	rawN, cleanN, summedN int
}

func newThree(t *testing.T, dir, file string) *threeMethods {
	t.Helper()
	c := &threeMethods{file: file}
	err := diskcache.UpdateAll([]diskcache.Cacher{&c.raw, &c.clean, &c.sum}, diskcache.WithTmpdir(dir))
	if err == nil {
		err = diskcache.BindAll("night", []diskcache.Binding{{Cacher: &c.raw, Name: "raw"}, {Cacher: &c.clean, Name: "clean"}, {Cacher: &c.sum, Name: "sum"}}, diskcache.Observer{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Raw has one number for each byte of the file.
func (c *threeMethods) Raw(ctx context.Context) ([]float64, error) {
	return c.raw.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		c.rawN++
		content, err := diskcache.ReadFile(ctx, c.file)
		if err != nil {
			return nil, err
		}
		v := make([]float64, len(content))
		for i, b := range content {
			v[i] = float64(b)
		}
		return v, nil
	})
}

// Clean has the numbers that are not odd.
func (c *threeMethods) Clean(ctx context.Context) ([]float64, error) {
	return c.clean.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		c.cleanN++
		raw, err := c.Raw(ctx)
		if err != nil {
			return nil, err
		}
		var v []float64
		for _, x := range raw {
			if int(x)%2 == 0 {
				v = append(v, x)
			}
		}
		return v, nil
	})
}

func (c *threeMethods) Sum(ctx context.Context) ([]float64, error) {
	return c.sum.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		c.summedN++
		clean, err := c.Clean(ctx)
		if err != nil {
			return nil, err
		}
		total := 0.0
		for _, x := range clean {
			total += x
		}
		return []float64{total}, nil
	})
}

func (c *threeMethods) counts() [3]int { return [3]int{c.rawN, c.cleanN, c.summedN} }

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestChangedFile(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "raw")
	writeFile(t, file, "abcd")
	ask := func(c *threeMethods, want float64, counts [3]int) {
		t.Helper()
		got, err := c.Sum(t.Context())
		if err != nil || got[0] != want || c.counts() != counts {
			t.Fatalf("sum %v, error %v after %v computations; want %v after %v", got, err, c.counts(), want, counts)
		}
	}
	c := newThree(t, dir, file)
	ask(c, 'b'+'d', [3]int{1, 1, 1})
	ask(c, 'b'+'d', [3]int{1, 1, 1})
	ask(newThree(t, dir, file), 'b'+'d', [3]int{})

	writeFile(t, file, "abbd") // other content, same length
	ask(newThree(t, dir, file), 'b'+'b'+'d', [3]int{1, 1, 1})
	diskcache.Recheck()
	ask(c, 'b'+'b'+'d', [3]int{1, 1, 1}) // what the other one stored

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	ask(newThree(t, dir, file), 'b'+'b'+'d', [3]int{})
	diskcache.Recheck()
	ask(c, 'b'+'b'+'d', [3]int{1, 1, 1})

	writeFile(t, file, "ebbd") // clean comes out the same
	fresh := newThree(t, dir, file)
	if _, err := fresh.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(fresh, 'b'+'b'+'d', [3]int{1, 1, 0})
}
