package parquet

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/dataelab/dataelab-go/formats/table"
)

// Decimals are whole numbers of 10^-scale, in 32 or 64 bits, or as bytes, the highest first.
// They become texts with all their digits, as that is what every decimal has. Where a number
// of Go has all values of the column, they become that, too: floats where each decimal is
// the nearest one to a float of its own, integers where there is nothing after the point.

// exactDigits is how many digits of a decimal a float64 keeps.
const exactDigits = 15

// maxDigits is the most that Arrow has.
const maxDigits = 76

func (c *column) setDecimal(l logical) {
	c.kind, c.digits, c.scale = kindDecimal, l.precision, l.scale
	switch {
	case c.digits < 1 || c.scale < 0 || c.scale > c.digits:
		c.reason = damage("decimal(%d, %d)", c.digits, c.scale)
	case c.digits > maxDigits:
		c.reason = unsupported("decimal(%d, %d), of which 76 digits are the most that is read", c.digits, c.scale)
	case c.physical != physicalInt32 && c.physical != physicalInt64 && c.physical != physicalBytes && c.physical != physicalFixed:
		c.reason = damage("decimals of physical type %d", c.physical)
	}
}

// decimalTo returns how decimals become values of another kind, or nil.
func (c *column) decimalTo(to kind, width int) conversion {
	switch _, _, float, ok := numeric(to); {
	case to == table.String:
		return c.decimalsToTexts
	case to == kindDecimal:
		return keep
	case to == table.Float64 && c.digits <= exactDigits:
		return c.decimalsToFloats
	case ok && !float && c.scale == 0:
		return c.decimalsToInts(to, width)
	}
	return nil
}

// decimals calls do with each decimal of a batch: with x, or with long where it needs more bits.
func (c *column) decimals(b *batch, do func(x int64, long *big.Int) error) error {
	one := func(i int) []byte {
		if c.physical == physicalBytes {
			return []byte(b.text[i])
		}
		return b.fixed[i*c.width : (i+1)*c.width]
	}
	for i := range b.n {
		var err error
		switch c.physical {
		case physicalInt32:
			err = do(int64(cast[int32](b.fixed)[i]), nil)
		case physicalInt64:
			err = do(cast[int64](b.fixed)[i], nil)
		default:
			if x, ok := shortInt(one(i)); ok {
				err = do(x, nil)
			} else {
				var long *big.Int
				if long, err = longInt(one(i)); err == nil {
					err = do(0, long)
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shortInt returns a number of bytes, the highest first, if 64 bits hold it.
func shortInt(be []byte) (x int64, ok bool) {
	if len(be) == 0 {
		return 0, true
	}
	sign := byte(int8(be[0]) >> 7)
	for len(be) > 8 {
		if be[0] != sign || byte(int8(be[1])>>7) != sign {
			return 0, false
		}
		be = be[1:]
	}
	x = int64(int8(sign))
	for _, b := range be {
		x = x<<8 | int64(b)
	}
	return x, true
}

func longInt(be []byte) (*big.Int, error) {
	x := new(big.Int).SetBytes(be)
	if be[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	if x.BitLen() > 255 {
		return nil, damage("a decimal of %d bits; %d digits are the most", x.BitLen(), maxDigits)
	}
	return x, nil
}

// decimalsToTexts makes texts such as "-0.05", all in one block of memory.
func (c *column) decimalsToTexts(b *batch) error {
	var all []byte
	ends := make([]int, 0, b.n)
	err := c.decimals(b, func(x int64, long *big.Int) error {
		var digits [maxDigits + 8]byte
		d := strconv.AppendInt(digits[:0], x, 10)
		if long != nil {
			d = long.Append(digits[:0], 10)
		}
		if d[0] == '-' {
			all, d = append(all, '-'), d[1:]
		}
		if missing := c.scale + 1 - len(d); missing > 0 { // one digit before the point
			d = append([]byte(strings.Repeat("0", missing)), d...)
		}
		point := len(d) - c.scale
		if all = append(all, d[:point]...); c.scale > 0 {
			all = append(append(all, '.'), d[point:]...)
		}
		ends = append(ends, len(all))
		return nil
	})
	if err != nil {
		return err
	}
	clear(b.text)
	b.text, b.fixed = b.text[:0], b.fixed[:0]
	from := 0
	for _, to := range ends {
		b.text = append(b.text, textOf(all[from:to]))
		from = to
	}
	return nil
}

// decimalsToFloats makes the nearest floats.
func (c *column) decimalsToFloats(b *batch) error {
	power, err := strconv.ParseFloat(fmt.Sprint("1e", c.scale), 64) // exact: the scale is at most 15
	if err != nil {
		return err
	}
	floats := make([]float64, 0, b.n)
	err = c.decimals(b, func(x int64, long *big.Int) error {
		if long != nil || x > 1<<53 || x < -1<<53 {
			return damage("a decimal of more than %d digits", c.digits)
		}
		floats = append(floats, float64(x)/power)
		return nil
	})
	if err != nil {
		return err
	}
	clear(b.text)
	b.text = b.text[:0]
	copy(respace[float64](b), floats)
	return nil
}

// decimalsToInts makes integers, and fails at one that does not fit.
func (c *column) decimalsToInts(to kind, width int) conversion {
	_, signed, _, _ := numeric(to)
	return func(b *batch) error {
		ints := make([]int64, 0, b.n)
		err := c.decimals(b, func(x int64, long *big.Int) error {
			switch {
			case long != nil:
				return fmt.Errorf("%v needs more than 64 bits; read it into a string", long)
			case x < 0 && !signed:
				return fmt.Errorf("%d is negative", x)
			}
			ints = append(ints, x)
			return nil
		})
		if err != nil {
			return err
		}
		clear(b.text)
		b.text = b.text[:0]
		copy(respace[int64](b), ints)
		return numbersFrom[int64](to, width)(b)
	}
}

// decimalsToArrow makes what Arrow has: numbers of 16 or 32 bytes of this machine.
func (c *column) decimalsToArrow(b *batch) error {
	w := c.arrowDecimalWidth()
	all := make([]byte, 0, b.n*w)
	err := c.decimals(b, func(x int64, long *big.Int) error {
		if long == nil {
			for range w - 8 {
				all = append(all, byte(x>>63))
			}
			all = binary.BigEndian.AppendUint64(all, uint64(x))
			return nil
		}
		if long.BitLen() >= 8*w {
			return damage("%v, of which decimal(%d, %d) is too short", long, c.digits, c.scale)
		}
		if long.Sign() < 0 {
			long.Add(long, new(big.Int).Lsh(big.NewInt(1), uint(8*w)))
		}
		from := len(all)
		all = append(all, make([]byte, w)...)
		long.FillBytes(all[from:])
		return nil
	})
	if err != nil {
		return err
	}
	clear(b.text)
	b.text = b.text[:0]
	n := b.n
	b.fixed, b.n = b.fixed[:0], 0
	copy(b.extend(n, w), all)
	highestFirst(b.fixed, w) // and back
	return nil
}

func (c *column) arrowDecimalWidth() int {
	if c.digits <= 38 && !c.wide {
		return 16
	}
	return 32
}

// highestFirst makes bytes as Parquet has them of numbers of Arrow.
func highestFirst(b []byte, width int) {
	for ; !hostBigEndian && len(b) >= width; b = b[width:] {
		slices.Reverse(b[:width])
	}
}
