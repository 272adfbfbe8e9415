package metric

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Info describes one metric and its stored value.
type Info struct {
	Name     string // of its files
	Metric   string // as it was collected, as in poly_Y(1, 2); empty for what is stored and not declared
	Declared bool
	Stored   bool
	Date     time.Time           // as Date returns it; zero where nothing is stored
	Bytes    int64               // of the value's file
	State    diskcache.Reason    // why the next call would compute; NoReason if it would not
	Entry    diskcache.EntryInfo // all that is known of what is stored
}

// All goes through the metrics: first those that are declared, in their order, then what else
// is stored. It reads no values.
func (m *Manager) All(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		seen := map[string]bool{}
		for _, it := range m.items() {
			seen[it.stem()] = true
			if !yield(it.info(ctx)) {
				return
			}
		}
		place, err := m.Place()
		prefix := m.prefix()
		if errors.Is(err, diskcache.ErrTagNotSet) {
			return
		}
		if err != nil {
			yield(Info{}, wrap("list", "", err))
			return
		}
		var others []Info
		for e, err := range place.Entries(ctx) {
			if err != nil {
				if !yield(Info{}, wrap("list", "", err)) {
					return
				}
				continue
			}
			name, ours := strings.CutPrefix(e.Name, prefix)
			if seen[e.Name] || !ours || e.Key != "" {
				continue
			}
			others = append(others, Info{Name: name, Stored: true, Date: e.Computed, Bytes: e.Bytes, Entry: e})
		}
		stored := map[string]bool{}
		for _, o := range others {
			stored[o.Name] = true
		}
		slices.SortFunc(others, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
		for _, o := range others {
			if of, date := strings.CutSuffix(o.Name, dateSuffix); date && (stored[of] || seen[prefix+of]) {
				continue
			}
			o.State, _ = place.Validity(ctx, o.Entry)
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (it *item) info(ctx context.Context) (Info, error) {
	i := Info{Name: it.name, Metric: it.String(), Declared: true, State: diskcache.NotStored}
	e, place, err := it.entry(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, diskcache.ErrTagNotSet) {
		return i, nil
	}
	if err != nil {
		return i, wrap("list", it.String(), err)
	}
	i.Stored, i.Bytes, i.Entry = true, e.Bytes, e
	i.State = it.reason(ctx, place, e)
	i.Date, err = it.dateOf(ctx, e)
	return i, err
}
