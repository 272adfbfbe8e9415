package diskcache

import (
	"context"
	"encoding/json"
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

// WaitVerified waits until the mapped files of a cacher are verified.
func WaitVerified(c Cacher) { c.state().mappings.running.Wait() }

// WorkName is the name of a work file of this process.
func WorkName() string { return procname.New(".work") }

// DecodeRecord reads the bytes of a record.
func DecodeRecord(text []byte) error {
	_, err := decodeRecord(text)
	return err
}

// ParseVerdict reads the deciding fields of a record the short way and by encoding/json.
func ParseVerdict(text string) (short, full any, ok bool, err error) {
	s, ok := parseVerdict(text)
	f := new(verdict)
	err = json.Unmarshal([]byte(text+"}"), f)
	return s, f, ok, err
}

// IsAliased reports whether a result shares memory with arguments.
var IsAliased = isAliased

// SetWaitNotice sets after how long a wait is told.
func SetWaitNotice(d time.Duration) (back func()) {
	old := waitNotice
	waitNotice = d
	return func() { waitNotice = old }
}

// SizeOf estimates the bytes of what a pointer points to.
var SizeOf = sizeOf

// Overhead is what an entry takes beside its value.
var Overhead = overhead

// ParseBytes reads a number of bytes such as 8GiB.
var ParseBytes = parseBytes

// Slots is the length of a cacher's table.
func Slots(c Cacher) int {
	if slots := c.state().cell.Load().memory.slots.Load(); slots != nil {
		return len(*slots)
	}
	return 0
}

// Room is how many cachers a Memory has room to know.
func Room(m *Memory) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return cap(m.shelves)
}

// UsedInMemory asks whether memory has a value that was used since it was asked.
func UsedInMemory(c Cacher, args ...any) bool {
	key, err := KeyOf(args...)
	return err == nil && c.state().cell.Load().usedInMemory(key)
}

// MemoryOfEnvironment makes what DefaultMemory is when a program begins.
var MemoryOfEnvironment = memoryOfEnvironment

// EvictedOf returns what is remembered of the removal of an entry.
func EvictedOf(c Cacher, key Key) (when time.Time, why string, ok bool) {
	cell := c.state().cell.Load()
	ctx := context.Background()
	s, err := cell.dir.open(ctx)
	if err != nil {
		return when, "", false
	}
	defer s.Close()
	last, ok := cell.dir.evicted(ctx, s, cell.base(key))
	return last.when, last.why, ok
}

// ForgetDigests lets input files be read as by a new process.
func ForgetDigests() {
	digests.mu.Lock()
	defer digests.mu.Unlock()
	digests.byPath = nil
}

// Seal ends the text of a file that only this package writes.
func Seal(text []byte) []byte { return seal(text) }

// ForgetTimer lets the next timer for Options.Recheck run by the clock of a test. One
// of a test that is over never comes.
func ForgetTimer() { recheckDue.Store(0) }

// PackageOf returns the import path in the name of a function.
var PackageOf = packageOf

// OwnedByOthers reports whether a value is of somebody else than a type whose source lies in
// a directory: it was stored in the directory stored, of a type whose source lay in was, and
// lies in dir.
func OwnedByOthers(source, was, stored, dir string) bool {
	o := &owner{"analysis.Modes", source}
	return o.others(&verdict{Owner: "analysis.Modes", Source: was, Place: stored}, dir)
}

// SourceRoot finds the directory of a module's source by a file of it.
func SourceRoot(path, module, pkg, file string) (root, main string) {
	p := &programSource{path: path, module: module}
	p.findRoot(pkg, file)
	return p.root, p.path
}
