package inputs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/regular"
)

// ErrChanging is the error for what changes while it is read.
var ErrChanging = errors.New("it changes while it is read")

// Digest returns the digest of the content of what is at a path, with the state in which
// it was read. Nothing there has an empty digest.
func Digest(ctx context.Context, path string) (string, State, error) {
	before, err := Stat(path)
	if err != nil || before.Kind == Absent {
		return "", before, err
	}
	var sum string
	if before.Kind == Directory {
		sum, err = ofDirectory(ctx, path)
	} else {
		sum, err = ofFileAt(ctx, path)
	}
	if err != nil {
		return "", before, err
	}
	after, err := Stat(path)
	if err == nil && !before.SameBut(after) {
		err = &fs.PathError{Op: "use", Path: path, Err: ErrChanging}
	}
	return sum, before, err
}

func ofFileAt(ctx context.Context, path string) (string, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, _, err := DigestOpened(ctx, f)
	return sum, err
}

// DigestOpened is Digest of a file that is open. What is read next from f stays as it was.
func DigestOpened(ctx context.Context, f *os.File) (string, State, error) {
	s, err := StatOpened(f)
	if err != nil {
		return "", s, err
	}
	sum, err := digest.NewReader(untilDone{ctx, f}, s.Bytes).Sum()
	return sum, s, err
}

// ofDirectory is the digest of names and of digests.
func ofDirectory(ctx context.Context, root string) (string, error) {
	list := digest.NewWriter(io.Discard)
	err := walk(root, func(name string, info fs.FileInfo) error {
		if info.IsDir() {
			_, err := fmt.Fprintf(list, "%q\n", name)
			return err
		}
		if !info.Mode().IsRegular() {
			return &fs.PathError{Op: "use", Path: filepath.Join(root, name), Err: errors.New("it is no file")}
		}
		sum, err := ofFileAt(ctx, filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(list, "%q %s\n", name, sum)
		return err
	})
	return list.Sum(), err
}

// untilDone ends reading with the context: input files may have many gigabytes.
type untilDone struct {
	ctx context.Context
	io.ReaderAt
}

func (u untilDone) ReadAt(p []byte, at int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReaderAt.ReadAt(p, at)
}
