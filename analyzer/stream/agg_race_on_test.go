//go:build race

package stream_test

// aggRace: with the race detector, append(a, make([]T, n)...) allocates the slice that is appended.
const aggRace = true
