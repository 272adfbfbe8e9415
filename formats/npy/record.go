package npy

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// record is the element of structs. A row of the file is its fields one after the
// other, without gaps.
type record struct {
	typ     reflect.Type
	members []member
	checked []int // of members: those that survey has to look at
}

type member struct {
	element
	name   string
	goName string
	offset int   // in the struct
	shape  []int // of a Go array; or nil
	count  int   // elements: the product of shape
}

// maxDescr bounds the text that describes a row: numpy reads no header that is
// longer than 10,000 bytes, of which shape, padding and very long texts need some.
const maxDescr = 7000

// record returns the element of a struct type.
func (m *elementMaker) record(t reflect.Type, depth int) (element, *typeRefusal) {
	if depth == maxNesting {
		return nil, &typeRefusal{part: t, reason: fmt.Sprintf("structs nested more than %d deep", maxNesting)}
	}
	r := &record{typ: t}
	owner := make(map[string]string)
	for i := range t.NumField() {
		f := t.Field(i)
		name, err := fieldName(f)
		if other, taken := owner[name]; err == nil && taken {
			err = fmt.Errorf("named %q, as field %s is", name, other)
		}
		if err != nil {
			return nil, &typeRefusal{t, "." + f.Name, err.Error()}
		}
		owner[name] = f.Name
		e := member{name: name, goName: f.Name, offset: int(f.Offset), count: 1}
		inner := f.Type
		for inner.Kind() == reflect.Array && len(e.shape) < maxAxes {
			e.shape = append(e.shape, inner.Len())
			inner = inner.Elem()
		}
		var refused *typeRefusal
		if e.element, refused = m.element(inner, depth+1); refused != nil {
			refused.path = "." + f.Name + refused.path
			if inner.Kind() == reflect.Slice {
				refused.reason = "a slice; all rows of a file are equally long, so only arrays such as [3]float64 fit in one"
			}
			return nil, refused
		}
		if e.shape != nil {
			e.count, _ = product(e.shape) // a Go type of that size exists
			e.element = fixed{e.element, e.shape, e.count, int(inner.Size())}
		}
		if needsSurvey(e.element) {
			r.checked = append(r.checked, i)
		}
		r.members = append(r.members, e)
	}
	if t.Size() == 0 {
		return nil, &typeRefusal{part: t, reason: "a struct that holds nothing"}
	}
	return r, nil
}

// needsSurvey tells whether a value of some element may be unfit.
func needsSurvey(e element) bool {
	switch e := e.(type) {
	case number:
		return e.dtype == m8
	case fixed:
		return needsSurvey(e.element)
	case *record:
		return len(e.checked) > 0
	}
	return true
}

// fieldName is the name of a field in the file.
func fieldName(f reflect.StructField) (string, error) {
	name, tagged := f.Tag.Lookup("npy")
	switch {
	case !f.IsExported():
		return "", errors.New("not exported, so it would not come back")
	case tagged && name == "-":
		return "", errors.New(`the tag npy:"-" would leave it out, so it would not come back`)
	case name == "":
		return f.Name, nil
	case !utf8.ValidString(name) || strings.ContainsAny(name, "'\"\\") || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", fmt.Errorf("named %q; a name holds no quotes, backslashes or control characters", name)
	}
	return name, nil
}

func (r *record) survey(s *survey, v values) *fault {
	for _, i := range r.checked {
		m := &r.members[i]
		if f := m.element.survey(s, v.field(m.offset)); f != nil {
			return f.inside("." + m.goName)
		}
	}
	return nil
}

func (r *record) describe(s *survey) descr {
	d := descr{kind: 'V', fields: make([]fieldDescr, len(r.members))}
	for i := range r.members {
		m := &r.members[i]
		f := fieldDescr{name: m.name, offset: d.size, shape: m.shape, count: m.count, descr: m.describe(s)}
		d.size += f.count * f.size
		d.fields[i] = f
	}
	return d
}

