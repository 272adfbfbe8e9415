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
// An element is a bool, an integer, a float or a complex number, a half-precision
// [Float16], a string, a time.Time, a time.Duration, a struct of such, or a type named
// after one of them. Arrays of elements are
//
//	Go type                              shape        dtype
//	[]T, [n]T, named slices and arrays   (n,)         of T
//	[][]T, [][3]T, [2][][]T, ...         (n, m, ...)  of T; all rows equally long
//	mat.Dense                            (r, c)       <f8
//	mat.CDense                           (r, c)       <c16
//	mat.VecDense                         (n,)         <f8; (n, 1) is read too, as a gonum vector is a column
//	mat.SymDense                         (n, n)       <f8; the full square
//	mat.TriDense                         (n, n)       <f8; zeros outside the triangle
//	npy.Array[T]                         any          of T, a number or bool; C or Fortran order
//	npy.Scalar[T]                        ()           of T
//
// gonum's types and npy.Array also behind a pointer. [Accepts] tells whether a type is one
// of them, [AcceptsNumbers] whether it holds bools, numbers and durations only.
//
// The dtype of an int is <i8 (<i4 on 32-bit machines), of a Float16 <f2, of a
// time.Duration <m8[ns]; a type declared as one of the latter two is an integer to
// this package, as to Go. See below for the others.
//
// # Texts
//
// Strings are written as numpy's U: <U8 where the longest has 8 characters (code
// points), with 4 bytes for each. Read are U and S, the latter as UTF-8. numpy fills
// with zeros, so a string that ends in NUL is refused (ErrValue), and so is one that
// is not UTF-8. As every text takes as much as the longest, texts that would be
// more than 256 MiB and mostly padding (64 times what they take in memory) are refused.
//
// Strings that were read share memory in blocks of some 64 KiB: one that is kept keeps
// its block. [strings.Clone] frees it.
//
// # Times
//
// A time.Time is written as <M8[ns], the instant in UTC: its zone and its
// monotonic reading are not the array's, and it comes back in UTC. The zero
// time.Time is NaT. Nanoseconds reach from 1677-09-21 to 2262-04-11; other times are
// refused (ErrValue). Durations are <m8[ns]; the shortest one, -1<<63, is NaT to numpy,
// and refused.
//
// All units of numpy are read, and multiples such as [25us], where each element is a
// whole number of nanoseconds; a time may be of any year then. Not read are NaT into a
// Duration, years and months as a length of time, the start of year 1 (the zero
// time.Time is taken), and elements without a unit ("<M8") other than NaT. Integers are
// read into Durations, as nanoseconds: so they were once written.
//
// # Structs
//
// A slice of structs is a table, numpy's structured array. A field is any element, an
// array of some (numpy's subarray), or a struct again.
//
//	type Star struct {
//		ID   int32      `npy:"id"`
//		Name string     `npy:"name"`
//		Pos  [3]float64 `npy:"pos"`
//	}
//	err := npy.Save("stars.npy", []Star{...}) // [('id', '<i4'), ('name', '<U8'), ('pos', '<f8', (3,))]
//
// Fields have the name that the tag npy:"name" gives, or their own. Those that would not
// come back are refused by Accepts: fields not exported, or tagged "-". An embedded
// struct is a field that is named like its type. Rows are written without gaps.
//
// When a file is read, each field of the struct must be in it, and each of its fields in
// the struct, in any order: under the same name, or one that differs only in case. Rows
// with gaps (align=True) and titles are fine; each field is converted as an array is.
//
// # What comes back
//
// Numbers come back bit for bit, NaN payloads and -0 included. Some things
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
// or, with [Fill], into memory that is there already; Fill and Map are for numbers, the
// rest is for all elements. A [Writer] writes rows of numbers as they come, however
// many there will be.
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
// [MapInto] does the same for a slice, an Array or a gonum matrix whose type only
// reflection knows; [Mappable] tells which types those are.
//
// # Files of other programs
//
// Format versions 1, 2 and 3, either byte order and either memory order are read, and every name
// that np.dtype knows for these dtypes: "d", "?", "=i", "float64". C's long is this machine's.
// A file in Fortran order is put into C order, except into an [Array], which
// keeps the order and says so. A file of another dtype is read if no value
// changes: integers of other widths or into floats where every value fits
// exactly, float16 into float32, both into float64, real into complex. Nothing is ever rounded,
// and bools, numbers, texts and times do not mix. Object arrays hold Python pickles
// and are refused: nothing in a file is ever executed. So are raw bytes (V), floats of
// extended precision, and numpy's texts of variable length.
//
// A file must be exactly as long as its header says. Damaged and hostile files
// give errors; memory is taken only after the header has been checked against
// the file's size, and only in proportion to it: at most 64 times as much, which
// only forged texts without bytes come near, and a mebibyte.
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
