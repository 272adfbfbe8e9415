// Package gobs keeps any Go value in a file and gives it back equal, or refuses.
// The files are streams of encoding/gob, which every Go program can open.
//
//	if err := gobs.Accepts(reflect.TypeFor[Calibration]()); err != nil {
//		return err // such as "Calibration.fit: gob leaves out the unexported field fit; ..."
//	}
//	err := gobs.Encode(file, calibration)
//	...
//	var back Calibration
//	err = gobs.Decode(file, size, &back)
//
// # What equal means
//
// Equal is reflect.DeepEqual with floats compared by their bits, so that NaN
// comes back with its payload and -0 as -0. Nil and empty slices and maps, nil
// pointers and pointers to zero, typed and untyped nil in interfaces are told
// apart wherever they stand. encoding/gob itself loses all of these. Not kept are:
//
//   - which pointers, slices and maps shared memory: each comes back as its own copy
//   - the capacity of slices
//   - whatever a type with its own methods leaves out: of a time.Time the monotonic
//     clock and the name of the location; instant and offset are kept
//
// # What is refused
//
// [Accepts] refuses by type, and names the part that is in the way: functions,
// channels, unexported fields that hold anything, types whose GobEncode or
// MarshalBinary has no counterpart or was promoted from an embedded field and so
// drops the others, pointers in the keys of maps. [Encode] refuses by value, with
// [ErrValue] and the path to the place: a value that contains itself, more than
// 10,000 pointers, slices, maps and interfaces within one another, an interface
// that holds a type which Accepts refuses or gob.Register does not know, methods
// that fail, panic or do not read what they wrote, keys of a map that would come
// back unequal, such as a time.Time with a monotonic clock.
//
// As with encoding/gob, a type that a package declares has to be registered by
// gob.Register where a value of it stands in an interface, in the program that
// writes and in the one that reads. Whether a value or a pointer was registered does
// not matter here. Types that are made of Go's own need no registration, nor do
// json.Number, time.Time and time.Duration: what json.Unmarshal puts into an any, such
// as map[string]any, is stored as it is. Nothing is registered for them; a program
// that reads such a file with encoding/gob has to do that.
//
// # Changed types
//
// encoding/gob matches structs by the names that both sides have. So a renamed
// field comes back as zero, without an error. [Decode] gives [ErrOtherType] when
// anything about the type has changed: fields, sizes of numbers, pointers, also
// in types within interfaces. Names of types and the order of fields may change,
// except that types with their own methods are known by name only.
//
// # The file
//
// A header, in the form of a type definition that no value uses; definitions of
// the types in use; one value. The header has a description of the type and the
// notes: what the value is where the stream alone leaves it open. Other programs
// pass over the header:
//
//	var v Calibration
//	err := gob.NewDecoder(file).Decode(&v)
//
// and get all but the differences named above. They fail on one kind of value
// only: nil among the elements of a slice, array or map of pointers to a type
// with its own methods, if that type cannot read its own zero value.
//
// Equal values give equal files, as far as methods of types do: maps are written
// in the order of their keys. (A map with NaN for a key more than once has none.)
//
// Decode also reads a stream without the header, as encoding/gob does, provided
// that it holds one value and that its fields are those of the type. What gob
// does not tell apart is lost before such a stream is written, so it would help
// nobody to refuse it. The sizes of its numbers are not known; one that does not
// fit the type exactly is an error.
//
// # Hostile files
//
// encoding/gob trusts its input: a map of thirty bytes can take all memory. The
// decoder here is another one. It never panics, checks each count against the
// bytes that are left, and never counts a byte twice. For each byte of the file it
// takes at most 64 bytes of memory, or three times the size of the largest struct,
// array or map entry in the type, if that is more: a zero struct takes one byte in
// a file. On top comes the stack for values that are nested deeply, 16 MB at the
// limit of 10,000 levels. Methods of types see the bytes of the file that belong
// to them. Their panics become errors; the memory that they take is theirs.
//
// # Cost
//
// A small value takes a fraction of what a new gob.Encoder and gob.Decoder take,
// since what is known about a type is kept; large ones take about the same. Two
// things cost more than in encoding/gob: maps are sorted, and what a method of a
// type wrote is read once to see whether it can be.
//
// All functions are safe for concurrent use, as long as nobody changes the value
// that is being encoded.
package gobs
