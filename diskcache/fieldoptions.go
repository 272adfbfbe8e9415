package diskcache

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// FieldOptions are what the struct tag of a cacher's field says:
//
//	mean diskcache.DiskCacher[[]float64] `cache:"mean_slopes,ttl=720h,version=2,copy"`
//
// The first item is the method's name in file names; empty keeps the field's
// own name. The zero value is a cacher without a struct tag.
type FieldOptions struct {
	// Name replaces the field's name.
	Name string
	// TTL ("ttl=720h", in the words of time.ParseDuration) is how long a stored
	// value is good, counted from when its computation ended. 0: for ever. Files of
	// other programs do not say when that was, and are good for ever.
	TTL time.Duration
	// Version ("version=2") is any text without a comma; a value stored under
	// another version is computed again.
	Version string
	// Copy ("copy") gives every caller a value of its own instead of sharing one.
	Copy bool
}

// ParseFieldOptions reads the text of a cache struct tag.
func ParseFieldOptions(tag string) (FieldOptions, error) {
	var o FieldOptions
	name, rest, more := strings.Cut(tag, ",")
	o.Name = name
	if name != "" {
		if err := checkMethodName(name); err != nil {
			return o, err
		}
	}
	seen := map[string]bool{}
	for more {
		var item string
		item, rest, more = strings.Cut(rest, ",")
		item = strings.TrimLeft(item, " ")
		option, value, hasValue := strings.Cut(item, "=")
		if seen[option] {
			return o, fmt.Errorf("option %q is given twice", option)
		}
		seen[option] = true
		if err := o.set(option, value, hasValue); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *FieldOptions) set(option, value string, hasValue bool) error {
	switch {
	case option == "copy" && hasValue:
		return fmt.Errorf("option copy takes no value, not %q", value)
	case option == "copy":
		o.Copy = true
	case option == "ttl":
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("ttl=%q is no positive duration such as 90s, 36h or 720h", value)
		}
		o.TTL = d
	case option == "version":
		if value == "" {
			return fmt.Errorf("version= needs a value such as version=2")
		}
		if !utf8.ValidString(value) { // it would come back from the record as another one
			return fmt.Errorf("version=%q is not valid UTF-8", value)
		}
		o.Version = value
	default:
		return fmt.Errorf("unknown option %q; known are ttl=, version= and copy", option)
	}
	return nil
}

// checkMethodName keeps the dots of <path>.<Type>.<method> unambiguous.
func checkMethodName(name string) error {
	if name == "-" {
		return nameError("method name", name, "means no cache in other struct tags; to leave a method uncached, do not call Execute")
	}
	if strings.Contains(name, "=") || name == "copy" {
		return nameError("method name", name, fmt.Sprintf("looks like an option, and options come after a comma: cache:\",%s\"", name))
	}
	if strings.Contains(name, ".") {
		return nameError("method name", name, "holds a dot, which separates path, type and method")
	}
	return CheckName(name)
}
