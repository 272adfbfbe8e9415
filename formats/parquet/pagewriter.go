package parquet

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/dataelab/dataelab-go/formats/table"
)

// pageBytes is how large a page becomes before the next one begins, as in
// other writers: small enough for a cache, large enough to compress.
const pageBytes = 1 << 20

// A chunkWriter makes the pages of a column within one row group. They are kept until
// the group is complete, compressed.
//
// A page, of version 1: header | repetition levels | definition levels | values, what
// follows the header compressed as a whole. Text is written as indexes into a
// dictionary, in a page before all others, until that grows too large for its use.
type chunkWriter struct {
	column   *column
	compress compressor

	// The page that is being filled.
	values   []byte
	bools    int      // in values
	index    []uint32 // in place of values while there is a dictionary
	def, rep []byte
	entries  int

	dict     map[string]uint32 // nil if there is none, or no longer
	dictPage []byte            // its values
	dictSize int               // how many
	indexed  bool              // there are pages of indexes
	plain    bool              // there are pages of values

	pages    []byte // complete, with their headers
	unfolded int64  // bytes of the pages, headers included, decompressed
	total    int64  // entries of all pages
	stats    minmax
	buf      []byte // for a page before compression
	folded   []byte // and after
}

func newChunkWriter(c *column, compress compressor) *chunkWriter {
	w := &chunkWriter{column: c, compress: compress}
	if c.physical == physicalBytes {
		w.dict = map[string]uint32{}
	}
	return w
}

// write adds the rows of a batch.
func (w *chunkWriter) write(b *batch) error {
	w.addLevels(b)
	w.stats.update(w.column, b)
	switch w.column.kind {
	case table.String, table.Bytes:
		if err := w.writeTexts(b); err != nil {
			return err
		}
	case table.Bool:
		w.writeBools(b.fixed)
	default:
		w.writeFixed(b)
	}
	if len(w.values)+4*len(w.index) >= pageBytes {
		return w.endPage()
	}
	return nil
}

func (w *chunkWriter) writeFixed(b *batch) {
	switch w.column.kind { // in Parquet, the least integers have 32 bits
	case table.Int8:
		widen[int8](b)
	case table.Int16:
		widen[int16](b)
	case table.Uint8:
		widen[uint8](b)
	case table.Uint16:
		widen[uint16](b)
	}
	from := len(w.values)
	w.values = append(w.values, b.fixed...)
	if w.column.swaps() {
		swapBytes(w.values[from:], w.column.width)
	}
}

func widen[T int8 | int16 | uint8 | uint16](b *batch) {
	src := cast[T](b.fixed)
	dst := respace[int32](b)
	for i, x := range src {
		dst[i] = int32(x)
	}
}

func (w *chunkWriter) writeBools(bools []byte) {
	for _, x := range bools {
		if w.bools%8 == 0 {
			w.values = append(w.values, 0)
		}
		w.values[len(w.values)-1] |= x << (w.bools % 8)
		w.bools++
	}
}

func (w *chunkWriter) writeTexts(b *batch) error {
	texts := b.text
	if w.dict != nil {
		n := w.indexTexts(texts)
		if n == len(texts) {
			return nil
		}
		// The rest of this page belongs to the levels that were added before: its indexed
		// part is written out again as values.
		w.unindex()
		texts = texts[n:]
	}
	for _, text := range texts {
		w.values = binary.LittleEndian.AppendUint32(w.values, uint32(len(text)))
		w.values = append(w.values, text...)
	}
	return nil
}

// indexTexts adds texts to the dictionary, and says how many before it became
// too large.
func (w *chunkWriter) indexTexts(texts []string) int {
	for i, text := range texts {
		at, ok := w.dict[text]
		if !ok {
			if len(w.dictPage)+len(text) >= pageBytes {
				return i
			}
			at = uint32(w.dictSize)
			w.dict[strings.Clone(text)] = at // the caller may write to bytes later
			w.dictSize++
			w.dictPage = binary.LittleEndian.AppendUint32(w.dictPage, uint32(len(text)))
			w.dictPage = append(w.dictPage, text...)
		}
		w.index = append(w.index, at)
	}
	return len(texts)
}

// unindex gives the dictionary up, from this page on.
func (w *chunkWriter) unindex() {
	texts := make([]string, w.dictSize)
	for text, at := range w.dict {
		texts[at] = text
	}
	for _, at := range w.index {
		w.values = binary.LittleEndian.AppendUint32(w.values, uint32(len(texts[at])))
		w.values = append(w.values, texts[at]...)
	}
	w.index, w.dict = w.index[:0], nil
	if !w.indexed {
		w.dictPage, w.dictSize = nil, 0
	}
}

