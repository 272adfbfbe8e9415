package formattest_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

func TestASoundFormatPasses(t *testing.T) {
	formattest.Run(t, plain{}, formattest.Options{})
	formattest.Run(t, plain{decode: decodeAnywhere}, formattest.Options{})
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
		{name: "has no name yet", step: "name", says: "Name or Ext: panic: not named",
			f: plain{name: func() string { panic("not named") }}},
		{name: "panics when asked for a map", step: "accepts", says: "Accepts: panic: a map",
			f: plain{accepts: func(t reflect.Type) error {
				if t != nil && t.Kind() == reflect.Map {
					panic("a map")
				}
				return bytesOnly(t)
			}}},
		{name: "is given a bare nil", step: "accepts", says: "a bare nil, which has no type",
			o: formattest.Options{Values: []any{nil}}, f: plain{}},
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
		{name: "keeps a value that contains itself", step: "refused", says: "contains itself gives no error",
			f: shallow{}},
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

// TestBrokenFormats sees each broken format fail, in the right step and with the
// right words.
func TestBrokenFormats(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	for _, all := range [][]broken{brokenValues(), brokenTypes(), brokenWriting(), brokenReading(), brokenDamage(block)} {
		for _, b := range all {
			t.Run(b.name, func(t *testing.T) {
				b.o.Damages = exhaustive.N(1000, 4000)
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

// shallow stores trees, without their branches.
type shallow struct{ plain }

func (shallow) Accepts(t reflect.Type) error {
	if t != nil && t.String() == "*formattest.tree" {
		return nil
	}
	return errors.New("no tree")
}

func (shallow) Encode(w io.Writer, v any) (formats.Info, error) {
	if reflect.TypeOf(v) == nil || reflect.TypeOf(v).Kind() != reflect.Pointer {
		return formats.Info{}, formats.ErrValue
	}
	_, err := io.WriteString(w, "a tree")
	return formats.Info{}, err
}
