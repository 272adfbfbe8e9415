package diskcache

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/ledger"
)

// visit is one look at the directories of a scope, each of which is opened once.
type visit struct {
	memory   *Memory
	exts     *possibleExts
	dry      bool // nothing is removed
	sessions map[string]store.LocalSession
	removed  []Removal
}

func newVisit(o *Options) *visit {
	return &visit{memory: o.Memory, exts: newPossibleExts(o.Formats), sessions: map[string]store.LocalSession{}}
}

// session opens a tag's directory; nil where it cannot be, which for one of
// another user is so.
func (v *visit) session(s *scope, directory string) store.LocalSession {
	local := s.directory(directory)
	session, known := v.sessions[local.Path()]
	if known {
		return session
	}
	if len(v.sessions) >= mostSessions {
		v.close()
	}
	session, err := openLocal(local, false)
	if err != nil {
		session = nil
	}
	v.sessions[local.Path()] = session
	return session
}

// mostSessions is how many directories are open at once.
const mostSessions = 200

func (v *visit) missing(s *scope, directory string) bool {
	session, err := openLocal(s.directory(directory), false)
	if err == nil {
		_ = session.Close()
	}
	return errors.Is(err, fs.ErrNotExist)
}

func (v *visit) close() {
	for _, session := range v.sessions {
		if session != nil {
			_ = session.Close()
		}
	}
	clear(v.sessions)
}

// queue gives lines in the order in which they go. The ledger only knows when an
// entry was used at the earliest: who reads one does not tell the ledger, and sets the
// time of the record. So the first in the queue is looked at before it is given, and
// goes back where it was used since.
type queue struct {
	scope *scope
	visit *visit
	tx    *ledger.Tx
	from  selection
	lines []ledger.Line
	sure  map[string]bool // names that were looked at
	now   int64
}

func newQueue(s *scope, v *visit, t *ledger.Tx, from selection) *queue {
	q := &queue{scope: s, visit: v, tx: t, from: from, sure: map[string]bool{}, now: time.Now().UnixNano()}
	for _, l := range from.lines {
		if l.Name != from.self && l.Flags&(ledger.Pinned|ledger.Fixed) == 0 && (from.wanted == nil || from.wanted(&l)) {
			q.lines = append(q.lines, l)
		}
	}
	if s.limits.Order == CheapestFirst {
		for i := range q.lines {
			q.look(&q.lines[i])
		}
	}
	q.sort()
	return q
}

func (q *queue) next() (ledger.Line, bool) {
	for len(q.lines) > 0 {
		l := &q.lines[0]
		if later := q.look(l); later && q.scope.limits.Order == LeastRecent {
			q.sort()
			continue
		}
		first := *l
		q.lines = q.lines[1:]
		if q.from.wanted == nil || q.from.wanted(&first) {
			return first, true
		}
	}
	return ledger.Line{}, false
}

// look reports whether an entry was used later than its line says, and puts that right.
func (q *queue) look(l *ledger.Line) bool {
	if q.sure[l.Name] {
		return false
	}
	q.sure[l.Name] = true
	if l.Flags&ledger.Aside != 0 {
		return false
	}
	used := q.lastUse(l)
	if used <= l.Used {
		l.Used = min(l.Used, q.now) // a clock that was wrong
		return false
	}
	l.Used = used
	_ = q.tx.Put(*l) // of a line that was put before
	return true
}

func (q *queue) lastUse(l *ledger.Line) int64 {
	directory, base, ok := q.scope.place(l.Name)
	if !ok {
		return 0
	}
	session := q.visit.session(q.scope, directory)
	if session == nil {
		return 0
	}
	now := time.Now()
	used := q.visit.memory.usedOf(q.scope.directory(directory).Path(), base)
	info, err := session.Stat(context.Background(), recordName(base))
	if err != nil {
		return 0
	}
	if used || info.Modified.After(now.Add(touchAge)) { // or a clock was wrong, and it would always be the last to go
		if !q.visit.dry {
			_ = session.Touch(recordName(base), now)
		}
		return now.UnixNano()
	}
	return beforeNow(info.Modified)
}

// sort puts first what goes first: files set aside, what has expired, and then what
// was used least recently.
func (q *queue) sort() {
	slices.SortStableFunc(q.lines, func(a, b ledger.Line) int {
		return cmp.Or(cmp.Compare(q.rank(&a), q.rank(&b)), cmp.Compare(a.Used, b.Used), strings.Compare(a.Name, b.Name))
	})
	if q.scope.limits.Order != CheapestFirst {
		return
	}
	first := slices.IndexFunc(q.lines, func(l ledger.Line) bool { return q.rank(&l) == ranks })
	if first < 0 {
		return
	}
	old := q.lines[first:]
	old = old[:(len(old)+1)/2]
	slices.SortStableFunc(old, func(a, b ledger.Line) int { return cmp.Compare(worth(&a), worth(&b)) })
}

// worth is the time to compute a value for each byte of it.
func worth(l *ledger.Line) float64 { return float64(l.Seconds) / float64(max(l.Bytes, 1)) }

// ranks is the last of the ranks.
const ranks = 2

func (q *queue) rank(l *ledger.Line) int {
	switch {
	case l.Flags&ledger.Aside != 0:
		return 0
	case l.Expires != 0 && l.Expires <= q.now:
		return 1
	}
	return ranks
}
