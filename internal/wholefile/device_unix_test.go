//go:build unix

package wholefile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
	"github.com/dataelab/dataelab-go/internal/wholefile"
)

func TestDeviceIsNotReplaced(t *testing.T) {
	device := testrun.Device(t)
	if err := wholefile.Write(device, text("x")); err == nil || !strings.Contains(err.Error(), "it is a device") {
		t.Error(err)
	}
	if info, err := os.Stat(device); err != nil || info.Mode().IsRegular() {
		t.Errorf("it was replaced: %v, %v", info, err)
	}
}
