package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// ClearAll is ClearCache for many cachers. It lists each directory once, however
// many cachers there are.
//
//  1. The cells store nothing any more; a save under way is waited for.
//  2. The files go.
//  3. The cachers get empty cells. Not earlier, or what these store meanwhile
//     could lose its record to step 2, and a value alone is a foreign file.
func ClearAll(cachers []Cacher) error {
	cells := make([]*cell, len(cachers))
	byDir := map[dirID][]*cell{}
	for i, c := range cachers { // 1
		same := c.state().cells()
		if len(same) == 0 {
			continue
		}
		for _, cell := range same {
			cell.saving.Lock()
			cell.cleared = true
			cell.saving.Unlock()
		}
		old := same[0]
		cells[i] = old
		byDir[old.dir.id()] = append(byDir[old.dir.id()], old)
	}
	var failed []error
	for at, cells := range byDir { // 2
		bases, err := clearDir(cells)
		if err != nil {
			failed = append(failed, &Error{Op: "clear cache", Tag: cells[0].tag, Path: at.path, Err: err})
		}
		tellCleared(cells, bases)
	}
	for i, c := range cachers { // 3
		if old := cells[i]; old != nil {
			c.change(func(core *core) {
				if core.cell.Load() == old { // else a new tag came in between
					core.install(old.emptied())
				}
			})
		}
	}
	return errors.Join(failed...)
}

// emptied returns the cell that takes c's place after its files are gone.
func (c *cell) emptied() *cell {
	next := c.successor()
	next.counters.Store(c.count()) // it is the same tag
	return next
}

// tellCleared makes one event for each cell of which entries were removed.
func tellCleared(cells []*cell, bases map[string]bool) {
	if len(bases) == 0 {
		return
	}
	of := map[string]*cell{}
	for _, c := range cells {
		for _, stem := range append([]string{c.stem}, c.former...) {
			of[stem] = c
		}
	}
	removed := map[*cell]int{}
	for base := range bases {
		stem, _ := splitBase(base)
		if of[stem] == nil {
			stem = base
		}
		removed[of[stem]]++
	}
	for _, c := range cells {
		if n := removed[c]; n > 0 {
			c.tell(Event{Kind: Cleared, Path: c.dir.pathOf(c.stem), Reason: fmt.Sprintf("removed results: %d", n)})
		}
	}
}

// clearDir removes the entries of cells of one directory, and returns the names of their
// files without extension.
func clearDir(cells []*cell) (removed map[string]bool, err error) {
	ctx := context.Background()
	s, err := cells[0].dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer s.Close()
	release := store.LockPublishing(s, true)
	defer release()
	e := entriesOf(cells)
	err = e.find(ctx, s)
	if err != nil { // there may be values that were not listed
		e.values = e.possible()
	}
	err = errors.Join(err, e.remove(ctx, s))
	cells[0].dir.recountAll(slices.Collect(maps.Keys(e.bases)), nil)
	return e.bases, err
}

// entries are the files of some cells.
type entries struct {
	stems  map[string]bool
	exts   map[string]bool // with a dot
	bases  map[string]bool // names of the entries' files without extension
	values []string
}

func entriesOf(cells []*cell) *entries {
	e := &entries{stems: map[string]bool{}, exts: map[string]bool{}, bases: map[string]bool{}}
	seen := map[*resultOf]bool{}
	for _, c := range cells {
		e.stems[c.stem] = true
		for _, former := range c.former {
			e.stems[former] = true
		}
		if seen[c.resultOf] { // which a million cells may share
			continue
		}
		seen[c.resultOf] = true
		for _, ext := range c.exts() {
			e.exts["."+ext] = true
		}
	}
	return e
}

// find looks for files that are named after one of the stems. What can be listed
// is found, whatever else fails.
func (e *entries) find(ctx context.Context, s store.Store) error {
	var failed []error
	common := e.commonPrefix()
	for name, err := range s.List(ctx, common) {
		failed = append(failed, err)
		for ext := range e.exts {
			if e.found(name, ext) {
				e.values = append(e.values, name)
			}
		}
	}
	for name, err := range s.List(ctx, privateDir+"/"+common) {
		failed = append(failed, err)
		e.found(strings.TrimPrefix(name, privateDir+"/"), ".json")
	}
	return errors.Join(failed...)
}

func (e *entries) found(name, ext string) bool {
	base, ok := strings.CutSuffix(name, ext)
	if ok = ok && e.stems[stemOf(base, e.stems)]; ok {
		e.bases[base] = true
	}
	return ok
}

// remove is called while nobody publishes, where they can be kept from it.
//
//  1. The values go. In between, a record without a value is a miss.
//  2. Their records go, except those of values that could not be removed: a value
//     without a record would be a file of another program, and good.
//  3. The values go once more. Such would stay if another process, where none can
//     be kept from saving, put its value there after step 1.
func (e *entries) remove(ctx context.Context, s store.Store) error {
	var failed []error
	if err := s.Delete(ctx, e.values...); err != nil { // 1
		failed = append(failed, err)
		e.keep(ctx, s)
	}
	records := make([]string, 0, len(e.bases))
	for base := range e.bases {
		records = append(records, recordName(base))
	}
	return errors.Join(append(failed, s.Delete(ctx, records...), s.Delete(ctx, e.possible()...))...) // 2, 3
}

// commonPrefix is what the names of all entries begin with. Where a store lists by
// prefix, one cacher need not look at the files of all others.
func (e *entries) commonPrefix() string {
	common, first := "", true
	for stem := range e.stems {
		if first {
			common, first = stem, false
		}
		for !strings.HasPrefix(stem, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// possible returns the names of all values that the entries may have.
func (e *entries) possible() []string {
	names := make([]string, 0, len(e.bases)*len(e.exts))
	for base := range e.bases {
		for ext := range e.exts {
			names = append(names, base+ext)
		}
	}
	return names
}

// keep takes out the entries that still have a value.
func (e *entries) keep(ctx context.Context, s store.Store) {
	for _, name := range e.values {
		if _, err := s.Stat(ctx, name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for ext := range e.exts {
			if base, ok := strings.CutSuffix(name, ext); ok {
				delete(e.bases, base)
			}
		}
	}
}

// stemOf takes the key of the arguments off the base of a file name.
func stemOf(base string, stems map[string]bool) string {
	if cut := len(base) - keyTextLen - 1; !stems[base] && cut > 0 && base[cut] == '-' && isKeyText(base[cut+1:]) {
		return base[:cut]
	}
	return base
}
