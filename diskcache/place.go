package diskcache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Place is where entries lie together: the directory of one tag, or that of a
// [Cache]. It is for those who look after entries; cachers need none. A Place need
// not exist on disk, and holds nothing open.
type Place struct {
	dir *tagDir
	tag string
}

// PlaceOf returns the place of a tag, where cachers with the same options keep
// their entries. It touches no disk.
func PlaceOf(o Options, tag string) (*Place, error) {
	o, err := o.withDefaults()
	if err == nil {
		err = cmp.Or(checkName("tag", tag, maxDirectory), checkDirectory(o.Prefix, tag))
	}
	if err != nil {
		return nil, &Error{Op: "find place", Tag: tag, Err: err}
	}
	return &Place{newTagDir(&o, tag), tag}, nil
}

// Place returns where the entries of this cacher lie, with those of all others
// that share tag and options.
func (c *core) Place() (*Place, error) {
	cell := c.cell.Load()
	if cell == nil {
		return nil, ErrTagNotSet
	}
	return &Place{cell.dir, cell.tag}, nil
}

// Place returns where the results of the cache's functions lie. A cache that is
// off has none: [ErrOff].
func (c *Cache) Place() (*Place, error) {
	off, err := c.settle()
	switch {
	case err != nil:
		return nil, &Error{Op: "find place", Err: err}
	case off:
		return nil, &Error{Op: "find place", Err: ErrOff}
	}
	return &Place{newTagDir(c.binder.defaults, ""), ""}, nil
}

// Places goes through the tags that have a place under o: the directories in
// o.Tmpdir, or the folders of o.Store, whose name begins with o.Prefix and in which
// something was saved. One that cannot be opened, such as another user's, is an
// error in its turn, and the next one follows.
func Places(ctx context.Context, o Options) iter.Seq2[*Place, error] {
	return func(yield func(*Place, error) bool) {
		o, err := o.withDefaults()
		if err != nil {
			yield(nil, &Error{Op: "find places", Err: err})
			return
		}
		whole, where := wholeStore(&o)
		for folder, err := range store.Folders(ctx, whole, o.Prefix) {
			tag := strings.TrimPrefix(folder, o.Prefix)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, &Error{Op: "find places", Path: where, Err: err})
				return
			}
			if checkName("tag", tag, maxDirectory) != nil || checkDirectory(o.Prefix, tag) != nil {
				continue
			}
			p := &Place{newTagDir(&o, tag), tag}
			saved, err := p.exists(ctx)
			if err != nil {
				if !yield(nil, &Error{Op: "find places", Tag: tag, Path: p.String(), Err: err}) {
					return
				}
				continue
			}
			if saved && !yield(p, nil) {
				return
			}
		}
	}
}

// PlacesOf returns where the entries of cachers lie, each place once: usually one, as
// all have the same tag and options. A cacher without a tag is an error.
func PlacesOf(cachers []Cacher) ([]*Place, error) {
	var places []*Place
	seen := map[dirID]bool{}
	for _, c := range cachers {
		cell := c.state().cell.Load()
		if cell == nil {
			return nil, ErrTagNotSet
		}
		if id := cell.dir.id(); !seen[id] {
			seen[id] = true
			places = append(places, &Place{cell.dir, cell.tag})
		}
	}
	return places, nil
}

// WithTag returns the place of another tag beside p.
func (p *Place) WithTag(tag string) (*Place, error) { return PlaceOf(*p.dir.opts, tag) }

// Tag returns the tag, which is empty for the place of a [Cache].
func (p *Place) Tag() string { return p.tag }

// String returns the path of the directory.
func (p *Place) String() string { return p.dir.path }

// folder is the name of the directory.
func (p *Place) folder() string { return p.dir.opts.Prefix + p.tag }

func (p *Place) same(other *Place) bool { return p.dir.id() == other.dir.id() }

// exists reports whether something was saved here.
func (p *Place) exists(ctx context.Context) (bool, error) {
	s, err := p.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer s.Close()
	for folder, err := range store.Folders(ctx, p.dir.store, privateDir) {
		if folder == privateDir || err != nil {
			return err == nil, err
		}
	}
	return false, nil
}

// full returns where a file of this place lies.
func (p *Place) full(name string) string { return filepath.Join(p.dir.path, filepath.FromSlash(name)) }

// wrap says where something failed.
func (p *Place) wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Name: name, Tag: p.tag, Path: p.dir.path, Err: err}
}

// wholeStore is the store of all tags, and where that is.
func wholeStore(o *Options) (whole store.Store, where string) {
	if o.Store == nil {
		return store.Dir(o.Tmpdir, store.DirOptions{Shared: o.Shared, Durability: o.Durability}), o.Tmpdir
	}
	if s, ok := o.Store.(fmt.Stringer); ok {
		return o.Store, s.String()
	}
	return o.Store, fmt.Sprintf("%T", o.Store)
}

// baseOfRecord is the inverse of recordName.
func baseOfRecord(name string) (base string, ok bool) {
	if path.Dir(name) != privateDir {
		return "", false
	}
	return strings.CutSuffix(path.Base(name), ".json")
}

// tell is that of a cell, without its counters.
func (p *Place) tell(e Event) {
	if hear := p.dir.opts.OnEvent; hear != nil {
		hear(e)
	}
}

// Validity tells whether the next call would take the value of an entry, as far as its
// record, the options of its method where this program has it, and what the value was made of
// decide: [NoReason], or why not, and the same in words. It reads no values. What was found
// out about an entry counts until [Recheck], or Options.Recheck, or anything is invalidated.
func (p *Place) Validity(ctx context.Context, e EntryInfo) (Reason, string) {
	switch e.State {
	case EntryForeign:
		return NoReason, ""
	case EntryNoValue:
		return ValueGone, e.Err.Error()
	case EntryDamaged:
		return Damaged, e.Err.Error()
	case EntryNewer:
		return NewerRelease, e.Err.Error()
	}
	x := newExaminer(ctx, 0)
	defer x.end()
	n := x.node(p.dir, e.Name, e.base())
	if !n.record {
		return NotStored, "its record is gone"
	}
	return n.bad.why, n.bad.reason
}
