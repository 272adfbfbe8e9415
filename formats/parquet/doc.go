// Package parquet reads and writes tables as Parquet and Feather files, which
// pandas, pyarrow, DuckDB, R and many databases open.
//
//	type Frame struct {
//		Seq    uint32
//		At     time.Time `parquet:"at,us"`
//		Filter string    `parquet:"filter,dict"`
//		Strehl *float64  // nil is a missing value
//	}
//	err := parquet.Save("frames.parquet", []Frame{...})
//	frames, err := parquet.Load[[]Frame]("frames.parquet")
//
// Importing it, under any name, gives every formats.Set the format "parquet" for
// tables, and "feather" by name. It is the only package that links Arrow.
//
// # Types
//
//   - Slices of flat structs: see package table for fields and tags.
//   - Maps of columns of one length: map[string][]T with T any type that such a field
//     may have, or a slice of pointers; and [Columns], whose types are those of the file.
//   - arrow.Table and arrow.Record, with columns of numbers, decimals, bools, text, bytes, times,
//     dates, durations, dictionaries of text, and lists of such, of any length or of one. Others
//     (structures, maps, seconds in Parquet) are refused by Encode.
//
// # What comes back
//
// A value comes back equal, bit for bit, or is refused ([ErrValue]), with row
// and field, before anything is written. Some things are not the table's:
//
//   - A time.Time is an instant: it comes back in UTC and without its monotonic clock.
//     An instant that the column's unit cannot hold is refused. The zero Time is a
//     missing value; behind a pointer it is refused, as it would come back nil.
//   - A Duration or time of -1<<63 units is refused: to numpy and pandas it is NaT, not a time.
//   - A string must be UTF-8, since others read it as text; []byte holds any bytes.
//   - A nil slice of rows is written as an empty one.
//   - Pointers and lists of some thousand rows share one block of memory: who keeps one of
//     them keeps all. Strings share the memory of a page.
//   - An Arrow table comes back with its schema, zones and lengths of lists included; how it was
//     cut into chunks and the order of a dictionary do not. What is read needs no Release, as it is Go's own memory; nothing
//     given to Encode is released or kept.
//
// # Files of other programs
//
// Columns are found by name, in any order; where nothing else has the name, case
// does not count. A missing or surplus column is a [*MismatchError]; [Select] reads
// some. Numbers are widened where every value fits; dates and timestamps of every
// unit become time.Time (those without a zone as if it were UTC), times of day and
// durations time.Duration. An INT64 without a word about its unit is read into a
// time.Duration as nanoseconds. A missing value where the Go type has no place for one is an error,
// never a zero.
//
// Read are pages of both versions with all encodings but BIT_PACKED levels,
// compressed with zstd, snappy, gzip, brotli, LZ4 or not at all. What becomes of each type
// that other writers have is a table in docs/formats.md:
//
//   - A decimal becomes a string with all of its digits or, where the Go type says so,
//     a float64 (15 digits are the most) or an integer (if it has no digits after the point).
//   - A member of a structure is the column "structure.member", a map has the members key and value,
//     and a member of a list of structures is a list. A missing structure is one of
//     which all members are missing. An arrow.Table has these columns, too.
//   - Elements of lists may be missing in a map[string][][]*T and in [Columns].
//   - Lists in lists are read into Columns and Arrow, and not written. Lists in lists, structures and
//     maps of Feather files are not read.
//
// Types that are newer than this package, LZO and encryption are unsupported:
// an error with the column's name, which wraps [errors.ErrUnsupported], when the column is asked for. The
// other columns load: open the file and [Select] them. [Reader.Columns] says beforehand which are which.
//
// Feather files may have views of strings and bytes, as those of polars, and the compression
// of Arrow 0.17. A buffer that is not as long as the file says is an error. Dictionaries of
// views become dictionaries of large strings in an Arrow table.
//
// # Larger than memory
//
// A [Reader] reads some columns, some rows, or one row group after the other; a
// [Writer] takes rows as they come.
//
//	r, err := parquet.Open("frames.parquet")
//	err = r.Read(&columns, parquet.Select("at", "Strehl"), parquet.Where("Strehl", ">", 0.5))
//	for frames, err := range parquet.Groups[[]Frame](r) { ... }
//
//	w, err := parquet.Create[Frame]("frames.parquet")
//	err = w.Write(frame)
//	err = w.Close()
//
// # Damaged and hostile files
//
// A file ends with its metadata, so one that is cut short is always refused. The checksums
// of pages are compared, where a file has them. Save and most other writers leave them out:
// there, a changed bit among values changes a value. Whatever the bytes,
// there is an error and no panic, and memory is taken for what is there: a
// claim of rows that would take 64 times more than the file is checked against the
// pages first, which are then decoded twice. Rows that would take more than 64 MiB and 65536
// times the file are refused, and so is one read that copies more than 64 MiB and 4096
// times the file out of dictionaries or makes as much of lists: a bomb, or a table
// too monotonous to tell from one. An honest file may still become thousands
// of times longer than it is: ask [Reader.NumRows] before reading those of strangers.
//
// # Errors
//
//   - [*table.TypeError]: the Go type is not a table.
//   - [ErrValue]: the type is, this value does not fit. Nothing has been written.
//   - [*FormatError]: the file is damaged, cut short, or has something unsupported.
//   - [*MismatchError]: the file is fine but does not fit the Go type.
//
// All other errors are those of the reader, writer or file system, wrapped.
//
// # Concurrency
//
// All functions and a [Reader] may be used from any number of goroutines, a Writer from
// one. Encode only reads the value, which must not change meanwhile. Several columns
// are worked on at once, by as many goroutines as there are processors; none is left behind.
package parquet
