package parquetfiles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/formats/parquet"
)

// Options say when a file is complete and the next one begins. The zero value is useful.
type Options struct {
	// Rows is how many elements a file has at most. The default is 100,000.
	Rows int

	// Every is how long elements wait for the file that they are in. The default is an hour. It is looked at
	// when elements come.
	Every time.Duration
}

const (
	defaultRows  = 100_000
	defaultEvery = time.Hour
)

// A Row is an element in a file.
type Row struct {
	Time       time.Time `parquet:"time"`        // where the window ends
	Start      time.Time `parquet:"start"`       // where it begins
	Name       string    `parquet:"name,dict"`   // of the element
	Labels     string    `parquet:"labels,dict"` // the key of its labels: see stream.ParseKey
	Value      float64   `parquet:"value"`
	Correction bool      `parquet:"correction"`
}

// A Sink writes elements into files of a directory. Each file is named after the time at which it was completed, and is there as
// a whole or not at all. Elements are in memory until their file is complete: those are lost if the program dies.
type Sink struct {
	dir   string
	o     Options
	rows  []Row
	begun time.Time // when the first of rows came
}

// New returns a sink for a directory, which it makes if needed.
func New(dir string, o Options) (*Sink, error) {
	if o.Rows < 0 || o.Every < 0 {
		return nil, fmt.Errorf("parquetfiles: Rows is %d and Every is %v; neither may be below 0", o.Rows, o.Every)
	}
	if o.Rows == 0 {
		o.Rows = defaultRows
	}
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // as the umask says, for results that others read
		return nil, fmt.Errorf("parquetfiles: %w", err)
	}
	return &Sink{dir: dir, o: o}, nil
}

// Write adds elements to the present file, and writes it when it is complete. If that fails, the element that would have begun the
// next file is not taken.
func (s *Sink) Write(ctx context.Context, elements []stream.Element) (int, error) {
	for i, e := range elements {
		if err := s.roll(ctx); err != nil {
			return i, err
		}
		key := string(e.Key())
		if !utf8.ValidString(e.Name) || !utf8.ValidString(key) {
			return i, fmt.Errorf("parquetfiles: element %v: %w: its name and labels must be UTF-8", e, stream.ErrRefused)
		}
		if len(s.rows) == 0 {
			s.begun = time.Now()
		}
		s.rows = append(s.rows, Row{e.Time.UTC(), e.Start.UTC(), e.Name, key, e.Value, e.Correction})
	}
	return len(elements), s.roll(ctx)
}

// roll writes the file if it is complete.
func (s *Sink) roll(ctx context.Context) error {
	if len(s.rows) < s.o.Rows && (len(s.rows) == 0 || time.Since(s.begun) < s.o.Every) {
		return nil
	}
	return s.Flush(ctx)
}

// Flush completes the file now, unless it has no elements.
func (s *Sink) Flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil || len(s.rows) == 0 {
		return err
	}
	path, err := s.free()
	if err != nil {
		return fmt.Errorf("parquetfiles: %w", err)
	}
	if err := parquet.Save(path, s.rows); err != nil {
		return fmt.Errorf("parquetfiles: %w", err)
	}
	s.rows = s.rows[:0]
	return nil
}

// free returns the path of a file that is not there.
func (s *Sink) free() (string, error) {
	stamp := time.Now().UTC().Format("20060102T150405.000000000Z")
	for i := 0; ; i++ {
		name := stamp + ".parquet"
		if i > 0 {
			name = fmt.Sprintf("%s-%d.parquet", stamp, i)
		}
		path := filepath.Join(s.dir, name)
		if _, err := os.Lstat(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return path, err
		}
	}
}

// Close completes the last file.
func (s *Sink) Close(ctx context.Context) error { return s.Flush(ctx) }
