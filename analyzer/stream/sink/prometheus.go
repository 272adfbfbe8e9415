package sink

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// Prometheus is a sink that shows the last element of each series to Prometheus, which asks for them by HTTP. It is
// an [http.Handler] for the text format of version 0.0.4. The zero value is ready for use:
//
//	var metrics sink.Prometheus
//	http.Handle("/metrics", &metrics)
//	err := c.AddSink(&metrics, stream.SinkOptions{})
//
// In names, characters that Prometheus does not take become underscores: "flux.mean" is flux_mean. An element is refused
// if another one's name, or two of its labels, would be the same after that. All are gauges.
type Prometheus struct {
	// Expire is how long a series is shown after its last element. The default is without end.
	Expire time.Duration

	// Times adds the time of each element. Prometheus then does not take its own.
	Times bool

	// MaxSeries limits how many series are shown; further ones are refused. The default is 10,000.
	MaxSeries int

	mu     sync.Mutex
	series map[string]map[string]*shown // by name and labels, as they are shown
	origin map[string]string            // the name of elements that a shown name is of
	count  int
}

type shown struct {
	value float64
	at    time.Time // of the element
	came  time.Time
}

const mostShown = 10_000

// Write notes elements.
func (p *Prometheus) Write(_ context.Context, elements []stream.Element) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.series == nil {
		p.series, p.origin = map[string]map[string]*shown{}, map[string]string{}
	}
	now := time.Now()
	for i, e := range elements {
		if err := p.note(e, now); err != nil {
			return i, fmt.Errorf("sink: Prometheus: element %v: %w: %w", e, stream.ErrRefused, err)
		}
	}
	return len(elements), nil
}

func (p *Prometheus) note(e stream.Element, now time.Time) error {
	if err := checkText(e); err != nil {
		return err
	}
	name := prometheusName(e.Name, true)
	if other, ok := p.origin[name]; ok && other != e.Name {
		return fmt.Errorf("%s is the name of %q already", name, other)
	}
	labels, err := prometheusLabels(e.Labels)
	if err != nil {
		return err
	}
	s := p.series[name][labels]
	if s != nil && e.Correction && e.Time.Before(s.at) {
		return nil // a newer element is shown
	}
	if s == nil {
		p.expire(now)
		most := p.MaxSeries
		if most == 0 {
			most = mostShown
		}
		if p.count >= most {
			return fmt.Errorf("there are %d series already, which is MaxSeries", p.count)
		}
		if p.series[name] == nil {
			p.series[name] = map[string]*shown{}
			p.origin[name] = e.Name
		}
		s = new(shown)
		p.series[name][labels] = s
		p.count++
	}
	*s = shown{e.Value, e.Time, now}
	return nil
}

// expire drops what is old.
func (p *Prometheus) expire(now time.Time) {
	if p.Expire <= 0 {
		return
	}
	for name, all := range p.series {
		for labels, s := range all {
			if now.Sub(s.came) >= p.Expire {
				delete(all, labels)
				p.count--
			}
		}
		if len(all) == 0 {
			delete(p.series, name)
			delete(p.origin, name)
		}
	}
}

// ServeHTTP shows all series.
func (p *Prometheus) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(p.text()) // an error means that the client has gone
}

func (p *Prometheus) text() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(time.Now())
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(p.series)) {
		b = fmt.Appendf(b, "# TYPE %s gauge\n", name)
		all := p.series[name]
		for _, labels := range slices.Sorted(maps.Keys(all)) {
			s := all[labels]
			b = fmt.Appendf(b, "%s%s %s", name, labels, prometheusValue(s.value))
			if p.Times && !s.at.IsZero() {
				b = fmt.Appendf(b, " %d", s.at.UnixMilli())
			}
			b = append(b, '\n')
		}
	}
	return b
}

func prometheusValue(v float64) string {
	switch text := formatValue(v); text {
	case "nan":
		return "NaN"
	case "inf":
		return "+Inf"
	case "-inf":
		return "-Inf"
	default:
		return text
	}
}

// prometheusName returns a name in which each character that is not allowed is an underscore.
func prometheusName(name string, colon bool) string {
	b := []byte(name)
	for i, c := range b {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' && colon
		if !letter && (i == 0 || c < '0' || c > '9') {
			b[i] = '_'
		}
	}
	if len(b) == 0 {
		return "_"
	}
	return string(b)
}

var prometheusEscaped = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func prometheusLabels(l stream.Labels) (string, error) {
	if len(l) == 0 {
		return "", nil
	}
	var b strings.Builder
	names := map[string]string{}
	separator := byte('{')
	for _, label := range slices.Sorted(maps.Keys(l)) {
		name := prometheusName(label, false)
		if strings.HasPrefix(name, "__") {
			return "", fmt.Errorf("label %q begins with two underscores, which Prometheus keeps for itself", label)
		}
		if other, ok := names[name]; ok {
			return "", fmt.Errorf("%s is the name of both labels %q and %q", name, other, label)
		}
		names[name] = label
		if l[label] == "" {
			continue // to Prometheus an empty label is the same as none
		}
		b.WriteByte(separator)
		fmt.Fprintf(&b, `%s="%s"`, name, prometheusEscaped.Replace(l[label]))
		separator = ','
	}
	if b.Len() == 0 {
		return "", nil
	}
	b.WriteByte('}')
	return b.String(), nil
}
