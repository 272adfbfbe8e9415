package dataelab

import (
	"fmt"
	"reflect"
	"slices"
)

// checkRoot returns the value of a root, or says what is wrong with it. what is
// the parameter's name.
func checkRoot(what string, root any) (reflect.Value, error) {
	v := reflect.ValueOf(root)
	t := reflect.TypeOf(root)
	switch {
	case !v.IsValid():
		return v, fmt.Errorf("%s is nil: pass a pointer to the struct that holds the cachers", what)
	case kindOf(t) == isCacher || v.Kind() == reflect.Pointer && kindOf(t.Elem()) == isCacher:
		return v, fmt.Errorf("%s is a cacher itself, a %v: pass a pointer to the struct that holds it", what, t)
	case kindOf(t) == isSetting || v.Kind() == reflect.Pointer && kindOf(t.Elem()) == isSetting:
		return v, fmt.Errorf("%s is a setting itself, a %v: pass a pointer to the struct that holds it", what, t)
	case v.Kind() == reflect.Struct:
		return v, fmt.Errorf("%s is a %v, not a pointer to one, so it is a copy: pass its address, as in &x", what, t)
	case v.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct:
		return v, fmt.Errorf("%s is a %v: pass a pointer to the struct that holds the cachers", what, t)
	case v.IsNil():
		return v, fmt.Errorf("%s is a nil %v: make the object first", what, t)
	}
	return v, nil
}

// find walks and checks. It returns the cachers.
func find(root any) ([]found, error) {
	cachers, _, err := findAll(root)
	return cachers, err
}

// findAll is find, and returns the settings too.
func findAll(root any) (cachers, settings []found, err error) {
	v, err := checkRoot("root", root)
	if err != nil {
		return nil, nil, err
	}
	if cachers, settings, err = walk(v); err != nil {
		return nil, nil, err
	}
	return cachers, settings, unique(both(cachers, settings))
}

// both joins the cachers, of which there may be a million, and the settings.
func both(cachers, settings []found) []found {
	if len(settings) == 0 {
		return cachers
	}
	return slices.Concat(cachers, settings)
}
