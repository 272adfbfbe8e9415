package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// A save asks for room before it writes: what it is granted is a promise in the
// ledger of each scope, which counts as if it were written. When all is published the
// entry's line takes the promise's place. The promise names its process, so that when
// that dies, others remove what it wrote and take the promise back.

// promise is who was promised room, and for which entry.
type promise struct {
	id        string // of internal/procname
	directory string // of the tag; empty where that is the scope
	base      string // empty for a file of which no more is known
}

func (p *promise) name(s *scope) string {
	directory := p.directory
	if !s.all {
		directory = ""
	}
	return p.id + "\n" + directory + "\n" + p.base
}

// promiseOf is the opposite of name. It checks what a forged ledger could say.
func promiseOf(s *scope, name string) (p promise, ok bool) {
	id, rest, _ := strings.Cut(name, "\n")
	directory, base, ok := strings.Cut(rest, "\n")
	p = promise{id, directory, base}
	if s.all && store.CheckName(directory) != nil || strings.Contains(directory, "/") || strings.Contains(id, "/") {
		return p, false
	}
	return p, ok && (base == "" || store.CheckName(base) == nil && !strings.Contains(base, "/"))
}

// promiseSlack is what a promise counts beside: a ledger grows by some pages.
const promiseSlack = 4 * ledger.PageSize

// hold is the room that a save has. The nil hold is that of what does not count.
type hold struct {
	dir     *tagDir
	promise promise
	scopes  []*scope // that have a limit or a ledger; none for a save without limits
	tell    func(Removal)
	asked   bool // some of the scopes may have promised something
	granted int64
	value   int64    // bytes of it that were asked for
	also    []string // other names in the directory that are to be counted in the end
}

// hold begins to ask for room, where there are limits.
func (c *cell) hold(base string) *hold { return c.dir.hold(base, c.tell) }

func (d *tagDir) hold(base string, tell func(Event)) *hold {
	h := &hold{dir: d, promise: promise{procname.New(""), d.name, base}, tell: func(r Removal) { tell(r.event()) }}
	for _, s := range d.scopes {
		if s.active(true) {
			h.scopes = append(h.scopes, s)
		}
	}
	return h
}

// stepAfter is how much more is asked for at once by one who has written some and does
// not know how much it will be.
func stepAfter(written int64) int64 { return blocks(min(max(written/4, 64<<10), 64<<20)) }

// room asks for room for n bytes more of the value.
func (h *hold) room(n int64) error {
	if h == nil {
		return nil
	}
	first := h.value == 0
	h.value += n
	want := blocks(h.value) + block // and the record
	if want > h.granted && !first && n < mostKept && h.ensure(want+stepAfter(h.value)) == nil {
		return nil
	}
	return h.ensure(want)
}

// record asks for room for a record, beside the value.
func (h *hold) record(size int) error {
	if h == nil {
		return nil
	}
	return h.ensure(blocks(h.value) + blocks(int64(size)))
}

// aside asks for room for what is set aside: for notes, and for a file of another
// program, which did not count before.
func (h *hold) aside(ctx context.Context, s store.Store, found look) error {
	if h == nil {
		return nil
	}
	var bytes int64
	for _, name := range found.damaged {
		info, err := s.Stat(ctx, name)
		if err != nil {
			continue
		}
		bytes += block
		if found.foreign {
			bytes += blocks(info.Size)
		}
	}
	return h.ensure(bytes)
}

// count has a name counted in the end.
func (h *hold) count(name string) {
	if h != nil {
		h.also = append(h.also, name)
	}
}

// countAside counts a file that is about to be set aside: after a death on the way it
// counts twice, until its former entry is counted again, and not never.
func (h *hold) countAside(name string, size int64) {
	if h == nil {
		return
	}
	h.count(name)
	for _, s := range h.scopes {
		v := newVisit(h.dir.opts)
		_ = s.correct(v, func(t *ledger.Tx) error { // else it is counted in the end
			return s.putAside(t, h.promise.directory, name, size)
		})
		v.close()
	}
}

