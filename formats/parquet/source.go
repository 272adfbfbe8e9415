package parquet

import (
	"fmt"
	"math"
	"strings"
)

// A source is a file of rows in groups, whatever its format.
type source struct {
	columns []column
	groups  []span
	rows    int64
	size    int64 // bytes of the file

	open func(group int, c *column) cursor

	// extremes returns a batch of the least and greatest value of a column within a
	// group, or nil.
	extremes func(group int, c *column) *batch
}

// A span is some rows next to each other.
type span struct{ first, rows int64 }

// A cursor reads a column within a group from front to back.
type cursor interface {
	// next adds the next n rows to b.
	next(b *batch, n int) error

	// end checks that there are no more.
	end() error
}

// column finds a column by its name. Case counts only where two differ in nothing else.
func (in *source) column(name string) (*column, error) {
	var exact, similar []*column
	for i := range in.columns {
		c := &in.columns[i]
		if c.name == name {
			exact = append(exact, c)
		} else if strings.EqualFold(c.name, name) {
			similar = append(similar, c)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(exact) > 1:
		return nil, &MismatchError{name, -1, fmt.Sprintf("the file has %d columns of this name", len(exact))}
	case len(similar) == 1:
		return similar[0], nil
	}
	return nil, &MismatchError{name, -1, "the file has no such column; it has " + in.names()}
}

// names lists the columns, not too many.
func (in *source) names() string {
	const most = 20
	var names []string
	for i := range in.columns {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(in.columns)-most))
			break
		}
		names = append(names, in.columns[i].name)
	}
	return strings.Join(names, ", ")
}

// all returns the numbers of all row groups.
func (in *source) all() []int {
	groups := make([]int, len(in.groups))
	for g := range groups {
		groups[g] = g
	}
	return groups
}

// prove makes sure that the rows of some groups are there, if they would take
// much more memory than the file: a few bytes can claim a billion rows. An honest
// file of one value a billion times is decoded twice. Rows of which a file could not be
// the whole even as one run in each row group are refused.
func (in *source) prove(groups []int, columns []*column, rowBytes int64) error {
	const modest, rate = 16 << 20, 64
	var claim float64 // bytes; an int64 might overflow
	for _, g := range groups {
		claim += float64(in.groups[g].rows) * float64(max(rowBytes, 1))
	}
	if claim > roomModest+roomRowRate*float64(in.size) {
		return &FormatError{-1, "", damage("rows that claim to become %.3g bytes in a file of %d, a bomb?", claim, in.size)}
	}
	if claim < modest || claim < rate*float64(in.size) {
		return nil
	}
	r := newRoom(in.size)
	return parallel(len(groups)*len(columns), func(i int, b *batch) error {
		g, c := groups[i/len(columns)], columns[i%len(columns)]
		return drain(in.start(g, c, r), b, c, in.groups[g].rows)
	})
}

// drain decodes all of a chunk and keeps nothing.
func drain(from cursor, b *batch, c *column, rows int64) error {
	for rows > 0 {
		b.reset()
		n := min(rows, blockEntries)
		if c.list {
			n = 1 // a list may be long
		}
		if err := from.next(b, int(n)); err != nil {
			return err
		}
		rows -= n
	}
	return from.end()
}

// length returns the number of rows as an int, if as many fit an address space.
func length(rows, rowBytes int64) (int, error) {
	most := min(int64(math.MaxInt)>>1, 1<<46) // 32-bit machines have 31 bits
	if rows > most/max(rowBytes, 1) {
		return 0, &FormatError{-1, "", damage("%d rows of %d bytes are more than this machine can address", rows, rowBytes)}
	}
	return int(rows), nil
}
