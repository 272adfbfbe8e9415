package diskcache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"

	"github.com/zeebo/xxh3"
)

const (
	// keyFlush is how much is gathered before it is hashed.
	keyFlush = 4 << 10
	// keyMaxDepth ends cyclic values; no honest argument nests as deep.
	keyMaxDepth = 500
)

// keyWriter hashes the stream that KeyOf describes. The zero value is ready.
type keyWriter struct {
	buf  []byte
	hash *xxh3.Hasher // nil until buf was flushed once
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
	for len(s) > keyFlush {
		w.bytes([]byte(s[:keyFlush]))
		s = s[keyFlush:]
	}
	w.bytes([]byte(s))
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
func (w *keyWriter) argument(arg any) error {
	return w.dynamic(reflect.ValueOf(arg), "", 0)
}

func (w *keyWriter) dynamic(v reflect.Value, path string, depth int) error {
	if !v.IsValid() {
		w.text("nil")
		return nil
	}
	form, err := keyFormOf(v.Type())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArgument, err.at(path))
	}
	w.text(form.signature)
	return w.content(v, path, depth)
}

// content writes a value whose type the stream has given already. The path, as
// in ".Grid.Rows", is for errors.
func (w *keyWriter) content(v reflect.Value, path string, depth int) error {
	t := v.Type()
	if depth > keyMaxDepth {
		return fmt.Errorf("%w: %s is nested more than %d deep: is it cyclic?", ErrArgument, orValue(path), keyMaxDepth)
	}
	if marshal := keyMarshaler(t); marshal != nil {
		text, err := marshal(v)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrArgument, orValue(path), err)
		}
		w.uvarint(uint64(len(text)))
		w.bytes(text)
		return nil
	}
	switch t.Kind() {
	case reflect.Slice:
		return w.slice(v, path, depth)
	case reflect.Array:
		return w.elements(v, path, depth)
	case reflect.Map:
		return w.mapping(v, path, depth)
	case reflect.Struct:
		for i := range t.NumField() {
			if err := w.content(v.Field(i), path+"."+t.Field(i).Name, depth+1); err != nil {
				return err
			}
		}
	case reflect.Pointer:
		w.bytes([]byte{boolByte(!v.IsNil())})
		if !v.IsNil() {
			return w.content(v.Elem(), path, depth+1)
		}
	case reflect.Interface:
		return w.dynamic(v.Elem(), path, depth+1)
	default:
		w.scalar(v)
	}
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

func (w *keyWriter) slice(v reflect.Value, path string, depth int) error {
	if v.IsNil() {
		w.uvarint(0)
		return nil
	}
	w.uvarint(uint64(v.Len()) + 1)
	if raw, ok := rawElements(v); ok {
		w.bytes(raw)
		return nil
	}
	return w.elements(v, path, depth)
}

func (w *keyWriter) elements(v reflect.Value, path string, depth int) error {
	for i := range v.Len() {
		if err := w.content(v.Index(i), path+"[]", depth+1); err != nil {
			return err
		}
	}
	return nil
}

// mapping writes entries in the order of their keys' bytes (rule 6). Several
// NaN keys have equal bytes: then the values' bytes decide.
func (w *keyWriter) mapping(v reflect.Value, path string, depth int) error {
	if v.IsNil() {
		w.uvarint(0)
		return nil
	}
	entries := make([][2][]byte, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		var entry [2][]byte
		for i, part := range [2]reflect.Value{iter.Key(), iter.Value()} {
			inner := keyWriter{}
			if err := inner.content(part, path+"[]", depth+1); err != nil {
				return err
			}
			entry[i] = inner.all()
		}
		entries = append(entries, entry)
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

func orValue(path string) string {
	if path == "" {
		return "the value"
	}
	return path
}
