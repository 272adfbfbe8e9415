package formattest

import (
	"fmt"
	"io"
	"sync"
)

// A source is a [formats.Source] that makes use of what the contracts of Read and
// ReadAt allow, and writes down what they do not.
type source struct {
	data  []byte
	claim int64 // what Size says
	most  int   // bytes that a Read gives at once; 0: any number
	early bool  // the last bytes come together with io.EOF
	idle  bool  // every third Read gives nothing, and no error

	mu      sync.Mutex
	pos     int
	calls   int
	failAt  int // the call of Read or ReadAt that fails, and all after it; 0: none
	failed  bool
	closed  bool
	misused string
}

func newSource(file []byte) *source { return &source{data: file, claim: int64(len(file))} }

func (s *source) Size() int64 { return s.claim }

// enter counts a call and says whether it fails.
func (s *source) enter() error {
	s.calls++
	if s.closed {
		s.misused = "the source was read after Decode had returned"
	}
	if s.failAt > 0 && s.calls >= s.failAt {
		s.failed = true
		return errFault
	}
	return nil
}

func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.enter(); err != nil {
		return 0, err
	}
	if len(p) == 0 || s.idle && s.calls%3 == 0 {
		return 0, nil
	}
	if s.pos == len(s.data) {
		return 0, io.EOF
	}
	if s.most > 0 && len(p) > s.most {
		p = p[:s.most]
	}
	n := copy(p, s.data[s.pos:])
	s.pos += n
	if s.early && s.pos == len(s.data) {
		return n, io.EOF
	}
	return n, nil
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.enter(); err != nil {
		return 0, err
	}
	if off < 0 || off > s.claim {
		s.misused = fmt.Sprintf("ReadAt was called with offset %d of a file of %d bytes", off, s.claim)
	}
	if off < 0 {
		return 0, fmt.Errorf("negative offset %d", off)
	}
	if off >= int64(len(s.data)) {
		return 0, io.EOF
	}
	n := copy(p, s.data[off:])
	if n < len(p) || s.early && off+int64(n) == int64(len(s.data)) {
		return n, io.EOF
	}
	return n, nil
}

// close ends the time in which the source may be read.
func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// misuse is what was done that is not allowed, or "".
func (s *source) misuse() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.misused
}

// count returns how often the source was asked, and whether it failed.
func (s *source) count() (calls int, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls, s.failed
}
