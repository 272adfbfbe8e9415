// Package sink has sinks for package stream: text, files of lines, a log, and servers that keep time series.
//
// A sink writes what it is given, at once. Buffers, pauses between two elements of a series, and further tries
// after an error are the matter of the [stream.Coordinator]: see [stream.SinkOptions].
package sink
