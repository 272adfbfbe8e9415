package diskcache

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/internal/filename"
)

const (
	// maxStem leaves room, in the 255 bytes that file systems give a name, for
	// the key of the arguments, the extension, and what our own files add.
	maxStem = 200
	// maxDirectory bounds prefix and tag together: one directory's name.
	maxDirectory = 200
	// maxExt is for extensions such as npy.zst.
	maxExt = 16
)

// CheckTag returns an error that wraps ErrName when tag cannot name a dataset:
// it becomes part of a directory's name, so it must not be empty or over-long
// nor hold a separator, "..", a control character or invalid UTF-8. And as it is to name
// one directory on every system, it is in the composed form of Unicode (NFC), holds no
// invisible character, ends in no dot or blank, and is not CON or another device of Windows.
func CheckTag(tag string) error { return checkNew("tag", tag, maxDirectory) }

// CheckName returns an error that wraps ErrName when name, the stem of an
// entry's files, breaks the rules of CheckTag, or ends like an argument key.
func CheckName(name string) error {
	return cmp.Or(checkStem(name), checkPortable("name", name))
}

// Names that are given now keep more rules than those under which something is stored:
// earlier releases did not ask for those of checkPortable. What lies there is listed,
// verified, copied, exported and imported as ever, and aka= takes such a name, so that
// entries come over to another one.

// checkStem is CheckName for a name from before.
func checkStem(name string) error {
	if err := checkName("name", name, maxStem); err != nil {
		return err
	}
	if cut := len(name) - keyTextLen - 1; cut >= 0 && name[cut] == '-' && isKeyText(name[cut+1:]) {
		return nameError("name", name, "ends like the key of an argument list")
	}
	return nil
}

// checkNew is checkName for a name that is given now.
func checkNew(what, s string, limit int) error {
	return cmp.Or(checkName(what, s, limit), checkPortable(what, s))
}

func checkPortable(what, s string) error {
	if fault := filename.Fault(s); fault != "" {
		return nameError(what, s, fault)
	}
	return nil
}

// checkNewDirectory is checkDirectory for a tag that is set now: of a prefix and a tag
// that keep the rules, both together need not.
func checkNewDirectory(prefix, tag string) error {
	if err := checkDirectory(prefix, tag); err != nil || tag == "" {
		return err
	}
	return checkPortable("directory of prefix and tag,", prefix+tag)
}

func checkDirectory(prefix, tag string) error {
	if n := len(prefix) + len(tag); n > maxDirectory {
		return fmt.Errorf("%w: prefix %q and tag %q have %d bytes together, and %d is the most", ErrName, prefix, tag, n, maxDirectory)
	}
	if tag != "" && strings.HasPrefix(strings.ToLower(prefix+tag), privateDir) {
		return fmt.Errorf("%w: prefix %q and tag %q make the name of a directory that the cache keeps for itself, %s", ErrName, prefix, tag, privateDir)
	}
	return nil
}

func checkName(what, s string, limit int) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: the %s is empty", ErrName, what)
	case len(s) > limit:
		return fmt.Errorf("%w: the %s %q… has %d bytes, and %d is the most", ErrName, what, s[:32], len(s), limit)
	case !utf8.ValidString(s):
		return nameError(what, s, "is not valid UTF-8")
	case s == ".":
		return nameError(what, s, "means the directory itself")
	case strings.Contains(s, ".."):
		return nameError(what, s, `holds "..", which could lead elsewhere`)
	}
	for _, r := range s {
		switch {
		case r == '/' || r == '\\':
			return nameError(what, s, fmt.Sprintf("holds the path separator %q: use - or _", r))
		case unicode.IsControl(r):
			return nameError(what, s, fmt.Sprintf("holds the control character %U", r))
		case runtime.GOOS == "windows" && strings.ContainsRune(`<>:"|?*`, r):
			return nameError(what, s, fmt.Sprintf("holds %q, which Windows does not allow", r))
		}
	}
	if last := s[len(s)-1]; runtime.GOOS == "windows" && (last == '.' || last == ' ') {
		return nameError(what, s, "ends in a dot or a blank, which Windows drops")
	}
	if !filepath.IsLocal(s) {
		return nameError(what, s, "is reserved by the system")
	}
	return nil
}

func nameError(what, s, why string) error {
	return fmt.Errorf("%w: the %s %q %s", ErrName, what, s, why)
}
