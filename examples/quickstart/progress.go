package main

import (
	"io"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"
)

// barWidth leaves room in a line of 80 columns for what else stands there, and
// for the ^C that a terminal echoes.
const barWidth = 24

// bar shows how far the analysis of one tag is. A nil bar shows nothing.
type bar struct {
	container *mpb.Progress
	line      *mpb.Bar
	doing     atomic.Pointer[string]
	before    int64 // work done before the present step
	work      int64 // of the present step
}

// newBar returns nil if w is not a terminal.
func newBar(w io.Writer, tag string, steps []Step) *bar {
	file, ok := w.(*os.File)
	if !ok || !cwriter.IsTerminal(int(file.Fd())) {
		return nil
	}
	total := 0
	for _, s := range steps {
		total += s.Work
	}
	b := &bar{container: mpb.New(mpb.WithOutput(w), mpb.WithWidth(barWidth))}
	b.doing.Store(new(string))
	b.line = b.container.AddBar(int64(total),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(
			decor.Name(tag, decor.WCSyncSpaceR),
			decor.Any(func(decor.Statistics) string { return *b.doing.Load() }, decor.WC{W: 22, C: decor.DindentRight}),
		),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5})),
	)
	return b
}

// step says that the steps before this one are done.
func (b *bar) step(s Step) {
	if b == nil {
		return
	}
	b.before += b.work
	b.work = int64(s.Work)
	b.doing.Store(&s.Name)
	b.line.SetCurrent(b.before)
}

// part says how much of the present step is done.
func (b *bar) part(done, of int) {
	if b != nil {
		b.line.SetCurrent(b.before + b.work*int64(done)/int64(of))
	}
}

// end takes the bar off the screen.
func (b *bar) end() {
	if b == nil {
		return
	}
	b.line.Abort(true)
	b.container.Wait()
}
