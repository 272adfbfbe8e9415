package diskcache_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// evict lets a limit remove what is stored of a method.
func (l *lab) evict(name string) {
	l.t.Helper()
	long := time.Now().Add(-time.Hour)
	var c diskcache.DiskCacher[int]
	err := errors.Join(os.Chtimes(l.record(name), long, long),
		c.SetOptions(diskcache.Options{Tmpdir: l.dir, TagLimits: diskcache.Limits{Age: 30 * time.Minute}}), c.SetTag("night", "unused"))
	if err != nil {
		l.t.Fatal(err)
	}
	report, err := c.Prune(l.t.Context(), diskcache.PruneOptions{})
	if err != nil || len(report.Removed) != 1 || report.Removed[0].Name != name {
		l.t.Fatalf("removed %+v, %v", report.Removed, err)
	}
}

// evictedLines changes the list of what limits removed.
func (l *lab) evictedLines(change func(line string) string) {
	l.t.Helper()
	path := filepath.Join(l.dir, "cachenight", ".dataelab", "evicted")
	text, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	var changed strings.Builder
	for line := range strings.Lines(string(text)) {
		changed.WriteString(change(line))
	}
	if err := os.WriteFile(path, []byte(changed.String()), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// What an upstream entry was when limits removed it decides whether it is trusted.
func TestEvictedUpstream(t *testing.T) {
	for name, c := range map[string]struct {
		next  int64 // value of raw, when it is computed anew
		evict []string
		list  func(line string) string // nil to leave it
		want  []string                 // computed; top is then next
	}{
		"as it was":       {1, []string{"raw"}, nil, nil},
		"another value":   {2, []string{"raw"}, nil, []string{"top", "half", "raw"}},
		"what is between": {2, []string{"half", "raw"}, nil, []string{"top", "half", "raw"}},
		"forgotten":       {2, []string{"half", "raw"}, func(string) string { return "" }, nil},
		"not for long": {2, []string{"raw"}, func(line string) string {
			return time.Now().Add(-time.Hour).UTC().Format(time.RFC3339) + line[strings.Index(line, "\t"):]
		}, nil},
		"listed by an older program": {2, []string{"raw"}, func(line string) string {
			return line[:strings.LastIndex(line, "\t")] + "\n"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			n.Store(1)
			l := newLab(t, labComputes{"raw": varying(&n), "half": sum("raw"), "top": sum("half")})
			l.want("top", 1, "top", "half", "raw")
			n.Store(c.next)
			l.refresh("raw")
			for _, name := range c.evict {
				l.evict(name)
			}
			if c.list != nil {
				l.evictedLines(c.list)
			}
			want := 1
			if c.want != nil {
				want = int(c.next)
			}
			l.copied().want("top", want, c.want...)
		})
	}
}

// The reason tells what is known.
func TestEvictedUpstreamReason(t *testing.T) {
	var n atomic.Int64
	l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw")})
	l.want("top", 0, "top", "raw")
	n.Store(1)
	l.refresh("raw")
	l.evict("raw")
	why, text := l.copied().why("top")
	if why != diskcache.UpstreamChanged || !strings.Contains(text, "raw, which it used, is gone, and had another value when it was removed") {
		t.Errorf("%v: %s", why, text)
	}
}
