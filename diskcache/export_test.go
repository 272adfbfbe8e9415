package diskcache

import (
	"context"
	"time"

	"github.com/dataelab/dataelab-go/internal/procname"
)

// What the tests, which stand outside, need of the inside.

// KeyOfAny is KeyOf without its short cut for scalars.
var KeyOfAny = keyOfAny

// ArgumentTexts is how records show arguments.
var ArgumentTexts = argumentTexts

// ProgramName names the default directory of a program.
var ProgramName = programName

// MaxRecordSize is the size above which no record is read.
const MaxRecordSize = maxRecordSize

// SmallFile is the size above which a value is verified while it is decoded.
const SmallFile = smallFile

// MaxName and MaxDirectory are the limits of the lengths of names.
const (
	MaxName      = maxStem
	MaxDirectory = maxDirectory
)

// The limits of what is set aside.
const (
	AsideFiles = asideFiles
	AsideBytes = asideBytes
	AsideAge   = asideAge
)

// WorkName is the name of a work file of this process.
func WorkName() string { return procname.New(".work") }

// DecodeRecord reads the bytes of a record.
func DecodeRecord(text []byte) error {
	_, err := decodeRecord(text)
	return err
}

// EvictedOf returns what is remembered of the removal of an entry.
func EvictedOf(c Cacher, key Key) (when time.Time, why string, ok bool) {
	cell := c.state().cell.Load()
	ctx := context.Background()
	s, err := cell.dir.open(ctx)
	if err != nil {
		return when, "", false
	}
	defer s.Close()
	return cell.dir.evicted(ctx, s, cell.base(key))
}
