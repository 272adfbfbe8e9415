package stream_test

import (
	"context"
	"fmt"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

func printing(_ context.Context, e stream.Element) error {
	fmt.Println(e)
	return nil
}

func Example() {
	var c stream.Coordinator
	if err := c.AddSink(stream.Each(printing), stream.SinkOptions{}); err != nil {
		panic(err)
	}
	begin := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	flux, err := c.Stream("flux", stream.Options{
		Window:       10 * time.Second,
		EventTime:    true, // the values bring their time with them
		Aggregations: []stream.Aggregation{stream.Mean, stream.Max.As("peak")},
	})
	if err != nil {
		panic(err)
	}
	for i := range 4 {
		at := begin.Add(time.Duration(i) * 2 * time.Second)
		if err := flux.SendAt(at, float64(i), stream.Labels{"quadrant": "ne"}); err != nil {
			panic(err)
		}
	}
	if err := c.Close(context.Background()); err != nil {
		panic(err)
	}
	// Output:
	// flux.mean{quadrant="ne"} 1.5 2024-04-10T11:22:40Z
	// flux.peak{quadrant="ne"} 3 2024-04-10T11:22:40Z
}

// A batch has a number of values of the stream, of which each series is aggregated.
func ExampleStream_batch() {
	var c stream.Coordinator
	err := c.AddSink(stream.Each(func(_ context.Context, e stream.Element) error {
		fmt.Println(e.Name, e.Labels["axis"], e.Value)
		return nil
	}), stream.SinkOptions{})
	if err != nil {
		panic(err)
	}
	s, err := c.Stream("tilt", stream.Options{Batch: 4, Aggregations: []stream.Aggregation{stream.Sum, stream.Count}})
	if err != nil {
		panic(err)
	}
	x, y := s.With(stream.Labels{"axis": "x"}), s.With(stream.Labels{"axis": "y"})
	for i := range 3 {
		_, _ = x.Send(float64(i)), y.Send(10)
	}
	if err := c.Close(context.Background()); err != nil { // ends the second batch, which is not complete
		panic(err)
	}
	// Output:
	// tilt.sum x 1
	// tilt.sum y 20
	// tilt.count x 2
	// tilt.count y 2
	// tilt.sum x 2
	// tilt.sum y 10
	// tilt.count x 1
	// tilt.count y 1
}

// What a sink did not get is counted, and Close says it.
func ExampleCoordinator_Close() {
	c := stream.Coordinator{OnProblem: func(error) {}}
	refusing := stream.Each(func(_ context.Context, e stream.Element) error {
		return fmt.Errorf("the server knows no metric %s: %w", e.Name, stream.ErrRefused)
	})
	if err := c.AddSink(refusing, stream.SinkOptions{Name: "tsdb"}); err != nil {
		panic(err)
	}
	s, err := c.Stream("flux", stream.Options{Batch: 1, Aggregations: []stream.Aggregation{stream.Last}})
	if err != nil {
		panic(err)
	}
	_ = s.Send(3.2, nil)
	fmt.Println(c.Close(context.Background()))
	fmt.Println(c.Stats().Sinks["tsdb"].Refused)
	// Output:
	// stream: sink tsdb: 1 of 1 elements were not delivered: 1 refused; the last error: the server knows no metric flux.last: refused
	// 1
}

// A timer sends how long a function took.
func ExampleStream_Timed() {
	var c stream.Coordinator
	err := c.AddSink(stream.Each(func(_ context.Context, e stream.Element) error {
		fmt.Println(e.Name, e.Labels, e.Value >= 1)
		return nil
	}), stream.SinkOptions{})
	if err != nil {
		panic(err)
	}
	s, err := c.Stream("reconstruct", stream.Options{Window: time.Minute, Aggregations: []stream.Aggregation{stream.Max}, TimedLabel: "outcome"})
	if err != nil {
		panic(err)
	}
	err = s.Timed(time.Millisecond, nil, func() error {
		time.Sleep(time.Millisecond)
		return nil
	})
	fmt.Println(err)
	if err := c.Close(context.Background()); err != nil {
		panic(err)
	}
	// Output:
	// <nil>
	// reconstruct.max map[outcome:ok] true
}

// An aggregation of any function of the values.
func ExampleFunc() {
	span := stream.Func("span", func(values []float64) (float64, error) {
		return values[len(values)-1] - values[0], nil
	})
	var c stream.Coordinator
	if err := c.AddSink(stream.Each(func(_ context.Context, e stream.Element) error {
		fmt.Println(e.Name, e.Value)
		return nil
	}), stream.SinkOptions{}); err != nil {
		panic(err)
	}
	s, err := c.Stream("position", stream.Options{Batch: 3, Aggregations: []stream.Aggregation{span}})
	if err != nil {
		panic(err)
	}
	_ = s.SendAll([]float64{2, 7, 12}, nil)
	if err := c.Close(context.Background()); err != nil {
		panic(err)
	}
	// Output: position.span 10
}
