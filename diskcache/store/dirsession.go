package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dataelab/dataelab-go/internal/regular"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// dirSession is a dir while it is open.
type dirSession struct {
	*dir
	root rootfs.Root
}

func (s *dirSession) Close() error { return s.root.Close() }

// local checks a name and makes it one of the system.
func local(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return filepath.FromSlash(name), nil
}

// Open opens a regular file, which alone can be an object.
func (s *dirSession) Open(_ context.Context, name string) (Object, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	// Without O_NONBLOCK the opening of a named pipe would hang.
	file, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if info, statErr := s.root.Stat(name); statErr == nil && !info.Mode().IsRegular() { // a socket cannot be opened
			err = s.notRegular(name, info)
		}
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = s.notRegular(name, info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &dirObject{file, info}, nil
}

func (s *dirSession) notRegular(name string, info fs.FileInfo) error {
	return fmt.Errorf("%s is a %s, and %w", filepath.Join(s.path, name), regular.Kind(info.Mode()), ErrNotFile)
}

type dirObject struct {
	rootfs.File
	info fs.FileInfo
}

func (o *dirObject) Size() int64     { return o.info.Size() }
func (o *dirObject) Version() string { return versionOf(o.info) }

func (o *dirObject) Modified() time.Time { return o.info.ModTime() }

func (o *dirObject) OSFile() *os.File {
	f, _ := o.File.(*os.File)
	return f
}

// versionOf tells contents apart: while one is open, no other file has its number.
func versionOf(info fs.FileInfo) string {
	return fileID(info) + strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36)
}

func (s *dirSession) Stat(_ context.Context, name string) (Info, error) {
	name, err := local(name)
	if err != nil {
		return Info{}, err
	}
	info, err := s.root.Stat(name)
	if err != nil {
		return Info{}, err
	}
	if !info.Mode().IsRegular() {
		return Info{}, s.notRegular(name, info)
	}
	return Info{Size: info.Size(), Modified: info.ModTime(), Version: versionOf(info)}, nil
}

// List yields all that is not a folder: also what cannot be opened can be deleted.
// When ctx ends while it reads the folder, it yields that error and what it has.
func (s *dirSession) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		folder, err := folderOf(prefix)
		if err != nil {
			yield("", err)
			return
		}
		names, err := s.names(ctx, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !yield("", err) {
			return
		}
		for _, name := range names {
			if name = path.Join(folder, name); strings.HasPrefix(name, prefix) && !yield(name, nil) {
				return
			}
		}
	}
}

// names reads a folder to its end first, as what is removed meanwhile may confuse
// the reading. What is no folder has none, and is not opened: a named pipe would
// block.
func (s *dirSession) names(ctx context.Context, folder string) ([]string, error) {
	folder = filepath.FromSlash(folder)
	info, err := s.root.Lstat(folder)
	if err != nil || !info.IsDir() {
		return nil, err
	}
	f, err := s.root.OpenFile(folder, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	for ctx.Err() == nil {
		entries, err := f.ReadDir(1000)
		for _, e := range entries {
			if !e.IsDir() {
				names = append(names, e.Name())
			}
		}
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return names, err
		}
	}
	return names, ctx.Err()
}

// Delete flushes a folder before it goes on in another one, so that a power cut
// does not change the order.
func (s *dirSession) Delete(_ context.Context, names ...string) error {
	var failed []error
	changed := ""
	flush := func() {
		if changed != "" {
			failed = append(failed, s.flush(s.root, changed))
		}
		changed = ""
	}
	for _, name := range names {
		name, err := local(name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		folder := filepath.Dir(name)
		if folder != changed {
			flush()
		}
		switch err := s.root.Remove(name); {
		case err == nil:
			changed = folder
		case !errors.Is(err, fs.ErrNotExist):
			failed = append(failed, err)
		}
	}
	flush()
	return errors.Join(failed...)
}

// Move renames. First the new name is made to last, then the loss of the old one.
func (s *dirSession) Move(_ context.Context, from, to string) error {
	from, err := local(from)
	if err != nil {
		return err
	}
	if to, err = local(to); err != nil {
		return err
	}
	if err := s.inFolder(to, func() error { return s.root.Rename(from, to) }); err != nil {
		return err
	}
	if a, b := filepath.Dir(from), filepath.Dir(to); a != b {
		return s.flush(s.root, a)
	}
	return nil
}

// inFolder does what needs the folder of name, makes that where it is missing, and
// flushes it.
func (s *dirSession) inFolder(name string, do func() error) error {
	folder := filepath.Dir(name)
	err := do()
	if errors.Is(err, fs.ErrNotExist) && folder != "." {
		if err = s.mkdir(folder); err == nil {
			err = do()
		}
	}
	if err != nil {
		return s.explained(folder, err)
	}
	return s.flush(s.root, folder)
}

// explained says what is in the place of a folder of ours, or of one above it, where an error came of
// that.
func (s *dirSession) explained(folder string, err error) error {
	for i := 0; i <= len(folder); i++ {
		if i < len(folder) && !os.IsPathSeparator(folder[i]) {
			continue
		}
		part := folder[:i]
		info, statErr := s.root.Lstat(part)
		if statErr != nil {
			break
		}
		what := "file"
		switch found, statErr := s.root.Stat(part); { // of what a link leads to
		case statErr == nil && found.IsDir():
			continue
		case !info.Mode().IsRegular():
			what = regular.Kind(info.Mode())
		}
		return fmt.Errorf("%s is a %s where a folder of dataelab should be: move it away: %w", filepath.Join(s.path, part), what, err)
	}
	return err
}

// mkdir makes a folder, and those above it.
func (s *dirSession) mkdir(name string) error {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && !os.IsPathSeparator(name[i]) {
			continue
		}
		part := name[:i]
		switch err := s.root.Mkdir(part, s.opts.dirMode()); {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return err
		}
		if err := s.share(s.root, part); err != nil {
			return err
		}
		if part == filepath.FromSlash(workDir) || part == filepath.FromSlash(lockDir) {
			continue // nothing there is to last
		}
		if err := s.flush(s.root, filepath.Dir(part)); err != nil {
			return err
		}
		if part == Private {
			s.writeReadme(part)
		}
	}
	return nil
}
