package table

import "reflect"

// arrow is the module whose tables are known here by their names, since this
// package must not import it.
const arrow = "github.com/apache/arrow/go/v16/arrow"

// Accepts returns nil when t is a table: a slice of flat structs, arrow.Table or
// arrow.Record. Otherwise the error is a [*TypeError].
func Accepts(t reflect.Type) error {
	if t == nil {
		return &TypeError{Type: nil, Path: "", Reason: "a nil interface has no type"}
	}
	if IsArrow(t) {
		return nil
	}
	if t.Kind() != reflect.Slice {
		return &TypeError{Type: t, Path: "", Reason: "not a slice of structs"}
	}
	row := t.Elem()
	if row.Kind() != reflect.Struct {
		reason := "its elements are not structs"
		if row.Kind() == reflect.Pointer && row.Elem().Kind() == reflect.Struct {
			reason = "its elements are pointers, which may be nil or shared; use a slice of the structs themselves"
		}
		return &TypeError{Type: t, Path: "", Reason: reason}
	}
	_, err := columnsOf(row, t)
	return err
}

// IsArrow reports whether t is arrow.Table or arrow.Record, or the type of the
// values that package arrow/array makes for them.
func IsArrow(t reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return t.PkgPath() == arrow && (t.Name() == "Table" || t.Name() == "Record")
	}
	if t.Kind() != reflect.Pointer {
		return false
	}
	t = t.Elem()
	return t.PkgPath() == arrow+"/array" &&
		(t.Name() == "simpleTable" || t.Name() == "simpleRecord")
}
