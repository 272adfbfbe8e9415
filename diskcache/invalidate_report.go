package diskcache

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/dataelab/dataelab-go/internal/wording"
)

// InvalidatedEntry is an entry that was removed, or would be.
type InvalidatedEntry struct {
	Tag       string
	Name      string   // of the method or function
	Key       string   // of the arguments
	Arguments []string // as texts for people
	Path      string   // the value's file
	Bytes     int64    // of that file
	Computed  time.Time

	// ComputeTime is how long it took, with what was computed inside for other entries.
	ComputeTime time.Duration

	Why string // as "chosen", or "made of root.a.A.mean"
}

// InvalidationReport says what was invalidated, or, after a dry run, what would be.
type InvalidationReport struct {
	DryRun  bool
	Entries []InvalidatedEntry // those that took longest to compute first
	Bytes   int64              // of their values

	// ComputeTime is what it would take to compute all of them again. An entry that was
	// computed inside the computation of another one of them counts with that.
	ComputeTime time.Duration

	// Last is how many of them nothing stored was made of, and LastTime what these would
	// take: they are computed again only where they are asked for themselves. Both are
	// known with Invalidation.Downstream only.
	Last     int
	LastTime time.Duration

	// Stays is what was meant, or has to do with it, and is not touched: files of other
	// programs, entries of a newer release, entries in places that were not passed, and input
	// files of which nothing was made.
	Stays []InvalidationStay
}

// InvalidationStay is a file or directory that an invalidation leaves alone.
type InvalidationStay struct {
	Path string
	Why  string
}

// mostReported is how many lines of one kind a report has.
const mostReported = 40

// String returns totals, and a line for each entry with what it cost to compute. Where there
// are many, it has a line for each method in their place.
func (r InvalidationReport) String() string {
	var b strings.Builder
	done := "invalidated"
	if r.DryRun {
		done = "would invalidate"
	}
	noun := "entries"
	if len(r.Entries) == 1 {
		noun = "entry"
	}
	fmt.Fprintf(&b, "%s %d %s, %s, %s to compute again", done, len(r.Entries), noun, wording.Bytes(r.Bytes), wording.Duration(r.ComputeTime))
	if r.Last > 0 && r.Last < len(r.Entries) {
		fmt.Fprintf(&b, "; %d of them (%s) only if asked for themselves", r.Last, wording.Duration(r.LastTime))
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	if len(r.Entries) > mostReported {
		r.writeMethods(w)
	} else {
		for i := range r.Entries {
			e := &r.Entries[i]
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", wording.Duration(e.ComputeTime), e.call(), wording.Bytes(e.Bytes), oneLine(e.Why))
		}
	}
	_ = w.Flush()
	for i, s := range r.Stays {
		if i == mostReported {
			fmt.Fprintf(&b, "stays: %d more\n", len(r.Stays)-i)
			break
		}
		fmt.Fprintf(&b, "stays: %s: %s\n", oneLine(s.Path), oneLine(s.Why))
	}
	return b.String()
}

// writeMethods writes a line for each method, those first that took longest in all.
func (r *InvalidationReport) writeMethods(w io.Writer) {
	type method struct {
		name  string
		count int
		took  time.Duration
		bytes int64
	}
	byName := map[string]*method{}
	for i := range r.Entries {
		e := &r.Entries[i]
		m := byName[e.Name]
		if m == nil {
			m = &method{name: e.Name}
			byName[e.Name] = m
		}
		m.count++
		m.took += e.ComputeTime
		m.bytes += e.Bytes
	}
	methods := slices.SortedFunc(maps.Values(byName), func(a, b *method) int {
		return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(a.name, b.name))
	})
	for i, m := range methods {
		if i == mostReported {
			fmt.Fprintf(w, "  %d more methods\n", len(methods)-i)
			break
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%d of them\n", wording.Duration(m.took), oneLine(m.name), wording.Bytes(m.bytes), m.count)
	}
}

// call is the entry as a call, in one line.
func (e *InvalidatedEntry) call() string {
	const most = 60
	args := strings.Join(e.Arguments, ", ")
	if cut := []rune(args); len(cut) > most {
		args = string(cut[:most]) + "..."
	}
	if e.Key == "" {
		return e.Name
	}
	return e.Name + "(" + oneLine(args) + ")"
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) { // also what turns the rest of a line around
			return ' '
		}
		return r
	}, text)
}

const (
	foreignStays = "a file of another program, which may be its only copy; to compute the value, Refresh it, or move the file away"
	fileStays    = "nothing that is stored was made of it, as far as computations declared what they read"
	newerStays   = "a newer dataelab stored it"
	placeStays   = "other entries were made of values there: invalidate in both places at once"
)

// stay adds what is left alone.
func (r *InvalidationReport) stay(path, why string) {
	r.Stays = append(r.Stays, InvalidationStay{path, why})
}

// makeReport says what would go.
func (r *invalidating) makeReport() {
	elsewhere := map[string]bool{}
	for _, n := range r.nodes.all {
		switch {
		case n.cause == notMeant || !n.stored:
			continue
		case n.state == EntryForeign:
			r.report.stay(n.Path, foreignStays)
		case n.state == EntryNewer:
			r.report.stay(n.Path, newerStays)
		default:
			r.count(n)
		}
		for _, directory := range n.elsewhere {
			if r.Upstream && !elsewhere[directory] {
				elsewhere[directory] = true
				r.report.stay(directory, placeStays)
			}
		}
	}
	for _, path := range r.Files {
		if !r.filesUsed[path] {
			r.report.stay(path, fileStays)
		}
	}
	r.report.sort()
}

// forget begins anew with the entries.
func (r *InvalidationReport) forget() {
	r.Entries, r.Bytes, r.ComputeTime, r.Last, r.LastTime = nil, 0, 0, 0, 0
}

// count adds an entry to the report.
func (r *invalidating) count(n *suspect) {
	e := n.InvalidatedEntry
	e.Why = n.why()
	r.report.Entries = append(r.report.Entries, e)
	r.report.Bytes += e.Bytes
	if !n.inside() {
		r.report.ComputeTime += e.ComputeTime
	}
	if r.Downstream && len(n.users) == 0 {
		r.report.Last++
		r.report.LastTime += e.ComputeTime
	}
}

// inside reports whether the value was computed inside the computation of another one that
// goes, too.
func (n *suspect) inside() bool {
	for _, user := range n.users {
		if user.goes() && slices.Contains(user.uses[:user.direct], n) && user.host == n.host && user.pid == n.pid &&
			!n.Computed.After(user.Computed) && !n.began().Before(user.began()) {
			return true
		}
	}
	return false
}

func (n *suspect) began() time.Time { return n.Computed.Add(-n.ComputeTime) }

func (r *InvalidationReport) sort() {
	slices.SortFunc(r.Entries, func(a, b InvalidatedEntry) int {
		return cmp.Or(cmp.Compare(b.ComputeTime, a.ComputeTime), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
	})
}
