// Package sink has sinks for package stream: text, files of lines, a log, servers that keep time series, and results under a
// tag. Package parquetfiles, below it, has one for Parquet.
//
// A sink writes what it is given, at once. Buffers, pauses between two elements of a series, and further tries
// after an error are the matter of the [stream.Coordinator]: see [stream.SinkOptions].
package sink
