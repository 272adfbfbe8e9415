package diskcache

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/gofrs/flock"
)

// Two processes that wait for each other's locks would wait for ever. So the
// holder of a lock writes into the lock's file for which other locks the calls
// inside its computation wait, one path per line. Before each pause a waiter
// follows these lines; where they lead to a lock of its own chain of calls, it
// gives up with ErrCircle. As in circle.go each notes first and looks then.

// waitNote is the content of a lock file that this process holds.
type waitNote struct {
	path    string
	mu      sync.Mutex
	on      map[string]int // guarded by mu
	stopped bool           // guarded by mu; the file is another holder's now
}

// start begins with an empty file: a holder that died may have left its lines.
func (n *waitNote) start(path string) {
	n.path = path
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		n.write()
	}
}

// stop ends the writing: a computation that is over may still be waited in.
func (n *waitNote) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopped = true
}

func (n *waitNote) add(path string, by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.on == nil {
		n.on = map[string]int{}
	}
	if n.on[path] += by; n.on[path] == 0 {
		delete(n.on, path)
	}
	if n.stopped {
		return
	}
	n.write()
}

// write is best effort: where lock files cannot be written, such a circle is
// waited for until a context ends it.
func (n *waitNote) write() {
	f, err := os.OpenFile(n.path, os.O_WRONLY|os.O_TRUNC|noFollow, 0)
	if err != nil {
		return
	}
	if len(n.on) > 0 {
		_, _ = f.WriteString(strings.Join(slices.Sorted(maps.Keys(n.on)), "\n") + "\n")
	}
	_ = f.Close()
}

// lockWait is the wait of one call for one lock.
type lockWait struct {
	parent *call
	path   string
	tmpdir string
	noted  bool
}

func (k *call) waitsFor(lockPath, tmpdir string) *lockWait {
	return &lockWait{parent: k, path: lockPath, tmpdir: tmpdir}
}

// note writes, or takes back, the links of the whole chain: each lock waits for
// the one of the call inside it.
func (w *lockWait) note(by int) {
	inner := w.path
	for c := w.parent; c != nil; c = c.parent {
		if c.lock != nil {
			c.lock.note.add(inner, by)
			inner = c.lock.note.path
		}
	}
}

// check is called while another one holds the lock.
func (w *lockWait) check() error {
	if w.parent == nil {
		return nil
	}
	if !w.noted {
		w.noted = true
		w.note(1)
	}
	own := map[string]bool{}
	for c := w.parent; c != nil; c = c.parent {
		if c.lock != nil && !c.landed.Load() { // a lock let go may be another holder's now
			own[c.lock.note.path] = true
		}
	}
	if followNotes(w.tmpdir, w.path, own, map[string]bool{}) {
		return fmt.Errorf("%w: %s waits for the lock %s, whose holder, in another process or object tree, waits for it",
			ErrCircle, w.parent.describe(), w.path)
	}
	return nil
}

func (w *lockWait) end() {
	if w.noted {
		w.note(-1)
	}
}

// followNotes reports whether the notes in the lock file at path lead to one of
// own. Notes count only while somebody holds the lock.
func followNotes(tmpdir, path string, own, seen map[string]bool) bool {
	if own[path] {
		return true
	}
	if seen[path] || !isLockOf(tmpdir, path) {
		return false
	}
	seen[path] = true
	text := readNote(path)
	if len(text) == 0 || !isHeld(path) {
		return false
	}
	for next := range strings.Lines(string(text)) {
		if followNotes(tmpdir, strings.TrimSuffix(next, "\n"), own, seen) {
			return true
		}
	}
	return false
}

// isLockOf reports whether path is a lock file of a tag below tmpdir. Whatever
// else a note says is not followed.
func isLockOf(tmpdir, path string) bool {
	folder := filepath.Dir(path)
	tag, ok := strings.CutSuffix(folder, string(filepath.Separator)+filepath.FromSlash(lockDir))
	return ok && filepath.Ext(path) == ".lock" && filepath.Dir(tag) == tmpdir
}

// readNote reads at most what an honest note holds.
func readNote(path string) []byte {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil
	}
	return text
}

func isHeld(path string) bool {
	probe := flock.New(path, flock.SetFlag(os.O_RDONLY|noFollow|syscall.O_NONBLOCK))
	ok, err := probe.TryRLock()
	_ = probe.Close()
	return err == nil && !ok
}
