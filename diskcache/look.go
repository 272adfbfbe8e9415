package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// look is the outcome of looking for an entry on disk.
//
// Values and records are published by two renames, so a reader can see one of
// them new and the other old. What contradicts is therefore called damaged only
// after a second look, under the entry's lock, which a publisher holds.
type look struct {
	entry *entry // not nil: found

	// Found:
	bytes       int64
	computeTime time.Duration
	file        string // name of the value's file

	reason  string   // why nothing was found, or where a found value came from
	damaged []string // names, in the tag's directory, of files to be set aside
	foreign bool     // they are of another program
	newer   bool     // a later release wrote the entry: leave it alone
}

func missing(format string, args ...any) look { return look{reason: fmt.Sprintf(format, args...)} }

// smallFile is what is read as a whole and verified before it is decoded. A
// longer file is verified while it is decoded, in one pass.
const smallFile = 1 << 20

// look finds the entry of key on disk that meets a wish. It changes nothing there but
// when the entry was last used.
func (c *cell) look(ctx context.Context, key Key, w *wish) look {
	s, err := c.dir.open(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing("nothing is stored")
	case err != nil:
		return missing("%v", err)
	}
	defer s.Close()

	base := c.base(key)
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if reason := w.refusal(ages{}); reason != "" {
			return missing("%s", reason)
		}
		return c.lookForeign(ctx, s, key)
	case err != nil:
		return missing("the record cannot be read: %v", err)
	}
	r, err := decodeRecord(text)
	if errors.Is(err, errNewer) {
		return look{reason: err.Error(), newer: true}
	}
	if err == nil {
		err = c.contradiction(key, r)
	}
	if err != nil { // without its record the value cannot be trusted either
		return look{reason: err.Error(), damaged: append(c.valuesOf(base), recordName(base))}
	}
	if reason := c.outdated(r, w); reason != "" {
		return missing("%s", reason)
	}
	f, ok := c.formatNamed(r.Format)
	if !ok {
		return missing("stored as %s, which does not serve %v now", r.Format, c.typ)
	}
	return c.lookValue(ctx, s, key, f, r)
}

// isNewer reports whether a later release wrote the entry, which a Refresh leaves
// alone, too.
func (c *cell) isNewer(ctx context.Context, key Key) bool {
	s, err := c.dir.open(ctx)
	if err != nil {
		return false
	}
	defer s.Close()
	text, err := readSmall(ctx, s, recordName(c.base(key)), maxRecordSize)
	if err != nil {
		return false
	}
	_, err = decodeRecord(text)
	return errors.Is(err, errNewer)
}

// contradiction says in what a record is not of this entry.
func (c *cell) contradiction(key Key, r *verdict) error {
	switch {
	case r.Name != c.stem || r.Key != key.String():
		return fmt.Errorf("record is of entry %s %s", r.Name, r.Key)
	case r.Tag != c.tag:
		return fmt.Errorf("record is of tag %s", r.Tag)
	}
	return nil
}

// clockSkew is how much later than ours the clock of another host may be. What
// was computed later still was dated by a clock that was wrong, and would outlive
// its ttl by as much.
const clockSkew = 5 * time.Minute

// outdated says why a sound entry is not what is wanted now.
func (c *cell) outdated(r *verdict, w *wish) string {
	switch {
	case r.GoType != c.typeName:
		return fmt.Sprintf("result type changed from %s to %s", r.GoType, c.typeName)
	case r.Version != c.field.Version:
		return fmt.Sprintf("version changed from %q to %q", r.Version, c.field.Version)
	case c.field.TTL > 0 && r.Computed.After(time.Now().Add(clockSkew)):
		return fmt.Sprintf("computed %s, which is yet to come: how old it is cannot be known", r.Computed.Format(time.RFC3339))
	case c.field.TTL > 0 && !time.Now().Before(r.Computed.Add(c.field.TTL).Add(w.stale)):
		return fmt.Sprintf("expired: computed %s, ttl %s", r.Computed.Format(time.RFC3339), c.field.TTL)
	}
	return w.refusal(r.ages())
}

// lookValue reads the file that a record tells of.
func (c *cell) lookValue(ctx context.Context, s store.Store, key Key, f formats.Format, r *verdict) look {
	name := c.base(key) + "." + f.Ext()
	file, err := s.Open(ctx, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing("the value's file %s is gone", name)
	case err != nil:
		return missing("the value cannot be read: %v", err)
	}
	defer file.Close()
	size := file.Size()
	if size > smallFile { // a smaller one is read in no time
		store.Hold(file, false)
	}
	if size != r.Bytes {
		return look{reason: fmt.Sprintf("%s has %d bytes, its record says %d: it was damaged, or another program replaced it", name, size, r.Bytes),
			damaged: c.wreck(c.base(key), name)}
	}
	in := input{file: file, size: size, digest: r.Digest, isNil: r.Nil}
	e, err := c.show(f, in)
	if err != nil {
		return c.undecoded(err, c.wreck(c.base(key), name)...)
	}
	e.key, e.expires, e.ages = key, c.expiry(r.Computed), r.ages()
	c.dir.touch(ctx, s, c.base(key), r.Computed)
	return look{entry: e, bytes: size, computeTime: r.computeTime(), file: name}
}

