package mapcache

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
)

// cell is how values of a type are written in one column.
type cell struct {
	text  func(v reflect.Value) (string, error)
	parse func(text string, v reflect.Value) error // v can be set
}

// cellOf returns the cell of a type that a row holds without Row and ReadRow.
func cellOf(t reflect.Type) (cell, error) {
	p := reflect.PointerTo(t)
	if p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return cell{marshalCell, unmarshalCell}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return cell{
			func(v reflect.Value) (string, error) { return v.String(), nil },
			func(text string, v reflect.Value) error { v.SetString(text); return nil },
		}, nil
	case reflect.Bool:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatBool(v.Bool()), nil },
			func(text string, v reflect.Value) error {
				x, err := strconv.ParseBool(text)
				v.SetBool(x)
				return err
			},
		}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil },
			func(text string, v reflect.Value) error {
				x, err := strconv.ParseInt(text, 10, t.Bits())
				v.SetInt(x)
				return err
			},
		}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil },
			func(text string, v reflect.Value) error {
				x, err := strconv.ParseUint(text, 10, t.Bits())
				v.SetUint(x)
				return err
			},
		}, nil
	case reflect.Float32, reflect.Float64:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatFloat(v.Float(), 'g', -1, t.Bits()), nil },
			func(text string, v reflect.Value) error {
				x, err := strconv.ParseFloat(text, t.Bits())
				v.SetFloat(x)
				return err
			},
		}, nil
	}
	return cell{}, fmt.Errorf("a %v does not fit into one column: set Options.Row and ReadRow", t)
}

func marshalCell(v reflect.Value) (string, error) {
	text, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
	return string(text), err
}

func unmarshalCell(text string, v reflect.Value) error {
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
}
