package gobs

import "fmt"

// A prog reads values of one Go type from one stream: a plan, with the order in
// which the stream has the fields.
type prog struct {
	plan   *plan
	key    *prog
	elem   *prog
	fields []progField
}

// base is the program at the end of a chain of pointers.
func (g *prog) base() *prog {
	for g.plan.op == opPointer {
		g = g.elem
	}
	return g
}

type progField struct {
	*planField
	prog *prog
}

// A matcher holds the types of a stream against Go types. encoding/gob matches
// structs by the names that both sides have, and so leaves fields at zero when
// one was renamed; here both sides must have the same.
type matcher struct {
	defs map[int64]*definition
	memo map[*plan]match
}

type match struct {
	id   int64
	prog *prog
}

// match returns the program for values of type id of the stream and Go type p.
func (m *matcher) match(id int64, p *plan) (*prog, error) {
	if p.op == opPointer {
		elem, err := m.match(id, p.elem)
		return &prog{plan: p, elem: elem}, err
	}
	if want := builtinID[p.op]; want != 0 {
		if id != want {
			return nil, m.mismatch(id, p)
		}
		return &p.leaf, nil
	}
	// A stream has one definition for a Go type, which bounds the work here and
	// ends the recursion.
	if known, ok := m.memo[p]; ok {
		if known.id != id {
			return nil, m.mismatch(id, p)
		}
		return known.prog, nil
	}
	d := m.defs[id]
	if d == nil || d.kind != defOf(p) {
		return nil, m.mismatch(id, p)
	}
	g := &prog{plan: p}
	if m.memo == nil {
		m.memo = make(map[*plan]match)
	}
	m.memo[p] = match{id, g}

	var err error
	switch p.op {
	case opStruct:
		err = m.structFields(g, d)
	case opArray:
		if n := p.typ.Len(); d.length != int64(n) {
			return nil, m.errorf("the file has an array of %d elements, the type one of %d", d.length, n)
		}
		if g.elem, err = m.match(d.elem, p.elem); err != nil {
			err = within(err, "[]")
		}
	case opSlice:
		if g.elem, err = m.match(d.elem, p.elem); err != nil {
			err = within(err, "[]")
		}
	case opMap:
		if g.key, err = m.match(d.key, p.key); err != nil {
			return nil, within(err, "[key]")
		}
		if g.elem, err = m.match(d.elem, p.elem); err != nil {
			err = within(err, "[]")
		}
	}
	return g, err
}

func (m *matcher) structFields(g *prog, d *definition) error {
	p := g.plan
	byName := make(map[string]*planField, len(p.fields))
	for i := range p.fields {
		byName[p.fields[i].name] = &p.fields[i]
	}
	g.fields = make([]progField, len(d.fields))
	for i, wf := range d.fields {
		f := byName[wf.name]
		if f == nil {
			return m.errorf("the file has a field %.50q, which %v has not", wf.name, p.typ)
		}
		delete(byName, wf.name) // so that a second one is refused
		sub, err := m.match(wf.id, f.plan)
		if err != nil {
			return within(err, "."+f.name)
		}
		g.fields[i] = progField{f, sub}
	}
	for i := range p.fields {
		if byName[p.fields[i].name] != nil {
			return m.errorf("%v has a field %s, which the file has not", p.typ, p.fields[i].name)
		}
	}
	return nil
}

// defOf is the kind of definition that a type without a builtin number has.
func defOf(p *plan) defKind {
	switch p.op {
	case opArray:
		return defArray
	case opSlice:
		return defSlice
	case opMap:
		return defMap
	case opStruct:
		return defStruct
	}
	return defGob + defKind(p.form)
}

func (m *matcher) errorf(format string, args ...any) error {
	return &pathError{kind: ErrOtherType, cause: fmt.Errorf(format, args...), offset: -1}
}

func (m *matcher) mismatch(id int64, p *plan) error {
	what := "an undefined type"
	if d := m.defs[id]; d != nil {
		what = d.kind.String()
	} else if id > 0 && id <= idInterface {
		what = [...]string{idBool: "a bool", idInt: "an int", idUint: "a uint", idFloat: "a float", idBytes: "a []byte",
			idString: "a string", idComplex: "a complex number", idInterface: "an interface"}[id]
	}
	return m.errorf("the file has %s where the type has %v", what, p.typ)
}
