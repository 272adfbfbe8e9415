package gobs

import (
	"math"
	"math/bits"
	"reflect"
	"sync"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// op says how values of a type stand in the stream.
type op uint8

const (
	opBool op = iota
	opInt
	opUint
	opFloat
	opComplex
	opString
	opBytes // slices of uint8
	opInterface
	opArray
	opSlice
	opMap
	opStruct
	opMarshaler
	opPointer // stands as what it points to
)

// builtinID gives the wire number of those ops that need no definition.
var builtinID = [opPointer + 1]int64{
	opBool: idBool, opInt: idInt, opUint: idUint, opFloat: idFloat, opComplex: idComplex,
	opString: idString, opBytes: idBytes, opInterface: idInterface,
}

// A plan is what this package knows about a Go type: that it can be stored, and
// how. There is one plan for each type, it never changes, and it is linked to
// the plans of the types within.
type plan struct {
	typ    reflect.Type
	op     op
	narrow bool            // float32 and complex64
	key    *plan           // opMap
	elem   *plan           // opArray, opSlice, opMap, opPointer
	fields []planField     // opStruct
	form   marshalers.Form // opMarshaler
	least  uint64          // the fewest bytes a value takes in the stream
	bulk   bool            // see encoder.bulk
	leaf   prog            // the program of an op with a builtin number

	once sync.Once
	file fileFacts // see facts
}

type planField struct {
	name  string
	index int
	plan  *plan
}

// base is the plan of the type at the end of a chain of pointers.
func (p *plan) base() *plan {
	for p.op == opPointer {
		p = p.elem
	}
	return p
}

// levels is the number of pointers before the base.
func (p *plan) levels() (n int) {
	for ; p.op == opPointer; p = p.elem {
		n++
	}
	return n
}

// always reports whether gob writes the field even when it is zero.
func (f *planField) always() bool { return f.plan.op == opArray || f.plan.op == opStruct }

// plans caches a plan for each type; nothing else is kept between calls.
var plans struct {
	sync.Map            // reflect.Type to *plan, complete ones only
	build    sync.Mutex // so that a type never gets a second plan
}

// planFor returns the plan of a type, or a *TypeError.
func planFor(t reflect.Type) (*plan, error) {
	if p, ok := plans.Load(t); ok {
		return p.(*plan), nil
	}
	plans.build.Lock()
	defer plans.build.Unlock()
	b := builder{work: make(map[reflect.Type]*plan)}
	p, refusal := b.plan(t, "")
	if refusal != nil {
		path := joinPath(rootName(t), refusal.path)
		return nil, &TypeError{Type: t, Path: path, Reason: refusal.reason}
	}
	for _, q := range b.work {
		q.measure()
	}
	for t, q := range b.work {
		plans.Store(t, q)
	}
	return p, nil
}

// rootName names the type a path starts at; an unnamed type has none.
func rootName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	return t.Name()
}

// measure works out the fewest bytes that a value takes. Each element takes at
// least one, so a count of elements can be checked before memory is taken.
func (p *plan) measure() uint64 {
	if p.least > 0 {
		return p.least
	}
	least := uint64(1)
	switch p.op {
	case opComplex:
		least = 2
	case opArray:
		high, low := bits.Mul64(uint64(p.typ.Len()), p.elem.measure())
		if least += low; high > 0 || least == 0 {
			least = math.MaxUint64
		}
	case opStruct:
		for i := range p.fields {
			if f := &p.fields[i]; f.always() {
				sum, carry := bits.Add64(least, f.plan.measure(), 1)
				if least = sum; carry > 0 {
					least = math.MaxUint64
				}
			}
		}
	}
	p.least = least
	return least
}
