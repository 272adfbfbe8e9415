package difference

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A fault says where two values differ. Each level that it passes on its way up adds
// its step, so that the path costs nothing while all is the same.
type fault struct {
	steps   []string // innermost first
	text    string
	cause   error // of a Comparer, in place of the text
	private bool  // within an unexported field
}

func (f *fault) within(step string) *fault {
	f.steps = append(f.steps, step)
	return f
}

func (f *fault) Error() string {
	const most = 200
	steps := slices.Clone(f.steps)
	slices.Reverse(steps)
	path := strings.Join(steps, "")
	if len(path) > most {
		path = path[:most] + "..."
	}
	if path != "" {
		path += ": "
	}
	if f.cause != nil {
		return path + f.cause.Error()
	}
	return path + f.text
}

func (f *fault) Unwrap() error { return f.cause }

func (d *differ) differs(want, got reflect.Value) *fault {
	w, g := Text(want), Text(got)
	if w == g {
		w, g = w+bitsText(want), g+bitsText(got)
	}
	return &fault{text: "want " + w + ", got " + g, private: d.private}
}

func bitsText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float32:
		return fmt.Sprintf(" (bits %08x)", Bits(v)[0])
	case reflect.Complex64:
		return fmt.Sprintf(" (bits %08x %08x)", Bits(v)[0], Bits(v)[1])
	case reflect.Float64, reflect.Complex128:
		return fmt.Sprintf(" (bits %016x %016x)", Bits(v)[0], Bits(v)[1])
	default:
		return ""
	}
}

// Text shows a value in a word.
func Text(v reflect.Value) string {
	const most = 60
	switch {
	case !v.IsValid():
		return "nothing"
	case v.Kind() == reflect.String:
		s := v.String()
		if len(s) > most {
			return fmt.Sprintf("%q... (%d bytes)", s[:most], len(s))
		}
		return strconv.Quote(s)
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		if v.IsNil() {
			return "nil"
		}
		if v.Len() == 0 {
			return "an empty " + v.Kind().String()
		}
		return fmt.Sprintf("a %v of length %d", v.Kind(), v.Len())
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return "a " + v.Type().String() + " that is not nil"
	case v.CanFloat() && v.Float() == 0 && math.Signbit(v.Float()):
		return "-0"
	case v.Kind() == reflect.Struct || v.Kind() == reflect.Array:
		return "a " + v.Type().String()
	default:
		return fmt.Sprint(v)
	}
}
