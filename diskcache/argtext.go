package diskcache

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

// A record shows the first arguments, and of each the first bytes, so that it
// stays small whatever the arguments are.
const (
	argTextLimit = 200
	argTextsMost = 64
)

// argumentTexts shows an argument list to people: in an entry's record and in
// errors. It is never parsed, and it runs no method of an argument, as a String
// method may be slow or panic; but times are shown as such.
func argumentTexts(args []any) []string {
	var texts []string
	for i, arg := range args {
		if i == argTextsMost {
			return append(texts, fmt.Sprintf("… %d in all", len(args)))
		}
		texts = append(texts, argumentText(reflect.ValueOf(arg), true, argTextLimit))
	}
	return texts
}

// argumentText shows one value in about limit bytes.
func argumentText(v reflect.Value, typed bool, limit int) string {
	var w argWriter
	if err := memfault.Try(func() error { w.value(v, typed, 0); return nil }); err != nil {
		w.b.WriteString("… (" + err.Error() + ")")
	}
	text := w.b.String()
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

type argWriter struct{ b strings.Builder }

// value writes v as Go would, with its type where nothing around it tells, and
// stops soon after the limit is reached.
func (w *argWriter) value(v reflect.Value, typed bool, depth int) {
	switch {
	case !v.IsValid():
		w.b.WriteString("nil")
		return
	case w.b.Len() > argTextLimit || depth > 20:
		w.b.WriteString("…")
		return
	}
	if text, ok := timeText(v); ok {
		w.wrap(v, typed, func() { w.b.WriteString(text) })
		return
	}
	switch kind := v.Kind(); kind {
	case reflect.String:
		s := v.String()
		if len(s) > argTextLimit {
			s = s[:argTextLimit]
		}
		w.wrap(v, typed && v.Type().PkgPath() != "", func() { w.b.WriteString(strconv.Quote(s)) })
	case reflect.Int, reflect.Float64, reflect.Bool:
		w.wrap(v, typed && v.Type().PkgPath() != "", func() { fmt.Fprint(&w.b, plain(v)) })
	case reflect.Slice, reflect.Array:
		if kind == reflect.Slice && v.IsNil() {
			w.wrap(v, true, func() { w.b.WriteString("nil") })
			return
		}
		w.list(v, typed, depth)
	case reflect.Map:
		if v.IsNil() {
			w.wrap(v, true, func() { w.b.WriteString("nil") })
			return
		}
		fmt.Fprintf(&w.b, "%v(%d entries)", v.Type(), v.Len())
	case reflect.Struct:
		w.fields(v, typed, depth)
	case reflect.Pointer:
		if v.IsNil() {
			w.wrap(v, true, func() { w.b.WriteString("nil") })
			return
		}
		w.b.WriteString("&")
		w.value(v.Elem(), typed, depth+1)
	case reflect.Interface:
		w.value(v.Elem(), true, depth+1)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		w.b.WriteString(v.Type().String())
	default:
		w.wrap(v, typed, func() { fmt.Fprint(&w.b, plain(v)) })
	}
}

// timeText shows a time or a duration, whose numbers would tell nobody anything.
func timeText(v reflect.Value) (string, bool) {
	if !v.CanInterface() {
		return "", false
	}
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		t := v.Interface().(time.Time)
		if _, offset := t.Zone(); offset%60 != 0 { // which would look like another one
			return t.Format("2006-01-02T15:04:05.999999999Z07:00:00"), true
		}
		return t.Format(time.RFC3339Nano), true
	case reflect.TypeFor[time.Duration]():
		return time.Duration(v.Int()).String(), true
	}
	return "", false
}

func (w *argWriter) wrap(v reflect.Value, typed bool, write func()) {
	if !typed {
		write()
		return
	}
	w.b.WriteString(v.Type().String() + "(")
	write()
	w.b.WriteString(")")
}

func (w *argWriter) list(v reflect.Value, typed bool, depth int) {
	if typed {
		w.b.WriteString(v.Type().String())
	}
	w.b.WriteString("{")
	for i := range v.Len() {
		if i > 0 {
			w.b.WriteString(", ")
		}
		if i == 8 {
			fmt.Fprintf(&w.b, "… %d in all", v.Len())
			break
		}
		w.value(v.Index(i), false, depth+1)
	}
	w.b.WriteString("}")
}

func (w *argWriter) fields(v reflect.Value, typed bool, depth int) {
	if typed {
		w.b.WriteString(v.Type().String())
	}
	w.b.WriteString("{")
	separator := ""
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if ignored(f) { // it may be a password
			continue
		}
		w.b.WriteString(separator + f.Name + ": ")
		separator = ", "
		w.value(v.Field(i), false, depth+1)
	}
	w.b.WriteString("}")
}

// plain is a number or bool without its type's methods; it reads unexported
// fields too, which Interface would refuse.
func plain(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.Kind() == reflect.Float32:
		return float32(v.Float()) // else 0.1 shows as 0.10000000149011612
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Complex64:
		return complex64(v.Complex())
	case v.CanComplex():
		return v.Complex()
	}
	return v.Bool()
}
