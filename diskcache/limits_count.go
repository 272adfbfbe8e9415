package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/ledger"
)

// block is what files are rounded up to.
const block = 4096

func blocks(bytes int64) int64 { return (bytes + block - 1) / block * block }

// extOf returns the extension of an entry's value, empty where the record does not
// tell of a file of this entry.
func (r *record) extOf(base string) string {
	ext, ok := strings.CutPrefix(r.File, base+".")
	if !ok || len(ext) > maxExt || strings.Contains(ext, "/") || store.CheckName(r.File) != nil {
		return ""
	}
	return ext
}

// counting looks at what there is in a tag's directory.
type counting struct {
	session store.LocalSession
	exts    *possibleExts
	present map[string]bool // the values that there are; nil if that is not known
}

// possibleExts are the extensions that values may have. Beside a value in one that its record
// names, a look-up takes only files in those that are asked by type, so that a user's
// x.csv beside x.npy stays his.
type possibleExts struct{ byType, all []string }

func newPossibleExts(set formats.Set) *possibleExts {
	both := func(fs []formats.Format) (exts []string) {
		for _, f := range fs {
			exts = append(exts, f.Ext(), formats.Zstd(f).Ext())
		}
		return exts
	}
	return &possibleExts{both(set.ByType()), both(set.All())}
}

// of returns the names of what can be a value of an entry, of which the record is nil
// where it is damaged.
func (e *possibleExts) of(base string, r *record) []string {
	exts := e.all
	if r != nil {
		exts = e.byType
		if ext := r.extOf(base); ext != "" && !slices.Contains(exts, ext) {
			exts = append(slices.Clip(exts), ext)
		}
	}
	var names []string
	for _, ext := range exts {
		if name := base + "." + ext; !strings.Contains(ext, "/") && store.CheckName(name) == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// entry returns the line of an entry that is there. Its room is that of its record and of
// all that could be its value. Without a record there is no entry of ours, which is an
// error that wraps fs.ErrNotExist.
func (c *counting) entry(base string) (ledger.Line, error) {
	ctx := context.Background()
	info, err := c.session.Stat(ctx, recordName(base))
	if err != nil {
		return ledger.Line{}, err
	}
	l := ledger.Line{Bytes: blocks(info.Size), Used: beforeNow(info.Modified), Flags: ledger.Counts}
	r := c.record(base)
	if r != nil {
		l.Ext, l.Seconds = r.extOf(base), float32(r.Seconds)
		if r.Pin {
			l.Flags |= ledger.Pinned
		}
		if r.Expires != nil {
			l.Expires = unixNano(*r.Expires)
		}
	}
	for _, name := range c.exts.of(base, r) {
		bytes, err := c.size(name)
		if err != nil {
			return l, err
		}
		l.Bytes += bytes
	}
	return l, nil
}

// record returns an entry's record, or nil where it cannot be read.
func (c *counting) record(base string) *record {
	text, err := recordOf(context.Background(), c.session, base)
	if err != nil {
		return nil
	}
	r, err := decodeWholeRecord(text)
	if err != nil {
		return nil
	}
	return r
}

func (c *counting) size(name string) (int64, error) {
	if c.present != nil && !c.present[name] {
		return 0, nil
	}
	info, err := c.session.Stat(context.Background(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return blocks(info.Size), err
}

// beforeNow is a time in Unix nanoseconds; one that is yet to come is now.
func beforeNow(at time.Time) int64 { return min(unixNano(at), time.Now().UnixNano()) }

// unixNano is that of a time, or the nearest one that there is.
func unixNano(at time.Time) int64 {
	switch {
	case at.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	case at.Before(time.Unix(0, 1)):
		return 1
	}
	return at.UnixNano()
}

// folders are the tags' directories, and whatever else lies beside them.
func (s *scope) folders() (names []string, err error) {
	for name, err := range s.top.Folders(context.Background(), "") {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// scan adds a line for all that is in a scope.
func (s *scope) scan(v *visit, t *ledger.Tx) error {
	if !s.all {
		return s.scanDirectory(v, t, "")
	}
	folders, err := s.folders()
	if err != nil {
		return err
	}
	for _, name := range folders {
		if strings.HasPrefix(name, privateDir) {
			continue
		}
		if err := s.scanDirectory(v, t, name); err != nil {
			return err
		}
	}
	return nil
}

// scanDirectory adds what is in one tag's directory. What is none of ours, or not ours
// to look at, has nothing.
func (s *scope) scanDirectory(v *visit, t *ledger.Tx, directory string) error {
	session := v.session(s, directory)
	if session == nil {
		return nil
	}
	ctx := context.Background()
	c := counting{session, v.exts, map[string]bool{}}
	names, err := listed(ctx, session, privateDir+"/")
	names = slices.DeleteFunc(names, func(name string) bool { return path.Base(name) == store.ReadmeName })
	if err != nil || len(names) == 0 {
		return err
	}
	values, err := listed(ctx, session, "")
	if err != nil {
		return err
	}
	for _, name := range values {
		c.present[name] = true
	}
	for _, name := range names {
		base, ok := baseOfRecord(name)
		if !ok { // bookkeeping
			continue
		}
		l, err := c.entry(base)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			l.Name = s.name(directory, base)
			err = t.Put(l)
		}
		if err != nil {
			return err
		}
	}
	if err := s.scanAside(t, session, directory); err != nil {
		return err
	}
	if err := s.putFixed(t, session, directory); err != nil {
		return err
	}
	return s.scanWork(t, session, directory)
}

func listed(ctx context.Context, s store.Store, prefix string) (names []string, err error) {
	for name, err := range s.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (s *scope) scanAside(t *ledger.Tx, session store.LocalSession, directory string) error {
	ctx := context.Background()
	names, err := listed(ctx, session, asideDir+"/")
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ours := asideSince(name); !ours {
			continue
		}
		l, err := asideLine(session, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			l.Name = s.name(directory, name)
			err = t.Put(l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asideLine returns the line of a file set aside, with its note.
func asideLine(session store.LocalSession, name string) (ledger.Line, error) {
	info, err := session.Stat(context.Background(), name)
	if err != nil {
		return ledger.Line{}, err
	}
	return ledger.Line{Bytes: blocks(info.Size) + block, Used: beforeNow(info.Modified), Flags: ledger.Aside}, nil
}

// scanWork promises room to those who write already. How much they were promised is
// not known any more: at least as much as they may write before they ask again.
func (s *scope) scanWork(t *ledger.Tx, session store.LocalSession, directory string) error {
	files, _ := session.WorkFiles(false)
	for name, size := range files {
		p := promise{id: name, directory: directory}
		bytes := blocks(size)
		if s.counts { // under a small limit that would leave no room for anything
			bytes += stepAfter(size) + block
		}
		if err := t.Promise(ledger.Line{Name: p.name(s), Bytes: bytes, Used: time.Now().UnixNano()}); err != nil {
			return err
		}
	}
	return nil
}
