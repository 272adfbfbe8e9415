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
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/internal/digest"
)

const (
	// recordLayout is raised when an older program could misread a newer record.
	recordLayout = 1
	// maxRecordSize bounds what is read of a record; real ones have about 1 kB.
	maxRecordSize = 1 << 20
)

// record is the JSON file of an entry: everything about a value but the value.
// The file has one more field at its end, see encode.
type record struct {
	verdict
	File      string   `json:"file"`
	DType     string   `json:"dtype,omitempty"`
	Shape     []int    `json:"shape,omitempty"`
	Arguments []string `json:"arguments,omitempty"`
	Host      string   `json:"host"`
	Process   int      `json:"process"`
	Code      codeID   `json:"code"`
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
	Nil      bool      `json:"nil,omitempty"` // the file shows an empty value in its place
	Bytes    int64     `json:"bytes"`
	Digest   string    `json:"digest"`
	Version  string    `json:"version,omitempty"`
	Computed time.Time `json:"computed"`
	Seconds  float64   `json:"compute_seconds"`
}

// codeID says which program computed a value. It is for people: it does not
// decide whether a value is still good, as it differs between two builds of the
// same source and is equal for two edits of it.
type codeID struct {
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

// encode returns the record's file. Its last field is the digest of everything
// before that field, so that a flipped bit anywhere in it is noticed.
func (r *record) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // "<f8" is to be read by people
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(out.Bytes(), []byte("\n}\n"))
	text = append(text, ',')
	return fmt.Appendf(text, "%s%s\"\n}\n", checkField, digest.Of(text)), nil
}

// checkField stands before the check in the text of a record.
const checkField = "\n \"check\": \""

// decodeRecord reads the bytes of a record file. Whatever they are, the outcome
// is what this package wrote, or an error that says what is wrong.
func decodeRecord(text []byte) (*verdict, error) {
	if len(text) > maxRecordSize {
		return nil, fmt.Errorf("record has more than %d bytes", maxRecordSize)
	}
	sealed := bytes.LastIndex(text, []byte(checkField))
	if sealed < 0 {
		return nil, errors.New("record has no check: it is cut short, or not a record")
	}
	check := strings.TrimSuffix(string(text[sealed+len(checkField):]), "\"\n}\n")
	if sum := digest.Of(text[:sealed]); sum != check {
		return nil, fmt.Errorf("record does not match its own check: its digest is %s", sum)
	}
	r := new(verdict)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("record is not readable: %w", err)
	}
	switch {
	case r.Layout > recordLayout:
		return nil, fmt.Errorf("%w: layout %d, and this program knows %d", errNewer, r.Layout, recordLayout)
	case r.Layout < 1:
		return nil, fmt.Errorf("record has layout %d", r.Layout)
	case r.Bytes < 0:
		return nil, fmt.Errorf("record says %d bytes", r.Bytes)
	}
	return r, nil
}

// errNewer marks records that a later release wrote; they are left alone.
var errNewer = errors.New("record was written by a newer dataelab")

// program is what this process puts into its records.
var program = sync.OnceValue(func() codeID {
	id := codeID{Program: strings.ToValidUTF8(filepath.Base(os.Args[0]), "_"), Go: runtime.Version()}
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

// hostName is "unknown" rather than an error: it only informs.
var hostName = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown"
	}
	return strings.ToValidUTF8(name, "_")
})
