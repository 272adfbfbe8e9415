package diskcache_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

func (l *limited) prunes(o diskcache.PruneOptions) diskcache.PruneReport {
	l.Helper()
	report, err := l.Prune(l.Context(), o)
	if err != nil {
		l.Error(err)
	}
	return report
}

// A pruning finds all that limits ask for, also in directories that were filled without
// them, and a dry run tells the same and does nothing.
func TestPrune(t *testing.T) {
	for name, c := range map[string]struct {
		limits diskcache.Limits
		left   string
	}{
		"entries": {diskcache.Limits{Entries: 2}, "4 5"},
		"age":     {diskcache.Limits{Age: 210 * time.Minute}, "3 4 5"},
		"bytes":   {diskcache.Limits{Bytes: 256 * kib}, "4 5"},
		"nothing": {diskcache.Limits{Entries: 100}, "1 2 3 4 5"},
	} {
		for scope, o := range map[string]diskcache.Options{"tag": {TagLimits: c.limits}, "tmpdir": {Limits: c.limits}} {
			t.Run(name+" of "+scope, func(t *testing.T) {
				d := newDisk(t)
				newLimited(t, d, diskcache.Options{}, diskcache.FieldOptions{}).saves(60, 1, 2, 3, 4, 5)
				l := newLimited(t, d, o, diskcache.FieldOptions{})
				l.ages(1, 2, 3, 4, 5)
				report := l.prunes(diskcache.PruneOptions{})
				if got := l.has(1, 2, 3, 4, 5); got != c.left {
					t.Errorf("left: %s, want %s", got, c.left)
				}
				want := (len("1 2 3 4 5") - len(c.left)) / 2
				if len(report.Removed) != want || report.Bytes != int64(want)*64*kib || l.Stats().Evicted != int64(want) {
					t.Errorf("%+v, %+v", report, l.Stats())
				}
				if again := l.prunes(diskcache.PruneOptions{}); len(again.Removed) > 0 {
					t.Errorf("a second one removes %+v", again)
				}
			})
		}
	}
}

func TestPruneDryRun(t *testing.T) {
	l := newLimited(t, newDisk(t), diskcache.Options{TagLimits: diskcache.Limits{Entries: 3}}, diskcache.FieldOptions{})
	l.saves(4, 1, 2, 3)
	newLimited(t, l.disk, diskcache.Options{}, diskcache.FieldOptions{}).saves(4, 4, 5)
	before := l.list()
	dry := l.prunes(diskcache.PruneOptions{DryRun: true})
	if after := l.list(); len(after) != len(before) || len(dry.Removed) != 2 {
		t.Errorf("files %q, before %q; %+v", after, before, dry)
	}
	if wet := l.prunes(diskcache.PruneOptions{}); len(wet.Removed) != 2 || wet.Bytes != dry.Bytes {
		t.Errorf("%+v, the dry run said %+v", wet, dry)
	}
}

// What a dead process left is removed, and its room given back.
func TestPruneAfterDeath(t *testing.T) {
	d := newDisk(t)
	cmd := child(t, "dies with a promise", d.tmpdir)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it lives: %s", out)
	}
	work, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "work", "*"))
	if err != nil || len(work) == 0 {
		t.Fatalf("no work file: %q, %v", work, err)
	}
	l := newLimited(t, d, diskcache.Options{TagLimits: diskcache.Limits{Bytes: 4 << 20}}, diskcache.FieldOptions{})
	report := l.prunes(diskcache.PruneOptions{})
	if report.WorkFiles != len(work) {
		t.Errorf("%+v, want %d work files", report, len(work))
	}
	if work, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "work", "*")); err != nil || len(work) > 0 {
		t.Errorf("work files after a prune: %q, %v", work, err)
	}
	l.saves(3000, 1)
	if l.has(1) == "" {
		t.Errorf("the room was not given back: %+v", l.log.events)
	}
}

func init() {
	childJobs["dies with a promise"] = func(dir string) error {
		fatal := formats.Func("fatal", "txt", func(w io.Writer, _ string) error {
			if _, err := w.Write(make([]byte, 2<<20)); err != nil {
				return err
			}
			os.Exit(3)
			return nil
		}, func(io.Reader) (string, error) { return "", nil })
		c := new(diskcache.DiskCacher[string])
		o := diskcache.Options{Tmpdir: dir, TagLimits: diskcache.Limits{Bytes: 4 << 20}, Formats: formats.Set{}.With(fatal)}
		if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
			return err
		}
		_, err := c.Execute(context.Background(), func(context.Context) (string, error) { return "", nil })
		return err
	}
}
