package dataelab

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// typeName is the name of a struct type as it stands in file names: without its
// package, as Python's __qualname__ has it. Type arguments lose theirs too.
func typeName(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return "struct"
	}
	if !strings.Contains(name, "[") {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		end := i
		for end < len(name) && !strings.ContainsRune("[],*{} ", rune(name[end])) {
			end++
		}
		word := name[i:end]
		word = word[strings.LastIndex(word, "/")+1:]
		b.WriteString(word[strings.LastIndex(word, ".")+1:])
		if end < len(name) {
			b.WriteByte(name[end])
		}
		i = end + 1
	}
	return escape(b.String(), "[],")
}

// mapEntry is one value of a map, followed, and the name its key gives it.
type mapEntry struct {
	name    string
	unnamed error // why the key gives no name; nil if it does
	key     reflect.Value
	value   reflect.Value
}

// mapEntries returns those entries whose values may lead to cachers, in the
// order of their keys (rule 1): numbers by value, strings by bytes.
func mapEntries(m reflect.Value) []mapEntry {
	var entries []mapEntry
	for iter := m.MapRange(); iter.Next(); {
		value := follow(iter.Value())
		if !value.IsValid() {
			continue
		}
		key := iter.Key()
		if key.Kind() == reflect.Interface {
			key = key.Elem()
		}
		name, err := keyName(key)
		entries = append(entries, mapEntry{name, err, key, value})
	}
	slices.SortFunc(entries, func(a, b mapEntry) int { return compareKeys(a.key, b.key) })
	return entries
}

func keyName(key reflect.Value) (string, error) {
	switch {
	case !key.IsValid():
		return "nil", nil
	case key.Kind() == reflect.String:
		if key.Len() == 0 {
			return "%", nil // no escape sequence is a bare percent sign
		}
		return escape(key.String(), ""), nil
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10), nil
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10), nil
	case key.CanFloat():
		return escape(strconv.FormatFloat(key.Float(), 'g', -1, key.Type().Bits()), ""), nil
	case key.Kind() == reflect.Bool:
		return strconv.FormatBool(key.Bool()), nil
	}
	return "?", fmt.Errorf("%w: a key of type %v in the map that holds it: use strings, numbers or bools as keys",
		diskcache.ErrName, key.Type())
}

func compareKeys(a, b reflect.Value) int {
	switch {
	case !a.IsValid() || !b.IsValid():
		return cmp.Compare(b2i(a.IsValid()), b2i(b.IsValid()))
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.Kind() == reflect.String:
		return strings.Compare(a.String(), b.String())
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == reflect.Bool:
		return cmp.Compare(b2i(a.Bool()), b2i(b.Bool()))
	}
	return 0 // gives no name either
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// escape makes any text one element of a path: what is not a letter, a digit, an
// underscore, a dash or one of keep becomes %XX, byte by byte.
func escape(s, keep string) string {
	plain := func(c byte) bool {
		return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
			strings.IndexByte(keep, c) >= 0
	}
	var b strings.Builder
	for i := range len(s) {
		if plain(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
