package sink_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }

var noon = time.Date(2024, 4, 10, 12, 0, 0, 0, time.UTC)

// element returns one of a window of 10 s.
func element(name string, value float64, labels stream.Labels) stream.Element {
	return stream.Element{Name: name, Value: value, Start: noon, Time: noon.Add(10 * time.Second), Labels: labels}
}

// written writes all elements, and fails the test if the sink does not take them all.
func written(t *testing.T, s stream.Sink, elements ...stream.Element) {
	t.Helper()
	if n, err := s.Write(t.Context(), elements); n != len(elements) || err != nil {
		t.Fatalf("took %d of %d: %v", n, len(elements), err)
	}
}

func closed(t *testing.T, s stream.Sink) {
	t.Helper()
	if c, ok := s.(stream.Closer); ok {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
