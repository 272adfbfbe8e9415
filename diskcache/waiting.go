package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/procname"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// A call that waits for another one says so after waitNotice, once for each flight: what
// it waits for, since when, and which process and goroutine compute it. The error of a context that ends
// meanwhile says the same.
//
// A computation that calls a cached method with another context than it was given, and so
// comes back to itself, would wait without end: circle.go knows calls by their contexts. So
//
//  1. a computation is noted with the number of its goroutine: beside the flight, and, for
//     other processes and other object trees, on the entry's lock,
//  2. before a goroutine waits it notes whom it waits for, and follows these notes from one
//     goroutine to the next. Where they lead back to it, none of them would ever go on.
//
// As each notes first and looks then, the last one sees the circle. Goroutines that do
// not wait here but for each other, as by a WaitGroup, are not seen: such a call says what
// it waits for, and where its goroutine comes from.
//
// A process that waits for one of its ancestors may be waited for by that. After waitNotice
// it computes by itself, as it would without a cache, see lock.go.

// waitNotice is after how long a wait is told. Tests of processes make it shorter.
var waitNotice = 5 * time.Second

// computer is the process and goroutine that compute what others wait for.
type computer struct {
	process   string // of internal/procname
	goroutine uint64 // 0 for not known
	since     time.Time
}

// thisComputer is this goroutine, which begins to compute now.
func thisComputer() *computer {
	return &computer{procname.New(""), goroutineID(), time.Now()}
}

// goroutineID returns the number of this goroutine, as it stands in stack traces. Go has
// no other way to it. It takes some microseconds.
func goroutineID() uint64 {
	var buf [64]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	id, _ := strconv.ParseUint(string(digits), 10, 64)
	return id
}

// startedBy returns the number of the goroutine that started this one, or 0.
func startedBy() uint64 {
	buf := make([]byte, 64<<10)
	text := buf[:runtime.Stack(buf, false)]
	_, text, _ = bytes.Cut(text, []byte("\ncreated by "))
	line, _, _ := bytes.Cut(text, []byte("\n"))
	_, digits, _ := strings.Cut(string(line), " in goroutine ")
	id, _ := strconv.ParseUint(digits, 10, 64)
	return id
}

const computerLine = "computed by\t"

// line is the line for a computer in a lock's note. Releases that know only notes of locks
// take it for a lock that nobody holds.
func (c *computer) line() string {
	return fmt.Sprintf("%s%s\t%d\t%s\n", computerLine, c.process, c.goroutine, c.since.UTC().Format(time.RFC3339Nano))
}

// computerIn returns the computer of whom a note tells, or nil.
func computerIn(note string) *computer {
	line, _, _ := strings.Cut(note, "\n")
	fields := strings.Split(strings.TrimPrefix(line, computerLine), "\t")
	if !strings.HasPrefix(line, computerLine) || len(fields) != 3 {
		return nil
	}
	c := &computer{process: fields[0]}
	var err error
	if c.since, err = time.Parse(time.RFC3339Nano, fields[2]); err != nil {
		return nil
	}
	c.goroutine, _ = strconv.ParseUint(fields[1], 10, 64)
	return c
}

// own returns the number of the goroutine, if it is one of this process.
func (c *computer) own() uint64 {
	if c == nil || !procname.IsOwn(c.process) {
		return 0
	}
	return c.goroutine
}

// inWords names the process, host and goroutine.
func (c *computer) inWords() string {
	if c == nil {
		return "another one computes"
	}
	host, pid := procname.Process(c.process)
	since := fmt.Sprintf("has been computing since %s (for %s)", wording.Time(c.since), wording.Duration(time.Since(c.since).Round(time.Second)))
	if procname.IsOwn(c.process) {
		return fmt.Sprintf("goroutine %d of this process %s", c.goroutine, since)
	}
	return fmt.Sprintf("goroutine %d of process %d on host %s %s", c.goroutine, pid, host, since)
}

// waited is for what each goroutine waits.
var waited = struct {
	mu sync.Mutex
	by map[uint64]*wait // guarded by mu
}{by: map[uint64]*wait{}}

