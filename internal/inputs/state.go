package inputs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/internal/digest"
)

// State is what the system tells of a file, or of a directory with all files in it and
// in the directories below.
type State struct {
	Kind     Kind
	Bytes    int64 // of all files
	Modified int64 // Unix nanoseconds: the file, or the latest thing in the directory
	ID       string
	// Settled is whether a later change would show in the state. It would not for what
	// was changed just now: clocks of file systems tick slowly.
	Settled bool
}

// Kind says what is at a path.
type Kind uint8

// The kinds.
const (
	Absent    Kind = iota // nothing
	File                  // a regular file
	Directory             // with all that is below
)

// Same reports whether what was in state s has not changed since, if its state is now
// the other one. No is not certain: the content tells.
func (s State) Same(now State) bool { return s.Settled && s.SameBut(now) }

// SameBut is Same, but for changes too soon for the system to tell.
func (s State) SameBut(now State) bool {
	s.Settled, now.Settled = false, false
	return s == now
}

// Text is the state's ID with what kind of thing has it, as records keep it.
func (s State) Text() string { return strconv.Itoa(int(s.Kind)) + " " + s.ID }

// Stat returns the state of what is at a path; links are followed to it, and not
// followed below. What is neither file nor directory is an error.
func Stat(path string) (State, error) {
	now := time.Now() // before it is looked at
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return State{Settled: true}, nil
	case err != nil:
		return State{}, err
	case info.IsDir():
		return statDirectory(path, now)
	}
	return ofFile(path, info, now)
}

// StatOpened is Stat of a file that is open.
func StatOpened(f *os.File) (State, error) {
	now := time.Now()
	info, err := f.Stat()
	if err != nil {
		return State{}, err
	}
	return ofFile(f.Name(), info, now)
}

func ofFile(path string, info fs.FileInfo, now time.Time) (State, error) {
	if !info.Mode().IsRegular() {
		return State{}, &fs.PathError{Op: "use", Path: path, Err: errors.New("it is neither a file nor a directory")}
	}
	return State{
		Kind: File, Bytes: info.Size(), Modified: info.ModTime().UnixNano(), ID: idOf(info), Settled: settled(info.ModTime(), now),
	}, nil
}

// settled reports whether what was modified then would have another time if it was
// modified now. Linux stamps files with its clock as of the last tick, up to 10 ms ago at the
// 100 Hz of the slowest kernels, and 50 ms leave room. A time in whole seconds is that of a
// file system that knows no others; FAT has every second one.
func settled(modified, now time.Time) bool {
	tick := 50 * time.Millisecond
	if modified.Nanosecond() == 0 {
		tick = 2 * time.Second
	}
	return now.Sub(modified) > tick
}

func statDirectory(path string, now time.Time) (State, error) {
	s := State{Kind: Directory, Settled: true}
	list := digest.NewWriter(io.Discard)
	err := walk(path, func(name string, info fs.FileInfo) error {
		one := State{Kind: Directory, Modified: info.ModTime().UnixNano(), Settled: settled(info.ModTime(), now)}
		if !info.IsDir() {
			var err error
			if one, err = ofFile(filepath.Join(path, name), info, now); err != nil {
				return err
			}
		}
		s.Bytes += one.Bytes
		s.Modified = max(s.Modified, one.Modified)
		s.Settled = s.Settled && one.Settled
		_, err := fmt.Fprintf(list, "%q %d %d %d %s\n", name, one.Kind, one.Bytes, one.Modified, one.ID)
		return err
	})
	s.ID = list.Sum()
	return s, err
}

// walk visits a directory and what is below, in the order of names. A link below is
// visited as what it leads to, unless that is a directory: there may be circles.
func walk(root string, visit func(name string, info fs.FileInfo) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && path != root { // gone meanwhile, or a link to nowhere
			return nil
		}
		if err != nil {
			return err
		}
		if info.IsDir() && !d.IsDir() && path != root {
			return &fs.PathError{Op: "use", Path: path, Err: errors.New("it is a link to a directory: name that, too")}
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(name), info)
	})
}
