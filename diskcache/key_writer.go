package diskcache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/dataelab/dataelab-go/internal/marshalers"
	"github.com/dataelab/dataelab-go/internal/memfault"
)

const (
	// keyFlush is how much is gathered before it is hashed.
	keyFlush = 4 << 10
	// keyMaxDepth ends cyclic values; no honest argument nests as deep.
	keyMaxDepth = 500
	// keyMaxPaths ends values of few objects and very many paths between them. Only
	// what lies below keyFreeDepth counts, as data that is honestly large is wide.
	keyMaxPaths  = 10_000_000
	keyFreeDepth = 8
)

// keyWriter hashes the stream that KeyOf describes.
type keyWriter struct {
	buf   []byte
	hash  *xxh3.Hasher // nil until buf was flushed once
	paths *int         // so far, in the whole list
}

func (w *keyWriter) flush() {
	if w.hash == nil {
		w.hash = xxh3.New()
	}
	_, _ = w.hash.Write(w.buf) // a hash never fails
	w.buf = w.buf[:0]
}

func (w *keyWriter) sum() Key {
	if w.hash == nil {
		return Key(xxh3.Hash128(w.buf).Bytes())
	}
	w.flush()
	return Key(w.hash.Sum128().Bytes())
}

func (w *keyWriter) bytes(p []byte) {
	if len(w.buf)+len(p) > keyFlush {
		w.flush()
		if len(p) > keyFlush {
			_, _ = w.hash.Write(p)
			return
		}
	}
	w.buf = append(w.buf, p...)
}

func (w *keyWriter) string(s string) {
	w.bytes(unsafe.Slice(unsafe.StringData(s), len(s))) // which only reads them
}

func (w *keyWriter) uvarint(n uint64) {
	var b [binary.MaxVarintLen64]byte
	w.bytes(b[:binary.PutUvarint(b[:], n)])
}

func (w *keyWriter) text(s string) {
	w.uvarint(uint64(len(s)))
	w.string(s)
}

func (w *keyWriter) word(u uint64, size uintptr) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], u)
	w.bytes(b[:size])
}

// argument writes what stands in an interface: type and content (rule 2).
func (w *keyWriter) argument(arg any) (err error) {
	defer memfault.ToError(&err, debug.SetPanicOnFault(true)) // it may be mapped
	if fault := w.dynamic(reflect.ValueOf(arg), 0); fault != nil {
		return fault.asError()
	}
	return nil
}

func (w *keyWriter) dynamic(v reflect.Value, depth int) *keyFault {
	if !v.IsValid() {
		w.text("nil")
		return nil
	}
	form := keyFormOf(v.Type())
	if form.refusal != nil {
		return form.refusal
	}
	w.text(form.signature)
	return w.content(v, depth)
}

// content writes a value whose type the stream has given already.
func (w *keyWriter) content(v reflect.Value, depth int) *keyFault {
	if depth > keyMaxDepth {
		return &keyFault{err: fmt.Errorf("is nested more than %d deep: is it cyclic?", keyMaxDepth)}
	}
	if depth > keyFreeDepth {
		if *w.paths++; *w.paths > keyMaxPaths {
			return &keyFault{err: fmt.Errorf("leads on over more than %d paths: what is shared counts on each of them", keyMaxPaths)}
		}
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return w.composite(v, depth)
	case reflect.Pointer:
		w.bytes([]byte{boolByte(!v.IsNil())})
		if !v.IsNil() {
			return w.content(v.Elem(), depth+1)
		}
	case reflect.Interface:
		return w.dynamic(v.Elem(), depth+1)
	default:
		w.scalar(v)
	}
	return nil
}

// composite writes a value as a whole, where its type has a way to do that, or its parts.
func (w *keyWriter) composite(v reflect.Value, depth int) *keyFault {
	var plan *keyPlan
	if t := v.Type(); v.Kind() == reflect.Struct || t.PkgPath() != "" { // others have no methods
		plan = keyPlanOf(t)
		switch {
		case t == reflect.TypeFor[time.Time]():
			w.time(v.Interface().(time.Time))
			return nil
		case plan.matrix:
			return w.matrix(v)
		case plan.marshals:
			return w.marshaled(v, plan.form)
		}
	}
	switch v.Kind() {
	case reflect.Slice:
		return w.slice(v, depth)
	case reflect.Array:
		return w.elements(v, depth)
	case reflect.Map:
		return w.mapping(v, depth)
	}
	for _, f := range plan.fields {
		if fault := w.content(v.Field(f.index), depth+1); fault != nil {
			return fault.in("." + f.name)
		}
	}
	return nil
}

