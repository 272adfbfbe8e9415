package table

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A Column is what becomes of one field of a flat struct.
type Column struct {
	Name     string        // in the file
	Field    string        // in Go, with the embedded structs before it: "Pose.Angle"
	Index    []int         // for reflect.Value.FieldByIndex
	Offset   uintptr       // of the field in the struct, in bytes
	Type     reflect.Type  // of the field
	Kind     Kind          // of one value
	Optional bool          // the field is a pointer
	List     bool          // the field is a slice of values
	Dict     bool          // each different string is stored once
	Unit     time.Duration // of a Time: time.Nanosecond, Microsecond or Millisecond; else 0
}

// Columns returns the columns of a flat struct, in the order of its fields.
// Otherwise the error is a [*TypeError] that names the field.
func Columns(structType reflect.Type) ([]Column, error) {
	if structType == nil || structType.Kind() != reflect.Struct {
		return nil, &TypeError{Type: structType, Path: "", Reason: "not a struct"}
	}
	return columnsOf(structType, structType)
}

// known caches the columns or the *TypeError of each struct type asked for.
var known sync.Map

// columnsOf finds the columns of row; asked is the type that errors name.
func columnsOf(row, asked reflect.Type) ([]Column, error) {
	found, ok := known.Load(row)
	if !ok {
		c := collector{seen: map[string]string{}}
		if c.fields(row, "", nil, 0); c.err == nil && len(c.columns) == 0 {
			c.refuse("", "the struct has no fields, so the number of rows would be lost")
		}
		if found = any(c.columns); c.err != nil {
			found = c.err
		}
		found, _ = known.LoadOrStore(row, found)
	}
	if err, ok := found.(*TypeError); ok {
		return nil, &TypeError{asked, err.Path, err.Reason, err.Mistake}
	}
	return slices.Clone(found.([]Column)), nil
}

// A collector gathers columns until one field is refused.
type collector struct {
	columns []Column
	seen    map[string]string // name in lower case -> Go field
	err     *TypeError
}

func (c *collector) refuse(path, format string, args ...any) {
	if c.err == nil {
		c.err = &TypeError{Path: path, Reason: fmt.Sprintf(format, args...)}
	}
}

func (c *collector) fields(t reflect.Type, prefix string, index []int, offset uintptr) {
	if t == timeType {
		c.refuse(strings.TrimSuffix(prefix, "."), "a time.Time is a value, not a row of values")
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		path := prefix + f.Name
		at := append(slices.Clip(index), i)
		tag, tagged := f.Tag.Lookup("parquet")
		switch {
		case tagged && tag == "-":
			c.refuse(path, `the tag "-" leaves it out, so it would not come back; remove the field or the tag`)
		case f.Anonymous && f.Type.Kind() == reflect.Struct && f.Type != timeType && !tagged:
			c.fields(f.Type, path+".", at, offset+f.Offset)
		case !f.IsExported():
			c.refuse(path, "not exported, so it would not come back")
		default:
			col := Column{Name: f.Name, Field: path, Index: at, Offset: offset + f.Offset, Type: f.Type}
			c.column(col, tag)
		}
		if c.err != nil {
			return
		}
	}
}

// column adds one column, unless its type, tag or name is refused.
func (c *collector) column(col Column, tag string) {
	if reason := col.setType(); reason != "" {
		c.refuse(col.Field, "%s", reason)
		return
	}
	if reason := col.setTag(tag); reason != "" {
		c.refuse(col.Field, "%s", reason)
		c.err.Mistake = true
		return
	}
	lower := strings.ToLower(col.Name)
	if other, taken := c.seen[lower]; taken {
		c.refuse(col.Field, "its column %q has the name of that of field %s (case does not count); give one another name in a tag", col.Name, other)
		return
	}
	c.seen[lower] = col.Field
	c.columns = append(c.columns, col)
}

// setType sets what the type of the field tells, or says why it is no column.
func (c *Column) setType() (reason string) {
	t := c.Type
	var ok bool
	if c.Kind, ok = KindOf(t); ok {
		return ""
	}
	const flat = "a column is a bool, integer, float, string, []byte, time.Time or time.Duration, a pointer to one or a slice of one"
	switch t.Kind() {
	case reflect.Pointer:
		c.Optional = true
		if c.Kind, ok = KindOf(t.Elem()); ok && c.Kind != Bytes {
			return ""
		}
		if t.Elem().Kind() == reflect.Slice {
			return fmt.Sprintf("%v is a pointer to a slice; a slice can be missing without one", t)
		}
	case reflect.Slice:
		c.List = true
		if c.Kind, ok = KindOf(t.Elem()); ok {
			return ""
		}
	case reflect.Struct:
		if t.NumField() > 0 && exported(t) == 0 {
			return fmt.Sprintf("the fields of %v are hidden; %s", t, flat)
		}
		return fmt.Sprintf("%v is a struct within the row, which is not flat; embed it without a tag, or spread its fields", t)
	}
	return fmt.Sprintf("%v is not flat; %s", t, flat)
}

func exported(t reflect.Type) (n int) {
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			n++
		}
	}
	return n
}

var units = map[string]time.Duration{"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond}

// setTag sets what the tag tells, or says what is wrong with it.
func (c *Column) setTag(tag string) (reason string) {
	if c.Kind == Time {
		c.Unit = time.Nanosecond
	}
	name, options, more := strings.Cut(tag, ",")
	if name != "" {
		c.Name = name
	}
	switch {
	case !utf8.ValidString(c.Name):
		return fmt.Sprintf("the name %q is not UTF-8", c.Name)
	case strings.HasPrefix(c.Name, "name="):
		return fmt.Sprintf("the tag %q is that of another library; write parquet:%q", tag, strings.TrimPrefix(c.Name, "name="))
	case strings.ContainsRune(c.Name, 0):
		return fmt.Sprintf("the name %q holds a NUL", c.Name)
	}
	if !more {
		return ""
	}
	for option := range strings.SplitSeq(options, ",") {
		unit, isUnit := units[option]
		switch {
		case option == "dict" && c.Kind == String && !c.List:
			c.Dict = true
		case option == "dict":
			return "the option dict is for strings"
		case isUnit && c.Kind == Time:
			c.Unit = unit
		case isUnit:
			return fmt.Sprintf("the option %s is for time.Time", option)
		default:
			return fmt.Sprintf("unknown option %q in the tag; there are dict, ns, us and ms", option)
		}
	}
	return ""
}

// ColumnOf returns the column of values of type t that stands on its own, outside
// of any struct: its Field is its name, and a Time is kept in nanoseconds. The
// error is a [*TypeError].
func ColumnOf(name string, t reflect.Type) (Column, error) {
	col := Column{Name: name, Field: name, Type: t}
	if t == nil {
		return col, &TypeError{Type: nil, Path: name, Reason: "a nil interface has no type"}
	}
	reason := col.setType()
	if reason == "" {
		reason = col.setTag("")
	}
	if reason != "" {
		return col, &TypeError{Type: t, Path: name, Reason: reason}
	}
	return col, nil
}
