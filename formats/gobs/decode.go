package gobs

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"strconv"
)

// A decoder reads one value. It takes no memory before it has checked that the
// bytes which are left can hold what is promised, and it counts no byte twice,
// see claim. The methods named after a kind read a value of that kind in the form
// of an element, into a v that is settable and zero.
type decoder struct {
	input
	end     int // of the message, or of what an interface holds
	types   matcher
	head    *header // nil for a stream that another program wrote
	notes   noteReader
	depth   int
	claimed uint64           // bytes that elements yet to come need at least
	known   map[string]*plan // types within interfaces, by registered name
}

// claim checks that n elements of at least so many bytes can follow, and sets
// these bytes aside, so that nothing within one element counts on the bytes of
// the next. Each element gives its share back when it is read.
func (d *decoder) claim(n, least uint64) error {
	free := uint64(d.left())
	free -= min(free, d.claimed)
	if high, need := bits.Mul64(n, least); high > 0 || need > free {
		return fmt.Errorf("a count of %d where %d bytes are left", n, free)
	}
	d.claimed += n * least
	return nil
}

// locate makes sure that an error knows where in the file it arose.
func (d *decoder) locate(err error) error {
	pe, ok := err.(*pathError)
	if !ok {
		return &pathError{kind: ErrDamaged, cause: err, offset: d.off}
	}
	if pe.offset < 0 {
		pe.offset = d.off
	}
	return pe
}

func (d *decoder) element(g *prog, v reflect.Value) (err error) {
	switch g.plan.op {
	case opBool:
		err = d.bool(v)
	case opInt:
		err = d.integer(v)
	case opUint:
		err = d.unsigned(v)
	case opFloat:
		err = d.floating(g, v)
	case opComplex:
		err = d.complex(g, v)
	case opString:
		var s string
		if s, err = d.string(); err == nil {
			v.SetString(s)
		}
	case opBytes:
		err = d.byteSlice(v)
	case opInterface:
		err = d.iface(v)
	case opArray:
		err = d.array(g, v)
	case opSlice:
		err = d.slice(g, v)
	case opMap:
		err = d.mapElement(g, v)
	case opStruct:
		err = d.structFields(g, v)
	case opMarshaler:
		err = d.marshaler(g, v)
	case opPointer:
		err = d.pointer(g, v)
	}
	if err != nil {
		return d.locate(err)
	}
	return nil
}

func (d *decoder) bool(v reflect.Value) error {
	x, err := d.uint()
	if err != nil {
		return err
	}
	if x > 1 {
		return fmt.Errorf("a bool of %d", x)
	}
	v.SetBool(x == 1)
	return nil
}

func (d *decoder) integer(v reflect.Value) error {
	x, err := d.int()
	if err != nil {
		return err
	}
	if v.OverflowInt(x) {
		return overflow(v, strconv.FormatInt(x, 10))
	}
	v.SetInt(x)
	return nil
}

func (d *decoder) unsigned(v reflect.Value) error {
	x, err := d.uint()
	if err != nil {
		return err
	}
	if v.OverflowUint(x) {
		return overflow(v, strconv.FormatUint(x, 10))
	}
	v.SetUint(x)
	return nil
}

// overflow says that a number is too large: that of a machine with larger ints,
// or of a program with another type.
func overflow(v reflect.Value, number string) error {
	return &pathError{kind: ErrOtherType, offset: -1,
		cause: fmt.Errorf("the number %s does not fit %v of %d bits", number, v.Type(), v.Type().Bits())}
}

func (d *decoder) floating(g *prog, v reflect.Value) error {
	f, err := d.float()
	if err != nil {
		return err
	}
	v.SetFloat(f)
	if g.plan.narrow {
		return d.narrow(v, 0, f, v.Float())
	}
	return nil
}

func (d *decoder) complex(g *prog, v reflect.Value) error {
	re, err := d.float()
	if err != nil {
		return err
	}
	im, err := d.float()
	if err != nil {
		return err
	}
	v.SetComplex(complex(re, im))
	if !g.plan.narrow {
		return nil
	}
	if err := d.narrow(v, 0, re, real(v.Complex())); err != nil {
		return err
	}
	return d.narrow(v, 1, im, imag(v.Complex()))
}

// narrow checks that a float32, or a part of a complex64, is what the stream
// has, and sets the bits of one that is not a number.
func (d *decoder) narrow(v reflect.Value, part int, sent, got float64) error {
	switch {
	case sent == got:
		return nil
	case sent == sent:
		return overflow(v, strconv.FormatFloat(sent, 'g', -1, 64))
	}
	bits, ok, err := d.notes.at(noteBits)
	if err != nil || !ok {
		return err
	}
	if f := math.Float32frombits(uint32(bits)); bits > math.MaxUint32 || f == f {
		return errNotes
	}
	setBits32(v, part, uint32(bits))
	return nil
}

func (d *decoder) byteSlice(v reflect.Value) error {
	b, err := d.bytes()
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return d.emptySlice(v)
	}
	v.SetBytes(bytes.Clone(b))
	return nil
}

// emptySlice leaves a slice of length 0 nil, or makes it empty.
func (d *decoder) emptySlice(v reflect.Value) error {
	_, empty, err := d.notes.at(noteEmpty)
	if empty {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return err
}

func (d *decoder) marshaler(g *prog, v reflect.Value) error {
	b, err := d.bytes()
	if err != nil {
		return err
	}
	return g.plan.unmarshal(v, b)
}
