package sink

import (
	"context"
	"io"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// Printer returns a sink that prints a line for each element: its name, labels, value and time.
func Printer(w io.Writer) stream.Sink {
	return &lines{w: w, line: func(b []byte, e stream.Element) ([]byte, error) { return append(b, e.String()...), nil }}
}

// Log returns a sink that logs each element at a level.
func Log(l zerolog.Logger, level zerolog.Level) stream.Sink { return &logged{l, level} }

type logged struct {
	log   zerolog.Logger
	level zerolog.Level
}

func (s *logged) Write(_ context.Context, elements []stream.Element) (int, error) {
	for _, e := range elements {
		entry := s.log.WithLevel(s.level).Str("name", e.Name).Float64("value", e.Value)
		if len(e.Labels) > 0 {
			entry = entry.Interface("labels", e.Labels)
		}
		if !e.Start.IsZero() {
			entry = entry.Time("start", e.Start).Time("end", e.Time)
		}
		if e.Correction {
			entry = entry.Bool("correction", true)
		}
		entry.Msg("element")
	}
	return len(elements), nil
}
