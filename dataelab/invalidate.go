package dataelab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Invalidate says that stored values under the present tag are wrong. They are removed, from
// disk and memory, and what was made of them is good only where they come out the same when
// they are computed again. See diskcache.Invalidate, also for what is chosen how, with these
// differences:
//
//   - All means all methods under root.
//   - Methods may leave out what stands before: mean, Slopes.mean and root.slopes.Slopes.mean
//     all mean the last of these, and each other method under root whose name ends so. The path of a
//     field, slopes.mean, does as well. A name that fits none in this spelling is looked for
//     without regard to case, so that Mean means the field mean. One that fits none at all is
//     an error.
//   - Files, Downstream and Upstream find all entries in the directory of the tag, also those
//     of methods that are not under root.
//
// A dry run removes nothing:
//
//	report, err := dataelab.Invalidate(ctx, a, diskcache.Invalidation{Methods: []string{"mean"}, Downstream: true, DryRun: true})
//	fmt.Print(report) // what would go, and what it would cost to compute it again
func Invalidate(ctx context.Context, root any, o diskcache.Invalidation) (diskcache.InvalidationReport, error) {
	all, err := find(root)
	if err != nil {
		return diskcache.InvalidationReport{}, fmt.Errorf("dataelab: invalidate: %w", err)
	}
	if o.Methods, err = methodsOf(all, &o); err != nil {
		return diskcache.InvalidationReport{}, fmt.Errorf("dataelab: invalidate: %T %w", root, err)
	}
	o.All = false
	places, err := placesIn(all)
	if err != nil {
		return diskcache.InvalidationReport{}, fmt.Errorf("dataelab: invalidate: %w", err)
	}
	report, err := diskcache.Invalidate(ctx, o, places...)
	logInvalidated(report)
	if err != nil {
		return report, &worded{strings.ReplaceAll(err.Error(), "diskcache: invalidate", "dataelab: invalidate"), err}
	}
	return report, nil
}

// methodsOf returns the whole names of the methods that are meant, with their former ones.
func methodsOf(all []found, o *diskcache.Invalidation) ([]string, error) {
	meant := make([]bool, len(all))
	for _, method := range o.Methods {
		met := false
		for _, same := range []func(a, b string) bool{isEqual, strings.EqualFold} {
			for i := range all {
				if all[i].isCalled(method, same) {
					met, meant[i] = true, true
				}
			}
			if met {
				break
			}
		}
		if !met {
			return nil, fmt.Errorf("has no cached method %q; it has %s", method, namesOf(all))
		}
	}
	var names []string
	for i := range all {
		if meant[i] || o.All {
			names = append(append(names, all[i].name), all[i].former()...)
		}
	}
	return names, nil
}

func isEqual(a, b string) bool { return a == b }

// isCalled reports whether a name is the method's name, or the end of it after a dot.
func (f *found) isCalled(name string, same func(a, b string) bool) bool {
	return slices.ContainsFunc([]string{f.name, f.path()}, func(whole string) bool {
		cut := len(whole) - len(name)
		return cut == 0 && same(whole, name) ||
			cut > 0 && name != "" && whole[cut-1] == '.' && same(whole[cut:], name)
	})
}

func namesOf(all []found) string {
	const most = 10
	var names []string
	for i := range all[:min(len(all), most)] {
		names = append(names, all[i].name)
	}
	if len(all) > most {
		names = append(names, fmt.Sprintf("and %d more", len(all)-most))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func logInvalidated(report diskcache.InvalidationReport) {
	if report.DryRun {
		return
	}
	use(func(log *zerolog.Logger) {
		for i := range report.Entries {
			e := &report.Entries[i]
			write(log, diskcache.Event{Kind: diskcache.Invalidated, Tag: e.Tag, Name: e.Name, Path: e.Path, Bytes: e.Bytes, ComputeTime: e.ComputeTime, Reason: e.Why})
		}
	})
}
