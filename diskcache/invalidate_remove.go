package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// removeAtOnce is how many entries go while nobody publishes.
const removeAtOnce = 256

// removal is what is gone, and what is not.
type removal struct {
	gone     int64
	total    int64
	failures EntriesError
}

// remove is step 2.
func (r *invalidating) remove(ctx context.Context) {
	var going []*suspect
	for _, n := range r.nodes.all {
		if n.goes() {
			going = append(going, n)
		}
	}
	r.removal.total = int64(len(going))
	r.report.forget()
	defer r.report.sort()
	r.advance()
	for _, t := range r.targets {
		mine := slices.DeleteFunc(slices.Clone(going), func(n *suspect) bool { return n.place != t.number })
		for some := range slices.Chunk(mine, removeAtOnce) {
			if ctx.Err() != nil {
				return
			}
			r.removeSome(t, some)
		}
	}
}

// goes reports whether an entry is to be removed.
func (n *suspect) goes() bool {
	return n.stored && n.cause != notMeant && n.state != EntryForeign && n.state != EntryNewer
}

// removeSome is not interrupted, so that each entry goes as a whole.
func (r *invalidating) removeSome(t *target, some []*suspect) {
	ctx := context.Background()
	s, err := t.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) { // somebody removed the directory
		err = nil
	}
	var recounted []string
	gone := map[*suspect]bool{}
	if s != nil && err == nil {
		recounted = t.removeFrom(ctx, s, some, gone)
		_ = s.Close()
	}
	t.dir.recountAll(recounted, nil)
	for _, n := range some {
		if err != nil || s != nil && !gone[n] {
			r.removal.failed(t.wrap("invalidate", n.base, errors.Join(err, errNotRemoved)))
			r.advance()
			continue
		}
		r.removal.gone++
		r.count(n)
		t.tell(Event{Kind: Invalidated, Tag: n.Tag, Name: n.Name, Path: n.Path, Bytes: n.Bytes, ComputeTime: n.ComputeTime, Reason: n.why()})
		r.advance()
	}
}

// errNotRemoved is the error of an entry that is still there.
var errNotRemoved = errors.New("its files could not be removed, so that it is still found: remove them, or make the directory writable, and invalidate again")

// removeFrom removes entries, in the order that clearing has: values, then their records,
// except of values that could not be removed, as these would be files of another program. It
// returns the names that are to be counted again.
func (t *target) removeFrom(ctx context.Context, s store.Session, some []*suspect, gone map[*suspect]bool) (recounted []string) {
	defer store.LockPublishing(s, true)()
	exts := newPossibleExts(t.dir.opts.Formats)
	var values, records []string
	valuesOf := map[*suspect][]string{}
	for _, n := range some {
		recounted = append(recounted, n.base)
		var r *record
		if n.state != EntryDamaged {
			r = &record{File: n.file}
		}
		valuesOf[n] = exts.of(n.base, r)
		if n.state != EntryDamaged {
			values = append(values, valuesOf[n]...)
			continue
		}
		for _, name := range valuesOf[n] { // it may be somebody's only copy
			target := asideName(name)
			if err := moveAside(ctx, s, name, target, fmt.Sprintf("the entry was invalidated, and %v", n.wrong)); err == nil {
				recounted = append(recounted, target)
			}
		}
	}
	// Where nobody can be kept from publishing, what is there afterwards may be new.
	_, alone := s.(store.Publishing)
	err := s.Delete(ctx, values...)
	for _, n := range some {
		if alone && absent(ctx, s, valuesOf[n]) || !alone && err == nil {
			records = append(records, recordName(n.base))
			gone[n] = true
		}
	}
	err = s.Delete(ctx, records...)
	for n := range gone {
		if alone && !absent(ctx, s, []string{recordName(n.base)}) || !alone && err != nil {
			delete(gone, n)
		}
	}
	return recounted
}

// absent reports whether there is none of these.
func absent(ctx context.Context, s store.Store, names []string) bool {
	for _, name := range names {
		if _, err := s.Stat(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

func (r *removal) failed(err error) {
	r.failures.Failed++
	if len(r.failures.Errs) < mostErrs {
		r.failures.Errs = append(r.failures.Errs, err)
	}
}

// advance tells of progress.
func (r *invalidating) advance() {
	if r.Progress != nil {
		r.Progress(InvalidationProgress{r.looked, r.removal.gone + r.removal.failures.Failed, r.removal.total})
	}
}
