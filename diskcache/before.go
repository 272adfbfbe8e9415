package diskcache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// A save publishes the record, and then the value. In between, and after a death there, a new
// record lies beside an old value. So the record also tells what the entry was before,
// and an entry is its value and the record that belongs to it: recordOf finds that one, and all
// who look at entries use it.

// former is what an entry was.
type former struct {
	verdict
	Used    []use      `json:"used,omitempty"`
	Direct  bool       `json:"used_directly_only,omitempty"`
	DType   string     `json:"dtype,omitempty"`
	Shape   []int      `json:"shape,omitempty"`
	Written time.Time  `json:"written,omitzero"`
	Expires *time.Time `json:"expires,omitempty"`
	Host    string     `json:"host,omitempty"`
	Process int        `json:"process,omitempty"`
	Code    *Code      `json:"code,omitempty"`
}

// asFormer returns what the next record says of an entry.
func (r *record) asFormer() former {
	return former{r.verdict, r.Used, r.Direct, r.DType, r.Shape, r.Written, r.Expires, r.Host, r.Process, &r.Code}
}

// before returns the record that the entry had before save i of Before. Name and tag are
// those that the entry has now, and its arguments have not changed.
func (r *record) before(i int) *record {
	was, old := *r, r.Before[i]
	was.verdict, was.Used, was.Direct, was.DType, was.Shape = old.verdict, old.Used, old.Direct, old.DType, old.Shape
	was.Tag, was.Name, was.Key = r.Tag, r.Name, r.Key
	was.Written, was.Expires, was.Host, was.Process, was.Code = old.Written, old.Expires, old.Host, old.Process, Code{}
	if old.Code != nil {
		was.Code = *old.Code
	}
	was.Before = nil
	return &was
}

// mostBefore is how many saves in a row may be broken off.
const mostBefore = 3

// beforeField is how the field begins, which is JSON in one line.
const beforeField = "\n \"before\": "

const writtenField = "\n \"written\": "

// withField returns a sound record with one more field, sealed anew. All else stays byte
// for byte.
func withField(record []byte, field string) ([]byte, error) {
	text := record[:bytes.LastIndex(record, []byte(checkField))]
	for _, next := range []string{"\n \"expires\": ", "\n \"host\": "} { // as encode has them
		if before, after, found := bytes.Cut(text, []byte(next)); found {
			longer := append(bytes.Clone(before), field...)
			longer = append(append(longer, next...), after...)
			return seal(longer), nil
		}
	}
	return nil, errors.New("record has no host")
}

// withBefore returns the record of an entry that is about to be saved, with what the
// entry is now. What cannot be read now is nothing to go back to.
func withBefore(ctx context.Context, s store.Store, base string, record []byte) []byte {
	text, err := recordOf(ctx, s, base)
	if err != nil {
		return record
	}
	old, err := decodeWholeRecord(text)
	if err != nil {
		return record
	}
	before := append([]former{old.asFormer()}, old.Before...)
	line, err := json.Marshal(before[:min(len(before), mostBefore)])
	if err != nil {
		return record
	}
	longer, err := withField(record, beforeField+string(line)+",")
	if err != nil || len(longer) > maxRecordSize {
		return record
	}
	return longer
}

// wasRefreshed reports whether a record tells of what was before.
func wasRefreshed(record []byte) bool { return bytes.Contains(record, []byte(beforeField)) }

// recordOf reads the record that belongs to the value of an entry. Only after a Refresh it
// looks at the value, and at the content of that only where size and time do not tell.
func recordOf(ctx context.Context, s store.Store, base string) ([]byte, error) {
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if err != nil {
		return nil, err
	}
	if former, ok := formerly(ctx, s, base, text, false); ok {
		return former, nil
	}
	return text, nil
}

// formerly returns the record of a save before the one that a record describes, if the value
// belongs to that. It has to be in the very file of the record: an older one in another format may
// have been left by a save that was completed. In doubt, as after a contradiction, the content
// decides, whatever size and time say.
func formerly(ctx context.Context, s store.Store, base string, text []byte, doubt bool) ([]byte, bool) {
	if !wasRefreshed(text) {
		return nil, false
	}
	r, err := decodeWholeRecord(text)
	if err != nil || r.extOf(base) == "" {
		return nil, false
	}
	info, err := s.Stat(ctx, r.File)
	if err != nil || !doubt && r.shows(info.Size, info.Modified) {
		return nil, false
	}
	i := -1
	if !doubt {
		i = slices.IndexFunc(r.Before, func(was former) bool {
			return was.Format == r.Format && was.Bytes == info.Size && was.wrote(info.Modified)
		})
	}
	if i < 0 {
		i = r.indexOfContent(ctx, s)
	}
	if i < 0 {
		return nil, false
	}
	old, err := r.before(i).encode()
	return old, err == nil
}

// shows reports whether a value of this size and time is the one of the record, as
// opposed to an earlier one. Times tell nothing where a cache was copied without them; then
// the value is not older than the computation.
func (r *record) shows(size int64, modified time.Time) bool {
	if size != r.Bytes {
		return false
	}
	own := !r.Written.IsZero() && r.Written.Equal(modified)
	for i := range r.Before {
		was := &r.Before[i]
		if was.Bytes == size && (was.wrote(modified) || was.Written.IsZero() && !r.Written.IsZero() && !own) {
			return false
		}
	}
	return own || len(r.Before) == 0 || !modified.Before(r.Computed)
}

// wrote reports whether the value was written at a time.
func (f *former) wrote(at time.Time) bool { return !f.Written.IsZero() && f.Written.Equal(at) }

// indexOfContent returns of which earlier save the content of the value is, and -1 for
// the last one or none.
func (r *record) indexOfContent(ctx context.Context, s store.Store) int {
	file, err := s.Open(ctx, r.File)
	if err != nil {
		return -1
	}
	defer file.Close()
	is := func(was *verdict, sum string) bool { return was.Bytes == file.Size() && was.Digest == sum }
	fits := func(was former) bool { return was.Format == r.Format && was.Bytes == file.Size() }
	if !slices.ContainsFunc(r.Before, fits) {
		return -1
	}
	sum, err := digest.NewReader(file, file.Size()).Sum()
	if err != nil || is(&r.verdict, sum) {
		return -1
	}
	return slices.IndexFunc(r.Before, func(was former) bool { return fits(was) && is(&was.verdict, sum) })
}

// copiedRecord returns the record of a value that is copied to another place. What was
// before belongs to the place from where it comes.
func copiedRecord(record []byte, written time.Time) []byte {
	for _, begin := range []string{beforeField, writtenField} {
		if before, rest, found := bytes.Cut(record, []byte(begin)); found {
			if _, after, more := bytes.Cut(rest, []byte("\n")); more {
				record = slices.Concat(before, []byte("\n"), after)
			}
		}
	}
	if written.IsZero() {
		return resealed(record)
	}
	dated, err := withField(record, writtenField+written.UTC().Format(`"`+time.RFC3339Nano+`"`)+",")
	if err != nil {
		return resealed(record)
	}
	return dated
}

func resealed(record []byte) []byte {
	return seal(record[:bytes.LastIndex(record, []byte(checkField))])
}
