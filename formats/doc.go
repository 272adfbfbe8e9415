// Package formats turns Go values into files that other programs open, and
// back. It knows nothing of caching.
//
// A [Format] serves some Go types. A [Set] is an ordered list of formats, and
// the first that accepts a type serves it:
//
//	npy   slices, arrays and rectangular slices of slices of numbers or bools,
//	      gonum matrices and vectors, npy.Array   -> numpy.load opens it
//	npz   maps and structs of such, with single numbers beside them in a struct
//	                                                -> numpy.load opens it
//	gob   everything else that comes back equal   -> encoding/gob opens it
//
// The zero Set holds these three. A set is a value: With returns a new one with
// formats of your own in front, and nothing is registered anywhere.
//
//	text := formats.Func("text", "txt", writeText, readText)
//	set := formats.Set{}.With(text)
//	err := set.WriteFile("/data/note.txt", note)
//
// # What comes back
//
// A value comes back equal or is refused, by Accepts where its type tells and
// by Encode where only the value does. Equal means: the same bits for numbers
// (NaN and -0 too), the same lengths and shapes, nil and empty told apart inside
// the value. Only the outermost nil is the caller's to remember, as an array
// file has no place for it: a nil slice is written as an empty one.
//
// Formats hold no state and may be used from any number of goroutines.
package formats
