package parquet

import (
	"encoding/binary"
	"io"

	"github.com/apache/arrow/go/v16/parquet/compress"
)

// A pager reads the pages of one column chunk from front to back.
type pager struct {
	src   io.ReaderAt
	at    int64 // in the file
	end   int64
	codec compress.Compression
	column
	room *room // of all columns together
	most int64 // bytes of one page

	dict   *dictionary
	stored []byte // bytes of a page as it is in the file
	plain  []byte // and decompressed; texts point into it, so only of other columns is it used again
}

// A page is a page of values, ready to be decoded.
type page struct {
	entries  int // not yet read
	all      int // read or not
	def, rep hybrid
	body     []byte
	encoding encoding
	values   values // nil until the first is read
}

// next reads pages until one of values; io.EOF says that there is none.
func (p *pager) next() (*page, error) {
	for p.at < p.end {
		from := p.at
		h, err := p.header()
		if err != nil {
			return nil, p.wrong(from, err)
		}
		stored, err := p.read(h.stored)
		if err == nil {
			err = h.check(stored)
		}
		if err != nil {
			return nil, p.wrong(from, err)
		}
		var found *page
		switch h.kind {
		case pageDictionary:
			err = p.dictionary(h, stored)
		case pageData:
			found, err = p.version1(h, stored)
		case pageDataV2:
			found, err = p.version2(h, stored)
		case pageIndex:
		default:
			err = unsupported("a page of kind %d", h.kind)
		}
		if err != nil {
			return nil, p.wrong(from, err)
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, io.EOF
}

func (p *pager) wrong(at int64, err error) error { return &FormatError{at, p.name, err} }

// header reads a page header, of which nobody knows the length before.
func (p *pager) header() (h pageHeader, err error) {
	for size := int64(256); ; size *= 8 {
		n := min(size, p.end-p.at)
		data, err := p.fetch(int(n))
		if err != nil {
			return h, err
		}
		h, used, err := readPageHeader(data)
		if err == nil {
			p.at += int64(used)
			return h, nil
		}
		if n < size || size > maxPageHeader {
			return h, err
		}
	}
}

// fetch returns the next n bytes of the file, without going on.
func (p *pager) fetch(n int) ([]byte, error) {
	if cap(p.stored) < n {
		p.stored = make([]byte, n)
	}
	b := p.stored[:n]
	if _, err := io.ReadFull(io.NewSectionReader(p.src, p.at, int64(n)), b); err != nil {
		return nil, err
	}
	return b, nil
}

func (p *pager) read(n int) ([]byte, error) {
	if int64(n) > p.end-p.at {
		return nil, damage("a page of %d bytes where %d are left", n, p.end-p.at)
	}
	b, err := p.fetch(n)
	p.at += int64(n)
	return b, err
}

// unfold decompresses into memory that lives as long as it has to.
func (p *pager) unfold(codec compress.Compression, stored []byte, size int) ([]byte, error) {
	if int64(size) > p.most {
		return nil, damage("a page that claims to become %d bytes, too many for a file of this size: a bomb?", size)
	}
	if p.physical == physicalBytes { // texts will point into it
		// A page of equal texts, each in full, is no bomb though it compresses so well.
		if err := p.room.take("a page of texts", int64(size)/(roomRowRate/roomRate)); err != nil {
			return nil, err
		}
		return decompress(codec, nil, stored, size)
	}
	var err error
	p.plain, err = decompress(codec, p.plain, stored, size)
	return p.plain, err
}

func (p *pager) dictionary(h pageHeader, stored []byte) error {
	if p.dict != nil {
		return damage("a second dictionary")
	}
	if h.encoding != encodingPlain && h.encoding != encodingPlainDictionary {
		return unsupported("a dictionary of encoding %d", h.encoding)
	}
	claim := int64(h.unfolded)
	if p.physical == physicalBytes {
		claim += int64(h.values) * 16
	}
	if err := p.room.take("a dictionary", claim); err != nil {
		return err
	}
	data, err := decompress(p.codec, nil, stored, h.unfolded)
	if err != nil {
		return err
	}
	p.dict, err = newDictionary(p.layout, data, h.values)
	return err
}

// version1 reads a page that is compressed as a whole: repetition levels,
// definition levels, values; the levels with their length before them.
func (p *pager) version1(h pageHeader, stored []byte) (*page, error) {
	data, err := p.unfold(p.codec, stored, h.unfolded)
	if err != nil {
		return nil, err
	}
	pg := &page{entries: h.values, encoding: h.encoding}
	level := func(most byte, e encoding) (hybrid, error) {
		width := widthOf(most)
		if most == 0 {
			return hybrid{}, nil
		}
		if e == encodingBitPacked {
			// Packed from the other end of each byte; no writer of this century does.
			return hybrid{}, unsupported("levels of encoding BIT_PACKED")
		}
		if e != encodingRLE || len(data) < 4 {
			return hybrid{}, damage("no levels")
		}
		size := binary.LittleEndian.Uint32(data)
		if uint64(size) > uint64(len(data)-4) {
			return hybrid{}, errShort
		}
		part := data[4 : 4+size]
		data = data[4+size:]
		return newHybrid(part, width)
	}
	if pg.rep, err = level(p.maxRep, h.repEncoding); err != nil {
		return nil, err
	}
	if pg.def, err = level(p.maxDef, h.defEncoding); err != nil {
		return nil, err
	}
	pg.body = data
	return pg, nil
}

// version2 reads a page whose levels are not compressed, and have their lengths
// in the header.
func (p *pager) version2(h pageHeader, stored []byte) (*page, error) {
	levels := h.repBytes + h.defBytes
	if levels > len(stored) || levels > h.unfolded {
		return nil, errShort
	}
	codec := p.codec
	if h.uncompressed {
		codec = compress.Codecs.Uncompressed
	}
	marks := append([]byte(nil), stored[:levels]...) // stored is used again for the next page
	var body []byte
	if h.unfolded > levels || len(stored) > levels {
		var err error
		if h.unfolded > levels {
			body, err = p.unfold(codec, stored[levels:], h.unfolded-levels)
		}
		if err != nil {
			return nil, err
		}
	}
	pg := &page{entries: h.values, encoding: h.encoding, body: body}
	var err error
	if pg.rep, err = newHybrid(marks[:h.repBytes], widthOf(p.maxRep)); err != nil {
		return nil, err
	}
	pg.def, err = newHybrid(marks[h.repBytes:], widthOf(p.maxDef))
	return pg, err
}
