package ledger

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"
)

// PageSize is the size of all parts of a ledger.
const PageSize = 4096

// A page begins with its check (8), the page that follows in its chain (4), and how
// many bytes of it are used by lines (2) after these 16.
const pageHead = 16

type page struct {
	no    uint32
	dirty bool
	data  [PageSize]byte
}

func (p *page) next() uint32 { return binary.LittleEndian.Uint32(p.data[8:]) }

func (p *page) setNext(no uint32) {
	binary.LittleEndian.PutUint32(p.data[8:], no)
	p.dirty = true
}

func (p *page) used() int { return int(binary.LittleEndian.Uint16(p.data[12:])) }

func (p *page) setUsed(n int) {
	binary.LittleEndian.PutUint16(p.data[12:], uint16(n))
	p.dirty = true
}

// lines is the part of the page that holds lines.
func (p *page) lines() []byte { return p.data[pageHead : pageHead+p.used()] }

// each calls do with each line and where it is, until that returns false.
func (p *page) each(do func(name, line []byte, at int) bool) {
	lines := p.lines()
	for at := 0; at < len(lines); {
		name, size := nameAt(lines[at:])
		if size == 0 {
			panic(damage("page %d holds no line at %d", p.no, at))
		}
		if !do(name, lines[at:at+size], at) {
			return
		}
		at += size
	}
}

func (p *page) append(l *Line) bool {
	used := p.used()
	if pageHead+used+l.size() > PageSize {
		return false
	}
	l.put(p.data[pageHead+used:])
	p.setUsed(used + l.size())
	return true
}

func (p *page) remove(at, size int) {
	lines := p.lines()
	copy(lines[at:], lines[at+size:])
	p.setUsed(len(lines) - size)
}

// check is bound to the page's number and to the ledger, so that no page of another
// place or of a former ledger passes.
func (p *page) check(seed uint64) uint64 { return xxh3.HashSeed(p.data[8:], seed+uint64(p.no)) }

func (p *page) seal(seed uint64) { binary.LittleEndian.PutUint64(p.data[:], p.check(seed)) }

func (p *page) sealed(seed uint64) bool {
	return binary.LittleEndian.Uint64(p.data[:]) == p.check(seed)
}

// damaged is what the methods panic with where the file makes no sense; Update
// returns it.
type damaged struct{ what string }

func (d *damaged) Error() string { return "the ledger is damaged: " + d.what }

func (d *damaged) Unwrap() error { return ErrDamaged }

func damage(format string, args ...any) *damaged { return &damaged{fmt.Sprintf(format, args...)} }

// failed is a failure of the system, on its way as damaged is.
type failed struct{ error }

// readPage reads a page, which another length of the file can make impossible.
func readPage(f io.ReaderAt, no uint32, data []byte) {
	n, err := f.ReadAt(data, int64(no)*PageSize)
	switch {
	case n == len(data):
	case err == io.EOF:
		panic(damage("it ends before page %d", no))
	default:
		panic(failed{err})
	}
}
