// Package formats turns Go values into files that other programs open, and
// back. It knows nothing of caching.
//
// A [Format] serves some Go types. A [Set] asks its formats in order, and the
// first that accepts a type serves it:
//
//	npy      slices, arrays and rectangular slices of slices of numbers or bools,
//	         gonum matrices and vectors, npy.Array   -> numpy.load opens it
//	npz      maps and structs of such, with single numbers beside them in a struct
//	                                                 -> numpy.load opens it
//	parquet  tables: slices of flat structs, if the program imports formats/parquet
//	                                                 -> pandas.read_parquet opens it
//	gob      everything else that comes back equal   -> encoding/gob opens it
//
// Others serve only those who name them, as ByName and format= in a struct tag
// do: json, yaml and csv, for people; feather, with formats/parquet, where speed
// matters more than size; and npy and npz for texts, times and structs, which gob
// keeps by default. Behind any name, ".zst" stands for the same file compressed
// with Zstandard: npy.zst.
//
// The zero Set holds all these. A set is a value: With returns a new one with
// formats of your own in front.
//
//	text := formats.Func("text", "txt", writeText, readText)
//	set := formats.Set{}.With(text)
//	err := set.WriteFile("/data/note.txt", note)
//
// A format is tested by package formattest: formattest.Run knows what it has
// to keep, and the ways in which files are damaged.
//
// # Tables
//
// Parquet comes with Arrow, which makes a program 11 MB larger (15 MB unstripped). So a program that
// has tables says so, by one import, and in others a table is refused with
// the line to add:
//
//	import _ "github.com/dataelab/dataelab-go/formats/parquet"
//
// # What comes back
//
// A value comes back equal or is refused, by Accepts where its type tells and
// by Encode where only the value does. Equal means: the same bits for numbers
// (NaN and -0 too), the same lengths and shapes, nil and empty told apart inside
// the value. Only the outermost nil is the caller's to remember, as an array
// file has no place for it: a nil slice is written as an empty one. Where a format
// keeps less of a type, such as the instant of a time but not its zone, its package
// says so. docs/formats.md has the table of all types and formats.
//
// Formats hold no state and may be used from any number of goroutines.
package formats
