package gobs

import (
	"encoding/binary"
	"errors"
	"math"
)

// Notes say where a value differs from what the gob stream alone tells.
//
// Encoder and decoder walk a value in the same order, that of the stream, and
// count the slots they pass: the places where the stream leaves a question open.
// They are, each with what an absent note means:
//
//  1. the whole value, and an element that is a pointer: not nil
//  2. a field that is a pointer to a pointer, and absent: nil, not a pointer to nil
//  3. a slice of length 0: nil, not empty
//  4. a map of length 0 that is not a field: empty, not nil
//  5. a part of a complex64, or a float32, that is not a number: the usual bits
//  6. after what an interface holds: as many pointers as the registered type has
//
// So a note needs no path, and works within maps, whose entries have an order in
// the stream only. A note is
//
//	uvarint   slots passed since the last note, times 4, plus the kind
//	uvarint   what the kind says below; nothing for noteEmpty
type noteKind uint8

const (
	noteEmpty  noteKind = iota // empty, not nil
	noteNil                    // nil, with so many pointers from there to the value; 0 for a map
	noteLevels                 // so many pointers before the value
	noteBits                   // these bits of a float32
)

type noteWriter struct {
	b    []byte
	slot uint64 // number of the next slot
	last uint64 // one more than the slot of the last note
}

// pass leaves a slot without a note.
func (w *noteWriter) pass() { w.slot++ }

func (w *noteWriter) write(k noteKind, value uint64) {
	w.b = binary.AppendUvarint(w.b, (w.slot-w.last)<<2|uint64(k))
	if k != noteEmpty {
		w.b = binary.AppendUvarint(w.b, value)
	}
	w.slot++
	w.last = w.slot
}

type noteReader struct {
	b    []byte
	slot uint64
	next note
}

type note struct {
	slot  uint64 // noSlot after the last note
	kind  noteKind
	value uint64
}

const noSlot = math.MaxUint64

var errNotes = errors.New("the notes of the header make no sense")

func newNoteReader(b []byte) (noteReader, error) {
	r := noteReader{b: b}
	return r, r.fetch(0)
}

// fetch reads the next note; from is one more than the slot of the last.
func (r *noteReader) fetch(from uint64) error {
	if len(r.b) == 0 {
		r.next = note{slot: noSlot}
		return nil
	}
	head, n := binary.Uvarint(r.b)
	if n <= 0 {
		return errNotes
	}
	r.b = r.b[n:]
	r.next = note{slot: from + head>>2, kind: noteKind(head & 3)}
	if r.next.slot < from || r.next.slot == noSlot {
		return errNotes
	}
	if r.next.kind != noteEmpty {
		r.next.value, n = binary.Uvarint(r.b)
		if n <= 0 {
			return errNotes
		}
		r.b = r.b[n:]
	}
	return nil
}

// at passes a slot. It returns the note there, if any, which has to be of the
// kind that fits the slot.
func (r *noteReader) at(k noteKind) (value uint64, ok bool, err error) {
	slot := r.slot
	r.slot++
	if slot != r.next.slot {
		return 0, false, nil
	}
	if r.next.kind != k {
		return 0, false, errNotes
	}
	value = r.next.value
	return value, true, r.fetch(r.slot)
}

// end checks that every note has found its slot.
func (r *noteReader) end() error {
	if r.next.slot != noSlot {
		return errNotes
	}
	return nil
}
