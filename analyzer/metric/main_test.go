package metric_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }
