package diskcache

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// What only this package reads lies in a folder of a tag's directory. The store
// has its work files and locks there, too.
const (
	privateDir = store.Private
	asideDir   = privateDir + "/aside" // damaged files, with the reason
)

// tagDir is the directory of one tag.
type tagDir struct {
	store  store.Store // of this directory alone
	path   string      // for people
	name   string      // of the directory, in that of all tags
	scopes []*scope    // what limits hold for
	opts   *Options
	pruned sync.Once // files set aside long ago were removed

	settings *declarations // of those whose cachers keep their entries here; nil for none

	homeOnce sync.Once
	homePtr  *home // see home
}

func newTagDir(o *Options, tag string) *tagDir {
	whole, path := wholeStore(o)
	name := o.Prefix + tag
	return &tagDir{store: store.Sub(whole, name), path: filepath.Join(path, name), name: name, scopes: scopesOf(o, name), opts: o}
}

// pathOf is the full path of a value's file.
func (d *tagDir) pathOf(file string) string { return d.path + string(filepath.Separator) + file }

// open returns the directory, or an error that wraps fs.ErrNotExist.
func (d *tagDir) open(ctx context.Context) (store.Session, error) {
	return store.Begin(ctx, d.store, false)
}

// create is open, but makes what is missing.
func (d *tagDir) create(ctx context.Context) (store.Session, error) {
	return store.Begin(ctx, d.store, true)
}

// dirID says which directory it is: two tagDirs may be of one.
type dirID struct {
	store store.Store
	path  string
}

func (d *tagDir) id() dirID { return dirID{d.opts.Store, d.path} }
