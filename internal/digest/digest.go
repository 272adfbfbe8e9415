package digest

import (
	"encoding/hex"
	"io"
	"os"
	"sync"

	"github.com/zeebo/xxh3"
)

// chunk is how much is read or written between two looks of the hash. At
// this size the bytes are still in the processor's cache when they are hashed,
// and handing them over costs nothing beside the system call.
const chunk = 512 << 10

// Writer writes to a file and hashes what it writes. A long write is
// hashed on a second goroutine while the system call copies.
type Writer struct {
	w     io.Writer
	hash  *xxh3.Hasher
	count int64
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, hash: xxh3.New()}
}

// Write writes p in one call.
func (d *Writer) Write(p []byte) (int, error) {
	if len(p) <= chunk {
		n, err := d.w.Write(p)
		_, _ = d.hash.Write(p[:n])
		d.count += int64(n)
		return n, err
	}
	if f, ok := d.w.(*os.File); ok {
		if err := reserve(f, int64(len(p))); err != nil {
			return 0, err
		}
	}
	hashed := make(chan struct{})
	go func() {
		defer close(hashed)
		_, _ = d.hash.Write(p)
	}()
	n, err := d.w.Write(p)
	<-hashed // p is the caller's again only now
	d.count += int64(n)
	return n, err
}

// Bytes returns how many bytes were written.
func (d *Writer) Bytes() int64 { return d.count }

// Sum returns the digest of what was written.
func (d *Writer) Sum() string { return text(d.hash.Sum128()) }

// Reader is the file given to a decoder: what is read from front to back
// is hashed on the way, each chunk while the next one is read. What the decoder
// skips or reads out of order is hashed by Sum.
type Reader struct {
	file   io.ReaderAt
	size   int64
	offset int64 // everything before it is hashed
	hash   *xxh3.Hasher

	mu     sync.Mutex // ReadAt may be called by several goroutines
	failed error      // what reading the file returned, apart from its end
}

// NewReader returns a Reader of the first size bytes of file.
func NewReader(file io.ReaderAt, size int64) *Reader {
	return &Reader{file: file, size: size, hash: xxh3.New()}
}

// Size returns the number of bytes in all.
func (d *Reader) Size() int64 { return d.size }

// ReadAt reads anywhere, and hashes nothing.
func (d *Reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := io.NewSectionReader(d.file, 0, d.size).ReadAt(p, off)
	d.note(err)
	return n, err
}

// Read reads on, and hashes what it read.
func (d *Reader) Read(p []byte) (int, error) {
	if left := d.size - d.offset; left < int64(len(p)) {
		p = p[:left]
	}
	if len(p) == 0 {
		if d.offset >= d.size {
			return 0, io.EOF
		}
		return 0, nil
	}
	if len(p) <= chunk {
		n, err := d.readFull(p)
		_, _ = d.hash.Write(p[:n])
		return n, err
	}
	return d.readLong(p)
}

// readLong reads in chunks and hashes behind. It returns when all is hashed, as
// the decoder may change p then.
func (d *Reader) readLong(p []byte) (n int, err error) {
	chunks := make(chan []byte, len(p)/chunk+1)
	hashed := make(chan struct{})
	go func() {
		defer close(hashed)
		for c := range chunks {
			_, _ = d.hash.Write(c)
		}
	}()
	for n < len(p) && err == nil {
		end := min(n+chunk, len(p))
		var m int
		m, err = d.readFull(p[n:end])
		chunks <- p[n : n+m]
		n += m
	}
	close(chunks)
	<-hashed
	return n, err
}

func (d *Reader) readFull(p []byte) (int, error) {
	n, err := d.file.ReadAt(p, d.offset)
	d.offset += int64(n)
	switch {
	case n == len(p):
		err = nil
	case err == io.EOF:
		err = io.ErrUnexpectedEOF // shorter than its size said
	default:
		d.note(err)
	}
	return n, err
}

// note keeps an error of the disk, which a decoder may pass on in its own words.
func (d *Reader) note(err error) {
	if err == nil || err == io.EOF {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = err
	}
}

// Err returns the first error of the file itself, as opposed to its end. A
// decoder may pass it on in words from which it cannot be told.
func (d *Reader) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// Sum reads what is left, and returns the digest of the whole.
func (d *Reader) Sum() (string, error) {
	if d.offset < d.size {
		if _, err := io.CopyBuffer(struct{ io.Writer }{d.hash}, io.NewSectionReader(d.file, d.offset, d.size-d.offset), make([]byte, chunk)); err != nil {
			return "", err
		}
	}
	return text(d.hash.Sum128()), nil
}

// Of returns the digest of bytes in memory.
func Of(content []byte) string { return text(xxh3.Hash128(content)) }

func text(sum xxh3.Uint128) string {
	b := sum.Bytes()
	return "xxh3-128:" + hex.EncodeToString(b[:])
}
