package diskcache_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

const plainVerdict = `{
 "layout": 1,
 "tag": "LBTISX20240410_112233",
 "name": "root.A.method",
 "key": "00112233445566778899aabbccddeeff",
 "format": "npy",
 "go_type": "[]float64",
 "nil": true,
 "bytes": 152,
 "digest": "xxh3-128:00112233445566778899aabbccddeeff",
 "version": "<2>: new",
 "computed": "2026-04-10T11:22:33.123456789Z",
 "compute_seconds": 1.5e-07`

// What encode writes is read the short way; what differs from it in any way is left to
// encoding/json, or means the same.
func TestParseVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		old, replacement string
		short            bool
	}{
		"as written":             {"", "", true},
		"an escape":              {"new", `\u006eew`, false},
		"an escaped quote":       {"new", `\"`, false},
		"a text that ends early": {"new", `"x`, false},
		"letters":                {"new", "größer", false},
		"no UTF-8":               {"new", "\xff", false},
		"a line break":           {"new", "n,\n w", false},
		"a field of later":       {`"nil": true`, `"more": 1`, false},
		"a field in capitals":    {`"nil"`, `"NIL"`, false},
		"no text":                {`"npy"`, "7", false},
		"null":                   {`"npy"`, "null", false},
		"a number as text":       {"152", `"152"`, false},
		"a number too large":     {"152", "9223372036854775808", false},
		"infinity":               {"1.5e-07", "Inf", false},
		"hexadecimal":            {"1.5e-07", "0x1p-2", false},
		"a plus":                 {"152", "+152", false},
		"a leading zero":         {"152", "0152", false},
		"a bare minus":           {"152", "-", false},
		"below zero":             {"152", "-152", true},
		"a layout with a plus":   {`"layout": 1`, `"layout": +1`, false},
		"a layout with a zero":   {`"layout": 1`, `"layout": 01`, false},
		"true in short":          {"true", "t", false},
		"true as a number":       {"true", "1", false},
		"true in capitals":       {"true", "True", false},
		"false":                  {"true", "false", true},
		"no whole part":          {"1.5e-07", ".5", false},
		"no fraction":            {"1.5e-07", "5.", false},
		"a fraction with a plus": {"1.5e-07", "+5", false},
		"no exponent":            {"1.5e-07", "1.5e", false},
		"a signed exponent":      {"1.5e-07", "1.5e-", false},
		"two points":             {"1.5e-07", "1.5.5", false},
		"an integer":             {"1.5e-07", "15", true},
		"a large exponent":       {"1.5e-07", "0.5E+07", true},
		"no time":                {"2026-04-10T11", "2026-04-10t11", false},
		"blanks":                 {`"layout": 1`, `"layout":  1`, false},
		"on one line":            {",\n ", ", ", false},
		"no bracket":             {"{\n ", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(plainVerdict, c.old, c.replacement)
			if c.old == "" {
				text = plainVerdict
			}
			short, full, ok, err := diskcache.ParseVerdict(text)
			if ok != c.short {
				t.Fatalf("read the short way: %v", ok)
			}
			if ok && (err != nil || !reflect.DeepEqual(short, full)) {
				t.Errorf("read as %+v, by encoding/json as %+v, %v", short, full, err)
			}
		})
	}
}

// The short way and encoding/json must not tell of different entries.
func FuzzParseVerdict(f *testing.F) {
	f.Add(plainVerdict)
	f.Add(strings.ReplaceAll(plainVerdict, "true", "false"))
	for _, c := range [][2]string{
		{"152", "+152"}, {"152", "0152"}, {"152", "-0"}, {": 1", ": +1"}, {": 1", ": 01"}, {"true", "t"}, {"true", "1"}, {"true", "True"},
		{"1.5e-07", ".5"}, {"1.5e-07", "5."}, {"1.5e-07", "+5"}, {"1.5e-07", "1E5"}, {"1.5e-07", "1e999"}, {"1.5e-07", "-"},
		{"\"2026", "\"+2026"}, {"33.1", "33,1"}, {"\"<2>: new\"", "null"}, {"true", "null"}, {"root", "\x7f"},
	} {
		f.Add(strings.Replace(plainVerdict, c[0], c[1], 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if short, full, ok, err := diskcache.ParseVerdict(text); ok && (err != nil || !reflect.DeepEqual(short, full)) {
			t.Errorf("read as %+v, by encoding/json as %+v, %v", short, full, err)
		}
	})
}
