package text

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// structType finds the fields of a struct. Those of an embedded struct without a
// tag stand among them, as Go programs write them.
func (b *builder) structType(p *plan, path string) *refusal {
	p.op = opStruct
	p.byName = make(map[string]int)
	return b.addFields(p, p.typ, nil, "", path)
}

// addFields adds the fields of struct t, which is p's own or embedded in it at
// index; at is where it stands within p's type.
func (b *builder) addFields(p *plan, t reflect.Type, index []int, at, path string) *refusal {
	for i := range t.NumField() {
		f := t.Field(i)
		here := at + "." + f.Name
		index := append(slices.Clip(index), i)
		name, tagged, r := b.nameOf(f, path+here)
		switch {
		case r != nil:
			return r
		case f.Anonymous && !tagged && b.flattens(f.Type):
			if r := b.addFields(p, f.Type, index, here, path); r != nil {
				return r
			}
			continue
		case !f.IsExported() && (f.Name == "_" || f.Type.Size() == 0):
			continue // holds nothing
		case !f.IsExported():
			return &refusal{path + here, fmt.Sprintf("the unexported field %s would be lost; export it, or give %v the methods MarshalText and UnmarshalText", f.Name, t)}
		}
		if first, twice := p.byName[name]; twice {
			return &refusal{path + here, fmt.Sprintf("%s has the same name in the file, %s; rename one by a struct tag", path+p.fields[first].path, quoted(name))}
		}
		inner, r := b.plan(f.Type, path+here)
		if r != nil {
			return r
		}
		l := layout{yaml: b.syntax == yamlSyntax}
		key := l.appendText(nil, name)
		if l.yaml && len(key) > longestKey {
			return &refusal{path + here, longKey(key)}
		}
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, field{name, key, here, index, inner})
	}
	return nil
}

// flattens reports whether the fields of an embedded t are named by themselves.
func (b *builder) flattens(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == timeType {
		return false
	}
	own, r := b.own(&plan{typ: t}, "")
	return !own && r == nil && arrayHint(t) == ""
}

// nameOf is the name of a field in the file: that of the syntax's own tag, else of
// the json tag, else of the field. What tags say besides the name is for other
// encoders: omitempty would make nil of what is empty.
func (b *builder) nameOf(f reflect.StructField, path string) (name string, tagged bool, r *refusal) {
	for _, key := range [...]string{[...]string{"json", "yaml", "csv"}[b.syntax], "json"} {
		tag, ok := f.Tag.Lookup(key)
		if !ok {
			continue
		}
		if tag == "-" {
			if f.Name == "_" || f.Type.Size() == 0 {
				break
			}
			return "", false, &refusal{path, fmt.Sprintf("its tag %s:\"-\" leaves it out, so it would be lost; move it out of the result", key)}
		}
		name, _, _ = strings.Cut(tag, ",")
		if !utf8.ValidString(name) {
			return "", false, &refusal{path, fmt.Sprintf("the name in its tag %s is not UTF-8", key)}
		}
		if name != "" {
			return name, true, nil
		}
	}
	return f.Name, false, nil
}
