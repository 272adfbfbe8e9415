package faultfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// Crashed is what an operation panics with that Fault.Crash chose, unless that is
// a ReadAt, which may run on any goroutine and returns ErrCrashed.
type Crashed struct{ Op Op }

// ErrCrashed is returned by all operations after a crash, which change nothing.
var ErrCrashed = errors.New("faultfs: this process is dead")

// Op is one operation. They are counted from 1.
type Op struct {
	N    int
	Kind string // the method of rootfs, such as "Rename"
	Name string // relative to the directory of New, with slashes
}

func (o Op) String() string { return fmt.Sprintf("%d %s %s", o.N, o.Kind, o.Name) }

// Fault is what happens in place of an operation.
type Fault struct {
	Err   error // it returns this and does nothing, but closes what is to be closed; or
	Short bool  // with Err: it writes half. Operations that do not write are left alone; or
	Crash bool  // it panics with Crashed, and all later ones return ErrCrashed

	// Stays lets Err come back with all later operations of the same kind, as on a
	// disk that is full.
	Stays bool
}

// FS is the file system below one directory. It implements rootfs.FS.
type FS struct {
	top string

	mu       sync.Mutex
	tree     *tree // guarded by mu, as all below
	at       int
	fault    Fault
	last     Op
	staying  string // kind of the operation that failed and stays failing
	injected int
	dead     bool
	afterMu  sync.Mutex // held while after runs
	after    func(Op)
}

// New returns a FS of what is below top, all of which counts as flushed.
func New(top string) (*FS, error) {
	t, err := readTree(top)
	return &FS{top: top, tree: t}, err
}

// Inject lets a fault happen at the n-th operation. There is one at a time.
func (f *FS) Inject(n int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.fault = n, fault
}

// After has each operation that succeeded or failed by itself told to what, which
// may call Clones. It is set before the first operation.
func (f *FS) After(what func(Op)) { f.after = what }

// Ops returns how many operations there were.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last.N
}

// Injected returns how many faults happened.
func (f *FS) Injected() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.injected
}

func (f *FS) name(path string) string {
	rel, err := filepath.Rel(f.top, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// step counts an operation and returns what is to happen in its place.
func (f *FS) step(kind, path string) (Fault, Op) {
	f.mu.Lock()
	if f.dead {
		defer f.mu.Unlock()
		return Fault{Err: ErrCrashed}, f.last
	}
	f.last = Op{f.last.N + 1, kind, f.name(path)}
	op, fault := f.last, Fault{}
	switch {
	case op.N == f.at && (!f.fault.Short || kind == "Write"):
		fault = f.fault
		if fault.Stays {
			f.staying = kind
		}
	case f.staying == kind:
		fault = f.fault
	}
	if fault != (Fault{}) {
		f.injected++
	}
	f.dead = fault.Crash
	f.mu.Unlock()
	if fault.Crash {
		if kind == "ReadAt" { // maybe on a goroutine where nobody recovers
			return Fault{Err: ErrCrashed}, op
		}
		panic(Crashed{op})
	}
	if fault.Err != nil {
		fault.Err = &fs.PathError{Op: strings.ToLower(kind), Path: path, Err: fault.Err}
	}
	return fault, op
}

// run does one operation on the system and, if that succeeded, in the tree.
func (f *FS) run(kind, path string, do func() error, model func(t *tree)) error {
	fault, op := f.step(kind, path)
	if fault.Err != nil {
		return fault.Err
	}
	err := do()
	f.mu.Lock()
	if err == nil && model != nil {
		model(f.tree)
	}
	f.mu.Unlock()
	if f.after != nil {
		f.afterMu.Lock() // files may be read by several goroutines
		defer f.afterMu.Unlock()
		f.after(op)
	}
	return err
}

// Lstat is os.Lstat.
func (f *FS) Lstat(path string) (info fs.FileInfo, err error) {
	err = f.run("Lstat", path, func() (err error) { info, err = os.Lstat(path); return err }, nil)
	return info, err
}

// Mkdir is os.Mkdir.
func (f *FS) Mkdir(path string, mode fs.FileMode) error {
	return f.run("Mkdir", path, func() error { return os.Mkdir(path, mode) }, func(t *tree) { t.mkdir(f.name(path)) })
}

// Chmod is os.Chmod.
func (f *FS) Chmod(path string, mode fs.FileMode) error {
	return f.run("Chmod", path, func() error { return os.Chmod(path, mode) }, nil)
}

// OpenRoot is os.OpenRoot.
func (f *FS) OpenRoot(path string) (rootfs.Root, error) {
	var r rootfs.Root
	err := f.run("OpenRoot", path, func() (err error) { r, err = rootfs.OS.OpenRoot(path); return err }, nil)
	if err != nil {
		return nil, err
	}
	return &root{f, r, path}, nil
}
