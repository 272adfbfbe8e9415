package diskcache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// defaultRecheck is that of Options.Recheck.
const defaultRecheck = 10 * time.Second

// DefaultPrefix stands before the tag in the name of a tag's directory.
const DefaultPrefix = "cache"

// Options says where entries are kept and who hears of what happens. The zero
// value is a good default. Options are copied when they are set.
type Options struct {
	// Tmpdir is the directory that holds one directory per tag. It is made when
	// the first entry is saved. Default: os.TempDir().
	Tmpdir string

	// Prefix stands before the tag in the name of a tag's directory.
	// Default: "cache".
	Prefix string

	// Shared lets others in: directories get mode 0770 and files 0660 instead of
	// 0700 and 0600, and a tag's directory may belong to another user. Whoever
	// can write there can change what this program reads, so share only with
	// people you trust.
	Shared bool

	// Durability says what is good after a power cut. The default, store.Durable,
	// is all that was saved; store.Fast saves in a fraction of the time, and may
	// lose what was saved last.
	Durability store.Durability

	// Store, when not nil, keeps the entries in place of local files: Tmpdir, Shared
	// and Durability mean nothing then. Cachers with the same Store share entries. store.Memory
	// keeps them in memory, for tests.
	Store store.Store

	// Formats chooses the file format for a result type. The zero Set has .npy
	// and .npz for arrays, .parquet for tables where the program imports it, and .gob
	// for the rest.
	Formats formats.Set

	// Memory limits what values take in memory, all together. Default: DefaultMemory.
	Memory *Memory

	// Limits bound what all tags in Tmpdir take together, of all prefixes. Programs
	// without limits there are counted, too, but remove nothing.
	Limits Limits

	// TagLimits bound what each tag takes.
	TagLimits Limits

	// Recheck is after how long a value in memory is examined again: whether the files and
	// settings that it was made of, and other values, are what they were. Until then, a hit
	// in memory does not notice that a file has changed, or that another process has
	// computed something anew. Default: 10 seconds. Negative: not by itself, see [Recheck].
	Recheck time.Duration

	// OnEvent, when not nil, hears of every look-up that memory did not answer,
	// every load, computation, save, failed save and set-aside file. It is called
	// on the goroutine of the call it tells of, from many at once, and the call
	// goes on when it returns; of mapped files that were found damaged on one in the
	// background. When nil, failed saves and files set aside are
	// logged with log/slog; nothing else is.
	OnEvent func(Event)
}

// withDefaults returns o with every field set and checked.
func (o Options) withDefaults() (Options, error) {
	check := checkTmpdir
	if o.Tmpdir == "" {
		o.Tmpdir, check = os.TempDir(), fullTmpdir // nobody chose it: where it cannot be used, saves tell
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if err := checkNew("prefix", o.Prefix, maxDirectory); err != nil {
		return o, err
	}
	if o.Memory == nil {
		o.Memory = DefaultMemory
	}
	o.Recheck = cmp.Or(o.Recheck, defaultRecheck)
	if err := cmp.Or(o.Memory.check(), o.checkLimits()); err != nil {
		return o, err
	}
	if o.Store != nil {
		return o, checkStore(o.Store)
	}
	if o.Durability > store.Fast {
		return o, fmt.Errorf("durability %d is neither store.Durable nor store.Fast", o.Durability)
	}
	dir, err := check(o.Tmpdir)
	o.Tmpdir = dir
	return o, err
}

func checkStore(s store.Store) error {
	if t := reflect.TypeOf(s); !t.Comparable() {
		return fmt.Errorf("a store of type %v cannot be told from others: make it a pointer", t)
	}
	return nil
}

// fullTmpdir makes a directory's path absolute, so that a later change of the working
// directory moves nothing.
func fullTmpdir(dir string) (string, error) {
	if dir == "" {
		return "", fmt.Errorf("the temporary directory is empty: name one, such as %s", os.TempDir())
	}
	if dir == "~" || strings.HasPrefix(dir, "~"+string(filepath.Separator)) {
		return "", fmt.Errorf("the temporary directory %s: a shell would expand ~, Go does not: use os.UserHomeDir or os.UserCacheDir", dir)
	}
	return filepath.Abs(dir)
}

// relativeTold has the relative paths that were logged, by full path.
var relativeTold sync.Map

// RelativeDirectory says where a directory is that is named by a relative path, as it is another
// one where the program is started elsewhere. It says so once, and returns nothing else.
func RelativeDirectory(dir string) string {
	if dir == "" || filepath.IsAbs(dir) {
		return ""
	}
	full, err := fullTmpdir(dir)
	if err != nil {
		return ""
	}
	if _, told := relativeTold.LoadOrStore(full, true); told {
		return ""
	}
	return fmt.Sprintf("the directory %s is %s, as it is named by a relative path: it is another one when the program is started elsewhere: give a full path", dir, full)
}

// tellRelative puts that into the log, or gives it to who hears of events.
func tellRelative(dir string, hear func(Event)) {
	reason := RelativeDirectory(dir)
	if reason == "" {
		return
	}
	e := Event{Kind: Warned, Path: fullOf(dir), Reason: reason}
	if hear == nil {
		hear = warn
	}
	hear(e)
}

// checkTmpdir is fullTmpdir, and refuses what cannot be a directory.
func checkTmpdir(dir string) (string, error) {
	abs, err := fullTmpdir(dir)
	if err != nil {
		return "", err
	}
	switch info, err := os.Stat(abs); {
	case errors.Is(err, fs.ErrNotExist): // it will be made
	case err != nil:
		return "", fmt.Errorf("the temporary directory cannot be used: %w: name another one", err)
	case !info.IsDir():
		return "", fmt.Errorf("the temporary directory %s is a file: name a directory", abs)
	}
	return abs, nil
}
