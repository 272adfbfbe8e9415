package dataelab

import (
	"fmt"
	"io"
	"os"
	"sync"
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
var (
	current = standardSink(zerolog.WarnLevel, "dataelab")
	using   sync.RWMutex // guards current; read-held while a line is written, so that no file is closed then
)

// standardSink tells a person at a terminal when results are not stored.
func standardSink(level zerolog.Level, name string) *sink {
	out := zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: "2006-01-02 15:04:05.000", NoColor: true}
	return &sink{logger: newLogger(out, level, name)}
}

func newLogger(out io.Writer, level zerolog.Level, name string) zerolog.Logger {
	return zerolog.New(out).Level(level).With().Str("logger", name).Logger().Hook(zerolog.HookFunc(stamp))
}

// stamp writes the time of a line. zerolog's own timestamp has the format of a variable
// that the whole program shares, which has whole seconds by default.
func stamp(line *zerolog.Event, _ zerolog.Level, _ string) {
	line.Str(zerolog.TimestampFieldName, time.Now().Format("2006-01-02T15:04:05.000Z07:00"))
}

// SetLogfile sends the log of all cachers in this program to a file, one JSON
// object per line, appended; name is the logger's name in each line. An empty
// filename goes back to the standard error, where, by default, warnings and
// errors are shown. zerolog.Disabled silences it.
//
//	error  a result could not be stored, once where it is for the directory; a mapped file
//	       turned out to be damaged
//	warn   a damaged file was set aside; two programs or two trees take the same names; a
//	       call waits for another one, and for what
//	info   a result was computed, stored, loaded, invalidated or cleared; a computation failed
//	debug  an entry was looked up, and why it was not there
//	trace  a hit in memory; only if set before SetTag, as it slows hits down
//
// Lines have their time in milliseconds, tag, name, path, bytes, elapsed and compute_time (seconds) where these
// are known, and why (in a word or two) and reason (all of it) where a value was
// not found.
func SetLogfile(filename string, level zerolog.Level, name string) error {
	next := standardSink(level, name)
	if filename != "" {
		f, err := os.OpenFile(filename, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("dataelab: set logfile: %w: the log goes where it went before", err)
		}
		next = &sink{logger: newLogger(f, level, name), file: f}
	}
	using.Lock()
	old := current
	current = next
	using.Unlock()
	if old.file == nil {
		return nil
	}
	if err := old.file.Close(); err != nil {
		return fmt.Errorf("dataelab: set logfile: close the former one: %w", err)
	}
	return nil
}

// use lends the logger to write, whose file stays open meanwhile.
func use(write func(*zerolog.Logger)) {
	using.RLock()
	defer using.RUnlock()
	write(&current.logger)
}

// Observer returns what tells the log of [SetLogfile] of events. It is for packages that give
// cachers of an object tree their tag themselves, by diskcache.BindAll, as SetTag does.
func Observer() diskcache.Observer { return observer() }

func observer() (o diskcache.Observer) {
	use(func(log *zerolog.Logger) { o.TraceHits = log.GetLevel() <= zerolog.TraceLevel })
	o.Tell = func(e diskcache.Event) { use(func(log *zerolog.Logger) { write(log, e) }) }
	return o
}

var levels = map[diskcache.EventKind]zerolog.Level{
	diskcache.LookedUp:     zerolog.DebugLevel,
	diskcache.Loaded:       zerolog.InfoLevel,
	diskcache.Computed:     zerolog.InfoLevel,
	diskcache.Saved:        zerolog.InfoLevel,
	diskcache.Failed:       zerolog.InfoLevel, // the caller has the error
	diskcache.Evicted:      zerolog.InfoLevel,
	diskcache.Invalidated:  zerolog.InfoLevel,
	diskcache.Cleared:      zerolog.InfoLevel,
	diskcache.Merged:       zerolog.InfoLevel,
	diskcache.Conflict:     zerolog.WarnLevel,
	diskcache.SetAside:     zerolog.WarnLevel,
	diskcache.Waiting:      zerolog.WarnLevel,
	diskcache.Warned:       zerolog.WarnLevel,
	diskcache.SaveFailed:   zerolog.ErrorLevel,
	diskcache.FoundDamaged: zerolog.ErrorLevel,
}

// LogEvents returns a function for the OnEvent of a [diskcache.Cache], or of
// [diskcache.Options], that logs what happens as SetLogfile says. It logs to the
// logger that it is given, so that functions have a log of their own.
func LogEvents(log zerolog.Logger) func(diskcache.Event) {
	return func(e diskcache.Event) { write(&log, e) }
}

func write(log *zerolog.Logger, e diskcache.Event) {
	level := levels[e.Kind]
	switch {
	case e.Source == diskcache.FromMemory:
		level = zerolog.TraceLevel
	case e.Repeated:
		level = zerolog.DebugLevel
	}
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
	if e.ComputeTime > 0 {
		line.Float64("compute_time", e.ComputeTime.Seconds())
	}
	if e.Why != diskcache.NoReason {
		line.Str("why", e.Why.String())
	}
	if e.Reason != "" {
		line.Str("reason", e.Reason)
	}
	if e.Err != nil {
		line.Err(e.Err)
	}
	line.Msg(e.Kind.String())
}
