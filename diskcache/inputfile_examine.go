package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	for i := range uses.inherited {
		uses.inherited[i].locate()
	}
	for i := range uses.direct {
		u := &uses.direct[i]
		u.locate()
		if u.kind() != UsedFile || u.State == stateNames {
			continue
		}
		now, err := inputs.Stat(u.File)
		if err != nil || now.Text() != u.State || now.Bytes != u.Bytes || u.Modified != 0 && now.Modified != u.Modified {
			u.State, u.Modified = stateChanged, 0
		}
	}
}

// file is rule 1 of the examiner, with the rules of inputmoved.go.
func (x *examiner) file(dir *tagDir, u *use) stale {
	if u.State == stateChanged {
		return inputStale("the input file %s changed while it was in use", u.File)
	}
	path := u.File
	switch {
	case u.Named != "":
		path = u.Named // which the system looks up, with one call less
	case u.isMoved():
		path = u.present()
	}
	bad, missing := x.fileAt(dir, u, path)
	switch {
	case bad.is():
		return bad
	case missing && u.present() != fullOf(path): // 4
		bad, _ = x.fileAt(dir, u, u.present())
		return bad
	case missing && u.isMissed():
		return inputStale("the input file %s is gone", u.present())
	case missing || u.Named != "" || path == u.File:
		return stale{}
	}
	if bad, _ = x.fileAt(dir, u, u.File); bad.is() {
		bad.reason += fmt.Sprintf("; %s has not, and which of the two is meant is not known", path)
	}
	return bad
}

// fileAt compares what is at a path with what was used. Where there was something, and is
// nothing, it is missing.
func (x *examiner) fileAt(dir *tagDir, u *use, path string) (bad stale, missing bool) {
	changed := func(format string, args ...any) (stale, bool) {
		return inputStale("the input file %s "+format, append([]any{fullOf(path)}, args...)...), false
	}
	if u.State == stateNames {
		sum, err := namesDigest(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return stale{}, true
		case err != nil:
			return changed("cannot be read: %v", err)
		case sum != u.Digest:
			return inputStale("there are other files in %s now", fullOf(path)), false
		}
		return stale{}, false
	}
	now, err := inputs.Stat(path)
	switch {
	case err != nil:
		return changed("cannot be read: %v", err)
	case now.Kind == inputs.Absent:
		return stale{}, u.Digest != ""
	case u.Digest == "":
		return changed("is there now, and was not")
	case now.Bytes != u.Bytes:
		return changed("has %s now, and had %s", wording.Bytes(now.Bytes), wording.Bytes(u.Bytes))
	case u.Modified != 0 && u.Modified == now.Modified && u.State == now.Text():
		return stale{}, false
	}
	sum, err := x.digest(dir, fullOf(path), now)
	switch {
	case err != nil:
		return changed("cannot be read: %v", err)
	case sum != u.Digest:
		return changed("has other content since %s", wording.Time(time.Unix(0, now.Modified)))
	}
	return stale{}, false
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
