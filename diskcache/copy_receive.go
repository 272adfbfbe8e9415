package diskcache

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// destination is a place that receives entries from elsewhere.
type destination struct {
	place    *Place
	s        store.Session
	existing Existing
	exts     []valueExt
	buf      []byte
	removed  int64 // entries that went for those that came
	noted    *marks
}

// receive opens a place for entries to come. Its session is to be closed.
func (p *Place) receive(ctx context.Context, existing Existing) (*destination, error) {
	if existing > ReplaceExisting {
		return nil, fmt.Errorf("CopyOptions.Existing is %d, which is neither KeepExisting, KeepNewer nor ReplaceExisting", existing)
	}
	s, err := p.dir.create(ctx)
	if err != nil {
		return nil, err
	}
	return &destination{place: p, s: s, existing: existing, exts: valueExts(p.dir.opts.Formats), buf: make([]byte, 1<<20),
		noted: p.dir.home().readMarks(ctx, s)}, nil
}

// errKept is the outcome of an entry that the destination has already.
var errKept = errors.New("the destination has the entry already")

// take puts an entry into the place.
//
//  1. What stands there decides whether it comes in at all.
//  2. The value is written where nobody sees it, compared with its record on the
//     way, and flushed.
//  3. Under the entry's lock, what stands there decides once more.
//  4. It is published as what was computed is.
func (d *destination) take(ctx context.Context, o *opened) error {
	base, record := o.base(), o.record
	if err := d.place.checkFile(&o.EntryInfo, d.exts); err != nil {
		return err
	}
	if record != nil {
		var err error
		if record, err = d.place.adapted(o); err != nil {
			return err
		}
	}
	if _, err := d.standing(ctx, o); err != nil { // 1
		return err
	}
	mode := store.Replace
	if record == nil {
		mode = store.CreateOnly
	}
	var room *hold // files of other programs do not count
	if record != nil {
		room = d.place.dir.hold(base, d.tellRemoved)
		defer room.end()
	}
	w, err := d.s.Put(ctx, o.File, mode) // 2
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }()
	if err := d.write(ctx, w, o, room); err != nil {
		return err
	}
	if record != nil {
		record = withBefore(ctx, d.s, base, copiedRecord(record, store.Modified(w)))
	}
	if err := room.record(len(record)); err != nil {
		return err
	}
	unlock, err := d.place.dir.lockEntry(ctx, base) // 3
	if err != nil {
		return err
	}
	defer unlock()
	others, err := d.standing(ctx, o)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // 4
	if record != nil {
		return d.place.dir.publish(ctx, d.s, publication{base: base, file: o.File, record: record, value: w, others: others, check: func(ctx context.Context, s store.Store) error {
			return d.check(ctx, s, &o.EntryInfo)
		}})
	}
	err = w.Commit()
	if errors.Is(err, fs.ErrExist) {
		return errKept
	}
	return err
}

// check returns an error for an entry that was invalidated in this place since the copy began.
func (d *destination) check(ctx context.Context, s store.Store, e *EntryInfo) error {
	for one := range d.place.dir.home().readMarks(ctx, s).concern(e.Name, e.base(), e.files()) {
		if d.noted == nil || d.noted.of[one.subject].Token != one.Token {
			return errors.New(one.reason() + ", while it was copied")
		}
	}
	return nil
}

func (d *destination) tellRemoved(e Event) {
	d.removed++
	d.place.tell(e)
}

// adapted returns the record that an entry has in this place.
func (p *Place) adapted(o *opened) ([]byte, error) {
	if o.Tag == p.tag {
		return o.record, nil
	}
	record, err := amended(o.record, amendment{"tag", p.tag})
	if err != nil {
		return nil, err
	}
	if is := infoOf(p.tag, p.dir.path, o.base(), record); is.State != EntrySound {
		return nil, is.Err
	}
	return record, nil
}

