package parquet

import (
	"encoding/binary"
	"io"
	"math"
	"strings"

	"github.com/apache/arrow/go/v16/arrow"
)

// A block is a record batch or a dictionary of a Feather file:
//
//	metadata, in a flatbuffer | body: buffers, each of them compressed or not
type block struct {
	meta        flat // a RecordBatch
	body        *io.SectionReader
	codec       bodyCodec
	rows        int64
	id          int64 // of a dictionary
	delta       bool  // it is added to the dictionary before
	validUnions bool  // unions have a bitmap, as before Arrow 1.0

	nodes, buffers, views int // where their vectors begin
	count                 position
	before                []int // buffers of views before each array of views
}

// A position is a place among the arrays of a record batch, which Arrow writes one after
// the other.
type position struct{ node, buffer, view, union int }

// A bodyCodec says how the buffers of a block are compressed.
type bodyCodec int

const (
	bodyPlain bodyCodec = iota
	bodyLZ4
	bodyZstd
)

// pass goes on to what follows an array of type t. Buffers of views are not counted, as their
// number is not the type's.
func (p *position) pass(t arrow.DataType) {
	for e, ok := t.(arrow.ExtensionType); ok; e, ok = t.(arrow.ExtensionType) {
		t = e.StorageType()
	}
	p.node++
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.IndexType
	}
	layout := t.Layout()
	for _, buffer := range layout.Buffers {
		if buffer.Kind != arrow.KindAlwaysNull {
			p.buffer++
		}
	}
	if layout.VariadicSpec != nil {
		p.view++
	}
	if _, ok := t.(arrow.UnionType); ok {
		p.union++
	}
	if nested, ok := t.(arrow.NestedType); ok {
		for _, f := range nested.Fields() {
			p.pass(f.Type)
		}
	}
}

// readBlock reads the metadata of a block, and checks that its buffers lie within it.
func readBlock(src io.ReaderAt, end, at, metaBytes, bodyBytes int64, isDictionary bool, named string) (_ *block, err error) {
	defer contain(&err)
	if at < 8 || metaBytes < 16 || bodyBytes < 0 || metaBytes > end || bodyBytes > end || at > end-metaBytes-bodyBytes {
		return nil, damage("a block of %d and %d bytes", metaBytes, bodyBytes)
	}
	meta, err := readAt(src, at, int(metaBytes))
	if err != nil {
		return nil, err
	}
	// The length of the flatbuffer stands before it, since 2019 with four bytes before that.
	prefix := 4
	switch binary.LittleEndian.Uint32(meta) {
	case 0xffffffff:
		prefix = 8
	case 0:
		prefix = 0
	}
	message := flatRoot(meta[prefix:])
	b := &block{body: io.NewSectionReader(src, at+metaBytes, bodyBytes), validUnions: message.int16(0) < metadataV5}
	header, want := message.uint8(1), byte(headerBatch)
	if isDictionary {
		want = headerDictionary
	}
	var ok bool
	if b.meta, ok = message.table(2); !ok || header != want {
		return nil, damage("a header of kind %d", header)
	}
	if isDictionary {
		b.id, b.delta = b.meta.int64(0), b.meta.uint8(2) != 0
		if b.meta, ok = b.meta.table(1); !ok {
			return nil, damage("a dictionary without values")
		}
	}
	if b.codec, err = bodyCodecOf(message, b.meta, named); err != nil {
		return nil, err
	}
	if b.rows = b.meta.int64(0); b.rows < 0 {
		return nil, damage("%d rows", b.rows)
	}
	b.nodes, b.count.node = b.meta.vector(1, 16)
	b.buffers, b.count.buffer = b.meta.vector(2, 16)
	b.views, b.count.view = b.meta.vector(4, 8)
	return b, b.check()
}

// Numbers that Arrow's metadata gives to versions and kinds of messages.
const (
	metadataV5       = 4
	headerDictionary = 2
	headerBatch      = 3
)

