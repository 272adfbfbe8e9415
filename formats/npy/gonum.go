package npy

import (
	"fmt"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// dense is the codec of mat.Dense.
type dense struct{}

func (dense) body(v reflect.Value) (body, error) {
	m := v.Addr().Interface().(*mat.Dense).RawMatrix()
	return rowsBody(f8, v.Type(), m.Data, m.Rows, m.Cols, m.Stride)
}

func (dense) load(v reflect.Value, f *file) error {
	rows, cols, err := f.matrixShape()
	if err != nil {
		return err
	}
	data, err := loadElements[float64](f, f8)
	if err != nil {
		return err
	}
	m := v.Addr().Interface().(*mat.Dense)
	if *m = (mat.Dense{}); rows > 0 {
		*m = *mat.NewDense(rows, cols, data)
	}
	return nil
}

// complexDense is the codec of mat.CDense.
type complexDense struct{}

func (complexDense) body(v reflect.Value) (body, error) {
	m := v.Addr().Interface().(*mat.CDense).RawCMatrix()
	return rowsBody(c16, v.Type(), m.Data, m.Rows, m.Cols, m.Stride)
}

func (complexDense) load(v reflect.Value, f *file) error {
	rows, cols, err := f.matrixShape()
	if err != nil {
		return err
	}
	data, err := loadElements[complex128](f, c16)
	if err != nil {
		return err
	}
	m := v.Addr().Interface().(*mat.CDense)
	if *m = (mat.CDense{}); rows > 0 {
		*m = *mat.NewCDense(rows, cols, data)
	}
	return nil
}

// vector is the codec of mat.VecDense.
type vector struct{}

func (vector) body(v reflect.Value) (body, error) {
	x := v.Addr().Interface().(*mat.VecDense).RawVector()
	b := body{elem: f8.descr(), shape: []int{x.N}}
	if x.N == 0 {
		return b, nil
	}
	if err := checkRaw(v.Type(), len(x.Data), x.N, 1, x.Inc); err != nil {
		return body{}, err
	}
	if x.Inc == 1 {
		b.whole = bytesOf(x.Data[:x.N])
		return b, nil
	}
	b.pieces = func(yield func([]byte) error) error {
		buf, giveBack := borrow(min(x.N*8, bufferBytes))
		defer giveBack()
		tight := view[float64](buf)
		for first := 0; first < x.N; first += len(tight) {
			tight = tight[:min(len(tight), x.N-first)]
			for i := range tight {
				tight[i] = x.Data[(first+i)*x.Inc]
			}
			if err := yield(bytesOf(tight)); err != nil {
				return err
			}
		}
		return nil
	}
	return b, nil
}

func (vector) load(v reflect.Value, f *file) error {
	if why := vectorShape(f.Shape); why != "" {
		return f.mismatch("%s", why)
	}
	data, err := loadElements[float64](f, f8)
	if err != nil {
		return err
	}
	x := v.Addr().Interface().(*mat.VecDense)
	if *x = (mat.VecDense{}); len(data) > 0 {
		*x = *mat.NewVecDense(len(data), data)
	}
	return nil
}

// vectorShape says why an array of this shape is no gonum vector.
func vectorShape(s []int) string {
	switch {
	case len(s) == 2 && s[0] == 1 && s[1] > 1:
		return "it is a row, and a gonum vector is a column; read it into a mat.Dense"
	case len(s) == 2 && s[1] != 1 || len(s) != 1 && len(s) != 2:
		return "a vector has shape (n,) or (n, 1)"
	}
	return ""
}

// rowsBody is the body of rows that lie stride elements apart.
func rowsBody[T float64 | complex128](d dtype, t reflect.Type, data []T, rows, cols, stride int) (body, error) {
	b := body{elem: d.descr(), shape: []int{rows, cols}}
	if rows == 0 && cols == 0 {
		return b, nil
	}
	if err := checkRaw(t, len(data), rows, cols, stride); err != nil {
		return body{}, err
	}
	if stride == cols || rows == 1 {
		b.whole = bytesOf(data[:rows*cols])
		return b, nil
	}
	b.pieces = func(yield func([]byte) error) error {
		for i := range rows {
			if err := yield(bytesOf(data[i*stride:][:cols])); err != nil {
				return err
			}
		}
		return nil
	}
	return b, nil
}

// checkRaw guards against matrices put together by hand, with SetRawMatrix, that
// would make gonum itself panic or could not be read back.
func checkRaw(t reflect.Type, length, rows, cols, stride int) error {
	if rows < 1 || cols < 1 || stride < cols || cols > length || rows-1 > (length-cols)/stride {
		return fmt.Errorf("%w: %v of %d rows, %d columns and stride %d over %d elements", ErrValue, t, rows, cols, stride, length)
	}
	return nil
}

// matrixShape returns the rows and columns of f if gonum can have such a
// matrix.
func (f *file) matrixShape() (rows, cols int, err error) {
	if why := matrixFits(f.Shape); why != "" {
		return 0, 0, f.mismatch("%s", why)
	}
	return f.Shape[0], f.Shape[1], nil
}

// matrixFits says why an array of this shape is no gonum matrix: of its lengths,
// both or none are zero.
func matrixFits(shape []int) string {
	switch {
	case len(shape) != 2:
		return fmt.Sprintf("a matrix has 2 axes, it has %d", len(shape))
	case (shape[0] == 0) != (shape[1] == 0):
		return "gonum has no matrix with rows but no columns, or columns but no rows; read it into an npy.Array or a slice of slices"
	}
	return ""
}

// loadElements reads all elements of f in C order.
func loadElements[T float64 | complex128](f *file, d dtype) ([]T, error) {
	if err := f.checkDType(d); err != nil {
		return nil, err
	}
	bytes := bytesAt(allocate(reflect.TypeFor[T](), f.count), f.count*d.size())
	if err := f.readInC(bytes, d); err != nil {
		return nil, err
	}
	return view[T](bytes), nil
}
