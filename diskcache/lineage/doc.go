// Package lineage shows what stored values were made of: as a graph, as a picture, and as
// text.
//
// Cached calls, input files and settings that a computation uses are recorded with its
// value, see [diskcache.Use]. [Of] puts the records of a place together:
//
//	place, err := diskcache.PlaceOf(diskcache.Options{}, "LBTISX20240410_112233")
//	g, err := lineage.Of(ctx, place)
//
// and dataelab.Graph does so for an object tree. Edges lead from what was used to
// what used it.
//
//	err = g.WriteSVG(file)              // a picture, with no other program
//	err = g.ByMethod().WriteDOT(file)   // for Graphviz
//	n := g.Entry("root.slopes.Slopes.mean", "")
//	err = g.Report(os.Stdout, n)        // where a value comes from
//	stale := g.Downstream(g.File("/data/dark.fits"))
//
// A [Graph] is a directed graph of gonum, whose algorithms take it.
//
// # What it does not tell
//
// Only what went through a context is recorded: a file that was opened without
// diskcache.UseFile, a variable, or a call with another context is not seen. A value that was
// stored by a release that recorded nothing has no upstream.
//
// The graph is that of one moment. It keeps what records tell, about one kB for each
// entry, and no values.
//
// What a value used through an entry that is gone (evicted or cleared) is known from the
// value's own record, which lists what its upstream had used, but not in which
// order. Such edges are Inherited, and dashed in pictures.
package lineage
