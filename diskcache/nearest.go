package diskcache

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Nearest is the stored entry that comes closest to one that was asked for and is
// not there: the same method or function with other arguments, or this very entry
// where it is there and is not good, as its version changed, say.
type Nearest struct {
	// Arguments are those of the entry as text, shortened.
	Arguments []string

	// Differences are the arguments that the call has otherwise. There are none for the
	// very entry, and where the entry's record shows none.
	Differences []Difference

	Version     string // of the entry
	Computed    time.Time
	ComputeTime time.Duration
}

// Difference is an argument, or a field of a struct argument, that a stored entry
// has and a call has otherwise.
type Difference struct {
	Argument int    // 1 for the first
	Field    string // of that argument; empty for the argument as a whole
	There    string // in the stored entry, as text, shortened, or only its type; empty if it has no such argument
	Here     string // in the call
}

// Looking for the nearest entry must not take long, however many there are. It lists
// names for so long, and reads so many records.
const (
	nearestListing = 100 * time.Millisecond
	nearestRecords = 100
)

// nearest looks for the entry that comes closest to a call that found none, or nil.
// It is only asked where somebody wants an Outcome.
func (k *call) nearest(ctx context.Context, why Reason) *Nearest {
	switch why {
	case NotStored, Expired, VersionChanged, TypeChanged, FormatGone, Invalid, TooOld, ValueGone:
	default: // what is stored is not known, or is not the reason
		return nil
	}
	s, err := k.cell.dir.open(ctx)
	if err != nil {
		return nil
	}
	defer s.Close()
	if why != NotStored {
		return k.candidate(ctx, s, k.cell.base(k.key)).Nearest
	}
	return k.nearestOf(ctx, s)
}

// candidate is an entry that may be the nearest one.
type candidate struct {
	*Nearest       // nil for none
	sameCount bool // as many arguments
	alike     bool // nothing but arguments differs
}

// nearestOf goes through the entries of the same name. One that differs in a single
// thing ends the search.
func (k *call) nearestOf(ctx context.Context, s store.Session) *Nearest {
	stem := k.cell.stem
	best := k.candidate(ctx, s, stem) // that of no arguments
	read := 0
	listing, cancel := context.WithTimeout(ctx, nearestListing)
	defer cancel()
	for name, err := range s.List(listing, privateDir+"/"+stem+"-") {
		if err != nil {
			continue // the nearest of those that can be listed
		}
		base := strings.TrimSuffix(strings.TrimPrefix(name, privateDir+"/"), recordExt)
		if base == name || !isKeyText(strings.TrimPrefix(base, stem+"-")) {
			continue
		}
		if c := k.candidate(ctx, s, base); c.nearer(best) {
			best = c
		}
		if read++; best.distance() == 1 && best.alike || read == nearestRecords {
			break
		}
	}
	return best.Nearest
}

// candidate reads an entry's record and compares. What cannot be read is none.
func (k *call) candidate(ctx context.Context, s store.Session, base string) candidate {
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if err != nil {
		return candidate{}
	}
	r, err := decodeWholeRecord(text)
	if err != nil {
		return candidate{}
	}
	parts, err := parseParts(r.ArgumentDigests)
	if err != nil {
		return candidate{}
	}
	n := &Nearest{Arguments: r.Arguments, Version: r.Version, Computed: r.Computed, ComputeTime: r.computeTime()}
	if r.Key != k.key.String() {
		n.Differences = differences(described{r.Arguments, parts}, described{k.texts, k.parts})
	}
	return candidate{
		Nearest: n, sameCount: len(r.Arguments) == len(k.texts),
		alike: r.Version == k.cell.field.Version && r.GoType == k.cell.typeName,
	}
}

// distance is how many differences an entry of other arguments has.
func (c candidate) distance() int {
	if c.Nearest == nil || len(c.Differences) == 0 { // it has some that its record does not show
		return math.MaxInt
	}
	return len(c.Differences)
}

func (c candidate) nearer(other candidate) bool {
	switch {
	case c.Nearest == nil || other.Nearest == nil:
		return c.Nearest != nil
	case c.distance() != other.distance():
		return c.distance() < other.distance()
	case c.sameCount != other.sameCount:
		return c.sameCount
	case c.alike != other.alike:
		return c.alike
	}
	return c.Computed.After(other.Computed)
}
