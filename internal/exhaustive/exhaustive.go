package exhaustive

import "os"

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
