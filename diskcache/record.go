package diskcache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/internal/digest"
)

const (
	// recordLayout is raised when an older program could misread a newer record.
	recordLayout = 2
	// layoutWithoutUses is that of records which a program that knows nothing of uses
	// reads as they are meant.
	layoutWithoutUses = 1
	// maxRecordSize bounds what is read of a record. Real ones have about 1 kB, and 150
	// bytes for each use.
	maxRecordSize = 64 << 20
)

// record is the JSON file of an entry: everything about a value but the value.
// The file has one more field at its end, see encode.
type record struct {
	verdict
	File      string   `json:"file"`
	DType     string   `json:"dtype,omitempty"`
	Shape     []int    `json:"shape,omitempty"`
	Arguments []string `json:"arguments,omitempty"`

	// ArgumentDigests tell which arguments of two entries differ.
	ArgumentDigests []string `json:"argument_digests,omitempty"`

	// Written is when the file was written, as its directory has it, by which the value is
	// told from an earlier one without reading it; zero where that is not known.
	Written time.Time `json:"written,omitzero"`

	// Before is what the entry was, the latest first: see before.go.
	Before []former `json:"before,omitempty"`

	// For those who make room: see Limits.
	Pin     bool       `json:"pin,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`

	// Used has what the value was made of, as many as Uses says: see collect.go.
	Used   []use `json:"used,omitempty"`
	Direct bool  `json:"used_directly_only,omitempty"` // what was inherited is left out

	Host    string `json:"host"`
	Process int    `json:"process"`
	Code    Code   `json:"code"`
}

// verdict is the part of a record that decides whether a value is good. It is
// all that is read back: the rest informs people, and takes time to decode.
type verdict struct {
	Layout   int       `json:"layout"`
	Tag      string    `json:"tag"`
	Name     string    `json:"name"`
	Key      string    `json:"key,omitempty"`
	Format   string    `json:"format"`
	GoType   string    `json:"go_type"`
	GoShape  string    `json:"go_shape,omitempty"` // see shapeOf; old records have none
	Nil      bool      `json:"nil,omitempty"`      // the file shows an empty value in its place
	Bytes    int64     `json:"bytes"`
	Digest   string    `json:"digest"`
	Version  string    `json:"version,omitempty"`
	Computed time.Time `json:"computed"`
	Seconds  float64   `json:"compute_seconds"`
	Uses     int       `json:"uses,omitempty"`
	Owner    string    `json:"owner,omitempty"`  // see owner.go
	Source   string    `json:"source,omitempty"` // of the owner, as pathText has it
	Place    string    `json:"place,omitempty"`  // the directory that it was stored in, as pathText has it
}

// Code says which program computed a value, as far as the program knows. It does not
// decide whether a value is still good, as it differs between two builds of the
// same source and is equal for two edits of it.
type Code struct {
	Program  string `json:"program"`
	Module   string `json:"module,omitempty"`
	Version  string `json:"version,omitempty"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
}

func (r *verdict) computeTime() time.Duration {
	return time.Duration(r.Seconds * float64(time.Second))
}

// began is when the computation began.
func (r *verdict) began() time.Time { return time.Unix(0, r.ages().began) }

func (r *verdict) ages() ages {
	ended := r.Computed.UnixNano()
	return ages{began: ended - int64(r.computeTime()), ended: ended}
}

// encode returns the record's file. Its last field is the digest of everything
// before that field, so that a flipped bit anywhere in it is noticed.
func (r *record) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // "<f8" is to be read by people
	enc.SetIndent("", " ")
	plain := *r
	plain.Used = nil // which SetIndent would spread over ten lines each
	if err := enc.Encode(&plain); err != nil {
		return nil, err
	}
	text := append(bytes.TrimSuffix(out.Bytes(), []byte("\n}\n")), ',')
	if len(r.Used) > 0 {
		var err error
		if text, err = appendUses(text, r.Used); err != nil {
			return nil, err
		}
	}
	text = seal(text)
	if len(text) > maxRecordSize { // nobody could read it
		return nil, fmt.Errorf("the record has %d bytes, and %d is the most: the arguments are too long, or too much was used, as where a directory could be declared in place of %d uses",
			len(text), maxRecordSize, len(r.Used))
	}
	return text, nil
}

// informingField stands where the fields that decide end and those for people
// begin, which are left unread.
const informingField = "\n \"file\": \""

// checkField and recordEnd stand before and after the check.
const (
	checkField = "\n \"check\": \""
	recordEnd  = "\"\n}\n"
)

// seal ends a record's text.
func seal(text []byte) []byte {
	return fmt.Appendf(text, "%s%s%s", checkField, digest.Of(text), recordEnd)
}

// unsealed returns what was sealed.
func unsealed(text []byte) ([]byte, error) {
	sealed := bytes.LastIndex(text, []byte(checkField))
	if sealed < 0 {
		return nil, errors.New("has no check: it is cut short, or something else")
	}
	check, whole := bytes.CutSuffix(text[sealed+len(checkField):], []byte(recordEnd))
	if sum := digest.Of(text[:sealed]); !whole || sum != string(check) {
		return nil, fmt.Errorf("does not match its own check: its digest is %s", sum)
	}
	return text[:sealed], nil
}

// decodeRecord reads the bytes of a record file. Whatever they are, the outcome
// is what this package wrote, or an error that says what is wrong.
func decodeRecord(text []byte) (*verdict, error) {
	if len(text) > maxRecordSize {
		return nil, fmt.Errorf("record has more than %d bytes", maxRecordSize)
	}
	text, err := unsealed(text)
	if err != nil {
		return nil, fmt.Errorf("record %w", err)
	}
	deciding, _, _ := bytes.Cut(text, []byte(informingField)) // all of it, in layouts without that field
	deciding = bytes.TrimSuffix(deciding, []byte(","))
	r, plain := parseVerdict(string(deciding))
	if !plain {
		r = new(verdict)
		err = json.Unmarshal(append(slices.Clip(deciding), '}'), r)
	}
	switch {
	case r.Layout > recordLayout: // also where the types of other fields have changed
		return nil, fmt.Errorf("%w (layout %d, and this program knows %d)", errNewer, r.Layout, recordLayout)
	case err != nil:
		return nil, fmt.Errorf("record is not readable: %w", err)
	case r.Layout < 1:
		return nil, fmt.Errorf("record has layout %d", r.Layout)
	case r.Bytes < 0:
		return nil, fmt.Errorf("record says %d bytes", r.Bytes)
	case r.Digest == "":
		return nil, errors.New("record has no digest")
	case r.Uses < 0:
		return nil, fmt.Errorf("record says %d uses", r.Uses)
	}
	return r, nil
}

// errNewer marks records that a later release wrote; they are left alone.
var errNewer = errors.New("the entry was stored by a newer dataelab, and is left alone: update this program, or set another prefix")

// program is what this process puts into its records.
var program = sync.OnceValue(func() Code {
	id := Code{Program: strings.ToValidUTF8(filepath.Base(os.Args[0]), "_"), Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return id
	}
	id.Module, id.Version = info.Main.Path, info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			id.Revision = s.Value
		case "vcs.modified":
			id.Modified = s.Value == "true"
		}
	}
	return id
})
