package formattest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// An outcome is how a call of the format ended.
type outcome struct {
	err   error
	panic string // what it panicked with and where; empty if it did not
	bytes int64  // allocated meanwhile, by anybody
}

// abandoned unwinds a check in which a call hangs: it still runs, and nothing
// that is measured beside it would mean anything.
type abandoned struct{}

// call runs f, which calls the format, on a goroutine of its own, marked with a label
// that the goroutines it starts inherit.
func (c *checker) call(t reflect.Type, file []byte, doing string, f func() error) outcome {
	done := make(chan outcome, 1)
	go func() {
		pprof.SetGoroutineLabels(c.labels)
		var o outcome
		returned := false
		defer func() {
			if r := recover(); r != nil {
				o.panic = fmt.Sprintf("panic: %v\n%s", r, frames(debug.Stack()))
			} else if !returned {
				o.panic = "its goroutine was ended (runtime.Goexit)"
			}
			done <- o
		}()
		before := allocated()
		o.err = f()
		o.bytes = int64(allocated() - before)
		returned = true
	}()
	timer := time.NewTimer(c.opts.Timeout)
	defer timer.Stop()
	select {
	case o := <-done:
		return o
	case <-timer.C:
		c.problem(t, file, "%s did not return within %v; nothing more was checked\n%s", doing, c.opts.Timeout, c.stacks())
		panic(abandoned{})
	}
}

// allocated is how many bytes were ever allocated. Small objects are counted
// some kilobytes late.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// frames is where a panic came from: the first lines of a stack below the panic.
func frames(stack []byte) string {
	const most = 8 // lines, two for each call
	lines := strings.Split(string(stack), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") {
			lines = lines[min(i+2, len(lines)):]
			break
		}
	}
	for i, line := range lines {
		if strings.Contains(line, "formattest.(*checker)") {
			lines = lines[:i]
			break
		}
	}
	return strings.Join(lines[:min(most, len(lines))], "\n")
}

// label is the key of the label that marks what belongs to a checker.
const label = "formattest"

var checkers atomic.Uint64

// newLabels returns a context with the label, and how profiles show it.
func newLabels() (context.Context, []byte) {
	id := strconv.FormatUint(checkers.Add(1), 10)
	ctx := pprof.WithLabels(context.Background(), pprof.Labels(label, id))
	return ctx, fmt.Appendf(nil, "%q:%q", label, id)
}

// goroutines counts those that carry the checker's label.
func (c *checker) goroutines() int {
	n := 0
	for _, group := range c.profile() {
		count, _, _ := bytes.Cut(group, []byte(" "))
		if k, err := strconv.Atoi(string(count)); err == nil {
			n += k
		}
	}
	return n
}

// stacks shows where the goroutines with the checker's label are.
func (c *checker) stacks() string {
	const most = 1500
	text := string(bytes.Join(c.profile(), []byte("\n")))
	return text[:min(most, len(text))]
}

// profile returns the groups of equal goroutines that carry the checker's label.
func (c *checker) profile() (groups [][]byte) {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return nil // a Buffer does not fail
	}
	for group := range bytes.SplitSeq(all.Bytes(), []byte("\n\n")) {
		if _, below, ok := bytes.Cut(group, []byte("goroutine profile: total")); ok {
			_, group, _ = bytes.Cut(below, []byte("\n"))
		}
		if bytes.Contains(group, c.mark) {
			groups = append(groups, group)
		}
	}
	return groups
}
