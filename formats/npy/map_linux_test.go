package npy_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// TestMapOfFileCutShort shows what the documentation says of files that are cut
// while they are mapped.
func TestMapOfFileCutShort(t *testing.T) {
	path := saved(t, make([]int64, 1<<16))
	m, err := npy.Map[int64](path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := fmt.Sprint(recover()); !strings.Contains(fault, "fault") && !strings.Contains(fault, "invalid memory address") {
			t.Errorf("panic %q, want a fault", fault)
		}
	}()
	last := m.Array().Data[1<<16-1]
	t.Errorf("read %d behind the end", last)
}
