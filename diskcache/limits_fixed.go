package diskcache

import (
	"context"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/ledger"
)

// The bookkeeping of a tag's directory, as lines of their own. It stays as long as
// there is anything in the directory to keep books of.
const (
	evictedName = privateDir + "/evicted"
	ledgerName  = privateDir + "/ledger"
)

// ledgerStep is by how much the line of another ledger is ahead of it.
const ledgerStep = 64 << 10

// putFixed lets a scope know of what else lies in a tag's directory: the list of
// what was evicted, and the ledger of the tag.
func (s *scope) putFixed(t *ledger.Tx, session store.LocalSession, directory string) error {
	ctx := context.Background()
	if info, err := session.Stat(ctx, evictedName); err == nil {
		if err := s.putOther(t, s.name(directory, evictedName), blocks(info.Size)); err != nil {
			return err
		}
	}
	if !s.all {
		return nil // its own is no line
	}
	size := session.Ledger(privateDir).Size()
	if size == 0 {
		return nil
	}
	return s.putOther(t, s.name(directory, ledgerName), size/ledgerStep*ledgerStep+2*ledgerStep)
}

// expectLedger counts the tag's ledger that the same save is going to make. It reports
// whether there was no line of it.
func (s *scope) expectLedger(t *ledger.Tx, h *hold) (ahead bool, err error) {
	tagged := slices.ContainsFunc(h.scopes, func(other *scope) bool { return !other.all && !other.limits.none() })
	if !s.all || !tagged {
		return false, nil
	}
	name := s.name(h.promise.directory, ledgerName)
	if _, known := t.Get(name); known {
		return false, nil
	}
	return true, s.putOther(t, name, 2*ledgerStep)
}

// putOther puts a line of bookkeeping unless it is there.
func (s *scope) putOther(t *ledger.Tx, name string, bytes int64) error {
	if !s.counts {
		bytes = 0
	}
	if l, ok := t.Get(name); ok && l.Bytes == bytes {
		return nil
	}
	return t.Put(ledger.Line{Name: name, Bytes: bytes, Flags: ledger.Fixed})
}

// placeFixed is place for a line of bookkeeping.
func (s *scope) placeFixed(name string) (directory, base string, ok bool) {
	base = name
	if s.all {
		directory, base, _ = strings.Cut(name, "/")
		if store.CheckName(directory) != nil || strings.HasPrefix(directory, privateDir) {
			return "", "", false
		}
	}
	return directory, base, base == evictedName || s.all && base == ledgerName
}

// directoryOf returns the tag's directory of a line; empty where that is the scope.
func (s *scope) directoryOf(name string) string {
	if !s.all {
		return ""
	}
	directory, _, _ := strings.Cut(name, "/")
	return directory
}

// writing returns the directories in which somebody writes.
func (s *scope) writing(t *ledger.Tx) map[string]bool {
	found := map[string]bool{}
	for _, l := range t.Promises() {
		if p, ok := promiseOf(s, l.Name); ok {
			found[p.directory] = true
		}
	}
	return found
}

func fixedOf(lines []ledger.Line) []ledger.Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l ledger.Line) bool { return l.Flags&ledger.Fixed == 0 })
}

// dropFixed removes the bookkeeping, as far as lines tell of it, of directories that
// are gone or hold nothing any more, but for that of self. Directories of which lines
// have more than bookkeeping are not looked at. It reports whether a line went.
func (s *scope) dropFixed(t *ledger.Tx, v *visit, lines []ledger.Line, self string) (changed bool) {
	fixed := fixedOf(lines)
	busy := map[string]bool{s.directoryOf(self): self != ""}
	for _, l := range lines {
		if l.Flags&ledger.Fixed == 0 {
			busy[s.directoryOf(l.Name)] = true
		}
	}
	if len(fixed) == 0 {
		return false
	}
	writing := s.writing(t)
	for _, l := range fixed {
		directory, base, ok := s.placeFixed(l.Name)
		switch {
		case !ok:
		case busy[directory] || writing[directory] || !s.vacant(v, directory):
			continue
		case v.dry: // of a view
		case !v.removeFixed(s, directory, base):
			continue
		}
		t.Delete(l.Name)
		changed = true
	}
	return changed
}

// vacant reports whether nothing of ours is in a directory but bookkeeping.
func (s *scope) vacant(v *visit, directory string) bool {
	session := v.session(s, directory)
	if session == nil {
		return v.missing(s, directory)
	}
	for folder, ext := range map[string]string{privateDir: recordExt, asideDir: ""} {
		if found, err := session.Any(folder, ext); found || err != nil {
			return false
		}
	}
	writing, _ := session.WorkFiles(true)
	return len(writing) == 0
}

// removeFixed reports whether it is gone.
func (v *visit) removeFixed(s *scope, directory, base string) bool {
	session := v.session(s, directory)
	if session == nil {
		return true // with the directory
	}
	if base == ledgerName {
		return session.Ledger(privateDir).TryRemove()
	}
	return session.Delete(context.Background(), base) == nil
}

// loosened returns how many bytes of bookkeeping would go after all entries that may
// go: that of tags with nothing that stays, but for that of self. It looks at the whole
// ledger.
func (s *scope) loosened(t *ledger.Tx, self string) (bytes int64) {
	stays := s.writing(t)
	stays[s.directoryOf(self)] = self != "" || stays[s.directoryOf(self)]
	fixed := map[string]int64{}
	t.All(func(l ledger.Line) bool {
		switch directory := s.directoryOf(l.Name); {
		case l.Flags&ledger.Fixed != 0:
			fixed[directory] += l.Bytes
		case l.Flags&ledger.Pinned != 0:
			stays[directory] = true
		}
		return true
	})
	for directory, n := range fixed {
		if !stays[directory] {
			bytes += n
		}
	}
	return bytes
}
