package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Folderer is a Store that can tell its folders.
type Folderer interface {
	// Folders yields, in no order, what the names that begin with prefix have before
	// their next slash, with prefix.
	Folders(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Folders is that of s. Where s is no Folderer, that is an error that wraps
// errors.ErrUnsupported.
func Folders(ctx context.Context, s Store, prefix string) iter.Seq2[string, error] {
	if s, ok := s.(Folderer); ok {
		return s.Folders(ctx, prefix)
	}
	return func(yield func(string, error) bool) {
		yield("", fmt.Errorf("%T cannot tell its folders: %w", s, errors.ErrUnsupported))
	}
}

// Folders reads the directory, whoever owns it: what they hold is checked when they
// are opened.
func (d *dir) Folders(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		folders, err := d.folders(prefix)
		for _, folder := range folders {
			if !yield(folder, nil) {
				return
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield("", err)
		}
	}
}

func (d *dir) folders(prefix string) (folders []string, err error) {
	in, err := folderOf(prefix)
	if err != nil {
		return nil, err
	}
	root, err := d.opts.Files.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(filepath.FromSlash(in), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	for _, e := range entries {
		if name := path.Join(in, e.Name()); e.IsDir() && strings.HasPrefix(name, prefix) {
			folders = append(folders, name)
		}
	}
	return folders, err
}

func (m *memory) Folders(_ context.Context, prefix string) iter.Seq2[string, error] {
	found := map[string]bool{}
	m.mu.RLock()
	for name := range m.objects {
		rest, ok := strings.CutPrefix(name, prefix)
		if folder, _, more := strings.Cut(rest, "/"); ok && more {
			found[prefix+folder] = true
		}
	}
	m.mu.RUnlock()
	return func(yield func(string, error) bool) {
		for folder := range found {
			if !yield(folder, nil) {
				return
			}
		}
	}
}

func (s *sub) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for folder, err := range Folders(ctx, s.whole, s.folder+"/"+prefix) {
			if !yield(strings.TrimPrefix(folder, s.folder+"/"), err) {
				return
			}
		}
	}
}
