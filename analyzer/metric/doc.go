// Package metric keeps named results of an analysis: each computed once, dated, and found by name.
//
// A metric is a function and a name. A [Manager] keeps the values of its metrics in memory and in
// files that are named after them:
//
//	m := metric.New("metrics") // a directory
//
//	flux := metric.Collect(m, "flux", computeFlux) // func(context.Context) ([]float64, error)
//	poly := metric.Collect1(m, "poly_Y", computePoly, metric.Params(Pair{1, 2}, Pair{1, 3}, Pair{4, 5}))
//
//	v, err := poly.Get(ctx, Pair{1, 2}) // from memory, else from metrics/poly_Y_1_2.npz, else computed
//	when, err := poly.Date(ctx, Pair{1, 2})
//
//	report, err := m.GetAll(ctx) // over night; interrupted by Ctrl-C, the same call goes on
//	fmt.Println(report)          // 212 computed in 3 h 12 min, 40 loaded, 2 failed: poly_Y(4, 5): no data
//
// The values are the results of package diskcache, and all that holds for these holds for them:
// limits, checks, one computation for all who ask at once, in any process. [Manager.Place]
// returns the place, to list, verify, export and invalidate them. [Options] has the options of a
// manager.
//
// # Under a tag
//
// A manager that is a field in an object tree keeps its values where dataelab.SetTag says, under
// the names <path>.Manager.metric.<name>. Its zero value is ready:
//
//	type Night struct {
//		Metrics metric.Manager
//	}
//
//	strehl := metric.Collect(&night.Metrics, "strehl", night.computeStrehl)
//	err := dataelab.SetTag(night, "LBTISX20240410_112233") // or before Collect
//
// Until there is a tag, metrics are only computed. Options of the tree, such as directory and
// limits, are those of dataelab.SetOptions; the others of [Manager.SetOptions].
//
// # Metrics made of others
//
// A function gets a context. Metrics that it asks for with that context are noted, and so are
// input files (diskcache.ReadFile) and settings. Once one of them has come out different, the
// value is computed again when it is next asked for.
//
// # Names
//
// The name of a metric is its base name and its parameters, joined by underscores, with a p
// for the dot of a number: poly_Y_1_2, poly_0p5_x, f_-1p5, f_None, f_1e-07, poly_1p0_True. The fields
// of a struct are parameters in their order. Each name belongs to one metric only. So a metric
// whose name could be meant for another one as well gets a name that ends in a dash and twelve
// hexadecimal digits, a hash of base name and parameters:
//
//   - parameters that begin with a text: f("a") is f_a-…, as f_a is a metric without parameters;
//   - texts that are empty, read as a value ("1", "0p5", "True"), or have something other than
//     a to z, 0 to 9 and dashes;
//   - parameters that are no number, text, bool or nil, a float32 among them;
//   - base names with a part that reads as a value behind an underscore: a metric named poly_1 is
//     poly_1-…, as poly_1 is poly(1); and base names with a dot;
//   - names that end in _date, as the files with dates do, and names of more than 120 bytes.
//
// This depends on nothing but the metric itself, so it is the same in all programs. Two metrics
// whose names differ only in case are an error, as some file systems ignore it. A function
// Options.Name gives other names; [PlainName] those of simple_metrics_manager whatever they are.
//
// # Files from Python
//
// The files are those of simple_metrics_manager: .npz, .npy or .json, whatever Options.Format says.
// What that wrote is read, with the date from the file <name>_date beside. Options.DateFiles
// writes such files, too. docs/from-simple-metrics-manager.md compares the two.
package metric
