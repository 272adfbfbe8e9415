package diskcache

import (
	"io"

	"github.com/dataelab/dataelab-go/internal/digest"
)

// before returns what a value is written to in place of w, which asks for room for
// all of a small value at once. All is written when flush returns.
func (h *hold) before(w *digest.Writer) (target io.Writer, flush func() error) {
	if h == nil || h.scopes == nil {
		return w, func() error { return nil }
	}
	h.value = 0 // also where it is written anew, in another format
	w.Room = h.room
	first := &firstWrites{w: w}
	return first, first.flush
}

// firstWrites gathers what comes first, until it is more than a small value.
type firstWrites struct {
	w      *digest.Writer
	kept   []byte
	passed bool
}

const mostKept = 64 << 10

func (f *firstWrites) Write(p []byte) (int, error) {
	if !f.passed && len(f.kept)+len(p) <= mostKept {
		f.kept = append(f.kept, p...)
		return len(p), nil
	}
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.w.Write(p)
}

func (f *firstWrites) flush() error {
	if f.passed || len(f.kept) == 0 {
		f.passed = true
		return nil
	}
	f.passed = true
	_, err := f.w.Write(f.kept)
	f.kept = nil
	return err
}
