package gobs

import (
	"bytes"
	"fmt"
	"strings"
)

// A file starts with a header. It has the form of one more type definition, of a
// struct that no value uses, so that other readers of gob pass over it:
//
//	StructT {
//		Name  "dataelab/gobs 1"
//		Field [0].Name   description of the type of the value
//		      [1].Name   notes
//		      [2].Name   name under which a type within an interface is registered
//		      [3].Name   description of that type
//		      ...        more such pairs
//	}
//
// Definitions of the types in use come next, and then the value:
//
//	length  -64  StructT as above
//	length  -65  definition       the type of the value, those within, and
//	length  -66  definition       those that interfaces hold
//	...
//	length  id   value
//
// Each length is that of the message behind it. Nothing follows the value, and
// a file that lost its end is short of what the last length promises.
const (
	magic  = "dataelab/gobs "
	format = magic + "1"
)

type header struct {
	text  string            // describes the type of the value
	notes []byte            // see noteKind
	held  map[string]string // descriptions of types within interfaces, by registered name
	names []string          // of held, in the order of the value
}

func (h *header) append(b []byte) []byte {
	d := definition{kind: defStruct, name: format}
	add := func(s string) { d.fields = append(d.fields, wireField{s, idString}) }
	add(h.text)
	add(string(h.notes))
	for _, name := range h.names {
		add(name)
		add(h.held[name])
	}
	return appendDefinition(b, firstUserID, &d)
}

// parseHeader returns nil for a definition that is no header.
func parseHeader(d *definition) (*header, error) {
	version, ours := strings.CutPrefix(d.name, magic)
	switch {
	case !ours || d.kind != defStruct:
		return nil, nil
	case d.name != format:
		return nil, fmt.Errorf("version %q of the format, which this program does not know", version)
	case len(d.fields) < 2 || len(d.fields)%2 != 0:
		return nil, fmt.Errorf("a header of %d fields", len(d.fields))
	}
	h := &header{text: d.fields[0].name, notes: []byte(d.fields[1].name)}
	if rest := d.fields[2:]; len(rest) > 0 {
		h.held = make(map[string]string)
		for i := 0; i < len(rest); i += 2 {
			h.held[rest[i].name] = rest[i+1].name
		}
	}
	return h, nil
}

// fileFacts are what all files of one type have in common.
type fileFacts struct {
	text  string     // see describe
	table *typeTable // of the static types
	head  []byte     // header and definitions of a file that needs no more of them
	defs  map[int64]*definition
	prog  *prog // reads a file that starts with head
}

// facts works out the facts of a type when they are first needed.
func (p *plan) facts() *fileFacts {
	p.once.Do(func() {
		f := &p.file
		f.text = describe(p)
		f.table = new(typeTable)
		f.table.id(p)
		h := header{text: f.text}
		f.head = f.table.append(h.append(nil))
		f.defs = f.table.definitions()
		m := matcher{defs: f.defs}
		var err error
		if f.prog, err = m.match(f.table.id(p), p); err != nil {
			panic("gobs: a type does not match its own definition: " + err.Error())
		}
	})
	return &p.file
}

// startsWith reports whether a file has the header of a plain value of the type.
func (f *fileFacts) startsWith(data []byte) bool { return bytes.HasPrefix(data, f.head) }
