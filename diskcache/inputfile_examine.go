package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/internal/inputs"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// settleFiles looks again at the files that a computation used, now that it is over. What
// was in use may be neither what was there before, nor what is there now.
func settleFiles(uses *useList) {
	if uses == nil {
		return
	}
	for i := range uses.direct {
		u := &uses.direct[i]
		if u.kind() != UsedFile || u.State == stateNames {
			continue
		}
		now, err := inputs.Stat(u.File)
		if err != nil || now.Text() != u.State || now.Bytes != u.Bytes || u.Modified != 0 && now.Modified != u.Modified {
			u.State, u.Modified = stateChanged, 0
		}
	}
}

// file is rule 1 of the examiner.
func (x *examiner) file(dir *tagDir, u *use) stale {
	changed := func(format string, args ...any) stale {
		return inputStale("the input file %s "+format, append([]any{u.File}, args...)...)
	}
	switch u.State {
	case stateChanged:
		return changed("changed while it was in use")
	case stateNames:
		sum, err := namesDigest(u.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return gone(u, changed)
		case err != nil:
			return changed("cannot be read: %v", err)
		case sum != u.Digest:
			return inputStale("there are other files in %s now", u.File)
		}
		return stale{}
	}
	now, err := inputs.Stat(u.File)
	switch {
	case err != nil:
		return changed("cannot be read: %v", err)
	case now.Kind == inputs.Absent && u.Digest == "":
		return stale{}
	case now.Kind == inputs.Absent:
		return gone(u, changed)
	case u.Digest == "":
		return changed("is there now, and was not")
	case now.Bytes != u.Bytes:
		return changed("has %s now, and had %s", wording.Bytes(now.Bytes), wording.Bytes(u.Bytes))
	case u.Modified != 0 && u.Modified == now.Modified && u.State == now.Text():
		return stale{}
	}
	sum, err := x.digest(dir, u.File, now)
	switch {
	case err != nil:
		return changed("cannot be read: %v", err)
	case sum != u.Digest:
		return changed("has other content since %s", wording.Time(time.Unix(0, now.Modified)))
	}
	return stale{}
}

// gone tells of an input file that is not there any more.
func gone(u *use, changed func(string, ...any) stale) stale {
	if info, err := os.Stat(filepath.Dir(u.File)); err != nil || !info.IsDir() {
		return stale{} // the data are not on this machine
	}
	return changed("is gone")
}

// digests has those of input files, of all of the program, by path. It is only there to
// save reading: what it has is compared with the state of the file.
var digests struct {
	mu      sync.Mutex
	byPath  map[string]digested      // guarded by mu
	reading map[string]chan struct{} // guarded by mu; by path, closed when it was read
}

type digested struct {
	state inputs.State
	sum   string
}

// mostDigests bounds what is remembered.
const mostDigests = 100_000

// inputDigest returns the digest of what is at a full path, with its state. Of those who ask
// for one file at once, one reads it, as far as its state lets the others rely on that.
func inputDigest(ctx context.Context, path string) (string, inputs.State, error) {
	for {
		state, err := inputs.Stat(path)
		if err != nil {
			return "", state, err
		}
		if sum, ok := digestKnown(path, state); ok {
			return sum, state, nil
		}
		done, reads := beginDigest(path, state)
		if reads {
			return readDigest(ctx, path, done)
		}
		select {
		case <-done:
		case <-ctx.Done():
			return "", state, ctx.Err()
		}
	}
}

// beginDigest reports whether the caller is to read a file, or returns a channel to wait for.
func beginDigest(path string, state inputs.State) (done chan struct{}, reads bool) {
	digests.mu.Lock()
	defer digests.mu.Unlock()
	if !state.Settled { // nobody could rely on what another one reads
		return nil, true
	}
	if done := digests.reading[path]; done != nil {
		return done, false
	}
	if digests.reading == nil {
		digests.reading = map[string]chan struct{}{}
	}
	done = make(chan struct{})
	digests.reading[path] = done
	return done, true
}

func readDigest(ctx context.Context, path string, done chan struct{}) (string, inputs.State, error) {
	if done != nil {
		defer func() {
			digests.mu.Lock()
			defer digests.mu.Unlock()
			delete(digests.reading, path)
			close(done)
		}()
	}
	sum, state, err := inputs.Digest(ctx, path)
	if err == nil {
		rememberDigest(path, state, sum)
	}
	return sum, state, err
}

// openedDigest is inputDigest of a file that is open, given with its full path.
func openedDigest(ctx context.Context, path string, f *os.File) (string, inputs.State, error) {
	state, err := inputs.StatOpened(f)
	if err != nil {
		return "", state, err
	}
	if sum, ok := digestKnown(path, state); ok {
		return sum, state, nil
	}
	sum, state, err := inputs.DigestOpened(ctx, f)
	if err == nil {
		rememberDigest(path, state, sum)
	}
	return sum, state, err
}

func digestKnown(path string, state inputs.State) (string, bool) {
	digests.mu.Lock()
	defer digests.mu.Unlock()
	known, ok := digests.byPath[path]
	return known.sum, ok && known.state.Same(state)
}

func rememberDigest(path string, state inputs.State, sum string) {
	if !state.Settled {
		return
	}
	digests.mu.Lock()
	defer digests.mu.Unlock()
	if digests.byPath == nil || len(digests.byPath) >= mostDigests {
		digests.byPath = map[string]digested{}
	}
	digests.byPath[path] = digested{state, sum}
}
