package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Memory returns an empty Store that lives and ends with the program. It takes what
// it is given, without a limit.
func Memory() Store { return &memory{objects: map[string]*kept{}} }

type memory struct {
	mu      sync.RWMutex
	objects map[string]*kept // guarded by mu
	version uint64           // guarded by mu; of the last commit
}

// kept is never changed, only replaced.
type kept struct {
	content []byte
	info    Info
}

func (m *memory) String() string { return "memory" }

func (m *memory) get(op, name string) (*kept, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if k := m.objects[name]; k != nil {
		return k, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

func (m *memory) Open(_ context.Context, name string) (Object, error) {
	k, err := m.get("open", name)
	if err != nil {
		return nil, err
	}
	return memoryObject{bytes.NewReader(k.content), k}, nil
}

type memoryObject struct {
	*bytes.Reader
	kept *kept
}

func (memoryObject) Close() error      { return nil }
func (o memoryObject) Version() string { return o.kept.info.Version }

func (m *memory) Stat(_ context.Context, name string) (Info, error) {
	k, err := m.get("stat", name)
	if err != nil {
		return Info{}, err
	}
	return k.info, nil
}

func (m *memory) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var found []string // the loop's body may change the store
		m.mu.RLock()
		for name := range m.objects {
			if rest, ok := strings.CutPrefix(name, prefix); ok && !strings.Contains(rest, "/") {
				found = append(found, name)
			}
		}
		m.mu.RUnlock()
		for _, name := range found {
			if !yield(name, nil) {
				return
			}
		}
	}
}

func (m *memory) Delete(_ context.Context, names ...string) error {
	var failed []error
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		failed = append(failed, CheckName(name))
		delete(m.objects, name)
	}
	return errors.Join(failed...)
}

func (m *memory) Put(_ context.Context, name string, mode Mode) (Writer, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return &memoryWriter{store: m, name: name, mode: mode}, nil
}

type memoryWriter struct {
	store   *memory
	name    string
	mode    Mode
	content []byte
	closed  bool
	over    bool // committed or discarded
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	if w.closed {
		return 0, &fs.PathError{Op: "write", Path: w.name, Err: fs.ErrClosed}
	}
	w.content = append(w.content, p...)
	return len(p), nil
}

func (w *memoryWriter) Close() error {
	w.closed = true
	return nil
}

func (w *memoryWriter) Commit() error {
	w.closed = true
	m := w.store
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case w.over:
		return &fs.PathError{Op: "commit", Path: w.name, Err: fs.ErrClosed}
	case w.mode == CreateOnly && m.objects[w.name] != nil:
		return &fs.PathError{Op: "commit", Path: w.name, Err: fs.ErrExist}
	}
	w.over = true
	m.version++
	m.objects[w.name] = &kept{slices.Clip(w.content), Info{
		Size: int64(len(w.content)), Modified: time.Now(), Version: strconv.FormatUint(m.version, 10),
	}}
	return nil
}

func (w *memoryWriter) Discard() error {
	w.closed, w.over, w.content = true, true, nil
	return nil
}
