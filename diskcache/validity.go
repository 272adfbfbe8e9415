package diskcache

import (
	"reflect"
	"time"
)

// Stored is a stored value as the hook of [FuncOptions.Valid] and [DiskCacher.SetValid]
// sees it.
type Stored struct {
	Args  []any // of the call; a function has one, or none
	Value any   // of the result type; do not change it

	// Computed is when the computation ended, and ComputeTime how long it took. Both
	// are zero for a file that another program put there.
	Computed    time.Time
	ComputeTime time.Duration
}

// isValid asks the hook whether a stored value is still good.
func (k *call) isValid(e *entry) bool {
	if k.cell.valid == nil {
		return true
	}
	value := e.held
	if e.format != nil {
		copied, err := k.cell.decodeBytes(e.format, e.private)
		if err != nil {
			return false
		}
		value = copied.held
	}
	s := Stored{Args: k.args, Value: reflect.ValueOf(value.pointer()).Elem().Interface()}
	if e.ended != 0 {
		s.Computed, s.ComputeTime = time.Unix(0, e.ended), time.Duration(e.ended-e.began)
	}
	return k.cell.valid(s)
}
