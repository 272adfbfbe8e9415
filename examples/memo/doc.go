// Memo finds the best gain of an adaptive-optics loop, for several delays, by
// simulating each pair of them. The simulation is a plain function; diskcache.Wrap
// keeps its results.
//
//	go run ./examples/memo                       simulates for some seconds
//	go run ./examples/memo                       simulates nothing
//	go run ./examples/memo -gains 40             simulates what is new
//	DATAELAB_NO_CACHE=1 go run ./examples/memo   simulates everything, stores nothing
//
// Ctrl-C stops it; the next run goes on from there. With -dir results go to a
// directory of your own, one file for each simulation; by default they are in your
// cache directory, which the last line names. -refresh simulates anew.
//
// # The code to copy
//
// A function of one argument, a struct, with what does not matter to its result
// tagged:
//
//	func Simulate(ctx context.Context, l Loop) (Residual, error)
//
// A cache and the wrapped function, as variables of the package:
//
//	var cache diskcache.Cache
//
//	var simulate = diskcache.Wrap(&cache, "simulate", Simulate)
//
// And calls: simulate.Call(ctx, l) for one, simulate.Batch(ctx, loops, options) for
// many, on all processors. loop.go is the simulation, main.go the rest but for the
// progress, which progress.go shows as a bar on a terminal and in a few lines
// elsewhere.
package main
