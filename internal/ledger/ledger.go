package ledger

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// ErrDamaged is wrapped by the errors about a ledger that has to be made anew.
var ErrDamaged = errors.New("the ledger is damaged")

// ErrBusy is wrapped by the error about a lock that another process does not give back.
var ErrBusy = errors.New("another process does not give the ledger's lock back")

const (
	fileName = "ledger"
	newName  = "ledger.new"
	lockName = "ledger.lock"
)

// lockWait is how long another process is waited for. A transaction takes
// milliseconds; a process that was stopped in one must not stop all others for ever.
// Who makes a ledger of a million lines takes longer, and sets the time of the lock's
// file every second meanwhile, so that those who wait know that it goes on.
const (
	lockWait  = 10 * time.Second
	aliveEach = time.Second
)

// The pauses between two tries.
const (
	pauseFirst = 100 * time.Microsecond
	pauseMost  = 5 * time.Millisecond
)

// Ledger says where a ledger is. Nothing of it is open between its methods.
type Ledger struct {
	Root   rootfs.Root // the directory
	Path   string      // of the directory, for the lock
	Folder string      // in the directory; it has to exist
	Mode   fs.FileMode // of new files
	Lock   int         // flags with which a lock file is opened, beside those needed
}

func (l *Ledger) name(base string) string { return filepath.FromSlash(path.Join(l.Folder, base)) }

func (l *Ledger) lockPath() string { return filepath.Join(l.Path, l.name(lockName)) }

// Exists reports whether there is one, sound or not, or one is being made.
func (l *Ledger) Exists() bool { return l.regular(fileName) || l.regular(newName) }

func (l *Ledger) regular(base string) bool {
	info, err := l.Root.Lstat(l.name(base))
	return err == nil && info.Mode().IsRegular()
}

// Size returns the length of the ledger's file, and 0 where there is none.
func (l *Ledger) Size() int64 {
	info, err := l.Root.Lstat(l.name(fileName))
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// Update calls do, and keeps what it changes unless it returns an error. A ledger that
// does not exist is an error that wraps fs.ErrNotExist.
func (l *Ledger) Update(do func(*Tx) error) error {
	release, err := l.lock()
	if err != nil {
		return err
	}
	defer release()
	return l.update(do, false)
}

// View is Update, but keeps nothing of what do changes.
func (l *Ledger) View(do func(*Tx) error) error {
	release, err := l.lock()
	if err != nil {
		return err
	}
	defer release()
	return l.update(do, true)
}

// TryRemove removes the ledger, unless somebody works on it, and reports whether there
// is none any more.
func (l *Ledger) TryRemove() bool {
	if !l.Exists() {
		return true
	}
	release, err := l.tryLock(l.lockPath())
	if err != nil || release == nil {
		return false
	}
	defer release()
	_ = l.Root.Remove(l.name(newName)) // of one who died
	err = l.Root.Remove(l.name(fileName))
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// UpdateOrBuild is Update, but makes a ledger where there is none or a damaged one: scan
// adds a line for all that is there. It reports whether it did.
func (l *Ledger) UpdateOrBuild(scan func(*Tx) error, do func(*Tx) error) (built bool, err error) {
	release, err := l.lock()
	if err != nil {
		return false, err
	}
	defer release()
	for range 3 { // a disk may damage what was just written, but not for ever
		err = l.update(do, false)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrDamaged) {
			return built, err
		}
		if err := l.build(scan); err != nil {
			return built, err
		}
		built = true
	}
	return built, err
}

// Build makes a ledger, in place of one that there is: scan adds a line for all that
// is there.
func (l *Ledger) Build(scan func(*Tx) error) error {
	release, err := l.lock()
	if err != nil {
		return err
	}
	defer release()
	return l.build(scan)
}

func (l *Ledger) update(do func(*Tx) error, view bool) (err error) {
	name := l.name(fileName)
	info, err := l.Root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s in %s is not a regular file: move it away", name, l.Path)
	}
	f, err := l.Root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return contained(func() error {
		found, err := f.Stat()
		if err != nil {
			return err
		}
		if !os.SameFile(info, found) { // a link, say, which would be followed
			return fmt.Errorf("%s in %s was replaced while it was opened", name, l.Path)
		}
		t := &Tx{file: f, pages: map[uint32]*page{}}
		t.open()
		if found.Size() < int64(t.h.pages)*PageSize {
			panic(damage("it has %d bytes, and says %d pages", found.Size(), t.h.pages))
		}
		if host, boot := here(); host == t.h.host && boot != t.h.boot {
			t.verify()
		}
		t.view = view
		if err := do(t); err != nil {
			return err
		}
		t.Flush()
		return nil
	})
}

