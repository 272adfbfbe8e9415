//go:build race

package npz_test

// raceEnabled: under the race detector a sync.Pool forgets some of what it is
// given, on purpose.
const raceEnabled = true
