package diskcache

import (
	"errors"
	"strconv"
	"strings"
)

// parseVerdict reads the deciding fields of a record as encode writes them: one plain
// value per line, and no bracket at the end. encoding/json takes longer for them than the system takes to read
// a small value. Where a line is anything else, ok is false and it is for encoding/json
// to say what the text means.
func parseVerdict(text string) (r *verdict, ok bool) {
	lines, opened := strings.CutPrefix(text, "{\n ")
	if !opened {
		return nil, false
	}
	r = new(verdict)
	for line := range strings.SplitSeq(lines, ",\n ") { // no JSON text has a bare line break within
		name, value, found := strings.Cut(line, ": ")
		if !found || !r.setField(name, value) {
			return nil, false
		}
	}
	return r, true
}

func (r *verdict) setField(name, value string) bool {
	var err error
	switch name {
	case `"layout"`:
		r.Layout, err = strconv.Atoi(value)
	case `"tag"`:
		err = unquotePlain(&r.Tag, value)
	case `"name"`:
		err = unquotePlain(&r.Name, value)
	case `"key"`:
		err = unquotePlain(&r.Key, value)
	case `"format"`:
		err = unquotePlain(&r.Format, value)
	case `"go_type"`:
		err = unquotePlain(&r.GoType, value)
	case `"nil"`:
		r.Nil, err = strconv.ParseBool(value)
	case `"bytes"`:
		r.Bytes, err = strconv.ParseInt(value, 10, 64)
	case `"digest"`:
		err = unquotePlain(&r.Digest, value)
	case `"version"`:
		err = unquotePlain(&r.Version, value)
	case `"computed"`:
		err = r.Computed.UnmarshalJSON([]byte(value))
	case `"compute_seconds"`:
		if strings.Trim(value, "0123456789.e+-") != "" { // Go also reads Inf and more
			return false
		}
		r.Seconds, err = strconv.ParseFloat(value, 64)
	default:
		return false
	}
	return err == nil
}

var errNotPlain = errors.New("not a text in ASCII without escapes")

// unquotePlain sets dst to a text that holds no escapes and no letters beyond ASCII.
func unquotePlain(dst *string, value string) error {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return errNotPlain
	}
	value = value[1 : len(value)-1]
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return errNotPlain
		}
	}
	*dst = value
	return nil
}
