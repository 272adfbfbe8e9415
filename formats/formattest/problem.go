package formattest

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

// A Problem is one promise that a format does not keep.
type Problem struct {
	Format string
	Step   string       // as in the documentation of the package
	Type   reflect.Type // of the value; nil where the problem is not about one
	What   string       // what happened, with the value or the damage
	File   []byte       // the file that was decoded, all of it; nil if there was none
}

// String is the problem in a few lines, with the head of the file in hex.
func (p Problem) String() string {
	var s strings.Builder
	s.WriteString(p.Format + ", " + p.Step)
	if p.Type != nil {
		s.WriteString(", " + p.Type.String())
	}
	s.WriteString(": " + p.What)
	if p.File != nil {
		const head = 256
		fmt.Fprintf(&s, "\nthe file, %d bytes:\n%s", len(p.File), hex.Dump(p.File[:min(head, len(p.File))]))
		if len(p.File) > head {
			s.WriteString("...\n")
		}
	}
	return s.String()
}
