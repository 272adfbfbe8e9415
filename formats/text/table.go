package text

import (
	"fmt"
	"reflect"
)

// A table is what is known about a type that goes into a CSV file: rows of a
// struct, or a map of columns.
type table struct {
	typ     reflect.Type
	row     *plan // of a struct, where the table is a slice of them
	columns *plan // of a map of slices
}

// tableFor returns the table of t, or a *TypeError.
func tableFor(t reflect.Type) (*table, error) {
	if t == nil {
		return nil, &TypeError{Path: "value", Reason: "nil has no type"}
	}
	rows := t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
	columns := t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.Slice
	if !rows && !columns {
		return nil, &TypeError{t, rootName(t), "a CSV file holds a slice of flat structs, such as []Row, or a map of columns, such as map[string][]float64; " +
			"for arrays use npy, for all else json or yaml"}
	}
	p, err := planFor(t, csvSyntax)
	if err != nil {
		return nil, err
	}
	switch {
	case rows && p.op == opSlice && p.elem.op == opStruct && len(p.elem.fields) > 0:
		for _, f := range p.elem.fields {
			if !f.plan.isCell() {
				return nil, &TypeError{t, rootName(t) + "[]" + f.path, fmt.Sprintf("%v does not fit a cell; cells hold bools, real numbers, strings, times, durations, "+
					"types with MarshalText and pointers to these. Store it as json, yaml or parquet", f.plan.typ)}
			}
		}
		return &table{typ: t, row: p.elem}, nil
	case columns && p.op == opMap && p.key.op == opString && p.elem.op == opSlice && p.elem.elem.isCell():
		return &table{typ: t, columns: p}, nil
	case columns:
		return nil, &TypeError{t, rootName(t), fmt.Sprintf("%v is no map of columns of numbers or text", t)}
	}
	return nil, &TypeError{t, rootName(t) + "[]", fmt.Sprintf("%v has no fields that could be columns", t.Elem())}
}

// isCell reports whether a value fits a cell; a pointer may leave it empty.
func (p *plan) isCell() bool {
	return p.op.scalar() || p.op == opPointer && p.elem.op.scalar()
}

// words reports whether a cell may hold any text, and so also none.
func (p *plan) words() bool { return p.op == opString || p.op == opText }
