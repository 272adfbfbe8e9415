package diskcache

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/procname"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// What was invalidated is marked in one file of the tag's directory, before anything is
// removed. A hit does not read it. It is for computations under way, which compare what
// they found marked when they began with what is marked when they publish, and for those
// who miss an entry and have to know whether it went because it was wrong.
//
//  1. The file is replaced as a whole, by one process at a time.
//  2. Each mark has a token of its own, and is younger than all before it, by whatever
//     clock.
//  3. No mark goes because it is old: a stored value that it concerns may be as old. An
//     entry's mark may go that one of its method repeats. Where there are too many, the
//     older half becomes one mark of everything.
//  4. A file that is damaged, or of a later release, means that everything was marked
//     when it was written.
const marksName = privateDir + "/invalidated"

const (
	marksLayout  = 1
	mostMarks    = 1000    // rule 3
	maxMarksSize = 4 << 20 // bounds what is read; real ones have 150 bytes for each mark
)

// What a mark is of.
const (
	markedAll    = "all"
	markedMethod = "method"
	markedEntry  = "entry"
	markedFile   = "file"
)

// subject is what was invalidated: a method by the stem of its files, an entry by their
// base, an input file by its full path.
type subject struct {
	What string `json:"what"`
	Name string `json:"name,omitempty"`
}

// mark says when that was.
type mark struct {
	subject
	Token string    `json:"token"`
	Time  time.Time `json:"time"`
}

// marks are those of one directory. They are never changed. Nil is none.
type marks struct {
	text       []byte // of the file
	of         map[subject]mark
	files      []mark // those of files
	unreadable error
}

// readMarks returns the marks of a directory. What cannot be read marks everything.
func (h *home) readMarks(ctx context.Context, s store.Store) *marks {
	text, err := readSmall(ctx, s, marksName, maxMarksSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		m := allMarked("unreadable", time.Now())
		m.unreadable = err
		return m
	}
	if known := h.marks.Load(); known != nil && bytes.Equal(known.text, text) {
		return known
	}
	m, err := decodeMarks(text)
	if err != nil { // rule 4
		written := time.Now()
		if info, err := s.Stat(ctx, marksName); err == nil {
			written = info.Modified
		}
		key, _ := KeyOf(text) // bytes have keys
		m = allMarked("damaged "+key.String(), written)
	}
	m.text = text
	h.marks.Store(m)
	return m
}

func allMarked(token string, when time.Time) *marks {
	all := subject{What: markedAll}
	return &marks{of: map[subject]mark{all: {all, token, when}}}
}

// marksFile is the content of the file, without its check.
type marksFile struct {
	Layout int    `json:"layout"`
	Marks  []mark `json:"marks"`
}

func decodeMarks(text []byte) (*marks, error) {
	if len(text) > maxMarksSize {
		return nil, fmt.Errorf("has more than %d bytes", maxMarksSize)
	}
	content, err := unsealed(text)
	if err != nil {
		return nil, err
	}
	var f marksFile
	if err := json.Unmarshal(append(slices.Clip(bytes.TrimSuffix(content, []byte(","))), '}'), &f); err != nil {
		return nil, err
	}
	if f.Layout != marksLayout {
		return nil, fmt.Errorf("has layout %d", f.Layout)
	}
	m := &marks{of: map[subject]mark{}}
	for _, one := range f.Marks {
		if one.Time.After(m.of[one.subject].Time) {
			m.of[one.subject] = one
		}
	}
	m.listFiles()
	return m, nil
}

func (m *marks) encode() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n \"layout\": %d,\n \"marks\": [", marksLayout)
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i, one := range m.byAge() {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n  ")
		if err := enc.Encode(one); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - 1) // its line end
	}
	out.WriteString("\n ],")
	text := seal(out.Bytes())
	if len(text) > maxMarksSize {
		return nil, fmt.Errorf("the list of what was invalidated has %d bytes, and %d is the most", len(text), maxMarksSize)
	}
	return text, nil
}

// byAge lists the oldest mark first.
func (m *marks) byAge() []mark {
	if m == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(m.of), func(a, b mark) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.What, b.What), cmp.Compare(a.Name, b.Name))
	})
}

// with returns m with some more marks of one token.
func (m *marks) with(token string, subjects []subject) *marks {
	next := &marks{of: map[subject]mark{}}
	now := time.Now().UTC()
	if old := m.byAge(); len(old) > 0 {
		maps.Copy(next.of, m.of)
		if last := old[len(old)-1].Time; !now.After(last) { // rule 2
			now = last.Add(1)
		}
	}
	for _, of := range subjects {
		next.of[of] = mark{of, token, now}
	}
	next.thin(token)
	next.listFiles()
	return next
}

func (m *marks) listFiles() {
	for of, one := range m.of {
		if of.What == markedFile {
			m.files = append(m.files, one)
		}
	}
}

