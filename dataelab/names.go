package dataelab

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
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
	return escape(b.String(), "[],*")
}

// mapEntry is one value of a map and the name its key gives it.
type mapEntry struct {
	name  string
	value reflect.Value
}

// mapEntries returns the entries in the order of their keys (rule 1): numbers by
// value, strings by bytes. A key that has no name is an error.
func mapEntries(m reflect.Value) ([]mapEntry, error) {
	type keyed struct {
		mapEntry
		key reflect.Value
	}
	all := make([]keyed, 0, m.Len())
	for iter := m.MapRange(); iter.Next(); {
		key := iter.Key()
		if key.Kind() == reflect.Interface {
			key = key.Elem()
		}
		name, err := keyName(key)
		if err != nil {
			return nil, err
		}
		all = append(all, keyed{mapEntry{name, iter.Value()}, key})
	}
	slices.SortFunc(all, func(a, b keyed) int { return compareKeys(a.key, b.key) })
	entries := make([]mapEntry, len(all))
	for i := range all {
		entries[i] = all[i].mapEntry
	}
	return entries, nil
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
	return "", fmt.Errorf("a map with %v keys holds cachers, and only strings, numbers and bools have names for a path: use such keys", key.Type())
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
	}
	return cmp.Compare(b2i(a.Bool()), b2i(b.Bool()))
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
