package diskcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/inputs"
	"github.com/dataelab/dataelab-go/internal/regular"
)

// UseFile says that the computation that ctx belongs to reads these files, now or later.
// Its value is good as long as their contents are: when size or time of a file have
// changed, its digest is compared with the one that it has now. A directory counts with
// all files in it and below. A file that does not exist is a use, too, and no error: its
// appearance is a change.
//
// UseFile reads the files to the end, for their digests, unless this program has done so and
// they have not changed since.
//
// A relative path means the file that it leads to in the working directory, now and
// whenever the value is looked for. A file that is named by a full path, and lies beside the
// directory of the cache, may have moved together with that: it is looked for at the
// corresponding place first. Where the former place has another file still, and which of the
// two is meant is not known, the value is computed.
//
// Declare a file before it is read. One that changes while it is in use makes the
// value stale as soon as it is stored. Declare it each time, also where its content is in
// memory already: see [Loader]. Outside of a computation, which is where ctx is not the one
// that compute was given, nothing is noted: UseFile then only returns an error for what is
// neither a file nor a directory.
func UseFile(ctx context.Context, paths ...string) error {
	for _, named := range paths {
		path, err := filepath.Abs(named)
		if err == nil {
			err = useFile(ctx, path, named, func() (string, inputs.State, error) { return inputDigest(ctx, path) })
		}
		if err != nil {
			return &Error{Op: "use file", Path: named, Err: err}
		}
	}
	return nil
}

// ReadFile is os.ReadFile for files that the computation that ctx belongs to reads, see
// [UseFile]. What is no regular file, such as a named pipe, is an error.
func ReadFile(ctx context.Context, path string) (content []byte, err error) {
	if collectorOf(ctx) == nil {
		return regular.ReadFile(path)
	}
	f, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = useOpened(ctx, f, func(path string) (sum string, state inputs.State, err error) {
		if state, err = inputs.StatOpened(f); err != nil {
			return "", state, err
		}
		all := bytes.NewBuffer(make([]byte, 0, state.Bytes+bytes.MinRead)) // what it needs to see the end
		if _, err := all.ReadFrom(f); err != nil {
			return "", state, err
		}
		content = all.Bytes()
		sum, known := digestKnown(path, state)
		if !known {
			sum = digest.Of(content)
			rememberDigest(path, state, sum)
		}
		return sum, state, nil
	})
	return content, err
}

// OpenFile is os.Open for files that the computation that ctx belongs to reads, see
// [UseFile]. What is no regular file, such as a named pipe, is an error.
func OpenFile(ctx context.Context, path string) (*os.File, error) {
	if collectorOf(ctx) == nil {
		f, _, err := regular.Open(path)
		return f, err
	}
	f, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	err = useOpened(ctx, f, func(path string) (string, inputs.State, error) { return openedDigest(ctx, path, f) })
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// openInput is os.Open. That a file is not there is a use.
func openInput(ctx context.Context, path string) (*os.File, error) {
	f, _, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(UseFile(ctx, path), err)
	}
	return f, err
}

// useOpened notes a use of a file that is open.
func useOpened(ctx context.Context, f *os.File, read func(path string) (string, inputs.State, error)) error {
	path, err := filepath.Abs(f.Name())
	if err == nil {
		err = useFile(ctx, path, f.Name(), func() (string, inputs.State, error) { return read(path) })
	}
	if err != nil {
		return &Error{Op: "open file", Path: f.Name(), Err: err}
	}
	return nil
}

// DirFS is os.DirFS for a directory whose files are read by the computation that ctx
// belongs to: each file that is opened is a use, as by [OpenFile]. The list of a directory's
// names is one, too.
func DirFS(ctx context.Context, dir string) fs.FS { return dirFS{ctx, dir} }

type dirFS struct {
	ctx context.Context
	dir string
}

func (d dirFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if err := UseNames(d.ctx, path); err != nil {
			return nil, err
		}
		return os.Open(path)
	}
	return OpenFile(d.ctx, path)
}

// UseNames says that the computation that ctx belongs to lists a directory, to look for
// files in it: a new name, and one that is gone, are changes. What the files hold is no
// part of it.
func UseNames(ctx context.Context, dir string) error {
	path, err := filepath.Abs(dir)
	if err != nil {
		return &Error{Op: "use names", Path: dir, Err: err}
	}
	sum, err := namesDigest(path)
	if err != nil {
		return &Error{Op: "use names", Path: dir, Err: err}
	}
	noteUse(ctx, use{File: path, Named: relative(dir), State: stateNames, Digest: sum})
	return nil
}

// What use.State has in place of the text of a state.
const (
	stateNames   = "names"
	stateChanged = "changed while it was in use"
)

func namesDigest(dir string) (string, error) {
	entries, err := regular.ReadDir(dir)
	if err != nil {
		return "", err
	}
	list := digest.NewWriter(io.Discard)
	for _, e := range entries {
		if _, err := fmt.Fprintf(list, "%q\n", e.Name()); err != nil {
			return "", err
		}
	}
	return list.Sum(), nil
}

// useFile notes a use of a file, given by its full path and the one it was named
// by, whose content read tells.
func useFile(ctx context.Context, path, named string, read func() (string, inputs.State, error)) error {
	if collectorOf(ctx) == nil {
		_, err := inputs.Stat(path)
		return err
	}
	sum, state, err := read()
	if err != nil {
		return err
	}
	u := use{File: path, Named: relative(named), Bytes: state.Bytes, State: state.Text(), Digest: sum}
	if state.Settled {
		u.Modified = state.Modified
	}
	noteUse(ctx, u)
	return nil
}
