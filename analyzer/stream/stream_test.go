package stream_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// values is an Aggregation that emits each value by itself, with its place as a label.
var values = stream.Aggregation{Name: "values", New: func(int) stream.Accumulator { return new(valueList) }}

type valueList struct{ all []float64 }

func (l *valueList) Add(values []float64)          { l.all = append(l.all, values...) }
func (l *valueList) Merge(next stream.Accumulator) { l.all = append(l.all, next.(*valueList).all...) }
func (l *valueList) Reset()                        { l.all = l.all[:0] }
func (l *valueList) Result(w stream.Interval, emit func(float64, stream.Labels)) error {
	if int(w.Count) != len(l.all) {
		return fmt.Errorf("%d values were counted, and %d came", w.Count, len(l.all))
	}
	for i, v := range l.all {
		emit(v, stream.Labels{"i": strconv.Itoa(i)})
	}
	return nil
}

// received is a sink that keeps what it gets.
type received struct {
	mu  sync.Mutex
	all []stream.Element
}

func (r *received) Write(_ context.Context, elements []stream.Element) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, elements...)
	return len(elements), nil
}

// take returns what came since, as lines: "name{labels} start-end: values", times in seconds since begin.
func (r *received) take(begin time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	last := ""
	for _, e := range r.all {
		labels := maps.Clone(e.Labels)
		delete(labels, "i")
		head := fmt.Sprintf("%s{%s} %v-%v:", e.Name, labels.Key(), e.Start.Sub(begin).Seconds(), e.Time.Sub(begin).Seconds())
		if e.Correction {
			head = "correction of " + head
		}
		if head != last || e.Labels["i"] == "0" {
			lines = append(lines, head)
			last = head
		}
		lines[len(lines)-1] += " " + strconv.FormatFloat(e.Value, 'g', -1, 64)
	}
	r.all = nil
	return lines
}

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if !slices.Equal(got, lines) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

// begun returns a stream, where its elements go, and the coordinator, which the test closes at its end.
func begun(t *testing.T, o stream.Options) (*stream.Stream, *received, *stream.Coordinator) {
	t.Helper()
	c := &stream.Coordinator{OnProblem: func(err error) { t.Error(err) }}
	got := new(received)
	if err := c.AddSink(got, stream.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	if o.Aggregations == nil {
		o.Aggregations = []stream.Aggregation{values}
	}
	s, err := c.Stream("s", o)
	if err != nil {
		t.Fatal(err)
	}
	return s, got, c
}

func send(t *testing.T, s *stream.Stream, labels stream.Labels, values ...float64) {
	t.Helper()
	for _, v := range values {
		if err := s.Send(v, labels); err != nil {
			t.Fatal(err)
		}
	}
}

func closed(t *testing.T, c *stream.Coordinator) {
	t.Helper()
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(300 * time.Millisecond)
		begin := time.Now()
		s, got, c := begun(t, stream.Options{Window: time.Second, Labels: stream.Labels{"axis": "x"}})
		send(t, s, nil, 1, 2)
		send(t, s, stream.Labels{"axis": "y"}, 3)
		time.Sleep(999 * time.Millisecond)
		send(t, s, stream.Labels{"axis": "x", "a": "b"}, 4)
		send(t, s, stream.Labels{"axis": "x"}, 5)
		synctest.Wait()
		want(t, got.take(begin))
		time.Sleep(time.Millisecond) // the window ends without another value
		synctest.Wait()
		want(t, got.take(begin), "s.values{axis:x} 0-1: 1 2 5", "s.values{axis:y} 0-1: 3", "s.values{a:b|axis:x} 0-1: 4")
		time.Sleep(5500 * time.Millisecond) // windows without values emit nothing
		synctest.Wait()
		want(t, got.take(begin))
		send(t, s, nil, 6)
		time.Sleep(600 * time.Millisecond)
		send(t, s, nil, 7)
		synctest.Wait()
		want(t, got.take(begin), "s.values{axis:x} 6-7: 6")
		closed(t, c)
		want(t, got.take(begin), "s.values{axis:x} 7-8: 7")
	})
}

func TestAlignedWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		midnight := time.Now()
		time.Sleep(90 * time.Second)
		s, got, c := begun(t, stream.Options{Window: time.Minute, Align: true})
		send(t, s, nil, 1)
		time.Sleep(30 * time.Second)
		send(t, s, nil, 2)
		time.Sleep(time.Hour)
		send(t, s, nil, 3)
		closed(t, c)
		want(t, got.take(midnight), "s.values{} 60-120: 1", "s.values{} 120-180: 2", "s.values{} 3720-3780: 3")
	})
}

func TestSlidingWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s, got, c := begun(t, stream.Options{Window: 3 * time.Second, Every: time.Second})
		send(t, s, nil, 1)
		time.Sleep(time.Second)
		send(t, s, nil, 2)
		send(t, s, stream.Labels{"a": "b"}, 3)
		time.Sleep(2 * time.Second)
		send(t, s, nil, 4)
		time.Sleep(10 * time.Second)
		send(t, s, nil, 5)
		closed(t, c)
		want(t, got.take(begin),
			"s.values{} -2-1: 1",
			"s.values{} -1-2: 1 2", "s.values{a:b} -1-2: 3",
			"s.values{} 0-3: 1 2", "s.values{a:b} 0-3: 3",
			"s.values{} 1-4: 2 4", "s.values{a:b} 1-4: 3",
			"s.values{} 2-5: 4",
			"s.values{} 3-6: 4",
			"s.values{} 11-14: 5")
	})
}

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s, got, c := begun(t, stream.Options{Batch: 3})
		send(t, s, nil, 1)
		time.Sleep(time.Second)
		send(t, s, stream.Labels{"a": "b"}, 2)
		time.Sleep(time.Second)
		send(t, s, nil, 3, 4)
		if err := s.SendAll([]float64{5, 6, 7, 8, 9, 10, 11}, stream.Labels{}); err != nil {
			t.Fatal(err)
		}
		closed(t, c)
		want(t, got.take(begin), "s.values{} 0-2: 1 3", "s.values{a:b} 0-2: 2", "s.values{} 2-2: 4 5 6", "s.values{} 2-2: 7 8 9", "s.values{} 2-2: 10 11")
	})
}

// A batch can be much longer than what is aggregated at a time.
func TestSendAll(t *testing.T) {
	s, got, c := begun(t, stream.Options{Batch: 1000})
	n := 0
	for _, size := range []int{0, 1, 63, 64, 65, 7, 200, 600, 1000, 3000, 1} {
		part := make([]float64, size)
		for i := range part {
			part[i] = float64(n)
			n++
		}
		if err := s.With(nil).SendAll(part); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, c)
	if len(got.all) != n || s.Stats().Sent != int64(n) || s.Stats().Emitted != int64(n) {
		t.Fatalf("%d values became %d; %+v", n, len(got.all), s.Stats())
	}
	for i, e := range got.all {
		if e.Value != float64(i) || e.Labels["i"] != strconv.Itoa(i%1000) {
			t.Fatalf("value %d: %v", i, e)
		}
	}
}

// Accumulators that panic or fail lose their own result.
func TestFailingAggregations(t *testing.T) {
	failing := func(name string) stream.Aggregation {
		return stream.Aggregation{Name: name, New: func(int) stream.Accumulator { return &failing{in: name} }}
	}
	for _, in := range []string{"Add", "Result", "error", "Reset"} {
		var problems []string
		c := stream.Coordinator{OnProblem: func(err error) { problems = append(problems, err.Error()) }}
		got := new(received)
		s, err := c.Stream("s", stream.Options{Batch: 2, Aggregations: []stream.Aggregation{failing(in), values}})
		if err := c.AddSink(got, stream.SinkOptions{}); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		send(t, s, nil, 1, 2, 3, 4, 5)
		closed(t, &c)
		var all []float64
		for _, e := range got.all {
			if e.Name == "s.values" {
				all = append(all, e.Value)
			}
		}
		if !slices.Equal(all, []float64{1, 2, 3, 4, 5}) {
			t.Errorf("%s: the other one has %v", in, all)
		}
		if failed := s.Stats().Failed; failed != int64(len(problems)) || in != "Reset" && failed != 3 {
			t.Errorf("%s: %d failed; problems %q", in, failed, problems)
		}
		for _, p := range problems {
			if !strings.Contains(p, `stream "s": aggregation `+in+` of labels ""`) || !strings.Contains(p, "on purpose") {
				t.Errorf("%s: %s", in, p)
			}
		}
	}
}

type failing struct{ in string }

func (f *failing) fail(in string) {
	if f.in == in {
		panic("on purpose")
	}
}
func (f *failing) Add([]float64)            { f.fail("Add") }
func (f *failing) Merge(stream.Accumulator) { f.fail("Merge") }
func (f *failing) Reset()                   { f.fail("Reset") }
func (f *failing) Result(_ stream.Interval, emit func(float64, stream.Labels)) error {
	f.fail("Result")
	emit(1, nil)
	if f.in == "error" {
		return fmt.Errorf("on purpose")
	}
	return nil
}
