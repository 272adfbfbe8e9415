package ledger

import (
	"encoding/binary"
	"io"
	"math/bits"
	"slices"

	"github.com/zeebo/xxh3"
)

const (
	// splitAbove and joinBelow are how many bytes of lines a bucket has on average when
	// another one is split off, and when two are joined. In between, most buckets are
	// one page.
	splitAbove = 2400
	joinBelow  = 800

	// longestChain is the most pages of a bucket that is split or joined: what one
	// operation changes has to fit into the journal.
	longestChain = 6

	// flushAbove is how many changed pages an operation may find.
	flushAbove = journalPages / 3
)

// Tx is a transaction. Its methods panic with what Update returns where the file is
// damaged or cannot be read. What they change is kept when Update's function
// returns nil.
//
// A transaction of many changes is written in several steps, each of which leaves a
// sound ledger. A caller changes what counts more before what counts less, so that
// after a death in between the ledger says too much and not too little.
type Tx struct {
	file   ledgerFile
	h      header
	pages  map[uint32]*page
	view   bool   // nothing is written
	direct bool   // without journal: nobody else sees this file yet
	change bool   // of the header
	alive  func() // called for each line of a ledger that is made; nil otherwise
}

// ledgerFile is the open file.
type ledgerFile interface {
	io.ReaderAt
	io.WriterAt
}

// Totals are sums over a ledger.
type Totals struct {
	Lines   int64
	Entries int64 // lines and promises with the flag Counts
	Bytes   int64 // of lines and promises

	// Of these, promises and what is pinned or fixed.
	StayingEntries, StayingBytes int64

	Overhead int64 // bytes of the ledger itself
	Buckets  int
	Free     int64 // of Overhead, what would be saved by making it anew, about
}

// Totals returns the sums as they are now.
func (t *Tx) Totals() Totals {
	total := Totals{Lines: int64(t.h.lines), Entries: int64(t.h.entries), Bytes: int64(t.h.bytes),
		StayingEntries: int64(t.h.staying), StayingBytes: int64(t.h.kept),
		Overhead: int64(t.h.pages) * PageSize, Buckets: int(t.h.buckets)}
	total.Free = max(0, total.Overhead-int64(t.h.payload)*PageSize/joinBelow-2*firstPage*PageSize)
	return total
}

// page returns a page of the file.
func (t *Tx) page(no uint32) *page {
	if p := t.pages[no]; p != nil {
		return p
	}
	if no < firstPage || no >= t.h.pages {
		panic(damage("there is no page %d", no))
	}
	p := &page{no: no}
	readPage(t.file, no, p.data[:])
	if !p.sealed(t.h.seed) {
		panic(damage("page %d does not match its check", no))
	}
	if p.used() > PageSize-pageHead {
		panic(damage("page %d uses %d bytes", no, p.used()))
	}
	t.pages[no] = p
	return p
}

// chain returns the pages of a chain.
func (t *Tx) chain(head uint32) []*page {
	var all []*page
	for no := head; no != 0 || len(all) == 0; {
		p := t.page(no)
		if slices.Contains(all, p) {
			panic(damage("the chain of page %d has no end", head))
		}
		all = append(all, p)
		no = p.next()
	}
	return all
}

// alloc returns an empty page.
func (t *Tx) alloc() *page {
	t.change = true
	if no := t.h.free; no != 0 {
		p := t.page(no)
		t.h.free = p.next()
		p.data = [PageSize]byte{}
		p.dirty = true
		return p
	}
	p := &page{no: t.h.pages, dirty: true}
	t.h.pages++
	t.pages[p.no] = p
	return p
}

func (t *Tx) release(p *page) {
	p.data = [PageSize]byte{}
	p.setNext(t.h.free)
	t.h.free = p.no
	t.change = true
}

func (t *Tx) hash(name []byte) uint64 { return xxh3.HashSeed(name, t.h.seed) }

// bucketOf returns the bucket of a hash: of so many of its bits as number the buckets,
// one less where that one is not split off yet.
func (t *Tx) bucketOf(hash uint64) uint32 {
	level := bits.Len32(t.h.buckets - 1)
	b := uint32(hash & (1<<level - 1))
	if b >= t.h.buckets {
		b &= 1<<(level-1) - 1
	}
	return b
}

// slot returns the place of a bucket in its table.
func (t *Tx) slot(bucket uint32) (*page, int) {
	return t.page(t.h.table[bucket/tableSlots]), pageHead + 4*int(bucket%tableSlots)
}

