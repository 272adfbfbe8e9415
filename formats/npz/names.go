package npz

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// suffix ends the file name of each array in the archive; numpy adds and removes it.
const suffix = ".npy"

// checkName refuses names under which Python would not find the array again.
func checkName(name string) error {
	const most = 1<<16 - 1 - len(suffix) // the zip format counts in 16 bits
	var why string
	switch {
	case len(name) > most:
		return fmt.Errorf("a name of %d bytes; at most %d are possible", len(name), most)
	case !utf8.ValidString(name):
		why = "not UTF-8"
	case strings.ContainsRune(name, 0):
		why = "Python ends a name at a NUL"
	case strings.Contains(name, `\`):
		why = `Python on Windows turns \ into /`
	case strings.HasSuffix(name, suffix):
		why = "numpy removes .npy at the end of a name"
	default:
		return nil
	}
	return fmt.Errorf("bad name %q: %w", name, errors.New(why))
}
