package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/internal/procname"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// workFile is a file being written. It waits for its place under a name that
// carries host, process and a random part, so that no two writers on any machine
// share one.
type workFile struct {
	session *dirSession
	closing bool // the session ends with this file
	name    string
	mode    Mode

	work string      // empty once published or removed
	file rootfs.File // nil once closed
	err  error       // of Close

	modified time.Time // when it was closed
}

func (s *dirSession) Put(_ context.Context, name string, mode Mode) (Writer, error) {
	w, err := s.put(name, mode)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (s *dirSession) put(name string, mode Mode) (*workFile, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	s.swept.Do(s.sweep)
	work := filepath.FromSlash(path.Join(workDir, procname.New(".work")))
	const flags = os.O_CREATE | os.O_EXCL | os.O_WRONLY
	file, err := s.root.OpenFile(work, flags, s.opts.fileMode())
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.mkdir(filepath.FromSlash(workDir)); err == nil {
			file, err = s.root.OpenFile(work, flags, s.opts.fileMode())
		}
	}
	if err != nil {
		if info, statErr := s.root.Lstat(Private); statErr == nil {
			err = s.denied(filepath.Join(s.path, Private), info, err)
		}
		return nil, s.explained(filepath.FromSlash(workDir), err)
	}
	w := &workFile{session: s, name: name, mode: mode, work: work, file: file}
	if s.opts.Shared {
		if err := file.Chmod(s.opts.fileMode()); err != nil {
			return nil, errors.Join(err, w.Discard())
		}
	}
	return w, nil
}

// sweep removes work files of processes that died while they wrote, so that
// crashes do not fill the disk.
func (s *dirSession) sweep() { s.WorkFiles(false) }

func (w *workFile) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, &fs.PathError{Op: "write", Path: w.name, Err: fs.ErrClosed}
	}
	return w.file.Write(p)
}

func (w *workFile) OSFile() *os.File {
	f, _ := w.file.(*os.File)
	return f
}

// Close flushes the content, so that no name can get there before it.
func (w *workFile) Close() error {
	if w.file == nil {
		return w.err
	}
	if w.session.opts.Durability == Durable {
		w.err = w.file.Sync()
	}
	if info, err := w.file.Stat(); err == nil {
		w.modified = info.ModTime()
	}
	w.err = errors.Join(w.err, w.file.Close())
	w.file = nil
	return w.err
}

func (w *workFile) Modified() time.Time { return w.modified }

func (w *workFile) Commit() error {
	if err := w.Close(); err != nil {
		return err
	}
	if w.work == "" {
		return &fs.PathError{Op: "commit", Path: w.name, Err: fs.ErrClosed}
	}
	s := w.session
	err := s.inFolder(w.name, func() error {
		if w.mode == CreateOnly {
			return s.root.Link(w.work, w.name)
		}
		err := s.root.Rename(w.work, w.name)
		if err == nil {
			w.work = ""
		}
		return err
	})
	if err != nil {
		if info, statErr := s.root.Lstat(w.name); w.mode == Replace && w.work != "" && statErr == nil && info.IsDir() {
			return fmt.Errorf("%w: move it away", s.notRegular(w.name, info))
		}
		return err
	}
	return w.Discard()
}

func (w *workFile) Discard() error {
	if w.file != nil { // not Close, which would flush
		_ = w.file.Close()
		w.file, w.err = nil, fs.ErrClosed
	}
	var err error
	if w.work != "" {
		err = w.session.root.Remove(w.work)
		w.work = ""
	}
	if w.closing {
		w.closing = false
		err = errors.Join(err, w.session.Close())
	}
	return err
}
