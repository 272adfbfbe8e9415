package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// session is one run of the program over some tags.
type session struct {
	options options
	out     io.Writer // the report
	bars    io.Writer // where progress is shown if it is a terminal; nil for nowhere
	events  events
	total   totals
}

// source says where a result came from.
type source string

const (
	computed   source = "computed"
	fromDisk   source = "disk"
	fromMemory source = "memory"
)

// result is one line of the report.
type result struct {
	name      string
	from      source
	took      time.Duration // how long the caller waited
	computing time.Duration // how long computing takes, or took when it was done
	again     time.Duration // how long a second call waited
	bytes     int64
	path      string // the file
	why       diskcache.Reason
	renewal   *renewal // not nil where why is one of its reasons
}

// analyze calls all methods for one tag, and reports, also when one of them
// failed or was stopped: what was computed before is stored.
func (s *session) analyze(ctx context.Context, a *Analyzer, tag string) error {
	before, err := storedOf(ctx, a)
	if err == nil {
		err = before.check(a.snapshot)
	}
	if err != nil {
		if ctx.Err() != nil {
			s.total.writeStopped(s.out)
		}
		return err
	}
	r := tagReport{title: tag, places: []string{"made of: " + a.snapshot.folder, "files: " + cacheDir(a)}}
	r.results, err = s.callAll(ctx, a, tag)
	r.notes = s.events.takeNotes()
	if err == nil {
		err = s.conclude(ctx, a, &r)
	}
	err = errors.Join(err, addRenewals(ctx, a, r.results, before))
	r.write(s.out)
	if err != nil && ctx.Err() != nil {
		s.total.writeStopped(s.out)
	}
	return err
}

// conclude adds what can be told when all results are there.
func (s *session) conclude(ctx context.Context, a *Analyzer, r *tagReport) error {
	summary, err := a.Summary(ctx)
	if err != nil {
		return err
	}
	r.title += "\n  " + summary
	origin, err := a.Origin(ctx)
	if err != nil {
		return err
	}
	for _, name := range origin.Altered {
		r.notes = append(r.notes, name+" is not as it was published: its SHA-256 is not that of "+metadataName)
	}
	if s.options.graph {
		picture, err := draw(ctx, a, "")
		if err != nil {
			return err
		}
		r.places = append(r.places, picture)
	}
	return nil
}

// callAll returns the results up to the first error.
func (s *session) callAll(ctx context.Context, a *Analyzer, tag string) ([]result, error) {
	steps := a.Steps()
	bar := newBar(s.bars, tag, steps)
	defer bar.end()
	a.camera.progress = bar.part
	var results []result
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return results, err
		}
		bar.step(step)
		r, err := s.call(ctx, step)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		s.total.add(r)
	}
	return results, nil
}

// call runs one step and finds out, from the events, how the cache answered.
func (s *session) call(ctx context.Context, step Step) (result, error) {
	s.events.forget()
	start := time.Now()
	err := step.Call(ctx)
	r := result{name: step.Name, took: time.Since(start), from: fromMemory}
	if err != nil {
		return r, err
	}
	last, why, saveError := s.events.last()
	if saveError != nil {
		return r, fmt.Errorf("results cannot be kept: %w: name another folder with -tmpdir", saveError)
	}
	r.computing, r.bytes, r.path = last.ComputeTime, last.Bytes, last.Path
	switch last.Kind {
	case diskcache.Saved:
		r.from, r.why = computed, why
	case diskcache.Loaded:
		r.from = fromDisk
	}
	const repeats = 100
	start = time.Now()
	for range repeats {
		if err := step.Call(ctx); err != nil {
			return r, err
		}
	}
	r.again = time.Since(start) / repeats
	return r, nil
}

// events keeps what the cache tells during a step.
type events struct {
	mu        sync.Mutex
	done      diskcache.Event  // the last load or save
	why       diskcache.Reason // of the last computation
	saveError error
	notes     []string
}

// hear is diskcache.Options.OnEvent.
func (e *events) hear(event diskcache.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch event.Kind {
	case diskcache.Loaded, diskcache.Saved:
		e.done = event // a method that another one calls comes before that one
	case diskcache.Computed:
		e.why = event.Why
	case diskcache.SaveFailed:
		e.saveError = event.Err
	case diskcache.SetAside:
		// A value and its record are set aside together, for one reason.
		if note := "damaged, set aside, and computed again: " + event.Reason; !slices.Contains(e.notes, note) {
			e.notes = append(e.notes, note)
		}
	}
}

func (e *events) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done, e.why, e.saveError = diskcache.Event{}, diskcache.NoReason, nil
}

func (e *events) last() (diskcache.Event, diskcache.Reason, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done, e.why, e.saveError
}

func (e *events) takeNotes() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	notes := e.notes
	e.notes = nil
	return notes
}

// cacheDir is the folder of the analyzer's files.
func cacheDir(a *Analyzer) string {
	for _, cacher := range dataelab.Cachers(a) {
		if path, err := cacher.FullPath(); err == nil {
			return filepath.Dir(path)
		}
	}
	return ""
}
