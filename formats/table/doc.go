// Package table says which Go types are tables, and what their columns are. It
// reads and writes nothing, so a program that stores no tables can ask it without
// linking Arrow.
//
//	type Frame struct {
//		Seq      uint32
//		At       time.Time  `parquet:"at,us"`       // microseconds
//		Filter   string     `parquet:"filter,dict"` // few different ones
//		Strehl   *float64                           // may be missing
//		Zernikes []float64  `parquet:"zernikes"`    // a list in each row
//	}
//	columns, err := table.Columns(reflect.TypeFor[Frame]())
//
// # Tables
//
// [Accepts] takes slices of flat structs, and arrow.Table and arrow.Record. A
// struct is flat when each field is a column:
//
//	Go type                                    column
//	bool, intN, uintN, float32, float64        the same; int and uint have 64 bits
//	string                                     text in UTF-8
//	[]byte                                     bytes; nil is a missing value
//	time.Time                                  an instant in ns, us or ms; the zero Time is a missing value
//	time.Duration                              nanoseconds
//	a type named after one of these            the same
//	a pointer to one of these, but not []byte  the same; nil is a missing value
//	a slice of one of these                    a list; nil is a missing value, and differs from an empty list
//	an embedded struct                         its columns
//
// Everything else (maps, nested structs and slices, arrays, interfaces, complex
// numbers) is not flat, and the error says which field is not.
//
// # Names
//
// A column has the name of its field, or the one in the tag. Two columns with one
// name are refused, also when only case tells them apart, as databases do not. So
// are fields that would not come back: those not exported, and those tagged "-".
//
//	parquet:"name"       the column's name
//	parquet:"name,dict"  each different string once, and numbers for the rows: Arrow's
//	                     dictionary, a category in pandas
//	parquet:",ms"        the unit of a time.Time: ns (the default), us or ms
//
// All functions may be used from any number of goroutines.
package table
