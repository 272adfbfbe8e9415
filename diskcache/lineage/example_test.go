package lineage_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/graph/topo"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// night is an analysis whose results are stored: slopes of two channels, which were made of a
// file, and their sum.
func night() (place *diskcache.Place, file string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	file = filepath.Join(dir, "frames.txt")
	if err := os.WriteFile(file, []byte("0123456789"), 0o600); err != nil {
		log.Fatal(err)
	}
	o := diskcache.Options{Tmpdir: dir}
	slopes, sum := new(diskcache.DiskCacher[[]float64]), new(diskcache.DiskCacher[float64])
	for name, c := range map[string]diskcache.Cacher{"root.Slopes.slopes": slopes, "root.Report.sum": sum} {
		if err := diskcache.UpdateAll([]diskcache.Cacher{c}, diskcache.WithOptions(o)); err != nil {
			log.Fatal(err)
		}
		if err := c.SetTag("20240410_112233", name); err != nil {
			log.Fatal(err)
		}
	}
	_, err = sum.Execute(context.Background(), func(ctx context.Context) (total float64, err error) {
		for channel := range 2 {
			s, err := slopes.Execute(ctx, func(ctx context.Context) ([]float64, error) {
				content, err := diskcache.ReadFile(ctx, file)
				return make([]float64, len(content)), err
			}, channel)
			if err != nil {
				return 0, err
			}
			total += float64(len(s))
		}
		return total, nil
	})
	if err != nil {
		log.Fatal(err)
	}
	place, err = diskcache.PlaceOf(o, "20240410_112233")
	if err != nil {
		log.Fatal(err)
	}
	return place, file, func() { _ = os.RemoveAll(dir) }
}

// key returns that of arguments.
func key(args ...any) string {
	k, err := diskcache.KeyOf(args...)
	if err != nil {
		log.Fatal(err)
	}
	return k.String()
}

func Example() {
	place, file, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range g.Sorted() {
		fmt.Printf("%-8v %s: %v\n", n.Kind, strings.TrimPrefix(n.String(), filepath.Dir(file)+string(filepath.Separator)), n.State)
	}
	// Output:
	// file     frames.txt: valid
	// entry    root.Slopes.slopes(0): valid
	// entry    root.Slopes.slopes(1): valid
	// entry    root.Report.sum(): valid
}

// After a file has changed, what was made of it is stale.
func ExampleGraph_Downstream() {
	place, file, remove := night()
	defer remove()

	if err := os.WriteFile(file, []byte("01234"), 0o600); err != nil {
		log.Fatal(err)
	}
	diskcache.Recheck()
	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(g.File(file).Why)
	for _, n := range g.Downstream(g.File(file)) {
		fmt.Printf("%v: %v, %v\n", n, n.State, n.Reason)
	}
	// Output:
	// it has 5 bytes, and had 10 bytes when it was used
	// root.Slopes.slopes(0): stale, input changed
	// root.Slopes.slopes(1): stale, input changed
	// root.Report.sum(): stale, upstream changed
}

// The part of a graph that belongs to one value, in the order in which it was made.
func ExampleGraph_With() {
	place, file, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range g.With(g.Entry("root.Slopes.slopes", key(1))).Sorted() {
		fmt.Println(strings.TrimPrefix(n.String(), filepath.Dir(file)+string(filepath.Separator)))
	}
	// Output:
	// frames.txt
	// root.Slopes.slopes(1)
	// root.Report.sum()
}

func ExampleGraph_OfMethods() {
	place, _, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range g.OfMethods("root.Report.sum", "root.Report.plot").ByMethod().All() {
		if n.Kind == lineage.Method {
			fmt.Println(n, n.Count.Entries, n.State)
		}
	}
	// Output:
	// root.Report.plot 0 not computed
	// root.Report.sum 1 valid
	// root.Slopes.slopes 2 valid
}

// Algorithms of gonum take the graph.
func ExampleGraph_Upstream() {
	place, _, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	sum := g.Entry("root.Report.sum", "")
	sorted, err := topo.Sort(g)
	fmt.Println(len(g.Upstream(sum)), sorted[len(sorted)-1] == sum, err)
	// Output:
	// 3 true <nil>
}

func ExampleGraph_ByMethod() {
	place, _, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	slopes := g.ByMethod().Method("root.Slopes.slopes")
	fmt.Println(slopes.Count.Entries, "entries,", slopes.Count.Valid, "valid,", slopes.Count.Bytes, "bytes")
	// Output:
	// 2 entries, 2 valid, 416 bytes
}

func ExampleGraph_Entry() {
	place, _, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	n := g.Entry("root.Slopes.slopes", key(1))
	fmt.Println(n, n.Info.Shape, n.Info.Format, len(g.Upstream(n)), len(g.Downstream(n)))
	// Output:
	// root.Slopes.slopes(1) [10] npy 1 1
}

func ExampleGraph_Report() {
	place, file, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	var report bytes.Buffer
	if err := g.Report(&report, g.Entry("root.Report.sum", "")); err != nil {
		log.Fatal(err)
	}
	_, tree, _ := strings.Cut(report.String(), "\n\n")
	for line := range strings.Lines(tree) {
		line, _, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "; ") // without sizes, times and digests
		fmt.Println(strings.Replace(line, filepath.Dir(file)+string(filepath.Separator), "", 1))
	}
	// Output:
	// made of:
	//   root.Slopes.slopes(0): valid
	//     file frames.txt: as it was
	//   root.Slopes.slopes(1): valid
	//     file frames.txt: see above
	//
	// used by:
	//   nothing that is stored
}

func ExampleGraph_WriteDOT() {
	place, _, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	if err := g.WriteDOT(&out); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "->") {
			fmt.Println(strings.TrimSpace(line))
		}
	}
	// Output:
	// n0 -> n2
	// n0 -> n3
	// n2 -> n1
	// n3 -> n1
}

func ExampleGraph_WriteSVG() {
	place, file, remove := night()
	defer remove()

	g, err := lineage.Of(context.Background(), place)
	if err != nil {
		log.Fatal(err)
	}
	picture, err := os.Create(filepath.Join(filepath.Dir(file), "night.svg"))
	if err != nil {
		log.Fatal(err)
	}
	defer picture.Close()
	fmt.Println(g.WriteSVG(picture))
	// Output:
	// <nil>
}
