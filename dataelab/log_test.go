package dataelab_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// line is one line of a log file.
type line struct {
	Level, Time, Logger, Message   string
	Tag, Name, Path, Reason, Error string
	Bytes                          int64
	Elapsed                        float64
}

// logTo sends the log to a file for the time of the test, and returns how to
// read it.
func logTo(t *testing.T, level zerolog.Level) (read func() []line) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log.json")
	t.Cleanup(func() { mustDo(t, dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab")) })
	mustDo(t, dataelab.SetLogfile(file, level, "survey"))
	return func() []line { return readLog(t, file) }
}

func readLog(t *testing.T, file string) (lines []line) {
	t.Helper()
	f, err := os.Open(file)
	mustDo(t, err)
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			t.Errorf("line %q: %v", scanner.Text(), err)
		}
		lines = append(lines, l)
	}
	mustDo(t, scanner.Err())
	return lines
}

// short is what happened in one line, without what differs from run to run.
func (l line) short() string {
	var with []string
	if l.Bytes > 0 {
		with = append(with, "bytes")
	}
	if l.Elapsed > 0 {
		with = append(with, "elapsed")
	}
	if l.Reason != "" {
		with = append(with, "reason")
	}
	if l.Error != "" {
		with = append(with, "error")
	}
	return strings.TrimSpace(l.Level + " " + l.Message + ": " + strings.Join(with, " "))
}

// everything makes each event once.
func everything(t *testing.T) (path string) {
	t.Helper()
	dir := t.TempDir()
	tagged := func(dir string) *sum {
		s := &sum{}
		mustDo(t, dataelab.SetTmpdir(s, dir))
		mustDo(t, dataelab.SetTag(s, testTag))
		return s
	}
	total := func(s *sum) {
		if _, err := s.Total(context.Background()); err != nil {
			t.Error(err)
		}
	}
	s := tagged(dir)
	path, err := s.total.FullPath()
	mustDo(t, err)
	path += ".gob"
	total(s)           // look-up, compute, save
	total(s)           // hit
	total(tagged(dir)) // load
	mustDo(t, os.WriteFile(path, []byte("damaged"), 0o600))
	total(tagged(dir)) // set aside, compute, save
	mustDo(t, dataelab.ClearCache(s))
	_, err = s.total.Refresh(context.Background(), func(context.Context) (float64, error) { return 0, errors.New("no data") })
	if err == nil { // failed
		t.Error("the error of compute is lost")
	}
	total(tagged(filepath.Join(path+".none", "x")))
	taken := tagged(filepath.Join(dir, "taken"))
	mustDo(t, os.WriteFile(filepath.Join(dir, "taken"), nil, 0o600)) // where the directory was to be
	total(taken)                                                     // save failed
	return path
}

var inMilliseconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$`)

func TestLogLines(t *testing.T) {
	read := logTo(t, zerolog.TraceLevel)
	path := everything(t)
	seen := map[string]int{}
	for _, l := range read() {
		seen[l.short()]++
		if l.Logger != "survey" || l.Tag != testTag || l.Name != "root.sum.total" || !inMilliseconds.MatchString(l.Time) ||
			!strings.Contains(l.Path, "root.sum.total") {
			t.Errorf("%+v: logger, tag, name, path or time is wrong", l)
		}
		if l.Message == "load" && (l.Path != path || l.Bytes < 8) {
			t.Errorf("%+v: want path %s and the bytes of the file", l, path)
		}
	}
	for _, want := range []string{
		"debug look-up: reason", "info compute: elapsed reason", "info save: bytes elapsed", "trace look-up: reason",
		"info load: bytes elapsed", "warn set aside: reason", "info failed: elapsed reason error", "info cleared: reason", "error save failed: elapsed error",
	} {
		if seen[want] == 0 {
			t.Errorf("no line %q", want)
		}
		delete(seen, want)
	}
	if len(seen) > 0 {
		t.Errorf("lines of other kinds: %v", seen)
	}
}

func TestLogLevels(t *testing.T) {
	order := []string{"trace", "debug", "info", "warn", "error"}
	for i, name := range order {
		level, err := zerolog.ParseLevel(name)
		mustDo(t, err)
		t.Run(name, func(t *testing.T) {
			read := logTo(t, level)
			everything(t)
			seen := map[string]bool{}
			for _, l := range read() {
				seen[l.Level] = true
			}
			for j, other := range order {
				if seen[other] != (j >= i) {
					t.Errorf("level %s: lines of level %s: %v", name, other, seen[other])
				}
			}
		})
	}
	t.Run("disabled", func(t *testing.T) {
		read := logTo(t, zerolog.Disabled)
		everything(t)
		if lines := read(); len(lines) > 0 {
			t.Errorf("%d lines", len(lines))
		}
	})
}

// Hits in memory are told of only when the level was trace at SetTag.
func TestLogTracesHitsFromSetTagOn(t *testing.T) {
	read := logTo(t, zerolog.InfoLevel)
	p := newPipeline(t, t.TempDir())
	p.call(t)
	late := logTo(t, zerolog.TraceLevel)
	p.call(t)
	if lines := late(); len(lines) != 0 {
		t.Errorf("level set after SetTag: %v", lines)
	}
	mustDo(t, dataelab.SetTag(p, testTag))
	p.call(t)
	before := len(late())
	p.call(t)
	p.call(t)
	hits := late()[before:]
	if len(hits) != 2*all || hits[0].short() != "trace look-up: reason" {
		t.Errorf("level set before SetTag: %d lines, want one for each of %d hits: %v", len(hits), 2*all, hits)
	}
	if len(read()) != 2*all {
		t.Errorf("the first file has %d lines, want %d from before the change", len(read()), 2*all)
	}
}

func TestLogfileIsAppended(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log.json")
	t.Cleanup(func() { mustDo(t, dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab")) })
	for _, name := range []string{"one", "two"} {
		mustDo(t, dataelab.SetLogfile(file, zerolog.ErrorLevel, name))
		everything(t)
	}
	lines := readLog(t, file)
	if len(lines) != 2 || lines[0].Logger != "one" || lines[1].Logger != "two" {
		t.Errorf("got %+v, want one line of each name", lines)
	}
}

// divertStderr lets the standard error be a file for the time of the test.
func divertStderr(t *testing.T) (read func() string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stderr")
	f, err := os.Create(file)
	mustDo(t, err)
	old := os.Stderr
	os.Stderr = f
	t.Cleanup(func() {
		os.Stderr = old
		mustDo(t, dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab"))
		_ = f.Close()
	})
	return func() string {
		text, err := os.ReadFile(file)
		mustDo(t, err)
		return string(text)
	}
}

func TestLogToStandardError(t *testing.T) {
	read := divertStderr(t)
	logged := logTo(t, zerolog.InfoLevel)
	mustDo(t, dataelab.SetLogfile("", zerolog.ErrorLevel, "tonight"))
	everything(t)
	mustDo(t, dataelab.SetTag(&position{}, testTag)) // a warning, which the level hides
	if lines := logged(); len(lines) != 0 {
		t.Errorf("the file that was left has %v", lines)
	}
	text := read()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, "save failed") || !strings.Contains(text, "logger=tonight") {
		t.Errorf("standard error has %q, want one line on the failed save", text)
	}
}

// A root without cachers is likely a mistake, and the log says so.
func TestLogWarnsOfNoCachers(t *testing.T) {
	read := logTo(t, zerolog.WarnLevel)
	mustDo(t, dataelab.SetTag(&position{}, testTag))
	lines := read()
	if len(lines) != 1 || lines[0].Level != "warn" || lines[0].Tag != testTag || !strings.Contains(lines[0].Message, "no DiskCacher was found") {
		t.Errorf("got %+v", lines)
	}
}

func TestLogfileThatCannotBeWritten(t *testing.T) {
	read := logTo(t, zerolog.ErrorLevel)
	for name, file := range map[string]string{
		"a directory": t.TempDir(), "no directory": filepath.Join(t.TempDir(), "none", "log"),
	} {
		err := dataelab.SetLogfile(file, zerolog.InfoLevel, "x")
		if err == nil || !strings.HasPrefix(err.Error(), "dataelab: set logfile: ") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
		if _, ok := errors.AsType[*os.PathError](err); !ok {
			t.Errorf("%s: %v is no os.PathError", name, err)
		}
	}
	everything(t)
	if lines := read(); len(lines) != 1 {
		t.Errorf("after the errors the former file has %d lines, want 1", len(lines))
	}
}

// OnEvent and the log both hear.
func TestLogBesideOnEvent(t *testing.T) {
	read := logTo(t, zerolog.InfoLevel)
	var heard []string
	s := &sum{}
	mustDo(t, dataelab.SetOptions(s, diskcache.Options{Tmpdir: t.TempDir(), OnEvent: func(e diskcache.Event) { heard = append(heard, e.Kind.String()) }}))
	mustDo(t, dataelab.SetTag(s, testTag))
	if _, err := s.Total(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"look-up", "compute", "save"}; !slices.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	if lines := read(); len(lines) != 2 {
		t.Errorf("logged %+v, want compute and save", lines)
	}
}

// While the file is changed under running calls, no line is lost, torn, or
// written to a closed file.
func TestLogfileChangesWhileCallsRun(t *testing.T) {
	stderr := divertStderr(t)
	dir := t.TempDir()
	p := newPipeline(t, filepath.Join(dir, "cache"))
	names := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	mustDo(t, dataelab.SetLogfile(names[0], zerolog.InfoLevel, "x"))
	const callers, calls = 4, 50
	var busy sync.WaitGroup
	for i := range callers {
		busy.Go(func() {
			for j := range calls {
				key := fmt.Sprint(i, "-", j)
				if _, err := p.label.Execute(context.Background(), func(context.Context) (string, error) { return key, nil }, key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { busy.Wait(); close(finished) }()
	for i, running := 0, true; running; i++ {
		mustDo(t, dataelab.SetLogfile(names[i%2], zerolog.InfoLevel, "x"))
		select {
		case <-finished:
			running = false
		default:
		}
	}
	mustDo(t, dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab"))
	if n := len(readLog(t, names[0])) + len(readLog(t, names[1])); n != 2*callers*calls {
		t.Errorf("%d lines, want %d: compute and save of each call", n, 2*callers*calls)
	}
	if text := stderr(); text != "" {
		t.Errorf("standard error has %q", text)
	}
}

// TestRelativeTmpdirIsTold: the log says once where a relative path leads.
func TestRelativeTmpdirIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	file := filepath.Join(t.TempDir(), "log")
	mustDo(t, dataelab.SetLogfile(file, zerolog.WarnLevel, "test"))
	defer func() { mustDo(t, dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab")) }()
	for range 2 {
		mustDo(t, dataelab.SetTmpdir(&pipeline{}, "relative"))
	}
	work, err := os.Getwd()
	mustDo(t, err)
	text, err := os.ReadFile(file)
	mustDo(t, err)
	if strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), "relative is "+filepath.Join(work, "relative")) {
		t.Errorf("the log has %s", text)
	}
}