// addLevels adds the levels of a batch.
func (w *chunkWriter) addLevels(b *batch) {
	c := w.column
	switch {
	case c.maxDef == 0:
		w.entries += b.rows
	case !c.list:
		w.entries += b.rows
		for i := range b.rows {
			level := c.maxDef
			if !has(b.valid, i) {
				level = 0
			}
			w.def = append(w.def, level)
		}
	default:
		for i := range b.rows {
			w.addList(b, i)
		}
		w.entries = len(w.rep)
	}
}

func (w *chunkWriter) addList(b *batch, i int) {
	from, to := b.offsets[i], b.offsets[i+1]
	if from == to {
		level := w.column.emptyDef
		if !has(b.valid, i) {
			level--
		}
		w.def, w.rep = append(w.def, level), append(w.rep, 0)
		return
	}
	for k := from; k < to; k++ {
		level, repeats := w.column.maxDef, byte(1)
		if !has(b.elems, k) {
			level--
		}
		if k == from {
			repeats = 0
		}
		w.def, w.rep = append(w.def, level), append(w.rep, repeats)
	}
}

// endPage completes the page.
func (w *chunkWriter) endPage() error {
	if w.entries == 0 {
		return nil
	}
	page := w.buf[:0]
	page = appendLevels(page, w.rep, w.column.maxRep)
	page = appendLevels(page, w.def, w.column.maxDef)
	e := encodingPlain
	if w.dict != nil {
		width := widthFor(w.dictSize)
		page = appendHybrid(append(page, byte(width)), w.index, width)
		e, w.indexed = encodingDictionary, true
	} else {
		page = append(page, w.values...)
		w.plain = true
	}
	w.buf = page
	var err error
	w.pages, err = w.appendPage(w.pages, page, func(h *compactWriter) {
		h.structField(5)
		h.int32(1, w.entries)
		h.int32(2, int(e))
		h.int32(3, int(encodingRLE))
		h.int32(4, int(encodingRLE))
		h.end()
	}, pageData)
	w.total += int64(w.entries)
	w.values, w.index, w.def, w.rep, w.entries, w.bools = w.values[:0], w.index[:0], w.def[:0], w.rep[:0], 0, 0
	return err
}

// appendLevels appends levels with their length before them.
func appendLevels(dst, levels []byte, most byte) []byte {
	if most == 0 {
		return dst
	}
	from := len(dst)
	dst = appendHybrid(append(dst, 0, 0, 0, 0), levels, widthOf(most))
	binary.LittleEndian.PutUint32(dst[from:], uint32(len(dst)-from-4))
	return dst
}

// appendPage appends a page with its header, of which part writes the rest.
func (w *chunkWriter) appendPage(dst, page []byte, part func(*compactWriter), kind int) ([]byte, error) {
	if len(page) > math.MaxInt32 {
		return dst, errPage
	}
	folded := page
	if w.compress != nil {
		var err error
		if w.folded, err = w.compress(w.folded[:0], page); err != nil {
			return dst, err
		}
		folded = w.folded
	}
	var h compactWriter
	h.int32(1, kind)
	h.int32(2, len(page))
	h.int32(3, len(folded))
	part(&h)
	h.end()
	w.unfolded += int64(len(h.data) + len(page))
	return append(append(dst, h.data...), folded...), nil
}

// finish completes the chunk: the dictionary, the pages, and what the metadata
// says of them, the chunk being at that place of the file.
func (w *chunkWriter) finish(meta *metadata.ColumnChunkMetaDataBuilder, at int64) (parts [2][]byte, err error) {
	info := metadata.ChunkMetaInfo{IndexPageOffset: -1, NumValues: w.total, DataPageOffset: at}
	if w.indexed {
		parts[0], err = w.appendPage(nil, w.dictPage, func(h *compactWriter) {
			h.structField(7)
			h.int32(1, w.dictSize)
			h.int32(2, int(encodingPlain))
			h.end()
		}, pageDictionary)
		if err != nil {
			return parts, err
		}
		info.DictPageOffset, info.DataPageOffset = at, at+int64(len(parts[0]))
	}
	parts[1] = w.pages
	info.CompressedSize, info.UncompressedSize = int64(len(parts[0])+len(parts[1])), w.unfolded
	meta.SetStats(w.stats.encoded(w.column))
	return parts, meta.Finish(info, w.indexed, w.indexed && w.plain, metadata.EncodingStats{}, nil)
}