func (l *Ledger) build(scan func(*Tx) error) error {
	name := l.name(newName)
	f, err := l.create(name)
	if err != nil {
		return err
	}
	_ = l.Root.Remove(l.name(fileName)) // two of them would take twice the room; not earlier, see Exists
	err = contained(func() error {
		t := &Tx{file: f, pages: map[uint32]*page{}, direct: true, change: true, alive: l.alive()}
		var seed [8]byte
		_, _ = rand.Read(seed[:]) // never fails: crypto/rand ends the program instead
		t.h = header{seed: binary.LittleEndian.Uint64(seed[:]), pages: firstPage, buckets: 1, tables: 1}
		t.write(make([]byte, firstPage*PageSize), 0)
		t.h.table = []uint32{t.alloc().no}
		t.h.promises = t.alloc().no
		t.setHead(0, t.alloc().no)
		if err := scan(t); err != nil {
			return err
		}
		t.Flush()
		return nil
	})
	err = errors.Join(err, f.Close())
	if err == nil {
		err = l.Root.Rename(name, l.name(fileName))
	}
	if err != nil {
		_ = l.Root.Remove(name)
	}
	return err
}

// create makes a file, in place of what a process left that died, and of a link.
func (l *Ledger) create(name string) (rootfs.File, error) {
	if info, err := l.Root.Lstat(name); err == nil {
		if info.IsDir() {
			return nil, fmt.Errorf("%s in %s is a folder: move it away", name, l.Path)
		}
		if err := l.Root.Remove(name); err != nil {
			return nil, err
		}
	}
	return l.Root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, l.Mode)
}

// alive returns what shows those who wait for the lock that its holder goes on.
func (l *Ledger) alive() func() {
	last := time.Now()
	return func() {
		if now := time.Now(); now.Sub(last) > aliveEach {
			last = now
			_ = l.Root.Chtimes(l.name(lockName), now, now)
		}
	}
}

// contained turns the panics of this package into errors.
func contained(do func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *damaged:
			err = r
		case failed:
			err = r.error
		default:
			panic(r)
		}
	}()
	return do()
}

// lock locks a file beside the ledger, which the system unlocks when this process
// dies.
func (l *Ledger) lock() (release func(), err error) {
	path := l.lockPath()
	pause := pauseFirst
	var shown time.Time // when the holder last showed that it goes on
	for begin := time.Now(); time.Since(begin) < lockWait; {
		if release, err := l.tryLock(path); err != nil || release != nil {
			return release, err
		}
		if info, err := os.Lstat(path); err == nil && !info.ModTime().Equal(shown) {
			shown, begin = info.ModTime(), time.Now()
		}
		time.Sleep(pause)
		pause = min(2*pause, pauseMost)
	}
	return nil, fmt.Errorf("%w: %s is locked for more than %v", ErrBusy, path, lockWait)
}

// tryLock returns nil and no error where another one holds the lock.
func (l *Ledger) tryLock(path string) (release func(), err error) {
	file := flock.New(path, flock.SetPermissions(l.Mode), flock.SetFlag(os.O_CREATE|os.O_RDWR|l.Lock))
	ok, err := file.TryLock()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if ok {
		// Somebody may have removed it, with all around it, since it was opened.
		held, err := file.Stat()
		if found, foundErr := os.Lstat(path); err == nil && foundErr == nil && os.SameFile(held, found) {
			return func() { _ = file.Close() }, nil
		}
	}
	return nil, file.Close()
}
