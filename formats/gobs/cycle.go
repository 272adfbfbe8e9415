package gobs

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// maxDepth is how many pointers, slices, maps and interfaces may lie within one
// another: as many as encoding/json takes. Reading calls itself for each, and a
// stack that overflows ends the program.
const maxDepth = 10_000

var (
	errCycle = errors.New("the value contains itself, which gob cannot write")
	errDeep  = fmt.Errorf("more than %d pointers, slices, maps and interfaces within one another", maxDepth)
)

// A visit is a pointer, slice or map that is being written.
type visit struct {
	at  unsafe.Pointer
	typ reflect.Type
	len int
}

func visitOf(v reflect.Value) visit {
	at := visit{at: v.UnsafePointer(), typ: v.Type()}
	if v.Kind() == reflect.Slice {
		at.len = v.Len()
	}
	return at
}

// A cycleGuard notices a value that is reached from within itself. It keeps no
// record until the depth is unusual, and so costs nothing for usual values.
type cycleGuard struct {
	from   int // depth at which the record starts
	visits map[visit]bool
}

const usualDepth = 100

// enter goes one level deeper, into a pointer, slice or map that is not nil.
func (e *encoder) enter(v reflect.Value) error {
	if e.depth++; e.depth > maxDepth {
		return valueErrorf("%w", errDeep)
	}
	if e.depth > e.cycles.from {
		at := visitOf(v)
		if e.cycles.visits[at] {
			return valueErrorf("%w", errCycle)
		}
		if e.cycles.visits == nil {
			e.cycles.visits = make(map[visit]bool)
		}
		e.cycles.visits[at] = true
	}
	return e.fits()
}

func (e *encoder) leave(v reflect.Value) {
	if e.depth > e.cycles.from {
		delete(e.cycles.visits, visitOf(v))
	}
	e.depth--
}
