package stream_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

func TestEventTime(t *testing.T) {
	begin := time.Unix(1000, 0).UTC()
	var late []string
	s, got, c := begun(t, stream.Options{Window: 10 * time.Second, EventTime: true, Lateness: 2 * time.Second,
		OnLate: func(e stream.Element) { late = append(late, e.String()) }})
	at := func(seconds float64, value float64) {
		t.Helper()
		if err := s.SendAt(begin.Add(time.Duration(seconds*1e9)), value, stream.Labels{"a": "b"}); err != nil {
			t.Fatal(err)
		}
	}
	at(1, 1)
	at(11, 2)
	at(9, 3)
	at(35, 4)
	at(32, 5)
	at(12, 6)
	at(-500, 7)
	closed(t, c)
	want(t, got.take(begin), "s.values{a:b} 0-10: 1 3", "s.values{a:b} 10-20: 2", "s.values{a:b} 30-40: 4 5")
	want(t, late, `s{a="b"} 6 1970-01-01T00:16:52Z`, `s{a="b"} 7 1970-01-01T00:08:20Z`)
	if st := s.Stats(); st.Late != 2 || st.Sent != 7 {
		t.Errorf("%+v", st)
	}
}

// eventModel does what a stream with EventTime does, with lists of values for each window.
type eventModel struct {
	o       stream.Options
	windows map[int64]map[stream.Key][]float64 // those that have not ended, or can be corrected
	done    map[int64]bool
	began   bool
	newest  time.Duration
	ended   int64
	late    int64
	lines   []string
}

func (m *eventModel) emit(window int64, correction string) {
	for _, key := range slices.Sorted(maps.Keys(m.windows[window])) {
		values := slices.Sorted(slices.Values(m.windows[window][key]))
		end := time.Duration(window+1) * m.o.Every
		m.lines = append(m.lines, fmt.Sprintf("%s%s %v-%v %v", correction, key, (end-m.o.Window).Seconds(), end.Seconds(), values))
	}
}

func floorOf(d, by time.Duration) int64 {
	return int64((d+1000*by)/by) - 1000
}

func (m *eventModel) send(at time.Duration, value float64, key stream.Key) {
	pane := floorOf(at, m.o.Every)
	if !m.began {
		m.began, m.newest = true, at
		m.ended = floorOf(at-m.o.Lateness, m.o.Every) - 1
	}
	taken := false
	for w := pane; w < pane+int64(m.o.Window/m.o.Every); w++ {
		correct := m.o.Late == stream.LateCorrect && w > m.ended-int64(m.o.Keep/m.o.Every)
		if w <= m.ended && !correct {
			continue
		}
		taken = true
		if m.windows[w] == nil {
			m.windows[w] = map[stream.Key][]float64{}
		}
		m.windows[w][key] = append(m.windows[w][key], value)
		if w <= m.ended {
			m.emit(w, "correction of ")
		}
	}
	if !taken {
		m.late++
	}
	if at > m.newest {
		m.newest = at
		m.advance(floorOf(at-m.o.Lateness, m.o.Every) - 1)
	}
}

func (m *eventModel) advance(last int64) {
	for _, w := range slices.Sorted(maps.Keys(m.windows)) {
		if w > m.ended && w <= last {
			m.emit(w, "")
		}
	}
	m.ended = max(m.ended, last)
}

func TestEventTimeAgainstModel(t *testing.T) {
	for seed := range uint64(exhaustive.N(200, 5000)) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			every := time.Duration(1+r.IntN(3)) * time.Second
			o := stream.Options{Window: every * time.Duration(1+r.IntN(4)), Every: every, EventTime: true, Lateness: time.Duration(r.IntN(6)) * time.Second}
			if r.IntN(2) == 0 {
				o.Late, o.Keep = stream.LateCorrect, every*time.Duration(1+r.IntN(6))
			}
			begin := time.Unix(0, 0).UTC()
			s, got, c := begun(t, o)
			m := &eventModel{o: o, windows: map[int64]map[stream.Key][]float64{}}
			now := 0
			for i := range 60 {
				if r.IntN(12) == 0 {
					now += r.IntN(30)
				} else {
					now += r.IntN(3)
				}
				at := time.Duration(now-r.IntN(2)*r.IntN(12)-20)*time.Second + time.Duration(r.IntN(1e9))
				labels := stream.Labels{"a": fmt.Sprint(r.IntN(3))}
				if err := s.SendAt(begin.Add(at), float64(i), labels); err != nil {
					t.Fatal(err)
				}
				m.send(at, float64(i), labels.Key())
			}
			m.advance(1 << 40)
			closed(t, c)
			lines := eventLines(got, begin)
			want(t, lines, bySeries(m.lines)...)
			if st := s.Stats(); st.Late != m.late || st.Sent != 60 {
				t.Errorf("%+v, want %d late ones", st, m.late)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// bySeries sorts lines by their series, and else leaves their order.
func bySeries(lines []string) []string {
	key := func(line string) string { return strings.Fields(strings.TrimPrefix(line, "correction of "))[0] }
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	return lines
}

// eventLines returns the windows as the model writes them, by series.
func eventLines(got *received, begin time.Time) []string {
	series := map[stream.Key][][]stream.Element{}
	for _, e := range got.all {
		labels := maps.Clone(e.Labels)
		delete(labels, "i")
		key := labels.Key()
		if e.Labels["i"] == "0" {
			series[key] = append(series[key], nil)
		}
		last := &series[key][len(series[key])-1]
		*last = append(*last, e)
	}
	var lines []string
	for key, windows := range series {
		for _, all := range windows {
			correction := ""
			if all[0].Correction {
				correction = "correction of "
			}
			var values []float64
			for _, e := range all {
				values = append(values, e.Value)
			}
			slices.Sort(values)
			lines = append(lines, fmt.Sprintf("%s%s %v-%v %v", correction, key, all[0].Start.Sub(begin).Seconds(), all[0].Time.Sub(begin).Seconds(), values))
		}
	}
	return bySeries(lines)
}

// TestClockAgainstModel sends values at random times into windows by the clock.
func TestClockAgainstModel(t *testing.T) {
	for seed := range uint64(exhaustive.N(100, 3000)) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			every := time.Duration(1+r.IntN(3)) * time.Second
			o := stream.Options{Window: every * time.Duration(1+r.IntN(4)), Every: every, Align: r.IntN(2) == 0}
			time.Sleep(time.Duration(r.Int64N(5e9)))
			origin := time.Now()
			if o.Align {
				origin = time.Unix(0, origin.UnixNano()-origin.UnixNano()%int64(every))
			}
			s, got, c := begun(t, o)
			m := &eventModel{o: o, windows: map[int64]map[stream.Key][]float64{}}
			m.began, m.ended = true, -1
			for i := range 40 {
				time.Sleep(time.Duration(r.Int64N(2)*r.Int64N(4e9) + r.Int64N(10)/9*r.Int64N(20e9)))
				labels := stream.Labels{"a": fmt.Sprint(r.IntN(3))}
				m.ended = -1
				m.send(time.Since(origin), float64(i), labels.Key())
				if err := s.Send(float64(i), labels); err != nil {
					t.Fatal(err)
				}
			}
			// Close ends the window that ends first, and later ones would repeat its values.
			last := floorOf(time.Since(origin), every)
			m.lines = nil
			m.ended = -1
			m.advance(last)
			closed(t, c)
			want(t, eventLines(got, origin), bySeries(m.lines)...)
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
