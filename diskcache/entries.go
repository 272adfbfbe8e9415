package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// EntryInfo tells of one stored entry, without its value.
type EntryInfo struct {
	State EntryState
	Err   error // what is wrong, in words; nil for EntrySound and EntryForeign

	Tag  string
	Name string // of the method or function, such as root.slopes.Slopes.power
	Key  string // of the arguments, as in the names of the files; empty without arguments
	File string // name of the value's file in the place
	Path string // the full path of that file; empty for an entry of an archive

	// Bytes is the size of the file. The fields from here on are those of the record,
	// and zero where that is not sound; of a file of another program only Bytes
	// and Format are known.
	Bytes       int64
	Format      string
	Digest      string
	GoType      string
	DType       string   // of an array, as numpy writes it
	Shape       []int    // of an array
	Nil         bool     // the value is nil, and the file shows an empty one
	Arguments   []string // as texts for people, the first 200 bytes of each; see [KeyOf] for what decides
	Version     string
	Computed    time.Time // when the computation ended
	ComputeTime time.Duration
	Host        string
	Process     int
	Code        Code
	Uses        []Use // what the value was made of, as far as it is known
}

// EntryState says what an entry is good for.
type EntryState uint8

// The states of entries. That a value has the digest of its record is not part of
// it: that is found out by [Place.Verify], or when the value is loaded.
const (
	EntrySound   EntryState = iota // record and value are there, and fit
	EntryForeign                   // a value of another program: no record stands beside it
	EntryNoValue                   // a record whose value is gone: the next call computes
	EntryDamaged                   // the record, or the size of the value: set aside by the next call
	EntryNewer                     // a later release stored it
)

var entryStates = [...]string{"sound", "file of another program", "no value", "damaged", "of a newer release"}

// String returns the state in words.
func (s EntryState) String() string {
	if int(s) < len(entryStates) {
		return entryStates[s]
	}
	return "unknown"
}

// Entries goes through the entries of a place, in no order: first those with a
// record, then the files of other programs. It reads records and no values, one at
// a time, however many there are; in memory are only the names of the files.
//
// What is wrong with one entry is told in its State and Err. An error of the
// sequence says that a folder could not be listed. What is saved or cleared
// meanwhile may be seen or not; something in the middle of being saved can be
// told as damaged.
func (p *Place) Entries(ctx context.Context) iter.Seq2[EntryInfo, error] {
	return p.entries(ctx, func(string) bool { return true })
}

// Entry returns what Entries lists for one entry, which is named by its name and, where it has
// arguments, their key. Nothing else is read. The error wraps fs.ErrNotExist if there is
// neither record nor value.
func (p *Place) Entry(ctx context.Context, name, key string) (EntryInfo, error) {
	s, err := p.dir.open(ctx)
	if err != nil {
		return EntryInfo{}, p.wrap("find", name, err)
	}
	defer s.Close()
	base := baseOf(name, key)
	e, err := p.entry(ctx, s, base)
	if err == nil {
		return e, nil
	}
	exts := valueExts(p.dir.opts.Formats)
	for _, ext := range exts {
		if e, ok := p.foreignAt(ctx, s, exts, base+ext.ext); ok {
			return e, nil
		}
	}
	return EntryInfo{}, p.wrap("find", name, err)
}

// entries is Entries of those that are wanted, by the names of their files without extension. No
// others are read.
func (p *Place) entries(ctx context.Context, wanted func(base string) bool) iter.Seq2[EntryInfo, error] {
	return func(yield func(EntryInfo, error) bool) {
		s, err := p.dir.open(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(EntryInfo{}, p.wrap("list", "", err))
			return
		}
		defer s.Close()
		l := lister{Place: p, s: s, wanted: wanted, yield: yield}
		_ = l.recorded(ctx) && l.foreign(ctx)
	}
}

// lister is one listing. Its methods return false when it is over.
type lister struct {
	*Place
	s      store.Store
	wanted func(base string) bool
	yield  func(EntryInfo, error) bool
}

