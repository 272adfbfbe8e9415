package gobs

import (
	"fmt"
	"sort"
	"strings"
)

// describe writes the structure of a type as text, in a file for the next
// reader to compare: names of fields, kinds of numbers, pointers. Two types
// with one text hold the same values. The names of types do not count, nor does
// the order of fields, except that a type which stores itself is known by its
// name only.
//
// Structs, and types that contain themselves, get numbers in the order in which
// they are met:
//
//	struct{ Name string; Next *Node }  ->  #0;#0={Name string,Next *#0}
func describe(p *plan) string {
	d := describer{loops: make(map[*plan]bool), number: make(map[*plan]int)}
	d.findLoops(p, make(map[*plan]int))
	var text strings.Builder
	d.write(&text, p)
	for i := 0; i < len(d.bodies); i++ { // grows on the way
		fmt.Fprintf(&text, ";#%d=", i)
		d.body(&text, d.bodies[i])
	}
	return text.String()
}

type describer struct {
	loops  map[*plan]bool // met again inside themselves
	number map[*plan]int
	bodies []*plan // by number
}

// findLoops walks each type once; state is 1 inside a type and 2 after it.
func (d *describer) findLoops(p *plan, state map[*plan]int) {
	switch {
	case p == nil || state[p] == 2:
		return
	case state[p] == 1:
		d.loops[p] = true
		return
	}
	state[p] = 1
	d.findLoops(p.key, state)
	d.findLoops(p.elem, state)
	for _, f := range d.sorted(p) {
		d.findLoops(f.plan, state)
	}
	state[p] = 2
}

func (d *describer) sorted(p *plan) []planField {
	fields := append([]planField(nil), p.fields...)
	sort.Slice(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
	return fields
}

func (d *describer) write(w *strings.Builder, p *plan) {
	if p.op != opStruct && !d.loops[p] {
		d.body(w, p)
		return
	}
	n, ok := d.number[p]
	if !ok {
		n = len(d.bodies)
		d.number[p] = n
		d.bodies = append(d.bodies, p)
	}
	fmt.Fprintf(w, "#%d", n)
}

func (d *describer) body(w *strings.Builder, p *plan) {
	switch p.op {
	case opBytes:
		w.WriteString("[]uint8")
	case opInterface:
		w.WriteString("interface")
	case opPointer:
		w.WriteString("*")
		d.write(w, p.elem)
	case opSlice:
		w.WriteString("[]")
		d.write(w, p.elem)
	case opArray:
		fmt.Fprintf(w, "[%d]", p.typ.Len())
		d.write(w, p.elem)
	case opMap:
		w.WriteString("map[")
		d.write(w, p.key)
		w.WriteString("]")
		d.write(w, p.elem)
	case opStruct:
		w.WriteString("{")
		for i, f := range d.sorted(p) {
			if i > 0 {
				w.WriteString(",")
			}
			w.WriteString(f.name + " ")
			d.write(w, f.plan)
		}
		w.WriteString("}")
	case opMarshaler:
		fmt.Fprintf(w, "%s(%s)", p.form.Marshal(), typeName(p))
	default:
		w.WriteString(p.typ.Kind().String())
	}
}

// typeName names a type that stores itself, package and all.
func typeName(p *plan) string {
	if p.typ.Name() == "" || p.typ.PkgPath() == "" {
		return p.typ.String()
	}
	return p.typ.PkgPath() + "." + p.typ.Name()
}

// difference shows where two descriptions part, for an error message.
func difference(file, want string) (inFile, inType string) {
	at := 0
	for i := 0; i < len(file) && i < len(want) && file[i] == want[i]; i++ {
		if strings.IndexByte("{,;=", file[i]) >= 0 {
			at = i + 1
		}
	}
	return excerpt(file[at:]), excerpt(want[at:])
}

// excerpt is the first field of a description that was cut somewhere.
func excerpt(s string) string {
	if end := strings.IndexAny(s, ",};"); end >= 0 {
		s = s[:end]
	}
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	if s == "" {
		return "nothing more"
	}
	return s
}
