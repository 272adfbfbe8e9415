package dataelab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// Entries goes through what is stored on disk, under the present tag, of the methods
// under root: which method, for which arguments, what it is and how it came to be.
// It reads no values. See diskcache.Place.Entries for its errors and for entries that
// are not sound.
func Entries(ctx context.Context, root any) iter.Seq2[diskcache.EntryInfo, error] {
	return func(yield func(diskcache.EntryInfo, error) bool) {
		places, owned, err := placesOf(root)
		if err != nil {
			yield(diskcache.EntryInfo{}, fmt.Errorf("dataelab: entries: %w", err))
			return
		}
		for _, p := range places {
			for e, err := range p.Entries(ctx) {
				if (err != nil || owned[e.Name]) && !yield(e, err) {
					return
				}
			}
		}
	}
}

// Export writes what is stored of the methods under root, under the present tag, to an
// archive at path: one zip file, which [Import] and diskcache.OpenArchive read, and
// numpy, too. The file appears when it is complete. Where single entries were left out,
// as damaged ones are, the error is a *diskcache.EntriesError, and the file is there
// without them.
func Export(ctx context.Context, root any, path string, o diskcache.CopyOptions) (diskcache.CopyReport, error) {
	places, owned, err := placesOf(root)
	if err != nil {
		return diskcache.CopyReport{}, fmt.Errorf("dataelab: export: %w", err)
	}
	var report diskcache.CopyReport
	var leftOut *diskcache.EntriesError
	err = wholefile.Write(path, func(w io.Writer) (err error) {
		report, err = diskcache.Export(ctx, w, only(owned, o), places...)
		if errors.As(err, &leftOut) {
			return nil
		}
		return err
	})
	if err == nil && leftOut != nil {
		err = leftOut
	}
	if err != nil {
		return report, fmt.Errorf("dataelab: export to %s: %w", path, err)
	}
	return report, nil
}

// Import puts the entries of the archive at path where the methods under root look for
// them. All of the archive is checked first, and nothing is touched unless all of it is
// sound. It must be one of root's tag, and all its entries must be of methods under
// root; diskcache.Archive imports others.
//
// Methods whose value is in memory go on with that: import before the first call, or
// call [Close] afterwards.
func Import(ctx context.Context, root any, path string, o diskcache.CopyOptions) (report diskcache.CopyReport, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("dataelab: import: %w", err)
		}
	}()
	places, owned, err := placesOf(root)
	if err != nil {
		return report, err
	}
	if len(places) != 1 {
		return report, fmt.Errorf("the methods under %T keep their results in %d places: import with diskcache.OpenArchive", root, len(places))
	}
	a, err := diskcache.OpenArchive(path)
	if err != nil {
		return report, err
	}
	defer a.Close()
	if tags := a.Tags(); len(tags) != 1 || tags[0] != places[0].Tag() {
		return report, fmt.Errorf("%s holds results of the tags %q, and the tag set is %q: set that tag, or import with diskcache.OpenArchive", path, tags, places[0].Tag())
	}
	if err := ownedAll(ctx, a, owned, o.Filter); err != nil {
		return report, err
	}
	return a.ImportTo(ctx, places[0], o)
}

// ownedAll refuses entries that no method under root would look for.
func ownedAll(ctx context.Context, a *diskcache.Archive, owned map[string]bool, filter func(diskcache.EntryInfo) bool) error {
	strangers, first := 0, ""
	for e, err := range a.Entries(ctx) {
		if err != nil {
			return err
		}
		if owned[e.Name] || filter != nil && !filter(e) {
			continue
		}
		if strangers++; first == "" {
			first = e.Name
		}
	}
	if strangers > 0 {
		return fmt.Errorf("%d entries are of no method under root, such as %s: is it the tree that was exported? CopyOptions.Filter leaves them out, and diskcache.OpenArchive imports all", strangers, first)
	}
	return nil
}

// CopyTag copies what is stored of the methods under root from the present tag to
// another one: to begin a variant of a dataset with what it shares with the first. All
// that differs between the two must be in the arguments, or be cleared afterwards.
// See diskcache.CopyEntries.
func CopyTag(ctx context.Context, root any, to string, o diskcache.CopyOptions) (report diskcache.CopyReport, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("dataelab: copy to tag %.60q: %w", to, err)
		}
	}()
	if err := diskcache.CheckTag(to); err != nil {
		return report, err
	}
	places, owned, err := placesOf(root)
	if err != nil {
		return report, err
	}
	for _, src := range places {
		dst, err := src.WithTag(to)
		if err != nil {
			return report, err
		}
		one, err := diskcache.CopyEntries(ctx, dst, src, only(owned, o))
		report.Copied += one.Copied
		report.Kept += one.Kept
		report.Failed += one.Failed
		report.Bytes += one.Bytes
		report.Removed += one.Removed
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// placesOf returns where the cachers under root keep their entries, and the names of
// these, former ones included.
func placesOf(root any) ([]*diskcache.Place, map[string]bool, error) {
	all, err := find(root)
	if err != nil {
		return nil, nil, err
	}
	owned := make(map[string]bool, len(all))
	for i := range all {
		owned[all[i].name] = true
		for _, former := range all[i].former() {
			owned[former] = true
		}
	}
	places, err := placesIn(all)
	return places, owned, err
}

// placesIn returns where the cachers keep their entries. One that has no tag although
// others have is named in the error.
func placesIn(all []found) ([]*diskcache.Place, error) {
	places, err := diskcache.PlacesOf(cachersOf(all))
	if !errors.Is(err, diskcache.ErrTagNotSet) {
		return places, err
	}
	first, untagged := "", 0
	for i := range all {
		if _, err := all[i].cacher().Place(); err == nil {
			continue
		}
		if untagged++; untagged == 1 {
			first = all[i].name
		}
	}
	if untagged == len(all) {
		return nil, err
	}
	return nil, &worded{fmt.Sprintf("%s has no tag, and %d of %d methods under root have one: "+
		"its object joined the tree after SetTag, so call SetTag again", first, len(all)-untagged, len(all)), err}
}

// only lets o take nothing but entries of these names.
func only(owned map[string]bool, o diskcache.CopyOptions) diskcache.CopyOptions {
	filter := o.Filter
	o.Filter = func(e diskcache.EntryInfo) bool {
		return owned[e.Name] && (filter == nil || filter(e))
	}
	return o
}