// bodyCodecOf returns how a block is compressed. Arrow 0.17, of 2020, named the codec in the
// metadata of the message; named is what the metadata of the schema says.
func bodyCodecOf(message, batch flat, named string) (bodyCodec, error) {
	if c, ok := batch.table(3); ok {
		if method := c.uint8(1); method != 0 {
			return 0, unsupported("method of compression %d", method)
		}
		switch c.uint8(0) {
		case 0:
			return bodyLZ4, nil
		case 1:
			return bodyZstd, nil
		}
		return 0, unsupported("compression %d; there are LZ4, zstd and none", c.uint8(0))
	}
	if message.int16(0) >= metadataV5 {
		return bodyPlain, nil
	}
	message.tables(4, func(pair flat) {
		if pair.text(0) == compressionKey {
			named = pair.text(1)
		}
	})
	switch strings.ToLower(named) {
	case "", "uncompressed":
		return bodyPlain, nil
	case "lz4", "lz4_frame":
		return bodyLZ4, nil
	case "zstd":
		return bodyZstd, nil
	}
	return 0, unsupported("compression %q; there are LZ4, zstd and none", named)
}

const compressionKey = "ARROW:experimental_compression"

// check looks at the places of all buffers.
func (b *block) check() error {
	var together int64
	for i := range b.count.buffer {
		offset, n := b.bufferAt(i)
		if offset < 0 || n < 0 || n > b.body.Size() || offset > b.body.Size()-n {
			return damage("buffer %d lies outside of its block", i)
		}
		if together += n; together > b.body.Size() {
			return damage("buffer %d overlaps another", i)
		}
	}
	sum := 0
	for i := range b.count.view {
		b.before = append(b.before, sum)
		n := b.meta.int64At(b.views + 8*i)
		if n < 0 || n > int64(b.count.buffer-sum) {
			return damage("an array of views with %d buffers", n)
		}
		sum += int(n)
	}
	b.before = append(b.before, sum)
	return nil
}

func (b *block) bufferAt(i int) (offset, n int64) {
	at := b.buffers + 16*i
	return b.meta.int64At(at), b.meta.int64At(at + 8)
}

// holds checks that a block has the arrays of a schema: one buffer more or less, and all
// that follow would be taken for others.
func (b *block) holds(all position) error {
	if n := b.count.view; n != all.view {
		return damage("%d arrays of views, and %d in the schema", n, all.view)
	}
	all = b.from(all)
	if b.count.node != all.node || b.count.buffer != all.buffer {
		return damage("%d arrays of %d buffers, and the schema has %d of %d", b.count.node, b.count.buffer, all.node, all.buffer)
	}
	return nil
}

// buffer reads buffer i, of which a value needs least bytes.
func (b *block) buffer(i int, least int64) ([]byte, error) {
	offset, n := b.bufferAt(i)
	if n == 0 || b.codec == bodyPlain {
		if n < least {
			return nil, damage("buffer %d has %d bytes, and its values %d", i, n, least)
		}
		return readAt(b.body, offset, int(n))
	}
	const prefix = 8 // the length before compression
	if n < prefix {
		return nil, damage("buffer %d has %d bytes, too few for its length", i, n)
	}
	data, err := readAt(b.body, offset, int(n))
	if err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint64(data))
	data = data[prefix:]
	if size == -1 { // it was not worth it
		size = int64(len(data))
	} else if data, err = b.codec.decompress(data, size); err != nil {
		return nil, damage("buffer %d: %w", i, err)
	}
	if size < least {
		return nil, damage("buffer %d becomes %d bytes, and its values have %d", i, size, least)
	}
	return data, nil
}

// decompress unfolds a buffer into exactly size bytes.
func (c bodyCodec) decompress(data []byte, size int64) ([]byte, error) {
	if size < 0 || size > math.MaxInt>>1 {
		return nil, damage("a length of %d bytes", size)
	}
	var all []byte
	var err error
	if c == bodyZstd {
		all, err = unzstd(nil, data, int(size))
	} else {
		all, err = unlz4Frame(data, int(size))
	}
	if err == nil && int64(len(all)) != size {
		err = damage("it becomes %d bytes, and claims %d", len(all), size)
	}
	return all, err
}

// from is a place in this block: the buffers of views before it count.
func (b *block) from(p position) position {
	p.buffer += b.before[p.view]
	if b.validUnions {
		p.buffer += p.union
	}
	return p
}
