package diskcache

import (
	"context"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// mostEvicted is the size of the file that lists what was removed last from a tag's
// directory: so a later miss can say so, and what was made of an older value is not trusted
// because the newer one is gone. It may be torn, or lose what two processes write at once.
const mostEvicted = block

// evictedNote is what the list tells of an entry.
type evictedNote struct {
	when time.Time
	why  string
	id   string // identity of the value; empty where it is not known
}

// noteEvicted adds to the list, in which each line is a time, an entry, a reason, and the
// identity of the value.
func noteEvicted(s store.LocalSession, removed []Removal) {
	var text strings.Builder
	now := time.Now().UTC().Format(time.RFC3339)
	for _, r := range removed {
		why := strings.NewReplacer("\t", " ", "\n", " ").Replace(r.Reason)
		text.WriteString(now + "\t" + r.base + "\t" + why + "\t" + r.id + "\n")
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
func (*tagDir) evicted(ctx context.Context, s store.Store, base string) (last evictedNote, ok bool) {
	text, err := readSmall(ctx, s, evictedName, mostEvicted)
	if err != nil {
		return last, false
	}
	for line := range strings.Lines(string(text)) {
		line, whole := strings.CutSuffix(line, "\n")
		fields := strings.Split(line, "\t")
		if !whole || len(fields) < 3 || fields[1] != base {
			continue
		}
		if at, err := time.Parse(time.RFC3339, fields[0]); err == nil {
			last, ok = evictedNote{when: at, why: fields[2]}, true
			if len(fields) > 3 {
				last.id = fields[3]
			}
		}
	}
	return last, ok
}

// evictedOther says why a value is not good that used an entry which is gone: that had another
// value when it was last removed to keep a limit. What was removed before the value was begun
// says nothing of what it used.
func (x *examiner) evictedOther(dir *tagDir, s store.Store, u *use, began time.Time) stale {
	stems := []string{u.Entry}
	if c := dir.home().serving(u.Entry); c != nil && c.stem != u.Entry {
		stems = append(stems, c.stem)
	}
	for _, stem := range stems {
		last, ok := dir.evicted(x.ctx, s, baseOf(stem, u.Key))
		if ok && last.id != "" && last.id != u.Digest && last.when.After(began.Add(-clockSkew)) {
			return upstreamStale("%s, which it used, is gone, and had another value when it was removed %s", x.name(dir, u), wording.Time(last.when))
		}
	}
	return stale{}
}
