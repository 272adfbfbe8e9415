package diskcache

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// decodeWholeRecord is decodeRecord for those who also want what informs people. What
// decides is that of decodeRecord, or a field of the same name behind it would show
// those who list and copy another entry than look-ups see.
func decodeWholeRecord(text []byte) (*record, error) {
	decides, err := decodeRecord(text)
	if err != nil {
		return nil, err
	}
	r := new(record)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("record is not readable: %w", err)
	}
	r.verdict = *decides
	if len(r.Used) != r.Uses {
		return nil, fmt.Errorf("record says %d uses, and tells of %d", r.Uses, len(r.Used))
	}
	return r, nil
}

// amendment is a field of a record and the text that it shall have.
type amendment struct{ field, text string }

// amended returns a sound record with other texts in some fields, sealed anew. All
// else stays byte for byte, also what only another release understands.
func amended(text []byte, amendments ...amendment) ([]byte, error) {
	text = bytes.Clone(text[:bytes.LastIndex(text, []byte(checkField))])
	for _, a := range amendments {
		// encode writes one field a line, and a JSON string holds no line break.
		begin := []byte("\n \"" + a.field + "\": ")
		before, rest, found := bytes.Cut(text, begin)
		_, after, more := bytes.Cut(rest, []byte("\n"))
		if !found {
			return nil, fmt.Errorf("record has no field %q", a.field)
		}
		var value bytes.Buffer
		enc := json.NewEncoder(&value)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(a.text); err != nil {
			return nil, err
		}
		next := append(bytes.Clone(before), begin...)
		next = append(append(next, bytes.TrimSuffix(value.Bytes(), []byte("\n"))...), ',')
		if more {
			next = append(append(next, '\n'), after...)
		}
		text = next
	}
	return seal(text), nil
}
