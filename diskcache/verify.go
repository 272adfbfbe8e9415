package diskcache

import (
	"context"
	"fmt"
	"io"
	"slices"
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
	left    []*check              // guarded by mu
	cancel  context.CancelFunc    // guarded by mu; nil while no goroutine runs
	sound   map[mappedFile]bool   // guarded by mu; files that were verified
	damaged map[mappedFile]string // guarded by mu; and what is wrong with others
	running sync.WaitGroup
}

// check is one file to verify.
type check struct {
	cell  *cell
	entry *entry
	name  string
	mappedFile
}

// mappedFile is a file, and the digest that the record has beside which it was mapped.
type mappedFile struct{ version, digest string }

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
	if v.sound[c.mappedFile] {
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
func (v *verification) refusal(version, digest string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.damaged[mappedFile{version, digest}]
}

func (v *verification) run(ctx context.Context, c *check) {
	select {
	case verifying <- struct{}{}:
	case <-ctx.Done():
		return
	}
	sum, known := c.read(ctx)
	<-verifying
	if known && sum != c.digest {
		v.refute(ctx, c, sum)
	} else if known {
		v.note(c, "")
	}
}

// note keeps what is wrong with a file, empty for nothing.
func (v *verification) note(c *check, reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sound == nil {
		v.sound, v.damaged = map[mappedFile]bool{}, map[mappedFile]string{}
	}
	if reason == "" {
		v.sound[c.mappedFile] = true
	} else {
		v.damaged[c.mappedFile] = reason
	}
}

// read returns the digest of the file; known is false when it could not be read, or is
// another one by now.
func (c *check) read(ctx context.Context) (sum string, known bool) {
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
	sum, err = digest.NewReader(until{ctx, file}, file.Size()).Sum()
	return sum, err == nil
}

// refute is for a file that does not have the digest of the record beside which it was
// mapped. What that means is found out under the entry's lock, which a publisher holds:
//
//  1. The next call looks again, and does not map this file for that record.
//  2. If the file is the value of the record that is there now, it was mapped beside an
//     older one. Results made of it name the older value, and so do not count as valid.
//  3. Otherwise they are wrong, which is told.
//  4. If the file is no value from before either, it is damaged, and is set aside unless
//     another file has its name by now.
func (v *verification) refute(ctx context.Context, c *check, sum string) {
	cell := c.cell
	base := cell.base(c.entry.key)
	lock, _, err := cell.lock(ctx, base, nil)
	if err == nil {
		defer lock.release()
	}
	s, err := cell.dir.open(ctx)
	if err != nil || ctx.Err() != nil {
		return
	}
	defer s.Close()
	reason := fmt.Sprintf("%s: %v. It was mapped and handed out before this was noticed: results made of it are wrong", c.name, errDigest(sum, c.digest))
	v.note(c, reason)
	cell.forgetEntry(c.entry) // 1
	var now record
	if text, err := readSmall(ctx, s, recordName(base), maxRecordSize); err == nil {
		if r, err := decodeWholeRecord(text); err == nil {
			now = *r
		}
	}
	if now.Digest == sum { // 2
		return
	}
	cell.tell(Event{Kind: FoundDamaged, Path: cell.dir.pathOf(c.name), Why: Damaged, Reason: reason})
	isFormer := slices.ContainsFunc(now.Before, func(was former) bool { return was.Digest == sum })
	if info, err := s.Stat(ctx, c.name); err == nil && info.Version == c.version && !isFormer { // 4
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
