package table

import (
	"fmt"
	"reflect"
)

// A TypeError says why a Go type is not a table.
type TypeError struct {
	Type    reflect.Type // the type asked about; nil for the nil interface
	Path    string       // the field that is in the way, such as "Pose.Angle"; empty for the whole
	Reason  string
	Mistake bool // the type would be a table but for a tag that says nonsense
}

func (e *TypeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%v is not a table: %s", e.Type, e.Reason)
	}
	return fmt.Sprintf("%v is not a table: field %s: %s", e.Type, e.Path, e.Reason)
}
