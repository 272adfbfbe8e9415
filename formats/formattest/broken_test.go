package formattest_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
)

func TestASoundFormatPasses(t *testing.T) {
	formattest.Run(t, plain{}, formattest.Options{})
	formattest.Run(t, stars, formattest.Options{Values: []any{Star{"Vega", 3}}})
}

// broken is formats that each break one promise.
type broken struct {
	name string
	f    formats.Format
	o    formattest.Options
	step string // that must find it
	says string // part of what it must say
}

// of is a format for one type, its files made by binary.Append and cut by a function.
func of[T any](encode func(T) []byte, decode func([]byte) (T, error)) formats.Format {
	return formats.Func("func", "func",
		func(w io.Writer, v T) error {
			_, err := w.Write(encode(v))
			return err
		},
		func(r io.Reader) (v T, err error) {
			b, err := io.ReadAll(r)
			if err != nil {
				return v, err
			}
			return decode(b)
		})
}

func number(x float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(x)) }

func toNumber(b []byte) (float64, error) {
	if len(b) != 8 {
		return 0, errDamaged
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// numbers is a format of floats that come back changed.
func numbers(change func(float64) float64) formats.Format {
	return of(number, func(b []byte) (float64, error) {
		x, err := toNumber(b)
		return change(x), err
	})
}

func brokenValues() []broken {
	return []broken{
		{name: "loses -0", step: "round trip", says: "want -0, got 0",
			f: numbers(func(x float64) float64 { return x + 0 })},
		{name: "loses the payload of NaN", step: "round trip", says: "want NaN (bits 7ff8000000000000",
			f: numbers(func(x float64) float64 {
				if math.IsNaN(x) {
					return math.NaN()
				}
				return x
			})},
		{name: "rounds", step: "round trip", says: "want 0.1, got 0.10000000149011612",
			f: numbers(func(x float64) float64 {
				if x == 0.1 {
					return float64(float32(x))
				}
				return x
			})},
		{name: "makes nil of empty", step: "round trip", says: "want an empty slice, got nil",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				err := decodePlain(src, dst)
				if len(*dst) == 0 {
					*dst = nil
				}
				return err
			}}},
		{name: "makes empty of a nil inside", step: "round trip", says: "want nil, got an empty slice",
			f: of(func(v *[]bool) []byte { return fmt.Append(nil, v == nil, *or(v)) },
				func(b []byte) (*[]bool, error) {
					if !bytes.HasPrefix(b, []byte("false")) {
						return nil, nil
					}
					return &[]bool{}, nil
				}),
			o: formattest.Options{Types: []reflect.Type{reflect.TypeFor[*[]bool]()}}},
		{name: "refuses when it has written", step: "round trip", says: "when 4 bytes were written already",
			f: plain{encode: func(w io.Writer, b []byte) error {
				if _, err := io.WriteString(w, magic); err != nil {
					return err
				}
				return formats.ErrValue
			}}},
		{name: "refuses without saying so", step: "round trip", says: "wrap formats.ErrValue",
			f: plain{encode: func(io.Writer, []byte) error { return errors.New("not today") }}},
		{name: "refuses all values", step: "round trip", says: "refuses every value that was made",
			f: plain{encode: func(io.Writer, []byte) error { return formats.ErrValue }}},
		{name: "refuses a given value", step: "round trip", says: "Options.Values: value 0 of the type is refused",
			o: formattest.Options{Values: []any{[]byte("\x07")}},
			f: plain{encode: func(w io.Writer, b []byte) error {
				if string(b) == "\x07" {
					return formats.ErrValue
				}
				return encodePlain(w, b)
			}}},
		{name: "panics in Encode", step: "round trip", says: "Encode: panic: runtime error: index out of range",
			f: plain{encode: func(w io.Writer, b []byte) error { return encodePlain(w, append(b[:0:0], b[0])) }}},
		{name: "ends the goroutine", step: "round trip", says: "runtime.Goexit",
			f: plain{decode: func(formats.Source, *[]byte) error { runtime.Goexit(); return nil }}},
	}
}

