package dataelab

import (
	"errors"
	"fmt"

	"github.com/dataelab/dataelab-go/diskcache"
)

// worded is an error of diskcache, which knows cachers by their names, in the
// words of who called this package: operation, field and cause.
type worded struct {
	text  string
	cause error
}

func (w *worded) Error() string { return w.text }
func (w *worded) Unwrap() error { return w.cause }

func inWords(op string, err error, all []found) error {
	e, ok := errors.AsType[*diskcache.Error](err)
	if !ok {
		return fmt.Errorf("dataelab: %s: %w", op, err)
	}
	field := ""
	for i := range all {
		if all[i].name == e.Name {
			field = fmt.Sprintf("%s, named %s: ", all[i].where(), e.Name)
			break
		}
	}
	return &worded{fmt.Sprintf("dataelab: %s: %s%v", op, field, e.Err), e}
}
