package regular_test

import (
	"os"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain runs the tests in a temporary folder that nothing is left of.
func TestMain(m *testing.M) { os.Exit(testrun.New(m).Run()) }
