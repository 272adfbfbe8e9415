package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Exit codes; a shell has 130 for a program that Ctrl-C ended.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for anything
	var cache diskcache.Cache
	os.Exit(run(ctx, &cache, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program, for tests to call.
func run(ctx context.Context, cache *diskcache.Cache, args []string, stdout, stderr io.Writer) int {
	simulate := diskcache.Wrap(cache, "simulate", Simulate, diskcache.FuncOptions{Version: "1"})

	flags := flag.NewFlagSet("memo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cache.Dir, "dir", "", "directory of the results (default: in your cache directory)")
	gains := flags.Int("gains", 20, "number of gains between 0 and 1 that are tried")
	delays := flags.Int("delays", 3, "longest delay in frames")
	frames := flags.Int("frames", 2_000_000, "length of a simulation in frames")
	refresh := flags.Bool("refresh", false, "simulate anew")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if *refresh {
		ctx = diskcache.WithRefresh(ctx)
	}

	loops := grid(*gains, *delays, *frames)
	began := time.Now()
	var last diskcache.Progress
	show, end := newProgress(stderr, len(loops))
	residuals, err := simulate.Batch(ctx, loops, diskcache.BatchOptions{OnProgress: func(p diskcache.Progress) {
		last = p
		show(p)
	}})
	end()
	if err != nil && ctx.Err() != nil {
		fmt.Fprintf(stdout, "stopped: %d of %d are done, and kept\n", last.Done(), last.Total)
		return exitInterrupted
	}
	if err != nil {
		fmt.Fprintln(stderr, "memo:", err)
		return exitFailed
	}
	report(stdout, loops, residuals)
	fmt.Fprintf(stdout, "%d simulated, %d from the cache, in %v\n", last.Computed, last.Found, time.Since(began).Round(time.Millisecond))
	if path, err := simulate.Path(loops[0]); err == nil {
		fmt.Fprintln(stdout, "the first one is", path)
	}
	return exitOK
}

// grid returns every gain with every delay.
func grid(gains, delays, frames int) []Loop {
	var loops []Loop
	for delay := 1; delay <= delays; delay++ {
		for i := 1; i <= gains; i++ {
			loops = append(loops, Loop{Gain: float64(i) / float64(gains), Delay: delay, Frames: frames, Seed: 1})
		}
	}
	return loops
}

// report prints the best gain for each delay.
func report(w io.Writer, loops []Loop, residuals []Residual) {
	best := map[int]int{} // by delay, the index
	for i, l := range loops {
		if b, ok := best[l.Delay]; !ok || residuals[i].RMS < residuals[b].RMS {
			best[l.Delay] = i
		}
	}
	fmt.Fprintln(w, "delay  best gain  residual")
	for delay := 1; delay <= len(best); delay++ {
		i := best[delay]
		fmt.Fprintf(w, "%5d  %9.2f  %5.1f nm\n", delay, loops[i].Gain, residuals[i].RMS)
	}
}
