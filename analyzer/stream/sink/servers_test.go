package sink_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink"
)

func TestPrometheus(t *testing.T) {
	var p sink.Prometheus
	written(t, &p, element("flux.mean", 1.5, stream.Labels{"quadrant": "ne", "a-b": "x\"y\\z\nä"}),
		element("flux.mean", math.NaN(), nil), element("flux.mean", 1, stream.Labels{"empty": ""}), element("1st", math.Inf(-1), nil), element("flux.mean", 2, nil))
	for name, e := range map[string]stream.Element{
		`flux_mean is the name of "flux.mean" already`:   element("flux_mean", 1, nil),
		`a_b is the name of both labels "a-b" and "a_b"`: element("x", 1, stream.Labels{"a-b": "", "a_b": ""}),
		`label "__name__" begins with two underscores`:   element("x", 1, stream.Labels{"__name__": "y"}),
	} {
		if n, err := p.Write(t.Context(), []stream.Element{e}); n != 0 || !errors.Is(err, stream.ErrRefused) || !strings.Contains(err.Error(), name) {
			t.Errorf("%d, %v", n, err)
		}
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	want := `# TYPE _st gauge
_st -Inf
# TYPE flux_mean gauge
flux_mean 2
flux_mean{a_b="x\"y\\z\nä",quadrant="ne"} 1.5
`
	if got := w.Body.String(); got != want || w.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("got %s\n%v", got, w.Header())
	}
}

// A correction of a window before the last one is not shown.
func TestPrometheusCorrections(t *testing.T) {
	var p sink.Prometheus
	former := element("a", 1, nil)
	former.Correction, former.Time = true, former.Time.Add(-time.Second)
	same := element("a", 3, nil)
	same.Correction = true
	for _, c := range []struct {
		e    stream.Element
		want string
	}{{element("a", 2, nil), "a 2\n"}, {former, "a 2\n"}, {same, "a 3\n"}} {
		written(t, &p, c.e)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Body.String(); !strings.HasSuffix(got, c.want) {
			t.Errorf("%v: %s", c.e, got)
		}
	}
}

func TestPrometheusExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sink.Prometheus{Expire: time.Minute, MaxSeries: 2, Times: true}
		text := func() string {
			w := httptest.NewRecorder()
			p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			return w.Body.String()
		}
		written(t, &p, element("a", 1, nil), element("b", 1, nil))
		if n, err := p.Write(t.Context(), []stream.Element{element("c", 1, nil)}); n != 0 || !errors.Is(err, stream.ErrRefused) {
			t.Error(n, err)
		}
		time.Sleep(30 * time.Second)
		written(t, &p, element("b", 2, nil))
		time.Sleep(30 * time.Second)
		if got := text(); got != "# TYPE b gauge\nb 2 1712750410000\n" {
			t.Error(got)
		}
		written(t, &p, element("c", 1, nil))
	})
}

// Sinks for servers, each with a server that remembers the lines it took.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	lines   []string
	request *http.Request
	refuse  string // in a line
	status  int    // of all, if not 0
	details bool

	requests int
}

