package diskcache

import (
	"encoding/hex"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Key stands for one list of arguments. The zero Key is the empty list.
type Key [16]byte

const keyTextLen = 2 * len(Key{})

// String returns the key as it stands in file names: 32 hexadecimal digits, or
// nothing for the empty list.
func (k Key) String() string {
	if k == (Key{}) {
		return ""
	}
	return hex.EncodeToString(k[:])
}

// isKeyText reports whether s could be a Key's String.
func isKeyText(s string) bool {
	if len(s) != keyTextLen {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// keyDomain opens every hashed stream, so that an argument list never collides
// with other things hashed the same way, nor with a later version of these rules.
const keyDomain = "dataelab/arguments/1\x00"

// KeyOf returns the key of an argument list. Equal keys mean equal types and
// equal contents, in this process, the next one, and later releases.
//
// The key is the XXH3 128-bit hash of a byte stream in which nothing is
// ambiguous:
//
//  1. The stream is the domain, the number of arguments, and each argument.
//  2. An argument, like anything held in an interface, is its type and its
//     content. The type is spelled out with package paths, and with the fields of
//     structs: int(1) and int64(1) differ, and so do values of two named types.
//     (Of types declared inside functions Go tells only the package and the name.)
//  3. Everything of variable length is preceded by its length.
//  4. Numbers are their bits, little-endian. Every NaN is one NaN; -0 is not 0.
//  5. A nil slice, map, pointer or interface differs from an empty or zero one.
//     Pointers count by what they point to.
//  6. Maps are sorted by the bytes of their keys.
//  7. A struct with unexported fields, and any type whose parts cannot be hashed, counts
//     by what its own MarshalBinary, GobEncode or MarshalText returns. Of a time.Time
//     the instant and the offset from UTC count, and not the name of the zone: noon in
//     Rome is not 11:00 UTC, and 11:00 in London is, in winter. A method promoted from an
//     embedded field, which would hide the other fields, does not count as its own. Blank
//     fields, and those without a size, hold nothing.
//  8. Functions, channels, unsafe pointers and structs with unexported fields that have
//     no marshaler cannot be hashed faithfully: the error wraps ErrArgument and names
//     argument and field.
//  9. Fields of structs that are tagged `cache:"-"` do not count, whatever they
//     are, in no struct but those of rule 7: the error says so there.
//  10. The matrices of gonum's mat count by type, shape and elements: a view is what it
//     shows.
func KeyOf(args ...any) (Key, error) {
	if len(args) == 0 {
		return Key{}, nil
	}
	if key, ok := keyOfScalars(args); ok {
		return key, nil
	}
	return keyOfAny(args)
}

func keyOfAny(args []any) (Key, error) {
	w := keyWriter{paths: new(int)}
	w.string(keyDomain)
	w.uvarint(uint64(len(args)))
	for i, arg := range args {
		if err := w.argument(arg); err != nil {
			return Key{}, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return w.sum(), nil
}

// keyOfScalars is KeyOf for lists of plain numbers, bools and short strings. It
// hashes the same bytes without an allocation, as it stands before every hit.
func keyOfScalars(args []any) (Key, bool) {
	var space [192]byte
	buf := append(space[:0], keyDomain...)
	if len(args) >= 0x80 {
		return Key{}, false
	}
	buf = append(buf, byte(len(args)))
	for _, arg := range args {
		var ok bool
		if buf, ok = appendScalar(buf, arg); !ok || len(buf) > len(space)-32 {
			return Key{}, false
		}
	}
	return Key(xxh3.Hash128(buf).Bytes()), true
}
