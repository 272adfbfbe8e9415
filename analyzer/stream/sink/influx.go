package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// InfluxOptions say where an InfluxDB server is, and where in it elements go.
type InfluxOptions struct {
	// URL is the address of the server, such as "http://localhost:8086".
	URL string

	// Org, Bucket and Token are for servers of version 2 and later.
	Org, Bucket, Token string

	// Database, User and Password are for servers of version 1, and for what understands its /write.
	Database, User, Password string

	// Client makes the requests. The default is http.DefaultClient.
	Client *http.Client
}

// Influx returns a sink that writes to an InfluxDB server by HTTP. The name of an element becomes the
// measurement, its labels the tags, its value the field "value", and the end of its window the time.
// An element whose value is not finite, or whose name or labels the line protocol cannot express, is refused, and
// so is one that the server refuses.
func Influx(o InfluxOptions) (stream.Sink, error) {
	base, err := url.Parse(o.URL)
	switch {
	case err != nil || base.Scheme == "" || base.Host == "":
		return nil, fmt.Errorf("sink: Influx: URL %q is not one such as http://localhost:8086", o.URL)
	case (o.Bucket == "") == (o.Database == ""):
		return nil, errors.New("sink: Influx: give either Bucket, with Org and Token, or Database")
	}
	s := &influx{client: o.Client, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
	query := url.Values{"precision": {"ns"}}
	if o.Bucket != "" {
		base = base.JoinPath("api/v2/write")
		query.Set("org", o.Org)
		query.Set("bucket", o.Bucket)
		if o.Token != "" {
			s.header.Set("Authorization", "Token "+o.Token)
		}
	} else {
		base = base.JoinPath("write")
		query.Set("db", o.Database)
		if o.User != "" {
			(&http.Request{Header: s.header}).SetBasicAuth(o.User, o.Password)
		}
	}
	base.RawQuery = query.Encode()
	s.url = base.String()
	return s, nil
}

// InfluxLines returns a sink that writes elements in InfluxDB's line protocol, such as for the standard output of a
// program that Telegraf runs.
func InfluxLines(w io.Writer) stream.Sink { return &lines{w: w, line: influxLine} }

type influx struct {
	url    string
	header http.Header
	client *http.Client
}

func (s *influx) Write(ctx context.Context, elements []stream.Element) (int, error) {
	var body []byte
	n := 0
	var refused error
	for _, e := range elements {
		line, err := influxLine(body, e)
		if err != nil {
			refused = fmt.Errorf("sink: Influx: element %v: %w: %w", e, stream.ErrRefused, err)
			break
		}
		line = append(line, '\n')
		body = line
		n++
	}
	if n == 0 {
		return 0, refused
	}
	status, answer, err := post(ctx, s.client, s.url, s.header, body)
	switch {
	case err != nil:
		return 0, fmt.Errorf("sink: Influx: %w", err)
	case status/100 == 2:
		return n, refused
	case status != http.StatusBadRequest && status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge:
		return 0, fmt.Errorf("sink: Influx: %s: %s", s.url, said(status, answer))
	case n == 1:
		return 0, fmt.Errorf("sink: Influx: element %v: %w: %s", elements[0], stream.ErrRefused, said(status, answer))
	}
	// One of them is refused, or they are too many at once. The others may be stored already, and are again what they were.
	n, err = halves(ctx, s, elements[:n])
	if err == nil {
		err = refused
	}
	return n, err
}

var (
	influxName  = strings.NewReplacer(`,`, `\,`, ` `, `\ `)
	influxLabel = strings.NewReplacer(`,`, `\,`, ` `, `\ `, `=`, `\=`)
)

// influxLine appends an element in line protocol, without the end of the line.
func influxLine(b []byte, e stream.Element) ([]byte, error) {
	switch {
	case math.IsNaN(e.Value) || math.IsInf(e.Value, 0):
		return b, errors.New("the line protocol has finite numbers only")
	case strings.HasPrefix(e.Name, "_") || strings.HasPrefix(e.Name, "#"):
		return b, errors.New(`a measurement does not begin with "_" or "#"`)
	case e.Time.Year() < 1678 || e.Time.Year() > 2261:
		if !e.Time.IsZero() {
			return b, fmt.Errorf("the year %d is not between 1678 and 2261", e.Time.Year())
		}
	}
	if err := checkText(e); err != nil {
		return b, err
	}
	if err := influxText("the name", e.Name); err != nil {
		return b, err
	}
	b = append(b, influxName.Replace(e.Name)...)
	for _, name := range slices.Sorted(maps.Keys(e.Labels)) {
		value := e.Labels[name]
		if value == "" {
			continue // there are no empty ones; a tag that is missing is the same
		}
		if name == "time" || strings.HasPrefix(name, "_") {
			return b, fmt.Errorf("a tag is not named %q", name)
		}
		if err := errors.Join(influxText("a label", name), influxText("label "+name, value)); err != nil {
			return b, err
		}
		b = append(b, ',')
		b = append(b, influxLabel.Replace(name)...)
		b = append(b, '=')
		b = append(b, influxLabel.Replace(value)...)
	}
	b = append(b, " value="...)
	b = strconv.AppendFloat(b, e.Value, 'g', -1, 64)
	if !e.Time.IsZero() {
		b = append(b, ' ')
		b = strconv.AppendInt(b, e.Time.UnixNano(), 10)
	}
	return b, nil
}

// influxText refuses what has no form in the line protocol.
func influxText(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%s is empty", what)
	case strings.ContainsAny(s, "\n\r\x00"):
		return fmt.Errorf("%s, %q, has a line end", what, s)
	case strings.HasSuffix(s, `\`):
		return fmt.Errorf("%s, %q, ends with a backslash", what, s)
	}
	return nil
}
