package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// OpenTSDBOptions say where an OpenTSDB server is, and what elements become there.
type OpenTSDBOptions struct {
	// Tags are added to the labels of each element. A data point needs one tag at least: without
	// labels and Tags it has the tag host, the name of this machine.
	Tags stream.Labels

	// Milliseconds sends times in milliseconds. The default is seconds, of which a series has one value each: the last
	// one that came.
	Milliseconds bool

	// OnOverwrite is called when an element has the same series and time, in the unit that is sent, as the one before it in the series,
	// which it overwrites in the server.
	OnOverwrite func(stream.Element)

	// Client makes the requests. The default is http.DefaultClient.
	Client *http.Client
}

// OpenTSDB returns a sink that writes to an OpenTSDB server by HTTP (/api/put) at an address such as
// "http://localhost:4242". The time of a data point is the end of the window. An element is refused if its value
// is not finite, if its name or labels have characters that OpenTSDB does not take, or if the server refuses it.
func OpenTSDB(address string, o OpenTSDBOptions) (stream.Sink, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return nil, fmt.Errorf("sink: OpenTSDB: address %q is not one such as http://localhost:4242", address)
	}
	base = base.JoinPath("api/put")
	base.RawQuery = "details"
	return &openTSDB{points: points{o: o, last: map[string]int64{}}, url: base.String()}, nil
}

// OpenTSDBTelnet is [OpenTSDB] by the put command of the telnet interface, at an address such as "localhost:4242". That
// interface does not confirm what it stored: elements are delivered when they are on their way. What the server
// says of errors is the error of the next Write.
func OpenTSDBTelnet(address string, o OpenTSDBOptions) (stream.Sink, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("sink: OpenTSDB: address %q is not one such as localhost:4242: %w", address, err)
	}
	return &openTSDBTelnet{points: points{o: o, last: map[string]int64{}}, address: address}, nil
}

// A point is what /api/put takes.
type point struct {
	Metric    string        `json:"metric"`
	Timestamp int64         `json:"timestamp"`
	Value     float64       `json:"value"`
	Tags      stream.Labels `json:"tags"`
}

// points makes data points of elements.
type points struct {
	o    OpenTSDBOptions
	host string
	last map[string]int64 // the time of the last element of a series
}

func (p *points) point(e stream.Element) (point, error) {
	fail := func(form string, args ...any) (point, error) {
		return point{}, fmt.Errorf("sink: OpenTSDB: element %v: %w: %s", e, stream.ErrRefused, fmt.Sprintf(form, args...))
	}
	if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
		return fail("the value is not finite")
	}
	at := e.Time.Unix()
	if p.o.Milliseconds {
		at = e.Time.UnixMilli()
	}
	if at <= 0 {
		return fail("the time is not after 1970")
	}
	tags := stream.Labels{}
	maps.Copy(tags, p.o.Tags)
	maps.Copy(tags, e.Labels)
	if len(tags) == 0 {
		tags["host"] = p.hostName()
	}
	for _, text := range append([]string{e.Name}, slices.Concat(slices.Collect(maps.Keys(tags)), slices.Collect(maps.Values(tags)))...) {
		if i := strings.IndexFunc(text, func(c rune) bool {
			return !strings.ContainsRune("-_./", c) && !unicode.IsLetter(c) && !(c >= '0' && c <= '9')
		}); i >= 0 || text == "" {
			return fail("%q: OpenTSDB takes letters, digits and -_./ only, and at least one", text)
		}
	}
	return point{e.Name, at, e.Value, tags}, nil
}

func (p *points) hostName() string {
	if p.host == "" {
		p.host = hostName()
	}
	return p.host
}

// sent notes elements that the server has, and warns of those that overwrote others.
func (p *points) sent(e stream.Element, at int64) {
	if e.Correction {
		return // it is to overwrite
	}
	series := e.Name + "\x00" + string(e.Key())
	if before, ok := p.last[series]; ok && before == at && p.o.OnOverwrite != nil {
		p.o.OnOverwrite(e)
	}
	if len(p.last) >= mostShown {
		clear(p.last)
	}
	p.last[series] = at
}

