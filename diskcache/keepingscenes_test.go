package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// What those do who look after entries, on a disk that may fail.

// newArchive holds newRows in both entries of a scene.
var newArchive = sync.OnceValues(func() ([]byte, error) {
	var c diskcache.DiskCacher[rows]
	err := errors.Join(c.SetOptions(diskcache.Options{Store: storage.Memory()}), c.SetTag(testTag, "root.A.method"))
	for _, args := range [][]any{nil, {argument}} {
		_, executed := c.Execute(context.Background(), computes(newRows), args...)
		err = errors.Join(err, executed)
	}
	if err != nil {
		return nil, err
	}
	place, err := c.Place()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = diskcache.Export(context.Background(), &out, diskcache.CopyOptions{}, place)
	return out.Bytes(), err
})

// imports imports newArchive, which may fail.
func imports(o diskcache.CopyOptions) func(c *diskcache.DiskCacher[rows]) []error {
	return func(c *diskcache.DiskCacher[rows]) []error {
		content, err := newArchive()
		if err != nil {
			return []error{err}
		}
		a, err := readArchive(content)
		if err != nil {
			return []error{err}
		}
		place, err := c.Place()
		if err != nil {
			return []error{err}
		}
		report, err := a.ImportTo(context.Background(), place, o)
		if (err == nil) != (report.Failed == 0) && report.Copied+report.Kept == 2 {
			return []error{fmt.Errorf("%+v and error %w", report, err)}
		}
		return nil
	}
}

// keepsWhole lets entries get to another place. Where that fails some may be missing,
// but none is wrong.
func keepsWhole(c *diskcache.DiskCacher[rows], keep func(ctx context.Context, from *diskcache.Place, to diskcache.Options) error) error {
	place, err := c.Place()
	if err != nil {
		return err
	}
	memory := diskcache.Options{Store: storage.Memory()}
	failed := keep(context.Background(), place, memory)
	var copied diskcache.DiskCacher[rows]
	if err := errors.Join(copied.SetOptions(memory), copied.SetTag(testTag, "root.A.method")); err != nil {
		return err
	}
	for _, args := range [][]any{nil, {argument}} {
		v, ok, err := copied.Peek(context.Background(), args...)
		if ok || err != nil || failed == nil {
			if err := among(v, err, []rows{newRows}); err != nil {
				return fmt.Errorf("found: %v, %w", ok, err)
			}
		}
	}
	return nil
}

func toMemory(ctx context.Context, from *diskcache.Place, to diskcache.Options) error {
	dst, err := diskcache.PlaceOf(to, testTag)
	if err != nil {
		return err
	}
	_, err = diskcache.CopyEntries(ctx, dst, from, diskcache.CopyOptions{})
	return err
}

// throughArchive passes on why entries were left out of a sound archive.
func throughArchive(ctx context.Context, from *diskcache.Place, to diskcache.Options) error {
	var out bytes.Buffer
	_, leftOut := diskcache.Export(ctx, &out, diskcache.CopyOptions{}, from)
	if _, ok := errors.AsType[*diskcache.EntriesError](leftOut); leftOut != nil && !ok {
		return leftOut
	}
	a, err := readArchive(out.Bytes())
	if err != nil {
		return fmt.Errorf("what was exported is no archive: %w", err)
	}
	_, err = a.Import(ctx, to, diskcache.CopyOptions{})
	return errors.Join(leftOut, err)
}
