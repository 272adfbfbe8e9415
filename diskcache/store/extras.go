package store

import (
	"context"
	"io"
	"os"
	"time"
)

// What some stores can do besides. Nothing depends on it for being correct.

// Sessions is a Store for which several operations in a row are cheaper together,
// as a directory is opened and checked once.
type Sessions interface {
	// Session begins some operations. Without create, a place that does not exist
	// yet is an error that wraps fs.ErrNotExist; with create it is made.
	Session(ctx context.Context, create bool) (Session, error)
}

// Session is a Store for some operations in a row; its Writers end before it.
type Session interface {
	Store
	io.Closer
}

// Subber is a Store whose folders are stores, with more than Sub can add to them.
type Subber interface {
	Sub(folder string) Store
}

// Mover is a Store that gives content another name without copying it.
type Mover interface {
	// Move takes what from has and puts it in place of what to has.
	Move(ctx context.Context, from, to string) error
}

// Locker is a Store with locks between processes. A lock is lost when its holder dies.
// So that holders who wait for each other are found out, each may leave a note on
// its lock.
type Locker interface {
	// TryLock takes the lock of a name that holds no slash. It returns nil and no error
	// when another one holds it.
	TryLock(name string) (Lock, error)

	// LockID returns how notes call the lock of a name, on all stores of this kind.
	LockID(name string) string

	// ReadNote returns the note on a lock that is held now, and otherwise nothing.
	ReadNote(id string) string
}

// Lock is a lock that is held.
type Lock interface {
	// SetNote replaces the note, as well as that is possible.
	SetNote(text string)

	// Unlock gives the lock back. It must be called once, and SetNote not afterwards.
	Unlock()
}

// Publishing is a Session that keeps those who remove names apart from those who
// publish several that belong together.
type Publishing interface {
	// LockPublishing waits for those who remove, or, to be alone, also for those who
	// publish; but not for ever. The caller calls release when it is done.
	LockPublishing(alone bool) (release func())
}

// OSFiler is an Object or Writer that is a file of the system. OSFile returns nil
// where it is none after all. The file is closed with the Object or Writer.
type OSFiler interface {
	OSFile() *os.File
}

// Dater is an Object or Writer that knows when its content was modified, as Info has it.
// It is the zero time where that is not known, as it is of a Writer before Close.
type Dater interface {
	Modified() time.Time
}

// Modified returns when the content of an Object or Writer was modified, or the zero time.
func Modified(of any) time.Time {
	if d, ok := of.(Dater); ok {
		return d.Modified()
	}
	return time.Time{}
}

// OSFile returns the system's file behind an Object or Writer, or nil.
func OSFile(of any) *os.File {
	if f, ok := of.(OSFiler); ok {
		return f.OSFile()
	}
	return nil
}

// Begin begins a Session of s, which for most stores is s itself.
func Begin(ctx context.Context, s Store, create bool) (Session, error) {
	if s, ok := s.(Sessions); ok {
		return s.Session(ctx, create)
	}
	return itself{s}, nil
}

type itself struct{ Store }

func (itself) Close() error { return nil }

func (s itself) Move(ctx context.Context, from, to string) error { return Move(ctx, s.Store, from, to) }

// LockPublishing is that of s where it has one.
func LockPublishing(s Session, alone bool) (release func()) {
	if s, ok := s.(Publishing); ok {
		return s.LockPublishing(alone)
	}
	return func() {}
}

// Move gives what from has the name to. Where s is no Mover, the content is copied.
func Move(ctx context.Context, s Store, from, to string) error {
	if s, ok := s.(Mover); ok {
		return s.Move(ctx, from, to)
	}
	o, err := s.Open(ctx, from)
	if err != nil {
		return err
	}
	defer o.Close()
	w, err := s.Put(ctx, to, Replace)
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }()
	if _, err := io.Copy(w, io.NewSectionReader(o, 0, o.Size())); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	return s.Delete(ctx, from)
}
