package inputs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/inputs"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, path string) string {
	t.Helper()
	sum, _, err := inputs.Digest(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// The digest is of content: it has neither times nor the order in which files appeared.
func TestDigest(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, dir string)
		same   bool
	}{
		{"nothing", func(*testing.T, string) {}, true},
		{"time", func(t *testing.T, dir string) {
			if err := os.Chtimes(filepath.Join(dir, "a"), time.Now(), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"written again", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a"), "one") }, true},
		{"content", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a"), "two") }, false},
		{"content below", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "below", "b"), "two") }, false},
		{"new file", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "c"), "") }, false},
		{"new directory", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"name", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "z")); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "a"), "one")
			write(t, filepath.Join(dir, "below", "b"), "one")
			before := digest(t, dir)
			c.change(t, dir)
			if same := digest(t, dir) == before; same != c.same {
				t.Errorf("the digest is the same: %v, want %v", same, c.same)
			}
		})
	}
}

func TestAbsentHasNoDigest(t *testing.T) {
	if sum := digest(t, filepath.Join(t.TempDir(), "none")); sum != "" {
		t.Errorf("digest %q", sum)
	}
}

// A file has one digest, however it is got at, and what is read from it next stays.
func TestDigestOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	write(t, path, "one")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, state, err := inputs.DigestOpened(context.Background(), f)
	if err != nil || sum != digest(t, path) || state.Bytes != 3 {
		t.Errorf("%q of %d bytes, %v", sum, state.Bytes, err)
	}
	text := make([]byte, 3)
	if _, err := f.Read(text); err != nil || string(text) != "one" {
		t.Errorf("then it reads %q, %v", text, err)
	}
}

// What changed just now is not settled: a change after it might not show.
func TestSettled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	write(t, path, "one")
	for _, c := range []struct {
		modified time.Time
		want     bool
	}{
		{time.Now().Add(time.Minute), false},
		{time.Now().Add(-time.Minute), true},
		{time.Now().Truncate(time.Second), false}, // a file system without fractions
	} {
		if err := os.Chtimes(path, c.modified, c.modified); err != nil {
			t.Fatal(err)
		}
		s, err := inputs.Stat(path)
		if err != nil || s.Settled != c.want || s.Same(s) != c.want || !s.SameBut(s) {
			t.Errorf("modified %v: %+v, %v; want settled %v", c.modified, s, err, c.want)
		}
	}
}

// What could not be compared as content is refused, and not passed over.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "elsewhere", "a"), "one")
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{root: "link to a directory", os.DevNull: "neither a file nor a directory"} {
		if _, err := inputs.Stat(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestDigestEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	write(t, path, "one")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := inputs.Digest(ctx, path); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
