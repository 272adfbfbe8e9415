package diskcache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// wrongCachers are two methods, of which the second uses the first, and that a file.
func wrongCachers(dir string) (base, top *diskcache.DiskCacher[int], err error) {
	base, top = new(diskcache.DiskCacher[int]), new(diskcache.DiskCacher[int])
	for name, c := range map[string]*diskcache.DiskCacher[int]{"root.A.base": base, "root.A.top": top} {
		err = errors.Join(err, c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: func(diskcache.Event) {}}), c.SetTag(testTag, name))
	}
	return base, top, err
}

func wrongFile(dir string) string { return filepath.Join(dir, "raw") }

// invalidateUntilKilled stores and invalidates two values in turns.
func invalidateUntilKilled(dir string) error {
	base, top, err := wrongCachers(dir)
	fmt.Println("writing")
	for n := 0; err == nil; n++ {
		_, err = top.Execute(context.Background(), func(ctx context.Context) (int, error) {
			return base.Execute(ctx, func(context.Context) (int, error) { return n, nil })
		})
		if err == nil {
			_, err = diskcache.InvalidateAll(context.Background(), []diskcache.Cacher{base}, diskcache.Invalidation{Downstream: n%2 == 0})
		}
	}
	return err
}

// A process that is killed while it invalidates leaves entries that are whole, or gone; and the
// next one invalidates what it left.
func TestInvalidateKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: there a file that is open cannot be replaced")
	}
	least := exhaustive.N(3, 15)
	d := newDisk(t)
	o := diskcache.Options{Tmpdir: d.tmpdir}
	kills, left := 0, 0
	for ; (kills < least || left == 0) && !t.Failed(); kills++ {
		killWriter(t, child(t, "invalidate until killed", d.tmpdir))
		for name, e := range entriesAt(t, placeOf(t, o)) {
			if e.State != diskcache.EntrySound && e.State != diskcache.EntryNoValue && e.State != diskcache.EntryDamaged {
				t.Errorf("%s is %v: %v", name, e.State, e.Err)
			}
			left++
		}
		report, err := placeOf(t, o).Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"root.A.base", "root.A.top"}})
		if all := entriesAt(t, placeOf(t, o)); err != nil || len(all) > 0 {
			t.Fatalf("%v, %v: left is %v", report, err, all)
		}
		if v, ok := found[int](t, o, testTag, "root.A.base"); ok {
			t.Fatalf("found %v", v)
		}
	}
	t.Logf("%d kills left %d entries", kills, left)
}

// computeWhatIsWrong computes a value of a file, and waits in the middle. Then it asks for it
// again.
func computeWhatIsWrong(dir string) error {
	base, top, err := wrongCachers(dir)
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for range 2 {
		v, err := top.Execute(context.Background(), func(ctx context.Context) (int, error) {
			v, err := base.Execute(ctx, func(ctx context.Context) (int, error) {
				content, err := diskcache.ReadFile(ctx, wrongFile(dir))
				fmt.Println("base")
				_, _ = in.ReadString('\n')
				return len(content), err
			})
			fmt.Println("top")
			_, _ = in.ReadString('\n')
			return v, err
		})
		fmt.Println("value", v)
		if err != nil {
			return err
		}
		diskcache.Recheck() // as goes by itself after some seconds
	}
	return nil
}

// What another process computes while it is invalidated here is not found afterwards, neither
// by that process nor by others.
func TestInvalidateAcrossProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		o    diskcache.Invalidation
		when string // what the other process has begun to compute
		want string // what it does from then on
	}{
		"its method":                       {diskcache.Invalidation{Methods: []string{"root.A.base"}}, "base", "top value base top value"},
		"its file":                         {diskcache.Invalidation{Files: []string{"raw"}}, "base", "top value base top value"},
		"all":                              {diskcache.Invalidation{All: true}, "base", "top value base top value"},
		"what it is made for":              {diskcache.Invalidation{Methods: []string{"root.A.top"}}, "base", "top value top value"},
		"upstream":                         {diskcache.Invalidation{Methods: []string{"root.A.base"}}, "top", "value base top value"},
		"upstream, by the file":            {diskcache.Invalidation{Files: []string{"raw"}}, "top", "value base top value"},
		"downstream, by a dry run":         {diskcache.Invalidation{All: true, DryRun: true}, "top", "value value"},
		"another method":                   {diskcache.Invalidation{Methods: []string{"root.A.other"}}, "base", "top value value"},
		"upstream, with all that is there": {diskcache.Invalidation{Methods: []string{"root.A.base"}, Downstream: true}, "top", "value base top value"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			d.write(wrongFile(d.tmpdir), []byte("12345"))
			for i, path := range c.o.Files {
				c.o.Files[i] = filepath.Join(d.tmpdir, path)
			}
			cmd := child(t, "compute what is wrong", d.tmpdir)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stop := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
			defer stop.Stop()
			lines := bufio.NewScanner(out)
			var then []string
			invalidated := false
			for lines.Scan() {
				word := strings.TrimSuffix(lines.Text(), " 5")
				if invalidated {
					then = append(then, word)
				}
				if word == c.when && !invalidated {
					invalidated = true
					if _, err := placeOf(t, diskcache.Options{Tmpdir: d.tmpdir}).Invalidate(t.Context(), c.o); err != nil {
						t.Error(err)
					}
				}
				if word != "value" {
					if _, err := in.Write([]byte("\n")); err != nil {
						t.Error(err)
					}
				}
			}
			if err := cmd.Wait(); err != nil || strings.Join(then, " ") != c.want {
				t.Errorf("the other process: %v, %q, want %q", err, then, c.want)
			}
			if v, ok := found[int](t, diskcache.Options{Tmpdir: d.tmpdir}, testTag, "root.A.top"); !ok || v != 5 {
				t.Errorf("in the end there is %v, %v", v, ok)
			}
		})
	}
}
