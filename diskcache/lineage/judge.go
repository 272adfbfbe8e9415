package lineage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/inputs"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// verdicts is what the entries that used something tell of it.
type verdicts struct {
	confirmed bool // one is valid, so what it used is as it was
	doubted   bool // one is stale, as some input of it has changed
}

// judge finds the state of what is no entry that is there.
func (b *builder) judge(ctx context.Context) {
	told := make([]verdicts, len(b.nodes))
	for to, arcs := range b.own {
		for _, a := range arcs {
			told[a.node].hear(b.nodes[to])
		}
	}
	for _, l := range b.bridged {
		told[l.from].hear(b.nodes[l.by])
	}
	for i, n := range b.nodes {
		switch {
		case n.Kind == Entry && n.Info == nil:
			if b.looked[n.Place] {
				n.State, n.Why = Gone, "it was evicted or cleared"
				n.Count.Gone = 1
			} else {
				n.Why = "its place was not looked at"
			}
		case n.Kind == File:
			n.State, n.Why = stateOfFile(ctx, n.Use, told[i])
		case n.Kind == Setting && told[i].confirmed:
			n.State = Valid
		case n.Kind == Setting:
			n.Why = "no valid value was made with it"
		}
	}
}

// hear takes what the state of a user tells of all that it used. That of a value that used
// something through an entry that is gone tells of it, too.
func (v *verdicts) hear(user *Node) {
	v.confirmed = v.confirmed || user.State == Valid
	v.doubted = v.doubted || user.Reason == diskcache.InputChanged
}

// stateOfFile compares a file with what it was when it was used last. It is read only where
// no valid entry has used it, and size and time do not tell.
func stateOfFile(ctx context.Context, u diskcache.Use, told verdicts) (State, string) {
	info, err := os.Stat(u.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && u.Digest == "":
		return Valid, ""
	case missing:
		if _, err := os.Stat(filepath.Dir(u.Path)); err != nil {
			return Gone, "its directory is not on this machine"
		}
		return Gone, "it is not there any more"
	case told.confirmed:
		return Valid, ""
	case err != nil:
		return Unknown, fmt.Sprintf("it cannot be examined: %v", err)
	case u.Digest == "":
		return Stale, "it was not there when it was used"
	case info.IsDir() && u.Bytes == 0 && u.Modified.IsZero(): // perhaps only its names were used
		return Unknown, "no valid value was made of it"
	case !info.IsDir() && info.Size() != u.Bytes:
		return Stale, fmt.Sprintf("it has %s, and had %s when it was used", wording.Bytes(info.Size()), wording.Bytes(u.Bytes))
	case !info.IsDir() && info.ModTime().Equal(u.Modified) && !told.doubted:
		return Valid, ""
	}
	switch sum, _, err := inputs.Digest(ctx, u.Path); {
	case err != nil:
		return Unknown, fmt.Sprintf("it cannot be read: %v", err)
	case sum != u.Digest:
		return Stale, "its content is not what was used"
	}
	return Valid, ""
}
