package diskcache

import (
	"fmt"
	"slices"
	"strings"
)

// BatchError says for which arguments of a batch there is no result. errors.Is and
// errors.As look into the errors of all of them.
type BatchError struct {
	Name    string           // of the function
	Total   int              // how many arguments there were
	Failed  []*ArgumentError // in the order of the arguments
	Missing int              // how many were not computed, as the batch was stopped
	Cause   error            // of the context that stopped it; nil for StopAtFirst
}

// ArgumentError is the error for one argument of a batch.
type ArgumentError struct {
	Index    int    // of the argument
	Argument string // as text, shortened
	Err      error
}

func (e *ArgumentError) Error() string {
	if e.Argument == "" { // a function without argument
		return fmt.Sprintf("argument %d: %v", e.Index, ofComputation(e.Err))
	}
	return fmt.Sprintf("argument %d, %s: %v", e.Index, e.Argument, ofComputation(e.Err))
}

// Unwrap returns what the function returned.
func (e *ArgumentError) Unwrap() error { return e.Err }

func (e *BatchError) add(index int, texts []string, err error) {
	e.Failed = append(e.Failed, &ArgumentError{Index: index, Argument: strings.Join(texts, ", "), Err: err})
}

// orNil is for returning e as an error.
func (e *BatchError) orNil() error {
	if len(e.Failed) == 0 && e.Missing == 0 {
		return nil
	}
	slices.SortFunc(e.Failed, func(a, b *ArgumentError) int { return a.Index - b.Index })
	return e
}

// errorsShown is how many errors a message spells out.
const errorsShown = 5

func (e *BatchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "diskcache: batch of %d calls of %s", e.Total, e.Name)
	separator := ": "
	if len(e.Failed) > 0 {
		fmt.Fprintf(&b, "%s%d failed", separator, len(e.Failed))
		separator = "; "
	}
	if e.Missing > 0 {
		fmt.Fprintf(&b, "%s%d not computed", separator, e.Missing)
		if e.Cause != nil {
			fmt.Fprintf(&b, " (%v)", e.Cause)
		}
	}
	for i, failed := range e.Failed {
		if i == errorsShown {
			fmt.Fprintf(&b, "\nand %d more", len(e.Failed)-i)
			break
		}
		b.WriteString("\n" + failed.Error())
	}
	return b.String()
}

// Unwrap returns the errors of the arguments and the cause.
func (e *BatchError) Unwrap() []error {
	var all []error
	for _, failed := range e.Failed {
		all = append(all, failed)
	}
	if e.Cause != nil {
		all = append(all, e.Cause)
	}
	return all
}