// each goes through the names of a folder.
func (l *lister) each(ctx context.Context, folder string, visit func(name string) bool) bool {
	for name, err := range l.s.List(ctx, folder) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			if !l.yield(EntryInfo{}, l.wrap("list", "", err)) || ctx.Err() != nil {
				return false
			}
			continue
		}
		if !visit(name) {
			return false
		}
	}
	return true
}

func (l *lister) recorded(ctx context.Context) bool {
	return l.each(ctx, privateDir+"/", func(name string) bool {
		base, ok := baseOfRecord(name)
		if !ok || !l.wanted(base) {
			return true
		}
		e, err := l.entry(ctx, l.s, base)
		return errors.Is(err, fs.ErrNotExist) || l.yield(e, nil) // cleared meanwhile
	})
}

func (l *lister) foreign(ctx context.Context) bool {
	exts := valueExts(l.dir.opts.Formats)
	return l.each(ctx, "", func(name string) bool {
		if base, _, _ := splitFile(exts, name); !l.wanted(base) {
			return true
		}
		e, ok := l.foreignAt(ctx, l.s, exts, name)
		return !ok || l.yield(e, nil)
	})
}

// entry reads the record of one entry, and looks at the size of its value. The error
// wraps fs.ErrNotExist where there is no record; anything else is in Err.
func (p *Place) entry(ctx context.Context, s store.Store, base string) (EntryInfo, error) {
	var judged []byte
	for looks := 1; ; looks++ {
		text, err := recordOf(ctx, s, base)
		if errors.Is(err, fs.ErrNotExist) {
			return EntryInfo{}, err
		}
		if err != nil {
			e := p.named(base)
			e.State, e.Err = EntryDamaged, fmt.Errorf("the record cannot be read: %w", err)
			return e, nil
		}
		e := infoOf(p.tag, p.dir.path, base, text)
		if e.State != EntrySound {
			return e, nil
		}
		e.Path = p.full(e.File)
		value, err := s.Stat(ctx, e.File)
		e.judge(p.dir.opts.Formats, value, err)
		fits := e.State != EntryDamaged && e.State != EntryNoValue
		if fits || bytes.Equal(text, judged) || looks == mostLooks { // else it may just have been published
			return e, nil
		}
		judged = text
	}
}

// judge compares a sound record with what there is of its value.
func (e *EntryInfo) judge(set formats.Set, value store.Info, err error) {
	wrong := e.checkExt(set)
	switch {
	case wrong != nil:
		e.State, e.Err = EntryDamaged, wrong
	case errors.Is(err, fs.ErrNotExist):
		e.State, e.Err = EntryNoValue, fmt.Errorf("the value's file %s is gone", e.File)
	case err != nil:
		e.State, e.Err = EntryDamaged, fmt.Errorf("the value cannot be read: %w", err)
	case value.Size != e.Bytes:
		e.State, e.Err = EntryDamaged, fmt.Errorf("%s has %d bytes, its record says %d", e.File, value.Size, e.Bytes)
	}
}

// named tells what the name of a file says.
func (p *Place) named(base string) EntryInfo {
	name, key := splitBase(base)
	return EntryInfo{Tag: p.tag, Name: name, Key: key}
}

// foreignAt tells of a value without a record. A file with an extension that no
// format has is no value.
func (p *Place) foreignAt(ctx context.Context, s store.Store, exts []valueExt, file string) (EntryInfo, bool) {
	base, format, ok := splitFile(exts, file)
	if !ok {
		return EntryInfo{}, false
	}
	if _, err := s.Stat(ctx, recordName(base)); !errors.Is(err, fs.ErrNotExist) {
		return EntryInfo{}, false
	}
	info, err := s.Stat(ctx, file) // after that of the record, as isForeign has it
	if err != nil {
		return EntryInfo{}, false
	}
	e := p.named(base)
	e.State, e.File, e.Path, e.Bytes, e.Format = EntryForeign, file, p.full(file), info.Size, format
	return e, true
}

