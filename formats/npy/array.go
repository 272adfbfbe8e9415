package npy

import (
	"fmt"
	"math/bits"
	"slices"
)

// Element is a number or bool, what an [Array] is made of. [Float16] is one of the
// types whose underlying type is uint16, and is not taken for an integer.
type Element interface {
	~bool |
		~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 |
		~complex64 | ~complex128
}

// An Array is an array of any number of axes, as numpy has it.
//
// Like a slice, a copy of an Array shares its elements. A literal is fine:
//
//	npy.Array[float32]{Shape: []int{2, 3}, Data: data}
//
// The zero Array is no array yet (numpy would take the empty shape for one
// number, and there is none); Encode refuses it.
type Array[T Element] struct {
	// Shape is the length of each axis. No axes means a single element.
	Shape []int

	// Fortran tells the order of Data: false (C) when the last index runs
	// fastest, true when the first one does.
	Fortran bool

	// Data is the elements, as many as the product of Shape.
	Data []T
}

// NewArray returns an array of zeros in C order. It panics, as make does, when
// a length is negative or the product is too large.
func NewArray[T Element](shape ...int) Array[T] {
	n, ok := product(shape)
	if !ok {
		panic(fmt.Sprintf("npy: NewArray: bad shape %s", shapeText(shape)))
	}
	return Array[T]{Shape: append([]int{}, shape...), Data: make([]T, n)}
}

// NDim returns the number of axes.
func (a Array[T]) NDim() int { return len(a.Shape) }

// Len returns the number of elements.
func (a Array[T]) Len() int { return len(a.Data) }

// At returns the element at an index, one number for each axis. It panics when
// the index is outside of the shape.
func (a Array[T]) At(index ...int) T { return a.Data[a.offset(index)] }

// Set stores v at an index, one number for each axis. It panics when the index
// is outside of the shape.
func (a Array[T]) Set(v T, index ...int) { a.Data[a.offset(index)] = v }

// COrder returns a copy of a whose Data is in C order, whatever the order of a.
// It panics when Shape and Data disagree.
func (a Array[T]) COrder() Array[T] {
	if err := a.check(); err != nil {
		panic("npy: COrder: " + err.Error())
	}
	c := Array[T]{Shape: append([]int{}, a.Shape...)}
	if a.Fortran {
		c.Data = make([]T, len(a.Data))
		reorder(c.Data, a.Data, a.Shape)
	} else {
		c.Data = append([]T{}, a.Data...)
	}
	return c
}

// offset is where the element at index lies in Data.
func (a Array[T]) offset(index []int) int {
	if len(index) != len(a.Shape) {
		panic(fmt.Sprintf("npy: %d indices for %d axes", len(index), len(a.Shape)))
	}
	at := 0
	for k := range index {
		axis := k
		if a.Fortran {
			axis = len(index) - 1 - k
		}
		i, n := index[axis], a.Shape[axis]
		if uint(i) >= uint(n) {
			// A copy, so that index itself stays off the heap on the usual path.
			panic(fmt.Sprintf("npy: index %v outside of shape %s", slices.Clone(index), shapeText(a.Shape)))
		}
		at = at*n + i
	}
	return at
}

// check says why Shape and Data do not belong together.
func (a Array[T]) check() error { return checkShape(a.Shape, len(a.Data)) }

func checkShape(shape []int, length int) error {
	if len(shape) > maxAxes {
		return fmt.Errorf("%d axes, numpy knows %d", len(shape), maxAxes)
	}
	n, ok := product(shape)
	if !ok {
		return fmt.Errorf("bad shape %s", shapeText(shape))
	}
	if n != length {
		return fmt.Errorf("shape %s has %d elements, Data has %d", shapeText(shape), n, length)
	}
	return nil
}

// product returns the number of elements of an array, and false when a length
// is negative or the number does not fit an int. An axis of length 0 makes it
// 0, however long the others are.
func product(shape []int) (int, bool) {
	n, empty, over := uint(1), false, false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		empty = empty || d == 0
		hi, lo := bits.Mul(n, uint(d))
		over = over || hi != 0 || int(lo) < 0
		n = lo
	}
	if empty {
		return 0, true
	}
	return int(n), !over
}
