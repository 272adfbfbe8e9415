package formattest

import (
	"bytes"
	"errors"
	"reflect"
)

// sources decodes from sources that give little at a time, and watches where
// the format reads.
func (c *checker) sources() {
	type reading struct {
		kept
		src *source
	}
	var all []reading
	for _, k := range c.some(6) {
		for _, way := range []struct {
			what string
			set  func(*source)
		}{
			{"all that is asked for", func(*source) {}},
			{"one byte at a time", func(s *source) { s.most = 1 }},
			{"up to seven bytes at a time, and sometimes none", func(s *source) { s.most, s.idle = 7, true }},
			{"its last bytes together with io.EOF", func(s *source) { s.early = true }},
		} {
			if c.failed(k.typ) {
				break
			}
			src := newSource(k.file)
			way.set(src)
			got, ok, err := c.decode(k.typ, k.file, src)
			src.close()
			if !ok {
				break
			}
			if err != nil {
				c.problem(k.typ, k.file, "%s: Decode from a source that gives %s: %v", k.label, way.what, err)
			} else if err := diffWhole(k.value, got, c.rules); err != nil {
				c.problem(k.typ, k.file, "%s: came back different from a source that gives %s: %v", k.label, way.what, err)
			}
			all = append(all, reading{k, src})
		}
	}
	for _, r := range all { // the reading may have come late
		if wrong := r.src.misuse(); wrong != "" {
			c.problem(r.typ, r.file, "%s: %s", r.label, wrong)
		}
	}
}

// failingSources fails each Read and ReadAt of a Decode.
func (c *checker) failingSources() {
	for _, k := range c.some(3) {
		whole := newSource(k.file)
		whole.most = max(1, len(k.file)/8)
		if _, ok, err := c.decode(k.typ, k.file, whole); !ok || err != nil {
			continue // told by another step
		}
		calls, _ := whole.count()
		for _, at := range places(calls, 40) {
			src := newSource(k.file)
			src.most, src.failAt = whole.most, at+1
			_, ok, err := c.decode(k.typ, k.file, src)
			_, failed := src.count()
			switch {
			case !ok || !failed:
			case err == nil:
				c.problem(k.typ, k.file, "%s: Decode gave no error though the source failed at call %d of %d", k.label, at+1, calls)
			case !errors.Is(err, errFault):
				c.problem(k.typ, k.file, "%s: the source failed at call %d of %d, and Decode's error does not wrap the source's (%%w): %v", k.label, at+1, calls, err)
			}
		}
	}
}

// ownMemory looks for memory that a result shares.
func (c *checker) ownMemory() {
	for _, check := range []func(c *checker, k, before kept){
		(*checker).scribble, (*checker).outlives, (*checker).usedDestination, (*checker).shares,
	} {
		var before kept
		for _, k := range c.some(6) {
			if before.typ != k.typ {
				before = k
			}
			if !c.failed(k.typ) {
				check(c, k, before)
			}
			if !c.failed(k.typ) {
				check(c, before, k)
			}
			before = k
		}
	}
}

// scribble overwrites what a file was decoded from.
func (c *checker) scribble(k, _ kept) {
	buffer := bytes.Clone(k.file)
	got, ok, err := c.decode(k.typ, k.file, bytes.NewReader(buffer)) // it has a WriteTo, which shows the buffer itself
	if !ok || err != nil {
		return // told by another step
	}
	for i := range buffer {
		buffer[i] ^= 0xff
	}
	if err := diffWhole(k.value, got, c.rules); err != nil {
		c.problem(k.typ, k.file, "%s: the result changed with the buffer that it was read from: %v", k.label, err)
	}
}

// outlives keeps one result while another is made.
func (c *checker) outlives(k, other kept) {
	first, ok, err := c.decode(k.typ, k.file, bytes.NewReader(k.file))
	if !ok || err != nil {
		return // told by another step
	}
	if _, ok, err = c.decode(other.typ, other.file, bytes.NewReader(other.file)); !ok || err != nil {
		return
	}
	if err := diffWhole(k.value, first, c.rules); err != nil {
		c.problem(k.typ, k.file, "%s: the result changed when another file was decoded: %v", k.label, err)
	}
}

// shares compares where two results of one file lie.
func (c *checker) shares(k, _ kept) {
	one, ok1, err1 := c.decode(k.typ, k.file, bytes.NewReader(k.file))
	two, ok2, err2 := c.decode(k.typ, k.file, bytes.NewReader(k.file))
	if !ok1 || !ok2 || err1 != nil || err2 != nil {
		return // told by another step
	}
	owned := map[uintptr]string{}
	c.eachBlock(one, "", 0, func(at uintptr, path string) { owned[at] = path })
	c.eachBlock(two, "", 0, func(at uintptr, path string) {
		if here, ok := owned[at]; ok {
			c.problem(k.typ, k.file, "%s: two results share memory, at %q of one and %q of the other", k.label, here, path)
		}
	})
}

// eachBlock calls f with the address of each slice, map and pointer of a value.
// Types with a rule are left alone: a time's location is one for all. So are
// unexported fields, which may point to what never changes.
func (c *checker) eachBlock(v reflect.Value, path string, depth int, f func(at uintptr, path string)) {
	if depth > deep || c.rules.comparer(v.Type()) != nil || c.rules.generator(v.Type()) != nil {
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Len() == 0 || v.Type().Elem().Size() == 0 {
			return
		}
		f(v.Pointer(), path)
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			c.eachBlock(v.Index(i), path+"[]", depth+1, f)
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		f(v.Pointer(), path)
		for entries := v.MapRange(); entries.Next(); {
			c.eachBlock(entries.Value(), path+"[]", depth+1, f)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Size() == 0 {
			return
		}
		f(v.Pointer(), path)
		c.eachBlock(v.Elem(), path+".*", depth+1, f)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				c.eachBlock(v.Field(i), path+"."+field.Name, depth+1, f)
			}
		}
	default: // what an interface holds may be one of a few constants
	}
}

// usedDestination decodes into a variable that holds another value, whose
// memory somebody else may use as well.
func (c *checker) usedDestination(k, old kept) {
	dst := reflect.New(k.typ)
	dst.Elem().Set(old.value)
	before := fingerprint(old.value)
	ok, err := c.decodeInto(k.typ, k.file, bytes.NewReader(k.file), dst.Interface())
	if !ok {
		return
	}
	if err != nil {
		c.problem(k.typ, k.file, "%s: Decode into a variable that held %s: %v", k.label, show(old.value), err)
	} else if err := diffWhole(k.value, dst.Elem(), c.rules); err != nil {
		c.problem(k.typ, k.file, "%s: Decode into a variable that held %s: came back different: %v", k.label, show(old.value), err)
	}
	if fingerprint(old.value) != before {
		c.problem(k.typ, k.file, "%s: Decode wrote into the memory of what the variable held before, %s, which others may use", k.label, show(old.value))
	}
}
