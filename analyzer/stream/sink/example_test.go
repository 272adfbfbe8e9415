package sink_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink"
)

// run sends some values through a coordinator with one sink.
func run(s stream.Sink) {
	var c stream.Coordinator
	if err := c.AddSink(s, stream.SinkOptions{}); err != nil {
		panic(err)
	}
	flux, err := c.Stream("flux", stream.Options{Batch: 3, Aggregations: []stream.Aggregation{stream.Mean}})
	if err != nil {
		panic(err)
	}
	for i := range 3 {
		if err := flux.Send(float64(i), stream.Labels{"quadrant": "ne"}); err != nil {
			panic(err)
		}
	}
	if err := c.Close(context.Background()); err != nil {
		panic(err)
	}
}

// A program serves the handler, and Prometheus asks it.
func ExamplePrometheus() {
	var metrics sink.Prometheus
	run(&metrics)
	w := httptest.NewRecorder()
	metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	fmt.Print(w.Body)
	// Output:
	// # TYPE flux_mean gauge
	// flux_mean{quadrant="ne"} 1
}

func ExampleCSV() {
	s, err := sink.CSV(os.Stdout, sink.CSVOptions{Labels: []string{"quadrant"}})
	if err != nil {
		panic(err)
	}
	e := stream.Element{Name: "flux.mean", Value: 1, Start: noon, Time: noon, Labels: stream.Labels{"quadrant": "ne"}}
	if _, err := s.Write(context.Background(), []stream.Element{e}); err != nil {
		panic(err)
	}
	// Output:
	// time,start,name,value,quadrant,correction
	// 2024-04-10T12:00:00.000000000Z,2024-04-10T12:00:00.000000000Z,flux.mean,1,ne,false
}
