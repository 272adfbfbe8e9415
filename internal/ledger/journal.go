package ledger

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// The head of the journal is
//
//	check of all that follows, pages included (8), sequence number (8), number of pages (4),
//	their numbers (4 each)
//
// The header is one of the pages, the first. As it is the last that is written to
// its place, a journal of the header's own number was written to the end.

const mostJournaled = journalPages - 1

// Flush writes what was changed so far.
func (t *Tx) Flush() {
	if t.view {
		return
	}
	changed := []*page{nil}
	for _, p := range t.pages {
		if p.dirty {
			changed = append(changed, p)
		}
	}
	if len(changed) == 1 && !t.change {
		return
	}
	if !t.direct && len(changed) > mostJournaled {
		panic(damage("%d pages changed at once", len(changed)))
	}
	t.h.seq++
	t.h.host, t.h.boot = here()
	changed[0] = &page{}
	t.h.encode(changed[0])
	for _, p := range changed[1:] {
		p.seal(t.h.seed)
	}
	if !t.direct {
		t.write(journalOf(t.h.seq, changed), 1)
	}
	for _, p := range changed[1:] {
		t.write(p.data[:], p.no)
		p.dirty = false
	}
	t.write(changed[0].data[:], 0)
	t.change = false
}

func (t *Tx) write(data []byte, no uint32) {
	if _, err := t.file.WriteAt(data, int64(no)*PageSize); err != nil {
		panic(failed{err})
	}
}

// room makes sure that one operation more fits into the journal.
func (t *Tx) room() {
	if t.direct { // no journal, but what is kept in memory has to end as well
		if len(t.pages) > directAbove {
			t.Flush()
			t.forget()
		}
		return
	}
	if t.view {
		return
	}
	changed := 0
	for _, p := range t.pages {
		if p.dirty {
			changed++
		}
	}
	if changed > flushAbove {
		t.Flush()
		t.forget()
	}
}

// directAbove is how many pages are kept in memory while a ledger is made.
const directAbove = 4096

// forget drops pages that need not be kept.
func (t *Tx) forget() {
	if len(t.pages) < 64 {
		return
	}
	for no, p := range t.pages {
		if !p.dirty {
			delete(t.pages, no)
		}
	}
}

func journalOf(seq uint64, pages []*page) []byte {
	le := binary.LittleEndian
	text := make([]byte, PageSize*(1+len(pages)))
	le.PutUint64(text[8:], seq)
	le.PutUint32(text[16:], uint32(len(pages)))
	for i, p := range pages {
		le.PutUint32(text[20+4*i:], p.no)
		copy(text[PageSize*(1+i):], p.data[:])
	}
	le.PutUint64(text, xxh3.Hash(text[8:]))
	return text
}

// open reads the header, after it has written to its place what a process did
// not come to write.
func (t *Tx) open() {
	var start [2 * PageSize]byte
	readPage(t.file, 0, start[:])
	top := &page{data: [PageSize]byte(start[:PageSize])}
	sound := t.h.decode(top)
	le := binary.LittleEndian
	head := start[PageSize:]
	seq, n := le.Uint64(head[8:]), le.Uint32(head[16:])
	if sound && seq != t.h.seq+1 || n == 0 || n > mostJournaled {
		if !sound {
			panic(damage("its header does not match its check"))
		}
		return
	}
	text := make([]byte, PageSize*(1+n))
	readPage(t.file, 1, text)
	if le.Uint64(text) != xxh3.Hash(text[8:]) {
		if !sound {
			panic(damage("neither its header nor its journal matches its check"))
		}
		return // the process died while it wrote the journal, and nothing else
	}
	top.data = [PageSize]byte(text[PageSize:])
	if !t.h.decode(top) || t.h.seq != seq {
		panic(damage("its journal has no header"))
	}
	for i := range n {
		no := le.Uint32(text[20+4*i:])
		if i == 0 != (no == 0) || i > 0 && no < firstPage || no >= t.h.pages {
			panic(damage("its journal changes page %d", no))
		}
	}
	for i := n; i > 0; i-- { // the header last
		t.write(text[PageSize*i:][:PageSize], le.Uint32(text[20+4*(i-1):]))
	}
}
