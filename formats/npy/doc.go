// Package npy reads and writes numpy's .npy files: one array, of any number of
// axes, that np.load(path) opens without further arguments.
//
//	err := npy.Save("slopes.npy", [][]float64{{1, 2, 3}, {4, 5, 6}})
//	rows, err := npy.Load[[][]float64]("slopes.npy")
//	cube, err := npy.Load[npy.Array[float32]]("frames.npy") // any number of axes
//	m, err := npy.Load[*mat.Dense]("covariance.npy")
//
// # Types
//
// An element is a bool, an integer, a float or a complex number, or a named
// type made of one (time.Duration is an int64), or a half-precision [Float16].
// Arrays of elements are
//
//	Go type                              shape        dtype
//	[]T, [n]T, named slices and arrays   (n,)         of T: int is <i8 (<i4 on 32-bit machines), Float16 is <f2
//	[][]T, [][3]T, [2][][]T, ...         (n, m, ...)  of T; all rows equally long
//	mat.Dense                            (r, c)       <f8
//	mat.CDense                           (r, c)       <c16
//	mat.VecDense                         (n,)         <f8; (n, 1) is read too, as a gonum vector is a column
//	mat.SymDense                         (n, n)       <f8; the full square
//	mat.TriDense                         (n, n)       <f8; zeros outside the triangle
//	npy.Array[T]                         any          of T; C or Fortran order
//
// the last six also behind a pointer. [Accepts] tells whether a type is one of them.
//
// # What comes back
//
// Elements come back bit for bit, NaN payloads and -0 included. Some things
// about the Go value are not the array's, and are not kept:
//
//   - A nil slice is written as an empty one, and an empty file always reads as an
//     empty slice that is not nil. A nil row among rows is refused (ErrValue).
//   - A slice of slices without rows does not know the length of its rows: an empty
//     [][]float64 is written as (0, 0).
//   - Capacity, stride and increment: what is read lies tight in memory. Rows of one
//     value share one block of memory; appending to a row never runs into the next.
//   - A lower TriDense is written in Fortran order and an upper one in C order, so
//     that a diagonal matrix keeps its kind. For other triangular files, the zeros
//     decide; a square with numbers on both sides is refused.
//   - A gonum matrix without elements is written as (0, 0), a vector as (0,). Gonum
//     has no 0×5 matrix, so such a file is refused.
//
// # Arrays larger than memory
//
// A [Reader] reads any range of rows without the rest of the file, into a new value
// or, with [Fill], into memory that is there already. A [Writer] writes rows as they
// come, however many there will be.
//
//	w, err := npy.Create[float32]("frames.npy", 128, 128) // shape (n, 128, 128)
//	err = w.Write(frame)                                  // 128*128 elements, or some frames
//	err = w.Close()
//
//	r, err := npy.Open("frames.npy")
//	err = r.ReadRows(1000, 10, &tenFrames)
//	err = npy.Fill(r, 1000, frame)
//
// Until Close, the header of a Writer's file is text that no reader takes for
// one: after a crash the file is an error, here and in numpy, not a shorter array.
// A file of 2 GiB or more needs a 64-bit machine.
//
// [Map] opens an array of any size in microseconds, as a private mapping of the
// file: writing to it does not change the file. See [Mapped] for how long the
// array is good, and what happens when the file changes meanwhile.
//
//	m, err := npy.Map[float32]("frames.npy")
//	defer m.Close() // the array and its slices end here
//	x := m.Array().At(1000, 64, 64)
//
// # Files of other programs
//
// Format versions 1, 2 and 3, either byte order and either memory order are read.
// A file in Fortran order is put into C order, except into an [Array], which
// keeps the order and says so. A file of another dtype is read if no value
// changes: integers of other widths or into floats where every value fits
// exactly, float16 into float32, both into float64, real into complex. Nothing is ever rounded,
// and bools and numbers do not mix. Object arrays hold Python pickles and are
// refused: nothing in a file is ever executed.
//
// A file must be exactly as long as its header says. Damaged and hostile files
// give errors; memory is taken only after the header has been checked against
// the file's size, and only in proportion to it.
//
// # Errors
//
//   - [*TypeError]: the Go type cannot go into a .npy file.
//   - [ErrValue]: the type can, this value cannot. Nothing has been written.
//   - [*FormatError]: the file is damaged, cut short, or of an unsupported dtype.
//   - [*MismatchError]: the file is fine but does not fit the Go type.
//
// All other errors are those of the reader, writer or file system, wrapped.
//
// # Concurrency and memory
//
// All functions, and the methods of a Reader, may be called from any number of
// goroutines; a Writer is for one at a time. Encode only reads
// the value, which must not change meanwhile. Decode returns memory that nothing
// else refers to.
package npy
