package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// save stores a value: it is written, in the first format that holds it, and
// published.
//
// The context is that of nobody: what was computed is worth storing, whoever
// still waits for it.
func (c *cell) save(k *call, value any, took time.Duration) (file string, size int64, err error) {
	ctx := context.Background()
	s, err := c.dir.create(ctx)
	if err != nil {
		return "", 0, placeError{err}
	}
	defer s.Close()
	c.dir.pruned.Do(func() { c.dir.pruneAside(ctx, s) })

	base := c.base(k.key)
	room := c.hold(base)
	defer room.end()
	w, err := c.writeValue(ctx, s, base, value, room)
	if err != nil {
		return "", 0, err
	}
	defer w.discard()
	file = w.name
	r := &record{
		verdict: verdict{
			Layout: layoutWithoutUses, Tag: c.tag, Name: c.stem, Key: k.key.String(), Format: w.format.Name(),
			GoType: c.typeName, GoShape: shapeOf(c.typ, w.format.Name()), Nil: w.isNil, Bytes: w.size, Digest: w.digest,
			Version: c.field.Version, Computed: k.end.UTC(), Seconds: took.Seconds(), Place: pathText(c.dir.path),
		},
		Used: k.origin.uses.all(), Direct: k.origin.uses.isPartial(),
		File: file, Written: w.modified(), DType: w.info.DType, Shape: w.info.Shape, Arguments: k.texts, ArgumentDigests: lines(k.parts),
		Pin: c.field.Pin, Expires: c.expiresAt(k.end),
		Host: procname.Host(), Process: os.Getpid(), Code: program(),
	}
	c.owner.sign(&r.verdict)
	if r.Uses = len(r.Used); r.Uses > 0 {
		r.Layout = recordLayout
	}
	p := publication{base: base, file: file, value: w.out, check: k.check, aside: c.tellAside}
	if p.record, err = r.encode(); err != nil {
		return "", 0, err
	}
	p.record = withBefore(ctx, s, base, p.record)
	if err := room.record(len(p.record)); err != nil {
		return "", 0, err
	}
	c.saving.RLock() // not before: a format may run code of the user
	defer c.saving.RUnlock()
	if c.cleared || k.flight.cleared {
		return "", 0, errCleared
	}
	p.others = c.replaced(ctx, s, base, file)
	err = errInvalidated
	if !k.isOutdated() {
		err = c.dir.publish(ctx, s, p)
	}
	if err == nil || errors.Is(err, errInvalidated) { // then what uses it is good where it comes out the same
		k.origin.id = identity(w.digest, w.isNil)
	}
	if err != nil {
		return "", 0, err
	}
	c.dropFormer(ctx, s, k.key, room)
	return file, w.size, nil
}

// tellAside reports that something in the place of a file was set aside.
func (c *cell) tellAside(name, reason string) {
	c.tell(Event{Kind: SetAside, Path: c.dir.pathOf(name), Why: Damaged, Reason: reason})
}

// replaced returns the other files that were values of this entry: that of the record,
// from before the type of the result or its format changed, and those that a look-up
// would take for values. A file with another extension is somebody's own.
func (c *cell) replaced(ctx context.Context, s store.Store, base, file string) []string {
	exts := map[string]bool{}
	for _, f := range c.formats {
		exts[f.Ext()] = true
	}
	if text, err := readSmall(ctx, s, recordName(base), maxRecordSize); err == nil {
		if old, err := decodeRecord(text); err == nil {
			if f, err := c.set.ByName(old.Format); err == nil {
				exts[f.Ext()] = true
			}
		}
	}
	var names []string
	for ext := range exts {
		if name := base + "." + ext; name != file {
			names = append(names, name)
		}
	}
	return names
}

// written is a value that was written and flushed and waits for its place.
type written struct {
	out    store.Writer
	name   string
	size   int64
	format formats.Format
	info   formats.Info
	digest string
	isNil  bool
	read   transcript
}

// modified is as records have it.
func (w *written) modified() time.Time {
	if at := store.Modified(w.out); !at.IsZero() {
		return at.UTC()
	}
	return time.Time{}
}

func (w *written) discard() { _ = w.out.Discard() }

// writeValue writes in the first format that holds the value: step 1 of publish.
func (c *cell) writeValue(ctx context.Context, s store.Store, base string, value any, room *hold) (*written, error) {
	var refusals []error
	for _, f := range c.formats {
		shown, isNil := emptyForNil(c.toEncode(f, value))
		if shown == nil {
			refusals = append(refusals, fmt.Errorf("%s: a nil interface has no type, and so no file: return an empty value instead", f.Name()))
			continue
		}
		w := &written{name: base + "." + f.Ext(), format: f, isNil: isNil}
		w.read.keep = c.mustCompare(f, shown)
		err := w.write(ctx, s, shown, room)
		if err == nil {
			if err := c.comesBack(w, value); err != nil {
				w.discard()
				return nil, errors.Join(append(refusals, err)...)
			}
			return w, nil
		}
		refusals = append(refusals, fmt.Errorf("%s: %w", f.Name(), err))
		if !errors.Is(err, formats.ErrValue) {
			break
		}
	}
	return nil, errors.Join(refusals...)
}

func (w *written) write(ctx context.Context, s store.Store, value any, room *hold) (err error) {
	if w.out, err = s.Put(ctx, w.name, store.Replace); err != nil {
		return placeError{err}
	}
	var out io.Writer = w.out
	if file := store.OSFile(w.out); file != nil {
		out = file // for which a long write has a faster way
	}
	digested := digest.NewWriter(out)
	target, flush := room.before(digested)
	if w.read.keep {
		w.read.w = target
		target = &w.read
	}
	err = contained(func() (err error) { w.info, err = w.format.Encode(target, value); return err })
	if err == nil {
		err = flush()
	}
	if err == nil || errors.Is(digested.Err(), ErrLimit) {
		err = digested.Err() // which the format may have overlooked, or put into its own words
	}
	if err == nil {
		err = w.out.Close()
	}
	if err != nil {
		w.discard()
	}
	w.digest, w.size = digested.Sum(), digested.Bytes()
	return err
}

// recordName is the record's place in the tag's directory.
func recordName(base string) string { return privateDir + "/" + base + recordExt }

const recordExt = ".json"

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
		err = contained(func() error { _, err := f.Encode(&out, c.toEncode(f, value)); return err })
		if err == nil {
			return out.Bytes(), f, nil
		}
	}
	return nil, nil, err
}
