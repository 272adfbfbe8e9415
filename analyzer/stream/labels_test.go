package stream_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

func TestKeys(t *testing.T) {
	for key, l := range map[stream.Key]stream.Labels{
		"":            nil,
		"a:b":         {"a": "b"},
		"a:b|c:d":     {"c": "d", "a": "b"},
		`a:b\|c:d`:    {"a": "b|c:d"},
		`a\:b:c`:      {"a:b": "c"},
		`a\|b:c`:      {"a|b": "c"},
		`a:b:c`:       {"a": "b:c"},
		`\\:\\`:       {`\`: `\`},
		":":           {"": ""},
		"a:\n\xff|ä:": {"a": "\n\xff", "ä": ""},
	} {
		if got := l.Key(); got != key {
			t.Errorf("%v: key %q, want %q", l, got, key)
		}
		if got, err := stream.ParseKey(key); err != nil || !maps.Equal(got, l) {
			t.Errorf("%q: %v, %v", key, got, err)
		}
	}
	for _, key := range []stream.Key{"a", "|", "a:b|", "a:b|c", `a:\`, "c:d|a:b", "a:b|a:c", `a:\b`} {
		if got, err := stream.ParseKey(key); err == nil {
			t.Errorf("%q: %v", key, got)
		}
	}
}

func TestKeysAreUnlike(t *testing.T) {
	text := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune(`ab\|:`)), 0, 4, -1), rapid.String())
	labels := rapid.MapOfN(text, text, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := stream.Labels(labels.Draw(t, "a")), stream.Labels(labels.Draw(t, "b"))
		if (a.Key() == b.Key()) != maps.Equal(a, b) {
			t.Fatalf("%v and %v have the keys %q and %q", a, b, a.Key(), b.Key())
		}
		if got, err := stream.ParseKey(a.Key()); err != nil || !maps.Equal(got, a) {
			t.Fatalf("%q: %v, %v", a.Key(), got, err)
		}
		e := stream.Element{Name: "n", Labels: a}
		if e.Key() != a.Key() {
			t.Fatal("the key of an element")
		}
	})
}

func TestElementText(t *testing.T) {
	e := stream.Element{Name: "flux.mean", Value: 3.25, Time: time.Unix(0, 5e8).UTC(), Labels: stream.Labels{"b": `"x"`, "a": "y"}, Correction: true}
	if got := e.String(); got != `flux.mean{a="y",b="\"x\""} 3.25 1970-01-01T00:00:00.5Z (correction)` {
		t.Error(got)
	}
	if got := (stream.Element{Name: "n", Value: math.Inf(1)}).String(); got != "n +Inf" {
		t.Error(got)
	}
}

func TestNaN(t *testing.T) {
	nan := math.NaN()
	for _, policy := range []stream.NaNPolicy{stream.NaNSkip, stream.NaNKeep, stream.NaNRefuse} {
		synctest.Test(t, func(t *testing.T) {
			s, got, c := begun(t, stream.Options{Batch: 100, NaN: policy})
			begin := time.Now()
			send(t, s, nil, 1)
			for _, err := range []error{s.Send(nan, stream.Labels{"a": "b"}), s.With(nil).SendAll([]float64{2, math.Inf(-1), nan})} {
				if errors.Is(err, stream.ErrNaN) != (policy == stream.NaNRefuse) || policy != stream.NaNRefuse && err != nil {
					t.Errorf("policy %d: %v", policy, err)
				}
			}
			closed(t, c)
			all := strings.Join(got.take(begin), "; ")
			for want, there := range map[string]bool{"s.values{} 0-0: 1 2 -Inf": true, "s.values{a:b}": policy == stream.NaNKeep, "-Inf NaN": policy == stream.NaNKeep} {
				if strings.Contains(all, want) != there {
					t.Errorf("policy %d: %s; %q is in it: %v", policy, all, want, !there)
				}
			}
			if n := s.Stats().NaN; (n == 2) == (policy == stream.NaNKeep) {
				t.Errorf("policy %d: %d counted", policy, n)
			}
		})
	}
}

// Labels without number, such as ones with the time in them, take no more than MaxSeries.
func TestOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s, got, c := begun(t, stream.Options{Window: time.Second, MaxSeries: 4, Labels: stream.Labels{"axis": "x"}})
		held := s.With(stream.Labels{"n": "held"})
		for round := range 3 {
			for i := range 6 {
				send(t, s, stream.Labels{"n": fmt.Sprint(round, i)}, float64(i))
			}
			if err := held.Send(7); err != nil {
				t.Error(err)
			}
			send(t, s, stream.Labels{"overflow": "true"}, 8) // the same series
			time.Sleep(time.Second)
			synctest.Wait()
			var lines []string
			for i := range 4 {
				lines = append(lines, fmt.Sprintf("s.values{axis:x|n:%d %d} %d-%d: %d", round, i, round, round+1, i))
			}
			lines = append(lines, fmt.Sprintf("s.values{axis:x|overflow:true} %d-%d: 4 5 7 8", round, round+1))
			want(t, got.take(begin), lines...)
		}
		if n := s.Stats().Overflow; n != 9 {
			t.Errorf("%d values were counted", n)
		}
		if err := held.Send(8); err != nil { // now there is room
			t.Error(err)
		}
		closed(t, c)
		want(t, got.take(begin), "s.values{axis:x|n:held} 3-4: 8")
	})
}

// Labels of the stream that a value repeats are the same series.
func TestDefaultLabels(t *testing.T) {
	s, got, c := begun(t, stream.Options{Batch: 100, Labels: stream.Labels{"a": "1", "b": "2"}})
	for i, l := range []stream.Labels{nil, {"a": "1"}, {"b": "2", "a": "1"}, {"b": "3"}, {"a": "1", "b": "3"}, {"c": "4"}} {
		send(t, s, l, float64(i))
		if err := s.With(l).Send(float64(i)); err != nil {
			t.Error(err)
		}
	}
	closed(t, c)
	var lines []string
	for _, line := range got.take(time.Time{}) {
		series, values := line[:strings.Index(line, " ")], line[strings.LastIndex(line, ": "):]
		lines = append(lines, series+values)
	}
	want(t, lines, "s.values{a:1|b:2}: 0 0 1 1 2 2", "s.values{a:1|b:3}: 3 3 4 4", "s.values{a:1|b:2|c:4}: 5 5")
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s, got, c := begun(t, stream.Options{Window: time.Hour, TimedLabel: "outcome"})
		func() {
			defer s.Time(time.Millisecond, stream.Labels{"step": "1"})()
			time.Sleep(1500 * time.Microsecond)
		}()
		failed := errors.New("failed")
		for _, want := range []error{nil, failed} {
			if err := s.Timed(time.Second, nil, func() error { time.Sleep(2 * time.Second); return want }); err != want {
				t.Errorf("%v", err)
			}
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.Timed(time.Second, nil, func() error { time.Sleep(time.Second); panic("on purpose") })
		}()
		stop, err := c.Time("s", time.Second, stream.Labels{"outcome": "x"})
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if _, err := c.Time("other", time.Second, nil); err == nil {
			t.Error("a timer of no stream")
		}
		closed(t, c)
		want(t, got.take(begin), "s.values{step:1} 0-3600: 1.5", "s.values{outcome:ok} 0-3600: 2", "s.values{outcome:error} 0-3600: 2 1", "s.values{outcome:x} 0-3600: 0")
	})
}

// In the steady state nothing is allocated for a value.
func TestAllocations(t *testing.T) {
	s, _, c := begun(t, stream.Options{Window: time.Hour, Aggregations: []stream.Aggregation{stream.Mean, stream.Quantile(0.5), stream.Histogram(1, 2)}})
	l, all := stream.Labels{"a": "b"}, make([]float64, 300)
	series := s.With(l)
	for name, f := range map[string]func() error{
		"Send": func() error { return s.Send(1, l) }, "SendAll": func() error { return s.SendAll(all, l) },
		"Series": func() error { return series.Send(1) }, "all of a Series": func() error { return series.SendAll(all) },
	} {
		n := testing.AllocsPerRun(1000, func() {
			if err := f(); err != nil {
				t.Error(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	closed(t, c)
}