// checkFile refuses a value that nobody would look for under its name, or that
// somebody else could look for. What stands in the place makes no difference.
func (p *Place) checkFile(e *EntryInfo, exts []valueExt) error {
	if e.State != EntryForeign {
		return e.checkFile(p.dir.opts.Formats, exts)
	}
	if _, _, ok := splitFile(exts, e.File); !ok {
		return fmt.Errorf("no format of this program has files like %s: import the package of its format", e.File)
	}
	return nil
}

// standing returns nil if o may come in, and the value's file that it replaces under
// another name. Otherwise the error is errKept, or says why that cannot be known.
func (d *destination) standing(ctx context.Context, o *opened) (others []string, err error) {
	old, err := d.place.entry(ctx, d.s, o.base())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, d.standingForeign(ctx, o)
	case err != nil:
		return nil, err
	case o.record == nil: // whatever the record says, a file of another program it is not
		return nil, errKept
	case old.State == EntryNewer:
		return nil, old.Err
	}
	if old.State == EntrySound { // what a broken copy was to replace, the next one replaces
		text, err := readSmall(ctx, d.s, recordName(o.base()), maxRecordSize)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if _, wasBroken := formerly(ctx, d.s, o.base(), text, true); wasBroken {
			old.State = EntryDamaged
		}
	}
	switch {
	case old.State == EntrySound && d.existing == KeepExisting,
		old.State == EntrySound && d.existing == KeepNewer && !o.Computed.After(old.Computed):
		return nil, errKept
	}
	if old.File == o.File {
		return nil, nil
	}
	if err := d.inTheWay(ctx, o, old.File != ""); err != nil {
		return nil, err
	}
	if old.File != "" && old.checkFile(d.place.dir.opts.Formats, d.exts) == nil {
		others = append(others, old.File)
	}
	return others, nil
}

// inTheWay looks for a file where the value is to lie, when that is not what the
// record there tells of. known is whether that record can be read: if not, the file is
// taken for its value.
func (d *destination) inTheWay(ctx context.Context, o *opened, known bool) error {
	_, unknown := d.place.dir.opts.Formats.ByName(o.Format)
	if unknown == nil && (!known || d.existing == ReplaceExisting) {
		return nil
	}
	switch _, err := d.s.Stat(ctx, o.File); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case unknown != nil:
		return fmt.Errorf("%s stands there and is no value of the entry, and this program knows no format %q: import the package of the format", o.File, o.Format)
	}
	return errKept
}

// standingForeign looks for files of other programs where no record is.
func (d *destination) standingForeign(ctx context.Context, o *opened) error {
	if d.existing == ReplaceExisting && o.record != nil {
		return d.inTheWay(ctx, o, false)
	}
	files := []string{o.File}
	for _, e := range d.exts {
		files = append(files, o.base()+e.ext)
	}
	for _, file := range files {
		switch _, err := d.s.Stat(ctx, file); {
		case err == nil:
			return errKept
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// write writes the value to w and closes it.
func (d *destination) write(ctx context.Context, w store.Writer, o *opened, room *hold) error {
	digested := digest.NewWriter(w)
	if room != nil {
		digested.Room = room.room
	}
	crc := crc32.NewIEEE()
	var to io.Writer = digested
	onlyZip := o.record == nil && o.member != nil // nothing but the zip file's directory tells what was checked
	if onlyZip {
		to = io.MultiWriter(digested, crc)
	}
	from := io.NewSectionReader(o.reader(ctx), 0, o.Bytes)
	if _, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, d.buf); err != nil {
		return err
	}
	if err := o.fits(digested.Bytes(), digested.Sum()); err != nil {
		return err
	}
	if onlyZip && crc.Sum32() != o.member.CRC32 {
		return unfit{fmt.Errorf("the checksum of %s is %08x, the archive says %08x: the archive was changed while it was imported", o.File, crc.Sum32(), o.member.CRC32)}
	}
	return w.Close()
}
