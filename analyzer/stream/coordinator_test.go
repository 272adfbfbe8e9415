package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// each emits each value at once.
var each = stream.Options{Batch: 1, Aggregations: []stream.Aggregation{values}}

// withSink returns a stream of batches of one value, and the problems so far.
func withSink(t *testing.T, sink stream.Sink, o stream.SinkOptions) (*stream.Coordinator, *stream.Stream, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var problems []string
	c := &stream.Coordinator{OnProblem: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, err.Error())
	}}
	if err := c.AddSink(sink, o); err != nil {
		t.Fatal(err)
	}
	s, err := c.Stream("s", each)
	if err != nil {
		t.Fatal(err)
	}
	return c, s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(problems)
	}
}

// timed is a sink that notes when each value came.
type timed struct {
	begin time.Time
	lines []string
}

func (s *timed) Write(_ context.Context, elements []stream.Element) (int, error) {
	for _, e := range elements {
		s.lines = append(s.lines, fmt.Sprintf("%v %s=%v", time.Since(s.begin).Seconds(), e.Labels["a"], e.Value))
	}
	return len(elements), nil
}

func TestEvery(t *testing.T) {
	for _, merge := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			sink := &timed{begin: time.Now()}
			c, s, _ := withSink(t, sink, stream.SinkOptions{Every: time.Second, Merge: merge})
			a, b := stream.Labels{"a": "a"}, stream.Labels{"a": "b"}
			for i := range 3 {
				send(t, s, a, float64(i))
				synctest.Wait()
			}
			time.Sleep(100 * time.Millisecond)
			send(t, s, b, 10) // another series does not wait
			synctest.Wait()
			send(t, s, b, 11)
			time.Sleep(2 * time.Second)
			send(t, s, a, 3)
			closed(t, c)
			lines := []string{"0 a=0", "0.1 b=10", "1 a=1", "1.1 b=11", "2 a=2", "3 a=3"}
			if merge {
				lines = []string{"0 a=0", "0.1 b=10", "1 a=2", "1.1 b=11", "2.1 a=3"}
			}
			want(t, sink.lines, lines...)
			if st := c.Stats().Sinks["stream_test.timed"]; st.Delivered+st.Merged != 6 || st.Emitted != 6 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// stalled is a sink that takes nothing before begin is closed.
type stalled struct {
	received
	begin chan struct{}
}

func (s *stalled) Write(ctx context.Context, elements []stream.Element) (int, error) {
	select {
	case <-s.begin:
		return s.received.Write(ctx, elements)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (r *received) numbers() []float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []float64
	for _, e := range r.all {
		all = append(all, e.Value)
	}
	return all
}

func TestFullBuffer(t *testing.T) {
	for policy, kept := range map[stream.FullPolicy][]float64{
		stream.DropOldest: {0, 4, 5, 6}, stream.DropNewest: {0, 1, 2, 3}, stream.Block: {0, 1, 2, 3, 4, 5, 6},
	} {
		synctest.Test(t, func(t *testing.T) {
			sink := &stalled{begin: make(chan struct{})}
			other := new(received)
			c, s, problems := withSink(t, sink, stream.SinkOptions{Buffer: 3, Full: policy})
			if err := c.AddSink(other, stream.SinkOptions{}); err != nil {
				t.Fatal(err)
			}
			send(t, s, nil, 0)
			synctest.Wait() // Write has it
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 6 {
					if err := s.Send(float64(i+1), nil); err != nil {
						t.Error(err)
					}
				}
			}()
			synctest.Wait()
			select {
			case <-done:
				if policy == stream.Block {
					t.Error("the sender does not wait")
				}
			default:
				if policy != stream.Block {
					t.Errorf("policy %d: the sender waits", policy)
				}
				if got := len(other.numbers()); got != 5 {
					t.Errorf("the other sink has %d elements, want 5", got)
				}
			}
			close(sink.begin)
			<-done
			err := c.Close(t.Context())
			if got := sink.numbers(); !slices.Equal(got, kept) {
				t.Errorf("policy %d: delivered %v, want %v", policy, got, kept)
			}
			if got := len(other.numbers()); got != 7 {
				t.Errorf("the other sink has %d elements", got)
			}
			if policy == stream.Block {
				if err != nil || len(problems()) != 0 {
					t.Error(err, problems())
				}
				return
			}
			if text := "3 of 7 elements were not delivered: 3 dropped, as the buffer was full"; err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("Close: %v", err)
			}
			if p := problems(); len(p) != 1 || !strings.Contains(p[0], "its buffer of 3 elements is full") {
				t.Errorf("problems %q", p)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []float64
		sink := stream.Each(func(context.Context, stream.Element) error {
			at = append(at, time.Since(begin).Seconds())
			return errors.New("no connection")
		})
		c, s, problems := withSink(t, sink, stream.SinkOptions{Name: "tsdb", Retries: 3, Backoff: time.Second})
		send(t, s, nil, 1)
		err := c.Close(t.Context())
		if want := []float64{0, 1, 3, 7}; !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
		if err == nil || err.Error() != "stream: sink tsdb: 1 of 1 elements were not delivered: 1 given up after retries; the last error: no connection" {
			t.Errorf("Close: %v", err)
		}
		if p := problems(); len(p) != 1 || p[0] != "stream: sink tsdb: 1 elements were not written: no connection" {
			t.Errorf("problems %q", p)
		}
	})
}

func TestRefusedElements(t *testing.T) {
	got := new(received)
	sink := stream.Each(func(ctx context.Context, e stream.Element) error {
		if e.Value == 2 {
			return fmt.Errorf("element %v: %w", e, stream.ErrRefused)
		}
		if e.Value == 4 {
			panic("on purpose")
		}
		_, err := got.Write(ctx, []stream.Element{e})
		return err
	})
	c, s, _ := withSink(t, sink, stream.SinkOptions{Retries: -1})
	send(t, s, nil, 1, 2, 3)
	time.Sleep(0)
	for c.Stats().Sinks["stream.eachSink"].Waiting > 0 {
		time.Sleep(time.Millisecond)
	}
	send(t, s, nil, 4)
	err := c.Close(t.Context())
	if all := got.numbers(); !slices.Equal(all, []float64{1, 3}) || err == nil || !strings.Contains(err.Error(), "2 of 4 elements were not delivered: 1 given up after retries, 1 refused; the last error: panic: on purpose") {
		t.Errorf("delivered %v; Close: %v", all, err)
	}
}

// Close gives up when its context ends, even if a sink does not, and though a sender waits, which
// holds the stream. (Time is real, as fake time stands still while somebody waits for a mutex.)
func TestCloseGivesUp(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		end, entered := make(chan struct{}), make(chan struct{}, 10)
		sink := stream.Each(func(ctx context.Context, _ stream.Element) error {
			entered <- struct{}{}
			if hangs {
				<-end
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		c, s, _ := withSink(t, sink, stream.SinkOptions{Buffer: 2, Full: stream.Block})
		send(t, s, nil, 1)
		<-entered
		sender := make(chan error)
		go func() {
			for {
				if err := s.Send(2, nil); err != nil {
					sender <- err
					return
				}
			}
		}()
		for c.Stats().Sinks["stream.eachSink"].Waiting < 4 { // the sender waits, too
			time.Sleep(time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		err := c.Close(ctx)
		cancel()
		if sent := <-sender; !errors.Is(sent, stream.ErrClosed) {
			t.Errorf("the sender got %v", sent)
		}
		if err == nil || !strings.Contains(err.Error(), "abandoned by Close") || hangs != strings.Contains(err.Error(), "its Write did not return") {
			t.Errorf("Close: %v", err)
		}
		close(end)
		st := c.Stats().Sinks["stream.eachSink"]
		for ; st.Waiting != 0; st = c.Stats().Sinks["stream.eachSink"] {
			time.Sleep(time.Millisecond)
		}
		if st.Emitted != st.Delivered+st.Abandoned || len(entered) != 0 {
			t.Errorf("%+v, %d more calls", st, len(entered))
		}
	}
}

// TestEverythingIsAccountedFor: several senders, and sinks of which one stalls and one fails half
// of the time.
func TestEverythingIsAccountedFor(t *testing.T) {
	for seed := range uint64(exhaustive.N(30, 1000)) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			c := &stream.Coordinator{OnProblem: func(error) {}}
			var delivered [3]int
			stall := make(chan struct{})
			random := rand.New(rand.NewPCG(seed, 4))
			sinks := []stream.Sink{
				stream.Each(func(context.Context, stream.Element) error { delivered[0]++; return nil }),
				stream.Each(func(ctx context.Context, _ stream.Element) error {
					select {
					case <-stall:
						delivered[1]++
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}),
				stream.Each(func(context.Context, stream.Element) error {
					switch random.IntN(5) {
					case 0, 1:
						return errors.New("half the time")
					case 2:
						return stream.ErrRefused
					}
					delivered[2]++
					return nil
				}),
			}
			for i, sink := range sinks {
				o := stream.SinkOptions{Name: fmt.Sprint(i), Buffer: 1 + r.IntN(50), Full: stream.FullPolicy(r.IntN(3)), Retries: r.IntN(4) - 1}
				if i == 1 {
					o.Full = stream.FullPolicy(r.IntN(2))
				}
				if r.IntN(3) == 0 {
					o.Every = time.Duration(1+r.IntN(3)) * time.Second
					o.Merge = r.IntN(2) == 0
				}
				if err := c.AddSink(sink, o); err != nil {
					t.Fatal(err)
				}
			}
			kinds := []stream.Options{{Batch: 1 + r.IntN(9)}, {Window: time.Second}, {Window: 2 * time.Second, Every: time.Second}}
			o := kinds[r.IntN(len(kinds))]
			o.Aggregations = []stream.Aggregation{values}
			s, err := c.Stream("s", o)
			if err != nil {
				t.Fatal(err)
			}
			var senders sync.WaitGroup
			const each = 50
			for n := range 8 {
				pause := rand.New(rand.NewPCG(seed, uint64(n)))
				senders.Go(func() {
					for i := range each {
						if err := s.Send(float64(i), stream.Labels{"sender": fmt.Sprint(n % 3)}); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration(pause.IntN(3)) * 100 * time.Millisecond)
					}
				})
			}
			senders.Wait()
			if r.IntN(2) == 0 {
				close(stall)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(3))*time.Minute)
			defer cancel()
			_ = c.Close(ctx) // what it says is in Stats, too
			st := c.Stats()
			if got := st.Streams["s"]; got.Sent != 8*each || o.Every == 0 && got.Emitted != got.Sent {
				t.Errorf("%+v", got)
			}
			for i := range sinks {
				got := st.Sinks[fmt.Sprint(i)]
				sum := got.Delivered + got.Dropped + got.Merged + got.Failed + got.Refused + got.Abandoned
				if got.Emitted != st.Streams["s"].Emitted || sum != got.Emitted || got.Delivered != int64(delivered[i]) || got.Waiting != 0 {
					t.Errorf("sink %d got %d of %d: %+v", i, delivered[i], st.Streams["s"].Emitted, got)
				}
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestMistakes(t *testing.T) {
	c := &stream.Coordinator{}
	mean := []stream.Aggregation{values}
	for text, o := range map[string]stream.Options{
		"give one of Window and Batch":            {Aggregations: mean},
		"give one of Window and Batch ":           {Aggregations: mean, Window: 1, Batch: 1},
		"Window is -1s and Batch is 0":            {Aggregations: mean, Window: -time.Second},
		"Every is 2s, which does not divide":      {Aggregations: mean, Window: 3 * time.Second, Every: 2 * time.Second},
		"there is no aggregation":                 {Batch: 1},
		"two aggregations are named \"values\"":   {Batch: 1, Aggregations: []stream.Aggregation{values, values}},
		"aggregation 0 has no name":               {Batch: 1, Aggregations: make([]stream.Aggregation, 1)},
		"need EventTime":                          {Aggregations: mean, Window: 1, Lateness: 1},
		"Align and EventTime are for windows":     {Aggregations: mean, Batch: 1, Align: true},
		"MaxSeries is -1":                         {Aggregations: mean, Batch: 1, MaxSeries: -1},
		"NaN is 7, which is no NaNPolicy":         {Aggregations: mean, Batch: 1, NaN: 7},
		"Lateness is -1ns":                        {Aggregations: mean, Window: 1, EventTime: true, Lateness: -1},
		"Late is 9":                               {Aggregations: mean, Window: 1, EventTime: true, Late: 9},
		"Window is more than 1000000 times Every": {Aggregations: mean, Window: time.Hour, Every: time.Microsecond},
	} {
		if _, err := c.Stream("s", o); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(text)) || !strings.HasPrefix(err.Error(), `stream "s": `) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	for text, o := range map[string]stream.SinkOptions{
		"Buffer is -1":          {Buffer: -1},
		"Full is 4":             {Full: 4},
		"Every is -1ns":         {Every: -1},
		"Merge is for elements": {Merge: true},
	} {
		if err := c.AddSink(new(received), o); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	if err := c.AddSink(nil, stream.SinkOptions{Name: "x"}); err == nil {
		t.Error("a nil sink is taken")
	}
	if _, err := c.Stream("s", each); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Stream("s", each); err == nil {
		t.Error("two streams have one name")
	}
	if err := c.Send("other", 1, nil); err == nil || err.Error() != `stream: there is no stream "other"; there are s` {
		t.Errorf("%v", err)
	}
	s, _ := c.Named("s")
	if err := s.SendAt(time.Now(), 1, nil); err == nil || !strings.Contains(err.Error(), "needs the option EventTime") {
		t.Errorf("%v", err)
	}
	closed(t, c)
	for _, err := range []error{s.Send(1, nil), s.SendAll([]float64{1}, nil), c.Send("s", 1, nil), c.Close(t.Context()), c.AddSink(new(received), stream.SinkOptions{})} {
		if !errors.Is(err, stream.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestRouting(t *testing.T) {
	c := &stream.Coordinator{}
	all, some := new(received), new(received)
	for _, sink := range []struct {
		stream.Sink
		o stream.SinkOptions
	}{{all, stream.SinkOptions{}}, {some, stream.SinkOptions{Streams: []string{"b", "c"}}}} {
		if err := c.AddSink(sink.Sink, sink.o); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"a", "b", "c"} {
		if _, err := c.Stream(name, each); err != nil {
			t.Fatal(err)
		}
		if err := c.Send(name, float64(i), nil); err != nil {
			t.Error(err)
		}
		if err := c.SendAll(name, []float64{float64(10 + i)}, nil); err != nil {
			t.Error(err)
		}
	}
	closed(t, c)
	if a, b := all.numbers(), some.numbers(); !slices.Equal(a, []float64{0, 10, 1, 11, 2, 12}) || !slices.Equal(b, []float64{1, 11, 2, 12}) {
		t.Errorf("%v, %v", a, b)
	}
}

func TestText(t *testing.T) {
	c := &stream.Coordinator{}
	for name, o := range map[string]stream.Options{
		"flux": {Window: time.Minute, Every: time.Second, Aggregations: []stream.Aggregation{stream.Mean, stream.Quantile(0.99)}},
		"a":    {Batch: 10, Aggregations: []stream.Aggregation{stream.Sum}},
	} {
		if _, err := c.Stream(name, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []stream.SinkOptions{{}, {Name: "tsdb", Every: time.Second, Streams: []string{"flux", "a"}}, {}} {
		if err := c.AddSink(new(received), o); err != nil {
			t.Fatal(err)
		}
	}
	want := `streams:
  a: batches of 10: sum
  flux: window of 1m0s every 1s: mean, p99
sinks:
  stream_test.received
  tsdb: flux, a, every 1s
  stream_test.received 3
`
	if got := c.String(); got != want {
		t.Error(got)
	}
}

// A Coordinator that is dropped without Close is collected, and leaves no goroutine.
func TestDropped(t *testing.T) {
	dropped := func() (weak.Pointer[stream.Coordinator], weak.Pointer[stream.Stream]) {
		c := &stream.Coordinator{}
		if err := c.AddSink(new(received), stream.SinkOptions{}); err != nil {
			t.Fatal(err)
		}
		s, err := c.Stream("s", stream.Options{Batch: 2, Aggregations: []stream.Aggregation{values}})
		if err != nil {
			t.Fatal(err)
		}
		send(t, s, nil, 1, 2, 3)
		for c.Stats().Sinks["stream_test.received"].Waiting > 0 {
			time.Sleep(time.Millisecond)
		}
		return weak.Make(c), weak.Make(s)
	}
	c, s := dropped()
	for c.Value() != nil || s.Value() != nil { // or the test times out
		runtime.GC()
	}
}
