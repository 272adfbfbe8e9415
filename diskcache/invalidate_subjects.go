package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
)

// What of an invalidation is marked. What was chosen by a name is marked before entries are
// looked at, so that none appears that was computed before; single entries that were found so
// are marked before they are removed.

// mark marks some subjects in each place. A place where nothing was ever stored gets no file:
// there are only those who compute in this process.
func (r *invalidating) mark(ctx context.Context, subjects func(*target) []subject) error {
	for _, t := range r.targets {
		all := subjects(t)
		if len(all) == 0 {
			continue
		}
		err := ctx.Err()
		if err == nil {
			err = t.mark(ctx, r.token, all)
		}
		if err != nil {
			return t.wrap("invalidate", "", err)
		}
	}
	return nil
}

func (t *target) mark(ctx context.Context, token string, subjects []subject) error {
	s, err := t.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		// Nothing tells what the values in memory were made of: all of them go.
		t.dropped.all = true
		t.marks = t.marks.with(token, append(subjects, subject{What: markedAll}))
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	marks, err := t.dir.mark(ctx, s, token, subjects)
	if err == nil {
		t.marks = marks
	}
	return err
}

// chosenSubjects are those that were named. With a filter it is not known yet which entries
// are meant, but files are. Memory forgets all that was named: what is not stored no filter
// can be asked for, and what stays is read again.
func (r *invalidating) chosenSubjects(t *target) []subject {
	var files, named []subject
	for _, path := range r.Files {
		files = append(files, subject{markedFile, path})
	}
	t.dropped.all, t.dropped.methods = r.All, t.methods
	for _, stem := range slices.Sorted(maps.Keys(t.methods)) {
		named = append(named, subject{markedMethod, stem})
	}
	for _, base := range slices.Sorted(maps.Keys(t.bases)) {
		t.dropped.addBase(base)
		named = append(named, subject{markedEntry, base})
	}
	switch {
	case r.Filter != nil:
		return files
	case r.All:
		return append(files, subject{What: markedAll})
	}
	return append(files, named...)
}

const (
	// mostFound is how many single entries are marked. Where there are more, all of their
	// methods are.
	mostFound = 200
	// mostTold is how many are marked that their methods' marks cover, so that the next call
	// can say why it computes.
	mostTold = 100
)

// foundSubjects are the entries that the other ones led to.
func (r *invalidating) foundSubjects(t *target) []subject {
	var needed, told []subject
	for _, n := range r.nodes.all {
		if n.cause == notMeant || n.place != t.number {
			continue
		}
		t.dropped.addBase(n.base)
		of := subject{markedEntry, n.base}
		if t.marks != nil && t.marks.of[of].Token == r.token {
			continue
		}
		if r.Filter == nil && (r.All || t.methods[n.stem()]) {
			if len(told) < mostTold && n.stored {
				told = append(told, of)
			}
			continue
		}
		needed = append(needed, of)
	}
	if len(needed) > mostFound {
		stems := map[subject]bool{}
		for _, of := range needed {
			stem, _ := splitBase(of.Name)
			stems[subject{markedMethod, stem}] = true
		}
		needed = slices.Collect(maps.Keys(stems))
	}
	return append(needed, told...)
}
