package gobs

import (
	"reflect"
	"sync"
	"time"
)

// TrustsMethods reports whether a file of v has something in it that a method wrote,
// GobEncode or MarshalBinary of a type within v, so that the method decides how much of
// it comes back. A time.Time is known to come back.
func TrustsMethods(v any) bool {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return false
	}
	p, err := planFor(rv.Type())
	return err == nil && p.trustsMethods(rv, 0)
}

// trust is what the type of a plan says of that.
type trust uint8

const (
	noMethods   trust = iota
	inInterface       // what an interface holds decides
	someMethod
)

// trusts caches the trust of each plan.
var trusts sync.Map // of *plan to trust

func (p *plan) trust() trust {
	if known, ok := trusts.Load(p); ok {
		return known.(trust)
	}
	t := p.trustWithin(make(map[*plan]bool))
	trusts.Store(p, t)
	return t
}

func (p *plan) trustWithin(seen map[*plan]bool) trust {
	if p == nil || seen[p] {
		return noMethods
	}
	seen[p] = true
	switch {
	case p.op == opInterface:
		return inInterface
	case p.op == opMarshaler && p.typ != reflect.TypeFor[time.Time]():
		return someMethod
	}
	t := max(p.key.trustWithin(seen), p.elem.trustWithin(seen))
	for i := range p.fields {
		t = max(t, p.fields[i].plan.trustWithin(seen))
	}
	return t
}

// trustsMethods looks into interfaces, and where they are.
func (p *plan) trustsMethods(v reflect.Value, depth int) bool {
	if t := p.trust(); t != inInterface || depth > maxDepth {
		return t == someMethod
	}
	switch p.op {
	case opInterface:
		if v.IsNil() {
			return false
		}
		held, err := planFor(v.Elem().Type())
		return err == nil && held.trustsMethods(v.Elem(), depth+1)
	case opPointer:
		return !v.IsNil() && p.elem.trustsMethods(v.Elem(), depth+1)
	case opSlice, opArray:
		for i := range v.Len() {
			if p.elem.trustsMethods(v.Index(i), depth+1) {
				return true
			}
		}
	case opMap:
		for it := v.MapRange(); it.Next(); {
			if p.key.trustsMethods(it.Key(), depth+1) || p.elem.trustsMethods(it.Value(), depth+1) {
				return true
			}
		}
	case opStruct:
		for i := range p.fields {
			if f := &p.fields[i]; f.plan.trustsMethods(v.Field(f.index), depth+1) {
				return true
			}
		}
	}
	return false
}
