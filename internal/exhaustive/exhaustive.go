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
