package dataelab

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// GetDiskCacher returns the cacher of one method of instance, a non-nil pointer
// to a struct: the field of that name, or with that name in its cache tag, of
// the struct itself or of what it embeds. Where both have one, the outermost is
// meant, as with Go's own methods.
func GetDiskCacher(instance any, method string) (diskcache.Cacher, error) {
	v, err := checkRoot(instance)
	if err != nil {
		return nil, fmt.Errorf("dataelab: get cacher %q: %w", method, err)
	}
	var known []string
	seen := map[identity]bool{}
	for level := []reflect.Value{v.Elem()}; len(level) > 0; {
		var next []reflect.Value
		var hits []string
		var hit diskcache.Cacher
		for _, v := range level {
			if id, ok := identify(v); !ok || seen[id] {
				continue
			} else {
				seen[id] = true
			}
			p := planOf(v.Type())
			for _, f := range p.cachers {
				known = append(known, f.method)
				if f.method == method || f.name == method {
					hits = append(hits, p.name+"."+f.name)
					hit = cacherAt(v.Field(f.index))
				}
			}
			for _, f := range p.embedded {
				if inner := behind(v.Field(f.index)); inner.IsValid() {
					next = append(next, inner)
				}
			}
		}
		if len(hits) > 1 {
			return nil, fmt.Errorf("dataelab: get cacher %q of %T: it could be %s", method, instance, strings.Join(hits, " or "))
		}
		if hit != nil {
			return hit, nil
		}
		level = next
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("dataelab: get cacher %q: %T has no cached methods", method, instance)
	}
	return nil, fmt.Errorf("dataelab: get cacher %q: %T has no such cached method; it has %s", method, instance, strings.Join(known, ", "))
}

// behind returns the addressable struct that an embedded field is or leads to,
// or the zero Value.
func behind(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return reflect.Value{}
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || isCacher(v.Type()) || !v.CanAddr() {
		return reflect.Value{}
	}
	return v
}
