package diskcache_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// A cache goes on after whatever happened to its marks.
func TestInvalidateDamagedMarks(t *testing.T) {
	for name, spoil := range map[string]func(d disk, path string){
		"cut short":     func(d disk, path string) { d.write(path, d.read(path)[:20]) },
		"empty":         func(d disk, path string) { d.write(path, nil) },
		"a flipped bit": func(d disk, path string) { flip(d, path, 30, 0) },
		"a later layout": func(d disk, path string) {
			d.write(path, resealed(strings.Replace(string(d.read(path)), `"layout": 1`, `"layout": 2`, 1)))
		},
		"other JSON": func(d disk, path string) {
			d.write(path, resealed("{\"layout\": 1, \"marks\": 7,\n \"check\": \"\"\n}\n"))
		},
		"huge": func(d disk, path string) { d.write(path, make([]byte, 5<<20)) },
		"a directory": func(d disk, path string) {
			d.remove(path)
			if err := os.Mkdir(path, 0o700); err != nil {
				d.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			path := filepath.Join(d.tag, ".dataelab", "invalidated")
			c, log := newCacher[int](t, d.tmpdir)
			mustExecute(t, c, func(context.Context) (int, error) { return 1, nil })
			if _, err := c.Invalidate(t.Context()); err != nil {
				t.Fatal(err)
			}
			spoil(d, path)
			if v := mustExecute(t, c, func(context.Context) (int, error) { return 2, nil }); v != 2 {
				t.Errorf("got %d", v)
			}
			_, failed := log.find(diskcache.SaveFailed)
			_, err := c.Invalidate(t.Context())
			if readable := name != "a directory"; failed == readable || (err == nil) != readable {
				t.Errorf("saving failed: %v; invalidating again: %v", failed, err)
			}
			if name == "a directory" {
				return
			}
			mustExecute(t, c, func(context.Context) (int, error) { return 3, nil })
			if v, ok := found[int](t, diskcache.Options{Tmpdir: d.tmpdir}, testTag, "root.A.method"); v != 3 || !ok {
				t.Errorf("then stored is %v, %v", v, ok)
			}
			if sealed := d.read(path); !json.Valid(sealed) || !strings.Contains(string(sealed), `"all"`) {
				t.Errorf("what was damaged is not remembered as a mark of everything:\n%s", sealed)
			}
		})
	}
}

// The list of marks stays small.
func TestInvalidateManyMarks(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Store: storage.Dir(d.tmpdir, storage.DirOptions{Durability: storage.Fast})}
	storeIn(t, o, testTag, "root.A.method", 1)
	p := placeOf(t, o)
	var methods []string
	for i := range 1500 {
		methods = append(methods, fmt.Sprintf("root.A.m%d", i))
	}
	for _, some := range [][]string{methods[:900], methods[900:950], methods[950:1400]} {
		if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{Methods: some}); err != nil {
			t.Fatal(err)
		}
	}
	text := string(d.read(filepath.Join(d.tag, ".dataelab", "invalidated")))
	if n := strings.Count(text, `"token"`); n > 1000 || !strings.Contains(text, `"what":"all"`) || !strings.Contains(text, `"root.A.m1399"`) {
		t.Errorf("%d marks of %d bytes", n, len(text))
	}
}
