// Package text keeps Go values in files that people read and edit: JSON, YAML and
// CSV.
//
//	type Report struct {
//		Tag     string             `json:"tag"`
//		Seeing  []float64          `json:"seeing"` // arcseconds
//		Elapsed time.Duration      `json:"elapsed"`
//		Gains   map[string]float64 `json:"gains"`
//	}
//
//	err := text.JSON{}.Encode(file, report) // or text.YAML{}
//	...
//	var back Report
//	err = text.JSON{}.Decode(file, size, &back)
//
// A value comes back equal or is refused, with the path of the part in question:
// by Accepts where its type tells, by Encode where only the value does. A file is
// read as a whole or refused: a field that is unknown, missing or there twice, a
// number that does not fit, anything behind the value are errors with line, column
// and field.
//
// # How values are written
//
//	Go                      JSON                        YAML                CSV cell
//	1.5, 2, -0              1.5, 2.0, -0.0              the same            the same
//	NaN, +Inf, -Inf         "NaN" "Infinity" "-Infinity"  .nan .inf -.inf   NaN Infinity -Infinity
//	complex                 [re, im]                    [re, im]            -
//	string                  "text"                      text, "text"        text, "text"
//	[]byte                  base64                      !!binary base64     -
//	time.Time               RFC 3339, nanoseconds       the same            the same
//	time.Duration           "1h2m3.5s"                  the same            1h2m3.5s
//	nil, empty              null, [] or {} or ""        the same            nothing, ""
//	slice, array            list                        list                -
//	struct, map             map                         map                 -
//	MarshalText             "text"                      text                text
//	MarshalJSON             as it says                  the same            -
//
// Floats have the shortest digits that come back with the same bits, float32 as
// such. What has no fraction has a point all the same, so that other programs see
// a float and -0 keeps its sign. Integers are exact to the last of 64 bits; some
// programs, JavaScript among them, read them as floats, exact to 2^53 only. Lists of
// numbers share lines of about 100 columns.
//
// Fields have the names of their tags: json:"name" or yaml:"name" or csv:"name",
// by the format, else that of the json tag, else their own. Case counts. Fields of
// embedded structs stand among the others, those behind an embedded pointer under
// the name of its type, as a nil pointer is not one to zeros. All fields are
// always written: omitempty and other options of tags are ignored.
//
// Types with MarshalText and UnmarshalText, or MarshalJSON and UnmarshalJSON, write
// themselves; JSON asks for the latter first, YAML and CSV for the former. Encode
// reads back what they wrote and compares that with the value, as package diskcache
// does: unexported fields that differ are the type's own matter if its Equal method
// says that the values are the same. Numbers, blanks and escapes in what MarshalJSON
// writes may be spelled in another way in the file; where the type keeps them, as
// json.RawMessage does, JSON has them as they are, and YAML refuses the value. Methods
// promoted from an embedded field are not used, nor is MarshalYAML.
//
// Keys of maps are strings, integers, bools or types with MarshalText, sorted.
//
// An interface without methods, such as any, may hold what the text alone gives back,
// as json.Unmarshal and yaml.Unmarshal return it: nil, bool, string, float64, []any,
// map[string]any; in YAML also int, NaN, infinities and map[any]any.
//
// # What is not kept
//
//   - the bits of a NaN: it comes back as math.NaN()
//   - of a time.Time the monotonic clock and the name of the zone; instant and offset
//     from UTC are kept
//   - which pointers, slices and maps shared memory, and the capacity of slices
//   - in CSV the nil of the outermost slice or map, which comes back empty
//
// # What is refused
//
// By type: interfaces with methods, functions, channels, unexported fields and those
// tagged "-" (a value would lose them), two fields of one name, one method of a pair
// without the other, keys that are floats or structs, and gonum matrices and npy.Array, which
// belong in .npy files.
//
// By value, with [ErrValue]: strings that are not UTF-8, pointers to nil pointers,
// slices or maps (null says nil of the outermost only), more than 1,000 levels and so
// values that contain themselves, interfaces that hold anything else than said above,
// times with seconds in their offset, methods that fail, panic or do not read the same
// value from what they wrote.
//
// # Reading files of others
//
// JSON may have the bare words NaN, Infinity and -Infinity, as Python writes them.
// In YAML, text without quotes that looks like a number or bool is text where the
// field is a string, so tag: 20240101_120000 is that tag. Numbers are decimal:
// not 0x1f, 1_000 or 010. Aliases, merge keys, tags of programs and a second document
// are refused. A byte order mark is skipped.
//
// # Tables
//
// CSV takes slices of structs whose fields fit a cell, and maps of columns of one
// length, such as map[string][]float64. There is a header. Columns may come in any
// order; each needs its field, and each field its column. Pointers are optional
// cells: an empty cell is nil, and one that is "" with quotes is the empty string.
// (pandas and DuckDB read both as missing.) Lines end with \n or \r\n, which cells in
// quotes may contain and keep. Empty lines are skipped, so an empty cell that is alone
// in its line is written "". Strings with a zero byte are refused.
//
// # Cost
//
// Encode builds the whole file in memory before it writes, and Decode reads all of
// it. On top comes the value; for YAML also a tree, of some 300 bytes for each value
// in the file. All functions are safe for concurrent use, as long as nobody
// changes the value that is being encoded.
package text
