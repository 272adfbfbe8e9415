package diskcache

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// Files set aside are for a person to look at, and must not fill the disk. In the
// folder of each tag stay at most so many, of so many bytes together, for so
// long. The oldest go first, and the last one, however large, stays for its time.
const (
	asideFiles = 100
	asideBytes = 1 << 30
	asideAge   = 90 * 24 * time.Hour
)

// asideTime is how the name of a file set aside begins.
const asideTime = "20060102T150405-"

const asideNoteExt = ".reason.json"

// asideNote is the JSON file that lies beside a file set aside.
type asideNote struct {
	File   string    `json:"file"`   // its name when it was visible
	Reason string    `json:"reason"` // what was wrong with it
	When   time.Time `json:"when"`
	Host   string    `json:"host"`
}

// setAside moves damaged files out of the way, where a person may look at them.
// It is called under the entry's lock.
//
// Values go before their record, and the record stays where one of them does: a
// damaged value without a record would count as a file of another program.
func (c *cell) setAside(ctx context.Context, base string, found look) error {
	s, err := c.dir.open(ctx)
	if err != nil {
		c.tell(Event{Kind: SetAside, Path: c.dir.path, Why: found.why, Reason: found.reason, Err: err})
		return err
	}
	defer s.Close()
	room := c.hold(base)
	defer room.end()
	if err := room.aside(ctx, s, found); err != nil {
		c.tell(Event{Kind: SetAside, Path: c.dir.path, Why: found.why, Reason: found.reason, Err: err})
		return err
	}
	for _, name := range found.damaged {
		info, err := s.Stat(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // which for most formats is so
		}
		target := asideName(name)
		room.countAside(target, info.Size)
		err = moveAside(ctx, s, name, target, found.reason)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		c.tell(Event{Kind: SetAside, Path: filepath.Join(c.dir.path, filepath.FromSlash(name)), Why: found.why, Reason: found.reason, Err: err})
		if err != nil {
			return err
		}
	}
	c.dir.pruneAside(ctx, s)
	return nil
}

// asideName is where a file is set aside.
func asideName(name string) string {
	return path.Join(asideDir, time.Now().UTC().Format(asideTime)+procname.New(path.Ext(name)))
}

// asideSince tells when a file was set aside. Other files in the folder are somebody's own.
func asideSince(name string) (when time.Time, ok bool) {
	base, in := strings.CutPrefix(name, asideDir+"/")
	if !in || len(base) < len(asideTime) || strings.Contains(base, "/") || strings.HasSuffix(base, asideNoteExt) {
		return time.Time{}, false
	}
	when, err := time.Parse(asideTime, base[:len(asideTime)])
	return when, err == nil
}

func moveAside(ctx context.Context, s store.Session, name, target, reason string) error {
	if err := store.Move(ctx, s, name, target); err != nil {
		return err
	}
	// Without its note the file is less worth, but out of the way all the same.
	_ = putSmall(ctx, s, target+asideNoteExt, noteOf(name, reason))
	return nil
}

// noteOf returns a note of at most one block, for which room was asked for.
func noteOf(name, reason string) []byte {
	for most := 2 << 10; ; most /= 2 {
		if len(reason) > most {
			reason = strings.ToValidUTF8(reason[:most], "") + "..."
		}
		note, err := json.MarshalIndent(asideNote{File: name, Reason: reason, When: time.Now().UTC(), Host: procname.Host()}, "", " ")
		if err != nil || len(note) < block || most == 0 {
			return append(note, '\n')
		}
	}
}

// putSmall publishes what is in memory.
func putSmall(ctx context.Context, s store.Store, name string, content []byte) error {
	w, err := s.Put(ctx, name, store.Replace)
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }()
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Commit()
}

// pruneAside removes files set aside that are too many, too large together or too
// old, with their notes. What it cannot remove stays, and what others put there.
func (d *tagDir) pruneAside(ctx context.Context, s store.Store) {
	type kept struct {
		name  string
		when  time.Time
		bytes int64
	}
	var files []kept
	notes := map[string]bool{}
	for name, err := range s.List(ctx, asideDir+"/") {
		if err != nil {
			return
		}
		if file, isNote := strings.CutSuffix(name, asideNoteExt); isNote {
			notes[file] = true
			continue
		}
		when, ours := asideSince(name)
		if !ours {
			continue
		}
		if info, err := s.Stat(ctx, name); err == nil {
			files = append(files, kept{name, when, info.Size})
		}
	}
	slices.SortFunc(files, func(a, b kept) int { return -cmp.Compare(a.name, b.name) }) // the latest first
	var bytes int64
	var old []string
	for i, f := range files {
		bytes += f.bytes
		if i >= asideFiles || i > 0 && bytes > asideBytes || time.Since(f.when) > asideAge {
			if notes[f.name] {
				old = append(old, f.name+asideNoteExt)
			}
			old = append(old, f.name)
		}
	}
	if len(old) > 0 {
		_ = s.Delete(ctx, old...)
	}
}
