//go:build race

package metric_test

// raceEnabled: the race detector has allocations of its own.
const raceEnabled = true
