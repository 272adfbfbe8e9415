package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"time"
	"weak"
)

// atOnce encodes one value, and decodes its file, on several goroutines.
func (c *checker) atOnce() {
	for _, k := range c.some(2) {
		o := c.call(k.typ, k.file, "Encode or Decode", func() error {
			return together(4, func(int) error { return c.there(k) })
		})
		if o.panic != "" || o.err != nil {
			c.problem(k.typ, k.file, "%s: on four goroutines at once: %v%s", k.label, o.err, o.panic)
		}
	}
}

// there is one way there and back.
func (c *checker) there(k kept) error {
	var w sink
	if _, err := c.format.Encode(&w, k.value.Interface()); err != nil {
		return fmt.Errorf("in Encode: %w", err)
	}
	if !c.opts.Varies && !bytes.Equal(w.file(), k.file) {
		return errors.New("other bytes were written")
	}
	dst := reflect.New(k.typ)
	if err := c.format.Decode(bytes.NewReader(k.file), dst.Interface()); err != nil {
		return fmt.Errorf("in Decode: %w", err)
	}
	if err := diffWhole(k.value, dst.Elem(), c.rules); err != nil {
		return fmt.Errorf("came back different: %w", err)
	}
	return nil
}

// leftBehind looks for what outlives a call: goroutines first, then references.
func (c *checker) leftBehind() {
	all := c.some(1)
	// What a package starts once, for good, is there after the first round.
	c.round(all)
	const patience = time.Second
	once := c.settle(0, patience/4)
	for range 4 {
		c.round(all)
	}
	if now := c.settle(once, patience); now > once {
		c.problem(nil, nil, "%d goroutines were still there after the calls that started them, and %d after five times as many:\n%s", once, now, c.stacks())
	}
	c.held(all)
}

// round makes calls that end in all ways; how they end is for other steps to judge.
func (c *checker) round(all []kept) {
	for _, k := range all {
		for _, failAt := range []int{0, 1, 2} {
			_, _, _ = c.encode(k.typ, &sink{failAt: failAt}, k.value.Interface())
			src := newSource(k.file)
			src.failAt = failAt
			_, _, _ = c.decode(k.typ, k.file, src)
		}
		if half := k.file[:len(k.file)/2]; !c.broken[k.typ] {
			_, _, _ = c.decode(k.typ, half, bytes.NewReader(half))
		}
	}
}

// settle waits until at most n goroutines of the format are there, and returns
// how many are there at last.
func (c *checker) settle(n int, patience time.Duration) int {
	const pause = 5 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		if now := c.goroutines(); now <= n || time.Now().After(end) {
			return now
		}
	}
}

// held looks for writers, sources and values that the garbage collector cannot
// take after the calls that they were given to.
func (c *checker) held(all []kept) {
	type loan struct {
		typ    reflect.Type
		writer weak.Pointer[sink]
		source weak.Pointer[source]
		value  weak.Pointer[byte]
		valued bool
	}
	var loans []loan
	for _, k := range all {
		l := loan{typ: k.typ}
		c.call(k.typ, k.file, "Encode or Decode", func() error {
			w, src := &sink{}, newSource(k.file)
			l.writer, l.source = weak.Make(w), weak.Make(src)
			v := c.fresh(k.typ)
			if v.IsValid() {
				l.value, l.valued = weak.Make((*byte)(v.UnsafePointer())), true
				if _, err := c.format.Encode(w, v.Interface()); err != nil {
					return err
				}
			} else if _, err := c.format.Encode(w, k.value.Interface()); err != nil {
				return err
			}
			return c.format.Decode(src, reflect.New(k.typ).Interface())
		})
		loans = append(loans, l)
	}
	for range 3 { // what lies in a sync.Pool goes with the second
		runtime.GC()
	}
	for _, l := range loans {
		for what, kept := range map[string]bool{
			"writer": l.writer.Value() != nil,
			"source": l.source.Value() != nil,
			"value":  l.valued && l.value.Value() != nil,
		} {
			if kept {
				c.problem(l.typ, nil, "the %s is still in use after the call", what)
			}
		}
	}
}

// fresh returns a value that nothing else refers to, in one large enough block of
// memory, or the invalid value if there is none of that type.
func (c *checker) fresh(t reflect.Type) reflect.Value {
	const small = 64 // tiny ones share a block
	all := c.maker(t).all(t)
	for i := range all {
		v := all[len(all)-1-i]
		switch v.Kind() {
		case reflect.Slice:
			if uintptr(v.Len())*t.Elem().Size() >= small {
				return v
			}
		case reflect.Pointer:
			if !v.IsNil() && t.Elem().Size() >= small {
				return v
			}
		case reflect.Map:
			if v.Len() > 0 {
				return v
			}
		default:
			return reflect.Value{}
		}
	}
	return reflect.Value{}
}
