// Package stream aggregates numbers that a program measures while it runs, such as the flux of each
// frame or the time that a step takes, and writes the aggregates to sinks: a terminal, a file, a
// database of time series.
//
//	var c stream.Coordinator
//	err := c.AddSink(sink.Printer(os.Stdout), stream.SinkOptions{})
//	flux, err := c.Stream("flux", stream.Options{
//		Window:       10 * time.Second,
//		Aggregations: []stream.Aggregation{stream.Mean, stream.Quantile(0.99)},
//	})
//	...
//	flux.Send(3.2, stream.Labels{"quadrant": "ne"})
//	...
//	err = c.Close(ctx)
//
// # Streams
//
// A [Stream] gathers values either in windows of time or in batches of a number of values. At the end of each
// it computes its aggregations of every series, the values with the same [Labels], and emits an [Element] for
// each result. Package stream has sums, moments, extremes, quantiles, rates and histograms; [Func] makes an
// aggregation of any function, and an [Accumulator] of one's own can do with less memory.
//
// [Stream.Send] takes a value and its labels. A [Series], which [Stream.With] returns, has its labels already,
// and SendAll takes a slice: both are faster. Any number of goroutines may send.
//
// Windows follow each other, or overlap (Options.Every). They go by the clock from when the stream is made, or
// from multiples of their length (Options.Align); or by the time that each value brings with it
// (Options.EventTime). Then some may be late: Options.Lateness says how long a window waits for them, and Options.Late what
// happens to those that come even later.
//
// # Sinks
//
// A [Coordinator] hands elements to sinks. Each sink has a buffer and a goroutine of its own, so that one that is
// slow or fails does not hold up another. [SinkOptions] say what happens when the buffer is full, how
// often it tries again after an error, and how often a series may be written at most. A goroutine that
// sends waits for a sink only where SinkOptions.Full is [Block].
//
// [Coordinator.Close] ends windows and batches that are not complete, waits until all is written, and says
// what was lost. [Coordinator.Stats] counts every value and element: what a sink did not get is in
// one of its counts.
//
// Package sink has sinks for files, logs and servers. [Each] makes one of a function.
package stream
