package diskcache

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dataelab/dataelab-go/internal/procname"
)

// A value that could not be stored is used like others, and has no digest that could be
// compared. Its use has a mark, which only the process can compare that computed it: for
// others, what it was made of has to tell, and whether it was invalidated since.

// stateUnstored is use.State of such a value.
const stateUnstored = "not stored"

// newUnstored returns the mark of a value.
func newUnstored() string {
	return unstoredHere() + strconv.FormatUint(unstored.Add(1), 36)
}

var unstored atomic.Uint64

// unstoredHere begins all marks of this process.
var unstoredHere = sync.OnceValue(func() string { return stateUnstored + " " + procname.New("") + " " })

// unstored examines the use of a value that was not stored.
func (x *examiner) unstored(dir *tagDir, u *use) stale {
	base := baseOf(u.Entry, u.Key)
	if n := x.node(dir, u.Entry, base); n.record && n.verdict != nil {
		return upstreamStale("%s, which it used, could not be stored then, and is stored now", x.name(dir, u))
	}
	h := dir.home()
	h.mu.Lock()
	now := h.used[base]
	h.mu.Unlock()
	if now != "" && now != u.Digest && strings.HasPrefix(u.Digest, unstoredHere()) {
		return upstreamStale("%s, which it used, was computed anew, and neither is stored", x.name(dir, u))
	}
	return h.serving(u.Entry).outdatedUse(u)
}
