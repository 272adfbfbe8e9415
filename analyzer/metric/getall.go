package metric

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// Run says how many metrics are obtained. The zero value is ready.
type Run struct {
	// Workers is how many functions run at once; runtime.GOMAXPROCS(0) unless it is set.
	Workers int

	// StopAtFirst ends the run with the first metric that fails. By default the others go on.
	StopAtFirst bool

	// Refresh computes all metrics anew, whatever is stored.
	Refresh bool

	// Output is where progress is shown, os.Stderr unless it is set: as a line that changes on
	// a terminal, and elsewhere as a line for each tenth.
	Output io.Writer

	// Quiet shows no progress.
	Quiet bool

	// OnProgress, when not nil, is called with the progress of the run whenever a metric is done, on
	// the goroutine of the caller.
	OnProgress func(diskcache.Progress)
}

// Failure is a metric that could not be obtained.
type Failure struct {
	Name string // as it was collected, as in poly_Y(1, 2)
	Err  error
}

func (f Failure) String() string { return f.Name + ": " + f.Err.Error() }

// Report says what became of the metrics of a run.
type Report struct {
	Computed int           // by this run
	Loaded   int           // from memory or disk
	Failed   []Failure     // in the order in which they were declared
	Missing  int           // not begun or not finished, as the run was stopped
	Elapsed  time.Duration // of the run
}

// String returns the report in a line:
//
//	212 computed in 3 h 12 min, 40 loaded, 2 failed: poly_Y(1, 2): no data; mean: no data
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d computed in %s, %d loaded", r.Computed, elapsed(r.Elapsed), r.Loaded)
	if r.Missing > 0 {
		fmt.Fprintf(&b, ", %d not done", r.Missing)
	}
	const most = 5
	for i, f := range r.Failed {
		switch i {
		case 0:
			fmt.Fprintf(&b, ", %d failed: ", len(r.Failed))
		case most:
			fmt.Fprintf(&b, "; and %d more", len(r.Failed)-most)
			return b.String()
		default:
			b.WriteString("; ")
		}
		b.WriteString(f.String())
	}
	return b.String()
}

// RunError says why a run did not obtain all metrics. errors.Is and errors.As look into the
// errors of all of them, and into what stopped the run.
type RunError struct {
	Report Report
	Cause  error // the context's; nil where it did not end
}

func (e *RunError) Error() string {
	text := "metric: get all: " + e.Report.String()
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the errors of the metrics and the cause.
func (e *RunError) Unwrap() []error {
	var all []error
	for _, f := range e.Report.Failed {
		all = append(all, f.Err)
	}
	if e.Cause != nil {
		all = append(all, e.Cause)
	}
	return all
}

// GetAll obtains all metrics of the manager: what is stored is found, the rest computed by a
// bounded number of workers. A metric that fails takes no other one along. When ctx ends, no
// further metric is begun, and functions under way see it in their contexts. What is done by
// then is stored, so the same call goes on with the rest next time. The error is a [*RunError]. If
// [Manager.Err] returns an error, GetAll returns it and begins nothing.
func (m *Manager) GetAll(ctx context.Context, run ...Run) (Report, error) {
	if err := m.Err(); err != nil {
		return Report{}, err
	}
	return obtain(ctx, m.items(), run, func(int, any) {})
}

// GetAll obtains the values for all declared parameters, in their order, as
// [Manager.GetAll] does. Those that failed are zero.
func (h *Family[P, T]) GetAll(ctx context.Context, run ...Run) ([]T, Report, error) {
	params := h.Params()
	items := make([]*item, len(params))
	values := make([]T, len(params))
	for i, p := range params {
		one, err := h.At(p)
		if err != nil {
			return nil, Report{}, err
		}
		items[i] = &one.p.Load().item
	}
	report, err := obtain(ctx, items, run, func(i int, v any) { values[i], _ = v.(T) }) // a nil interface is none
	return values, report, err
}

// obtain has the engine's batch obtain metrics, by their indexes. The batch itself keeps nothing.
// keep gets the values, on the goroutines of workers.
func obtain(ctx context.Context, items []*item, runs []Run, keep func(i int, v any)) (Report, error) {
	var run Run
	if len(runs) > 0 {
		run = runs[0]
	}
	begun := time.Now()
	off := diskcache.Cache{Off: true}
	take := diskcache.Wrap(&off, "metrics", func(ctx context.Context, i int) (bool, error) {
		v, computed, err := items[i].take(ctx, run.Refresh)
		if err == nil {
			keep(i, v)
		}
		return computed || items[i].when.Load() >= begun.UnixNano(), err // for another metric, maybe
	})
	indexes := make([]int, len(items))
	for i := range indexes {
		indexes[i] = i
	}
	now := diskcache.Progress{Total: len(items)}
	show := newProgress(run)
	failed := make([]error, len(items))
	for r := range take.BatchResults(ctx, indexes, diskcache.BatchOptions{Workers: run.Workers, StopAtFirst: run.StopAtFirst}) {
		switch {
		case r.Err != nil:
			failed[r.Index] = r.Err
			now.Failed++
		case r.Value:
			now.Computed++
		default:
			now.Found++
		}
		now.Elapsed = time.Since(begun)
		show.tell(now)
	}
	show.end()
	report := Report{Computed: now.Computed, Loaded: now.Found, Missing: now.Total - now.Done(), Elapsed: time.Since(begun)}
	for i, err := range failed {
		if err != nil {
			report.Failed = append(report.Failed, Failure{items[i].String(), err})
		}
	}
	if len(report.Failed) == 0 && report.Missing == 0 {
		return report, nil
	}
	e := &RunError{Report: report}
	if report.Missing > 0 && ctx != nil {
		e.Cause = context.Cause(ctx)
	}
	return report, e
}

// progress shows how far a run is.
type progress struct {
	run      Run
	w        io.Writer // nil for silence
	terminal bool
	tenth    int // that was told last
	shown    bool
}

func newProgress(run Run) *progress {
	p := &progress{run: run, w: run.Output}
	if p.w == nil {
		p.w = os.Stderr
	}
	if run.Quiet {
		p.w = nil
	}
	if file, ok := p.w.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) tell(now diskcache.Progress) {
	if p.run.OnProgress != nil {
		p.run.OnProgress(now)
	}
	if p.w == nil {
		return
	}
	tenth := 10 * now.Done() / now.Total
	if !p.terminal && tenth == p.tenth {
		return
	}
	p.tenth = tenth
	line := fmt.Sprintf("%d of %d metrics", now.Done(), now.Total)
	if now.Failed > 0 {
		line += fmt.Sprintf(", %d failed", now.Failed)
	}
	if left := now.Remaining(); left > 0 {
		line += ", about " + wording.Duration(left) + " left"
	}
	if p.terminal {
		const width = 20
		full := width * now.Done() / now.Total
		line = "\r\x1b[K[" + strings.Repeat("=", full) + strings.Repeat(" ", width-full) + "] " + line
	} else {
		line += "\n"
	}
	p.shown = true
	_, _ = io.WriteString(p.w, line) // progress that cannot be written is not shown
}

func (p *progress) end() {
	if p.terminal && p.shown {
		_, _ = io.WriteString(p.w, "\n") // as above
	}
}

// elapsed returns a duration in words.
func elapsed(d time.Duration) string { return wording.Duration(d) }
