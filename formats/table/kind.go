package table

import (
	"fmt"
	"reflect"
	"time"
)

// A Kind is what one value of a column is.
type Kind int

// The kinds. A Go int is an Int64 and a uint a Uint64, on every machine.
const (
	Bool Kind = iota + 1
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	String
	Bytes
	Time     // an instant, see Column.Unit
	Duration // nanoseconds
)

var kindNames = [...]string{
	Bool: "bool", Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float32: "float32", Float64: "float64", String: "string", Bytes: "bytes", Time: "time", Duration: "duration",
}

// String returns the kind's name, such as "float64".
func (k Kind) String() string {
	if k < Bool || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// KindOf returns the kind of values of type t, a scalar or []byte, and false when
// t is neither.
func KindOf(t reflect.Type) (Kind, bool) {
	switch t {
	case timeType:
		return Time, true
	case durationType:
		return Duration, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return Bool, true
	case reflect.Int8:
		return Int8, true
	case reflect.Int16:
		return Int16, true
	case reflect.Int32:
		return Int32, true
	case reflect.Int64, reflect.Int:
		return Int64, true
	case reflect.Uint8:
		return Uint8, true
	case reflect.Uint16:
		return Uint16, true
	case reflect.Uint32:
		return Uint32, true
	case reflect.Uint64, reflect.Uint:
		return Uint64, true
	case reflect.Float32:
		return Float32, true
	case reflect.Float64:
		return Float64, true
	case reflect.String:
		return String, true
	case reflect.Slice:
		return Bytes, t.Elem().Kind() == reflect.Uint8
	}
	return 0, false
}
