package diskcache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// A save publishes the record, and then the value. Who dies in between leaves a new
// record beside an old value, which may be all there is of it: so the record also tells
// what the entry was before, and a value that is still that one is good.

// former is what an entry was.
type former struct {
	verdict
	Used   []use `json:"used,omitempty"`
	Direct bool  `json:"used_directly_only,omitempty"`
}

// mostBefore is how many saves in a row may be broken off.
const mostBefore = 3

// beforeField is how the field begins, which is JSON in one line.
const beforeField = "\n \"before\": "

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
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if err != nil {
		return record
	}
	old, err := decodeWholeRecord(text)
	if err != nil {
		return record
	}
	before := append([]former{{old.verdict, old.Used, old.Direct}}, old.Before...)
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

// lookBefore goes back to what an entry was, after its record and its value turned out
// not to fit. It has to be in the very file of the value: an older one in another
// format may have been left by a save that was completed.
func (c *cell) lookBefore(ctx context.Context, s store.Store, key Key, w *wish, text []byte, found look) look {
	if found.why != Damaged || !wasRefreshed(text) {
		return found
	}
	r, err := decodeWholeRecord(text)
	if err != nil {
		return found
	}
	for i := range r.Before {
		old := &r.Before[i]
		was := &old.verdict
		f, ok := c.formatNamed(was.Format)
		if !ok || was.Format != r.Format || c.contradiction(key, was) != nil || !hasContent(ctx, s, c.base(key)+"."+f.Ext(), was) {
			continue
		}
		if why, reason := c.outdated(was, w); why != NoReason {
			return missing(why, "%s; a later save was broken off", reason)
		}
		uses := listOf(old.Used, old.Direct).readIn(pathIn(was.Place), c.dir.path)
		o := &origin{cell: c, id: identity(was.Digest, was.Nil), uses: uses}
		if bad := c.examineOrigin(ctx, s, o, was, w); bad.is() {
			return missing(bad.why, "%s; a later save was broken off", bad.reason)
		}
		if found := c.lookValue(ctx, s, key, f, was); found.entry != nil {
			found.reason, found.entry.origin = "a later save was broken off", o
			return found
		}
	}
	return found
}

// hasContent reports whether a value is the one that a record told of.
func hasContent(ctx context.Context, s store.Store, name string, r *verdict) bool {
	file, err := s.Open(ctx, name)
	if err != nil {
		return false
	}
	defer file.Close()
	if file.Size() != r.Bytes {
		return false
	}
	sum, err := digest.NewReader(file, file.Size()).Sum()
	return err == nil && sum == r.Digest
}

// isOld reports whether a value may be from before its record, which a mapping would
// not notice: it was written before the computation ended that the record tells of.
func isOld(ctx context.Context, s store.Store, name string, r *verdict) bool {
	info, err := s.Stat(ctx, name)
	return err != nil || info.Modified.Before(r.Computed)
}

// broken reports whether a sound record has another value beside it, as a save that
// was broken off leaves it. Only where there was a value before is the file read.
func broken(ctx context.Context, s store.Store, base string) (bool, error) {
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r, err := decodeWholeRecord(text); err == nil && len(r.Before) > 0 {
		isOld := func(was verdict) bool { return hasContent(ctx, s, r.File, &was) }
		return !isOld(r.verdict) && slices.ContainsFunc(r.Before, func(was former) bool { return isOld(was.verdict) }), nil
	}
	return false, nil
}
