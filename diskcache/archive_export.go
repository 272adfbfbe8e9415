package diskcache

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"time"

	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/filename"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// Export writes the entries of some places to w, as one zip file that is not compressed:
// other programs list it, unpack it, and read the values in it, as
// numpy.load(zipfile.ZipFile(path).open(name)) does. [OpenArchive] reads it back.
//
// Every value is compared with its record before it is written. Entries that fail are left
// out, and the error is an *[EntriesError]: the archive is complete without them. After any
// other error, also that of ctx, what was written is no archive. Only what belongs to a
// place is written: see [CopyOptions] for files of other programs. A place where
// nothing was saved is empty.
func Export(ctx context.Context, w io.Writer, o CopyOptions, places ...*Place) (CopyReport, error) {
	x := &exporter{zip: zip.NewWriter(w), tally: tally{options: o}, created: time.Now().UTC(), foreign: map[string]bool{}, buf: make([]byte, 1<<20)}
	err := x.manifest(ctx, places)
	for _, p := range places {
		if err == nil {
			err = x.place(ctx, p)
		}
	}
	if err == nil {
		err = x.close()
	}
	if err != nil {
		return x.report, &Error{Op: "export", Err: err}
	}
	return x.report, x.err()
}

// exporter is one Export.
type exporter struct {
	tally
	zip     *zip.Writer
	created time.Time
	foreign map[string]bool // members that the manifest lists
	buf     []byte
	items   int   // that the manifest tells of
	size    int64 // of the manifest
	members int
	broken  error // what was written is no archive any more
}

// close ends the archive. What the manifest tells of was written since, or failed.
func (x *exporter) close() error {
	if err := manifestFits(x.items, x.size, x.members); err != nil {
		return fmt.Errorf("the manifest: %w: leave out places that are empty, and files that cannot be read", err)
	}
	return x.zip.Close()
}

// manifest writes the first member.
func (x *exporter) manifest(ctx context.Context, places []*Place) error {
	m := manifest{Layout: archiveLayout, Created: x.created, Host: procname.Host(), Code: program(), Places: []manifestPlace{}}
	folders, tags := map[string]bool{manifestName: true}, map[string]bool{}
	for _, p := range places {
		folder := p.folder()
		if folded := filename.Fold(folder); folders[folded] || tags[p.tag] {
			return fmt.Errorf("another place has the tag %q or the folder %s, too: export them one by one", p.tag, folder)
		}
		folders[filename.Fold(folder)], tags[p.tag] = true, true
		of := manifestPlace{Folder: folder, Tag: p.tag}
		if x.options.Foreign {
			for e, err := range p.Entries(ctx) {
				if err == nil && e.State == EntryForeign && x.options.takes(e) {
					of.Foreign = append(of.Foreign, e.File)
					x.foreign[folder+"/"+e.File] = true
				}
			}
		}
		m.Places = append(m.Places, of)
	}
	text, err := m.encode()
	if err != nil {
		return err
	}
	x.items, x.size = len(places)+len(x.foreign), int64(len(text))
	x.expect(entriesOfAll(ctx, places), false)
	return x.write(manifestName, x.created, checksums{size: int64(len(text)), crc: crc32.ChecksumIEEE(text)}, bytes.NewReader(text))
}

func entriesOfAll(ctx context.Context, places []*Place) iter.Seq2[EntryInfo, error] {
	return func(yield func(EntryInfo, error) bool) {
		for _, p := range places {
			for e, err := range p.Entries(ctx) {
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

func (x *exporter) place(ctx context.Context, p *Place) error {
	s, err := p.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	for e, err := range p.Entries(ctx) {
		if err == nil && !x.takes(p, e) {
			continue
		}
		if err == nil {
			err = p.readAny(ctx, s, e, func(o *opened) error { return x.entry(ctx, p, o) })
		}
		if err := cmp.Or(ctx.Err(), x.broken); err != nil {
			return err
		}
		x.add(e, p.wrap("export", e.base(), err))
	}
	return nil
}

// takes leaves out files of other programs that came after the manifest.
func (x *exporter) takes(p *Place, e EntryInfo) bool {
	return x.options.takes(e) && (e.State != EntryForeign || x.foreign[p.folder()+"/"+e.File])
}

// checksums are what is known of a member before it is written.
type checksums struct {
	size   int64
	crc    uint32
	digest string
}

// entry writes a value, and then its record. A value is read twice, or kept in memory
// where it is small: the first time tells whether it is good.
func (x *exporter) entry(ctx context.Context, p *Place, o *opened) error {
	var again io.Reader = io.NewSectionReader(o.reader(ctx), 0, o.Bytes)
	if o.Bytes <= smallFile {
		content := make([]byte, o.Bytes)
		if err := readFull(o.value, content); err != nil {
			return err
		}
		o.value = bytes.NewReader(content)
		again = bytes.NewReader(content)
	}
	sums, err := x.sumsOf(io.NewSectionReader(o.reader(ctx), 0, o.Bytes))
	if err == nil {
		err = o.fits(sums.size, sums.digest)
	}
	if err != nil {
		return err
	}
	modified := o.Computed
	if o.record == nil {
		modified = x.created
	}
	x.broken = x.write(p.folder()+"/"+o.File, modified, sums, again)
	if x.broken == nil && o.record != nil {
		sums := checksums{size: int64(len(o.record)), crc: crc32.ChecksumIEEE(o.record)}
		x.broken = x.write(p.folder()+"/"+recordName(o.base()), modified, sums, bytes.NewReader(o.record))
	}
	return x.broken
}

func (x *exporter) sumsOf(r io.Reader) (checksums, error) {
	crc := crc32.NewIEEE()
	w := digest.NewWriter(crc)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, x.buf)
	return checksums{w.Bytes(), crc.Sum32(), w.Sum()}, err
}

// write writes a member. That its sizes stand before it lets archives be read from a
// pipe, too.
func (x *exporter) write(name string, modified time.Time, sums checksums, content io.Reader) error {
	h := &zip.FileHeader{Name: name, Method: zip.Store, Flags: utf8Name, ReaderVersion: zipVersion,
		CRC32: sums.crc, CompressedSize64: uint64(sums.size), UncompressedSize64: uint64(sums.size)}
	h.SetMode(0o600)
	h.CreatorVersion |= zipVersion
	create := x.zip.CreateRaw
	if sums.size >= longMember { // which is told in another way, behind the member
		h.Modified, create = modified, x.zip.CreateHeader
	} else {
		//lint:ignore SA1019 CreateRaw leaves out what Modified says
		h.ModifiedDate, h.ModifiedTime = dosTime(modified) //nolint:staticcheck // as above
	}
	w, err := create(h)
	if err != nil {
		return err
	}
	x.members++
	crc := crc32.NewIEEE()
	n, err := io.CopyBuffer(io.MultiWriter(w, crc), struct{ io.Reader }{content}, x.buf)
	if err == nil && (n != sums.size || crc.Sum32() != sums.crc) {
		err = fmt.Errorf("%s was changed while it was read", name)
	}
	return err
}

const (
	utf8Name   = 0x800 // the flag for names in UTF-8
	zipVersion = 20    // of the format, which names folders
	longMember = 1<<32 - 1
)

// dosTime is how zip files tell a time, in steps of two seconds.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		return 1<<5 | 1, 0 // the first day there is
	}
	return uint16(t.Day() | int(t.Month())<<5 | (t.Year()-1980)<<9), uint16(t.Second()/2 | t.Minute()<<5 | t.Hour()<<11)
}
