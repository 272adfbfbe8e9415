package diskcache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
)

// CopyOptions say what [CopyEntries], [Export] and [Archive.Import] take. The zero
// value takes all entries that are not there yet.
type CopyOptions struct {
	// Existing says what becomes of entries that the destination has already. An archive
	// that is written has none.
	Existing Existing

	// Foreign takes files of other programs too, as they are. Without a record nothing
	// tells later whether they are whole.
	Foreign bool

	// Filter, when not nil, is asked for every entry, more than once maybe, and those for
	// which it returns false are left out.
	Filter func(EntryInfo) bool

	// Progress, when not nil, is called before the first entry and after each one, on
	// the goroutine of the caller. To know the totals, the source is listed once before.
	Progress func(CopyProgress)
}

// Existing says what becomes of an entry that is there when another one of its
// name is to be put in its place.
type Existing uint8

// The ways to treat existing entries. An entry without its value, or whose record or
// size is wrong, is replaced in all of them; one of a newer release in none. Files of
// other programs are replaced by entries with ReplaceExisting only, and never by one another.
const (
	KeepExisting    Existing = iota // it stays
	KeepNewer                       // it is replaced by what was computed later
	ReplaceExisting                 // it is replaced
)

// CopyProgress tells how far a copy is.
type CopyProgress struct {
	// Checking is while an archive is read for the first time, before anything is
	// touched. Then the counting begins anew.
	Checking bool

	Entries, OfEntries int64 // done, whatever their outcome, and in all
	Bytes, OfBytes     int64 // of their values
}

// CopyReport counts the outcomes of a copy.
type CopyReport struct {
	Copied int64 // entries that were written, checked, and published
	Kept   int64 // entries that stay out as the destination has some already
	Failed int64 // entries that could not be read or written, as the error tells
	Bytes  int64 // size of the values that were copied

	// Removed are entries of the destination that went to keep its limits meanwhile. Some
	// may be of those that were copied.
	Removed int64
}

// EntriesError tells of entries that could not be copied, checked or imported. All
// others were.
type EntriesError struct {
	Failed int64
	Errs   []error // the first ones
}

// mostErrs is how many errors an EntriesError keeps.
const mostErrs = 10

func (e *EntriesError) Error() string {
	return fmt.Sprintf("%d entries failed, the first: %v", e.Failed, e.Errs[0])
}

// Unwrap returns the first errors.
func (e *EntriesError) Unwrap() []error { return e.Errs }

// CopyEntries copies entries from one place to another: to another directory or store,
// or to another tag. The records are copied with them, and sealed anew. What changes is
// the tag, when the file was written, and what the entry was before. So an entry tells under its new tag still when,
// where and by what program it was computed: whether it is a result of the other
// dataset, too, is for the caller to know.
//
// Every value is compared with its record while it is copied, and appears whole or
// not at all. An entry that fails is left out, and the copy goes on; the error is an
// *[EntriesError] then. When ctx ends the copy ends with its error. What is copied by
// then stays, and a copy that is begun again goes on from there. Cachers that hold
// a value in memory go on with that. An entry that is being computed is waited for,
// some seconds at most.
func CopyEntries(ctx context.Context, dst, src *Place, o CopyOptions) (CopyReport, error) {
	if dst.same(src) {
		return CopyReport{}, dst.wrap("copy", "", errors.New("source and destination are one place"))
	}
	s, err := src.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) { // nothing was ever saved there
		return CopyReport{}, nil
	}
	if err != nil {
		return CopyReport{}, src.wrap("copy", "", err)
	}
	defer s.Close()
	to, err := dst.receive(ctx, o.Existing)
	if err != nil {
		return CopyReport{}, dst.wrap("copy", "", err)
	}
	defer to.s.Close()
	t := tally{options: o}
	t.expect(src.Entries(ctx), false)
	for e, err := range src.Entries(ctx) {
		switch {
		case ctx.Err() != nil:
			return t.report, dst.wrap("copy", "", ctx.Err())
		case err != nil:
			t.add(e, err)
		case o.takes(e):
			t.add(e, src.wrap("copy", e.base(), src.readAny(ctx, s, e, func(o *opened) error { return to.take(ctx, o) })))
			t.report.Removed = to.removed
		}
	}
	return t.report, cmp.Or(dst.wrap("copy", "", ctx.Err()), t.err())
}

// takes reports whether an entry is meant. A record without a value is none.
func (o *CopyOptions) takes(e EntryInfo) bool {
	if e.State == EntryNoValue || e.State == EntryForeign && !o.Foreign {
		return false
	}
	return o.Filter == nil || o.Filter(e)
}

// tally counts outcomes and tells of progress.
type tally struct {
	options  CopyOptions
	report   CopyReport
	failures EntriesError
	progress CopyProgress
}

// expect begins to tell of progress, with the totals.
func (t *tally) expect(entries iter.Seq2[EntryInfo, error], checking bool) {
	if t.options.Progress == nil {
		return
	}
	t.progress = CopyProgress{Checking: checking}
	for e, err := range entries {
		if err == nil && t.options.takes(e) {
			t.progress.OfEntries++
			t.progress.OfBytes += e.Bytes
		}
	}
	t.options.Progress(t.progress)
}

// advance tells that an entry is done.
func (t *tally) advance(e EntryInfo) {
	if t.options.Progress != nil {
		t.progress.Entries++
		t.progress.Bytes += e.Bytes
		t.options.Progress(t.progress)
	}
}

// add counts an entry by its outcome.
func (t *tally) add(e EntryInfo, err error) {
	defer t.advance(e)
	switch {
	case err == nil:
		t.report.Copied++
		t.report.Bytes += e.Bytes
	case errors.Is(err, errKept):
		t.report.Kept++
	case errors.Is(err, errGone): // cleared since it was listed
	default:
		t.report.Failed++
		t.failures.Failed++
		if len(t.failures.Errs) < mostErrs {
			t.failures.Errs = append(t.failures.Errs, err)
		}
	}
}

// err is nil where all went well.
func (t *tally) err() error {
	if t.failures.Failed == 0 {
		return nil
	}
	return &t.failures
}
