package diskcache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// save publishes a value. The order decides what a death in between leaves:
//
//  1. The value is written to a work file and flushed: only a work file.
//  2. So is the record: only work files.
//  3. The record is renamed to its place, and its directory flushed: a record
//     without a value, which is a miss; or with the value that was there before,
//     which contradicts it and is set aside. Never a new value without a record,
//     as that would be taken for a file of another program.
//  4. The value is renamed to its place, and its directory flushed: the entry.
func (c *cell) save(k *call, value any, took time.Duration) (file string, size int64, err error) {
	root, err := c.dir.create()
	if err != nil {
		return "", 0, err
	}
	defer root.Close()
	c.sweepOnce(root)

	w, err := c.writeValue(root, value)
	if err != nil {
		return "", 0, err
	}
	defer w.discard(root)
	base := c.base(k.key)
	file = base + "." + w.format.Ext()
	r := &record{
		verdict: verdict{
			Layout: recordLayout, Tag: c.tag, Name: c.stem, Key: k.key.String(), Format: w.format.Name(),
			GoType: c.typeName, Nil: w.isNil, Bytes: w.size, Digest: w.digest,
			Version: c.field.Version, Computed: k.end.UTC(), Seconds: took.Seconds(),
		},
		File: file, DType: w.info.DType, Shape: w.info.Shape, Arguments: k.texts,
		Host: hostName(), Process: os.Getpid(), Code: program(),
	}
	c.saving.RLock() // not before: a format may run code of the user
	defer c.saving.RUnlock()
	if c.cleared || k.flight.cleared {
		return "", 0, errCleared
	}
	release := c.dir.lockPublishing(false)
	defer release()
	if err := c.publishRecord(root, r, base); err != nil {
		return "", 0, err
	}
	if err := w.publish(root, file); err != nil {
		return "", 0, err
	}
	if _, err := root.Lstat(recordName(base)); errors.Is(err, fs.ErrNotExist) { // cleared, without a lock
		if err := c.publishRecord(root, r, base); err != nil {
			return "", 0, err
		}
	}
	// A value in another format, from before the result's type changed, would be
	// the visible file of nothing.
	for _, ext := range c.exts {
		if ext != w.format.Ext() {
			_ = root.Remove(base + "." + ext)
		}
	}
	return file, w.size, syncDir(root, ".")
}

// workFile is a file that was written and flushed and waits for its place.
type workFile struct {
	name string // empty once published
	size int64

	// Of a value:
	format formats.Format
	info   formats.Info
	digest string
	isNil  bool
}

func (w *workFile) publish(root *os.Root, name string) error {
	err := root.Rename(filepath.FromSlash(w.name), filepath.FromSlash(name))
	if err == nil {
		w.name = ""
	}
	return err
}

func (w *workFile) discard(root *os.Root) {
	if w.name != "" {
		_ = root.Remove(filepath.FromSlash(w.name))
	}
}

// writeValue writes in the first format that holds the value.
func (c *cell) writeValue(root *os.Root, value any) (*workFile, error) {
	value, isNil := emptyForNil(value)
	var refusals []error
	for _, f := range c.formats {
		w := &workFile{format: f, isNil: isNil}
		err := c.writeWork(root, w, func(out io.Writer) (err error) {
			digested := digest.NewWriter(out)
			err = contained(func() (err error) { w.info, err = f.Encode(digested, value); return err })
			w.digest, w.size = digested.Sum(), digested.Bytes()
			return err
		})
		if err == nil {
			return w, nil
		}
		refusals = append(refusals, fmt.Errorf("%s: %w", f.Name(), err))
		if !errors.Is(err, formats.ErrValue) {
			break
		}
	}
	return nil, errors.Join(refusals...)
}

// publishRecord is step 2 and step 3.
func (c *cell) publishRecord(root *os.Root, r *record, base string) error {
	text, err := r.encode()
	if err != nil {
		return err
	}
	w := &workFile{size: int64(len(text))}
	err = c.writeWork(root, w, func(out io.Writer) error {
		_, err := out.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	defer w.discard(root)
	if err := w.publish(root, recordName(base)); err != nil {
		return err
	}
	return syncDir(root, privateDir)
}

// recordName is the record's place in the tag's directory.
func recordName(base string) string { return filepath.Join(privateDir, base+".json") }

// writeWork makes a work file, has it filled, and flushes it.
func (c *cell) writeWork(root *os.Root, w *workFile, fill func(io.Writer) error) error {
	f, name, err := c.dir.createWork(root)
	if err != nil {
		return err
	}
	w.name = name
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		w.discard(root)
	}
	return err
}

// emptyForNil returns what a file shows in place of a nil pointer, slice or map:
// the record says that it is nil.
func emptyForNil(value any) (any, bool) {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return reflect.New(v.Type().Elem()).Interface(), true
		}
	case reflect.Slice:
		if v.IsNil() {
			return reflect.MakeSlice(v.Type(), 0, 0).Interface(), true
		}
	case reflect.Map:
		if v.IsNil() {
			return reflect.MakeMap(v.Type()).Interface(), true
		}
	}
	return value, false
}

// encodePrivate returns the bytes from which the copy option makes its copies.
func (c *cell) encodePrivate(value any) ([]byte, formats.Format, error) {
	var err error
	for _, f := range c.formats {
		var out bytes.Buffer
		err = contained(func() error { _, err := f.Encode(&out, value); return err })
		if err == nil {
			return out.Bytes(), f, nil
		}
	}
	return nil, nil, err
}
