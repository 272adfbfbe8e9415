package diskcache

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Invalidation says which stored values are wrong. What All, Methods, Entries and Files
// choose is taken together; an Invalidation that chooses nothing is an error.
type Invalidation struct {
	// All chooses all entries.
	All bool

	// Methods chooses all entries of methods or functions, by the whole name that
	// EntryInfo has, such as root.slopes.Slopes.mean. Stored errors of a function, see
	// FuncOptions.Errors, go with its results.
	Methods []string

	// Entries chooses single entries, by Name and Key, and by Tag where that is not empty. The
	// other fields are not looked at, so what [Place.Entries] yields may be given back.
	Entries []EntryInfo

	// Files chooses the entries that were made of input files ([UseFile]), however
	// many steps ago. Of a directory, all files in it are meant.
	Files []string

	// Filter, when not nil, is asked for each entry that was chosen, and those for which it
	// returns false are not meant. What Downstream and Upstream add is not asked for.
	Filter func(EntryInfo) bool

	// Downstream adds all that was made of what was chosen. Without it these entries stay, and
	// are good again where what they were made of comes out as it was.
	Downstream bool

	// Upstream adds all that what was chosen was made of.
	Upstream bool

	// DryRun changes nothing, and reports what would go.
	DryRun bool

	// Progress, when not nil, is called before the first entry and after each one, on the
	// goroutine of the caller.
	Progress func(InvalidationProgress)
}

// InvalidationProgress tells how far an invalidation is. First all entries are looked at, then
// some of them are removed.
type InvalidationProgress struct {
	Looked              int64 // entries that were looked at
	Removed, OfToRemove int64 // both 0 while entries are looked at
}

// Invalidate says that stored values are wrong: because a method had a mistake that its version
// does not tell, say, or an instrument was described wrongly. They are removed, from disk and
// from memory, and computed again when they are asked for.
//
// To clear forgets values and says nothing of what was made of them, which stays good.
// Invalidate does: a value that was made of one that is gone for this reason is not good any
// more, unless that comes out the same when it is computed again. With Downstream it goes at once.
//
// It holds for all processes:
//
//  1. What is invalidated is marked on disk.
//  2. The entries are removed, each whole.
//  3. In this process memory forgets them. Other processes notice within
//     Options.Recheck what they have in memory.
//
// A computation that is under way at step 1, here or elsewhere, is not stored if it is one of
// what is invalidated, or has used one of the files: its value goes to its caller alone, and
// an event tells. So no call that begins after Invalidate has returned gets a value whose
// computation began before. Interrupted in the middle, by the end of ctx or of the process, some
// entries are there still, whole and good: invalidate again.
//
// Nothing outside the places is touched. Files of other programs stay, and so do entries of a
// newer release; both are told of in the report. For all that could not be removed the error
// is an *[EntriesError].
func Invalidate(ctx context.Context, o Invalidation, places ...*Place) (InvalidationReport, error) {
	r := newInvalidating(o)
	for _, p := range places {
		r.target(p)
	}
	return r.run(ctx)
}

// Invalidate is the function [Invalidate] for this place alone. What was made in other places
// of values of this one is not found.
func (p *Place) Invalidate(ctx context.Context, o Invalidation) (InvalidationReport, error) {
	return Invalidate(ctx, o, p)
}

// InvalidateAll is [Invalidate] for all entries of some cachers, and for what o chooses beside
// them in their places. A cacher without a tag has none.
func InvalidateAll(ctx context.Context, cachers []Cacher, o Invalidation) (InvalidationReport, error) {
	r := newInvalidating(o)
	for _, c := range cachers {
		if cell := c.state().cell.Load(); cell != nil {
			t := r.target(&Place{cell.dir, cell.tag})
			for _, stem := range cell.stems() {
				t.methods[stem] = true
			}
		}
	}
	return r.run(ctx)
}

// Invalidate is the function [Invalidate] for the value that Execute returns for these
// arguments. For all arguments it is [InvalidateAll]. Without a tag it does nothing.
func (c *DiskCacher[T]) Invalidate(ctx context.Context, args ...any) (InvalidationReport, error) {
	return invalidateOne(ctx, []Cacher{c}, args)
}

// Invalidate is [Invalidate] for the result for a. For all results it is [Cache.Invalidate].
func (f *Function[A, T]) Invalidate(ctx context.Context, a A) (InvalidationReport, error) {
	if err := f.bind(); err != nil {
		return InvalidationReport{}, err
	}
	return invalidateOne(ctx, f.cachers(), f.arguments(a))
}

