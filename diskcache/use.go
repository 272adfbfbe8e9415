package diskcache

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
	"unique"
)

// Use is one thing that went into a stored value: the value of another entry, an input
// file, or a setting.
type Use struct {
	Kind UseKind

	// Name is that of the method or function of another entry, or of a setting. Key is of
	// the arguments. Directory is the place of the entry or setting; it is empty for the
	// place of the entry that used it.
	Name      string
	Key       string
	Directory string

	// Path is the full path of an input file or directory: of the one that the computation
	// would read now, see [UseFile].
	Path     string
	Bytes    int64     // of the file, or of all files in the directory
	Modified time.Time // the file, or the last one in the directory

	// Text is the value of a setting, for people.
	Text string

	// Digest is of what was used: of the other entry's file, of the content of an input
	// file, of a setting. It is empty for an input file that did not exist.
	Digest string

	// Inherited is what was not used by the computation itself, but by one whose value it
	// used.
	Inherited bool

	recorded string // the path that the record has, where that is another one
}

// UseKind says what was used.
type UseKind uint8

// The kinds of uses.
const (
	UsedEntry   UseKind = iota + 1 // the value of a cached call
	UsedFile                       // see [UseFile]
	UsedSetting                    // see [Setting]
)

var useNames = [...]string{"", "entry", "file", "setting"}

// String returns the kind in one word.
func (k UseKind) String() string {
	if int(k) < len(useNames) {
		return useNames[k]
	}
	return "unknown"
}

// use is a Use as records have it.
type use struct {
	Entry     string `json:"entry,omitempty"`
	Setting   string `json:"setting,omitempty"`
	File      string `json:"file,omitempty"`
	Named     string `json:"named,omitempty"` // the relative path that File was named by
	Key       string `json:"key,omitempty"`
	In        string `json:"in,omitempty"`       // Use.Directory
	Version   string `json:"version,omitempty"`  // of the entry, for when it is gone
	Computed  int64  `json:"computed,omitempty"` // Unix nanoseconds, where the entry expires, for the same
	Text      string `json:"text,omitempty"`
	Bytes     int64  `json:"bytes,omitempty"`
	Modified  int64  `json:"modified,omitempty"` // Unix nanoseconds; 0 where it does not tell contents apart
	State     string `json:"state,omitempty"`    // what else the system tells of a file
	Digest    string `json:"digest,omitempty"`
	Inherited bool   `json:"inherited,omitempty"`

	moved unique.Handle[move] // of a record that lies elsewhere than it did
}

// kind tells what was used. A use of another program's file is one of an entry, and has both.
func (u *use) kind() UseKind {
	switch {
	case u.Entry != "":
		return UsedEntry
	case u.File != "":
		return UsedFile
	}
	return UsedSetting
}

// plainUse is a use without methods.
type plainUse use

// MarshalJSON and UnmarshalJSON keep paths as they are, in whatever encoding.
func (u use) MarshalJSON() ([]byte, error) {
	u.File, u.Named, u.In = pathText(u.File), pathText(u.Named), pathText(u.In)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(plainUse(u))
	return out.Bytes(), err
}

func (u *use) UnmarshalJSON(text []byte) error {
	err := json.Unmarshal(text, (*plainUse)(u))
	if err == nil {
		u.File, err = pathOf(u.File)
	}
	if err == nil {
		u.Named, err = pathOf(u.Named)
	}
	if err == nil {
		u.In, err = pathOf(u.In)
	}
	return err
}

// notText begins what stands for a path that is no text: no path has it.
const notText = "\x00"

func pathText(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return notText + hex.EncodeToString([]byte(path))
}

func pathOf(text string) (string, error) {
	digits, coded := strings.CutPrefix(text, notText)
	if !coded {
		return text, nil
	}
	path, err := hex.DecodeString(digits)
	return string(path), err
}

// exported returns u as others see it.
func (u *use) exported() Use {
	x := Use{Kind: u.kind(), Key: u.Key, Directory: u.In, Path: u.File, Bytes: u.Bytes, Text: u.Text, Digest: u.Digest, Inherited: u.Inherited}
	switch x.Kind {
	case UsedFile:
		if x.Path = u.present(); x.Path != u.File {
			x.recorded = u.File
		}
	case UsedEntry:
		x.Name = u.Entry
	case UsedSetting:
		x.Name = u.Setting
	}
	if u.Modified != 0 {
		x.Modified = time.Unix(0, u.Modified)
	}
	return x
}
