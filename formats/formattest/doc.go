// Package formattest checks that a [formats.Format] keeps its promises: what it
// stores comes back equal, and whatever is done to the file, Decode returns an
// error or a value, never a panic. Every format of this project passes it, and
// so should yours:
//
//	func TestSpectra(t *testing.T) {
//		formattest.Run(t, spectra, formattest.Options{
//			Values: []any{Spectrum{Lines: []float64{486.1, 656.3}}},
//		})
//	}
//
// The suite makes values by itself: of the types in Options, and of some sixty
// types of its own, of which it uses those that the format accepts. So the zero
// Options are enough for a format of common types. [Check] does the same without
// a test around it and returns what it found.
//
// # What is checked
//
// Each step is a subtest, so go test -run 'TestSpectra/flipped' runs one.
//
//   - name: name and extension suit struct tags and file names and never change.
//   - accepts: Accepts answers the same each time, from many goroutines, and never panics.
//   - round trip: what Encode wrote comes back equal from Decode, bit by bit. Or
//     Encode refuses the value, with [formats.ErrValue], before it writes anything.
//     It does not change the value.
//   - encode: the same value gives the same bytes each time.
//   - failing writer: each single Write fails; Encode returns that very error.
//   - source: one byte at a time, empty reads, io.EOF early or late; nothing is read outside of the file.
//   - failing source: each single Read and ReadAt fails; Decode returns that very error.
//   - own memory: what Decode made shares memory with nothing: not with the source, another
//     result, or what the destination held before.
//   - refused: types that are not accepted, a bare nil, a value that contains itself, and
//     destinations that are no pointers give errors.
//   - at once: Encode and Decode run on many goroutines. Use go test -race.
//   - truncated: the file ends early, at each byte: an error.
//   - appended: something stands behind the file: an error, or the value.
//   - flipped: each single bit is wrong: an error or some value. With Options.Exact, an
//     error or the right value.
//   - forged: large numbers stand where lengths may be: an error or some value.
//   - garbage: random bytes, after a true beginning too: an error or some value.
//   - wrong size: a Source claims more or fewer bytes than it has: an error, or the value.
//   - left behind: no goroutine stays; writer, source and value are let go.
//
// In all steps no call may panic, take longer than Options.Timeout, or, where a file
// is damaged, take more memory than Options.Memory allows.
//
// A flipped bit may thus read as another value. Where that must not be, as in a
// cache, a digest is kept beside the file.
//
// # What equal means
//
// [Diff] tells. It is stricter than reflect.DeepEqual: numbers are equal when
// their bits are, so NaN equals the same NaN and 0 differs from -0; nil differs
// from empty. Only a nil slice, map or pointer that is the whole value may come
// back empty, since many files have no place for it. Times are equal when instant
// and offset are. A [Rule] changes this for a type of yours.
//
// # Failures
//
// Each names format, step and type, and shows the head of the file in hex. The
// same Options give the same values and the same damage, on any machine.
//
// Three ways to fail end the program, so that no report is possible, only Go's own: a panic on
// a goroutine that the format started, a stack without end, and memory that the
// system does not have. Damage is tried in an order in which a length that is believed
// shows as a report first, in all but odd cases.
//
// # Cost
//
// A few seconds, or less with -short; see Options.Damages. The values tried are small, so
// this does not replace a test with a large file. Tests may run in parallel: what
// they take is not counted against the format.
package formattest
