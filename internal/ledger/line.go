package ledger

import (
	"encoding/binary"
	"math"
)

// Line is what the ledger knows of one file, or of several that come and go
// together.
type Line struct {
	Name    string
	Ext     string // whatever the caller wants to know of the files' names
	Bytes   int64  // the room that they take
	Used    int64  // when they were last used, or later; Unix nanoseconds
	Expires int64  // when they stop being good, in Unix nanoseconds; 0 for never
	Seconds float32
	Flags   Flags
}

// Flags say what kind of line it is.
type Flags uint8

// The flags.
const (
	Counts Flags = 1 << iota // in Totals.Entries
	Pinned                   // not to be removed to make room
	Aside                    // a file set aside
	Fixed                    // bookkeeping, such as another ledger
)

// A line is
//
//	length of name (2) of ext (1) flags (1) seconds (4) bytes (8) used (8) expires (8) name ext
const lineHead = 32

// MaxName is the most bytes that Name and Ext may have together.
const MaxName = 900

func (l *Line) size() int { return lineHead + len(l.Name) + len(l.Ext) }

func (l *Line) put(p []byte) {
	le := binary.LittleEndian
	le.PutUint16(p, uint16(len(l.Name)))
	p[2], p[3] = byte(len(l.Ext)), byte(l.Flags)
	le.PutUint32(p[4:], math.Float32bits(l.Seconds))
	le.PutUint64(p[8:], uint64(l.Bytes))
	le.PutUint64(p[16:], uint64(l.Used))
	le.PutUint64(p[24:], uint64(l.Expires))
	copy(p[lineHead:], l.Name)
	copy(p[lineHead+len(l.Name):], l.Ext)
}

// nameAt returns the name of the line at the beginning of p and the line's length,
// which is 0 where there is none.
func nameAt(p []byte) (name []byte, size int) {
	if len(p) < lineHead {
		return nil, 0
	}
	n := int(binary.LittleEndian.Uint16(p))
	size = lineHead + n + int(p[2])
	if n == 0 || size > len(p) || size > lineHead+MaxName {
		return nil, 0
	}
	return p[lineHead : lineHead+n], size
}

// lineAt is called where nameAt found a line.
func lineAt(p []byte) Line {
	le := binary.LittleEndian
	name, size := nameAt(p)
	l := Line{
		Name: string(name), Ext: string(p[lineHead+len(name) : size]), Flags: Flags(p[3]),
		Seconds: math.Float32frombits(le.Uint32(p[4:])),
		Bytes:   int64(le.Uint64(p[8:])), Used: int64(le.Uint64(p[16:])), Expires: int64(le.Uint64(p[24:])),
	}
	if l.Bytes < 0 {
		panic(damage("line %q has %d bytes", l.Name, l.Bytes))
	}
	return l
}
