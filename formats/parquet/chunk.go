package parquet

import (
	"io"
)

// blockEntries is how many entries are decoded at a time: few enough that what they
// become stays in the cache, and that a claim of billions costs nothing.
const blockEntries = 4096

// A chunk reads a column within a row group, some rows at a time.
type chunk struct {
	pager
	page    *page
	claimed int64 // entries that the metadata promises
	seen    int64 // of the pages so far

	def, rep       []byte // levels that have been decoded and not yet used
	defBuf, repBuf []byte // in which they lie
}

// advance makes sure that page has entries, or returns io.EOF.
func (c *chunk) advance() error {
	for c.page == nil || c.page.entries == 0 {
		pg, err := c.pager.next()
		if err == io.EOF {
			if c.seen != c.claimed {
				return c.wrong(c.at, damage("%d values where the metadata says %d", c.seen, c.claimed))
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
		if c.seen += int64(pg.entries); c.seen > c.claimed {
			return c.wrong(c.at, damage("%d values or more where the metadata says %d", c.seen, c.claimed))
		}
		if c.list { // of rows, the number has been seen before
			if err := c.room.take("a page of lists", int64(pg.entries)*16*int64(c.depth())); err != nil {
				return c.wrong(c.at, err)
			}
		}
		pg.all = pg.entries
		c.page = pg
	}
	return nil
}

// next adds n rows to b.
func (c *chunk) next(b *batch, n int) error {
	if c.list {
		return c.nextLists(b, n)
	}
	for n > 0 {
		err := c.advance()
		if err == io.EOF {
			return c.wrong(c.at, damage("%d rows are missing: %w", n, io.ErrUnexpectedEOF))
		}
		if err != nil {
			return err
		}
		m := min(n, c.page.entries, blockEntries)
		if err := c.flat(b, m); err != nil {
			return c.wrong(c.at, err)
		}
		n -= m
	}
	return nil
}

// flat adds m rows of the present page.
func (c *chunk) flat(b *batch, m int) error {
	c.page.entries -= m
	if c.maxDef == 0 {
		b.addRows(m)
		return c.values(b, m)
	}
	c.defBuf = sized(c.defBuf, m)
	full, err := c.page.def.levels(c.defBuf, c.maxDef)
	if err != nil {
		return err
	}
	if full == m {
		b.addRows(m)
	} else {
		for _, d := range c.defBuf {
			b.addRow(d == c.maxDef)
		}
	}
	return c.values(b, full)
}

// values adds n values of the present page.
func (c *chunk) values(b *batch, n int) error {
	if n == 0 { // of which a page need not have any bytes
		return nil
	}
	if c.page.values == nil {
		v, err := newValues(c.page.encoding, c.layout, c.dict, c.page.body, n, c.page.all, c.room)
		if err != nil {
			return err
		}
		c.page.values = v
	}
	return c.page.values.read(b, n)
}

// nextLists adds n rows of lists: an entry that does not repeat begins a row.
func (c *chunk) nextLists(b *batch, n int) error {
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	b.nest(len(c.outer))
	for rows := 0; ; {
		if len(c.rep) == 0 {
			err := c.advance()
			if err == io.EOF && rows == n {
				return nil
			}
			if err == io.EOF {
				return c.wrong(c.at, damage("%d rows are missing: %w", n-rows, io.ErrUnexpectedEOF))
			}
			if err == nil {
				err = c.levels()
			}
			if err != nil {
				return err
			}
		}
		used, full := 0, 0
		for i, rep := range c.rep {
			if rep == 0 {
				if rows == n {
					break
				}
				rows++
			} else if rows == 0 {
				return c.wrong(c.at, damage("the first entry repeats one before it"))
			}
			element := rep == c.maxRep && c.def[i] > c.emptyDef // most are
			if !element {
				var err error
				if element, err = c.addEntry(b, int(rep), c.def[i]); err != nil {
					return c.wrong(c.at, err)
				}
			}
			if element {
				b.addElement(c.def[i] == c.maxDef)
				if c.def[i] == c.maxDef {
					full++
				}
			}
			used++
		}
		c.def, c.rep = c.def[used:], c.rep[used:]
		if err := c.values(b, full); err != nil {
			return c.wrong(c.at, err)
		}
		if len(c.rep) > 0 {
			return nil
		}
	}
}

// addEntry begins the lists that an entry is the first of, and reports whether it is an element of
// the innermost. An entry repeats an element of the list at depth rep-1: one at depth rep begins.
func (c *chunk) addEntry(b *batch, rep int, def byte) (element bool, err error) {
	if rep > 0 && def <= c.emptyAt(rep-1) {
		return false, damage("an element that is no element")
	}
	for depth := rep; depth <= len(c.outer); depth++ {
		if depth > 0 {
			parent := &b.outer[depth-1]
			parent.offsets[len(parent.offsets)-1]++
		}
		empty := c.emptyAt(depth)
		if depth < len(c.outer) {
			b.outer[depth].add(def >= empty)
		} else {
			b.addRow(def >= empty)
			b.offsets = append(b.offsets, b.elements())
		}
		if def <= empty {
			return false, nil
		}
	}
	return true, nil
}

// levels decodes levels of the present page.
func (c *chunk) levels() error {
	m := min(c.page.entries, blockEntries)
	c.page.entries -= m
	c.defBuf, c.repBuf = sized(c.defBuf, m), sized(c.repBuf, m)
	c.def, c.rep = c.defBuf, c.repBuf
	if _, err := c.page.rep.levels(c.rep, c.maxRep); err != nil {
		return c.wrong(c.at, err)
	}
	if c.maxDef == 0 {
		clear(c.def)
	} else if _, err := c.page.def.levels(c.def, c.maxDef); err != nil {
		return c.wrong(c.at, err)
	}
	return nil
}

func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, max(n, blockEntries))
	}
	return b[:n]
}

// end checks that nothing follows the rows that have been read.
func (c *chunk) end() error {
	if len(c.rep) > 0 {
		return c.wrong(c.at, damage("more rows than the metadata says"))
	}
	if err := c.advance(); err == nil {
		return c.wrong(c.at, damage("more rows than the metadata says"))
	} else if err != io.EOF {
		return err
	}
	return nil
}
