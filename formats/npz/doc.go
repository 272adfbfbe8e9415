// Package npz reads and writes numpy's .npz files: several named arrays, which
// np.load(path) opens without further arguments.
//
//	type Result struct {
//		Slopes *mat.Dense             // result["Slopes"] in Python
//		Mean   []float64 `npz:"mean"` // result["mean"]
//		Gain   float64                // an array without axes; result["Gain"] is a number
//	}
//	err := npz.Save("result.npz", Result{...})
//	result, err := npz.Load[Result]("result.npz")
//	arrays, err := npz.Load[map[string][]float64]("telemetry.npz")
//
// A [Reader] gives single arrays of a file and leaves the others unread; a
// [Writer] takes arrays one by one, so that they need not be in memory together.
//
// # Types
//
//   - map[string]V, or a map with keys of a named string type, where V is any
//     type that package npy takes: []float64, *mat.Dense, npy.Array[int16], …
//   - A struct, or a pointer to one, all of whose fields are exported and either
//     of a type that package npy takes or single numbers, bools, strings or times. At
//     least one is an array: a struct of nothing but numbers is no business of numpy.
//
// [AcceptsNumbers] takes those of them that hold numbers and bools only.
//
// The array is named like the field, or as the tag npz:"name" says. Fields that
// would not come back are refused by [Accepts], with their name: those not
// exported, those tagged "-", and all others that are no arrays. So are embedded
// structs, since two of them may promote one name, unless they are arrays
// themselves: an embedded *mat.Dense is a field named Dense.
//
// A map[string]any can be written, but not read: a file does not say which Go type
// an array was. Accepts refuses it.
//
// # What comes back
//
// Arrays come back as package npy says, bit for bit (a time.Time in UTC). Besides:
//
//   - A nil slice or pointer inside a map or struct is refused ([ErrValue]): a
//     file could tell it from an empty one only by a member that users of numpy
//     would stumble over. A nil map is written as an empty one.
//   - Names are UTF-8 without NUL and backslash and do not end in .npy, since
//     Python would find such arrays under other names. Slashes are fine: "a/b".
//
// # Files
//
// A .npz file is a zip archive of .npy files. Here arrays are stored as they are, each
// starting at a multiple of 64 bytes, in the order of their names and with a fixed
// date: the same value makes the same bytes. [Options] deflate them instead.
//
// Read are files of np.savez and np.savez_compressed, arrays stored or deflated,
// also with the 64-bit sizes of zip64. A member is an array if it is named .npy
// or starts like a .npy file; others are passed over. Two members of one name are
// refused (numpy takes the last). For the dtypes and memory orders that are read,
// see package npy.
//
// # Damaged and hostile files
//
// Each array has a CRC-32, which is always checked, and its name stands in the
// file twice, which is compared. No byte may belong to two arrays. Memory for a
// stored array is taken only if its bytes are there. A deflated array can be up to
// 1032 times longer than its bytes in the file, and an honest file of zeros is;
// if an array claims more than 16 times as much (and more than a mebibyte), it
// is unfolded twice, first into nothing to see whether the claim is true. Whoever
// reads files of strangers asks [Reader.Header] how large an array is before
// reading it.
//
// # Concurrency and memory
//
// All functions and a Reader may be used from any number of goroutines, a Writer
// from one. Encode only reads the value, which must not change meanwhile. Decode
// returns memory that nothing else refers to.
package npz
