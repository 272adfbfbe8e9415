package dataelab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/diskcache"
)

// sink is where the log goes.
type sink struct {
	logger zerolog.Logger
	file   io.Closer // nil for the standard error
}

// current is shared by the program, as SetLogfile has no object it belongs to.
// What one tree or one test wants for itself goes through Options.OnEvent.
var current atomic.Pointer[sink]

func init() { current.Store(standardSink()) }

// standardSink tells a person at a terminal when results are not stored.
func standardSink() *sink {
	out := zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.DateTime, NoColor: true}
	return &sink{logger: zerolog.New(out).Level(zerolog.WarnLevel).With().Timestamp().Str("logger", "dataelab").Logger()}
}

// SetLogfile sends the log of all cachers in this program to a file, one JSON
// object per line, appended; name is the logger's name in each line. An empty
// filename goes back to the standard error, where, by default, warnings and
// errors are shown. zerolog.Disabled silences it.
//
//	error  a result could not be stored
//	warn   a damaged file was set aside; a computation failed
//	info   a result was computed, stored, or loaded
//	debug  an entry was looked up, and why it was not there
//	trace  a hit in memory; only if set before SetTag, as it slows hits down
//
// Lines have tag, name, path, bytes and elapsed (seconds) where these are known.
func SetLogfile(filename string, level zerolog.Level, name string) error {
	next := standardSink()
	if filename == "" {
		next.logger = next.logger.Level(level)
	} else {
		f, err := os.OpenFile(filename, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("dataelab: set logfile: %w", err)
		}
		next = &sink{logger: zerolog.New(f).Level(level).With().Timestamp().Str("logger", name).Logger(), file: f}
	}
	old := current.Swap(next)
	if old.file == nil {
		return nil
	}
	if err := old.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("dataelab: set logfile: close the former one: %w", err)
	}
	return nil
}

func logger() *zerolog.Logger { return &current.Load().logger }

func observer() diskcache.Observer {
	return diskcache.Observer{Tell: logEvent, TraceHits: logger().GetLevel() <= zerolog.TraceLevel}
}

var levels = map[diskcache.EventKind]zerolog.Level{
	diskcache.LookedUp:   zerolog.DebugLevel,
	diskcache.Loaded:     zerolog.InfoLevel,
	diskcache.Computed:   zerolog.InfoLevel,
	diskcache.Saved:      zerolog.InfoLevel,
	diskcache.Failed:     zerolog.WarnLevel,
	diskcache.SetAside:   zerolog.WarnLevel,
	diskcache.SaveFailed: zerolog.ErrorLevel,
}

func logEvent(e diskcache.Event) {
	level := levels[e.Kind]
	if e.InMemory {
		level = zerolog.TraceLevel
	}
	log := logger()
	if level < log.GetLevel() {
		return
	}
	line := log.WithLevel(level).Str("tag", e.Tag).Str("name", e.Name).Str("path", e.Path)
	if e.Bytes > 0 {
		line.Int64("bytes", e.Bytes)
	}
	if e.Elapsed > 0 {
		line.Float64("elapsed", e.Elapsed.Seconds())
	}
	if e.Reason != "" {
		line.Str("reason", e.Reason)
	}
	if e.Err != nil {
		line.Err(e.Err)
	}
	line.Msg(e.Kind.String())
}
