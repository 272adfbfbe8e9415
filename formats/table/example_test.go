package table_test

import (
	"fmt"
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

func ExampleColumns() {
	type frame struct {
		Seq    uint32
		At     time.Time `parquet:"at,us"`
		Filter string    `parquet:"filter,dict"`
		Strehl *float64
	}
	columns, err := table.Columns(reflect.TypeFor[frame]())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range columns {
		fmt.Println(c.Name, c.Kind, c.Optional, c.Dict, c.Unit)
	}
	// Output:
	// Seq uint32 false false 0s
	// at time false false 1µs
	// filter string false true 0s
	// Strehl float64 true false 0s
}

func ExampleAccepts() {
	type frame struct {
		Seq  uint32
		Tags map[string]string
	}
	fmt.Println(table.Accepts(reflect.TypeFor[[]frame]()))
	// Output:
	// []table_test.frame is not a table: field Tags: map[string]string is not flat; a column is a bool, integer, float, string, []byte, time.Time or time.Duration, a pointer to one or a slice of one
}
