package formattest

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
)

// steps are what is checked, in this order: a step may rely on the ones before.
// Each has a paragraph in the documentation of the package.
var steps = []struct {
	name  string
	check func(*checker)
}{
	{"name", (*checker).names},
	{"accepts", (*checker).accepts},
	{"round trip", (*checker).roundTrips},
	{"encode", (*checker).encodes},
	{"failing writer", (*checker).failingWriters},
	{"source", (*checker).sources},
	{"failing source", (*checker).failingSources},
	{"own memory", (*checker).ownMemory},
	{"refused", (*checker).refusals},
	{"at once", (*checker).atOnce},
	{"truncated", (*checker).truncations},
	{"appended", (*checker).appendings},
	{"flipped", (*checker).flips},
	{"forged", (*checker).forgeries},
	{"garbage", (*checker).garbage},
	{"wrong size", (*checker).wrongSizes},
	{"left behind", (*checker).leftBehind},
}

// Run checks f and fails t for each promise that it does not keep.
func Run(t *testing.T, f formats.Format, o Options) {
	t.Helper()
	c := newChecker(f, o)
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			t.Helper()
			if c.abandoned {
				t.Skip("not run, since a call hung in a step before")
			}
			for _, p := range c.run(s.name, s.check) {
				t.Error(p)
			}
		})
	}
}

// Check checks f and returns the promises that it does not keep.
func Check(f formats.Format, o Options) []Problem {
	c := newChecker(f, o)
	var all []Problem
	for _, s := range steps {
		if !c.abandoned {
			all = append(all, c.run(s.name, s.check)...)
		}
	}
	return all
}

// A checker checks one format.
type checker struct {
	format formats.Format
	opts   Options
	rules  rules
	name   string
	labels context.Context // of all goroutines on which the format runs
	mark   []byte          // how a profile shows the labels

	step      string
	problems  []Problem // of this step
	more      int       // that are not among them, for there are enough
	abandoned bool

	kept    []kind         // the types that are accepted; the user's first
	strange []reflect.Type // those that are not
	stored  []kept         // filled by the first step that needs files; see files
	trips   []Problem      // found while they were written
	encoded bool
	broken  map[reflect.Type]bool // whose files do harm; damaging them further might end the program
}

// A kind is a type and its values.
type kind struct {
	typ    reflect.Type
	given  []reflect.Value // refusing one is a problem
	users  bool            // the type is in the Options
	accept error
}

// kept is a value that came back equal, and its file.
type kept struct {
	typ   reflect.Type
	label string
	value reflect.Value
	file  []byte
	users bool
}

func newChecker(f formats.Format, o Options) *checker {
	c := &checker{
		format: f,
		name:   nameOf(f),
		opts:   o.withDefaults(),
		rules:  slices.Concat(rules(o.Rules), builtinRules),
		broken: map[reflect.Type]bool{},
	}
	c.labels, c.mark = newLabels()
	return c
}

// nameOf is for the head of a message; step name looks whether it is any good.
func nameOf(f formats.Format) (name string) {
	defer func() {
		if recover() != nil {
			name = fmt.Sprintf("%T", f)
		}
	}()
	return f.Name()
}

// run returns the problems of one step.
func (c *checker) run(step string, check func(*checker)) []Problem {
	c.step, c.problems, c.more = step, nil, 0
	func() {
		defer func() {
			switch r := recover(); r.(type) {
			case nil:
			case abandoned:
				c.abandoned = true
			default:
				panic(r) // a mistake of this package, or of a rule
			}
		}()
		check(c)
	}()
	if c.more > 0 {
		last := &c.problems[len(c.problems)-1]
		last.What += fmt.Sprintf("\n(and %d more problems in this step)", c.more)
	}
	return c.problems
}

// problem notes one. Where a type has several in one step, the first tells enough.
func (c *checker) problem(t reflect.Type, file []byte, form string, args ...any) {
	const most = 12
	if t != nil && c.failed(t) {
		return
	}
	if len(c.problems) == most {
		c.more++
		return
	}
	c.problems = append(c.problems, Problem{c.name, c.step, t, fmt.Sprintf(form, args...), slices.Clone(file)})
}

// failed tells whether this step has a problem with the type already.
func (c *checker) failed(t reflect.Type) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Type == t })
}

// encode writes v to w, and notes a panic as a problem.
func (c *checker) encode(t reflect.Type, w io.Writer, v any) (info formats.Info, ok bool, err error) {
	o := c.call(t, nil, "Encode", func() (err error) {
		info, err = c.format.Encode(w, v)
		return err
	})
	if o.panic != "" {
		c.problem(t, nil, "Encode: %s", o.panic)
	}
	return info, o.panic == "", o.err
}

// decode reads src into a new value of type t, and notes a panic as a problem.
func (c *checker) decode(t reflect.Type, file []byte, src formats.Source) (reflect.Value, bool, error) {
	dst := reflect.New(t)
	ok, err := c.decodeInto(t, file, src, dst.Interface())
	return dst.Elem(), ok, err
}

func (c *checker) decodeInto(t reflect.Type, file []byte, src formats.Source, dst any) (ok bool, err error) {
	o := c.call(t, file, "Decode", func() error { return c.format.Decode(src, dst) })
	if o.panic != "" {
		c.problem(t, file, "Decode: %s", o.panic)
	}
	return o.panic == "", o.err
}
