package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// tagReport is what to tell of one tag.
type tagReport struct {
	title   string
	results []result
	notes   []string
	places  []string // of files
}

// write shows what was asked, and how each answer came about.
func (r *tagReport) write(w io.Writer) {
	if len(r.results) == 0 {
		return
	}
	fmt.Fprintln(w, r.title)
	if slices.ContainsFunc(r.results, func(r result) bool { return r.renewal != nil }) {
		writeRenewed(w, r.results)
	} else {
		writeTimes(w, r.results)
	}
	for _, line := range append(r.notes, r.places...) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	fmt.Fprintln(w)
}

// writeTimes shows how long a call took, how long computing takes, or took when it was
// done, and how long the next call took, which memory answers.
func writeTimes(w io.Writer, results []result) {
	const format = "  %-22s %-8s %9s %11s %9s %10s\n"
	fmt.Fprintf(w, format, "method", "from", "this call", "computing", "next call", "file size")
	for _, r := range results {
		fmt.Fprintf(w, format, r.name, r.from, durationText(r.took), durationText(r.computing), durationText(r.again), bytesText(r.bytes))
	}
}

// writeRenewed shows what was computed again, why, and whether that changed anything.
func writeRenewed(w io.Writer, results []result) {
	const format = "  %-22s %-8s %9s  %-9s  %s\n"
	fmt.Fprintf(w, format, "method", "from", "this call", "came out", "because this changed")
	for _, r := range results {
		out, of := "", ""
		switch {
		case r.renewal != nil && r.renewal.same:
			out, of = "the same", strings.Join(r.renewal.of, ", ")
		case r.renewal != nil:
			out, of = "different", strings.Join(r.renewal.of, ", ")
		case r.from == computed:
			out, of = "new", r.why.String()
		}
		line := fmt.Sprintf(format, r.name, r.from, durationText(r.took), out, of)
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
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
	if t.example == "" && strings.HasSuffix(r.path, ".npy") {
		t.example = r.path
	}
}

func (t *totals) write(w io.Writer) {
	if t.computed+t.loaded == 0 {
		return
	}
	if t.example != "" {
		fmt.Fprintf(w, "Python opens each .npy as it is:\n  import numpy as np; np.load(%s)\n\n", pythonString(t.example))
	}
	switch {
	case t.computed == 0:
		fmt.Fprintf(w, "computed nothing: %s from disk in %s (would have taken %s)\n",
			resultsText(t.loaded), durationText(t.loading), durationText(t.saved))
	case t.loaded == 0:
		fmt.Fprintf(w, "computed %s in %s and stored them (%s); run me again\n",
			resultsText(t.computed), durationText(t.computing), bytesText(t.bytesStored))
	default:
		fmt.Fprintf(w, "computed %s in %s; %d from disk in %s (would have taken %s); run me again\n",
			resultsText(t.computed), durationText(t.computing), t.loaded, durationText(t.loading), durationText(t.saved))
	}
}

// writeStopped is the last line of a run that Ctrl-C ended.
func (t *totals) writeStopped(w io.Writer) {
	fmt.Fprintf(w, "stopped: what was finished is kept (%s computed, %d from disk);\nrun me again and it goes on from there\n",
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
	if d < time.Microsecond {
		return fmt.Sprintf("%d ns", d)
	}
	unit, name := time.Microsecond, "µs"
	const roundsUp = 999.5 // to 1e+03, which is one of the next unit
	if float64(d) >= roundsUp*float64(unit) {
		unit, name = time.Millisecond, "ms"
	}
	if float64(d) >= roundsUp*float64(unit) {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.3g %s", float64(d)/float64(unit), name)
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
