package metric_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain lets the test binary be the other process that TestCtrlC needs, and checks that
// no goroutine outlives the tests.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDirectory); dir != "" {
		os.Exit(runOverNight(dir, os.Getenv(childWaits) != ""))
	}
	goleak.VerifyTestMain(testrun.New(m))
}
