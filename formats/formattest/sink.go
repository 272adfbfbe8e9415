package formattest

import (
	"bytes"
	"errors"
	"sync"
)

// errFault is what the writers and sources of this package fail with.
var errFault = errors.New("formattest: injected failure")

// A sink is a writer that fails at its failAt-th Write, and counts what is written
// after it was closed.
type sink struct {
	mu     sync.Mutex
	buf    bytes.Buffer
	calls  int
	failAt int  // 0 never
	half   bool // the failing Write takes half of its bytes
	closed bool
	late   int
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.closed {
		s.late++
	}
	if s.failAt > 0 && s.calls >= s.failAt { // a disk that is full stays full
		n := 0
		if s.half && s.calls == s.failAt {
			n = len(p) / 2
		}
		s.buf.Write(p[:n])
		return n, errFault
	}
	return s.buf.Write(p)
}

// file closes the sink and returns what was written.
func (s *sink) file() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.buf.Bytes()
}

// lateWrites is how often the sink was written to after it was closed.
func (s *sink) lateWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.late
}
