package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"
)

// A Store keeps contents under names.
type Store interface {
	// Open opens what a name has now. It reads on in that, whatever the name gets
	// meanwhile. A name that has nothing is an error that wraps fs.ErrNotExist. Where names are those
	// of files, something else that has the name is an error that wraps ErrNotFile.
	Open(ctx context.Context, name string) (Object, error)

	// Put begins to write what the name shall have.
	Put(ctx context.Context, name string, mode Mode) (Writer, error)

	// Stat tells of what a name has now, with errors as Open has them.
	Stat(ctx context.Context, name string) (Info, error)

	// List yields, in no order, the names that begin with prefix and have no slash
	// after it. That a folder does not exist means that it has no names.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]

	// Delete takes away what the names have, in their order. A name that has
	// nothing is no error. It goes on after a failure, and tells all of them.
	Delete(ctx context.Context, names ...string) error
}

// ErrNotFile is wrapped by the error for a name that a folder has, or something else that is no
// regular file.
var ErrNotFile = errors.New("not a regular file")

// Mode says what Put does where the name has something already.
type Mode uint8

// The modes of Put.
const (
	Replace    Mode = iota // the new takes the place of the old
	CreateOnly             // Commit returns an error that wraps fs.ErrExist
)

// Object is what a name had when it was opened. Reading it with ReadAt is as
// io.ReaderAt says.
type Object interface {
	io.ReaderAt
	io.Closer
	Size() int64

	// Version is that of Info.
	Version() string
}

// Info tells of what a name has.
type Info struct {
	Size     int64
	Modified time.Time // when it was written, by the clock of the store

	// Version tells contents apart: while an Object is open, only that content has
	// its version.
	Version string
}

// Writer writes the content of one name. Nobody sees it before Commit, and
// nothing is left of it after Discard.
type Writer interface {
	io.Writer

	// Close ends the content. What could not be written is an error now, and not
	// when it is published.
	Close() error

	// Commit publishes the content, all of it at once. When it returns nil, the
	// content is there to stay. After an error the name has what it had before,
	// or the new content. Where a folder has the name, the error wraps ErrNotFile; once that is
	// moved away, Commit may be called again.
	Commit() error

	// Discard drops what was not committed. It does nothing after Commit and
	// when called again.
	Discard() error
}

// Durability says what is good after a power cut. Whatever a process's own death
// leaves is good in both.
type Durability uint8

// The kinds of durability.
const (
	// Durable: what was committed is there, and whole. Files and directories are
	// flushed to the disk, which takes some milliseconds for each value.
	Durable Durability = iota

	// Fast: nothing is flushed. What was committed within the last seconds before
	// the power cut may be missing or damaged. A cache notices damage by size and
	// digest, and computes such a value again; it relies on the file system to keep
	// the order of renames, as all with a journal do.
	Fast
)

// folderOf returns the folder in which the names with a prefix are, "." for none.
func folderOf(prefix string) (string, error) {
	cut := strings.LastIndexByte(prefix, '/')
	if cut < 0 {
		return ".", nil
	}
	return prefix[:cut], CheckName(prefix[:cut])
}

// CheckName returns an error unless name can be the name of an object.
func CheckName(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") {
		return fmt.Errorf("%q cannot be a name in a store: %w", name, fs.ErrInvalid)
	}
	return nil
}
