package parquet

import "sync/atomic"

// A room is what one read may take beyond what the bytes of the file justify by
// themselves: dictionaries, elements of lists, copies of one entry of a dictionary. A
// few bytes can claim billions of them. Columns share it.
type room struct{ left atomic.Int64 }

// An honest column of runs becomes thousands of times longer than it is.
const (
	roomModest  = 64 << 20
	roomRate    = 4096
	roomRowRate = 65536 // of the rows themselves, as a million that are equal are one run
)

func newRoom(fileSize int64) *room {
	r := &room{}
	r.left.Store(roomOf(fileSize))
	return r
}

// roomOf returns the bytes that a file may become.
func roomOf(fileSize int64) int64 { return roomModest + roomRate*min(fileSize, 1<<46) }

// take is called before n bytes of memory are.
func (r *room) take(what string, n int64) error {
	if n > 0 && r.left.Add(-n) < 0 {
		return damage("%s that claims to become %d bytes, too many for a file of this size: a bomb?", what, n)
	}
	return nil
}

// start opens a column within a row group for a read that has so much room.
func (in *source) start(group int, c *column, r *room) cursor {
	from := in.open(group, c)
	if ch, ok := from.(*chunk); ok {
		ch.room, ch.most = r, roomOf(in.size)
	}
	return from
}

// copies makes sure that the texts of a batch may be copied.
func (r *room) copies(c *column, b *batch) error {
	if err := r.take("a block of bytes", int64(textBytes(b.text))); err != nil {
		return &FormatError{-1, c.name, err}
	}
	return nil
}
