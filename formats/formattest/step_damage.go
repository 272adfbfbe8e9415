package formattest

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/dataelab/dataelab-go/formats"
)

// A victim is a file to damage in about so many ways.
type victim struct {
	kept
	ways int
}

// perByte is how many damages each byte of a file has: one end, eight bits, and
// the forgeries.
var perByte = 1 + 8 + len(forged)

// victims chooses one file for each type, the user's types first, as far as
// Options.Damages goes.
func (c *checker) victims() []victim {
	var mine, others []kept
	for _, k := range c.some(math.MaxInt) {
		list := &others
		if k.users {
			list = &mine
		}
		if n := len(*list); n > 0 && (*list)[n-1].typ == k.typ {
			if better((*list)[n-1], k) {
				(*list)[n-1] = k
			}
			continue
		}
		*list = append(*list, k)
	}
	r := randomFor(c.opts.Seed, "victims")
	r.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	var chosen []victim
	left := c.opts.Damages
	for i, k := range append(mine, others...) {
		share := left / 4 // several types of ours, rather than one whole
		if i < len(mine) {
			share = left / (len(mine) - i)
		}
		if ways := min(perByte*len(k.file), share); ways > perByte && !c.broken[k.typ] {
			chosen = append(chosen, victim{k, ways})
			left -= ways
		}
	}
	return chosen
}

// better prefers the longest of the short files, and the shortest of the long ones.
func better(a, b kept) bool {
	const short = 512
	if len(a.file) <= short && len(b.file) <= short {
		return len(b.file) > len(a.file)
	}
	return len(b.file) < len(a.file)
}

// damaged decodes a file that is no longer what Encode wrote. It notes panics and
// too much memory, and then leaves the type alone: a file a little worse might
// take the whole program with it. It reports false if so.
func (c *checker) damaged(k kept, file []byte, what string, open func() formats.Source) (reflect.Value, bool, error) {
	limit := c.opts.Memory(int64(len(file)))
	var o outcome
	var dst reflect.Value
	for range 3 { // somebody else may have allocated meanwhile
		dst = reflect.New(k.typ)
		o = c.call(k.typ, file, "Decode of a file with "+what, func() error {
			return c.format.Decode(open(), dst.Interface())
		})
		if o.panic != "" || o.bytes <= limit {
			break
		}
	}
	switch {
	case o.panic != "":
		c.problem(k.typ, file, "%s: Decode of a file with %s: %s", k.label, what, o.panic)
	case o.bytes > limit:
		c.problem(k.typ, file, "%s: Decode of a file with %s took %d bytes of memory; for a file of %d bytes %d are allowed (Options.Memory)",
			k.label, what, o.bytes, len(file), limit)
	default:
		return dst.Elem(), true, o.err
	}
	c.broken[k.typ] = true
	return reflect.Value{}, false, nil
}

// A verdict says what may come of a damaged file besides an error.
type verdict int

const (
	nothing  verdict = iota // it must be an error
	theValue                // the value that was stored
	anyValue
)

// judge decodes damaged bytes. It reports whether more may be done to the type.
func (c *checker) judge(k kept, file []byte, what string, may verdict) bool {
	got, ok, err := c.damaged(k, file, what, func() formats.Source { return bytes.NewReader(file) })
	if !ok {
		return false
	}
	if err != nil || may == anyValue {
		return true
	}
	if may == nothing {
		c.problem(k.typ, file, "%s: Decode of a file with %s gives a value and no error", k.label, what)
		return true
	}
	if err := diffWhole(k.value, got, c.rules); err != nil {
		c.problem(k.typ, file, "%s: Decode of a file with %s gives another value and no error: %v", k.label, what, err)
	}
	return true
}

// strictly is v, or anything from a lenient format.
func (c *checker) strictly(v verdict) verdict {
	if c.opts.Lenient {
		return anyValue
	}
	return v
}

func (c *checker) truncations() {
	const whole = 256 // bytes of which each end is tried, however many files there are
	for _, v := range c.victims() {
		for _, n := range places(len(v.file), max(v.ways/perByte, whole)) {
			if !c.judge(v.kept, v.file[:n:n], fmt.Sprintf("%d of %d bytes", n, len(v.file)), c.strictly(nothing)) {
				break
			}
		}
	}
}

func (c *checker) appendings() {
	for _, v := range c.victims() {
		r := randomFor(c.opts.Seed, "appended "+v.typ.String())
		noise := make([]byte, 100)
		fill(r, noise)
		for _, more := range [][]byte{{0}, {' '}, {'\n'}, []byte("\nx"), make([]byte, 64), noise[:1], noise, v.file} {
			what := fmt.Sprintf("%d bytes appended, %.8q", len(more), more)
			if !c.judge(v.kept, bytes.Join([][]byte{v.file, more}, nil), what, c.strictly(theValue)) {
				break
			}
		}
	}
}

// flips goes from front to back and from low bits to high ones: of a length that is
// believed the first flip that matters is small, in either byte order, or
// so large that make panics.
func (c *checker) flips() {
	may := anyValue
	if c.opts.Exact {
		may = theValue
	}
	for _, v := range c.victims() {
		file := bytes.Clone(v.file)
		for _, at := range places(8*len(file), v.ways*8/perByte) {
			file[at/8] ^= 1 << (at % 8)
			if !c.judge(v.kept, file, fmt.Sprintf("bit %d of byte %d (offset %#x) flipped", at%8, at/8, at/8), may) {
				break
			}
			file[at/8] ^= 1 << (at % 8)
		}
	}
}

// fill sets b to random bytes.
func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}
