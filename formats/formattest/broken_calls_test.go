package formattest_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
)

func brokenWriting() []broken {
	var last, held atomic.Value // of an out
	type out struct{ io.Writer }
	var active atomic.Int64
	var value atomic.Pointer[byte]
	return []broken{
		{name: "swallows the writer's error", step: "failing writer", says: "gave no error though the writer failed at Write number 2",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if _, err := w.Write(header(b)); err != nil {
					return err
				}
				w.Write(b)
				return nil
			}}},
		{name: "hides the writer's error", step: "failing writer", says: "does not wrap the writer's",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if err := encodePlain(w, b); err != nil {
					return fmt.Errorf("write: %v", err) //nolint:errorlint // the mistake that is to be found
				}
				return nil
			}}},
		{name: "takes the writer's error for the value's", step: "failing writer", says: "the value does not fit",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if err := encodePlain(w, b); err != nil {
					return fmt.Errorf("%w: %w", formats.ErrValue, err)
				}
				return nil
			}}},
		{name: "writes to the last writer, too", step: "failing writer", says: "after it had returned",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if old, ok := last.Swap(out{w}).(out); ok {
					old.Write([]byte("!"))
				}
				return encodePlain(w, b)
			}}},
		{name: "keeps the writer", step: "left behind", says: "the writer is still in use",
			f: plain{encode: func(w io.Writer, b []byte) error { held.Store(out{w}); return encodePlain(w, b) }}},
		{name: "keeps the value", step: "left behind", says: "the value is still in use",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if len(b) > 0 {
					value.Store(&b[0])
				}
				return encodePlain(w, b)
			}}},
		{name: "varies", step: "encode", says: "wrote other bytes for the same value, from offset",
			f: of(func(m map[string]bool) (out []byte) {
				out = append(out, "entries:"...)
				for k := range m {
					out = fmt.Appendf(out, "%q ", k)
				}
				return out
			}, func(b []byte) (map[string]bool, error) {
				m := map[string]bool{}
				r := strings.NewReader(strings.TrimPrefix(string(b), "entries:"))
				for {
					var k string
					if _, err := fmt.Fscanf(r, "%q ", &k); err != nil {
						return m, nil //nolint:nilerr // it is the end of the text, or nearly
					}
					m[k] = true
				}
			}),
			o: formattest.Options{Lenient: true, Types: []reflect.Type{reflect.TypeFor[map[string]bool]()}, Rules: []formattest.Rule{
				formattest.Generate(func(r *rand.Rand) map[string]bool {
					return map[string]bool{fmt.Sprint(r.IntN(10)): true, "a": true, "b": true, "c": true}
				}),
				formattest.Compare(func(want, got map[string]bool) error {
					if len(want) != len(got) {
						return fmt.Errorf("%d and %d entries", len(want), len(got))
					}
					return nil
				})}}},
		{name: "changes the value", step: "round trip", says: "changed the value",
			f: plain{encode: func(w io.Writer, b []byte) error {
				err := encodePlain(w, b)
				clear(b)
				return err
			}}},
		{name: "does not bear company", step: "at once", says: "other bytes were written",
			f: plain{encode: func(w io.Writer, b []byte) error {
				defer active.Add(-1)
				alone := active.Add(1) == 1
				for end := time.Now().Add(time.Millisecond); alone && time.Now().Before(end); runtime.Gosched() {
					alone = active.Load() == 1
				}
				if !alone {
					b = []byte("somebody else's")
				}
				return encodePlain(w, b)
			}}},
	}
}

func brokenReading() []broken {
	buffer := make([]byte, 0, 100) // too little for the values that are decoded at once
	var mu sync.Mutex
	results := map[string][]byte{}
	var pool []formats.Source
	var former formats.Source
	return []broken{
		{name: "reads once", step: "source", says: "one byte at a time",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole := make([]byte, max(0, min(src.Size(), 1<<20)))
				n, err := src.Read(whole)
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				return parsePlain(whole[:n], dst)
			}}},
		{name: "reads before the file", step: "source", says: "ReadAt was called with offset -4",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				_, _ = src.ReadAt(make([]byte, 4), -4)
				return decodePlain(src, dst)
			}}},
		{name: "reads the last source again", step: "source", says: "was read after Decode had returned",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				mu.Lock()
				defer mu.Unlock()
				if former != nil && former != src {
					_, _ = former.ReadAt(make([]byte, 1), 0)
				}
				former = src
				return decodePlain(src, dst)
			}}},
		{name: "swallows the source's error", step: "failing source", says: "gave no error though the source failed",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole := make([]byte, max(0, min(src.Size(), 1<<20)))
				if _, err := io.ReadFull(src, whole); err != nil {
					return err
				}
				if n, _ := src.Read(make([]byte, 1)); n > 0 {
					return errDamaged
				}
				return parsePlain(whole, dst)
			}}},
		{name: "hides the source's error", step: "failing source", says: "does not wrap the source's",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole, err := io.ReadAll(src)
				if err != nil {
					return errDamaged
				}
				return parsePlain(whole, dst)
			}}},
		{name: "keeps the source's buffer", step: "own memory", says: "changed with the buffer that it was read from",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				w, ok := src.(io.WriterTo)
				if !ok {
					return decodePlain(src, dst)
				}
				var k keeper
				if _, err := w.WriteTo(&k); err != nil {
					return err
				}
				if err := parsePlain(k.b, dst); err != nil {
					return err
				}
				*dst = k.b[8:]
				return nil
			}}},
		{name: "has one buffer for all", step: "own memory", says: "changed when another file was decoded",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				mu.Lock()
				defer mu.Unlock()
				if err := decodePlain(src, dst); err != nil || len(*dst) > cap(buffer) {
					return err
				}
				buffer = append(buffer[:0], *dst...)
				*dst = buffer
				return nil
			}}},
		{name: "gives one result twice", step: "own memory", says: "two results share memory",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				mu.Lock()
				defer mu.Unlock()
				if err := decodePlain(src, dst); err != nil {
					return err
				}
				if old, ok := results[string(*dst)]; ok {
					*dst = old
				}
				results[string(*dst)] = *dst
				return nil
			}}},
		{name: "appends to what is there", step: "own memory", says: "Decode into a variable that held",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				var b []byte
				if err := decodePlain(src, &b); err != nil {
					return err
				}
				*dst = append(append([]byte{}, *dst...), b...)
				return nil
			}}},
		{name: "uses the memory that is there", step: "own memory", says: "wrote into the memory of what the variable held before",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				var b []byte
				if err := decodePlain(src, &b); err != nil {
					return err
				}
				if *dst == nil {
					*dst = []byte{}
				}
				*dst = append((*dst)[:0], b...)
				return nil
			}}},
		{name: "keeps the source", step: "left behind", says: "the source is still in use",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				mu.Lock()
				pool = append(pool[:0], src)
				mu.Unlock()
				return decodePlain(src, dst)
			}}},
	}
}

// keeper keeps what is written to it.
type keeper struct{ b []byte }

func (k *keeper) Write(p []byte) (int, error) { k.b = p; return len(p), nil }