// all returns the points of the elements from the first on, until one is refused.
func (p *points) all(elements []stream.Element) ([]point, error) {
	var all []point
	for _, e := range elements {
		one, err := p.point(e)
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

type openTSDB struct {
	points
	url string
}

func (s *openTSDB) Write(ctx context.Context, elements []stream.Element) (int, error) {
	all, refused := s.all(elements)
	if len(all) == 0 {
		return 0, refused
	}
	body, err := json.Marshal(all)
	if err != nil {
		return 0, fmt.Errorf("sink: OpenTSDB: %w", err)
	}
	status, answer, err := post(ctx, s.o.Client, s.url, http.Header{"Content-Type": {"application/json"}}, body)
	n := len(all)
	switch {
	case err != nil:
		return 0, fmt.Errorf("sink: OpenTSDB: %w", err)
	case status/100 == 2:
	case status != http.StatusBadRequest:
		return 0, fmt.Errorf("sink: OpenTSDB: %s: %s", s.url, said(status, answer))
	default:
		i, err := s.firstRefused(all, elements, answer)
		switch {
		case err != nil:
			n, refused = i, err
		case n == 1:
			return 0, fmt.Errorf("sink: OpenTSDB: element %v: %w: %s", elements[0], stream.ErrRefused, said(status, answer))
		default: // it does not say which
			n, err = halves(ctx, s, elements[:n])
			if err == nil {
				err = refused
			}
			return n, err
		}
	}
	for i := range n {
		s.sent(elements[i], all[i].Timestamp)
	}
	return n, refused
}

// firstRefused returns which point the server refused first, and why, if the answer says so. Those after it may be stored
// already; they are sent again, and overwrite themselves.
func (s *openTSDB) firstRefused(all []point, elements []stream.Element, answer []byte) (int, error) {
	var details struct {
		Errors []struct {
			Point struct { // without its value, which some versions write as text
				Metric    string        `json:"metric"`
				Timestamp int64         `json:"timestamp"`
				Tags      stream.Labels `json:"tags"`
			} `json:"datapoint"`
			Why string `json:"error"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(answer, &details); err == nil {
		for i, p := range all {
			for _, bad := range details.Errors {
				if bad.Point.Metric == p.Metric && bad.Point.Timestamp == p.Timestamp && maps.Equal(bad.Point.Tags, p.Tags) {
					return i, fmt.Errorf("sink: OpenTSDB: element %v: %w: %s", elements[i], stream.ErrRefused, bad.Why)
				}
			}
		}
	}
	return 0, nil
}

type openTSDBTelnet struct {
	points
	address string
	conn    net.Conn
}

func (s *openTSDBTelnet) Write(ctx context.Context, elements []stream.Element) (int, error) {
	all, refused := s.all(elements)
	if len(all) == 0 {
		return 0, refused
	}
	if err := s.connect(ctx); err != nil {
		return 0, fmt.Errorf("sink: OpenTSDB: %w", err)
	}
	if err := s.answer(); err != nil {
		return 0, err
	}
	var text []byte
	var ends []int
	for _, p := range all {
		text = fmt.Appendf(text, "put %s %d %s", p.Metric, p.Timestamp, strconv.FormatFloat(p.Value, 'g', -1, 64))
		for _, name := range slices.Sorted(maps.Keys(p.Tags)) {
			text = fmt.Appendf(text, " %s=%s", name, p.Tags[name])
		}
		text = append(text, '\n')
		ends = append(ends, len(text))
	}
	written, err := writeUntil(ctx, s.conn, text)
	n := 0
	for n < len(ends) && ends[n] <= written {
		s.sent(elements[n], all[n].Timestamp)
		n++
	}
	if err != nil {
		_ = s.disconnect()
		return n, fmt.Errorf("sink: OpenTSDB: %w", err)
	}
	return n, refused
}

// writeUntil writes to a connection, or until ctx ends. After an error the connection is of no further use.
func writeUntil(ctx context.Context, conn net.Conn, text []byte) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = conn.SetWriteDeadline(time.Unix(1, 0)) // a connection that is closed needs none
	})
	n, err = conn.Write(text)
	if !stop() {
		<-ended
		if err == nil { // all was written, and the deadline is for this Write only
			return n, conn.SetWriteDeadline(time.Time{})
		}
	}
	return n, err
}

func (s *openTSDBTelnet) connect(ctx context.Context) (err error) {
	if s.conn == nil {
		s.conn, err = new(net.Dialer).DialContext(ctx, "tcp", s.address)
	}
	return err
}

func (s *openTSDBTelnet) disconnect() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// answer returns an error if the server has complained by now of what it was sent before, or has closed the connection.
func (s *openTSDBTelnet) answer() error {
	var b [1024]byte
	err := s.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	n := 0
	if err == nil {
		n, err = s.conn.Read(b[:])
	}
	switch {
	case n > 0:
		return fmt.Errorf("sink: OpenTSDB: %s complained of what it was sent before: %s", s.address, strings.TrimSpace(string(b[:n])))
	case err != nil && !isTimeout(err):
		_ = s.disconnect()
		return fmt.Errorf("sink: OpenTSDB: the connection to %s was closed: %w", s.address, err)
	}
	return nil
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// Close closes the connection.
func (s *openTSDBTelnet) Close(context.Context) error { return s.disconnect() }