// thin is rule 3. A mark of everything that was made of others is new to all who compare.
func (m *marks) thin(token string) {
	oldest := m.byAge()
	for _, one := range oldest {
		if len(m.of) <= mostMarks {
			return
		}
		if m.repeated(one) {
			delete(m.of, one.subject)
		}
	}
	if len(m.of) <= mostMarks {
		return
	}
	oldest = m.byAge()
	all := subject{What: markedAll}
	when := m.of[all].Time
	for _, one := range oldest[:len(oldest)-mostMarks/2] {
		delete(m.of, one.subject)
		if one.Time.After(when) {
			when = one.Time
		}
	}
	m.of[all] = mark{all, token, when}
}

// repeated reports whether a mark says nothing that one of more does not say.
func (m *marks) repeated(one mark) bool {
	by, ok := m.of[subject{What: markedAll}]
	if ok && one.What != markedAll && !by.Time.Before(one.Time) {
		return true
	}
	if one.What != markedEntry {
		return false
	}
	stem, _ := splitBase(one.Name)
	by, ok = m.of[subject{markedMethod, stem}]
	return ok && !by.Time.Before(one.Time)
}

// concern yields the marks that are of an entry, or of a file that it used.
func (m *marks) concern(stem, base string, files iter.Seq[string]) iter.Seq[mark] {
	return func(yield func(mark) bool) {
		if m == nil {
			return
		}
		for _, of := range []subject{{What: markedAll}, {markedMethod, stem}, {markedEntry, base}} {
			if one, ok := m.of[of]; ok && !yield(one) {
				return
			}
		}
		if files == nil || len(m.files) == 0 { // to list files can take a while
			return
		}
		for path := range files {
			for _, one := range m.files {
				if samePath(one.Name, path) && !yield(one) {
					return
				}
			}
		}
	}
}

// samePath reports whether two paths are of one file, or one of a directory in which the
// other is.
func samePath(a, b string) bool {
	if runtime.GOOS == "windows" {
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	return a == b || isIn(a, b) || isIn(b, a)
}

func isIn(path, directory string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(directory, string(filepath.Separator)))
	return ok && rest != "" && directory != "" && rest[0] == filepath.Separator
}

// marksTries is how often one writes his marks who is overtaken by somebody without locks.
const marksTries = 20

// marksLock is the name of a lock that is none of an entry.
const marksLock = "..invalidated"

// mark adds marks to those of the directory, and returns them all.
func (d *tagDir) mark(ctx context.Context, s store.Session, token string, subjects []subject) (*marks, error) {
	if release, err := d.lockEntry(ctx, marksLock); err == nil { // rule 1, also where nobody can be kept from publishing
		defer release()
	}
	defer store.LockPublishing(s, true)()
	h := d.home()
	h.marking.Lock()
	defer h.marking.Unlock()
	for range marksTries {
		old := h.readMarks(ctx, s)
		if old != nil && old.unreadable != nil {
			return nil, fmt.Errorf("what was invalidated before cannot be read: %w", old.unreadable)
		}
		next := old.with(token, subjects)
		text, err := next.encode()
		if err != nil {
			return nil, err
		}
		if err := putSmall(ctx, s, marksName, text); err != nil {
			return nil, err
		}
		if now, err := readSmall(ctx, s, marksName, maxMarksSize); err == nil && bytes.Equal(now, text) {
			return next, nil
		}
	}
	return nil, errors.New("others wrote what they invalidated at the same time, again and again")
}

// newToken returns what no other mark has.
func newToken() string { return procname.New("") }

// marked tells whether an entry, or one of the files that it used, was invalidated later than
// a time, and the reason in words. The time is that at which a computation began, by the
// clock of any host: when in doubt it was.
func (d *tagDir) marked(ctx context.Context, s store.Store, stem, base string, files iter.Seq[string], since time.Time) (reason string, marked bool) {
	return d.home().readMarks(ctx, s).since(stem, base, files, since)
}

func (m *marks) since(stem, base string, files iter.Seq[string], since time.Time) (reason string, marked bool) {
	var last mark
	for one := range m.concern(stem, base, files) {
		if one.Time.Add(clockSkew).After(since) && !one.Time.Before(last.Time) {
			last, marked = one, true
		}
	}
	if !marked {
		return "", false
	}
	return last.reason(), true
}

// reason is a mark in words.
func (m *mark) reason() string {
	switch m.What {
	case markedMethod:
		return fmt.Sprintf("%s was invalidated %s", m.Name, wording.Time(m.Time))
	case markedFile:
		return fmt.Sprintf("the input file %s was invalidated %s", m.Name, wording.Time(m.Time))
	case markedEntry:
		return "it was invalidated " + wording.Time(m.Time)
	}
	return "everything was invalidated " + wording.Time(m.Time)
}
