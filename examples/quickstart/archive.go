package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/dataelab"
)

// Archive is a folder of raw files, one subfolder per tag.
type Archive struct {
	Folder string // full path

	// Inside has the same files as the program carries them. They are unpacked into Folder,
	// to be looked at and changed there. It is nil where the folder is the user's own.
	Inside fs.FS
}

// Tags returns the tags of the archive in alphabetical order.
func (a Archive) Tags() ([]string, error) {
	files := a.Inside
	if files == nil {
		files = os.DirFS(a.Folder)
	}
	found, err := fs.Glob(files, "*/"+metadataName)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no snapshot in %s: expected folders <tag> with a %s and the arrays of one snapshot", a.Folder, metadataName)
	}
	tags := make([]string, len(found))
	for i, file := range found {
		tags[i] = path.Dir(file)
	}
	return tags, nil
}

// Choose returns the tags that were asked for, or all of them.
func (a Archive) Choose(wanted []string) ([]string, error) {
	tags, err := a.Tags()
	if err != nil || len(wanted) == 0 {
		return tags, err
	}
	for _, tag := range wanted {
		if !slices.Contains(tags, tag) {
			return nil, fmt.Errorf("no tag %q in %s: choose from %s", tag, a, strings.Join(tags, ", "))
		}
	}
	return wanted, nil
}

// String names the archive in messages.
func (a Archive) String() string {
	if a.Inside != nil {
		return "the data inside the program"
	}
	return a.Folder
}

// Path returns the full path of a tag's raw file.
func (a Archive) Path(tag, name string) string { return filepath.Join(a.Folder, tag, name) }

// Snapshot returns the telemetry of a tag. It reads nothing.
func (a Archive) Snapshot(tag string) *Snapshot {
	return &Snapshot{Tag: tag, folder: filepath.Join(a.Folder, tag)}
}

// Unpack puts the raw files of a tag into the folder, all or none. Those that are there
// stay as they are, changed or not.
func (a Archive) Unpack(tag string) error {
	folder := filepath.Join(a.Folder, tag)
	if _, err := os.Lstat(folder); a.Inside == nil || err == nil {
		return nil
	}
	if err := a.unpack(tag, folder); err != nil {
		return fmt.Errorf("unpack raw files: %w: name another folder with -tmpdir", err)
	}
	return nil
}

func (a Archive) unpack(tag, folder string) error {
	if err := os.MkdirAll(a.Folder, 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(a.Folder, workName)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // what went wrong before is worth telling
	err = a.eachInside(tag, func(name string, content []byte) error {
		path := filepath.Join(work, name)
		return errors.Join(os.WriteFile(path, content, 0o600), date(path, tag))
	})
	if err != nil {
		return err
	}
	if err = os.Rename(work, folder); err != nil {
		if _, other := os.Lstat(folder); other == nil { // another process was faster
			return nil
		}
	}
	return err
}

// date gives a file the time at which it was taken, as a copy from the telescope would have.
// It is also a time that is not now: a file that was written just now may be written again
// without that being seen in its time, so that the cache would read it each time to be sure.
func date(path, tag string) error {
	name, err := dataelab.ParseTag(tag)
	if taken, timeErr := name.Time(); err == nil && timeErr == nil {
		return os.Chtimes(path, taken, taken)
	}
	return err
}

// Restore puts back the raw files of a tag that were changed or removed, and returns their
// paths.
func (a Archive) Restore(tag string) (restored []string, err error) {
	err = a.eachInside(tag, func(name string, content []byte) error {
		path := a.Path(tag, name)
		now, err := os.ReadFile(path)
		if err == nil && bytes.Equal(now, content) {
			return nil
		}
		err = publish(path, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
		if err == nil {
			restored = append(restored, path)
		}
		return err
	})
	if err != nil {
		return restored, fmt.Errorf("put raw files back: %w", err)
	}
	return restored, nil
}

// eachInside calls do for each file that the program has of a tag.
func (a Archive) eachInside(tag string, do func(name string, content []byte) error) error {
	if a.Inside == nil {
		return nil
	}
	files, err := fs.ReadDir(a.Inside, tag)
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := fs.ReadFile(a.Inside, path.Join(tag, file.Name()))
		if err != nil {
			return err
		}
		if err := do(file.Name(), content); err != nil {
			return err
		}
	}
	return nil
}

// workName is what files and folders are called until they are complete.
const workName = ".work-*"

// publish writes a file whole or not at all: under another name, which it then changes.
func publish(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), workName)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // what went wrong before is worth telling
		}
	}()
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
