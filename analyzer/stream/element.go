package stream

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Element is one value of a series, as sinks get it.
type Element struct {
	Name   string // of the stream and the aggregation, such as "flux.mean"
	Value  float64
	Start  time.Time // where the window begins, or the time of a batch's first value
	Time   time.Time // where the window ends, or the time of a batch's last value
	Labels Labels

	// Correction says that the element replaces one with the same name, labels and times,
	// because a value came late: see [LateCorrect].
	Correction bool

	key Key // of Labels, if the stream knows it
}

// Key returns the key of the labels.
func (e Element) Key() Key {
	if e.key == "" {
		return e.Labels.Key()
	}
	return e.key
}

// String returns text such as `flux.mean{quadrant="ne"} 3.25 2026-12-01T10:00:00Z`.
func (e Element) String() string {
	var b strings.Builder
	b.WriteString(e.Name)
	if len(e.Labels) > 0 {
		separator := byte('{')
		for _, name := range slices.Sorted(maps.Keys(e.Labels)) {
			b.WriteByte(separator)
			fmt.Fprintf(&b, "%s=%q", name, e.Labels[name])
			separator = ','
		}
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(strconv.FormatFloat(e.Value, 'g', -1, 64))
	if !e.Time.IsZero() {
		b.WriteByte(' ')
		b.WriteString(e.Time.Format(time.RFC3339Nano))
	}
	if e.Correction {
		b.WriteString(" (correction)")
	}
	return b.String()
}
