package parquet

import (
	"reflect"

	"github.com/dataelab/dataelab-go/formats/table"
)

// Accepts returns nil when values of type t go into Parquet and Feather files, and
// otherwise a [*table.TypeError] that names the field in the way.
func Accepts(t reflect.Type) error {
	if t == nil || !isColumns(t) || t == columnsType {
		if t == columnsType {
			return nil
		}
		return table.Accepts(t)
	}
	_, err := columnWith("", t.Elem().Elem())
	return err
}
