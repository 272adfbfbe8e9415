package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// renewal tells of a result that was computed again, as something that it was made of has
// changed.
type renewal struct {
	same bool     // it came out as it was
	of   []string // what has changed
}

// isRenewal says whether a reason to compute is one of those that renewals have.
func isRenewal(why diskcache.Reason) bool {
	return why == diskcache.InputChanged || why == diskcache.UpstreamChanged
}

// addRenewals finds out about the results that were renewed, by what lay on disk before.
func addRenewals(ctx context.Context, a *Analyzer, results []result, before stored) error {
	if !slices.ContainsFunc(results, func(r result) bool { return isRenewal(r.why) }) {
		return nil
	}
	after, err := storedOf(ctx, a)
	if err != nil {
		return err
	}
	names := map[thing]string{}
	for _, r := range results {
		if e, ok := after[r.path]; ok {
			names[thing{diskcache.UsedEntry, e.Name, e.Key, ""}] = r.name
		}
	}
	for i := range results {
		r := &results[i]
		if !isRenewal(r.why) {
			continue
		}
		then, now := before[r.path], after[r.path]
		r.renewal = &renewal{same: then.Digest == now.Digest, of: changed(then.Uses, now.Uses, names)}
		if len(r.renewal.of) == 0 { // it was changed, and changed back while it was in use
			r.renewal.of = []string{r.why.String()}
		}
	}
	return nil
}

// thing is what something was made of, whatever it was like.
type thing struct {
	kind           diskcache.UseKind
	name, key, dir string
}

func thingOf(u diskcache.Use) thing {
	if u.Kind == diskcache.UsedFile {
		return thing{u.Kind, u.Path, "", ""}
	}
	return thing{u.Kind, u.Name, u.Key, u.Directory}
}

// changed names what was not the same before and now.
func changed(before, now []diskcache.Use, names map[thing]string) []string {
	digests := map[thing]string{}
	for _, u := range now {
		digests[thingOf(u)] = u.Digest
	}
	var all []string
	for _, u := range before {
		what := thingOf(u)
		digest, used := digests[what]
		if u.Inherited || used && digest == u.Digest {
			continue
		}
		name, ok := names[what]
		switch {
		case ok:
		case u.Kind == diskcache.UsedFile:
			name = filepath.Base(u.Path)
		default:
			name = strings.TrimPrefix(u.Name, "root.")
		}
		all = append(all, name)
	}
	return all
}
