package diskcache

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// FieldOptions are what the struct tag of a cacher's field says:
//
//	mean diskcache.DiskCacher[[]float64] `cache:"mean_slopes,ttl=720h,version=2,copy"`
//
// The first item is the method's name in file names; empty keeps the field's
// own name. The zero value is a cacher without a struct tag.
type FieldOptions struct {
	// Name replaces the field's name.
	Name string
	// TTL ("ttl=720h", in the words of time.ParseDuration) is how long a stored
	// value is good, counted from when its computation ended. 0: for ever. Files of
	// other programs do not say when that was, and are good for ever.
	TTL time.Duration
	// Version ("version=2") is any text without a comma; a value stored under
	// another version is computed again.
	Version string
	// Aka ("aka=psd|spectrum") are names that the method had before: what was stored
	// under them serves, and moves to the present name, when that has nothing. The
	// method's path and type must be what they were.
	Aka []string
	// Copy ("copy") gives every caller a value of its own instead of sharing one.
	Copy bool
	// Format ("format=json") names the format of the files, in place of the one that
	// serves the result type. Files that are there already stay good.
	Format string
	// Compress ("compress=zstd") compresses the files: .npy becomes .npy.zst. Formats
	// that compress inside of their files, as Parquet does, keep their extension and know
	// more methods.
	Compress string
	// Mmap ("mmap") shows an array file in memory instead of reading it, which takes
	// microseconds whatever its size. Such values are private copies: writing to one does
	// not change the file. They end with Close, and not before. Size and header are
	// checked before, and the digest of a file up to 1 MiB; that of a longer one
	// afterwards, by a goroutine. Where it finds damage, it tells so (FoundDamaged),
	// the file is set aside, and the next call computes.
	//
	// Nobody may write to such a file in place, as numpy.save does: remove it first, and save
	// then. Otherwise what callers hold changes, and where the file is shorter now, a look
	// behind its end is a fault that ends the program. The cachers survive that where
	// they read a mapped value: as an argument, or as part of a result that is saved,
	// it is an error. In the user's own code it is not made one: the value may be read
	// on any goroutine, long after the call. See runtime/debug.SetPanicOnFault for those who
	// want a panic. A call after a recheck (Options.Recheck) notices that the file was changed,
	// and looks again.
	Mmap bool
	// NoMemory ("nomemory") keeps no value in memory: each call reads the disk. Those
	// who wait for one computation share its result all the same. A value that could not
	// be stored is computed again.
	NoMemory bool
	// KeepStored leaves the stored value where it is when the one that Refresh was to put
	// in its place cannot be saved. It is for those who could not compute it again, and no
	// option of the struct tag.
	KeepStored bool
	// Cutoff ("cutoff") ends a computation as soon as it turns out that the stored value is
	// still good: it was computed because something that the value was made of had to be
	// computed anew, and that came out the same. The cached call in which this turns out
	// returns [ErrUnchanged] to the computation, once, and whatever that returns, the method
	// returns the stored value. So it is for computations that return the errors of the calls
	// in them: one that ends the program for an error would end it, and one that keeps the
	// outcome of a call for later, as with sync.Once, would keep the error. Without the
	// option the computation goes on to its end. It is not needed where methods are called
	// in the order in which they use each other.
	Cutoff bool
	// Pin ("pin") keeps the entries from being removed to keep limits. One that was
	// stored without it is pinned when it is next found on disk. Without the option
	// an entry stays pinned until it is computed anew, or cleared.
	Pin bool
}

// check finds options that exclude each other.
func (o *FieldOptions) check() error {
	switch {
	case o.Mmap && o.Copy:
		return errors.New("mmap and copy exclude each other: a mapping is shared by its callers")
	case o.Name != "" && slices.Contains(o.Aka, o.Name):
		return fmt.Errorf("aka=%q is the method's present name", o.Name)
	case o.Mmap && o.NoMemory:
		return errors.New("mmap and nomemory exclude each other: each call would map the file once more, and mappings stay until Close")
	case o.Mmap && o.Compress != "":
		return errors.New("mmap and compress= exclude each other: what is compressed has to be read")
	}
	return nil
}

// ParseFieldOptions reads the text of a cache struct tag.
func ParseFieldOptions(tag string) (FieldOptions, error) {
	var o FieldOptions
	name, rest, more := strings.Cut(tag, ",")
	o.Name = name
	if name != "" {
		if err := checkMethodName(name, CheckName); err != nil {
			return o, err
		}
	}
	seen := map[string]bool{}
	for more {
		var item string
		item, rest, more = strings.Cut(rest, ",")
		item = strings.TrimLeft(item, " ")
		option, value, hasValue := strings.Cut(item, "=")
		if seen[option] {
			return o, fmt.Errorf("option %q is given twice", option)
		}
		seen[option] = true
		if err := o.set(option, value, hasValue); err != nil {
			return o, err
		}
	}
	return o, o.check()
}

func (o *FieldOptions) set(option, value string, hasValue bool) error {
	if flag := optionFlags[option]; flag != nil {
		if hasValue {
			return fmt.Errorf("option %s takes no value, not %q", option, value)
		}
		*flag(o) = true
		return nil
	}
	with, known := optionValues[option]
	switch {
	case !known:
		return fmt.Errorf("unknown option %q; known are %s", option, optionNames())
	case value == "":
		return fmt.Errorf("%s= needs a value such as %s=%s", option, option, with.example)
	case !utf8.ValidString(value): // it would come back from the record as another one
		return fmt.Errorf("%s=%q is not valid UTF-8", option, value)
	}
	return with.set(o, value)
}

// optionFlags are the options that are there or not.
var optionFlags = map[string]func(*FieldOptions) *bool{
	"copy":     func(o *FieldOptions) *bool { return &o.Copy },
	"cutoff":   func(o *FieldOptions) *bool { return &o.Cutoff },
	"mmap":     func(o *FieldOptions) *bool { return &o.Mmap },
	"nomemory": func(o *FieldOptions) *bool { return &o.NoMemory },
	"pin":      func(o *FieldOptions) *bool { return &o.Pin },
}

// optionValues are the options with a value.
var optionValues = map[string]struct {
	example string
	set     func(o *FieldOptions, value string) error
}{
	"aka":      {"psd", func(o *FieldOptions, value string) (err error) { o.Aka, err = parseAka(value); return err }},
	"version":  {"2", func(o *FieldOptions, value string) error { o.Version = value; return nil }},
	"format":   {"json", func(o *FieldOptions, value string) error { o.Format = value; return nil }},
	"compress": {"zstd", func(o *FieldOptions, value string) error { o.Compress = value; return nil }},
	"ttl": {"720h", func(o *FieldOptions, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("ttl=%q is no positive duration such as 90s, 36h or 720h", value)
		}
		o.TTL = d
		return nil
	}},
}

func optionNames() string {
	names := slices.Sorted(maps.Keys(optionFlags))
	for _, name := range slices.Sorted(maps.Keys(optionValues)) {
		names = append(names, name+"=")
	}
	return strings.Join(names, ", ")
}

// checkMethodName keeps the dots of <path>.<Type>.<method> unambiguous.
func checkMethodName(name string, check func(string) error) error {
	if name == "-" {
		return nameError("method name", name, "means no cache in other struct tags; to leave a method uncached, do not call Execute")
	}
	if strings.Contains(name, "=") || optionFlags[name] != nil {
		return nameError("method name", name, fmt.Sprintf("looks like an option, and options come after a comma: cache:\",%s\"", name))
	}
	if strings.Contains(name, ".") {
		return nameError("method name", name, "holds a dot, which separates path, type and method")
	}
	return check(name)
}