func (s *scope) putAside(t *ledger.Tx, directory, name string, size int64) error {
	return t.Put(ledger.Line{Name: s.name(directory, name), Bytes: blocks(size) + block, Used: time.Now().UnixNano(), Flags: ledger.Aside})
}

// ensure asks for room until it is so much in all.
func (h *hold) ensure(total int64) error {
	if h == nil || total <= h.granted {
		return nil
	}
	for i, s := range h.scopes {
		h.asked = true // also where this one refuses: another one may not have
		before := s.all || h.granted > 0 || s.hasLedger()
		if err := h.ask(s, total); err != nil {
			return err
		}
		if before {
			continue
		}
		for _, larger := range h.scopes[:i] { // it takes room itself, now that it was made
			if err := h.ask(larger, total); err != nil {
				return err
			}
		}
	}
	h.granted = total
	return nil
}

func (h *hold) ask(s *scope, total int64) error {
	v := newVisit(h.dir.opts)
	var refused error
	err := s.update(v, func(t *ledger.Tx) error {
		refused = s.grant(t, v, h, total)
		return nil // what was removed is removed
	})
	v.close()
	h.dir.settleRemoved(s, v.removed)
	for _, r := range v.removed {
		h.tell(r)
	}
	return errors.Join(refused, err)
}

// end takes the promise back, after the entry was counted as it is now. A ledger that was
// made since the save began may have missed the entry, as it was not visible yet.
func (h *hold) end() {
	if h == nil {
		return
	}
	for _, s := range h.dir.scopes {
		if known := slices.Contains(h.scopes, s); known && !h.asked || !known && !s.hasLedger() {
			continue
		}
		v := newVisit(h.dir.opts)
		// Where this fails, the promise is taken back when the process ends.
		_ = s.correct(v, func(t *ledger.Tx) error { return s.settle(t, v, h) })
		v.close()
	}
}

// settle puts what was written in place of its promise. What cannot be counted counts as
// much as was promised, until it goes like any other entry.
func (s *scope) settle(t *ledger.Tx, v *visit, h *hold) error {
	var failed error
	for _, base := range append([]string{h.promise.base}, h.also...) {
		if base != "" {
			failed = errors.Join(failed, s.recount(t, v, h.promise.directory, base))
		}
	}
	p, promised := t.EndPromise(h.promise.name(s))
	if failed == nil || !promised {
		return nil
	}
	return t.Put(ledger.Line{Name: s.name(h.promise.directory, h.promise.base), Bytes: p.Bytes, Used: p.Used, Flags: ledger.Counts})
}

// grant promises room, and makes it.
func (s *scope) grant(t *ledger.Tx, v *visit, h *hold, total int64) error {
	p := &h.promise
	if session := v.session(s, p.directory); session != nil {
		if err := s.putFixed(t, session, p.directory); err != nil {
			return err
		}
	}
	ahead, err := s.expectLedger(t, h)
	if err == nil {
		err = s.promise(t, v, p, total)
	}
	if err != nil && ahead {
		t.Delete(s.name(p.directory, ledgerName))
	}
	return err
}

func (s *scope) promise(t *ledger.Tx, v *visit, p *promise, total int64) error {
	s.removeAged(t, v)
	name := p.name(s)
	l := ledger.Line{Name: name, Bytes: total + s.slack(), Used: time.Now().UnixNano()}
	old, _ := t.Promised(name)
	if _, known := t.Get(s.name(p.directory, p.base)); !known && p.base != "" {
		l.Flags = ledger.Counts
	}
	need := demandFor{bytes: l.Bytes - old.Bytes}
	if l.Flags&^old.Flags&ledger.Counts != 0 {
		need.entries = 1
	}
	if most := s.limits.Bytes; most > 0 && l.Bytes+s.account(t) > most {
		return fmt.Errorf("%w: it is %d bytes with its record, and %s may have %d, of which the cache's account takes %d",
			ErrLimit, total, s.what, most, s.account(t)+s.slack())
	}
	if err := s.makeRoom(t, v, need, s.name(p.directory, p.base)); err != nil {
		return err
	}
	return t.Promise(l)
}

