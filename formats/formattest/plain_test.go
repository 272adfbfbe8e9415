package formattest_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/formats"
)

// plain is a sound format of byte slices, each of whose parts a test can replace
// by a broken one:
//
//	"PLN1"   four bytes
//	length   four bytes, little-endian
//	bytes
type plain struct {
	name, ext func() string
	accepts   func(reflect.Type) error
	encode    func(io.Writer, []byte) error
	info      formats.Info
	decode    func(formats.Source, *[]byte) error
	unchecked bool // takes dst for a *[]byte without looking
}

const magic = "PLN1"

func (p plain) Name() string {
	if p.name != nil {
		return p.name()
	}
	return "plain"
}

func (p plain) Ext() string {
	if p.ext != nil {
		return p.ext()
	}
	return "pln"
}

func (p plain) Accepts(t reflect.Type) error {
	if p.accepts != nil {
		return p.accepts(t)
	}
	return bytesOnly(t)
}

func bytesOnly(t reflect.Type) error {
	if t != reflect.TypeFor[[]byte]() {
		return fmt.Errorf("stores bytes only, not %v", t)
	}
	return nil
}

func (p plain) Encode(w io.Writer, v any) (formats.Info, error) {
	b, ok := v.([]byte)
	if !ok {
		return formats.Info{}, fmt.Errorf("%w: %T is no []byte", formats.ErrValue, v)
	}
	if p.encode != nil {
		return p.info, p.encode(w, b)
	}
	return p.info, encodePlain(w, b)
}

func encodePlain(w io.Writer, b []byte) error {
	if _, err := w.Write(header(b)); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write bytes: %w", err)
	}
	return nil
}

func header(b []byte) []byte { return binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(b))) }

func (p plain) Decode(src formats.Source, dst any) error {
	b, ok := dst.(*[]byte)
	if !p.unchecked && (!ok || b == nil) {
		return fmt.Errorf("cannot decode into %T", dst)
	}
	if p.unchecked && !ok {
		*dst.(*[]byte) = nil
	}
	if p.decode != nil {
		return p.decode(src, b)
	}
	return decodePlain(src, b)
}

var errDamaged = errors.New("damaged file")

func decodePlain(src formats.Source, dst *[]byte) error {
	whole, err := io.ReadAll(src)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return parsePlain(whole, dst)
}

func parsePlain(whole []byte, dst *[]byte) error {
	if len(whole) < 8 || string(whole[:4]) != magic {
		return errDamaged
	}
	if n := binary.LittleEndian.Uint32(whole[4:]); int64(n) != int64(len(whole)-8) {
		return fmt.Errorf("%w: %d bytes, not %d", errDamaged, len(whole)-8, n)
	}
	*dst = append([]byte{}, whole[8:]...)
	return nil
}

// decodeAnywhere is sound, too, and reads from the back to the front.
func decodeAnywhere(src formats.Source, dst *[]byte) error {
	const most = 1 << 20
	n := src.Size()
	if n < 0 || n > most {
		return errDamaged
	}
	whole := make([]byte, n)
	for at := n - 1; at >= 0; at-- {
		if got, err := src.ReadAt(whole[at:at+1], at); got == 0 {
			return fmt.Errorf("read at %d: %w", at, err)
		}
	}
	return parsePlain(whole, dst)
}
