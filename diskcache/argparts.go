package diskcache

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// argPart is an argument, or a field of one that is a struct, as a record has it for
// comparing: the texts of arguments are shortened, digests tell all differences. In
// the record it is a line of text, as in "2 1f2e3d4c5b6a7988 int", or, for a field,
// "2.Rows 77aa01b2c3d4e5f6 1024".
type argPart struct {
	argument int    // 1 for the first
	field    string // empty for the argument as a whole
	digest   string // the first half of the KeyOf of it alone
	text     string // of a field; of an argument, whose text stands elsewhere, it is the type
}

const (
	argDigestLen  = len(Key{}) // hexadecimal digits of half a key
	fieldTextMost = 60
	fieldsMost    = 64 // of one argument
)

// describeArguments notes what a record tells of the arguments. Later they may hold
// something else.
func (k *call) describeArguments() {
	k.texts, k.parts = argumentTexts(k.args), argumentParts(k.args, k.key)
}

// argumentParts returns those of an argument list, whose key is given. An argument
// whose own marshaler fails has none.
func argumentParts(args []any, key Key) []argPart {
	var parts []argPart
	for i, arg := range args {
		if i == argTextsMost {
			break
		}
		digest, ok := shortDigest(key), true
		if len(args) > 1 {
			digest, ok = digestOf(arg)
		}
		if ok {
			parts = append(parts, argPart{argument: i + 1, digest: digest, text: typeText(reflect.TypeOf(arg))})
			parts = appendFields(parts, i+1, reflect.ValueOf(arg))
		}
	}
	return parts
}

// typeText shows the type of an argument, or of what it points to, which has the same
// fields. It is empty for nil.
func typeText(t reflect.Type) string {
	if t == nil {
		return ""
	}
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	text := t.String()
	if len(text) > fieldTextMost {
		text = strings.ToValidUTF8(text[:fieldTextMost], "") + "…"
	}
	return text
}

// appendFields goes one level down into a struct, or what a pointer shows of one.
func appendFields(parts []argPart, argument int, v reflect.Value) []argPart {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return parts
	}
	for i, f := range keyPlanOf(v.Type()).fields {
		if i == fieldsMost {
			break
		}
		if digest, ok := digestOf(v.Field(f.index).Interface()); ok {
			text := argumentText(v.Field(f.index), false, fieldTextMost)
			parts = append(parts, argPart{argument, f.name, digest, text})
		}
	}
	return parts
}

func digestOf(v any) (string, bool) {
	key, err := KeyOf(v)
	return shortDigest(key), err == nil
}

func shortDigest(key Key) string { return hex.EncodeToString(key[:len(key)/2]) }

// lines returns the parts as they stand in a record.
func lines(parts []argPart) []string {
	var all []string
	for _, p := range parts {
		line := strconv.Itoa(p.argument)
		if p.field == "" {
			line += " " + p.digest
		} else {
			line += "." + p.field + " " + p.digest
		}
		if p.field != "" || p.text != "" {
			line += " " + p.text
		}
		all = append(all, line)
	}
	return all
}

// parseParts reads the lines of a record.
func parseParts(lines []string) ([]argPart, error) {
	var parts []argPart
	for _, line := range lines {
		place, rest, _ := strings.Cut(line, " ")
		digest, text, _ := strings.Cut(rest, " ")
		number, field, _ := strings.Cut(place, ".")
		argument, err := strconv.Atoi(number)
		switch {
		case err != nil || argument < 1 || argument > argTextsMost:
			return nil, fmt.Errorf("%q is no number of an argument", number)
		case len(digest) != argDigestLen:
			return nil, fmt.Errorf("the digest of argument %d has %d digits", argument, len(digest))
		}
		parts = append(parts, argPart{argument, field, digest, text})
	}
	return parts, nil
}
