package formattest

import (
	"bytes"
	"fmt"
	"math"

	"github.com/dataelab/dataelab-go/formats"
)

// forged is what may stand in the place of a length.
var forged = []struct {
	what  string
	bytes []byte
}{
	{"four bytes 00", make([]byte, 4)},
	{"eight bytes 00", make([]byte, 8)},
	{"1<<24, small end first", []byte{0, 0, 0, 1, 0, 0, 0, 0}},
	{"1<<28, big end first", []byte{0, 0, 0, 0, 0x10, 0, 0, 0}},
	{"the largest int64, big end first", []byte{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	{"the largest int64, small end first", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	{"eight bytes ff", bytes.Repeat([]byte{0xff}, 8)},
}

// forgeries writes large numbers over each place, and in text over each number.
func (c *checker) forgeries() {
	for _, v := range c.victims() {
		for _, at := range places(len(v.file), v.ways/perByte) {
			if !c.forgeBytes(v, at) || !c.forgeText(v, at) {
				break
			}
		}
	}
}

// forgeBytes reports whether more may be done to the type, as judge does.
func (c *checker) forgeBytes(v victim, at int) bool {
	for _, f := range forged {
		file := bytes.Clone(v.file)
		if copy(file[at:], f.bytes); bytes.Equal(file, v.file) {
			continue
		}
		if !c.judge(v.kept, file, fmt.Sprintf("%s at offset %#x", f.what, at), anyValue) {
			return false
		}
	}
	return true
}

// forgeText replaces a number in text that begins here.
func (c *checker) forgeText(v victim, at int) bool {
	if !digit(v.file[at]) || at > 0 && digit(v.file[at-1]) {
		return true
	}
	end := at
	for end < len(v.file) && digit(v.file[end]) {
		end++
	}
	for _, number := range []string{"99999999", "9223372036854775807", "99999999999999999999", "-1", "1e99"} {
		file := bytes.Join([][]byte{v.file[:at], []byte(number), v.file[end:]}, nil)
		if !c.judge(v.kept, file, fmt.Sprintf("the text %s at offset %#x", number, at), anyValue) {
			return false
		}
	}
	return true
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// garbage decodes what was never a file, or only begins like one.
func (c *checker) garbage() {
	const tries = 24
	for _, v := range c.victims() {
		r := randomFor(c.opts.Seed, "garbage "+v.typ.String())
		ok := true
		if len(v.file) > 0 {
			ok = c.judge(v.kept, []byte{}, "nothing in it", c.strictly(nothing))
		}
		for try := 0; ok && try < tries; try++ {
			noise := make([]byte, 1+r.IntN(600))
			fill(r, noise)
			head := v.file[:len(v.file)*(try%4)/4] // none of it at first
			ok = c.judge(v.kept, bytes.Join([][]byte{head, noise}, nil), fmt.Sprintf("%d true bytes and %d random ones", len(head), len(noise)), anyValue)
		}
		const long = 64 << 10 // brackets within brackets, and the like
		for _, b := range []byte("[{(<-\"' \n\t,0\x00\x01\x7f\x80\xff") {
			for _, head := range [][]byte{nil, v.file[:len(v.file)/2]} {
				ok = ok && c.judge(v.kept, append(bytes.Clone(head), bytes.Repeat([]byte{b}, long)...),
					fmt.Sprintf("%d true bytes and %d times %q", len(head), long, b), anyValue)
			}
		}
	}
}

// wrongSizes decodes from sources whose Size is not the number of their bytes.
func (c *checker) wrongSizes() {
	for _, k := range c.some(2) {
		if c.broken[k.typ] {
			continue
		}
		n := int64(len(k.file))
		for _, claim := range []int64{n + 1, n + 1000, 2*n + 64, math.MaxInt64, n - 1, n / 2, 0, -1} {
			what := fmt.Sprintf("%d bytes of which Size says that there are %d", n, claim)
			got, ok, err := c.damaged(k, k.file, what, func() formats.Source {
				src := newSource(k.file)
				src.claim = claim
				return src
			})
			if !ok {
				break
			}
			if err != nil || c.opts.Lenient {
				continue
			}
			if err := diffWhole(k.value, got, c.rules); err != nil {
				c.problem(k.typ, k.file, "%s: Decode of a file with %s gives another value and no error: %v", k.label, what, err)
			}
		}
	}
}