// invalidateOne invalidates one entry of each of some cachers.
func invalidateOne(ctx context.Context, cachers []Cacher, args []any) (InvalidationReport, error) {
	r := newInvalidating(Invalidation{})
	key, err := KeyOf(args...)
	for _, c := range cachers {
		cell := c.state().cell.Load()
		if cell == nil {
			continue
		}
		if err != nil {
			return r.report, cell.wrap("invalidate", err)
		}
		t := r.target(&Place{cell.dir, cell.tag})
		for _, stem := range cell.stems() {
			t.bases[baseOf(stem, key.String())] = true
		}
	}
	return r.run(ctx)
}

// Invalidate is [InvalidateAll] for the functions of this cache.
func (c *Cache) Invalidate(ctx context.Context, o Invalidation) (InvalidationReport, error) {
	cachers, err := c.cachers()
	report, failed := InvalidateAll(ctx, cachers, o)
	return report, errors.Join(err, failed)
}

// invalidating is one invalidation.
type invalidating struct {
	Invalidation
	token   string
	targets []*target
	nodes   graph
	removal removal
	failed  []error
	report  InvalidationReport
	looked  int64

	filesUsed map[string]bool // of Files, those that something was made of
}

// target is what is chosen in one place.
type target struct {
	*Place
	number  int // among the targets
	methods map[string]bool
	bases   map[string]bool // of entries
	marks   *marks          // once they are written
	dropped invalidated     // from memory
}

func newInvalidating(o Invalidation) *invalidating {
	return &invalidating{Invalidation: o, token: newToken(), report: InvalidationReport{DryRun: o.DryRun}, filesUsed: map[string]bool{}}
}

// target returns that of a place.
func (r *invalidating) target(p *Place) *target {
	for _, t := range r.targets {
		if t.same(p) {
			return t
		}
	}
	t := &target{Place: p, number: len(r.targets), methods: map[string]bool{}, bases: map[string]bool{}}
	for _, name := range r.Methods {
		t.methods[name], t.methods[name+failureSuffix] = true, true
	}
	for i := range r.Entries {
		if e := &r.Entries[i]; e.Tag == "" || e.Tag == p.tag {
			t.bases[e.base()], t.bases[baseOf(e.Name+failureSuffix, e.Key)] = true, true
		}
	}
	r.targets = append(r.targets, t)
	return t
}

// run does it all.
func (r *invalidating) run(ctx context.Context) (InvalidationReport, error) {
	if err := r.check(); err != nil {
		return r.report, &Error{Op: "invalidate", Err: err}
	}
	if !r.DryRun {
		// What is in memory goes after the files, and also where these could not all be removed.
		defer moveEpoch()
		defer r.drop()
		if err := r.mark(ctx, r.chosenSubjects); err != nil {
			return r.report, err
		}
	}
	r.look(ctx)
	if ctx.Err() != nil {
		return r.report, r.err(ctx)
	}
	r.follow()
	r.makeReport()
	if !r.DryRun {
		if err := r.mark(ctx, r.foundSubjects); err != nil {
			r.report.forget()
			return r.report, err
		}
		r.remove(ctx)
	}
	return r.report, r.err(ctx)
}

// check looks at what was asked for.
func (r *invalidating) check() error {
	chosen := r.All || len(r.Files) > 0
	for _, t := range r.targets {
		chosen = chosen || len(t.methods)+len(t.bases) > 0
	}
	if len(r.targets) > 0 && !chosen && len(r.Entries) == 0 {
		return errors.New("nothing is chosen: set All, Methods, Entries or Files")
	}
	files := slices.Clone(r.Files)
	for i, path := range files {
		full, err := filepath.Abs(path)
		if err != nil || path == "" {
			return fmt.Errorf("the file %q has no full path: %w", path, errors.Join(err, ErrName))
		}
		if !utf8.ValidString(full) { // JSON would change it without a word
			return fmt.Errorf("the path of the file %q is not UTF-8, and cannot be marked: choose its directory, or Methods", full)
		}
		files[i] = full
	}
	r.Files = files
	return nil
}

// err is the error of it all.
func (r *invalidating) err(ctx context.Context) error {
	var single error
	if r.removal.failures.Failed > 0 {
		single = &r.removal.failures
	}
	err := errors.Join(append(r.failed, single)...)
	if err == nil && ctx.Err() == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = errors.Join(err, ctx.Err())
	}
	return &Error{Op: "invalidate", Err: err}
}

// drop is step 3.
func (r *invalidating) drop() {
	for _, t := range r.targets {
		if t.marks != nil || r.Filter != nil {
			t.dir.home().drop(&t.dropped, t.marks, r.token)
		}
	}
}
