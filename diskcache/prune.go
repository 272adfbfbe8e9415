package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/dataelab/dataelab-go/internal/ledger"
)

// PruneOptions say how PruneAll goes about it.
type PruneOptions struct {
	// DryRun removes nothing, and reports what would be removed.
	DryRun bool
}

// PruneReport says what PruneAll removed.
type PruneReport struct {
	Removed   []Removal // to keep limits
	WorkFiles int       // what dead processes had not finished writing
	Bytes     int64     // of Removed
}

// PruneAll looks at all of the directories of some cachers, which saves do only bit by
// bit. It takes as long as listing them.
//
//  1. Files that dead processes had begun to write go, and files set aside long ago.
//  2. The account is compared with what is there, which others may have changed.
//  3. Entries that were unused for longer than Limits.Age go.
//  4. Entries go until the other limits hold. That one cannot hold, whatever goes, is an
//     error that wraps ErrLimit. For a disk that others have filled nothing goes then.
//
// Others may use the directories meanwhile. With Options.Limits, all tags of the
// directory are looked at, and not only those of the cachers. On a store other than
// local files there is nothing to do.
func PruneAll(ctx context.Context, cachers []Cacher, o PruneOptions) (PruneReport, error) {
	p := pruning{PruneOptions: o, swept: map[string]bool{}}
	var failed []error
	seen := map[dirID]bool{}
	for _, c := range cachers {
		cell := c.state().cell.Load()
		if cell == nil || seen[cell.dir.id()] {
			continue
		}
		seen[cell.dir.id()] = true
		if err := p.prune(ctx, cell); err != nil {
			failed = append(failed, &Error{Op: "prune", Tag: cell.tag, Path: cell.dir.path, Err: err})
		}
		if ctx.Err() != nil {
			break
		}
	}
	for _, r := range p.report.Removed {
		p.report.Bytes += r.Bytes
	}
	return p.report, errors.Join(failed...)
}

// Prune is PruneAll for this cacher.
func (c *DiskCacher[T]) Prune(ctx context.Context, o PruneOptions) (PruneReport, error) {
	return PruneAll(ctx, []Cacher{c}, o)
}

// Prune is PruneAll for the functions of this cache.
func (c *Cache) Prune(ctx context.Context, o PruneOptions) (PruneReport, error) {
	cachers, err := c.cachers()
	report, pruneErr := PruneAll(ctx, cachers, o)
	return report, errors.Join(err, pruneErr)
}

// pruning is one PruneAll.
type pruning struct {
	PruneOptions
	report PruneReport
	swept  map[string]bool // directories and ledgers that were done
}

