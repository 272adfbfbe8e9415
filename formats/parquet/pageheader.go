package parquet

import "hash/crc32"

// A pageHeader stands before each page of a column chunk.
type pageHeader struct {
	kind         int // pageData and so on
	unfolded     int // bytes of the page, decompressed
	stored       int // bytes of the page in the file
	values       int // entries, those without a value among them
	encoding     encoding
	defEncoding  encoding // of the levels, in version 1
	repEncoding  encoding
	defBytes     int // of the levels, in version 2
	repBytes     int
	uncompressed bool // version 2 may leave single pages as they are
	summed       bool // there is a checksum
	checksum     uint32
}

// The kinds of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// An encoding is how values are written.
type encoding int

const (
	encodingPlain           encoding = 0
	encodingPlainDictionary encoding = 2
	encodingRLE             encoding = 3
	encodingBitPacked       encoding = 4
	encodingDelta           encoding = 5
	encodingDeltaLength     encoding = 6
	encodingDeltaBytes      encoding = 7
	encodingDictionary      encoding = 8
	encodingSplit           encoding = 9
)

// maxPageHeader is more than a header takes, with its two statistics of strings.
const maxPageHeader = 1 << 20

// readPageHeader reads a header from the start of data and returns its length.
func readPageHeader(data []byte) (h pageHeader, n int, err error) {
	c := &compact{data: data}
	h.kind = -1
	seen, checksum := 0, 0
	common := [...]*int{1: &h.kind, 2: &h.unfolded, 3: &h.stored, 4: &checksum}
	c.structs(func(id, typ int) {
		switch {
		case id >= 1 && id <= 4 && typ == thriftI32:
			*common[id] = c.int32()
			seen |= 1 << id
		case id == 5 && typ == thriftStruct:
			h.dataHeader(c)
			seen |= 1 << id
		case id == 7 && typ == thriftStruct:
			h.dictionaryHeader(c)
			seen |= 1 << id
		case id == 8 && typ == thriftStruct:
			h.dataHeaderV2(c)
			seen |= 1 << id
		default:
			c.skip(typ, 1)
		}
	})
	if c.err != nil {
		return h, 0, c.err
	}
	h.summed, h.checksum = seen&(1<<4) != 0, uint32(int32(checksum))
	parts := map[int]int{pageData: 1 << 5, pageDictionary: 1 << 7, pageDataV2: 1 << 8}
	want := 1<<1 | 1<<2 | 1<<3 | parts[h.kind]
	if seen&want != want {
		return h, 0, damage("a page header without its parts")
	}
	if h.unfolded < 0 || h.stored < 0 || h.values < 0 || h.defBytes < 0 || h.repBytes < 0 {
		return h, 0, damage("a page header with a negative length")
	}
	return h, c.at, nil
}

// check compares the bytes of a page, as they are in the file, with the checksum that the
// header may have of them.
func (h *pageHeader) check(stored []byte) error {
	if !h.summed {
		return nil
	}
	if sum := crc32.ChecksumIEEE(stored); sum != h.checksum {
		return damage("a page whose bytes have changed: their checksum is %08x, and was %08x when they were written", sum, h.checksum)
	}
	return nil
}

// ints reads a struct whose fields up to most are 32-bit numbers, and skips
// the rest; flag gets the field that is a bool.
func (c *compact) ints(most int, set func(id, x int), flag func(id int, on bool)) {
	c.structs(func(id, typ int) {
		switch {
		case id <= most && typ == thriftI32:
			set(id, c.int32())
		case (typ == thriftTrue || typ == thriftFalse) && flag != nil:
			flag(id, typ == thriftTrue)
		default:
			c.skip(typ, 2)
		}
	})
}

func (h *pageHeader) dataHeader(c *compact) {
	c.ints(4, func(id, x int) {
		switch id {
		case 1:
			h.values = x
		case 2:
			h.encoding = encoding(x)
		case 3:
			h.defEncoding = encoding(x)
		case 4:
			h.repEncoding = encoding(x)
		}
	}, nil)
}

func (h *pageHeader) dictionaryHeader(c *compact) {
	c.ints(2, func(id, x int) {
		switch id {
		case 1:
			h.values = x
		case 2:
			h.encoding = encoding(x)
		}
	}, nil)
}

func (h *pageHeader) dataHeaderV2(c *compact) {
	c.ints(6, func(id, x int) {
		switch id {
		case 1:
			h.values = x
		case 4:
			h.encoding = encoding(x)
		case 5:
			h.defBytes = x
		case 6:
			h.repBytes = x
		}
	}, func(id int, on bool) {
		if id == 7 {
			h.uncompressed = !on
		}
	})
}
