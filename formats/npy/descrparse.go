package npy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxNesting is how deep rows within rows may go, in files and in Go types.
const maxNesting = 16

// parseDescr reads the descr of a header, a Python literal.
func parseDescr(v any) (descr, error) {
	d, err := parseElement(v, 0)
	if err == nil && d.kind == 'V' && d.fields == nil {
		err = unsupported(fmt.Sprintf("dtype %q: raw bytes (void) are not supported", d.String()))
	}
	return d, err
}

func parseElement(v any, depth int) (descr, error) {
	switch v := v.(type) {
	case string:
		return parseTypeString(v)
	case pyList:
		if depth == maxNesting {
			return descr{}, unsupported(fmt.Sprintf("rows nested more than %d deep are not supported", maxNesting))
		}
		return parseFields(v, depth)
	case pyTuple:
		return descr{}, unsupported("a subarray dtype is supported in a field only")
	}
	return descr{}, fmt.Errorf("%s is not a dtype", literalText(v))
}

// parseFields reads a list of fields: (name, dtype), (name, dtype, shape) or, for
// the gaps of an aligned row, (”, '|V4'). A name may be (title, name).
func parseFields(list pyList, depth int) (descr, error) {
	row := descr{kind: 'V', fields: make([]fieldDescr, 0, len(list))}
	seen := make(map[string]bool, len(list))
	for i, item := range list {
		f, err := parseField(item, depth)
		if err != nil {
			return descr{}, fmt.Errorf("field %s: %w", fieldLabel(f.name, i), err)
		}
		bytes, ok := product([]int{f.count, f.size})
		if f.offset = row.size; !ok || bytes > math.MaxInt-row.size {
			return descr{}, fmt.Errorf("field %s: a row is larger than any memory", fieldLabel(f.name, i))
		}
		row.size += bytes
		raw := f.kind == 'V' && f.fields == nil
		switch {
		case raw && f.name == "" && f.shape == nil:
			continue
		case raw:
			return descr{}, fmt.Errorf("field %s: %w", fieldLabel(f.name, i), unsupported("raw bytes (void) are not supported"))
		case f.name == "":
			return descr{}, fmt.Errorf("field %d has no name", i)
		case seen[f.name]:
			return descr{}, fmt.Errorf("two fields are named %q", clip(f.name))
		}
		seen[f.name] = true
		row.fields = append(row.fields, f)
	}
	if len(row.fields) == 0 {
		return descr{}, unsupported("a row without fields is not supported")
	}
	return row, nil
}

func parseField(item any, depth int) (fieldDescr, error) {
	tuple, ok := item.(pyTuple)
	if !ok || len(tuple) < 2 || len(tuple) > 3 {
		return fieldDescr{}, fmt.Errorf("%s instead of (name, dtype) or (name, dtype, shape)", literalText(item))
	}
	f := fieldDescr{count: 1}
	name := tuple[0]
	if titled, ok := name.(pyTuple); ok && len(titled) == 2 {
		name = titled[1]
	}
	if f.name, ok = name.(string); !ok {
		return f, fmt.Errorf("%s instead of a name", literalText(tuple[0]))
	}
	var err error
	if f.descr, err = parseElement(tuple[1], depth+1); err != nil || len(tuple) == 2 {
		return f, err
	}
	shape := tuple[2]
	if n, ok := shape.(int64); ok {
		shape = pyTuple{n}
	}
	if f.shape, err = parseShape(shape); err != nil {
		return f, err
	}
	if f.count, ok = product(f.shape); !ok {
		return f, errors.New("its shape is larger than any memory")
	}
	if len(f.shape) == 0 {
		f.shape = nil
	}
	return f, nil
}

func fieldLabel(name string, i int) string {
	if name == "" {
		return strconv.Itoa(i)
	}
	return strconv.Quote(clip(name))
}

// parseTypeString reads a dtype such as "<f8".
func parseTypeString(s string) (descr, error) {
	if strings.ContainsAny(s, ",(") {
		return descr{}, unsupported(fmt.Sprintf("dtype %q: fields in one text are not supported; np.save of what np.load returns writes them as a list", clip(s)))
	}
	bigEndian, rest := cutOrder(fullName(s))
	rest = fullCode(rest)
	if rest == "" {
		return descr{}, noDType(s)
	}
	if what, ok := unsupportedKinds[rest[0]]; ok {
		return descr{}, unsupported(fmt.Sprintf("dtype %q: %s", clip(s), what))
	}
	d, digits := descr{kind: rest[0], bigEndian: bigEndian}, rest[1:]
	if d.kind == 'M' || d.kind == 'm' {
		var ok bool
		if digits, d.unit, ok = cutUnit(digits); !ok {
			return descr{}, fmt.Errorf("%w: a unit that is not known", noDType(s))
		}
	}
	size, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return descr{}, noDType(s)
	}
	d.size = int(size)
	switch d.kind {
	case 'U':
		if d.size > math.MaxInt32/codePoint {
			return descr{}, fmt.Errorf("%w: a text of more than 2 GiB", noDType(s))
		}
		d.size *= codePoint
		return d, nil
	case 'S', 'V':
		d.bigEndian = false
		return d, nil
	case 'M':
		if d.size == 8 {
			return d, nil
		}
	}
	if err := d.checkNumber(s); err != nil {
		return descr{}, err
	}
	return d, nil
}

func noDType(s string) error { return fmt.Errorf("%q is not a dtype", clip(s)) }

// cutOrder takes the byte order from the start of a dtype. A missing order and "="
// mean the machine's own, as numpy takes them.
func cutOrder(s string) (bigEndian bool, rest string) {
	if s == "" {
		return false, s
	}
	switch s[0] {
	case '<':
		return false, s[1:]
	case '>':
		return true, s[1:]
	case '=', '|':
		s = s[1:]
	}
	return hostBigEndian, s
}

// checkNumber accepts the dtypes that convert knows; s is the whole text.
func (d *descr) checkNumber(s string) error {
	if n := d.size; d.kind == 'f' && (n == 12 || n == 16) || d.kind == 'c' && (n == 24 || n == 32) {
		return unsupported(fmt.Sprintf("dtype %q: extended-precision floats are not supported, they mean something else on every machine", s))
	}
	if d.size <= math.MaxUint8 {
		switch d.number() {
		case b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8, c8, c16, m8:
			d.bigEndian = d.bigEndian && d.size > 1
			return nil
		}
	}
	return noDType(s)
}

// cutUnit takes the unit in brackets from the end of a dtype such as 8[25us].
func cutUnit(s string) (rest string, u timeUnit, ok bool) {
	open := strings.IndexByte(s, '[')
	if open < 0 {
		return s, timeUnit{}, true // numpy's generic unit
	}
	if !strings.HasSuffix(s, "]") {
		return s, timeUnit{}, false
	}
	u, ok = parseTimeUnit(s[open+1 : len(s)-1])
	return s[:open], u, ok
}

// unsupportedKinds says what numpy's other kind letters stand for.
var unsupportedKinds = map[byte]string{
	'O': "object array: holds Python pickles, which are never executed",
	'T': "text strings of variable length are not supported",
}

// unsupported is the cause of a FormatError for good files of a dtype that this
// package does not read.
type unsupported string

func (e unsupported) Error() string        { return string(e) }
func (e unsupported) Is(target error) bool { return target == errors.ErrUnsupported }
