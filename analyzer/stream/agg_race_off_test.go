//go:build !race

package stream_test

const aggRace = false
