package npy

import (
	"runtime"
	"strconv"
	"strings"
)

// fullName returns the kind and size of a dtype that has a name, as "float64", and every
// other text as it is. Names have no byte order, but for datetime64 and timedelta64.
func fullName(s string) string {
	if code, ok := names[s]; ok {
		return code
	}
	return s
}

// fullCode returns the kind and size of a dtype that is one letter, as C's types are, or a name
// that may have a byte order before it and a unit behind it.
func fullCode(s string) string {
	if code, ok := letters[s]; ok {
		return code
	}
	for _, long := range [...][2]string{{"datetime64", "M8"}, {"timedelta64", "m8"}} {
		if unit, ok := strings.CutPrefix(s, long[0]); ok && (unit == "" || unit[0] == '[') {
			return long[1] + unit
		}
	}
	if size, ok := strings.CutPrefix(s, "a"); ok && size != "" { // of old
		return "S" + size
	}
	return s
}

// letters are numpy's character codes: the kinds that have one size, and C's types on this
// machine. A b without a size is a byte, not a bool.
var letters = map[string]string{
	"?": "b1", "b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4", "l": "i" + longSize, "L": "u" + longSize, "q": "i8", "Q": "u8",
	"p": "i" + pointerSize, "P": "u" + pointerSize, "n": "i" + pointerSize, "N": "u" + pointerSize,
	"e": "f2", "f": "f4", "d": "f8", "g": "f16", "F": "c8", "D": "c16", "G": "c32",
	"c": "S1", "S": "S0", "U": "U0", "V": "V0", "M": "M8", "m": "m8",
}

// names are those that np.dtype takes.
var names = map[string]string{
	"bool": "b1", "bool_": "b1",
	"int8": "i1", "byte": "i1", "int16": "i2", "short": "i2", "int32": "i4", "intc": "i4", "int64": "i8", "longlong": "i8",
	"uint8": "u1", "ubyte": "u1", "uint16": "u2", "ushort": "u2", "uint32": "u4", "uintc": "u4", "uint64": "u8", "ulonglong": "u8",
	"int": "i" + pointerSize, "int_": "i" + pointerSize, "intp": "i" + pointerSize, "long": "i" + longSize,
	"uint": "u" + pointerSize, "uintp": "u" + pointerSize, "ulong": "u" + longSize,
	"float16": "f2", "half": "f2", "float32": "f4", "single": "f4", "float64": "f8", "double": "f8", "float": "f8",
	"longdouble": "f16", "float96": "f12", "float128": "f16",
	"complex64": "c8", "csingle": "c8", "complex128": "c16", "cdouble": "c16", "complex": "c16", "clongdouble": "c32", "complex192": "c24", "complex256": "c32",
	"a": "S0", "bytes": "S0", "bytes_": "S0", "str": "U0", "str_": "U0", "unicode": "U0", "void": "V0", "object": "O", "object_": "O",
}

var (
	pointerSize = strconv.Itoa(strconv.IntSize / 8)
	longSize    = sizeOfLong()
)

// sizeOfLong is the bytes of C's long.
func sizeOfLong() string {
	if runtime.GOOS == "windows" {
		return "4"
	}
	return pointerSize
}
