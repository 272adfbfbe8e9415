package interop

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink"
)

// texts are values of labels.
var texts = []string{"ne", `"`, "ä日", " ", `back\slash`, "a=b,c d", `\"`, `\n`, "{}", "#"}

func elements() []stream.Element {
	noon := time.Date(2024, 4, 10, 12, 0, 0, 123456789, time.UTC)
	var all []stream.Element
	for i, text := range texts {
		all = append(all, stream.Element{Name: "flux.mean", Value: float64(i) + 0.1, Start: noon, Time: noon.Add(time.Second), Labels: stream.Labels{"text": text, "with space": "1"}})
	}
	return append(all, stream.Element{Name: "rms", Value: 1e-300, Time: noon}, stream.Element{Name: "big", Value: math.MaxFloat64, Time: noon})
}

// TestPrometheusScrapes reads what is shown as Prometheus does.
func TestPrometheusScrapes(t *testing.T) {
	p := &sink.Prometheus{Times: true}
	all := append(elements(), stream.Element{Name: "nan", Value: math.NaN()}, stream.Element{Name: "inf", Value: math.Inf(-1)},
		stream.Element{Name: "lines", Value: 1, Labels: stream.Labels{"text": "a\nb"}})
	if n, err := p.Write(t.Context(), all); n != len(all) || err != nil {
		t.Fatal(n, err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if f := expfmt.ResponseFormat(answer.Header); f.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("format %s", f)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range all {
		name := map[string]string{"flux.mean": "flux_mean"}[e.Name]
		if name == "" {
			name = e.Name
		}
		for _, m := range families[name].GetMetric() {
			text := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == "text" {
					text = l.GetValue()
				}
			}
			if text != e.Labels["text"] {
				continue
			}
			seen++
			v := m.GetGauge().GetValue()
			if v != e.Value && !(math.IsNaN(v) && math.IsNaN(e.Value)) {
				t.Errorf("%v has %v", e, v)
			}
			if !e.Time.IsZero() && m.GetTimestampMs() != e.Time.UnixMilli() {
				t.Errorf("%v has the time %d", e, m.GetTimestampMs())
			}
		}
	}
	if seen != len(all) {
		t.Errorf("%d of %d elements are shown", seen, len(all))
	}
}

// TestInfluxReads reads the line protocol with the library of InfluxData.
func TestInfluxReads(t *testing.T) {
	var text bytes.Buffer
	all := elements()
	if n, err := sink.InfluxLines(&text).Write(t.Context(), all); n != len(all) || err != nil {
		t.Fatal(n, err)
	}
	lines := lineprotocol.NewDecoderWithBytes(text.Bytes())
	for _, e := range all {
		if !lines.Next() {
			t.Fatal("there are too few lines")
		}
		if name, err := lines.Measurement(); err != nil || string(name) != e.Name {
			t.Fatalf("%v has the name %q, %v", e, name, err)
		}
		labels := 0
		for {
			name, value, err := lines.NextTag()
			if err != nil {
				t.Fatal(err)
			}
			if name == nil {
				break
			}
			labels++
			if e.Labels[string(name)] != string(value) {
				t.Errorf("%v has label %q, %q", e, name, value)
			}
		}
		if labels != len(e.Labels) {
			t.Errorf("%v has %d labels", e, labels)
		}
		if name, value, err := lines.NextField(); err != nil || string(name) != "value" || value.Interface() != e.Value {
			t.Errorf("%v has field %q, %v, %v", e, name, value, err)
		}
		if name, _, err := lines.NextField(); err != nil || name != nil {
			t.Errorf("%v has another field %q, %v", e, name, err)
		}
		if at, err := lines.Time(lineprotocol.Nanosecond, time.Time{}); err != nil || !at.Equal(e.Time) {
			t.Errorf("%v has the time %v, %v", e, at, err)
		}
	}
}
