// Package source sends what a cache does to a stream: how long its steps take, and its counts.
package source
