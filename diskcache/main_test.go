package diskcache_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain lets the test binary be the other process that some tests need, and
// checks that no goroutine outlives the tests.
func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(runChild(job))
	}
	goleak.VerifyTestMain(testrun.New(m))
}
