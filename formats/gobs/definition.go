package gobs

import "fmt"

// A definition describes a type to the readers of a stream. It is what
// encoding/gob calls a wireType:
//
//	wireType struct {
//		ArrayT  { CommonType; Elem, Len int }
//		SliceT  { CommonType; Elem int }
//		StructT { CommonType; Field []{ Name string; Id int } }
//		MapT    { CommonType; Key, Elem int }
//		GobEncoderT, BinaryMarshalerT, TextMarshalerT { CommonType }
//	}
//	CommonType struct { Name string; Id int }
//
// of which exactly one field is set.
type definition struct {
	kind   defKind
	name   string // for messages only
	key    int64  // map
	elem   int64  // array, slice, map
	length int64  // array
	fields []wireField
}

type wireField struct {
	name string
	id   int64
}

// defKind is the number of the field that is set in the wireType.
type defKind uint8

const (
	defArray defKind = iota
	defSlice
	defStruct
	defMap
	defGob
	defBinary
	defText
)

func (k defKind) String() string {
	return [...]string{"an array", "a slice", "a struct", "a map",
		"a type with GobEncode", "a type with MarshalBinary", "a type with MarshalText"}[k]
}

// structWriter writes the fields of a gob struct: how far it is to the next
// field that is not zero, then that field, and 0 at the end.
type structWriter struct {
	b    []byte
	last int
}

func (w *structWriter) field(i int) {
	w.b = appendUint(w.b, uint64(i-w.last))
	w.last = i
}

func (w *structWriter) int(i int, x int64) {
	if x != 0 {
		w.field(i)
		w.b = appendInt(w.b, x)
	}
}

func (w *structWriter) string(i int, s string) {
	if s != "" {
		w.field(i)
		w.b = appendString(w.b, s)
	}
}

func (w *structWriter) end() []byte { return append(w.b, 0) }

// appendDefinition writes the message that defines type id.
func appendDefinition(b []byte, id int64, d *definition) []byte {
	outer := structWriter{appendInt(nil, -id), -1}
	outer.field(int(d.kind))
	w := structWriter{outer.b, -1}

	w.field(0)
	common := structWriter{w.b, -1}
	common.string(0, d.name)
	common.int(1, id)
	w.b = common.end()

	switch d.kind {
	case defArray:
		w.int(1, d.elem)
		w.int(2, d.length)
	case defSlice:
		w.int(1, d.elem)
	case defMap:
		w.int(1, d.key)
		w.int(2, d.elem)
	case defStruct:
		if len(d.fields) > 0 {
			w.field(1)
			w.b = appendUint(w.b, uint64(len(d.fields)))
			for _, f := range d.fields {
				fw := structWriter{w.b, -1}
				fw.string(0, f.name)
				fw.int(1, f.id)
				w.b = fw.end()
			}
		}
	}
	outer.b = w.end()
	return appendMessage(b, outer.end())
}

// eachField reads a gob struct of n fields and calls read for each that is there.
func (in *input) eachField(n int, read func(i int) error) error {
	last := -1
	for {
		delta, err := in.uint()
		if err != nil || delta == 0 {
			return err
		}
		if delta >= uint64(n-last) {
			return fmt.Errorf("a type definition with more than its %d fields", n)
		}
		last += int(delta)
		if err := read(last); err != nil {
			return err
		}
	}
}

// definition reads what follows the number of a type that is being defined.
func (in *input) definition() (*definition, error) {
	var d *definition
	err := in.eachField(int(defText)+1, func(i int) error {
		if d != nil {
			return fmt.Errorf("a type definition is both %v and %v", d.kind, defKind(i))
		}
		d = &definition{kind: defKind(i)}
		return in.definitionBody(d)
	})
	if err == nil && d == nil {
		err = fmt.Errorf("an empty type definition")
	}
	return d, err
}

func (in *input) definitionBody(d *definition) error {
	fields := [...]int{defArray: 3, defSlice: 2, defStruct: 2, defMap: 3, defGob: 1, defBinary: 1, defText: 1}
	return in.eachField(fields[d.kind], func(i int) (err error) {
		switch {
		case i == 0:
			d.name, err = in.common()
		case d.kind == defStruct:
			d.fields, err = in.wireFields()
		case d.kind == defMap && i == 1:
			d.key, err = in.int()
		case d.kind == defArray && i == 2:
			d.length, err = in.int()
		default:
			d.elem, err = in.int()
		}
		return err
	})
}

// common reads a CommonType; the number in it repeats that of the message.
func (in *input) common() (name string, err error) {
	err = in.eachField(2, func(i int) (err error) {
		if i == 0 {
			name, err = in.string()
		} else {
			_, err = in.int()
		}
		return err
	})
	return name, err
}

func (in *input) wireFields() ([]wireField, error) {
	n, err := in.uint()
	if err != nil {
		return nil, err
	}
	if n > uint64(in.left()) { // a field takes at least the byte that ends it
		return nil, fmt.Errorf("a type definition of %d fields where %d bytes are left", n, in.left())
	}
	fields := make([]wireField, n)
	for i := range fields {
		err := in.eachField(2, func(j int) (err error) {
			if j == 0 {
				fields[i].name, err = in.string()
			} else {
				fields[i].id, err = in.int()
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return fields, nil
}

func (in *input) string() (string, error) {
	b, err := in.bytes()
	return string(b), err
}
