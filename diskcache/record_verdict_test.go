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
	f.Fuzz(func(t *testing.T, text string) {
		if short, full, ok, err := diskcache.ParseVerdict(text); ok && err == nil && !reflect.DeepEqual(short, full) {
			t.Errorf("read as %+v, by encoding/json as %+v", short, full)
		}
	})
}
