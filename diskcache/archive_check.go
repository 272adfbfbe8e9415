package diskcache

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// archiveCheck makes an Archive of a file that anybody may have written.
//
//  1. The zip directory is read. Each member is stored, not compressed, lies in the
//     file, and shares no byte with another one: so all of them together are not
//     longer than the file, whatever sizes it tells.
//  2. The manifest has a layout that is known, and tells the folders. How much it
//     tells of is bounded by the directory.
//  3. Each name is one that Export writes: two or three parts, none of which leads
//     elsewhere; no two that differ only in case.
//  4. Each record is sound, of the entry that its own name tells, and of the tag of
//     its folder. The value it tells of is there, in the size it tells.
//  5. Each value has a record, or is listed as one of another program.
//
// What is left are the digests of the values, see Archive.Check.
type archiveCheck struct {
	size     int64
	manifest manifest
	places   map[string]*manifestPlace // by folder
	foreign  map[string]bool           // full names that the manifest lists
	members  []member
}

func (c *archiveCheck) run(r io.ReaderAt) error {
	z, err := zip.NewReader(r, c.size)
	if err != nil {
		return &ArchiveError{Err: fmt.Errorf("it is cut short, damaged, or no zip file: %w", err)}
	}
	if err := c.layout(z.File); err != nil { // 1
		return err
	}
	if err := c.readManifest(z.File); err != nil { // 2
		return err
	}
	byName, err := c.byName(z.File[1:]) // 3
	if err != nil {
		return err
	}
	if err := c.pair(z.File[1:], byName); err != nil { // 4, 5
		return err
	}
	slices.SortStableFunc(c.members, func(a, b member) int { return cmp.Compare(a.place.Folder, b.place.Folder) })
	return nil
}

