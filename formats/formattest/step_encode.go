package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/difference"
)

// files returns the values that came back equal, with their files. The first
// call stores them all.
func (c *checker) files() []kept {
	if c.encoded {
		return c.stored
	}
	c.encoded = true
	if c.kept == nil && c.strange == nil {
		c.kinds()
	}
	step, found := c.step, c.problems
	c.step, c.problems = "round trip", nil // it belongs there, whichever step is the first to ask
	for _, k := range c.kept {
		c.store(k)
	}
	c.trips = c.problems
	c.step, c.problems = step, found
	return c.stored
}

func (c *checker) roundTrips() {
	c.files()
	c.problems = append(c.problems, c.trips...)
}

// store tries all values of a type.
func (c *checker) store(k kind) {
	before, refused := len(c.stored), error(nil)
	for i, v := range k.given {
		label := fmt.Sprintf("Options.Values: value %d of the type", i)
		if err := c.roundTrip(k, v, label); err != nil {
			c.problem(k.typ, nil, "%s is refused: %v", label, err)
		}
	}
	for i, v := range c.maker(k.typ).all(k.typ) {
		if err := c.roundTrip(k, v, fmt.Sprintf("value %d made with seed %d, %s", i, c.opts.Seed, show(v))); err != nil {
			refused = err
		}
	}
	if len(c.stored) == before && refused != nil && !c.failed(k.typ) {
		c.problem(k.typ, nil, "Accepts takes the type, but Encode refuses every value that was made; give one in Options.Values or a rule to Generate some. The last reason: %v", refused)
	}
}

// roundTrip stores one value, and returns why it was refused.
func (c *checker) roundTrip(k kind, v reflect.Value, label string) (refused error) {
	var w sink
	before := fingerprint(v)
	_, ok, err := c.encode(k.typ, &w, v.Interface())
	file := w.file()
	switch {
	case !ok:
		return nil
	case fingerprint(v) != before:
		c.problem(k.typ, file, "%s: Encode changed the value", label)
		return nil
	case errors.Is(err, formats.ErrValue):
		if len(file) > 0 {
			c.problem(k.typ, file, "%s: Encode refused it when %d bytes were written already: %v", label, len(file), err)
		}
		return err
	case err != nil:
		c.problem(k.typ, nil, "%s: Encode of an accepted type: %v; where the value does not fit, wrap formats.ErrValue", label, err)
		return nil
	}
	got, ok, err := c.decode(k.typ, file, bytes.NewReader(file))
	if !ok {
		return nil
	}
	if err != nil {
		c.problem(k.typ, file, "%s: Decode of what Encode wrote: %v", label, err)
		return nil
	}
	if err := diffWhole(v, got, c.rules); err != nil {
		c.problem(k.typ, file, "%s: came back different: %v", label, err)
		return nil
	}
	c.stored = append(c.stored, kept{k.typ, label, v, file, k.users})
	return nil
}

// encodes writes values again.
func (c *checker) encodes() {
	for _, k := range c.some(16) {
		if c.failed(k.typ) {
			continue
		}
		for range 3 { // a map of two has its entries in the same order by luck half of the time
			var w sink
			info, ok, err := c.encode(k.typ, &w, k.value.Interface())
			if !ok {
				break
			}
			if err != nil {
				c.problem(k.typ, nil, "%s: Encode took it once, and then not: %v", k.label, err)
				break
			}
			if again := w.file(); !c.opts.Varies && !bytes.Equal(again, k.file) {
				c.problem(k.typ, again, "%s: Encode wrote other bytes for the same value, from offset %d on; sort maps, leave out dates, or set Options.Varies",
					k.label, differAt(k.file, again))
			}
			if slices.ContainsFunc(info.Shape, func(n int) bool { return n < 0 }) {
				c.problem(k.typ, nil, "%s: Info.Shape is %v", k.label, info.Shape)
			}
		}
	}
}

func differAt(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// failingWriters fails each Write of an Encode, whole and half done.
func (c *checker) failingWriters() {
	for _, k := range c.some(3) {
		var whole sink
		if _, ok, err := c.encode(k.typ, &whole, k.value.Interface()); !ok || err != nil {
			continue // told by another step
		}
		whole.file()
		for _, at := range places(whole.calls, 40) {
			c.failingWrite(k, &sink{failAt: at + 1})
			c.failingWrite(k, &sink{failAt: at + 1, half: true})
		}
		if n := whole.lateWrites(); n > 0 {
			c.problem(k.typ, nil, "%s: Encode wrote %d times after it had returned", k.label, n)
		}
	}
}

func (c *checker) failingWrite(k kept, w *sink) {
	_, ok, err := c.encode(k.typ, w, k.value.Interface())
	w.file()
	switch {
	case !ok || w.calls < w.failAt: // it varies, and got by with fewer
	case err == nil:
		c.problem(k.typ, nil, "%s: Encode gave no error though the writer failed at Write number %d", k.label, w.failAt)
	case !errors.Is(err, errFault):
		c.problem(k.typ, nil, "%s: the writer failed at Write number %d, and Encode's error does not wrap the writer's (%%w): %v", k.label, w.failAt, err)
	case errors.Is(err, formats.ErrValue):
		c.problem(k.typ, nil, "%s: the writer failed, and Encode's error says that the value does not fit (ErrValue): %v", k.label, err)
	}
}

// some returns up to n values of each type, from plain to full.
func (c *checker) some(n int) (chosen []kept) {
	all := c.files()
	for i := 0; i < len(all); {
		end := i
		for end < len(all) && all[end].typ == all[i].typ {
			end++
		}
		if n == 1 {
			chosen = append(chosen, all[end-1])
		} else {
			for _, at := range places(end-i, n) {
				chosen = append(chosen, all[i+at])
			}
		}
		i = end
	}
	return chosen
}

// places returns up to n of the numbers 0 to size-1, evenly, in order, with both ends.
func places(size, n int) []int {
	n = min(size, n)
	if n == 1 {
		return []int{0}
	}
	at := make([]int, n)
	for i := range at {
		at[i] = int(int64(i) * int64(size-1) / int64(n-1))
	}
	return at
}

// show is a value in a few words, without a walk through all of it.
func show(v reflect.Value) string {
	if v.Kind() == reflect.Struct || v.Kind() == reflect.Array {
		if v.IsZero() {
			return v.Type().String() + "{}"
		}
		return "a " + v.Type().String()
	}
	return difference.Text(v)
}
