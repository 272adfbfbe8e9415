package diskcache_test

import (
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// An entry from before the option came is pinned when it is found.
func TestPinnedWhenFound(t *testing.T) {
	for name, limits := range map[string]diskcache.Limits{"below a limit": {Entries: 2}, "without one": {}} {
		t.Run(name, func(t *testing.T) {
			l := newLimited(t, newDisk(t), diskcache.Options{}, diskcache.FieldOptions{})
			l.saves(4, 1)
			pinned := newLimited(t, l.disk, diskcache.Options{TagLimits: limits}, diskcache.FieldOptions{Pin: true})
			if _, err := pinned.Execute(t.Context(), nil, 1); err != nil {
				t.Fatal(err)
			}
			l = newLimited(t, l.disk, diskcache.Options{TagLimits: diskcache.Limits{Entries: 2}}, diskcache.FieldOptions{})
			l.saves(4, 2, 3, 4)
			if got := l.has(1, 2, 3, 4); got != "1 4" {
				t.Errorf("left: %s, want 1 4", got)
			}
			if v, ok, err := l.Peek(t.Context(), 1); len(v) != 4*kib-128 || !ok || err != nil { // its record is sound
				t.Errorf("%d bytes, %v, %v", len(v), ok, err)
			}
			l.saves(4, 1) // computed anew without the option
			l.saves(4, 5, 6)
			if got := l.has(1, 4, 5, 6); got != "5 6" {
				t.Errorf("left: %s, want 5 6", got)
			}
		})
	}
}

// A dry run tells of what a limit would remove, also the first one in a directory.
func TestDryRunOfTheFirstLimit(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"tag":    {TagLimits: diskcache.Limits{Entries: 2}},
		"tmpdir": {Limits: diskcache.Limits{Entries: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimited(t, newDisk(t), diskcache.Options{}, diskcache.FieldOptions{})
			l.saves(4, 1, 2, 3, 4, 5)
			l.ages(1, 2, 3, 4, 5)
			l = newLimited(t, l.disk, o, diskcache.FieldOptions{})
			dry, err := l.Prune(t.Context(), diskcache.PruneOptions{DryRun: true})
			if got := l.has(1, 2, 3, 4, 5); err != nil || len(dry.Removed) != 3 || got != "1 2 3 4 5" {
				t.Errorf("would remove %d, left %s, %v", len(dry.Removed), got, err)
			}
			report, err := l.Prune(t.Context(), diskcache.PruneOptions{})
			if got := l.has(1, 2, 3, 4, 5); err != nil || len(report.Removed) != 3 || report.Bytes != dry.Bytes || got != "4 5" {
				t.Errorf("removed %d, %d bytes after %d foretold, left %s, %v", len(report.Removed), report.Bytes, dry.Bytes, got, err)
			}
		})
	}
}

// A save for which there is no room in the end costs nobody his place.
func TestNothingGoesInVain(t *testing.T) {
	d := newDisk(t)
	limits := diskcache.Options{TagLimits: diskcache.Limits{Bytes: 1 << 20}}
	pinned := newLimited(t, d, limits, diskcache.FieldOptions{Pin: true})
	l := newLimited(t, d, limits, diskcache.FieldOptions{})
	pinned.saves(300, "a", "b")
	l.saves(8, 1, 2, 3, 4, 5)
	l.saves(480, "large")
	failed, ok := l.log.find(diskcache.SaveFailed)
	if got := l.has("a", "b", 1, 2, 3, 4, 5, "large"); got != "a b 1 2 3 4 5" || !ok || !errors.Is(failed.Err, diskcache.ErrLimit) {
		t.Errorf("left: %s; %v", got, failed.Err)
	}
	l.saves(240, 6) // for which there is, if some of the small ones go
	if l.has(6) == "" || l.has("a", "b") != "a b" || l.has(1, 2, 3, 4, 5) == "1 2 3 4 5" {
		t.Errorf("left: %s", l.has("a", "b", 1, 2, 3, 4, 5, 6))
	}
}

// What a limit takes away from a copy is counted.
func TestCopyIntoALimit(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3, 4, 5, 6)
	to := newDisk(t)
	o := to.options()
	o.TagLimits.Entries = 2
	report, err := diskcache.CopyEntries(t.Context(), placeOf(t, o), placeOf(t, l.options()), diskcache.CopyOptions{})
	if err != nil || report.Copied != 6 || report.Removed != 4 {
		t.Errorf("%+v, %v", report, err)
	}
}
