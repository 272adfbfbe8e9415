package diskcache_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

func init() { childJobs["die after setting aside"] = dieAfterSettingAside }

// asideLimits are those of dieAfterSettingAside and of who comes after it.
var asideLimits = diskcache.Limits{Bytes: 8 << 20}

func dieAfterSettingAside(dir string) error {
	c := new(diskcache.DiskCacher[[]byte])
	o := diskcache.Options{Tmpdir: dir, Limits: asideLimits, OnEvent: func(e diskcache.Event) {
		if e.Kind != diskcache.SetAside {
			return
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil && self.Kill() == nil {
			select {}
		}
	}}
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		return err
	}
	_, err := c.Execute(context.Background(), func(context.Context) ([]byte, error) { return nil, errors.New("nothing was set aside") }, 1)
	return err
}

// A file that was set aside by a process that died then is counted.
func TestSetAsideByTheDeadCounts(t *testing.T) {
	d := newDisk(t)
	l := newLimited(t, d, diskcache.Options{Limits: asideLimits}, diskcache.FieldOptions{})
	for range 3 {
		l.saves(1000, 1)
		flip(d, l.file(1), -1, 0)
		if out, err := child(t, "die after setting aside", d.tmpdir).CombinedOutput(); err == nil || len(out) > 0 {
			t.Fatalf("%v: %s", err, out)
		}
		l.saves(4, 1)
	}
	aside, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*.npy"))
	if err != nil || len(aside) != 3 {
		t.Fatalf("set aside: %q, %v", aside, err)
	}
	total, _ := accountOfAll(t, d)
	if bytes, _ := size(t, d.tmpdir); total.Bytes+total.Overhead < bytes {
		t.Errorf("the account says %d bytes, and there are %d", total.Bytes+total.Overhead, bytes)
	}
}

// However much a format has to say, a note takes the one block that it was promised.
func TestNoteIsShort(t *testing.T) {
	d := newDisk(t)
	loud := formats.Func("word", "txt",
		func(w io.Writer, v word) error { _, err := io.WriteString(w, string(v)); return err },
		func(io.Reader) (word, error) { return "", errors.New(strings.Repeat("\x01 too bad", 1<<16)) })
	o := diskcache.Options{Tmpdir: d.tmpdir, Formats: formats.Set{}.With(loud), OnEvent: func(diskcache.Event) {}}
	c := new(diskcache.DiskCacher[word])
	foreign := filepath.Join(d.tag, "root.A.word.txt")
	if err := errors.Join(os.MkdirAll(d.tag, 0o700), os.WriteFile(foreign, []byte("value"), 0o600), c.SetOptions(o), c.SetTag(testTag, "root.A.word")); err != nil {
		t.Fatal(err)
	}
	mustExecute(t, c, say("value"))
	notes, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*.reason.json"))
	if err != nil || len(notes) == 0 {
		t.Fatal(notes, err)
	}
	for _, note := range notes {
		if info, err := os.Stat(note); err != nil || info.Size() > 4096 || info.Size() < 100 {
			t.Errorf("%v, %v", info, err)
		}
	}
}

// What is good until after the year 2262 is not the first to go.
func TestLongTTLIsNotExpired(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{TagLimits: diskcache.Limits{Entries: 2}}
	newLimited(t, d, o, diskcache.FieldOptions{}).saves(4, 1)
	l := newLimited(t, d, o, diskcache.FieldOptions{TTL: 250 * 365 * 24 * time.Hour})
	l.saves(4, 2)
	l.ages(1)
	l.saves(4, 3)
	if got := l.has(1, 2, 3); got != "2 3" {
		t.Errorf("left: %s, want 2 3", got)
	}
}