// time writes what MarshalBinary returns, with two exceptions. Rule 7 makes no difference
// between UTC and another zone with offset 0, such as London's in winter. And MarshalBinary
// refuses offsets of one minute west, as some were in the 19th century.
func (w *keyWriter) time(t time.Time) {
	_, offset := t.Zone()
	if offset == 0 {
		t = t.UTC()
	}
	text, err := t.MarshalBinary()
	if err != nil {
		text, _ = t.UTC().MarshalBinary()
		text = binary.LittleEndian.AppendUint32(text, uint32(offset))
	}
	w.uvarint(uint64(len(text)))
	w.bytes(text)
}

func (w *keyWriter) marshaled(v reflect.Value, form marshalers.Form) *keyFault {
	text, err := marshaled(v, form)
	if err != nil {
		return &keyFault{err: err}
	}
	w.uvarint(uint64(len(text)))
	w.bytes(text)
	return nil
}

func (w *keyWriter) scalar(v reflect.Value) {
	switch size := v.Type().Size(); v.Kind() {
	case reflect.Bool:
		w.bytes([]byte{boolByte(v.Bool())})
	case reflect.Int:
		w.word(uint64(v.Int()), 8) // as on 64-bit machines
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.word(uint64(v.Int()), size)
	case reflect.Uint, reflect.Uintptr:
		w.word(v.Uint(), 8)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.word(v.Uint(), size)
	case reflect.Float32:
		w.word(uint64(bits32(float32(v.Float()))), 4)
	case reflect.Float64:
		w.word(bits64(v.Float()), 8)
	case reflect.Complex64:
		c := complex64(v.Complex())
		w.word(uint64(bits32(real(c))), 4)
		w.word(uint64(bits32(imag(c))), 4)
	case reflect.Complex128:
		c := v.Complex()
		w.word(bits64(real(c)), 8)
		w.word(bits64(imag(c)), 8)
	case reflect.String:
		w.text(v.String())
	default:
		panic("diskcache: key of a kind that keyFormOf should have refused: " + v.Kind().String())
	}
}

func (w *keyWriter) slice(v reflect.Value, depth int) *keyFault {
	if v.IsNil() {
		w.uvarint(0)
		return nil
	}
	w.uvarint(uint64(v.Len()) + 1)
	if w.raw(v) {
		return nil
	}
	return w.elements(v, depth)
}

func (w *keyWriter) elements(v reflect.Value, depth int) *keyFault {
	for i := range v.Len() {
		if fault := w.content(v.Index(i), depth+1); fault != nil {
			return fault.in("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

// mapping writes entries in the order of their keys' bytes (rule 6). Several
// NaN keys have equal bytes: then the values' bytes decide.
func (w *keyWriter) mapping(v reflect.Value, depth int) *keyFault {
	if v.IsNil() {
		w.uvarint(0)
		return nil
	}
	var (
		inner   = keyWriter{paths: w.paths}
		key     = reflect.New(v.Type().Key()).Elem()
		value   = reflect.New(v.Type().Elem()).Elem()
		entries = make([][2][]byte, 0, v.Len())
	)
	for iter := v.MapRange(); iter.Next(); {
		key.SetIterKey(iter)
		value.SetIterValue(iter)
		inner.reset()
		if fault := inner.content(key, depth+1); fault != nil {
			return fault.in("[key]")
		}
		keyBytes := inner.all()
		inner.reset()
		if fault := inner.content(value, depth+1); fault != nil {
			return fault.in("[]")
		}
		entries = append(entries, [2][]byte{keyBytes, inner.all()})
	}
	slices.SortFunc(entries, func(a, b [2][]byte) int {
		if c := bytes.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return bytes.Compare(a[1], b[1])
	})
	w.uvarint(uint64(len(entries)) + 1)
	for _, entry := range entries {
		w.bytes(entry[0])
		w.bytes(entry[1])
	}
	return nil
}

// all returns the stream itself while it is short, and its hash once it was
// flushed, marked so that neither can be taken for the other.
func (w *keyWriter) all() []byte {
	if w.hash == nil {
		return append([]byte{0}, w.buf...)
	}
	sum := w.sum()
	return append([]byte{1}, sum[:]...)
}

func (w *keyWriter) reset() {
	w.buf, w.hash = w.buf[:0], nil
}