// wait is the wait of one goroutine, for a flight or for a lock.
type wait struct {
	what      func() string // in words
	tells     func(Event)
	flight    *flight // which it waits for, or leads
	goroutine uint64
	began     time.Time

	locker store.Locker // nil where it waits for a flight
	lock   string       // its ID
}

// begin begins the wait, which is complete but for goroutine and began. The caller calls
// end.
func (w *wait) begin() *wait {
	w.goroutine, w.began = goroutineID(), time.Now()
	waited.mu.Lock()
	defer waited.mu.Unlock()
	waited.by[w.goroutine] = w
	return w
}

func (w *wait) end() {
	waited.mu.Lock()
	defer waited.mu.Unlock()
	delete(waited.by, w.goroutine)
}

// waitOf returns the wait of a goroutine, or nil.
func waitOf(goroutine uint64) *wait {
	waited.mu.Lock()
	defer waited.mu.Unlock()
	return waited.by[goroutine]
}

// computer returns what computes the result that the wait is for, or nil.
func (w *wait) computer() *computer {
	if w.locker != nil {
		return computerIn(w.locker.ReadNote(w.lock))
	}
	return w.flight.computing()
}

// check is rule 2. A holder may give its lock back while the notes are followed, so they
// are followed twice: those who wait for each other do so the second time, too.
func (w *wait) check() error {
	circle := w.circle()
	if circle == nil || !slices.Equal(circle, w.circle()) {
		return nil
	}
	if len(circle) == 1 {
		return fmt.Errorf("%w: the computation of %s calls it again with another context than it was given, here or by way of other calls: pass the context on",
			ErrCircle, w.what())
	}
	var names []string
	for _, other := range circle {
		names = append(names, other.what())
	}
	return fmt.Errorf("%w: goroutines wait for each other, for %s: pass on the contexts that computations are given", ErrCircle, strings.Join(names, " -> "))
}

// circle returns the waits that lead from this goroutine back to it, or nil.
func (w *wait) circle() []*wait {
	var all []*wait
	for next := w; next != nil && !slices.Contains(all, next); {
		all = append(all, next)
		computes := next.computer().own()
		if computes == w.goroutine && computes != 0 {
			return all
		}
		next = waitOf(computes)
	}
	return nil
}

// inWords says what it waits for, and for whom in the end.
func (w *wait) inWords() string {
	by := w.computer()
	if behind := w.flight.behind.Load(); behind != nil {
		by = behind.computer()
	}
	text := "it waits for " + w.what() + ", which " + by.inWords()
	if started := startedBy(); started != 0 && started == by.own() {
		text += "; that goroutine started this one, and if it waits for it, neither ends: pass on the context that the computation is given"
	}
	return text
}

// tell reports the wait, unless another call that waits for the flight did.
func (w *wait) tell(more string) {
	if w.flight.told.CompareAndSwap(false, true) {
		w.tells(Event{Kind: Waiting, Elapsed: time.Since(w.began), Reason: w.inWords() + more})
	}
}

// forFlight waits until the flight has landed, or ctx ends.
func (w *wait) forFlight(ctx context.Context) error {
	if err := w.check(); err != nil {
		return err
	}
	notice := time.NewTimer(waitNotice)
	defer notice.Stop()
	for {
		select {
		case <-w.flight.done:
			return nil
		case <-ctx.Done():
			return w.gaveUp(ctx)
		case <-notice.C:
			w.tell("")
		}
	}
}

// gaveUp is the error of a wait whose context has ended.
func (w *wait) gaveUp(ctx context.Context) error {
	return fmt.Errorf("%w: %s", ctx.Err(), w.inWords())
}

// waitFor returns the wait of a call for a flight, which it leads where it waits for a lock.
func (k *call) waitFor(f *flight) *wait {
	return &wait{what: k.describe, flight: f, tells: func(e Event) {
		e.Path = k.cell.valuePath(k.key)
		k.cell.tell(e)
	}}
}

// errAncestor ends the wait for a lock that an ancestor of this process holds.
var errAncestor = errors.New("a process from which this one was started holds the lock")
