package formats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

func (z zstdFormat) Decode(src Source, dst any) error {
	if err := checkWindow(src); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	size, err := plainSize(src)
	if err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	if size > mostPlain(src) {
		return fmt.Errorf("zstd: %d bytes become %d or more, above %d times as many: a bomb?", src.Size(), size, modestRate)
	}
	plain := &plainSource{src: src, size: size}
	defer plain.close()
	if err := plain.open(src); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	err = z.plain.Decode(plain, dst)
	if plain.err != nil { // the cause
		return fmt.Errorf("zstd: %w", plain.err)
	}
	if err != nil {
		return err
	}
	if err := plain.end(); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	return nil
}

// plainSize returns the size of the plain file, or what the file says it to be.
func plainSize(src Source) (int64, error) {
	var b [trailerBytes]byte
	if at := src.Size() - trailerBytes; at >= 0 {
		if _, err := src.ReadAt(b[:], at); err != nil && err != io.EOF {
			return 0, err
		}
	}
	if binary.LittleEndian.Uint32(b[:]) == trailerMagic && binary.LittleEndian.Uint32(b[4:]) == 8 {
		if size := binary.LittleEndian.Uint64(b[8:]); size < 1<<62 {
			return int64(size), nil
		}
	}
	dec, err := openDecoder(io.NewSectionReader(src, 0, src.Size()))
	if err != nil {
		return 0, err
	}
	defer dec.close()
	return io.Copy(io.Discard, io.LimitReader(dec, mostPlain(src)+1)) // what is longer is refused, whatever its size
}

// mostPlain is how long the plain file may be.
func mostPlain(src Source) int64 { return max(modestSize, modestRate*src.Size()) }

// checkWindow refuses a frame whose window, for which a decoder takes memory at once,
// is out of proportion.
func checkWindow(src Source) error {
	var start [zstd.HeaderMaxSize]byte
	n, err := src.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	var h zstd.Header
	if h.Decode(start[:n]) != nil {
		return nil //nolint:nilerr // the decoder says it better
	}
	if h.WindowSize > modestSize && h.WindowSize/64 > uint64(src.Size()) {
		return fmt.Errorf("a window of %d bytes for a file of %d", h.WindowSize, src.Size())
	}
	return nil
}

// A plainSource is the plain file as it is decompressed. Who reads it from front
// to back gets it piece by piece; at the first ReadAt all of it goes to memory.
type plainSource struct {
	src  Source
	size int64

	dec  *decoder
	done int64 // bytes that Read has returned
	err  error // of decompression

	mu    sync.Mutex
	whole []byte // guarded by mu until it is there; nil before
}

func (p *plainSource) Size() int64 { return p.size }

func (p *plainSource) open(r io.Reader) (err error) {
	p.dec, err = openDecoder(r)
	return err
}

func (p *plainSource) close() {
	if p.dec != nil {
		p.dec.close()
		p.dec = nil
	}
}

func (p *plainSource) Read(b []byte) (int, error) {
	if left := p.size - p.done; int64(len(b)) > left {
		b = b[:left]
		if left == 0 {
			return 0, io.EOF
		}
	}
	n, err := p.dec.Read(b)
	p.done += int64(n)
	if err == io.EOF && p.done < p.size {
		err = fmt.Errorf("the file becomes %d bytes, and says %d: %w", p.done, p.size, io.ErrUnexpectedEOF)
	}
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

func (p *plainSource) ReadAt(b []byte, at int64) (int, error) {
	whole, err := p.all()
	if err != nil {
		return 0, err
	}
	return bytes.NewReader(whole).ReadAt(b, at)
}

func (p *plainSource) all() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.whole != nil {
		return p.whole, nil
	}
	dec, err := openDecoder(io.NewSectionReader(p.src, 0, p.src.Size()))
	if err != nil {
		return nil, err
	}
	defer dec.close()
	var whole bytes.Buffer
	whole.Grow(int(min(p.size, modestSize)) + bytes.MinRead) // the rest when it turns out to be there
	n, err := whole.ReadFrom(io.LimitReader(dec, p.size+1))
	if err == nil && n != p.size {
		err = fmt.Errorf("the file becomes %d bytes or more, and says %d", n, p.size)
	}
	if err != nil {
		p.err = err
		return nil, err
	}
	p.whole = whole.Bytes()
	return p.whole, nil
}

// end makes sure that the compressed file ends where the plain one does, and is
// as its checksum says.
func (p *plainSource) end() error {
	if p.whole != nil {
		return nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(p.dec, p.size-p.done+1))
	switch {
	case err != nil:
		return err
	case p.done+n != p.size:
		return fmt.Errorf("the file becomes %d bytes or more, and says %d", p.done+n, p.size)
	}
	return nil
}

// decoders keeps decoders, which have megabytes of buffers each.
var decoders = sync.Pool{New: func() any {
	dec, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1),     // no goroutines, which no file could end
		zstd.WithDecoderMaxWindow(128<<20), // what `zstd --long` writes, and readers take without being told
		zstd.WithDecoderMaxMemory(1<<62),   // the claimed size has been checked already
	)
	if err != nil {
		panic(err) // of wrong options, of which there are none
	}
	return dec
}}

// A decoder is a decoder from the pool at work. It returns the errors of its
// source as they are, some of which the pool's takes for an end.
type decoder struct {
	dec    *zstd.Decoder
	src    io.Reader
	failed error
}

func openDecoder(r io.Reader) (*decoder, error) {
	d := &decoder{dec: decoders.Get().(*zstd.Decoder), src: r}
	return d, d.cause(d.dec.Reset(source{d}))
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.dec.Read(p)
	return n, d.cause(err)
}

func (d *decoder) cause(err error) error {
	if d.failed != nil {
		return d.failed
	}
	return err
}

func (d *decoder) close() {
	if d.dec.Reset(nil) == nil {
		decoders.Put(d.dec)
	}
}

// source hides what the reader is, as a bytes.Buffer would be decompressed all at once.
type source struct{ d *decoder }

func (s source) Read(p []byte) (int, error) {
	n, err := s.d.src.Read(p)
	if err != nil && err != io.EOF {
		s.d.failed = err
	}
	return n, err
}
