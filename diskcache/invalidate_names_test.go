package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// A file whose name is no UTF-8, as older programs write it, is refused, as marks cannot hold it.
func TestInvalidateFileNameOfAnotherEncoding(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "M\xfcller.dat")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Skipf("skipped: this file system takes no name that is not UTF-8: %v", err)
	}
	l := newLab(t, labComputes{"root.A.mean": func(ctx context.Context, l *lab) (int, error) {
		return 1, diskcache.UseFile(ctx, raw)
	}})
	l.want("root.A.mean", 1, "root.A.mean")
	l.want("root.A.mean", 1)
	if _, err := l.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}}); err == nil {
		t.Error("it is not refused")
	}
	l.want("root.A.mean", 1) // nothing was done
}

// The report has a line for each entry, whatever the names of files are.
func TestInvalidateReportLines(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "a\nstays: passwd: \u202eevil\x1b[31m")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Skipf("skipped: this file system takes no name that is not UTF-8: %v", err)
	}
	l := newLab(t, labComputes{"root.A.mean": func(ctx context.Context, l *lab) (int, error) {
		return 1, diskcache.UseFile(ctx, raw)
	}})
	l.want("root.A.mean", 1, "root.A.mean")
	report, err := l.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}})
	if err != nil {
		t.Fatal(err)
	}
	if text := report.String(); strings.Count(text, "\n") != 2 || strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("%q", text)
	}
}

// TestInvalidateLongReport: a report of many entries has a line for each method.
func TestInvalidateLongReport(t *testing.T) {
	r := diskcache.InvalidationReport{Bytes: 4100, ComputeTime: time.Hour}
	for i := range 41 {
		r.Entries = append(r.Entries, diskcache.InvalidatedEntry{
			Name: []string{"root.A.mean", "root.A.psd"}[i%2], Key: strconv.Itoa(i), Bytes: 100, ComputeTime: time.Duration(1+i%2) * time.Second,
		})
	}
	for i := range 50 {
		r.Stays = append(r.Stays, diskcache.InvalidationStay{Path: strconv.Itoa(i), Why: "so it is"})
	}
	text := r.String()
	lines := strings.Split(text, "\n")
	if strings.Join(strings.Fields(lines[1]), " ") != "40 s root.A.psd 2 kB 20 of them" || strings.Join(strings.Fields(lines[2]), " ") != "21 s root.A.mean 2.1 kB 21 of them" {
		t.Errorf("methods:\n%s", text)
	}
	if len(lines) != 1+2+40+1+1 || lines[43] != "stays: 10 more" {
		t.Errorf("%d lines:\n%s", len(lines), text)
	}
}
