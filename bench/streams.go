package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

const (
	metrixElements = 4_000     // of one turn; it takes seconds
	ourElements    = 4_000_000 // of one turn
)

// streams measures a stream with three aggregations, eight series and batches of 1,000, and a sink that counts,
// beside metrix.
func streams(t *table, py *python, p *plan) error {
	if err := py.lacks("metrix"); err != nil {
		t.note("NOT COMPARED: streams: %v; -metrix names a folder with the source of github.com/bdewilde/metrix", err)
		return nil
	}
	theirs := func() (time.Duration, error) {
		took, err := py.do(strconv.Itoa(metrixElements))
		return took * (ourElements / metrixElements), err
	}
	for _, way := range []struct {
		name   string
		target string
		send   func(s *stream.Stream, series []*stream.Series, labels []stream.Labels, values []float64) error
	}{
		{"Stream.Send", "at least 500", func(s *stream.Stream, _ []*stream.Series, labels []stream.Labels, values []float64) error {
			for i, v := range values {
				if err := s.Send(v, labels[i%len(labels)]); err != nil {
					return err
				}
			}
			return nil
		}},
		{"Series.Send", "at least 500", func(_ *stream.Stream, series []*stream.Series, _ []stream.Labels, values []float64) error {
			for i, v := range values {
				if err := series[i%len(series)].Send(v); err != nil {
					return err
				}
			}
			return nil
		}},
		{"Series.SendAll of 125", "at least 1500", func(_ *stream.Stream, series []*stream.Series, _ []stream.Labels, values []float64) error {
			for i := 0; i < len(values); i += 125 {
				if err := series[i/125%len(series)].SendAll(values[i : i+125]); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		ours := func() (time.Duration, error) { return sendAll(way.send) }
		if err := t.play(contest{what: "element into a stream", ours: way.name, rival: "metrix send", target: way.target, calls: ourElements}, min(p.rounds, 3), ours, theirs); err != nil {
			return err
		}
	}
	return nil
}

func sendAll(send func(*stream.Stream, []*stream.Series, []stream.Labels, []float64) error) (took time.Duration, err error) {
	received := 0
	var c stream.Coordinator
	count := stream.Each(func(context.Context, stream.Element) error { received++; return nil })
	if err := c.AddSink(count, stream.SinkOptions{Full: stream.Block}); err != nil {
		return 0, err
	}
	s, err := c.Stream("s", stream.Options{Batch: 1000, Aggregations: []stream.Aggregation{stream.Sum, stream.Count, stream.Mean}})
	if err != nil {
		return 0, err
	}
	labels, series := make([]stream.Labels, 8), make([]*stream.Series, 8)
	for i := range labels {
		labels[i] = stream.Labels{"quadrant": strconv.Itoa(i)}
		series[i] = s.With(labels[i])
	}
	values := make([]float64, ourElements)
	for i := range values {
		values[i] = float64(i)
	}
	start := time.Now()
	err = send(s, series, labels, values)
	took = time.Since(start)
	if err := errors.Join(err, c.Close(context.Background())); err != nil {
		return 0, err
	}
	if received != ourElements/1000*24 {
		return 0, fmt.Errorf("the sink has %d elements", received)
	}
	return took, nil
}
