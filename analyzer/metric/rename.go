package metric

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Move is a stored value that gets another name.
type Move struct {
	From string // the name of its files now, see [FileName]
	To   string // the name of a metric, whose files they become
}

func (v Move) String() string { return v.From + " to " + v.To }

// DryRun returns those of the moves for which a value is stored, and moves nothing. The error
// says what [Manager.Rename] would not move.
func (m *Manager) DryRun(ctx context.Context, moves ...Move) ([]Move, error) {
	checked, err := m.checkMoves(ctx, moves)
	return movesOf(checked), err
}

// Rename gives stored values the names of metrics that are declared, and returns the moves that
// it made. A value keeps its date and all that is recorded of it, and the file with its date goes
// with it. A move for which nothing is stored is left out. Where something is in the
// way, or two moves have one end, the error says so before anything is moved.
//
// What was made of a value under its former name stays valid.
func (m *Manager) Rename(ctx context.Context, moves ...Move) ([]Move, error) {
	checked, err := m.checkMoves(ctx, moves)
	if err != nil {
		return nil, err
	}
	for i, c := range checked {
		if err := c.do(ctx); err != nil {
			return movesOf(checked[:i]), wrap("rename", c.move.String(), err)
		}
	}
	return movesOf(checked), nil
}

// checkedMove is a move with a stored value.
type checkedMove struct {
	move Move
	to   *item
	stem string // of the former name
	from diskcache.EntryInfo
}

func movesOf(checked []checkedMove) []Move {
	var moves []Move
	for _, c := range checked {
		moves = append(moves, c.move)
	}
	return moves
}

func (m *Manager) checkMoves(ctx context.Context, moves []Move) (checked []checkedMove, err error) {
	var errs []error
	ends := map[string]Move{}
	for _, v := range moves {
		c, err := m.checkMove(ctx, v)
		if err != nil {
			errs = append(errs, wrap("rename", v.String(), err))
		}
		if err != nil || c == nil {
			continue
		}
		if before, taken := ends[c.to.name]; taken {
			errs = append(errs, wrap("rename", v.String(), fmt.Errorf("%s has the same end", before)))
			continue
		}
		ends[c.to.name] = v
		checked = append(checked, *c)
	}
	return checked, errors.Join(errs...)
}

// checkMove returns nil where nothing is stored or nothing is to be done.
func (m *Manager) checkMove(ctx context.Context, v Move) (*checkedMove, error) {
	to, err := m.item("rename", v.To)
	if err != nil || v.From == to.name {
		return nil, err
	}
	if err := diskcache.CheckName(v.From); err != nil {
		return nil, err
	}
	if err := to.readyBeside(); err != nil {
		return nil, err
	}
	place, err := to.value.Place()
	if err != nil {
		return nil, err
	}
	stem := m.stemOf(v.From)
	from, err := place.Entry(ctx, stem, "")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case from.State != diskcache.EntrySound && from.State != diskcache.EntryForeign:
		return nil, fmt.Errorf("what is stored is not valid: %s: %w", from.State, from.Err)
	}
	switch there, err := place.Entry(ctx, to.stem(), ""); {
	case err == nil:
		return nil, fmt.Errorf("%s is in the way: delete it first", there.File)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return &checkedMove{move: v, to: to, stem: stem, from: from}, nil
}

// do moves a value and its date.
func (c *checkedMove) do(ctx context.Context) error {
	if err := c.date(ctx); err != nil {
		return err
	}
	if c.from.State == diskcache.EntryForeign {
		return moveFile(c.from.Path, c.stem, c.to.stem())
	}
	return c.to.adopt(ctx, c.stem)
}

// date moves the file with the date.
func (c *checkedMove) date(ctx context.Context) error {
	place, err := c.to.value.Place()
	if err != nil {
		return err
	}
	e, err := place.Entry(ctx, c.stem+dateSuffix, "")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case e.State == diskcache.EntryForeign:
		return moveFile(e.Path, c.stem, c.to.stem())
	}
	return c.to.adoptDate(ctx, c.stem+dateSuffix)
}

// moveFile renames the file of another program, which has no record.
func moveFile(path, from, to string) error {
	rest, ok := strings.CutPrefix(filepath.Base(path), from)
	if !ok {
		return fmt.Errorf("%s is not a file of %s", path, from)
	}
	next := filepath.Join(filepath.Dir(path), to+rest)
	if _, err := os.Lstat(next); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s is in the way", next))
	}
	return os.Rename(path, next)
}

// adoptFrom lets the engine take the value of a former name, which moves it.
func (c *metricOf[T]) adoptFrom(ctx context.Context, former string) error {
	field := c.field
	field.TTL, field.Mmap, field.NoMemory = 0, false, true
	return adopt[T](ctx, c.m, c.stem(), former, field, c.format)
}

func (it *item) adoptDate(ctx context.Context, former string) error {
	return adopt[string](ctx, it.m, it.stem()+dateSuffix, former, it.datedField(), it.format)
}

func adopt[T any](ctx context.Context, m *Manager, stem, former string, field diskcache.FieldOptions, format string) error {
	var c diskcache.DiskCacher[T]
	o, err := m.options()
	o.Formats = formatsFor(o.Formats, format)
	if err == nil {
		err = c.SetOptions(o)
	}
	place, untagged := m.anchor.Place()
	if err != nil || untagged != nil {
		return errors.Join(err, untagged)
	}
	b := binding(&c, stem, &field)
	b.Former = slices.Concat(b.Former, []string{former})
	if place.Tag() == "" {
		err = diskcache.BindUntagged([]diskcache.Binding{b}, diskcache.Observer{})
	} else {
		err = diskcache.BindAll(place.Tag(), []diskcache.Binding{b}, diskcache.Observer{})
	}
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Execute(ctx, func(context.Context) (none T, err error) {
		return none, fmt.Errorf("%w that is valid under the name %s", ErrNotStored, former)
	})
	return err
}