// layout is rule 1.
func (c *archiveCheck) layout(files []*zip.File) error {
	type extent struct {
		file       *zip.File
		begin, end int64
	}
	extents := make([]extent, 0, len(files))
	for _, f := range files {
		begin, err := f.DataOffset()
		switch {
		case err != nil:
			return &ArchiveError{Member: f.Name, Err: fmt.Errorf("it is not where the directory says: %w", err)}
		case f.Flags&1 != 0:
			return &ArchiveError{Member: f.Name, Err: errors.New("it is encrypted")}
		case f.Method != zip.Store:
			return &ArchiveError{Member: f.Name, Err: errors.New("it is compressed, and members of these archives are not: pack them with zip -0")}
		case f.CompressedSize64 != f.UncompressedSize64:
			return &ArchiveError{Member: f.Name, Err: fmt.Errorf("it has %d bytes, and %d when unpacked, although it is not compressed", f.CompressedSize64, f.UncompressedSize64)}
		case begin < 0 || begin > c.size || f.UncompressedSize64 > uint64(c.size-begin):
			return &ArchiveError{Member: f.Name, Err: fmt.Errorf("its %d bytes from byte %d on do not lie in the archive of %d bytes", f.UncompressedSize64, begin, c.size)}
		case !strings.HasSuffix(f.Name, "/") && !f.Mode().IsRegular():
			return &ArchiveError{Member: f.Name, Err: fmt.Errorf("it is no regular file: its mode is %v", f.Mode())}
		}
		extents = append(extents, extent{f, begin, begin + int64(f.UncompressedSize64)})
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
	const headerSize = 30 // of a member, before its name
	for i := 1; i < len(extents); i++ {
		before, e := extents[i-1], extents[i]
		if e.begin-int64(len(e.file.Name))-headerSize < before.end {
			return &ArchiveError{Member: e.file.Name, Err: fmt.Errorf("it shares bytes with member %.300q", before.file.Name)}
		}
	}
	return nil
}

// byName is rule 3.
func (c *archiveCheck) byName(files []*zip.File) (map[string]*zip.File, error) {
	byName := make(map[string]*zip.File, len(files))
	folded := make(map[string]bool, len(files))
	folded[manifestName] = true
	for _, f := range files {
		if err := c.checkMember(f); err != nil {
			return nil, &ArchiveError{Member: f.Name, Err: err}
		}
		lower := filename.Fold(f.Name)
		if folded[lower] {
			return nil, &ArchiveError{Member: f.Name, Err: errors.New("it is there twice, or another one differs from it only in case")}
		}
		folded[lower] = true
		byName[f.Name] = f
	}
	return byName, nil
}

func (c *archiveCheck) checkMember(f *zip.File) error {
	name := strings.TrimSuffix(f.Name, "/")
	switch {
	case !utf8.ValidString(f.Name) || f.NonUTF8:
		return errors.New("its name is not UTF-8")
	case strings.ContainsRune(f.Name, '\\') || strings.ContainsFunc(f.Name, unicode.IsControl):
		return errors.New("its name holds a backslash or a control character")
	case !fs.ValidPath(name):
		return errors.New("its name is no path below the archive")
	}
	folder, rest, _ := strings.Cut(name, "/")
	if c.places[folder] == nil {
		return fmt.Errorf("the manifest tells of no folder %q", folder)
	}
	if name != f.Name { // a folder, as other programs pack them along
		if rest != "" && rest != privateDir || f.UncompressedSize64 != 0 {
			return errors.New("it is a folder that no archive of dataelab has")
		}
		return nil
	}
	rest = strings.TrimPrefix(rest, privateDir+"/")
	return checkName("file", rest, maxFile)
}

// maxFile is the most that file systems give a name.
const maxFile = 255

// pair is rules 4 and 5.
func (c *archiveCheck) pair(files []*zip.File, byName map[string]*zip.File) error {
	claimed := make(map[*zip.File]bool, len(files)/2)
	for _, f := range files {
		folder, rest, _ := strings.Cut(f.Name, "/")
		base, isRecord := baseOfRecord(rest)
		if !isRecord {
			continue
		}
		m := member{place: c.places[folder], base: base, record: f}
		o, err := m.readRecord()
		if err != nil {
			return err // which tells the member
		}
		if err := c.claim(&m, o, byName[folder+"/"+o.File], claimed); err != nil {
			return &ArchiveError{Member: f.Name, Err: err}
		}
		c.members = append(c.members, m)
	}
	for _, f := range files {
		folder, rest, _ := strings.Cut(f.Name, "/")
		_, isRecord := baseOfRecord(rest)
		switch {
		case isRecord || claimed[f] || strings.HasSuffix(f.Name, "/"):
			continue
		case strings.Contains(rest, "/"):
			return &ArchiveError{Member: f.Name, Err: errors.New("it is neither a value nor a record")}
		case !c.foreign[f.Name]:
			return &ArchiveError{Member: f.Name, Err: errors.New("no record stands beside it, and the manifest does not tell of it")}
		}
		c.members = append(c.members, member{place: c.places[folder], value: f})
	}
	return nil
}

// claim gives a record its value.
func (c *archiveCheck) claim(m *member, o *opened, value *zip.File, claimed map[*zip.File]bool) error {
	switch {
	case value == nil:
		return fmt.Errorf("its value, %s, is not in the archive", o.File)
	case value.UncompressedSize64 != uint64(o.Bytes):
		return fmt.Errorf("it tells of %d bytes, and its value has %d", o.Bytes, value.UncompressedSize64)
	case claimed[value]:
		return fmt.Errorf("its value, %s, belongs to another entry", o.File)
	}
	claimed[value] = true
	m.value = value
	return nil
}

// Check reads the values and compares them with their records. Import does so before
// it touches anything. The error is an *[ArchiveError], or that of ctx.
func (a *Archive) Check(ctx context.Context) error {
	t := tally{}
	return a.check(ctx, &t, nil)
}

// check is Check, with what the places say in which the entries are to come, if any.
func (a *Archive) check(ctx context.Context, t *tally, places map[*manifestPlace]*Place) error {
	if err := a.checkFiles(ctx, t, places); err != nil {
		return err
	}
	t.expect(a.Entries(ctx), true)
	buf := make([]byte, 1<<20)
	for i := range a.members {
		m := &a.members[i]
		o, err := m.open()
		if err == nil {
			err = m.verify(ctx, o, buf)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		if t.options.takes(o.EntryInfo) {
			t.advance(o.EntryInfo)
		}
	}
	return nil
}

// checkFiles refuses what the places cannot take, whatever they hold already.
func (a *Archive) checkFiles(ctx context.Context, t *tally, places map[*manifestPlace]*Place) error {
	if len(places) == 0 {
		return nil
	}
	var of *Place
	var exts []valueExt
	for i := range a.members { // sorted by place
		m := &a.members[i]
		e, err := m.info()
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return err
		}
		if p := places[m.place]; of != p {
			of, exts = p, valueExts(p.dir.opts.Formats)
		}
		if !t.options.takes(e) {
			continue
		}
		if err := of.checkFile(&e, exts); err != nil {
			return &ArchiveError{Member: m.value.Name, Err: err}
		}
	}
	return nil
}

// verify compares a value with its record and with the checksum of the zip file.
func (m *member) verify(ctx context.Context, o *opened, buf []byte) error {
	r, err := m.value.Open()
	if err == nil {
		defer r.Close()
		sum := digest.NewWriter(io.Discard)
		_, err = io.CopyBuffer(struct{ io.Writer }{sum}, &whileAlive{ctx, r}, buf)
		if err == nil {
			err = o.fits(sum.Bytes(), sum.Sum())
		}
	}
	if err != nil {
		return &ArchiveError{Member: m.value.Name, Err: err}
	}
	return nil
}

// whileAlive reads until ctx ends.
type whileAlive struct {
	ctx context.Context
	io.Reader
}

func (w *whileAlive) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}
