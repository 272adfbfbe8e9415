package ledger

import (
	"encoding/binary"
	"os"
	"runtime"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/dataelab/dataelab-go/internal/procname"
)

// magic is how page 0 goes on after its check. A change of the layout changes it, and
// a ledger of another layout counts as damaged: it is made anew.
const magic = "dlLedg02"

const (
	journalPages = 24               // with its head
	firstPage    = 1 + journalPages // that holds anything
	mostTables   = (PageSize - tablesAt) / 4
	tableSlots   = (PageSize - pageHead) / 4
	tablesAt     = 128
)

// header is page 0.
type header struct {
	seq      uint64 // of the last transaction
	seed     uint64 // of the hash of names, and of the checks
	pages    uint32 // of the file
	buckets  uint32
	free     uint32 // the first free page
	promises uint32 // the first page of promises
	hand     uint32 // the bucket that Next begins with
	tables   uint32
	lines    uint64
	entries  uint64
	bytes    uint64
	staying  uint64   // of entries, promises and what is pinned or fixed
	kept     uint64   // of bytes, the same
	payload  uint64   // bytes of the lines in buckets
	host     uint64   // on which
	boot     uint64   // after which start it was last written
	table    []uint32 // page numbers
}

func (h *header) encode(p *page) {
	le := binary.LittleEndian
	copy(p.data[8:], magic)
	for i, v := range []uint64{h.seq, h.seed, h.lines, h.entries, h.bytes, h.payload, h.host, h.boot} {
		le.PutUint64(p.data[16+8*i:], v)
	}
	for i, v := range []uint32{h.pages, h.buckets, h.free, h.promises, h.hand, h.tables} {
		le.PutUint32(p.data[80+4*i:], v)
	}
	le.PutUint64(p.data[104:], h.staying)
	le.PutUint64(p.data[112:], h.kept)
	for i, v := range h.table {
		le.PutUint32(p.data[tablesAt+4*i:], v)
	}
	p.seal(0)
}

// decode reports whether p is a header.
func (h *header) decode(p *page) bool {
	if string(p.data[8:16]) != magic || !p.sealed(0) {
		return false
	}
	le := binary.LittleEndian
	for i, v := range []*uint64{&h.seq, &h.seed, &h.lines, &h.entries, &h.bytes, &h.payload, &h.host, &h.boot} {
		*v = le.Uint64(p.data[16+8*i:])
	}
	for i, v := range []*uint32{&h.pages, &h.buckets, &h.free, &h.promises, &h.hand, &h.tables} {
		*v = le.Uint32(p.data[80+4*i:])
	}
	h.staying, h.kept = le.Uint64(p.data[104:]), le.Uint64(p.data[112:])
	if h.staying > h.entries || h.kept > h.bytes || h.tables > mostTables || uint64(h.buckets) > uint64(h.tables)*tableSlots || h.buckets == 0 || int64(h.bytes) < 0 {
		return false
	}
	h.table = make([]uint32, h.tables)
	for i := range h.table {
		h.table[i] = le.Uint32(p.data[tablesAt+4*i:])
	}
	return true
}

// here tells this host and its present run apart from others; boot is 0 where that
// cannot be known. After another start of the same host a ledger may have lost
// some of its last pages, with others from before that are sound by themselves.
var here = sync.OnceValues(func() (host, boot uint64) {
	host = xxh3.HashString(procname.Host())
	if runtime.GOOS != "linux" {
		return host, 0
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return host, 0
	}
	return host, xxh3.Hash(id)
})
