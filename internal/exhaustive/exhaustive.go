package exhaustive

import (
	"flag"
	"os"
	"runtime/debug"
)

// Run reports whether the tests are to try everything.
func Run() bool { return os.Getenv("DATAELAB_TEST_FULL") == "1" }

// N returns few, or all where the tests are to try everything.
func N(few, all int) int {
	if Run() {
		return all
	}
	return few
}

// Bits returns which bits to flip of the byte at an offset: all, or one that is another one in
// the next byte.
func Bits(offset int) []int {
	if Run() {
		return []int{0, 1, 2, 3, 4, 5, 6, 7}
	}
	return []int{offset % 8}
}

// Sparingly makes a test binary that does not try everything take less time: package rapid tries each
// property 25 times instead of 100, and the garbage collector, which took a third of
// the time, lets the heap grow. The flag -rapid.checks and the variable GOGC say otherwise. It
// is called before flags are parsed.
func Sparingly() {
	if Run() {
		return
	}
	if checks := flag.Lookup("rapid.checks"); checks != nil {
		checks.Value.Set("25") //nolint:errcheck,gosec // it is a number
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