// or is p, or a new T.
func or[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

func brokenTypes() []broken {
	asked := 0
	return []broken{
		{name: "has a blank in its name", step: "name", says: `the name "two words"`,
			f: plain{name: func() string { return "two words" }}},
		{name: "has a dot before its extension", step: "name", says: `the extension ".pln"`,
			f: plain{ext: func() string { return ".pln" }}},
		{name: "changes its name", step: "name", says: "Name and Ext were",
			f: plain{name: func() string { asked++; return fmt.Sprint("plain", asked) }}},
		{name: "accepts nothing", step: "accepts", says: "accepts none of the types",
			f: plain{accepts: func(reflect.Type) error { return errors.New("no") }}},
		{name: "accepts what it cannot store", step: "round trip", says: "chan int: Accepts takes the type, but Encode refuses every value",
			f: liar{}},
		{name: "accepts at times", step: "accepts", says: "first gave",
			f: plain{accepts: fickle()}},
		{name: "refuses without a word", step: "accepts", says: "an empty error",
			f: plain{accepts: func(t reflect.Type) error {
				if bytesOnly(t) != nil {
					return errors.New("")
				}
				return nil
			}}},
		{name: "refuses the type of a given value", step: "accepts", says: "refuses the type of a value in Options.Values",
			o: formattest.Options{Values: []any{Star{}}}, f: plain{}},
		{name: "panics when asked for nil", step: "accepts", says: "Accepts(nil)",
			f: plain{accepts: func(t reflect.Type) error {
				if t.Kind() != reflect.Slice {
					return errors.New("no slice")
				}
				return bytesOnly(t)
			}}},
		{name: "writes what it does not accept", step: "refused", says: "Encode wrote a value of it",
			f: writesAll{}},
		{name: "panics for another destination", step: "refused", says: "panic: interface conversion",
			f: plain{unchecked: true}},
		{name: "reads into a nil pointer", step: "refused", says: "panic: runtime error: invalid memory address",
			f: noNilCheck{}},
		{name: "leaves other destinations as they are", step: "refused", says: "but Decode of a file of another one gives no error",
			f: lenientDst{}},
		{name: "has a negative shape", step: "encode", says: "Info.Shape is [-1]",
			f: plain{info: formats.Info{DType: "|u1", Shape: []int{-1}}}},
	}
}

// fickle accepts bytes until it was asked often.
func fickle() func(reflect.Type) error {
	var asked atomic.Int64
	return func(t reflect.Type) error {
		if asked.Add(1) > 100 {
			return errors.New("I had enough")
		}
		return bytesOnly(t)
	}
}

// liar accepts channels and stores bytes.
type liar struct{ plain }

func (liar) Accepts(t reflect.Type) error {
	if t != nil && t.Kind() == reflect.Chan {
		return nil
	}
	return bytesOnly(t)
}

type writesAll struct{ plain }

func (w writesAll) Encode(out io.Writer, v any) (formats.Info, error) {
	if _, ok := v.([]byte); !ok && v != nil {
		v = fmt.Append(nil, v)
	}
	return w.plain.Encode(out, v)
}

type noNilCheck struct{ plain }

func (n noNilCheck) Decode(src formats.Source, dst any) error {
	b, ok := dst.(*[]byte)
	if !ok {
		return errors.New("another type")
	}
	return decodePlain(src, b)
}

type lenientDst struct{ plain }

func (l lenientDst) Decode(src formats.Source, dst any) error {
	if b, ok := dst.(*[]byte); ok && b != nil {
		return decodePlain(src, b)
	}
	return nil
}

func brokenWriting() []broken {
	var last, held atomic.Value // of an out
	type out struct{ io.Writer }
	var active atomic.Int64
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
						return m, nil
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
		{name: "does not bear company", step: "at once", says: "other bytes",
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

// spare is memory that the compiler has to take.
var spare []byte

func brokenDamage(block <-chan struct{}) []broken {
	quick := formattest.Options{Timeout: 300 * time.Millisecond}
	length := func(whole []byte) (int64, error) {
		if len(whole) < 8 || string(whole[:4]) != magic {
			return 0, errDamaged
		}
		return int64(binary.LittleEndian.Uint32(whole[4:])), nil
	}
	decode := func(parse func(whole []byte, n int64, dst *[]byte) error) formats.Format {
		return plain{decode: func(src formats.Source, dst *[]byte) error {
			whole, err := io.ReadAll(src)
			if err != nil {
				return err
			}
			n, err := length(whole)
			if err != nil {
				return err
			}
			return parse(whole, n, dst)
		}}
	}
	return []broken{
		{name: "panics on a short file", step: "truncated", says: "panic: runtime error: slice bounds out of range",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				*dst = append([]byte{}, slices.Clip(whole)[8:8+n]...)
				return parsePlain(whole, dst)
			})},
		{name: "takes a short file", step: "truncated", says: "gives a value and no error",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				*dst = append([]byte{}, whole[8:min(8+n, int64(len(whole)))]...)
				return nil
			})},
		{name: "takes what is appended for its own", step: "appended", says: "gives another value and no error",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				if n > int64(len(whole)-8) {
					return errDamaged
				}
				*dst = append([]byte{}, whole[8:]...)
				return nil
			})},
		{name: "hangs on a short file", step: "truncated", says: "did not return within 300ms", o: quick,
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				if n > int64(len(whole)-8) {
					<-block
				}
				return parsePlain(whole, dst)
			})},
		{name: "believes a length", step: "flipped", says: "bytes of memory; for a file of",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				b := make([]byte, n)
				if int64(copy(b, whole[8:])) != int64(len(whole)-8) || n != int64(len(whole)-8) {
					return errDamaged
				}
				*dst = b
				return nil
			})},
		{name: "needs much memory", step: "truncated", says: "a file with 0 of 17 bytes took 335",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				if src.Size() == 0 {
					spare = make([]byte, 32<<20)
				}
				return decodePlain(src, dst)
			}}},
		{name: "promises to find a flipped bit", step: "flipped", says: "bit 0 of byte 8 (offset 0x8) flipped gives another value",
			o: formattest.Options{Exact: true}, f: plain{}},
		{name: "believes Size", step: "wrong size", says: "panic: runtime error: makeslice",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole := make([]byte, src.Size())
				if _, err := io.ReadFull(src, whole); err != nil {
					return err
				}
				return parsePlain(whole, dst)
			}}},
		{name: "panics on brackets", step: "garbage", says: `times '['`,
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole, err := io.ReadAll(src)
				if err != nil {
					return err
				}
				if bytes.Contains(whole, []byte("[[[[[[[[")) {
					panic("nested too deeply")
				}
				return parsePlain(whole, dst)
			}}},
		{name: "takes an empty file", step: "garbage", says: "nothing in it gives a value",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				if src.Size() == 0 {
					return nil
				}
				return decodePlain(src, dst)
			}}},
		{name: "panics on a large number in text", step: "forged", says: "the text 9",
			f: of(func(n uint16) []byte { return fmt.Append(nil, "n=", n, ";") }, func(b []byte) (n uint16, err error) {
				var wide float64
				if k, err := fmt.Sscanf(string(b), "n=%g;", &wide); k != 1 || err != nil || !bytes.HasSuffix(b, []byte(";")) {
					return 0, errDamaged
				}
				if wide > 1e6 {
					select {} // what Func contains is no panic
				}
				return uint16(wide), nil
			}), o: formattest.Options{Timeout: quick.Timeout, Types: []reflect.Type{reflect.TypeFor[uint16]()}}},
		{name: "leaves a goroutine", step: "left behind", says: "goroutines were still there",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				err := decodePlain(src, dst)
				if err != nil {
					go func() { <-block }()
				}
				return err
			}}},
	}
}

// TestBrokenFormats sees each broken format fail, in the right step and with the
// right words.
func TestBrokenFormats(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	for _, all := range [][]broken{brokenValues(), brokenTypes(), brokenWriting(), brokenReading(), brokenDamage(block)} {
		for _, b := range all {
			t.Run(b.name, func(t *testing.T) {
				b.o.Damages = 4000
				problems := formattest.Check(b.f, b.o)
				for _, p := range problems {
					if p.Step == b.step && strings.Contains(p.String(), b.says) {
						return
					}
				}
				t.Errorf("found %d problems, none in step %q with %q:\n%v", len(problems), b.step, b.says, problems)
			})
		}
	}
}
