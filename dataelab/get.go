package dataelab

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// GetDiskCacher returns the cacher of one method of instance, a non-nil pointer
// to a struct: the field of that name, or with that name in its cache tag, of
// the struct itself or of what it embeds. Where both have one, the outermost is
// meant, as with Go's own methods; where two of one depth have it, it is an error.
// A name that no field has in this spelling is looked for without regard to case:
// for a field mean, "Mean", the name of its method, does as well.
func GetDiskCacher(instance any, method string) (diskcache.Cacher, error) {
	v, err := checkRoot("instance", instance)
	if err != nil {
		return nil, fmt.Errorf("dataelab: get cacher %q: %w", method, err)
	}
	same := func(name string) bool { return name == method }
	c, known, err := findMethod(v.Elem(), same)
	if c == nil && err == nil {
		c, known, err = findMethod(v.Elem(), func(name string) bool { return strings.EqualFold(name, method) })
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("dataelab: get cacher %q of %T: %w", method, instance, err)
	case c != nil:
		return c, nil
	case len(known) == 0:
		return nil, fmt.Errorf("dataelab: get cacher %q: %T has no cached methods: neither it nor what it embeds has a field that is a DiskCacher", method, instance)
	}
	return nil, fmt.Errorf("dataelab: get cacher %q: %T has no such cached method; it has %s", method, instance, strings.Join(known, ", "))
}

// findMethod returns the outermost cacher whose method or field has a name that is meant,
// or nil, and the names of all methods that were passed.
func findMethod(instance reflect.Value, meant func(name string) bool) (c diskcache.Cacher, known []string, err error) {
	seen := map[identity]bool{}
	for level := []part{{value: instance}}; len(level) > 0; {
		var next []part
		var hits []string
		var hit reflect.Value
		for _, at := range level {
			id, ok := identify(at.value)
			if !ok || seen[id] {
				continue
			}
			seen[id] = true
			next = append(next, at.embedded()...)
			at.cachers(func(f *field, cacher reflect.Value) {
				if !slices.Contains(known, f.method) {
					known = append(known, f.method)
				}
				if meant(f.method) || meant(f.name) {
					hits = append(hits, fmt.Sprintf("field %s of %v%s", f.name, at.value.Type(), at.where))
					hit = cacher
				}
			})
		}
		switch len(hits) {
		case 0:
			level = next
		case 1:
			return pointerTo(hit).(diskcache.Cacher), known, nil
		default:
			return nil, known, fmt.Errorf("it could be %s: pass the part that is meant, or the exact name", strings.Join(hits, ", or "))
		}
	}
	return nil, known, nil
}

// part is the instance or a struct that it embeds.
type part struct {
	value reflect.Value
	where string // what embeds it
}

// cachers visits those that the fields of a part are or point to.
func (p part) cachers(visit func(*field, reflect.Value)) {
	plan := planOf(p.value.Type())
	for _, fields := range [][]field{plan.cachers, plan.named, plan.embedded} {
		for i := range fields {
			c := follow(p.value.Field(fields[i].index))
			if c.IsValid() && kindOf(c.Type()) == isCacher && c.CanAddr() {
				visit(&fields[i], c)
			}
		}
	}
}

func (p part) embedded() (parts []part) {
	for _, f := range planOf(p.value.Type()).embedded {
		if v := follow(p.value.Field(f.index)); isInherited(v) {
			parts = append(parts, part{v, fmt.Sprintf(", embedded in %v%s", p.value.Type(), p.where)})
		}
	}
	return parts
}
