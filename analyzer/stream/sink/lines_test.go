package sink_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

func TestPrinterAndLog(t *testing.T) {
	var text bytes.Buffer
	written(t, sink.Printer(&text), element("flux.mean", 1.5, stream.Labels{"quadrant": "ne"}), stream.Element{Name: "n", Value: 2})
	if got := text.String(); got != "flux.mean{quadrant=\"ne\"} 1.5 2024-04-10T12:00:10Z\nn 2\n" {
		t.Error(got)
	}
	text.Reset()
	log := sink.Log(zerolog.New(&text), zerolog.InfoLevel)
	corrected := element("flux.mean", 1.5, stream.Labels{"quadrant": "ne"})
	corrected.Correction = true
	written(t, log, corrected, stream.Element{Name: "n", Value: 2})
	if got := text.String(); got != `{"level":"info","name":"flux.mean","value":1.5,"labels":{"quadrant":"ne"},"start":"2024-04-10T12:00:00Z","end":"2024-04-10T12:00:10Z","correction":true,"message":"element"}
{"level":"info","name":"n","value":2,"message":"element"}
` {
		t.Error(got)
	}
}

// hostile are elements with all that a reader might trip over.
func hostile() []stream.Element {
	var all []stream.Element
	for i, text := range []string{"ne", `"`, ",", "\n", "\r\n", `\`, "ä日", "", " ", "nan", "a|b:c", "1", "\u2028", "<&>"} {
		e := element("flux.mean", []float64{1.5, math.NaN(), math.Inf(1), math.Inf(-1), 0.1, 1e300, 1e-300, math.Copysign(0, -1)}[i%8], stream.Labels{"text": text, "i": fmt.Sprint(i)})
		e.Correction = i == 3
		all = append(all, e)
	}
	return all
}

func TestPandasReadsLines(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	labeled, err := sink.CSVFile(filepath.Join(dir, "labels.csv"), sink.CSVOptions{Labels: []string{"text", "i"}})
	if err != nil {
		t.Fatal(err)
	}
	keyed, err := sink.CSVFile(filepath.Join(dir, "key.csv"), sink.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sink.JSONLinesFile(filepath.Join(dir, "lines.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []stream.Sink{labeled, keyed, lines} {
		written(t, s, hostile()...)
		closed(t, s)
	}
	out := py.Run(t, `
import sys, json, numpy as np, pandas as pd
texts = ["ne", '"', ",", "\n", "\r\n", "\\", "ä日", "", " ", "nan", "a|b:c", "1", "\u2028", "<&>"]
values = ([1.5, np.nan, np.inf, -np.inf, 0.1, 1e300, 1e-300, -0.0] * 2)[:14]
a = pd.read_csv(sys.argv[1] + "/labels.csv", parse_dates=["time", "start"], keep_default_na=False, na_values={"value": ["nan"]}, dtype={"text": str})
assert list(a.columns) == ["time", "start", "name", "value", "text", "i", "correction"], a.columns
assert list(a.text) == texts, list(a.text)
np.testing.assert_array_equal(a.value, values)
assert (a.time == pd.Timestamp("2024-04-10T12:00:10Z")).all() and (a.start == pd.Timestamp("2024-04-10T12:00:00Z")).all()
assert list(a.correction) == [k == 3 for k in range(14)] and a.correction.dtype == bool
assert list(a.i) == list(range(14)) and (a.name == "flux.mean").all() if not callable(a.name) else True
b = pd.read_csv(sys.argv[1] + "/key.csv")
assert b.labels[0] == "i:0|text:ne" and b.labels[10] == "i:10|text:a\\|b:c", list(b.labels)
np.testing.assert_array_equal(b.value, values)
c = pd.read_json(sys.argv[1] + "/lines.json", lines=True, precise_float=True)
assert [l["text"] for l in c.labels] == texts
lines = [json.loads(l) for l in open(sys.argv[1] + "/lines.json", encoding="utf-8", newline="\n")]
np.testing.assert_array_equal([float(l["is"]) if l["value"] is None else l["value"] for l in lines], values)
finite = np.isfinite(values)
np.testing.assert_array_equal(c.value[finite], np.array(values)[finite])
assert [str(x) for x in c["is"][1:4]] == ["nan", "inf", "-inf"]
print("ok", c.value[1], c.value[2])
`, dir)
	if !strings.HasPrefix(out, "ok nan") {
		t.Error(out)
	}
}

// A program that died in the middle of a line left a part of it.
func TestTornLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	open := func() stream.Sink {
		t.Helper()
		s, err := sink.CSVFile(path, sink.CSVOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	written(t, s, element("a", 1, nil), element("a", 2, nil))
	closed(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open()
		written(t, s, element("b", 3, nil))
		closed(t, s)
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(got), "\n")
		kept := strings.Count(string(whole[:cut]), "\n")
		if !strings.HasPrefix(string(got), strings.Join(strings.SplitAfter(string(whole), "\n")[:max(1, kept)], "")) || len(lines) != max(1, kept)+2 || !strings.Contains(lines[len(lines)-2], ",b,3,") {
			t.Fatalf("cut to %d bytes: %q", cut, got)
		}
	}
	if _, err := sink.CSVFile(path, sink.CSVOptions{Labels: []string{"x"}}); err == nil || !strings.Contains(err.Error(), "it has other columns") {
		t.Error(err)
	}
	if _, err := sink.JSONLinesFile(t.TempDir()); err == nil {
		t.Error("a directory is taken for a file")
	}
	if _, err := sink.CSVFile(filepath.Join(t.TempDir(), "none", "a"), sink.CSVOptions{}); err == nil || !strings.Contains(err.Error(), "none") {
		t.Error(err)
	}
}

// Line ends and quotes in labels are no ends of rows.
func TestTornLabels(t *testing.T) {
	texts := []string{"one\ntwo", `say "x"`, "\"\n\"", "plain", "\n"}
	var all []stream.Element
	for i, text := range texts {
		all = append(all, element("a", float64(i), stream.Labels{"text": text}))
	}
	for _, format := range []string{"csv", "json"} {
		path := filepath.Join(t.TempDir(), format)
		open := func() (s stream.Sink) {
			t.Helper()
			var err error
			if format == "csv" {
				s, err = sink.CSVFile(path, sink.CSVOptions{Labels: []string{"text"}})
			} else {
				s, err = sink.JSONLinesFile(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open()
		written(t, s, all...)
		closed(t, s)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range whole {
			if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			s := open()
			written(t, s, element("a", -1, stream.Labels{"text": "last"}))
			closed(t, s)
			got := labelsIn(t, path, format)
			if n := len(got); n == 0 || got[n-1] != "last" || !slices.Equal(got[:n-1], texts[:n-1]) {
				t.Fatalf("%s cut to %d bytes: %q", format, cut, got)
			}
		}
	}
}

// labelsIn returns the label "text" of each row.
func labelsIn(t *testing.T, path, format string) (all []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if format == "csv" {
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			all = append(all, row[4])
		}
		return all
	}
	for d := json.NewDecoder(f); d.More(); {
		var e struct{ Labels stream.Labels }
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Labels["text"])
	}
	return all
}

// unreliable takes parts, and fails.
type unreliable struct {
	bytes.Buffer
	random *rand.Rand
}

var errFull = errors.New("disk full")

func (u *unreliable) Write(b []byte) (int, error) {
	if n := u.random.IntN(len(b) + 40); n < len(b) {
		u.Buffer.Write(b[:n])
		return n, errFull
	}
	return u.Buffer.Write(b)
}

// What a writer took in parts is whole in the end, each line once.
func TestWritersThatFail(t *testing.T) {
	for seed := range uint64(200) {
		w := &unreliable{random: rand.New(rand.NewPCG(seed, 1))}
		s := sink.JSONLines(w)
		elements := hostile()
		for len(elements) > 0 {
			n, err := s.Write(t.Context(), elements)
			if err != nil && !errors.Is(err, errFull) || err == nil && n < len(elements) {
				t.Fatal(n, err)
			}
			elements = elements[n:]
		}
		for s.(stream.Closer).Close(t.Context()) != nil {
		}
		var want bytes.Buffer
		written(t, sink.JSONLines(&want), hostile()...)
		if got := w.Buffer.String(); got != want.String() {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, got, want.String())
		}
	}
}

func TestTextThatIsNone(t *testing.T) {
	for name, s := range map[string]stream.Sink{"JSON": sink.JSONLines(new(bytes.Buffer)), "Prometheus": new(sink.Prometheus), "Influx": sink.InfluxLines(new(bytes.Buffer))} {
		n, err := s.Write(t.Context(), []stream.Element{element("a", 1, nil), element("a", 1, stream.Labels{"b": "\xff"}), element("a", 1, nil)})
		if n != 1 || !errors.Is(err, stream.ErrRefused) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}
