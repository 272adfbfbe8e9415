package stream_test

import (
	"fmt"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

func ExampleHistogram() {
	a := stream.Histogram(0.5, 1)
	acc := a.New(0)
	acc.Add([]float64{0.2, 0.5, 0.7, 3})
	err := acc.Result(stream.Interval{Count: 4}, func(value float64, labels stream.Labels) {
		fmt.Println(a.Name, labels, value)
	})
	fmt.Println(err)
	// Output:
	// histogram map[le:0.5] 2
	// histogram map[le:1] 3
	// histogram map[le:+Inf] 4
	// <nil>
}
