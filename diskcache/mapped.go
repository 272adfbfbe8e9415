package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// mappings are the files that a cacher with the mmap option has shown in memory.
// They outlive their cells, as callers hold what lies in them: only Close ends them.
type mappings struct {
	mu   sync.Mutex
	open []io.Closer // guarded by mu
	verification
}

// mapping is what an entry shows.
type mapping struct {
	mappedFile
	ext string // of the file
}

// mostMappings is how many a cacher keeps open; further files are read instead. A
// process has 65,530 on Linux, and without any left it gets no memory either.
const mostMappings = 1000

func (m *mappings) add(c io.Closer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = append(m.open, c)
}

func (m *mappings) full() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.open) >= mostMappings
}

func (m *mappings) close() error {
	m.verification.stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	var failed []error
	for _, c := range m.open {
		failed = append(failed, c.Close())
	}
	m.open = nil
	return errors.Join(failed...)
}

// CloseAll lets many cachers forget what they hold in memory and ends the
// mappings of the mmap option. Files stay, the tag stays: the next call loads anew.
//
// Slices and matrices that a cacher with the mmap option returned must not be touched
// any more, which would end the program; and none of these cachers may be
// in use meanwhile. Values of other cachers stay good.
func CloseAll(cachers []Cacher) error {
	var failed []error
	for _, c := range cachers {
		name := ""
		c.change(func(core *core) {
			if cell := core.cell.Load(); cell != nil {
				name = cell.stem
				next := cell.successor()
				next.counters.Store(cell.counters.Load())
				core.install(next)
			}
		})
		if err := c.state().mappings.close(); err != nil {
			failed = append(failed, &Error{Op: "close", Name: name, Err: err})
		}
	}
	return errors.Join(failed...)
}

func (r *resultOf) checkMappable() error {
	f := r.formats[0]
	mapper, ok := f.(formats.Mapper)
	if !ok {
		return fmt.Errorf("option mmap: a %v is stored as .%s, which cannot be mapped: leave mmap out", r.typ, f.Ext())
	}
	if err := mapper.Mappable(r.typ); err != nil {
		return fmt.Errorf("option mmap: %w", err)
	}
	return nil
}

// show maps a file for a cacher with the mmap option. A file that cannot be mapped,
// such as one of another program with its bytes in another order, is read.
func (c *cell) show(f formats.Format, in input) (*entry, error) {
	mapper, ok := f.(formats.Mapper)
	file := store.OSFile(in.file)
	if !ok || file == nil || !c.field.Mmap || in.isNil || c.mappings.full() {
		return c.decode(f, in)
	}
	if reason := c.mappings.refusal(in.file.Version(), in.digest); reason != "" {
		return nil, errors.New(reason)
	}
	e := c.cacher.newEntry()
	var closer io.Closer
	err := contained(func() (err error) { closer, err = mapper.Map(file, e.held.pointer()); return err })
	if err != nil {
		return c.decode(f, in)
	}
	if in.atOnce {
		if err := verify(in.file, in.size, in.digest); err != nil {
			return nil, errors.Join(err, closer.Close())
		}
	}
	c.mappings.add(closer)
	e.mapped = &mapping{mappedFile{in.file.Version(), in.digest}, f.Ext()}
	return e, nil
}

// isSettled reports whether an open file is the value of a record for sure, as far as that can
// be known without reading it: nobody has published since the record was read, and it is
// none from before, also where the times of files were lost.
func isSettled(ctx context.Context, s store.Store, base string, text []byte, file store.Object) bool {
	r, err := decodeWholeRecord(text)
	modified := store.Modified(file)
	if err != nil || !r.shows(file.Size(), modified) {
		return false
	}
	if len(r.Before) > 0 && !r.Written.IsZero() && !r.Written.Equal(modified) {
		return false
	}
	now, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	return err == nil && bytes.Equal(now, text)
}

// isOverwritten reports whether the file that an entry in memory shows is not what it was when
// it was mapped: another program may have written to it in place, which changes what is
// in memory, or ends the program that looks at it.
func (c *cell) isOverwritten(x *examiner, e *entry) bool {
	if e.mapped == nil {
		return false
	}
	s, err := x.open(c.dir)
	if err != nil {
		return false
	}
	info, err := s.Stat(x.ctx, c.base(e.key)+"."+e.mapped.ext)
	return err == nil && info.Version != e.mapped.version
}

// mapSaved returns an entry that shows the file just saved, so that memory need
// not hold the computed array any longer than its caller does; nil if that
// cannot be, or somebody has saved another value since.
func (c *cell) mapSaved(key Key, saved *origin) *entry {
	if !c.field.Mmap {
		return nil
	}
	found := c.look(context.Background(), key, &wish{})
	if found.entry != nil && found.entry.mapped != nil && found.entry.origin.id == saved.id {
		return found.entry
	}
	return nil
}
