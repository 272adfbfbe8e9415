package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// stored is what lies on disk, by the path of the value's file.
type stored map[string]diskcache.EntryInfo

func storedOf(ctx context.Context, a *Analyzer) (stored, error) {
	all := stored{}
	for e, err := range dataelab.Entries(context.WithoutCancel(ctx), a) {
		if err != nil {
			return nil, err
		}
		all[e.Path] = e
	}
	return all, nil
}

// check returns an error if something was made of other raw files than those of a snapshot: a
// tag names one dataset for good. The cache takes a result as long as the very files that it
// was made of are as they were, and cannot know that -data means others now.
func (s stored) check(snapshot *Snapshot) error {
	for _, e := range s {
		other := len(e.Uses) == 0 // stored by a release that did not record them
		for _, u := range e.Uses {
			other = other || u.Kind == diskcache.UsedFile && filepath.Dir(u.Path) != snapshot.folder
		}
		if other && e.State == diskcache.EntrySound {
			return fmt.Errorf("what is stored for tag %s was made of other files than those in %s: forget it with -clear, or keep both with another -prefix",
				snapshot.Tag, snapshot.folder)
		}
	}
	return nil
}
