package diskcache

import (
	"context"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// mostEvicted is the size of the file that lists what was removed last from a tag's
// directory, so that a later miss can say so. It is for people: it may be torn, or lose
// what two processes write at once.
const mostEvicted = block

// noteEvicted adds to the list, in which each line is a time, an entry and a
// reason.
func noteEvicted(s store.LocalSession, removed []Removal) {
	var text strings.Builder
	now := time.Now().UTC().Format(time.RFC3339)
	for _, r := range removed {
		text.WriteString(now + "\t" + r.base + "\t" + r.Reason + "\n")
	}
	old, _ := readSmall(context.Background(), s, evictedName, mostEvicted)
	all := string(old) + text.String()
	for len(all) > mostEvicted { // the oldest go
		_, rest, _ := strings.Cut(all, "\n")
		all = rest
	}
	_ = s.Overwrite(evictedName, []byte(all))
}

// evicted tells when and why an entry was last removed to keep a limit, if that is
// still remembered.
func (*tagDir) evicted(ctx context.Context, s store.Store, base string) (when time.Time, why string, ok bool) {
	text, err := readSmall(ctx, s, evictedName, mostEvicted)
	if err != nil {
		return time.Time{}, "", false
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 || fields[1] != base {
			continue
		}
		if at, err := time.Parse(time.RFC3339, fields[0]); err == nil {
			when, why, ok = at, fields[2], true
		}
	}
	return when, why, ok
}