func (r *record) store(dst cells, v values, as *descr) {
	for i := range r.members {
		m, f := &r.members[i], &as.fields[i]
		m.element.store(dst.field(f.offset, v.n), v.field(m.offset), &f.descr)
	}
}

// loader pairs the fields of the struct with those of the file.
func (r *record) loader(from *descr) (loader, *fault) {
	if from.kind != 'V' {
		return nil, &fault{text: from.brief() + " has no fields"}
	}
	pairs, err := r.pair(from.fields)
	if err != nil {
		return nil, &fault{text: err.Error()}
	}
	var l recordLoader
	for i, f := range pairs {
		m := &r.members[i]
		if !slices.Equal(f.shape, m.shape) {
			return nil, &fault{path: "." + m.goName, text: fmt.Sprintf("its shape is %s in the file, %s in the type", shapeText(f.shape), shapeText(m.shape))}
		}
		inner, bad := m.element.loader(&f.descr)
		if bad != nil {
			return nil, bad.inside("." + m.goName)
		}
		l = append(l, fieldLoader{inner, m.offset, f.offset, m.goName})
	}
	return l.merge(), nil
}

// pair returns the field of the file for each member: that of the same name, or else
// the only one whose name differs in case.
func (r *record) pair(fields []fieldDescr) ([]*fieldDescr, error) {
	pairs := make([]*fieldDescr, len(r.members))
	byName := make(map[string]int, len(pairs))
	for i := range r.members {
		byName[r.members[i].name] = i
	}
	for k := range fields {
		if i, ok := byName[fields[k].name]; ok {
			pairs[i] = &fields[k]
		}
	}
	// What is left, in lower case.
	folded := make(map[string]int)
	for i := range r.members {
		if pairs[i] != nil {
			continue
		}
		m := &r.members[i]
		low := strings.ToLower(m.name)
		if twin, ok := folded[low]; ok {
			return nil, fmt.Errorf("it has no field %q and no field %q", r.members[twin].name, m.name)
		}
		folded[low] = i
	}
	var extra *fieldDescr
	for k := range fields {
		f := &fields[k]
		if _, exact := byName[f.name]; exact {
			continue
		}
		i, ok := folded[strings.ToLower(f.name)]
		switch {
		case !ok:
			extra = f
		case pairs[i] != nil:
			return nil, fmt.Errorf("its fields %q and %q differ in case only; which is field %s?", clip(pairs[i].name), clip(f.name), r.members[i].goName)
		default:
			pairs[i] = f
		}
	}
	for i := range pairs {
		if pairs[i] == nil {
			return nil, fmt.Errorf("it has no field %q", r.members[i].name)
		}
	}
	if extra != nil {
		return nil, fmt.Errorf("%v has no field for its %q", r.typ, clip(extra.name))
	}
	return pairs, nil
}

// A recordLoader reads rows field by field.
type recordLoader []fieldLoader

type fieldLoader struct {
	loader
	offset     int // in the struct
	fileOffset int // in the row
	name       string
}

func (l recordLoader) load(v values, src cells) *fault {
	for i := range l {
		m := &l[i]
		if f := m.loader.load(v.field(m.offset), src.field(m.fileOffset, v.n)); f != nil {
			return f.inside("." + m.name)
		}
	}
	return nil
}

// merge joins fields that lie side by side, both in the file and in memory, and are
// the same bytes there: one copy serves them all.
func (l recordLoader) merge() loader {
	merged := l[:0:0]
	for _, m := range l {
		raw, isRaw := m.loader.(rawLoader)
		if n := len(merged); isRaw && n > 0 {
			last := &merged[n-1]
			before, isRaw := last.loader.(rawLoader)
			if isRaw && last.offset+before.size == m.offset && last.fileOffset+before.size == m.fileOffset {
				last.loader = rawLoader{before.size + raw.size}
				continue
			}
		}
		merged = append(merged, m)
	}
	if raw, ok := merged[0].loader.(rawLoader); ok && len(merged) == 1 && merged[0].offset == 0 && merged[0].fileOffset == 0 {
		return raw
	}
	return merged
}
