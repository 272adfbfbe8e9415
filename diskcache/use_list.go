package diskcache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// useList is what a value was made of. It does not change; nil is nothing.
type useList struct {
	direct  []use
	partial bool // what was inherited is not known

	// What was inherited takes longer to decode than all the rest of a record, and is
	// rarely asked for.
	once      sync.Once
	text      []byte // lines of a record; nil where there are none, or inherited is set
	moved     move   // for what is in text
	inherited []use
}

func (l *useList) none() bool { return l == nil || len(l.direct) == 0 }

func (l *useList) isPartial() bool { return l != nil && l.partial }

// through returns what was inherited, and whether that is known.
func (l *useList) through() (inherited []use, known bool) {
	if l == nil {
		return nil, true
	}
	l.once.Do(func() {
		for line := range linesOf(l.text) {
			var u use
			if json.Unmarshal(line, &u) != nil {
				l.inherited, l.partial = nil, true
				return
			}
			l.moved.relocate(&u)
			l.inherited = append(l.inherited, u)
		}
	})
	return l.inherited, !l.partial
}

// readIn says in which directory lies the record that has the list, which was written in
// another one, maybe. Nobody else has the list yet.
func (l *useList) readIn(written, now string) *useList {
	m := move{written, now}
	if l == nil || written == now {
		return l
	}
	for i := range l.direct {
		m.relocate(&l.direct[i])
	}
	for i := range l.inherited {
		m.relocate(&l.inherited[i])
	}
	l.moved = m
	return l
}

// all returns the list as records have it.
func (l *useList) all() []use {
	if l.none() {
		return nil
	}
	inherited, _ := l.through()
	return slices.Concat(l.direct, inherited)
}

// usedField begins what a record says of uses, one in a line: first what was used
// directly.
const usedField = "\n \"used\": ["

// appendUses adds that field behind text.
func appendUses(text []byte, uses []use) ([]byte, error) {
	text = append(text, usedField...)
	for i := range uses {
		if i > 0 {
			text = append(text, ',')
		}
		line, err := lineOf(&uses[i])
		if err != nil {
			return nil, err
		}
		text = append(append(text, "\n  "...), line...)
	}
	return append(text, "\n ],"...), nil
}

// lineOf is one use in JSON, in which paths are text: see pathText.
func lineOf(u *use) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(u)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// directOnly is how a record says that what was inherited is left out.
const directOnly = "\n \"used_directly_only\": true"

// inheritedMark ends the lines of what was inherited.
const inheritedMark = `,"inherited":true}`

// usesOf returns what a sound record in a directory says of uses. Where it has them in any other way than
// appendUses writes them, it is for encoding/json to say what the text means.
func usesOf(text []byte, r *verdict, dir string) (*useList, error) {
	if r.Uses == 0 {
		return nil, nil
	}
	_, list, found := bytes.Cut(text, []byte(usedField))
	list, _, whole := bytes.Cut(list, []byte("\n ]"))
	if !found || !whole {
		return nil, errors.New("record does not say what was used")
	}
	l, count := &useList{partial: bytes.Contains(text, []byte(directOnly))}, 0
	for line := range linesOf(list) {
		count++
		if bytes.HasSuffix(line, []byte(inheritedMark)) {
			l.text = append(append(l.text, line...), '\n')
			continue
		}
		if l.text != nil {
			return nil, errors.New("record tells of something used after something inherited")
		}
		var u use
		if err := json.Unmarshal(line, &u); err != nil {
			return nil, fmt.Errorf("record is not readable: %w", err)
		}
		l.direct = append(l.direct, u)
	}
	if count != r.Uses {
		return nil, fmt.Errorf("record says %d uses, and tells of %d", r.Uses, count)
	}
	return l.readIn(pathIn(r.Place), dir), nil
}

// linesOf goes through the elements of a list with one in each line.
func linesOf(list []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(list) {
			line = bytes.TrimSuffix(bytes.TrimSpace(line), []byte(","))
			if len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}
