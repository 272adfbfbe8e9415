package diskcache_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache"
)

// network is an analysis of random shape: method i uses some of the methods before it, and
// a file of its own. Its value is a number, coarsened so that changes often get lost on
// the way.
type network struct {
	files    []string
	uses     [][]int
	coarse   []int
	methods  []*diskcache.DiskCacher[int]
	computed []int    // how often, by method
	stored   []string // what it was last computed of, by method
}

func (n *network) value(ctx context.Context, i int) (int, error) {
	return n.methods[i].Execute(ctx, func(ctx context.Context) (int, error) {
		n.computed[i]++
		content, err := diskcache.ReadFile(ctx, n.files[i])
		if err != nil {
			return 0, err
		}
		sum, of := int(content[0]), string(content)
		for _, j := range n.uses[i] {
			v, err := n.value(ctx, j)
			if err != nil {
				return 0, err
			}
			sum += (j + 1) * v
			of += fmt.Sprint(" ", v)
		}
		n.stored[i] = of
		return sum / n.coarse[i], nil
	})
}

// isStored reports whether the stored value of method i is of what there is now.
func (n *network) isStored(contents []byte, i int) bool {
	of := string(contents[i : i+1])
	for _, j := range n.uses[i] {
		of += fmt.Sprint(" ", n.model(contents, j))
	}
	return n.stored[i] == of
}

// model is the same without a cache.
func (n *network) model(contents []byte, i int) int {
	sum := int(contents[i])
	for _, j := range n.uses[i] {
		sum += (j + 1) * n.model(contents, j)
	}
	return sum / n.coarse[i]
}

// bind gives the methods a tag: those of a new process, as far as the cache knows.
func (n *network) bind(dir string) error {
	n.methods = nil
	var bindings []diskcache.Binding
	var cachers []diskcache.Cacher
	for i := range n.files {
		c := new(diskcache.DiskCacher[int])
		n.methods = append(n.methods, c)
		cachers = append(cachers, c)
		bindings = append(bindings, diskcache.Binding{Cacher: c, Name: fmt.Sprint("method", i)})
	}
	if err := diskcache.UpdateAll(cachers, fastIn(dir)); err != nil {
		return err
	}
	return diskcache.BindAll("night", bindings, diskcache.Observer{})
}

// TestLineageAgainstModel changes files of random networks and compares each value with
// that of a model, which computes everything. What is asked for in the order of the
// methods is computed only if its file or what it uses has changed.
func TestLineageAgainstModel(t *testing.T) {
	all, run := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		dir := filepath.Join(all, strconv.Itoa(run))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		n := &network{}
		count := rapid.IntRange(1, 8).Draw(t, "methods")
		contents := make([]byte, count)
		n.stored = make([]string, count)
		for i := range count {
			n.files = append(n.files, filepath.Join(dir, fmt.Sprint("file", i)))
			n.coarse = append(n.coarse, rapid.SampledFrom([]int{1, 1, 7, 1000}).Draw(t, "coarse"))
			var uses []int
			for j := range i {
				if rapid.IntRange(0, 2).Draw(t, "use") == 0 {
					uses = append(uses, j)
				}
			}
			n.uses = append(n.uses, uses)
			contents[i] = byte(rapid.IntRange('a', 'e').Draw(t, "content"))
			if err := os.WriteFile(n.files[i], contents[i:i+1], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.bind(dir); err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				i := rapid.IntRange(0, count-1).Draw(t, "file")
				contents[i] = byte(rapid.IntRange('a', 'e').Draw(t, "content"))
				if err := os.WriteFile(n.files[i], contents[i:i+1], 0o600); err != nil {
					t.Fatal(err)
				}
				diskcache.Recheck()
			},
			"new process": func(t *rapid.T) {
				if err := n.bind(dir); err != nil {
					t.Fatal(err)
				}
			},
			"ask one": func(t *rapid.T) {
				i := rapid.IntRange(0, count-1).Draw(t, "method")
				n.computed = make([]int, count)
				if got, err := n.value(context.Background(), i); err != nil || got != n.model(contents, i) {
					t.Fatalf("method %d is %d, error %v, want %d", i, got, err, n.model(contents, i))
				}
				if most := slices.Max(n.computed); most > 1 {
					t.Fatalf("computed %v times", n.computed)
				}
			},
			"ask all in order": func(t *rapid.T) { n.askAll(t, contents) },
		})
	})
}

// askAll asks for all methods, each after those that it uses. Computed is what was made of
// something else, and nothing besides.
func (n *network) askAll(t *rapid.T, contents []byte) {
	n.computed = make([]int, len(n.files))
	for i := range n.files {
		want := 1
		if n.isStored(contents, i) {
			want = 0
		}
		if got, err := n.value(context.Background(), i); err != nil || got != n.model(contents, i) {
			t.Fatalf("method %d is %d, error %v, want %d", i, got, err, n.model(contents, i))
		}
		if n.computed[i] != want {
			t.Fatalf("method %d was computed %d times, want %d", i, n.computed[i], want)
		}
	}
}
