package main

import (
	"fmt"
	"slices"
	"time"
)

// contest is one row: what, ours and the rival.
type contest struct {
	what, ours, rival string
	target            string
	ourTimes          []time.Duration
	rivalTimes        []time.Duration
	bytes             int64 // for a speed; 0 where time is what counts
	calls             int   // of which one is shown; 0 for a single one
}

type table struct {
	rows  []contest
	notes []string
}

// note keeps a line for below the table.
func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// play lets ours and the rival take turns. Each returns how long it took.
func (t *table) play(c contest, rounds int, ours, rival func() (time.Duration, error)) error {
	for round := range rounds + 1 {
		a, err := ours()
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		b, err := rival()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", c.what, c.rival, err)
		}
		if round == 0 {
			continue // warms caches up
		}
		c.ourTimes = append(c.ourTimes, a)
		c.rivalTimes = append(c.rivalTimes, b)
	}
	t.rows = append(t.rows, c)
	return nil
}

func (t *table) print() {
	fmt.Println("| what | ours | rival | ours | rival | rival/ours | target |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, c := range t.rows {
		a, b := median(c.ourTimes), median(c.rivalTimes)
		fmt.Printf("| %s | %s | %s | %s | %s | %.2f | %s |\n",
			c.what, c.ours, c.rival, c.show(a), c.show(b), float64(b)/float64(a), c.target)
	}
	for _, note := range t.notes {
		fmt.Printf("\n%s\n", note)
	}
}

func (c *contest) show(d time.Duration) string {
	nanoseconds := float64(d.Nanoseconds()) / float64(max(c.calls, 1))
	switch {
	case c.bytes > 0:
		return fmt.Sprintf("%.2f GB/s", float64(c.bytes)/nanoseconds)
	case nanoseconds < 1e3:
		return fmt.Sprintf("%.1f ns", nanoseconds)
	case nanoseconds < 1e6:
		return fmt.Sprintf("%.1f µs", nanoseconds/1e3)
	}
	return fmt.Sprintf("%.1f ms", nanoseconds/1e6)
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}