func (t *Tx) head(bucket uint32) uint32 {
	table, at := t.slot(bucket)
	return binary.LittleEndian.Uint32(table.data[at:])
}

func (t *Tx) setHead(bucket, no uint32) {
	table, at := t.slot(bucket)
	binary.LittleEndian.PutUint32(table.data[at:], no)
	table.dirty = true
}

func (t *Tx) headOf(name string) uint32 { return t.head(t.bucketOf(t.hash([]byte(name)))) }

// find returns a line of a chain, its page and where it is there; nil for none.
func (t *Tx) find(head uint32, name string) (before, on *page, at int, line []byte) {
	var last *page
	for _, p := range t.chain(head) {
		p.each(func(n, l []byte, i int) bool {
			if string(n) == name {
				before, on, at, line = last, p, i, l
			}
			return on == nil
		})
		if on != nil {
			return before, on, at, line
		}
		last = p
	}
	return nil, nil, 0, nil
}

// insert adds a line to a chain that does not have its name.
func (t *Tx) insert(head uint32, l *Line) {
	pages := t.chain(head)
	for _, p := range pages {
		if p.append(l) {
			return
		}
	}
	p := t.alloc()
	p.append(l)
	pages[len(pages)-1].setNext(p.no)
}

// take removes a line from a chain and returns it.
func (t *Tx) take(head uint32, name string) (Line, bool) {
	before, on, at, bytes := t.find(head, name)
	if on == nil {
		return Line{}, false
	}
	l := lineAt(bytes)
	on.remove(at, l.size())
	if before != nil && on.used() == 0 {
		before.setNext(on.next())
		t.release(on)
	}
	return l, true
}

// count adds a line to the sums, or takes it out.
func (t *Tx) count(l *Line, by int64, promise bool) {
	h := &t.h
	sums := []*uint64{&h.bytes}
	add := []int64{by * l.Bytes}
	counts := l.Flags&Counts != 0
	if counts {
		sums, add = append(sums, &h.entries), append(add, by)
	}
	if promise || l.stays() {
		sums, add = append(sums, &h.kept), append(add, by*l.Bytes)
		if counts {
			sums, add = append(sums, &h.staying), append(add, by)
		}
	}
	for i, sum := range sums {
		if int64(*sum)+add[i] < 0 {
			panic(damage("its sums are less than its lines"))
		}
		*sum = uint64(int64(*sum) + add[i])
	}
	t.change = true
}

// stays reports whether a line is of what is not removed to make room.
func (l *Line) stays() bool { return l.Flags&(Pinned|Fixed) != 0 }

// split splits one bucket in two.
func (t *Tx) split() {
	from := t.h.buckets &^ (1 << (bits.Len32(t.h.buckets) - 1))
	if t.h.buckets == mostTables*tableSlots || len(t.chain(t.head(from))) > longestChain {
		return
	}
	if t.h.buckets%tableSlots == 0 {
		t.h.table = append(t.h.table, t.alloc().no)
		t.h.tables++
	}
	to := t.h.buckets
	lines := t.empty(from)
	t.h.buckets++
	t.setHead(to, t.alloc().no)
	for i := range lines {
		t.insert(t.headOf(lines[i].Name), &lines[i])
	}
}

// join is the opposite of split.
func (t *Tx) join() {
	last := t.h.buckets - 1
	to := last &^ (1 << (bits.Len32(last) - 1))
	if len(t.chain(t.head(last)))+len(t.chain(t.head(to))) > longestChain {
		return
	}
	lines := t.empty(last)
	t.release(t.page(t.head(last)))
	t.h.buckets--
	t.h.hand %= t.h.buckets
	if last%tableSlots == 0 {
		t.release(t.page(t.h.table[t.h.tables-1]))
		t.h.tables--
		t.h.table = t.h.table[:t.h.tables]
	}
	for i := range lines {
		t.insert(t.head(to), &lines[i])
	}
}

// empty leaves one page of a bucket, without lines, and returns these.
func (t *Tx) empty(bucket uint32) []Line {
	var lines []Line
	for i, p := range t.chain(t.head(bucket)) {
		p.each(func(_, l []byte, _ int) bool { lines = append(lines, lineAt(l)); return true })
		if i > 0 {
			t.release(p)
			continue
		}
		p.setUsed(0)
		p.setNext(0)
	}
	return lines
}
