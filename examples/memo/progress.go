package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dataelab/dataelab-go/diskcache"
)

// newProgress shows how far a batch is: as a bar if w is a terminal, else in a
// line for each tenth. end is to be called when the batch is over.
func newProgress(w io.Writer, total int) (show func(diskcache.Progress), end func()) {
	if file, ok := w.(*os.File); ok && cwriter.IsTerminal(int(file.Fd())) {
		return newBar(w, total)
	}
	return newLines(w), func() {}
}

// newLines writes a line when it is known what is stored, if that is not all, and
// one for each tenth that is done then.
func newLines(w io.Writer) func(diskcache.Progress) {
	said := -1
	return func(p diskcache.Progress) {
		tenth := 10
		if p.Total > 0 {
			tenth = 10 * p.Done() / p.Total
		}
		if tenth == said || said < 0 && p.Done() == p.Total {
			return
		}
		said = tenth
		fmt.Fprintf(w, "%d of %d done, %d of them stored before%s\n", p.Done(), p.Total, p.Found, remaining(p))
	}
}

func remaining(p diskcache.Progress) string {
	if left := p.Remaining(); left > 0 {
		return fmt.Sprintf(", %v to go", left.Round(100*time.Millisecond))
	}
	return ""
}

// newBar draws on a terminal, and takes the bar away at the end.
func newBar(w io.Writer, total int) (show func(diskcache.Progress), end func()) {
	var text string // written and read by the bar's own goroutine alone, via its updates
	container := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithAutoRefresh())
	updates := make(chan string, 1)
	bar := container.AddBar(int64(total),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersNoUnit("%d of %d")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			select {
			case text = <-updates:
			default:
			}
			return text
		})),
	)
	show = func(p diskcache.Progress) {
		select { // the newest text takes the place of one that was not drawn
		case <-updates:
		default:
		}
		updates <- fmt.Sprintf("%d stored before%s", p.Found, remaining(p))
		bar.SetCurrent(int64(p.Done()))
	}
	return show, func() {
		bar.Abort(true)
		container.Wait()
	}
}
