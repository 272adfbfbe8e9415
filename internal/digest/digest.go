package digest

import (
	"cmp"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

// Writer writes to a file and hashes what it writes. A long write uses some
// processors, see inTurns.
type Writer struct {
	// Room, when not nil, is asked for room for the bytes that are written next.
	Room func(n int64) error

	w      io.Writer
	hash   *xxh3.Hasher
	count  int64
	failed error // the first; nothing is written after it
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, hash: xxh3.New()}
}

// Write writes p in one call.
func (d *Writer) Write(p []byte) (int, error) {
	if d.failed != nil {
		return 0, d.failed
	}
	if d.Room != nil {
		if d.failed = d.Room(int64(len(p))); d.failed != nil {
			return 0, d.failed
		}
	}
	n, err := d.write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	d.failed = err
	return n, err
}

// Err returns the first error of Write, for those who do not trust the caller of
// Write to have looked.
func (d *Writer) Err() error { return d.failed }

func (d *Writer) write(p []byte) (int, error) {
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
	n, err := d.writeLong(p)
	d.count += int64(n)
	return n, err
}

func (d *Writer) writeLong(p []byte) (int, error) {
	if f, ok := d.w.(*os.File); ok {
		start, err := f.Seek(0, io.SeekCurrent)
		if err == nil {
			n, err := inTurns(p, d.hash, true, func(part []byte, at int) (int, error) { return f.WriteAt(part, start+int64(at)) })
			_, seekErr := f.Seek(start+int64(n), io.SeekStart)
			return n, errors.Join(err, seekErr)
		}
	} // else a pipe, or no file: what is written has its order
	hashed := make(chan error, 1)
	go func() { hashed <- memfault.Try(func() error { _, err := d.hash.Write(p); return err }) }()
	n, err := d.w.Write(p)
	return n, cmp.Or(err, <-hashed) // p is the caller's again only now
}

// Bytes returns how many bytes were written.
func (d *Writer) Bytes() int64 { return d.count }

// Sum returns the digest of what was written.
func (d *Writer) Sum() string { return text(d.hash.Sum128()) }

// Reader is the file given to a decoder: what is read from front to back
// is hashed on the way; a long read uses some processors. What the decoder
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
		n, err := d.readFull(p, d.offset)
		d.offset += int64(n)
		_, _ = d.hash.Write(p[:n])
		return n, err
	}
	return d.readLong(p)
}

func (d *Reader) readLong(p []byte) (int, error) {
	start := d.offset
	n, err := inTurns(p, d.hash, false, func(part []byte, at int) (int, error) { return d.readFull(part, start+int64(at)) })
	d.offset = start + int64(n)
	return n, err
}

// readFull reads all of p or returns an error.
func (d *Reader) readFull(p []byte, at int64) (int, error) {
	n, err := d.file.ReadAt(p, at)
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
		if _, err := io.CopyBuffer(struct{ io.Writer }{d.hash}, io.NewSectionReader(d.file, d.offset, d.size-d.offset), make([]byte, min(chunk, d.size-d.offset))); err != nil {
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
