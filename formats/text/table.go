package text

import (
	"fmt"
	"reflect"
)

// A table is what is known about a type that goes into a CSV file: rows of a
// struct, or a map of columns.
type table struct {
	typ  reflect.Type
	row  *plan // of a slice of structs
	cell *plan // of a map of columns
}

// tableFor returns the table of t, or a *TypeError.
func tableFor(t reflect.Type) (*table, error) {
	if t == nil {
		return nil, &TypeError{Path: "value", Reason: "nil has no type"}
	}
	tab := &table{typ: t}
	refused := func(path, reason string) (*table, error) { return nil, &TypeError{t, path, reason} }
	switch {
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		p, err := planFor(t.Elem(), csvSyntax)
		if err != nil {
			return nil, err
		}
		if p.op != opStruct || len(p.fields) == 0 {
			return refused(rootName(t)+"[]", fmt.Sprintf("%v has no fields that could be columns", t.Elem()))
		}
		for _, f := range p.fields {
			if !f.plan.isCell() {
				return refused(rootName(t)+"[]"+f.path, fmt.Sprintf("%v does not fit a cell; cells hold bools, real numbers, strings, times, durations, "+
					"types with MarshalText and pointers to these. Store it as json, yaml or parquet", f.plan.typ))
			}
		}
		tab.row = p
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.Slice:
		p, err := planFor(t, csvSyntax)
		if err != nil {
			return nil, err
		}
		if p.op != opMap || p.key.op != opString || p.elem.elem == nil || !p.elem.elem.isCell() {
			return refused(rootName(t), fmt.Sprintf("%v is no map of columns of numbers or text", t))
		}
		tab.cell = p.elem.elem
	default:
		return refused(rootName(t), "a CSV file holds a slice of flat structs, such as []Row, or a map of columns, such as map[string][]float64; for arrays use npy, for all else json or yaml")
	}
	return tab, nil
}

// isCell reports whether a value fits a cell; a pointer may leave it empty.
func (p *plan) isCell() bool {
	return p.op.scalar() || p.op == opPointer && p.elem.op.scalar()
}

// words reports whether a cell may hold any text, and so also none.
func (p *plan) words() bool { return p.op == opString || p.op == opText }