// recount puts the line of an entry, or of a file set aside, right. Where that
// cannot be looked at, the line stays as it is: too much is better than too little.
func (s *scope) recount(t *ledger.Tx, v *visit, directory, base string) error {
	name := s.name(directory, base)
	session := v.session(s, directory)
	if session == nil {
		if v.missing(s, directory) {
			t.Delete(name)
		}
		return nil
	}
	var l ledger.Line
	var err error
	if strings.HasPrefix(base, asideDir+"/") {
		l, err = asideLine(session, base)
	} else {
		c := counting{session: session, exts: v.exts}
		l, err = c.entry(base)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Delete(name)
		return nil
	case err != nil:
		return err
	}
	l.Name = name
	return t.Put(l)
}

// reap takes the promises of dead processes back, after it has removed what they
// wrote.
func (s *scope) reap(t *ledger.Tx, v *visit) error {
	for _, l := range t.Promises() {
		p, ok := promiseOf(s, l.Name)
		if !ok {
			t.EndPromise(l.Name)
			continue
		}
		dead := procname.Abandoned(p.id, time.Unix(0, l.Used))
		session := v.session(s, p.directory)
		if session == nil && !v.missing(s, p.directory) {
			continue // what it wrote may be there still
		}
		if session != nil && (dead || path.Ext(p.id) == ".work") {
			files, _ := session.WorkFiles(false)
			_, writing := files[p.id]
			dead = dead || !writing
		}
		if !dead {
			continue
		}
		if p.base != "" {
			if err := s.recount(t, v, p.directory, p.base); err != nil {
				return err
			}
		}
		t.EndPromise(l.Name)
	}
	return nil
}

// recountAtOnce is for how many entries others wait.
const recountAtOnce = 1000

// recountAll puts the lines of entries right that were removed: in all scopes, or in
// those that the one who removed them does not know.
func (d *tagDir) recountAll(bases []string, by *scope) {
	for _, s := range d.scopes {
		if by != nil && s.all == by.all || !s.active(true) {
			continue
		}
		for some := range slices.Chunk(bases, recountAtOnce) {
			v := newVisit(d.opts)
			_ = s.correct(v, func(t *ledger.Tx) error { // else they are found gone later
				for _, base := range some {
					if err := s.recount(t, v, d.name, base); err != nil {
						return err
					}
				}
				return nil
			})
			v.close()
		}
	}
}

// settleRemoved tells other scopes of what was removed in one.
func (d *tagDir) settleRemoved(by *scope, removed []Removal) {
	bases := map[string][]string{}
	for _, r := range removed {
		bases[r.directory] = append(bases[r.directory], r.base)
	}
	for directory, bases := range bases {
		other := d
		if by.all && directory != d.name {
			other = &tagDir{opts: d.opts, name: directory, scopes: scopesOf(d.opts, directory)}
		}
		other.recountAll(bases, by)
	}
}

// touch notes that an entry was used, where somebody asks for that: its record was modified
// then. Where that cannot be, it counts as unused. Without limits of its own, this process
// does not look for those of others because of an entry that is new.
func (d *tagDir) touch(ctx context.Context, s store.Store, base string, computed time.Time) {
	asked, old, age := false, time.Since(computed) >= touchAge, touchAge
	for _, scope := range d.scopes {
		asked = asked || !scope.limits.none() || old && scope.active(false)
		if limit := scope.limits.Age; limit > 0 {
			age = min(age, limit/4)
		}
	}
	local, ok := s.(store.LocalSession)
	if !asked || !ok {
		return
	}
	info, err := s.Stat(ctx, recordName(base))
	if err != nil {
		return
	}
	if now := time.Now(); now.Sub(info.Modified).Abs() >= age {
		_ = local.Touch(recordName(base), now)
	}
}

// touchAge is how much later a use has to be to be noted, so that most hits write
// nothing; under a limit of age a quarter of that, where it is less.
const touchAge = time.Minute

// event tells of an entry that was removed to keep a limit.
func (r *Removal) event() Event {
	return Event{Kind: Evicted, Tag: r.Tag, Name: r.Name, Path: r.Path, Bytes: r.Bytes, Reason: r.Reason}
}

// removalPath is for people.
func removalPath(local store.Local, name string) string {
	return filepath.Join(local.Path(), filepath.FromSlash(name))
}
