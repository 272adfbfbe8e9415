package sink

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// CSVOptions say which columns a CSV sink writes.
type CSVOptions struct {
	// Labels are the labels that have a column each. An element without one of them has an
	// empty field there. If there are none, a column "labels" has the key of the labels.
	Labels []string
}

// CSV returns a sink that writes elements as rows of CSV with a header: time, start, name, value, the labels,
// and whether it is a correction. Times are in RFC 3339; numbers that are not finite are nan, inf and -inf, as
// pandas.read_csv reads them.
func CSV(w io.Writer, o CSVOptions) (stream.Sink, error) {
	if _, err := io.WriteString(w, o.head()); err != nil {
		return nil, fmt.Errorf("sink: CSV: write the header: %w", err)
	}
	return o.sink(w), nil
}

// CSVFile is [CSV] into a file, which is made if needed. Rows are appended to those that it has; a row that is not
// complete, since a program died while it wrote, is removed. Closing the sink flushes the file to the disk.
func CSVFile(path string, o CSVOptions) (stream.Sink, error) {
	f, err := openLines(path, o.head(), true)
	if err != nil {
		return nil, fmt.Errorf("sink: CSV: %w", err)
	}
	s := o.sink(f)
	s.file = f
	return s, nil
}

func (o CSVOptions) columns() []string {
	labels := o.Labels
	if len(labels) == 0 {
		labels = []string{"labels"}
	}
	all := append([]string{"time", "start", "name", "value"}, labels...)
	return append(all, "correction")
}

func (o CSVOptions) head() string { return string(csvLine(nil, o.columns())) + "\n" }

// csvLine appends fields as a line, without its end.
func csvLine(b []byte, fields []string) []byte {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.Write(fields) // a Buffer has no errors
	w.Flush()
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

func (o CSVOptions) sink(w io.Writer) *lines {
	return &lines{w: w, line: func(b []byte, e stream.Element) ([]byte, error) {
		fields := []string{formatTime(e.Time), formatTime(e.Start), e.Name, formatValue(e.Value)}
		if len(o.Labels) == 0 {
			fields = append(fields, string(e.Key()))
		}
		for _, name := range o.Labels {
			fields = append(fields, e.Labels[name])
		}
		fields = append(fields, strconv.FormatBool(e.Correction))
		return csvLine(b, fields), nil
	}}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}

func formatValue(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// JSONLines returns a sink that writes each element as a line of JSON, as pandas.read_json(lines=True) reads it:
//
//	{"time":"2024-04-10T11:22:40.000000000Z","start":"…","name":"flux.mean","value":1.5,"labels":{"quadrant":"ne"}}
//
// JSON has no numbers that are not finite: their value is null, and the member "is" says which it was: "nan", "inf" or "-inf".
func JSONLines(w io.Writer) stream.Sink { return &lines{w: w, line: jsonLine} }

// JSONLinesFile is [JSONLines] into a file, which is made if needed. Lines are appended to those that it has; a line that is
// not complete, since a program died while it wrote, is removed. Closing the sink flushes the file to the disk.
func JSONLinesFile(path string) (stream.Sink, error) {
	f, err := openLines(path, "", false)
	if err != nil {
		return nil, fmt.Errorf("sink: JSON lines: %w", err)
	}
	return &lines{w: f, file: f, line: jsonLine}, nil
}

func jsonLine(b []byte, e stream.Element) ([]byte, error) {
	value, is := &e.Value, ""
	if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
		value, is = nil, formatValue(e.Value)
	}
	text, err := json.Marshal(struct {
		Time       string        `json:"time,omitempty"`
		Start      string        `json:"start,omitempty"`
		Name       string        `json:"name"`
		Value      *float64      `json:"value"`
		Is         string        `json:"is,omitempty"`
		Labels     stream.Labels `json:"labels,omitempty"`
		Correction bool          `json:"correction,omitempty"`
	}{formatTime(e.Time), formatTime(e.Start), e.Name, value, is, e.Labels, e.Correction})
	return append(b, text...), err
}