func newServer(t *testing.T, split func(body []byte) []string) *server {
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.request = r
		s.requests++
		if s.status != 0 {
			http.Error(w, "on purpose", s.status)
			return
		}
		var bad []string
		for _, line := range split(body) {
			if s.refuse != "" && strings.Contains(line, s.refuse) {
				bad = append(bad, line)
			} else {
				s.lines = append(s.lines, line)
			}
		}
		switch {
		case bad != nil && s.details:
			w.WriteHeader(http.StatusBadRequest)
			var errs []string
			for _, line := range bad {
				line = valueInJSON.ReplaceAllString(line, `"value":"$1"`) // OpenTSDB keeps it as text
				errs = append(errs, fmt.Sprintf(`{"datapoint":%s,"error":"unknown metric"}`, line))
			}
			fmt.Fprintf(w, `{"failed":%d,"success":1,"errors":[%s]}`, len(bad), strings.Join(errs, ","))
		case bad != nil:
			http.Error(w, "bad line", http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

var valueInJSON = regexp.MustCompile(`"value":([^,}]+)`)

func textLines(body []byte) []string {
	return strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
}

// drive writes elements as a Coordinator does, without the refused ones, and returns the names of those.
func drive(t *testing.T, s stream.Sink, elements []stream.Element) (refused []string) {
	t.Helper()
	for len(elements) > 0 {
		n, err := s.Write(t.Context(), elements)
		elements = elements[n:]
		if errors.Is(err, stream.ErrRefused) && len(elements) > 0 {
			refused = append(refused, elements[0].Name)
			elements = elements[1:]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return refused
}

func TestInflux(t *testing.T) {
	srv := newServer(t, textLines)
	srv.refuse = "bad"
	s, err := sink.Influx(sink.InfluxOptions{URL: srv.URL + "/influx", Org: "o&o", Bucket: "b", Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	refused := drive(t, s, []stream.Element{
		element("flux,mean x", 1.5, stream.Labels{"qua=drant": "n,e w", "empty": "", "b": `\x"`}),
		element("nan", math.NaN(), nil), element("bad1", 1, nil), element("good", -0.25, nil), element("line", 1, stream.Labels{"a": "b\nc"}),
		element("backslash", 1, stream.Labels{"a": `b\`}), element("", 1, nil), element("bad2", 1, nil), element("last", 3, nil),
	})
	want := strings.Fields("nan bad1 line backslash bad2")
	want = append(want[:4], "", "bad2")
	if fmt.Sprint(refused) != fmt.Sprint(want) {
		t.Errorf("refused %q, want %q", refused, want)
	}
	got := map[string]bool{}
	for _, line := range srv.lines {
		got[line] = true
	}
	for _, line := range []string{`flux\,mean\ x,b=\x",qua\=drant=n\,e\ w value=1.5 1712750410000000000`, "good value=-0.25 1712750410000000000", "last value=3 1712750410000000000"} {
		if !got[line] {
			t.Errorf("%s is missing in %q", line, srv.lines)
		}
	}
	if r := srv.request; r.URL.Path != "/influx/api/v2/write" || r.URL.Query().Get("org") != "o&o" || r.URL.Query().Get("precision") != "ns" || r.Header.Get("Authorization") != "Token secret" {
		t.Errorf("%v %v", r.URL, r.Header)
	}
	srv.status = http.StatusServiceUnavailable
	if n, err := s.Write(t.Context(), []stream.Element{element("a", 1, nil)}); n != 0 || err == nil || errors.Is(err, stream.ErrRefused) || !strings.Contains(err.Error(), "503 Service Unavailable: on purpose") {
		t.Error(n, err)
	}
	one, err := sink.Influx(sink.InfluxOptions{URL: srv.URL, Database: "d", User: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	srv.status = 0
	written(t, one, element("a", 1, nil))
	if user, password, ok := srv.request.BasicAuth(); srv.request.URL.Path != "/write" || srv.request.URL.Query().Get("db") != "d" || !ok || user != "u" || password != "p" {
		t.Errorf("%v %v", srv.request.URL, srv.request.Header)
	}
	for _, o := range []sink.InfluxOptions{{}, {URL: "localhost:8086", Bucket: "b"}, {URL: "http://x"}, {URL: "http://x", Bucket: "b", Database: "d"}} {
		if _, err := sink.Influx(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestOpenTSDB(t *testing.T) {
	for _, details := range []bool{true, false} {
		srv := newServer(t, func(body []byte) []string {
			var points []json.RawMessage
			if err := json.Unmarshal(body, &points); err != nil {
				t.Error(err)
			}
			var lines []string
			for _, p := range points {
				lines = append(lines, string(p))
			}
			return lines
		})
		srv.refuse, srv.details = "bad", details
		var overwritten []string
		s, err := sink.OpenTSDB(srv.URL, sink.OpenTSDBOptions{Tags: stream.Labels{"site": "lbt"}, OnOverwrite: func(e stream.Element) { overwritten = append(overwritten, e.Name) }})
		if err != nil {
			t.Fatal(err)
		}
		refused := drive(t, s, []stream.Element{
			element("flux.mean", 1.5, stream.Labels{"quadrant": "ne"}), element("bad1", 1, nil), element("a b", 1, nil), element("inf", math.Inf(1), nil),
			element("twice", 1, nil), element("bad2", 1, nil), element("twice", 2, nil), element("twice", 2, stream.Labels{"a": "b"}), {Name: "timeless"},
		})
		if details && srv.requests != 3 { // one for each point that the server refuses, and one for the rest
			t.Errorf("%d requests", srv.requests)
		}
		if got := fmt.Sprint(refused); got != "[bad1 a b inf bad2 timeless]" {
			t.Errorf("refused %s", got)
		}
		if !strings.Contains(strings.Join(srv.lines, "\n"), `{"metric":"flux.mean","timestamp":1712750410,"value":1.5,"tags":{"quadrant":"ne","site":"lbt"}}`) || srv.request.URL.String() != "/api/put?details" {
			t.Errorf("%s %v", srv.lines, srv.request.URL)
		}
		if fmt.Sprint(overwritten) != "[twice]" {
			t.Errorf("overwritten %v", overwritten)
		}
		srv.status = http.StatusInternalServerError
		if n, err := s.Write(t.Context(), []stream.Element{element("a", 1, nil)}); n != 0 || err == nil || errors.Is(err, stream.ErrRefused) {
			t.Error(n, err)
		}
	}
	for _, address := range []string{"", "localhost:4242", "http://"} {
		if _, err := sink.OpenTSDB(address, sink.OpenTSDBOptions{}); err == nil {
			t.Errorf("address %q is taken", address)
		}
	}
}

// A Write whose context ends, at any time, hurts nothing that comes after it.
func TestOpenTSDBTelnetStops(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	})
	s, err := sink.OpenTSDBTelnet(l.Addr().String(), sink.OpenTSDBOptions{Tags: stream.Labels{"site": "lbt"}})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, _ = s.Write(ctx, []stream.Element{element("a", 1, nil)}) // either
		if n, err := s.Write(ended, []stream.Element{element("a", 1, nil)}); n != 0 || !errors.Is(err, context.Canceled) {
			t.Fatal(n, err)
		}
		written(t, s, element("a", 1, nil))
		closed(t, s)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	conns.Wait()
}

// The telnet interface, by its documentation: opentsdb.net/docs/build/html/api_telnet/put.html.
func TestOpenTSDBTelnet(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines, hungUp := make(chan string, 100), make(chan struct{})
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				for in := bufio.NewScanner(conn); in.Scan(); {
					if strings.Contains(in.Text(), "hang.up") {
						close(hungUp)
						return
					}
					if strings.Contains(in.Text(), "bad") {
						fmt.Fprintln(conn, "put: unknown metric: bad")
					}
					lines <- in.Text()
				}
			})
		}
	})
	s, err := sink.OpenTSDBTelnet(l.Addr().String(), sink.OpenTSDBOptions{Milliseconds: true, Tags: stream.Labels{"site": "lbt"}})
	if err != nil {
		t.Fatal(err)
	}
	written(t, s, element("flux.mean", 1.5, stream.Labels{"quadrant": "ne"}), element("bad", 1, nil))
	for _, want := range []string{"put flux.mean 1712750410000 1.5 quadrant=ne site=lbt", "put bad 1712750410000 1 site=lbt"} {
		if got := <-lines; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for { // until what the server said has come
		_, err := s.Write(t.Context(), []stream.Element{element("more", 1, nil)})
		if err != nil {
			if !strings.Contains(err.Error(), "complained of what it was sent before: put: unknown metric: bad") {
				t.Error(err)
			}
			break
		}
		<-lines
	}
	written(t, s, element("hang.up", 1, nil))
	<-hungUp
	for { // until the end of the connection has come; what is sent before goes nowhere
		if _, err := s.Write(t.Context(), []stream.Element{element("lost", 1, nil)}); err != nil {
			break
		}
	}
	written(t, s, element("again", 1, nil)) // it connects again
	if got := <-lines; got != "put again 1712750410000 1 site=lbt" {
		t.Errorf("got %q", got)
	}
	closed(t, s)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	conns.Wait()
	if _, err := sink.OpenTSDBTelnet("nowhere", sink.OpenTSDBOptions{}); err == nil {
		t.Error("an address without a port is taken")
	}
	if n, err := s.Write(t.Context(), []stream.Element{element("a", 1, nil)}); n != 0 || err == nil {
		t.Errorf("without a server: %d, %v", n, err)
	}
}

// Times that fit into no int64 of nanoseconds are refused.
func TestInfluxTimes(t *testing.T) {
	for _, year := range []int{1600, 2300} {
		e := element("a", 1, nil)
		e.Time = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if n, err := sink.InfluxLines(io.Discard).Write(t.Context(), []stream.Element{e}); n != 0 || !errors.Is(err, stream.ErrRefused) {
			t.Errorf("%d: %d, %v", year, n, err)
		}
	}
}

// A batch that is too large for the server is sent in parts.
func TestInfluxTooLarge(t *testing.T) {
	var got [][]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if lines := textLines(body); len(lines) <= 2 {
			got = append(got, lines)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	s, err := sink.Influx(sink.InfluxOptions{URL: server.URL, Database: "d"})
	if err != nil {
		t.Fatal(err)
	}
	var all []stream.Element
	for i := range 7 {
		all = append(all, element("a", float64(i), nil))
	}
	written(t, s, all...)
	sent := 0
	for _, lines := range got {
		for _, line := range lines {
			if !strings.HasPrefix(line, fmt.Sprintf("a value=%d ", sent)) {
				t.Errorf("line %d is %s", sent, line)
			}
			sent++
		}
	}
	if sent != 7 {
		t.Errorf("%d elements were sent", sent)
	}
}

func TestInfluxLines(t *testing.T) {
	var text bytes.Buffer
	s := sink.InfluxLines(&text)
	written(t, s, element("a", 1, nil), stream.Element{Name: "b", Value: 2})
	if got := text.String(); got != "a value=1 1712750410000000000\nb value=2\n" {
		t.Error(got)
	}
}
