package diskcache

import (
	"cmp"
	"context"
	"fmt"
)

// Import puts the entries of an archive where cachers with the options into keep
// theirs, each under its tag.
//
// First the whole archive is read and checked, see [Archive.Check], and that this
// program can store all that is taken: if anything is wrong nothing is touched. An
// entry in a format that this program does not know comes in where its file cannot
// be mistaken for that of another entry. Otherwise the package of the format must be
// imported, or CopyOptions.Filter leave the entry out. Then entry by entry is written and published as [CopyEntries] does
// it, which also says what an error, or the end of ctx, leaves: everything imported by
// then is whole, and importing again completes it.
func (a *Archive) Import(ctx context.Context, into Options, o CopyOptions) (CopyReport, error) {
	places := map[*manifestPlace]*Place{}
	for i := range a.manifest.Places {
		of := &a.manifest.Places[i]
		if of.Tag == "" {
			return CopyReport{}, &ArchiveError{Err: fmt.Errorf("folder %s holds results of functions, and no tag: use ImportTo with the Place of a Cache", of.Folder)}
		}
		p, err := PlaceOf(into, of.Tag)
		if err != nil {
			return CopyReport{}, err
		}
		places[of] = p
	}
	return a.importTo(ctx, places, o)
}

// ImportTo is Import for an archive of one place: its entries are put into p, and get
// the tag of p. That is how results of functions come into a [Cache].
func (a *Archive) ImportTo(ctx context.Context, p *Place, o CopyOptions) (CopyReport, error) {
	if n := len(a.manifest.Places); n != 1 {
		return CopyReport{}, &ArchiveError{Err: fmt.Errorf("it holds %d places, which cannot become one: use Import", n)}
	}
	return a.importTo(ctx, map[*manifestPlace]*Place{&a.manifest.Places[0]: p}, o)
}

func (a *Archive) importTo(ctx context.Context, places map[*manifestPlace]*Place, o CopyOptions) (CopyReport, error) {
	t := tally{options: o}
	if err := a.check(ctx, &t, places); err != nil {
		return CopyReport{}, err
	}
	t.expect(a.Entries(ctx), false)
	var to *destination
	defer func() {
		if to != nil {
			_ = to.s.Close()
		}
	}()
	for i := range a.members { // sorted by place
		m := &a.members[i]
		from, err := m.open()
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return t.report, err
		}
		if !o.takes(from.EntryInfo) {
			continue
		}
		if p := places[m.place]; to == nil || to.place != p {
			if to != nil {
				_ = to.s.Close()
			}
			if to, err = p.receive(ctx, o.Existing); err != nil {
				return t.report, p.wrap("import", "", err)
			}
		}
		before := to.removed
		t.add(from.EntryInfo, to.place.wrap("import", from.base(), to.take(ctx, from)))
		t.report.Removed += to.removed - before
	}
	return t.report, cmp.Or(ctx.Err(), t.err())
}
