package diskcache

import (
	"fmt"
	"reflect"
)

// ignored reports whether a field is tagged `cache:"-"`: it says how a result is
// come by and not what it is, and counts in no key (rule 9).
func ignored(f reflect.StructField) bool { return f.Tag.Get("cache") == "-" }

// ignoredInVain returns the name of an ignored field of a type that writes itself
// (rule 7), of which no part can be left out.
func ignoredInVain(t reflect.Type) *keyFault {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); ignored(f) {
			return &keyFault{"." + f.Name, fmt.Errorf("is tagged cache:\"-\", but %v has other fields that are unexported or cannot be hashed, so it counts by what its own marshaler writes: export them, or take the tag away", t)}
		}
	}
	return nil
}
