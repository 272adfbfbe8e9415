package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sync"
)

// plainName is what needs no quotes or escapes, in a struct tag or a file name, on any system.
var plainName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._+-]*[A-Za-z0-9])?$`)

func (c *checker) names() {
	type pair struct{ name, ext string }
	var first pair
	for i := range 3 {
		var now pair
		o := c.call(nil, nil, "Name or Ext", func() error {
			now = pair{c.format.Name(), c.format.Ext()}
			return nil
		})
		switch {
		case o.panic != "":
			c.problem(nil, nil, "Name or Ext: %s", o.panic)
			return
		case i == 0:
			first = now
		case now != first:
			c.problem(nil, nil, "Name and Ext were %q and %q, and are %q and %q now", first.name, first.ext, now.name, now.ext)
		}
	}
	if !plainName.MatchString(first.name) {
		c.problem(nil, nil, "the name %q cannot stand in a struct tag: use letters and digits, with . _ + - between them", first.name)
	}
	if !plainName.MatchString(first.ext) {
		c.problem(nil, nil, "the extension %q is not one: use letters and digits, with . _ + - between them, and no dot in front", first.ext)
	}
}

// accepts asks for each type, and again from several goroutines.
func (c *checker) accepts() {
	kinds := c.kinds()
	for _, k := range kinds {
		if k.accept != nil && k.accept.Error() == "" {
			c.problem(k.typ, nil, "Accepts refuses it with an empty error: say what is in the way")
		}
		if k.accept != nil && len(k.given) > 0 {
			c.problem(k.typ, nil, "Accepts refuses the type of a value in Options.Values: %v", k.accept)
		}
	}
	if slices.Contains(c.opts.Values, nil) {
		c.problem(nil, nil, "Options.Values holds a bare nil, which has no type; convert it, as in []float64(nil)")
	}
	if len(c.kept) == 0 {
		c.problem(nil, nil, "it accepts none of the types that were tried: put a value of its own type into Options.Values")
	}
	o := c.call(nil, nil, "Accepts", func() error {
		return together(4, func(int) error {
			for _, k := range kinds {
				if first, now := fmt.Sprint(k.accept), fmt.Sprint(c.format.Accepts(k.typ)); now != first {
					return fmt.Errorf("of %v first gave %s, then %s", k.typ, first, now)
				}
			}
			return nil
		})
	})
	if o.panic != "" || o.err != nil {
		c.problem(nil, nil, "Accepts %v%s", o.err, o.panic)
	}
	o = c.call(nil, nil, "Accepts(nil)", func() error { return c.format.Accepts(nil) })
	if o.panic != "" || o.err == nil {
		c.problem(nil, nil, "Accepts(nil), which is the type of a bare nil, must be an error: %v%s", o.err, o.panic)
	}
}

// together runs f on n goroutines and returns the first error; a panic is one.
func together(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("panic: %v", r)
				}
			}()
			errs[i] = f(i)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// kinds sorts all types into those that are accepted and those that are not.
func (c *checker) kinds() []kind {
	var all []kind
	find := func(t reflect.Type) *kind {
		i := slices.IndexFunc(all, func(k kind) bool { return k.typ == t })
		if i < 0 {
			i, all = len(all), append(all, kind{typ: t})
		}
		return &all[i]
	}
	for _, v := range c.opts.Values {
		if t := reflect.TypeOf(v); t != nil {
			k := find(t)
			k.given, k.users = append(k.given, reflect.ValueOf(v)), true
		}
	}
	for _, t := range c.opts.Types {
		find(t).users = true
	}
	for _, t := range zoo {
		find(t)
	}
	c.kept, c.strange = nil, nil
	for i := range all {
		k := &all[i]
		o := c.call(k.typ, nil, "Accepts", func() error { return c.format.Accepts(k.typ) })
		k.accept = o.err
		switch {
		case o.panic != "":
			c.problem(k.typ, nil, "Accepts: %s", o.panic)
		case o.err != nil:
			c.strange = append(c.strange, k.typ)
		case k.typ.Kind() != reflect.Interface: // Encode sees no interface, only what it holds
			c.kept = append(c.kept, *k)
		}
	}
	return all
}

// refusals tries what the format is not for.
func (c *checker) refusals() {
	files := c.files()
	var file []byte
	if len(files) > 0 {
		file = files[0].file
	}
	for _, t := range c.strange {
		for _, v := range c.maker(t).edges(t, 0) {
			c.refuse(t, v)
		}
		if _, ok, err := c.decode(t, file, bytes.NewReader(file)); ok && err == nil {
			c.problem(t, file, "Accepts refuses the type, but Decode of a file of another one gives no error")
		}
	}
	if _, ok, err := c.encode(nil, &sink{}, nil); ok && err == nil {
		c.problem(nil, nil, "Encode of a bare nil gives no error")
	}
	if loop := (&tree{Name: "loop"}); c.takes(reflect.TypeOf(loop)) {
		loop.Parent = loop
		if _, ok, err := c.encode(reflect.TypeOf(loop), &sink{}, loop); ok && err == nil {
			c.problem(reflect.TypeOf(loop), nil, "Encode of a value that contains itself gives no error")
		}
	}
	c.destinations(files)
}

// takes tells whether the format accepts a type.
func (c *checker) takes(t reflect.Type) bool {
	return slices.ContainsFunc(c.kept, func(k kind) bool { return k.typ == t })
}

// destinations decodes into what is no pointer to a value of the type.
func (c *checker) destinations(files []kept) {
	for _, k := range files {
		if c.failed(k.typ) {
			continue
		}
		pointer := reflect.PointerTo(k.typ)
		for _, bad := range []struct {
			what string
			dst  any
		}{
			{"nil", nil},
			{"a nil " + pointer.String(), reflect.Zero(pointer).Interface()},
			{"a zero value, which is no pointer to one", reflect.Zero(k.typ).Interface()},
			{"a *chan int", new(chan int)},
			{"a *func()", new(func())},
		} {
			if ok, err := c.decodeInto(k.typ, k.file, bytes.NewReader(k.file), bad.dst); ok && err == nil {
				c.problem(k.typ, k.file, "Decode into %s gives no error", bad.what)
			}
		}
	}
}

func (c *checker) refuse(t reflect.Type, v reflect.Value) {
	v = settled(v)
	if !v.IsValid() {
		return
	}
	var w sink
	_, ok, err := c.encode(t, &w, v.Interface())
	switch {
	case !ok:
	case err == nil && t.Kind() != reflect.Interface && !c.opts.WritesMore:
		c.problem(t, nil, "Accepts refuses the type, but Encode wrote a value of it")
	case err != nil && len(w.file()) > 0:
		c.problem(t, nil, "Encode of a type that is not accepted wrote %d bytes before it failed: %v", len(w.file()), err)
	}
}

// settled is the value that an interface holds, as Encode would see it.
func settled(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

func (c *checker) maker(t reflect.Type) *maker { return newMaker(c.opts.Seed, t, c.rules) }
