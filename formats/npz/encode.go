package npz

import (
	"fmt"
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A Member is one array of a .npz file.
type Member struct {
	Name   string // as numpy has it: without .npy
	Header npy.Header
}

// Options says how arrays are packed. The zero value stores them as they are.
type Options struct {
	// Level is how hard to compress: 0 stores arrays as they are, 1 (fast) to 9
	// (small) deflate them; np.savez_compressed takes 6. Arrays of measured numbers
	// hardly shrink, and deflating runs at 0.04 (level 6) to 0.15 GB/s (level 1),
	// where storing runs at 2 to 4.
	Level int
}

// Encode writes v as one whole .npz file, with arrays stored as they are, and
// returns its members, sorted by name. An error that wraps [ErrValue] is about the
// value, a [*TypeError] about its type; nothing has been written then. Any other
// error is that of w.
//
// Besides the types that [Accepts] takes, Encode writes a map[string]any whose
// values are arrays or single numbers, as np.savez does.
//
// The same value makes the same bytes.
func Encode(w io.Writer, v any) ([]Member, error) { return Options{}.Encode(w, v) }

// Encode is the function [Encode] with options.
func (o Options) Encode(w io.Writer, v any) ([]Member, error) {
	list, err := o.partsOf(v)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	members, err := o.encode(w, list)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	return members, nil
}

// partsOf returns the arrays of v; all of them are fit to be written.
func (o Options) partsOf(v any) ([]part, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	l, err := layoutOf(reflect.TypeOf(v))
	if err != nil {
		return nil, err
	}
	return l.parts(addressable(reflect.ValueOf(v)))
}

func (o Options) encode(w io.Writer, list []part) ([]Member, error) {
	z, err := newWriter(w, o)
	if err != nil {
		return nil, err
	}
	members := make([]Member, len(list))
	for i, p := range list {
		h, err := z.write(p)
		if err != nil {
			return nil, err
		}
		members[i] = Member{p.name, h}
	}
	return members, z.close()
}

func (o Options) check() error {
	if o.Level < 0 || o.Level > 9 {
		return fmt.Errorf("compression level %d; want 0 (stored) to 9", o.Level)
	}
	return nil
}
