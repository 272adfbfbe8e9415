package text

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// JSON keeps values in .json files.
type JSON struct{}

// YAML keeps values in .yaml files.
type YAML struct{}

// CSV keeps tables in .csv files: a slice of flat structs, or a map of columns.
type CSV struct{}

// Accepts returns nil when values of type t can be stored, and otherwise a
// [*TypeError] that names the part of t which cannot.
func (JSON) Accepts(t reflect.Type) error { return accepts(t, jsonSyntax) }

// Accepts is that of [JSON].
func (YAML) Accepts(t reflect.Type) error { return accepts(t, yamlSyntax) }

// Accepts returns nil when values of type t can be stored: slices of structs whose
// fields fit a cell, and maps of columns of such. Otherwise the error is a [*TypeError].
func (CSV) Accepts(t reflect.Type) error {
	_, err := tableFor(t)
	return wrapped("csv", err)
}

func accepts(t reflect.Type, s syntax) error {
	_, err := planFor(t, s)
	return wrapped(syntaxNames[s], err)
}

// Encode writes v as one whole file. An error that wraps [ErrValue] is about the
// value, a [*TypeError] about its type; nothing has been written then. Any other
// error is that of w.
func (JSON) Encode(w io.Writer, v any) error { return wrapped("json", encode(w, v, jsonSyntax)) }

// Encode is that of [JSON].
func (YAML) Encode(w io.Writer, v any) error { return wrapped("yaml", encode(w, v, yamlSyntax)) }

// Encode writes v as one table with a header. Errors are as those of [JSON.Encode].
func (CSV) Encode(w io.Writer, v any) error { return wrapped("csv", encodeTable(w, v)) }

// Decode reads one whole file of size bytes into dst, a non-nil *T with T an
// accepted type. A file that does not fit T is a [*FormatError]; *dst is unchanged
// then.
func (JSON) Decode(r io.Reader, size int64, dst any) error {
	return wrapped("json", decode(r, size, dst, jsonSyntax))
}

// Decode is that of [JSON].
func (YAML) Decode(r io.Reader, size int64, dst any) error {
	return wrapped("yaml", decode(r, size, dst, yamlSyntax))
}

// Decode reads one table with a header into dst. Errors are as those of [JSON.Decode].
func (CSV) Decode(r io.Reader, size int64, dst any) error {
	return wrapped("csv", decodeTable(r, size, dst))
}

var syntaxNames = [...]string{jsonSyntax: "json", yamlSyntax: "yaml", csvSyntax: "csv"}

func wrapped(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// target returns what dst points to.
func target(dst any) (reflect.Value, error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return reflect.Value{}, fmt.Errorf("decode into %T: want a non-nil pointer", dst)
	}
	return v.Elem(), nil
}

const bom = "\ufeff" // which programs on Windows put in front

// readAll reads the file, which should have size bytes, and believes more than
// the first few megabytes of that only once they came.
func readAll(r io.Reader, size int64) (string, error) {
	const trusted = 8 << 20
	var whole strings.Builder
	var parts [][]byte
	read := int64(0)
	for read < size {
		part := make([]byte, min(size-read, max(trusted, read)))
		n, err := io.ReadFull(r, part)
		read += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return "", &FormatError{Err: fmt.Errorf("the file has %d bytes, not %d: %w", read, size, io.ErrUnexpectedEOF)}
		} else if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	whole.Grow(int(read))
	for _, part := range parts {
		whole.Write(part)
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); err != nil && err != io.EOF {
		return "", err
	} else if n > 0 || size < 0 {
		return "", &FormatError{Err: fmt.Errorf("the file has more than the %d bytes it should have", size)}
	}
	return strings.TrimPrefix(whole.String(), bom), nil
}

// lineOf returns line and column, counted from 1, of a byte of the file.
func lineOf(src string, offset int) (line, column int) {
	before := src[:offset]
	return 1 + strings.Count(before, "\n"), offset - strings.LastIndexByte(before, '\n')
}
