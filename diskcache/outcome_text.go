package diskcache

import (
	"fmt"
	"strings"

	"github.com/dataelab/dataelab-go/internal/wording"
)

// String returns what happened as one sentence without a period.
func (o Outcome) String() string {
	var b strings.Builder
	switch o.Source {
	case NoSource:
		if !o.start.IsZero() {
			return "the call has not returned: it is under way, or it panicked"
		}
		return "nothing happened yet: no cached call with this context has returned"
	case FromMemory:
		b.WriteString("found in memory" + o.origin())
	case FromDisk:
		fmt.Fprintf(&b, "read from disk in %s, %s%s", wording.Duration(o.Elapsed), wording.Bytes(o.Bytes), o.origin())
	case FromOther:
		fmt.Fprintf(&b, "computed by another goroutine, for which this call waited %s", wording.Duration(o.Elapsed))
	case FromCompute, Uncached:
		b.WriteString("computed in " + wording.Duration(o.ComputeTime))
	case NotFound:
		b.WriteString("not found")
	case NoValue:
		fmt.Fprintf(&b, "failed after %s: %v", wording.Duration(o.Elapsed), ofComputation(o.Err))
	default:
		return o.Source.String()
	}
	reason := o.Reason
	if o.Why == Damaged {
		reason = "what is stored is damaged: " + reason
	}
	switch {
	case reason == "":
	case o.Source == NotFound || o.Source == FromMemory || o.Source == FromDisk:
		b.WriteString(": " + reason)
	case o.Source == Uncached:
		b.WriteString(", and not stored, as " + reason)
	case o.Source == FromCompute:
		b.WriteString(", as " + reason)
	case o.Why != NoReason:
		b.WriteString(" (it was computed, as " + reason + ")")
	}
	if o.SaveErr != nil {
		b.WriteString("; it is not on disk")
		if why := o.SaveErr.Error(); !strings.Contains(reason, why) {
			b.WriteString(": " + why)
		}
	}
	return b.String()
}

// origin says when a stored value was computed, where that is known.
func (o *Outcome) origin() string {
	if o.Computed.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (computed %s in %s)", wording.Time(o.Computed), wording.Duration(o.ComputeTime))
}
