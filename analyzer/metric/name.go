package metric

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/filename"
)

const (
	dateSuffix   = "_date"
	hashLength   = 12  // hexadecimal digits: 48 bits
	longestPlain = 120 // bytes of a name without a hash; file systems give a name 255
	longestStem  = 80  // bytes that a name with a hash keeps of the plain one
)

// The name of a metric is plain, as poly_Y_1_2, where it can be read in one way only.
// All others end in a hash of the base name and the parameters. A plain name is read
// as follows, which is what makes it the name of one metric:
//
//  1. It is cut at each underscore. The first piece, and those behind it up to the first
//     that is a value (a number, True, False, None, nan, inf), are the base name.
//  2. The rest are the parameters: a value is what it says, other pieces are texts.
//
// So the first parameter of a plain name is a value, and no later one is a text that is
// empty, has an underscore, or reads as a value. Texts have lower-case letters, digits and
// dashes only: file systems that ignore case must not make two names one.
var (
	valuePiece = regexp.MustCompile(`^(-?[0-9]+(p[0-9]+)?(e[+-][0-9]+)?|-?inf|nan|true|false|none)$`)
	plainText  = regexp.MustCompile(`^[a-z0-9-]+$`)
	hashed     = regexp.MustCompile(`-[0-9a-f]{12}$`)
)

// FileName returns the name of a metric with these parameters, without an extension: the one
// that a [Manager] gives it whose options have no function Name. base is valid
// where [diskcache.CheckName] says so. The parameters are numbers, bools, texts and nil; or
// anything that has a key, see [diskcache.KeyOf], which gives a name with a hash.
func FileName(base string, params ...any) (string, error) {
	if err := diskcache.CheckName(base); err != nil {
		return "", err
	}
	texts, readable := pieces(base, params)
	plain := strings.Join(texts, "_")
	if readable && len(plain) <= longestPlain && !hashed.MatchString(plain) && !isDate(plain) {
		return plain, nil
	}
	key, err := diskcache.KeyOf(append([]any{base}, params...)...)
	if err != nil {
		return "", err
	}
	stem := clean(plain)
	if len(stem) > longestStem {
		stem = stem[:longestStem]
	}
	return stem + "-" + key.String()[:hashLength], nil
}

// PlainName is a function for Options.Name. It returns the name that simple_metrics_manager
// gives a metric, whatever may share it: the parts joined by underscores, each dot a p. It is for
// directories that Python programs fill, whose parameters are texts. Two metrics of a manager
// that get one name are an error.
func PlainName(base string, params ...any) (string, error) {
	texts := []string{base}
	for _, p := range params {
		text, _ := piece(reflect.ValueOf(p))
		texts = append(texts, text)
	}
	return strings.ReplaceAll(strings.Join(texts, "_"), ".", "p"), nil
}

func isDate(name string) bool { return strings.HasSuffix(strings.ToLower(name), dateSuffix) }

// pieces returns base and parameters as texts, and whether they can be read in one way.
func pieces(base string, params []any) (texts []string, readable bool) {
	readable = !strings.Contains(base, ".")
	for _, piece := range strings.Split(base, "_")[1:] {
		readable = readable && !valuePiece.MatchString(strings.ToLower(piece))
	}
	texts = append(texts, base)
	for i, p := range params {
		text, value := piece(reflect.ValueOf(p))
		if !value {
			readable = readable && i > 0 && isText(reflect.ValueOf(p)) && plainText.MatchString(text) && !valuePiece.MatchString(text)
		}
		texts = append(texts, text)
	}
	return texts, readable
}

func isText(v reflect.Value) bool { return v.Kind() == reflect.String }

// piece returns a parameter as Python's str shows it, with a p for each dot of a number, and
// whether it is a value in the sense above.
func piece(v reflect.Value) (text string, value bool) {
	switch v.Kind() {
	case reflect.Invalid:
		return "None", true
	case reflect.Bool:
		if v.Bool() {
			return "True", true
		}
		return "False", true
	case reflect.Float64:
		return strings.ReplaceAll(floatText(v.Float(), 64), ".", "p"), true
	case reflect.Float32: // a float64 of another value may have the same text
		return strings.ReplaceAll(floatText(v.Float(), 32), ".", "p"), false
	case reflect.String:
		return v.String(), false
	}
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), true
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10), true
	}
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return v.Type().Name(), false
	}
	texts := make([]string, min(v.Len(), longestStem))
	for i := range texts {
		texts[i], _ = piece(v.Index(i))
	}
	return strings.Join(texts, "_"), false
}

// floatText is Python's repr of a float.
func floatText(f float64, bits int) string {
	switch {
	case f == 0: // -0 is the same key of a map
		return "0.0"
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, bits)
	}
	text := strconv.FormatFloat(f, 'f', -1, bits)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// clean returns what of a text can stand in a name on any system.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '.':
			return 'p'
		case r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			return r
		}
		return '_'
	}, s)
}

// parameters returns what a parameter stands for in names: the fields of a struct, but for those
// tagged `cache:"-"`; the elements of an array; or itself. A struct that hides something is
// one parameter.
func parameters(p any) []any {
	v := reflect.ValueOf(p)
	switch v.Kind() {
	case reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Index(i).Interface()
		}
		return list
	case reflect.Struct:
		list := []any{}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case field.Tag.Get("cache") == "-":
			case !field.IsExported() || field.Anonymous:
				return []any{p}
			default:
				list = append(list, v.Field(i).Interface())
			}
		}
		return list
	}
	return []any{p}
}

// fold returns a name that is equal for names that differ in case only.
func fold(name string) string { return filename.Fold(name) }

// escape is what the walk of package dataelab does to the key of a map.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
