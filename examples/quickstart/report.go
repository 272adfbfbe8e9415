package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// writeTable shows what was asked of one tag, and how each answer came about.
func writeTable(w io.Writer, title, dir string, results []result, notes []string) {
	const format = "  %-22s %-8s %9s %11s %9s %10s\n"
	fmt.Fprintf(w, "%s\n", title)
	fmt.Fprintf(w, format, "method", "from", "took", "computing", "again", "size")
	for _, r := range results {
		fmt.Fprintf(w, format, r.name, r.from, durationText(r.took), durationText(r.computing), durationText(r.again), bytesText(r.bytes))
	}
	for _, note := range notes {
		fmt.Fprintf(w, "  %s\n", note)
	}
	fmt.Fprintf(w, "  files: %s\n\n", dir)
}

// totals adds up the results of all tags.
type totals struct {
	computed, loaded         int
	computing, loading       time.Duration // what the caller waited
	saved                    time.Duration // what computing those loaded once took
	bytesStored, bytesLoaded int64
	example                  string // a file that Python opens
}

func (t *totals) add(r result) {
	switch r.from {
	case computed:
		t.computed++
		t.computing += r.took
		t.bytesStored += r.bytes
	case fromDisk:
		t.loaded++
		t.loading += r.took
		t.saved += r.computing
		t.bytesLoaded += r.bytes
	}
	if strings.HasSuffix(r.path, ".npy") {
		t.example = r.path
	}
}

func (t *totals) write(w io.Writer) {
	if t.example != "" {
		fmt.Fprintf(w, "Python opens each .npy as it is:\n  import numpy as np; np.load(%s)\n\n", pythonString(t.example))
	}
	switch {
	case t.computed == 0:
		fmt.Fprintf(w, "computed nothing: %s from disk in %s (computing them would have taken %s)\n",
			resultsText(t.loaded), durationText(t.loading), durationText(t.saved))
	case t.loaded == 0:
		fmt.Fprintf(w, "computed %s in %s and stored them (%s); run me again\n",
			resultsText(t.computed), durationText(t.computing), bytesText(t.bytesStored))
	default:
		fmt.Fprintf(w, "computed %s in %s; %d came from disk in %s (computing them would have taken %s); run me again\n",
			resultsText(t.computed), durationText(t.computing), t.loaded, durationText(t.loading), durationText(t.saved))
	}
}

// writeStopped is the last line of a run that Ctrl-C ended.
func (t *totals) writeStopped(w io.Writer) {
	fmt.Fprintf(w, "stopped: what was finished is kept (%s computed, %d from disk); run me again and it goes on from there\n",
		resultsText(t.computed), t.loaded)
}

func resultsText(n int) string {
	if n == 1 {
		return "1 result"
	}
	return fmt.Sprintf("%d results", n)
}

// durationText has three digits and one unit.
func durationText(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func bytesText(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// pythonString is how Python writes a text.
func pythonString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