// lookForeign accepts a value that another program put where ours would be.
func (c *cell) lookForeign(ctx context.Context, s store.Store, key Key) look {
	for _, f := range c.formats {
		name := c.base(key) + "." + f.Ext()
		file, err := s.Open(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return missing("the value cannot be read: %v", err)
		}
		if !c.isForeign(ctx, s, key, name, file) {
			_ = file.Close()
			return missing("it is being published or cleared")
		}
		size := file.Size()
		e, err := c.show(f, input{file: file, size: size})
		_ = file.Close()
		if err != nil {
			found := c.undecoded(err, name)
			found.foreign = true
			return found
		}
		e.key = key
		return look{entry: e, bytes: size, file: name, reason: "a file of another program, as no record stands beside it"}
	}
	return missing("nothing is stored")
}

// isForeign makes sure, after a value without a record was opened, that it is no
// value of ours. Ours have their record before they are visible, and are gone
// before their record is. So there is none now, and the value is still there.
func (c *cell) isForeign(ctx context.Context, s store.Store, key Key, name string, opened store.Object) bool {
	if _, err := s.Stat(ctx, recordName(c.base(key))); !errors.Is(err, fs.ErrNotExist) {
		return false // also where that cannot be known
	}
	visible, err := s.Stat(ctx, name)
	return err == nil && visible.Version == opened.Version()
}

func (c *cell) undecoded(err error, names ...string) look {
	var ioErr *readError
	if errors.As(err, &ioErr) { // the disk failed us, which says nothing of the file
		return missing("%s cannot be read: %v", names[0], err)
	}
	return look{reason: fmt.Sprintf("%s: %v", names[0], err), damaged: names}
}

// wreck lists what goes with a damaged value: its record, and before that all that
// would count as a file of another program without it. A death in the middle of a
// save can have left an older value in another format there.
func (c *cell) wreck(base, name string) []string {
	names := []string{name}
	for _, f := range c.formats {
		if other := base + "." + f.Ext(); other != name {
			names = append(names, other)
		}
	}
	return append(names, recordName(base))
}

// valuesOf returns which value files an entry may have, in any format of the set.
func (c *cell) valuesOf(base string) []string {
	var names []string
	for _, ext := range c.exts() {
		names = append(names, base+"."+ext)
	}
	return names
}

// input is a value's file, and what its record says of it.
type input struct {
	file   store.Object
	size   int64
	digest string // empty for a file without a record
	isNil  bool
}

// readError is a failure to read, as opposed to bytes that make no sense.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// decode verifies a file and makes an entry of it.
func (c *cell) decode(f formats.Format, in input) (*entry, error) {
	if c.field.Copy || in.size <= smallFile {
		return c.decodeWhole(f, in)
	}
	src := digest.NewReader(in.file, in.size)
	dst := reflect.New(c.typ)
	decodeErr := contained(func() error { return f.Decode(src, dst.Interface()) })
	if src.Err() != nil {
		return nil, &readError{src.Err()}
	}
	if in.digest != "" {
		sum, err := src.Sum()
		if err != nil {
			return nil, &readError{err}
		}
		if sum != in.digest {
			return nil, fmt.Errorf("digest is %s, the record says %s: the file was damaged, or another program replaced it", sum, in.digest)
		}
	}
	if decodeErr != nil {
		return nil, decodeErr
	}
	return c.entryOf(dst, in), nil
}

func (c *cell) decodeWhole(f formats.Format, in input) (*entry, error) {
	content := make([]byte, in.size)
	if err := readFull(in.file, content); err != nil {
		return nil, &readError{err}
	}
	if in.digest != "" {
		if sum := digest.Of(content); sum != in.digest {
			return nil, fmt.Errorf("digest is %s, the record says %s: the file was damaged, or another program replaced it", sum, in.digest)
		}
	}
	dst, err := c.decodeBytes(f, content)
	if err != nil {
		return nil, err
	}
	e := c.entryOf(dst, in)
	if c.field.Copy && !in.isNil {
		e.value, e.private, e.format = nil, content, f
	}
	return e, nil
}

func (c *cell) decodeBytes(f formats.Format, content []byte) (reflect.Value, error) {
	dst := reflect.New(c.typ)
	err := contained(func() error { return f.Decode(newSource(content), dst.Interface()) })
	return dst, err
}

func (c *cell) entryOf(dst reflect.Value, in input) *entry {
	if in.isNil {
		dst.Elem().SetZero()
	}
	return &entry{value: dst.Interface()}
}

// contained turns a panic of a format's code into an error: a file must not be
// able to end the program.
func contained(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the format panicked: %v", r)
		}
	}()
	return f()
}

// readSmall reads a file of at most limit bytes; of a longer one it returns one
// byte too many.
func readSmall(ctx context.Context, s store.Store, name string, limit int64) ([]byte, error) {
	file, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content := make([]byte, min(file.Size(), limit+1))
	n, err := file.ReadAt(content, 0)
	if n == len(content) || err == io.EOF {
		err = nil // cut short since: its check will tell
	}
	return content[:n], err
}

func readFull(r io.ReaderAt, p []byte) error {
	n, err := r.ReadAt(p, 0)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// newSource is a Source over bytes in memory.
func newSource(content []byte) formats.Source { return bytes.NewReader(content) }
