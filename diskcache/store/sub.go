package store

import (
	"context"
	"errors"
	"iter"
	"path"
	"strings"
)

// Sub returns the part of s whose names begin with folder and a slash, without
// these.
func Sub(s Store, folder string) Store {
	if s, ok := s.(Subber); ok {
		return s.Sub(folder)
	}
	return &sub{s, folder}
}

type sub struct {
	whole  Store
	folder string
}

func (s *sub) full(name string) (string, error) {
	if err := CheckName(name); err != nil { // else .. could lead out
		return "", err
	}
	return path.Join(s.folder, name), nil
}

func (s *sub) Open(ctx context.Context, name string) (Object, error) {
	name, err := s.full(name)
	if err != nil {
		return nil, err
	}
	return s.whole.Open(ctx, name)
}

func (s *sub) Put(ctx context.Context, name string, mode Mode) (Writer, error) {
	name, err := s.full(name)
	if err != nil {
		return nil, err
	}
	return s.whole.Put(ctx, name, mode)
}

func (s *sub) Stat(ctx context.Context, name string) (Info, error) {
	name, err := s.full(name)
	if err != nil {
		return Info{}, err
	}
	return s.whole.Stat(ctx, name)
}

func (s *sub) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if _, err := folderOf(prefix); err != nil {
			yield("", err)
			return
		}
		for name, err := range s.whole.List(ctx, s.folder+"/"+prefix) {
			if !yield(strings.TrimPrefix(name, s.folder+"/"), err) {
				return
			}
		}
	}
}

func (s *sub) Delete(ctx context.Context, names ...string) error {
	var full []string
	var failed []error
	for _, name := range names {
		name, err := s.full(name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		full = append(full, name)
	}
	return errors.Join(append(failed, s.whole.Delete(ctx, full...))...)
}

func (s *sub) Move(ctx context.Context, from, to string) error {
	from, err := s.full(from)
	if err != nil {
		return err
	}
	if to, err = s.full(to); err != nil {
		return err
	}
	return Move(ctx, s.whole, from, to)
}
