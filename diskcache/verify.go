package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// A file of more than a mebibyte that the mmap option shows is handed out before its
// digest is known, as to read it would take what mapping saves. A goroutine reads it
// afterwards, one file at a time in a program.

// verification is what a cacher has left to verify, and what it learned.
type verification struct {
	mu      sync.Mutex
	left    []*check           // guarded by mu
	cancel  context.CancelFunc // guarded by mu; nil while no goroutine runs
	sound   map[string]bool    // guarded by mu; versions of files that were verified
	damaged map[string]string  // guarded by mu; versions, and what is wrong with them
	running sync.WaitGroup
}

// check is one file to verify.
type check struct {
	cell                  *cell
	entry                 *entry
	name, version, digest string
}

// verifying holds a token while a file is read: more at once would only disturb each
// other, and the program.
var verifying = make(chan struct{}, 1)

// verifyLater is called with nil where there is nothing to verify.
func (v *verification) verifyLater(c *check) {
	if c == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sound[c.version] {
		return
	}
	v.left = append(v.left, c)
	if v.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	v.running.Go(func() {
		for c := v.next(ctx); c != nil; c = v.next(ctx) {
			v.run(ctx, c)
		}
	})
}

// next returns nil when nothing is left, or ctx has ended.
func (v *verification) next(ctx context.Context) *check {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.left) == 0 || ctx.Err() != nil {
		v.cancel()
		v.cancel, v.left = nil, nil
		return nil
	}
	c := v.left[0]
	v.left = v.left[1:]
	return c
}

func (v *verification) stop() {
	v.mu.Lock()
	if v.cancel != nil {
		v.cancel()
	}
	v.mu.Unlock()
	v.running.Wait()
	v.mu.Lock()
	v.sound, v.damaged = nil, nil // what is opened again is verified again
	v.mu.Unlock()
}

// refusal says what is known to be wrong with a file.
func (v *verification) refusal(version string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.damaged[version]
}

func (v *verification) run(ctx context.Context, c *check) {
	select {
	case verifying <- struct{}{}:
	case <-ctx.Done():
		return
	}
	reason, known := c.read(ctx)
	<-verifying
	if !known {
		return
	}
	v.mu.Lock()
	if v.sound == nil {
		v.sound, v.damaged = map[string]bool{}, map[string]string{}
	}
	if reason == "" {
		v.sound[c.version] = true
	} else {
		v.damaged[c.version] = reason
	}
	v.mu.Unlock()
	if reason != "" {
		c.forget(reason)
		c.setAside(ctx, reason)
	}
}

// read reports what is wrong with the file, if anything; known is false when it could
// not be read, or is another one by now.
func (c *check) read(ctx context.Context) (reason string, known bool) {
	s, err := c.cell.dir.open(ctx)
	if err != nil {
		return "", false
	}
	defer s.Close()
	file, err := s.Open(ctx, c.name)
	if err != nil {
		return "", false
	}
	defer file.Close()
	if file.Version() != c.version {
		return "", false
	}
	switch err := verify(until{ctx, file}, file.Size(), c.digest); {
	case err == nil:
		return "", true
	case errors.As(err, new(*readError)):
		return "", false
	default:
		return fmt.Sprintf("%s: %v. It was mapped and handed out before this was noticed: results made of it are wrong", c.name, err), true
	}
}

// forget makes the next call look again.
func (c *check) forget(reason string) {
	cell := c.cell
	cell.forgetEntry(c.entry)
	cell.tell(Event{Kind: FoundDamaged, Path: cell.dir.pathOf(c.name), Why: Damaged, Reason: reason})
}

// setAside moves the file away, unless another one is there by now.
func (c *check) setAside(ctx context.Context, reason string) {
	cell := c.cell
	base := cell.base(c.entry.key)
	lock, _, err := cell.lock(ctx, base, nil)
	if err == nil {
		defer lock.release()
	}
	s, err := cell.dir.open(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	if info, err := s.Stat(ctx, c.name); err == nil && info.Version == c.version {
		_ = cell.setAside(ctx, base, look{why: Damaged, reason: reason, damaged: cell.wreck(base, c.name)}) // told as an event
	}
}

// verify reads a file and compares its digest.
func verify(file io.ReaderAt, size int64, want string) error {
	return compare(digest.NewReader(file, size), want)
}

// until is a file that can be read until a context ends.
type until struct {
	ctx  context.Context
	file store.Object
}

func (u until) ReadAt(p []byte, off int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.file.ReadAt(p, off)
}
