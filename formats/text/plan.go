package text

import (
	"reflect"
	"sync"
	"time"
)

// A syntax is one of the three kinds of file. It decides which struct tags name
// the fields and which methods of a type write it.
type syntax uint8

const (
	jsonSyntax syntax = iota
	yamlSyntax
	csvSyntax
)

// An op is what to do with values of a type.
type op uint8

const (
	opNone op = iota
	opBool
	opInt
	opUint
	opFloat
	opString
	opTime
	opDuration
	opText // the type's own MarshalText and UnmarshalText
	lastScalar
	opComplex
	opBytes
	opJSON // the type's own MarshalJSON and UnmarshalJSON
	opPointer
	opSlice
	opArray
	opMap
	opStruct
	opAny // an interface without methods, see any.go
)

// scalar reports whether a value is one word of text, which fits a cell.
func (o op) scalar() bool { return o > opNone && o < lastScalar }

// A plan is what is known about a type in one syntax. It is made once.
type plan struct {
	typ    reflect.Type
	op     op
	bits   int // of a number
	syntax syntax
	key    *plan // of a map
	elem   *plan // of a pointer, slice, array or map
	fields []field
	byName map[string]int // index into fields
}

// A field is one of a struct, or one of a struct that is embedded in it.
type field struct {
	name  string // in the file
	key   []byte // the same as JSON and YAML write it
	path  string // in Go, from the struct that is asked about, with a dot in front
	index []int
	plan  *plan
}

// of returns the field's value in struct v.
func (f *field) of(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		v = v.Field(i)
	}
	return v
}

// inline reports whether several values of the type share a line.
func (p *plan) inline() bool {
	switch p.op {
	case opBool, opInt, opUint, opFloat, opComplex:
		return true
	case opPointer:
		return p.elem.op != opPointer && p.elem.inline()
	}
	return false
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// plans caches plans by planKey: they are facts about the type.
var plans sync.Map

type planKey struct {
	typ    reflect.Type
	syntax syntax
}

// planFor returns the plan of t, or a *TypeError.
func planFor(t reflect.Type, s syntax) (*plan, error) {
	if p, ok := plans.Load(planKey{t, s}); ok {
		return p.(*plan), nil
	}
	if t == nil {
		return nil, &TypeError{Path: "value", Reason: "nil has no type"}
	}
	b := builder{syntax: s, work: make(map[reflect.Type]*plan)}
	p, r := b.plan(t, rootName(t))
	if r != nil {
		return nil, &TypeError{t, r.path, r.reason}
	}
	for t, p := range b.work { // complete only now: plans point to each other
		plans.LoadOrStore(planKey{t, s}, p)
	}
	return p, nil
}
