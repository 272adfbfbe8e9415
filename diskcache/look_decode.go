package diskcache

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/memfault"
)

// input is a value's file, and what its record says of it.
type input struct {
	file   store.Object
	size   int64
	digest string // empty for a file without a record
	isNil  bool
	atOnce bool    // if it is mapped, its digest is compared before it is handed out
	sum    *string // where it is to be put; nil for nowhere
}

// readError is a failure to read, as opposed to bytes that make no sense.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// misreadError says that a file which is what its record says makes no sense to the format:
// the type has changed, or how it is read.
type misreadError struct{ error }

func (e *misreadError) Unwrap() error { return e.error }

// misread marks the error of a format that read a file.
func (in input) misread(err error) error {
	if err == nil || in.digest == "" {
		return err
	}
	return &misreadError{err}
}

// decode verifies a file and makes an entry of it.
func (c *cell) decode(f formats.Format, in input) (*entry, error) {
	if c.field.Copy || in.size <= smallFile {
		return c.decodeWhole(f, in)
	}
	src := digest.NewReader(in.file, in.size)
	e := c.cacher.newEntry()
	decodeErr := contained(func() error { return f.Decode(src, e.held.pointer()) })
	if src.Err() != nil {
		return nil, &readError{src.Err()}
	}
	if in.digest != "" {
		if err := compare(src, in.digest); err != nil {
			return nil, err
		}
	}
	if decodeErr != nil {
		return nil, in.misread(decodeErr)
	}
	if in.sum != nil {
		var err error
		if *in.sum, err = src.Sum(); err != nil {
			return nil, &readError{err}
		}
	}
	e.setNil(in.isNil)
	return e, nil
}

// compare hashes what is left of a file and returns an error unless the whole has
// the digest that its record says.
func compare(src *digest.Reader, want string) error {
	sum, err := src.Sum()
	switch {
	case err != nil:
		return &readError{err}
	case sum != want:
		return errDigest(sum, want)
	}
	return nil
}

func errDigest(sum, want string) error {
	return fmt.Errorf("digest is %s, the record says %s: the file was damaged, or another program replaced it", sum, want)
}

func (c *cell) decodeWhole(f formats.Format, in input) (*entry, error) {
	content := make([]byte, in.size)
	if err := readFull(in.file, content); err != nil {
		return nil, &readError{err}
	}
	sum := digest.Of(content)
	if in.digest != "" && sum != in.digest {
		return nil, errDigest(sum, in.digest)
	}
	if in.sum != nil {
		*in.sum = sum
	}
	e, err := c.decodeBytes(f, content)
	if err != nil {
		return nil, in.misread(err)
	}
	if c.field.Copy && !in.isNil {
		return &entry{private: content, format: f}, nil
	}
	e.setNil(in.isNil)
	return e, nil
}

func (c *cell) decodeBytes(f formats.Format, content []byte) (*entry, error) {
	e := c.cacher.newEntry()
	err := contained(func() error { return f.Decode(newSource(content), e.held.pointer()) })
	return e, err
}

// setNil makes the value nil, if it is to be: the file shows an empty one.
func (e *entry) setNil(isNil bool) {
	if isNil {
		reflect.ValueOf(e.held.pointer()).Elem().SetZero()
	}
}

// contained turns a panic of a format's code into an error: a file must not be
// able to end the program. A value that is written may be mapped.
func contained(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the format panicked: %v", r)
		}
	}()
	return memfault.Try(f)
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
