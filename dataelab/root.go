package dataelab

import (
	"fmt"
	"reflect"
)

// checkRoot returns the value of a root, or says what is wrong with it. what is
// the parameter's name.
func checkRoot(what string, root any) (reflect.Value, error) {
	v := reflect.ValueOf(root)
	t := reflect.TypeOf(root)
	switch {
	case !v.IsValid():
		return v, fmt.Errorf("%s is nil: pass a pointer to the struct that holds the cachers", what)
	case isCacher(t) || v.Kind() == reflect.Pointer && isCacher(t.Elem()):
		return v, fmt.Errorf("%s is a cacher itself, a %v: pass a pointer to the struct that holds it", what, t)
	case v.Kind() == reflect.Struct:
		return v, fmt.Errorf("%s is a %v, not a pointer to one, so it is a copy: pass its address, as in &x", what, t)
	case v.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct:
		return v, fmt.Errorf("%s is a %v: pass a pointer to the struct that holds the cachers", what, t)
	case v.IsNil():
		return v, fmt.Errorf("%s is a nil %v: make the object first", what, t)
	}
	return v, nil
}

// find walks and checks.
func find(root any) ([]found, error) {
	v, err := checkRoot("root", root)
	if err != nil {
		return nil, err
	}
	all, err := walk(v)
	if err != nil {
		return nil, err
	}
	return all, unique(all)
}
