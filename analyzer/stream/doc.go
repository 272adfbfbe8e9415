// Package stream aggregates numbers that a program measures while it runs, such as the flux of each
// frame or the time that a step takes, and sends the aggregates to sinks.
package stream
