package lineage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// judge finds the state of what is no entry that is there. That of files and settings
// follows from the entries that used them where one of these is valid.
func (b *builder) judge() {
	confirmed := make([]bool, len(b.nodes)) // by a valid entry that used it as its Use tells
	for to, arcs := range b.own {
		for _, a := range arcs {
			n := b.nodes[a.node]
			if b.nodes[to].State == Valid && b.uses[a.use].Digest == n.Use.Digest {
				confirmed[a.node] = true
			}
		}
	}
	for i, n := range b.nodes {
		switch {
		case n.Kind == Entry && n.Info == nil:
			if b.looked[n.Place] {
				n.State, n.Why = Gone, "it was evicted, cleared or never stored"
				n.Count.Gone = 1
			} else {
				n.Why = "its place was not looked at"
			}
		case n.Kind == File:
			n.State, n.Why = stateOfFile(n.Use, confirmed[i])
		case n.Kind == Setting && confirmed[i]:
			n.State = Valid
		case n.Kind == Setting:
			n.Why = "only values that are not valid any more were made with it"
		}
	}
}

// stateOfFile compares a file with what it was when it was used. It reads no content: where
// size or time differ, a valid entry that used it tells that the content does not.
func stateOfFile(u diskcache.Use, confirmed bool) (State, string) {
	info, err := os.Stat(u.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && u.Digest == "":
		return Valid, ""
	case missing:
		return Gone, "it is not there any more"
	case confirmed:
		return Valid, ""
	case err != nil:
		return Unknown, fmt.Sprintf("it cannot be examined: %v", err)
	case u.Digest == "":
		return Stale, "it was not there when it was used"
	case info.IsDir():
		return Unknown, "only values that are not valid any more were made of this directory"
	case info.Size() != u.Bytes:
		return Stale, fmt.Sprintf("it has %s, and had %s when it was used", wording.Bytes(info.Size()), wording.Bytes(u.Bytes))
	case !u.Modified.IsZero() && info.ModTime().Equal(u.Modified):
		return Valid, ""
	}
	return Unknown, "its time is not the one it had when it was used, and its content was not read"
}
