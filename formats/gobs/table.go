package gobs

// A typeTable gives the types of a stream their numbers.
type typeTable struct {
	parent *typeTable // numbered before, and not changed by this one
	ids    map[*plan]int64
	order  []*plan
}

// len counts the types of this table and its parents.
func (t *typeTable) len() int {
	if t == nil {
		return 0
	}
	return t.parent.len() + len(t.order)
}

// id returns the number of a type, giving it one if it has none, and the types
// within too. Number 64 belongs to the header.
func (t *typeTable) id(p *plan) int64 {
	p = p.base()
	if id := builtinID[p.op]; id != 0 {
		return id
	}
	for table := t; table != nil; table = table.parent {
		if id, ok := table.ids[p]; ok {
			return id
		}
	}
	id := int64(firstUserID + 1 + t.len())
	if t.ids == nil {
		t.ids = make(map[*plan]int64)
	}
	t.ids[p] = id
	t.order = append(t.order, p)
	if p.key != nil {
		t.id(p.key)
	}
	if p.elem != nil {
		t.id(p.elem)
	}
	for i := range p.fields {
		t.id(p.fields[i].plan)
	}
	return id
}

// definition describes a type that has a number.
func (t *typeTable) definition(p *plan) *definition {
	d := &definition{name: p.typ.Name()}
	switch p.op {
	case opArray:
		d.kind, d.elem, d.length = defArray, t.id(p.elem), int64(p.typ.Len())
	case opSlice:
		d.kind, d.elem = defSlice, t.id(p.elem)
	case opMap:
		d.kind, d.key, d.elem = defMap, t.id(p.key), t.id(p.elem)
	case opStruct:
		d.kind = defStruct
		for i := range p.fields {
			d.fields = append(d.fields, wireField{p.fields[i].name, t.id(p.fields[i].plan)})
		}
	case opMarshaler:
		d.kind = defOf(p)
	}
	return d
}

// append writes the definitions of this table's own types.
func (t *typeTable) append(b []byte) []byte {
	for _, p := range t.order {
		b = appendDefinition(b, t.ids[p], t.definition(p))
	}
	return b
}

// definitions returns all definitions by number, in the form of a reader.
func (t *typeTable) definitions() map[int64]*definition {
	defs := make(map[int64]*definition)
	for table := t; table != nil; table = table.parent {
		for _, p := range table.order {
			defs[table.ids[p]] = t.definition(p)
		}
	}
	return defs
}
