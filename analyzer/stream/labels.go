package stream

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Labels say what a value belongs to, such as {"quadrant": "ne"}. Elements of one name
// and the same labels are a series. Nil and empty labels are the same.
//
// Those that this package gives to sinks must not be changed. Those that it is given, it copies.
type Labels map[string]string

// Key is the text of labels: pairs in the order of their names, as in "axis:x|quadrant:ne".
// Labels that differ have different keys.
type Key string

// In names and values a backslash stands before a backslash and a bar, and in names
// before a colon.
var (
	escapedName  = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `:`, `\:`)
	escapedValue = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
)

// Key returns the key of l. [ParseKey] gives the labels back.
func (l Labels) Key() Key {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(l)) {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(escapedName.Replace(name))
		b.WriteByte(':')
		b.WriteString(escapedValue.Replace(l[name]))
	}
	return Key(b.String())
}

// ParseKey returns the labels that have the key k. It is an error if none have.
func ParseKey(k Key) (Labels, error) {
	if k == "" {
		return nil, nil
	}
	l := Labels{}
	var name, text strings.Builder
	inValue := false
	end := func(at int) error {
		if !inValue {
			return fmt.Errorf("stream: key %q: no colon in the pair that ends at byte %d", string(k), at)
		}
		if _, twice := l[name.String()]; twice {
			return fmt.Errorf("stream: key %q: label %q is there twice", string(k), name.String())
		}
		l[name.String()] = text.String()
		name.Reset()
		text.Reset()
		inValue = false
		return nil
	}
	for i := 0; i < len(k); i++ {
		part := &name
		if inValue {
			part = &text
		}
		switch c := k[i]; {
		case c == '\\' && i+1 < len(k):
			i++
			part.WriteByte(k[i])
		case c == '\\':
			return nil, fmt.Errorf("stream: key %q ends in the middle of an escaped character", string(k))
		case c == '|':
			if err := end(i); err != nil {
				return nil, err
			}
		case c == ':' && !inValue:
			inValue = true
		default:
			part.WriteByte(c)
		}
	}
	if err := end(len(k)); err != nil {
		return nil, err
	}
	if l.Key() != k {
		return nil, fmt.Errorf("stream: key %q: the key of its labels is %q", string(k), string(l.Key()))
	}
	return l, nil
}

// over returns l with more, of which the values win.
func (l Labels) over(more Labels) Labels {
	switch {
	case len(l) == 0:
		return maps.Clone(more)
	case len(more) == 0:
		return maps.Clone(l)
	}
	all := maps.Clone(l)
	maps.Copy(all, more)
	return all
}