// infoOf tells what a record says, and whether it can be that of an entry of this
// tag and with these file names: what it says comes from a file, or from an archive of
// somebody else. dir is the directory that it lies in, and empty for an archive.
func infoOf(tag, dir, base string, text []byte) EntryInfo {
	name, key := splitBase(base)
	e := EntryInfo{Tag: tag, Name: name, Key: key}
	r, err := decodeWholeRecord(text)
	switch {
	case errors.Is(err, errNewer):
		e.State, e.Err = EntryNewer, err
		return e
	case err == nil:
		err = r.belongs(tag, base)
	}
	if err != nil {
		e.State, e.Err = EntryDamaged, err
		return e
	}
	e.File, e.Bytes, e.Format, e.Digest, e.Nil = r.File, r.Bytes, r.Format, r.Digest, r.Nil
	e.GoType, e.DType, e.Shape, e.Arguments, e.Version = r.GoType, r.DType, r.Shape, r.Arguments, r.Version
	e.Computed, e.ComputeTime, e.Host, e.Process, e.Code = r.Computed, r.computeTime(), r.Host, r.Process, r.Code
	m := move{pathIn(r.Place), dir}
	for i := range r.Used {
		if m.from != m.to && dir != "" {
			m.relocate(&r.Used[i])
		}
		e.Uses = append(e.Uses, r.Used[i].exported())
	}
	return e
}

// belongs says why a record is not that of an entry.
func (r *record) belongs(tag, base string) error {
	name, key := splitBase(base)
	if r.Name != name || r.Key != key {
		return fmt.Errorf("record is of entry %s %s", r.Name, r.Key)
	}
	if r.Tag != tag {
		return fmt.Errorf("record is of tag %s", r.Tag)
	}
	if err := checkStem(name); err != nil {
		return err
	}
	ext, ok := strings.CutPrefix(r.File, base+".")
	if !ok {
		return fmt.Errorf("record is of file %q, which is no value of %s", r.File, base)
	}
	return checkName("extension", ext, maxExt)
}

// checkExt refuses an entry whose format would be looked for under another extension.
func (e *EntryInfo) checkExt(set formats.Set) error {
	if f, err := set.ByName(e.Format); err == nil && e.base()+"."+f.Ext() != e.File {
		return fmt.Errorf("its file is %s, and the format %s has the extension %s", e.File, e.Format, f.Ext())
	}
	return nil // or a format that this program does not know
}

// checkFile refuses an entry whose file could be, or become, the value of another one,
// or that of somebody else: the name of a file is only what a record says, and with dots
// in names and in extensions, root.a.b.npy could be claimed by root.a as well as by
// root.a.b. It is for those who write, rename or remove the file; exts are those of set.
func (e *EntryInfo) checkFile(set formats.Set, exts []valueExt) error {
	if _, err := set.ByName(e.Format); err == nil {
		return e.checkExt(set)
	}
	ext := strings.TrimPrefix(e.File, e.base()+".")
	single := !strings.Contains(strings.TrimSuffix(ext, compressedExt), ".")
	others := slices.ContainsFunc(exts, func(known valueExt) bool {
		before, has := strings.CutSuffix(e.File, known.ext)
		return has && before != e.base()
	})
	if !single || others {
		return fmt.Errorf("its file is %s, which may be the value of another entry, as this program knows no format %q: import the package of the format", e.File, e.Format)
	}
	return nil
}

// compressedExt is what compressing adds to the extension of any format.
const compressedExt = ".zst"

// splitBase takes the key of the arguments off the name of an entry's files.
func splitBase(base string) (name, key string) {
	name = stemOf(base, nil)
	return name, strings.TrimPrefix(base[len(name):], "-")
}

// valueExt is an extension of values.
type valueExt struct{ ext, format string }

// valueExts returns those of a set's formats, by themselves and compressed.
func valueExts(set formats.Set) []valueExt {
	var exts []valueExt
	for _, f := range set.All() {
		z := formats.Zstd(f)
		exts = append(exts, valueExt{"." + f.Ext(), f.Name()}, valueExt{"." + z.Ext(), z.Name()})
	}
	return exts
}

// splitFile tells of which entry a file would be the value.
func splitFile(exts []valueExt, file string) (base, format string, ok bool) {
	longest := ""
	for _, e := range exts {
		if before, has := strings.CutSuffix(file, e.ext); has && len(e.ext) > len(longest) {
			base, format, longest = before, e.format, e.ext
		}
	}
	name, _ := splitBase(base)
	return base, format, longest != "" && checkStem(name) == nil
}
