package metric_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/dataelab"
)

type Pair struct{ Degree, Order int }

func computeFlux(context.Context) ([]float64, error) {
	fmt.Println("computing the flux")
	return []float64{3, 1, 2}, nil
}

func computePoly(_ context.Context, p Pair) (float64, error) {
	return float64(10*p.Degree + p.Order), nil
}

func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "metrics")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

func Example() {
	dir, remove := temporary()
	defer remove()
	ctx := context.Background()

	m := metric.New(dir)
	flux := metric.Collect(m, "flux", computeFlux)
	poly := metric.Collect1(m, "poly_Y", computePoly, metric.Params(Pair{1, 2}, Pair{1, 3}, Pair{4, 5}))
	if err := m.Err(); err != nil { // names that are taken, and the like
		log.Fatal(err)
	}

	for range 2 {
		v, err := flux.Get(ctx)
		fmt.Println(v, err)
	}
	v, err := poly.Get(ctx, Pair{1, 2})
	fmt.Println(v, err)

	files, _ := filepath.Glob(filepath.Join(dir, "*.npz"))
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// computing the flux
	// [3 1 2] <nil>
	// [3 1 2] <nil>
	// 12 <nil>
	// flux.npz
	// poly_Y_1_2.npz
}

func ExampleManager_GetAll() {
	dir, remove := temporary()
	defer remove()
	m := metric.New(dir)
	metric.Collect1(m, "poly", computePoly, metric.Params(Pair{1, 2}, Pair{1, 3}))
	metric.Collect(m, "seeing", func(context.Context) (float64, error) { return 0, fmt.Errorf("no data") })

	report, err := m.GetAll(context.Background(), metric.Run{Quiet: true})
	fmt.Println(report.Computed, report.Loaded, len(report.Failed), report.Failed[0].Name)
	fmt.Println(err != nil)

	report, _ = m.GetAll(context.Background(), metric.Run{Quiet: true})
	fmt.Println(report.Computed, report.Loaded, len(report.Failed))
	// Output:
	// 2 0 1 seeing
	// true
	// 0 2 1
}

// Metrics in an object tree are kept under its tag.
func ExampleManager_underTag() {
	dir, remove := temporary()
	defer remove()
	type Night struct{ Metrics metric.Manager }

	night := &Night{}
	flux := metric.Collect(&night.Metrics, "flux", computeFlux)
	if err := dataelab.SetTmpdir(night, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(night, "LBTISX20240410_112233"); err != nil {
		log.Fatal(err)
	}
	if _, err := flux.Get(context.Background()); err != nil {
		log.Fatal(err)
	}
	path, err := flux.Path()
	name, _ := filepath.Rel(dir, path)
	fmt.Println(filepath.ToSlash(name), err)
	// Output:
	// computing the flux
	// cacheLBTISX20240410_112233/root.Metrics.Manager.metric.flux.npz <nil>
}

// A table has names and functions, and may be set later, so that the functions use the manager.
func ExampleManager_SetTable() {
	dir, remove := temporary()
	defer remove()
	m := metric.New(dir)
	err := m.SetTable(metric.Table{
		"mean": metric.Of(func(ctx context.Context) (float64, error) {
			n, err := m.Get(ctx, "count")
			if err != nil {
				return 0, err
			}
			return 12 / float64(n.(int64)), nil
		}),
		"count": metric.Of(func(context.Context) (int64, error) { return 4, nil }),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Get(context.Background(), "mean"))
	// Output: 3 <nil>
}

// What is stored of a metric that got another name goes along, with its date.
func ExampleManager_Rename() {
	dir, remove := temporary()
	defer remove()
	ctx := context.Background()
	params := metric.Params(Pair{1, 2}, Pair{1, 3})

	before := metric.New(dir)
	if _, err := metric.Collect1(before, "poly", computePoly, params).Get(ctx, Pair{1, 2}); err != nil {
		log.Fatal(err)
	}

	m := metric.New(dir)
	quad := metric.Collect1(m, "quad", computePoly, params)
	moves, err := quad.MovesFrom("poly")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.DryRun(ctx, moves...)) // those for which something is stored
	if _, err := m.Rename(ctx, moves...); err != nil {
		log.Fatal(err)
	}
	for info, err := range m.All(ctx) {
		fmt.Println(info.Metric, info.Stored, err)
	}
	// Output:
	// [poly_1_2 to quad_1_2] <nil>
	// quad(1, 2) true <nil>
	// quad(1, 3) false <nil>
}
