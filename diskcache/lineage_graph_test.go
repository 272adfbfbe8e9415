package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// drawnLab is a lab to which things happen at random.
type drawnLab struct {
	*lab
	rnd    *rand.Rand
	fields map[string]*diskcache.FieldOptions
	log    []string
}

var drawnNames = []string{"root.A.a", "root.A.b", "root.A.c", "root.A.d", "root.A.e", "root.A.f"}

func newDrawnLab(t *testing.T, seed uint64) *drawnLab {
	l := newLab(t, labComputes{
		"root.A.a": read("a"), "root.A.b": read("b"),
		"root.A.c": sum("root.A.a"), "root.A.d": scaled(10, "root.A.b", "root.A.c"),
		"root.A.e": sum("root.A.d", "root.A.a"), "root.A.f": sum("root.A.e"),
	})
	l.put("a", 5)
	l.put("b", 7)
	return &drawnLab{lab: l, rnd: rand.New(rand.NewPCG(seed, 1))}
}

// ask asks a method for its number, whatever that is now.
func (d *drawnLab) ask(name string) error {
	_, err := d.get(context.Background(), name)
	return err
}

// restart is what a new process does.
func (d *drawnLab) restart() {
	d.lab = d.again()
	d.bind(d.fields)
}

// happens lets one thing happen.
func (d *drawnLab) happens() {
	d.t.Helper()
	name := drawnNames[d.rnd.IntN(len(drawnNames))]
	happenings := []func() (what string, err error){
		func() (string, error) { d.put("a", d.rnd.IntN(3)+4); return "put a", nil },
		func() (string, error) { d.put("b", d.rnd.IntN(3)+6); return "put b", nil },
		func() (string, error) { return "remove b", os.Remove(d.path("b")) },
		func() (string, error) { return "clear " + name, d.methods[name].cacher.ClearCache() },
		func() (string, error) { return "remove the value of " + name, os.Remove(d.value(name)) },
		func() (string, error) {
			o := diskcache.Invalidation{Methods: []string{name}, Downstream: d.rnd.IntN(2) == 0}
			_, err := d.place().Invalidate(context.Background(), o)
			return "invalidate " + name, err
		},
		func() (string, error) { return "ask " + name, d.ask(name) },
		func() (string, error) {
			version := fmt.Sprint(d.rnd.IntN(2))
			d.fields = map[string]*diskcache.FieldOptions{name: {Version: version}}
			d.restart()
			return "version " + version + " of " + name, nil
		},
		func() (string, error) {
			at := time.Now().Add(-time.Duration(d.rnd.IntN(100)) * time.Hour)
			return "touch a", os.Chtimes(d.path("a"), at, at)
		},
	}
	what, err := happenings[d.rnd.IntN(len(happenings))]()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.t.Fatal(what, err)
	}
	d.log = append(d.log, what)
}

// compare compares what the graph says of each entry with what a Peek finds.
func (d *drawnLab) compare() {
	d.t.Helper()
	g, err := lineage.Of(context.Background(), d.place())
	if err != nil {
		d.t.Fatal(err)
	}
	entries := map[string]*lineage.Node{}
	for _, n := range g.All() {
		if n.Kind == lineage.Entry {
			entries[n.Name] = n
		}
	}
	for _, name := range drawnNames {
		_, found, err := d.methods[name].cacher.Peek(context.Background())
		n := entries[name]
		if said := n != nil && n.State == lineage.Valid; err != nil || said != found {
			d.t.Fatalf("after %v the graph says of %s: %+v; it is found: %v, %v", d.log, name, n, found, err)
		}
	}
}

// What the graph says of each entry is what the next call does, whatever happens.
func TestGraphTellsWhatCallsFind(t *testing.T) {
	for seed := range uint64(exhaustive.N(8, 20)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := newDrawnLab(t, seed)
			for range 12 {
				if err := d.ask("root.A.f"); err != nil {
					t.Fatal(err)
				}
				for range 1 + d.rnd.IntN(3) {
					d.happens()
				}
				diskcache.Recheck()
				d.restart()
				d.compare()
			}
		})
	}
}
