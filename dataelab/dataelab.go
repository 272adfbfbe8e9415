package dataelab

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/diskcache"
)

// SetTag gives every cacher of the object tree under root, a non-nil pointer to
// a struct, the tag of one dataset, and every setting its name. From then on their methods are cached in
// <tmpdir>/<prefix><tag>. Called again, it moves them all to another tag: memory
// forgets, the files of the old tag stay.
//
// Two roots that have the same tag and directory share results. Where their plain fields
// (numbers, bools, texts) differed when they were tagged first, the log warns: see the
// documentation of the package.
//
// On error no cacher has been changed. Objects that are added to the tree later
// are found by the next call.
func SetTag(root any, tag string) error {
	cachers, settings, err := findAll(root)
	if err != nil {
		return fmt.Errorf("dataelab: set tag %.60q: %w", tag, err)
	}
	bindings := make([]diskcache.Binding, len(cachers))
	for i, f := range cachers {
		bindings[i] = diskcache.Binding{Cacher: f.cacher(), Name: f.name, Former: f.former(), Field: f.field.options, Type: f.owner.plan.typ}
	}
	declarations := make([]diskcache.Declaration, len(settings))
	for i, f := range settings {
		declarations[i] = diskcache.Declaration{Setting: f.setting(), Name: f.name}
	}
	var plain []plainValue
	if isFresh(cachers) {
		plain = plainOf(cachers)
	}
	if err := diskcache.BindAll(tag, bindings, observer(), declarations...); err != nil {
		return inWords(fmt.Sprintf("set tag %.60q", tag), err, both(cachers, settings))
	}
	noteRoot(root, cachers, tag, plain)
	if len(cachers)+len(settings) == 0 {
		use(func(log *zerolog.Logger) {
			log.Warn().Str("tag", tag).Str("root", fmt.Sprintf("%T", root)).
				Msg("set tag: no DiskCacher was found, so nothing will be cached")
		})
	}
	return nil
}

// SetPrefix changes what stands before the tag in the names of directories, for
// every cacher under root: "cache" unless set. Before or after SetTag.
func SetPrefix(root any, prefix string) error {
	return update("set prefix", root, "", diskcache.WithPrefix(prefix))
}

// SetTmpdir changes the directory that holds the tags' directories, for every
// cacher under root: os.TempDir() unless set. Before or after SetTag. The
// directory need not exist; it is made when the first result is stored. The log says once
// where it is if the path is relative.
func SetTmpdir(root any, dir string) error {
	return update("set tmpdir", root, dir, diskcache.WithTmpdir(dir))
}

// SetOptions sets all options of every cacher under root at once, those of
// SetPrefix and SetTmpdir too. Before or after SetTag.
func SetOptions(root any, o diskcache.Options) error {
	return update("set options", root, o.Tmpdir, diskcache.WithOptions(o))
}

func update(op string, root any, dir string, option diskcache.Option) error {
	cachers, settings, err := findAll(root)
	if err != nil {
		return fmt.Errorf("dataelab: %s: %w", op, err)
	}
	if err := diskcache.UpdateAll(cachersOf(cachers), option, settingsOf(settings)...); err != nil {
		return inWords(op, err, both(cachers, settings))
	}
	if where := diskcache.RelativeDirectory(dir); where != "" {
		use(func(log *zerolog.Logger) { log.Warn().Msg(op + ": " + where) })
	}
	return nil
}

// ClearCache forgets, for every cacher under root, all values under its present
// tag, in memory and on disk. Other files in the tag's directory stay.
func ClearCache(root any) error {
	all, err := find(root)
	if err != nil {
		return fmt.Errorf("dataelab: clear cache: %w", err)
	}
	if err := diskcache.ClearAll(cachersOf(all)); err != nil { // a line for each directory
		return &worded{strings.ReplaceAll(err.Error(), "diskcache: clear", "dataelab: clear"), err}
	}
	return nil
}

// Prune removes what the limits of the cachers under root ask for, all of it at once
// and not bit by bit with each save, and what dead processes left. See
// diskcache.PruneAll.
func Prune(ctx context.Context, root any, o diskcache.PruneOptions) (diskcache.PruneReport, error) {
	all, err := find(root)
	if err != nil {
		return diskcache.PruneReport{}, fmt.Errorf("dataelab: prune: %w", err)
	}
	report, err := diskcache.PruneAll(ctx, cachersOf(all), o)
	if err != nil {
		return report, &worded{strings.ReplaceAll(err.Error(), "diskcache: prune", "dataelab: prune"), err}
	}
	return report, nil
}

// Close forgets what the cachers under root hold in memory, and ends the mappings
// that the mmap option made: slices and matrices from those methods must not be
// touched any more, and no method of the tree may be running. Files and tag
// stay, and the next call loads anew.
func Close(root any) error {
	all, err := find(root)
	if err != nil {
		return fmt.Errorf("dataelab: close: %w", err)
	}
	if err := diskcache.CloseAll(cachersOf(all)); err != nil {
		return inWords("close", err, all)
	}
	return nil
}

// Cachers goes through all cachers under root, with their names, such as
// root.slopes.Slopes.mean, nearest to root first. It yields nothing where SetTag
// would return an error.
func Cachers(root any) iter.Seq2[string, diskcache.Cacher] {
	return func(yield func(string, diskcache.Cacher) bool) {
		all, err := find(root)
		if err != nil {
			return
		}
		for _, f := range all {
			if !yield(f.name, f.cacher()) {
				return
			}
		}
	}
}

func cachersOf(all []found) []diskcache.Cacher {
	cachers := make([]diskcache.Cacher, len(all))
	for i, f := range all {
		cachers[i] = f.cacher()
	}
	return cachers
}
