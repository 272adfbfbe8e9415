package diskcache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// What the graph says of each entry is what the next call does, whatever happens.
func TestHostbGraphTellsTheTruth(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			l := newLab(t, labComputes{
				"root.A.a": read("a"), "root.A.b": read("b"),
				"root.A.c": sum("root.A.a"), "root.A.d": scaled(10, "root.A.b", "root.A.c"),
				"root.A.e": sum("root.A.d", "root.A.a"), "root.A.f": sum("root.A.e"),
			})
			names := []string{"root.A.a", "root.A.b", "root.A.c", "root.A.d", "root.A.e", "root.A.f"}
			l.put("a", 5)
			l.put("b", 7)
			var log []string
			var fields map[string]*diskcache.FieldOptions
			for range 12 {
				_, _ = l.get(context.Background(), names[5])
				for range 1 + rnd.IntN(3) {
					n := names[rnd.IntN(6)]
					switch what := rnd.IntN(9); what {
					case 0:
						l.put("a", rnd.IntN(3)+4)
						log = append(log, "put a")
					case 1:
						l.put("b", rnd.IntN(3)+6)
						log = append(log, "put b")
					case 2:
						_ = os.Remove(l.path("b"))
						log = append(log, "remove b")
					case 3:
						_ = l.methods[n].cacher.ClearCache()
						log = append(log, "clear "+n)
					case 4:
						_ = os.Remove(l.value(n))
						log = append(log, "remove value "+n)
					case 5:
						_, _ = l.place().Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{n}, Downstream: rnd.IntN(2) == 0})
						log = append(log, "invalidate "+n)
					case 6:
						_, _ = l.get(context.Background(), n)
						log = append(log, "get "+n)
					case 7:
						l = l.again()
						fields = map[string]*diskcache.FieldOptions{n: {Version: fmt.Sprint(rnd.IntN(2))}}
						l.bind(fields)
						log = append(log, "version of "+n+" "+fields[n].Version)
					case 8:
						now := time.Now().Add(-time.Duration(rnd.IntN(100)) * time.Hour)
						_ = os.Chtimes(l.path("a"), now, now)
						log = append(log, "touch a")
					}
				}
				diskcache.Recheck()
				l = l.again()
				l.bind(fields)
				g, err := lineage.Of(t.Context(), l.place())
				if err != nil {
					t.Fatal(err)
				}
				says := map[string]lineage.State{}
				why := map[string]string{}
				for _, n := range g.All() {
					if n.Kind == lineage.Entry {
						says[n.Name], why[n.Name] = n.State, n.Why
					}
				}
				for _, n := range names {
					_, ok, err := l.methods[n].cacher.Peek(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if ok != (says[n] == lineage.Valid) {
						t.Errorf("after %v: %s is said to be %v (%s), and it is found: %v", log, n, says[n], why[n], ok)
					}
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}