func (p *pruning) prune(ctx context.Context, c *cell) error {
	s, err := c.dir.open(ctx)
	switch {
	case err == nil:
		_ = s.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	var failed []error
	failed = append(failed, p.sweep(ctx, c.dir.scopes, c.dir.name, c.dir))
	for _, s := range c.dir.scopes {
		at := s.home.Path() + "\n" + s.folder
		if s.limits.none() && !s.active(true) || p.swept[at] {
			continue
		}
		p.swept[at] = true
		if !s.all && p.bare(c, s) {
			continue
		}
		if s.all && !s.limits.none() {
			folders, err := s.folders()
			failed = append(failed, err)
			for _, name := range folders {
				failed = append(failed, p.sweep(ctx, c.dir.scopes, name, c.dir))
			}
		}
		failed = append(failed, p.scope(ctx, c, s))
	}
	return errors.Join(failed...)
}

// sweep is step 1 for one directory, unless it is none of ours.
func (p *pruning) sweep(ctx context.Context, scopes []*scope, name string, d *tagDir) error {
	if len(scopes) == 0 || strings.HasPrefix(name, privateDir) || p.swept[name] {
		return ctx.Err()
	}
	p.swept[name] = true
	v := newVisit(d.opts)
	defer v.close()
	session := v.session(scopes[0], name)
	if session == nil {
		return nil
	}
	_, removed := session.WorkFiles(p.DryRun)
	p.report.WorkFiles += removed
	if !p.DryRun {
		d.pruneAside(ctx, session)
	}
	return ctx.Err()
}

// bare reports whether there is nothing in a tag's directory, after which its
// bookkeeping is removed.
func (p *pruning) bare(c *cell, s *scope) bool {
	v := newVisit(c.dir.opts)
	defer v.close()
	if !s.vacant(v, "") {
		return false
	}
	if !p.DryRun {
		v.removeFixed(s, "", evictedName)
		v.removeFixed(s, "", ledgerName)
	}
	return true
}

// scope is steps 2 to 4. Each part is a transaction of its own, so that others get their
// turns.
func (p *pruning) scope(ctx context.Context, c *cell, s *scope) error {
	part := func(do func(t *ledger.Tx, v *visit) error) error {
		v := newVisit(c.dir.opts)
		err := s.update(v, func(t *ledger.Tx) error { return do(t, v) })
		v.close()
		c.dir.settleRemoved(s, v.removed)
		p.report.Removed = append(p.report.Removed, v.removed...)
		for _, r := range v.removed {
			c.tell(r.event())
		}
		return errors.Join(err, ctx.Err())
	}
	buckets := 1
	if err := part(func(t *ledger.Tx, v *visit) error {
		buckets = t.Totals().Buckets
		if p.DryRun {
			return nil
		}
		return s.reap(t, v)
	}); err != nil {
		return err
	}
	for at := 0; at < buckets; at += pruneBuckets {
		if err := part(func(t *ledger.Tx, v *visit) error {
			lines := t.Next(pruneBuckets)
			if err := s.compare(t, v, lines); err != nil || p.DryRun {
				return err
			}
			s.dropFixed(t, v, fixedOf(lines), "")
			return nil
		}); err != nil {
			return err
		}
	}
	if err := p.addMissing(c, s, part); err != nil {
		return err
	}
	if p.DryRun {
		return p.wouldRemove(c, s)
	}
	for at := 0; at < buckets; at += pruneBuckets {
		if err := part(func(t *ledger.Tx, v *visit) error {
			if s.limits.Age == 0 {
				return nil
			}
			_, err := s.removeAgedOf(t, v, t.Next(pruneBuckets))
			return err
		}); err != nil {
			return err
		}
	}
	return part(func(t *ledger.Tx, v *visit) error { return s.makeRoom(t, v, demandFor{}, "") })
}

// wouldRemove is steps 3 and 4 of a dry run, on an account that is thrown away.
func (p *pruning) wouldRemove(c *cell, s *scope) error {
	session, err := s.open(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was saved under a limit yet
	}
	if err != nil {
		return err
	}
	defer session.Close()
	v := newVisit(c.dir.opts)
	defer v.close()
	v.dry = true
	err = session.Ledger(s.folder).View(func(t *ledger.Tx) error { return s.limit(t, v, t.Totals().Buckets) })
	p.report.Removed = append(p.report.Removed, v.removed...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// limit is steps 3 and 4 at once.
func (s *scope) limit(t *ledger.Tx, v *visit, buckets int) error {
	s.dropFixed(t, v, fixedOf(t.Next(buckets)), "")
	if s.limits.Age > 0 {
		if _, err := s.removeAgedOf(t, v, t.Next(buckets)); err != nil {
			return err
		}
	}
	return s.makeRoom(t, v, demandFor{}, "")
}

// pruneBuckets is how many buckets of a ledger are a step of a pruning.
const pruneBuckets = 16

// compare is the half of step 2 that puts lines right, or takes them out.
func (s *scope) compare(t *ledger.Tx, v *visit, lines []ledger.Line) error {
	for _, l := range lines {
		directory, base, ok := s.place(l.Name)
		if l.Flags&ledger.Fixed != 0 {
			continue
		}
		if !ok {
			t.Delete(l.Name)
			continue
		}
		if err := s.recount(t, v, directory, base); err != nil {
			return err
		}
	}
	return nil
}

// addMissing is the other half: entries that the ledger does not know.
func (p *pruning) addMissing(c *cell, s *scope, part func(func(*ledger.Tx, *visit) error) error) error {
	directories := []string{""}
	if s.all {
		var err error
		if directories, err = s.folders(); err != nil {
			return err
		}
	}
	for _, directory := range directories {
		names := s.namesIn(c.dir.opts, directory)
		for len(names) > 0 {
			some := names[:min(len(names), 500)]
			names = names[len(some):]
			err := part(func(t *ledger.Tx, v *visit) error {
				for _, name := range some {
					if _, known := t.Get(s.name(directory, name)); known {
						continue
					}
					if err := s.recount(t, v, directory, name); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// namesIn returns the entries and files set aside that there are in a directory.
func (s *scope) namesIn(o *Options, directory string) []string {
	if strings.HasPrefix(directory, privateDir) {
		return nil
	}
	v := newVisit(o)
	defer v.close()
	session := v.session(s, directory)
	if session == nil {
		return nil
	}
	ctx := context.Background()
	var names []string
	records, _ := listed(ctx, session, privateDir+"/")
	for _, name := range records {
		if base, ok := strings.CutSuffix(path.Base(name), ".json"); ok {
			names = append(names, base)
		}
	}
	aside, _ := listed(ctx, session, asideDir+"/")
	for _, name := range aside {
		if _, ours := asideSince(name); ours {
			names = append(names, name)
		}
	}
	return names
}
