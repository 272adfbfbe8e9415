package metric

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Date returns when the computation of the stored value ended. Of a file of another program it is
// the date in the file <name>_date, at midnight here; or where there is none, when the file
// was written. Where nothing is stored the error wraps [ErrNotStored].
func (h *Metric[T]) Date(ctx context.Context) (time.Time, error) { return h.p.Load().date(ctx) }

func (it *item) date(ctx context.Context) (time.Time, error) {
	e, _, err := it.entry(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotStored
	}
	if err != nil {
		return time.Time{}, wrap("date", it.String(), err)
	}
	return it.dateOf(ctx, e)
}

func (it *item) dateOf(ctx context.Context, e diskcache.EntryInfo) (time.Time, error) {
	if e.State != diskcache.EntryForeign {
		return e.Computed, nil
	}
	if err := it.readyBeside(); err != nil {
		return time.Time{}, err
	}
	if text, found, err := it.dated.Peek(ctx); err == nil && found {
		day, unreadable := time.ParseInLocation(time.DateOnly, text, time.Local)
		if unreadable == nil {
			return day, nil
		}
	}
	return writtenAt(e.Path)
}

func writtenAt(path string) (time.Time, error) {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, wrap("date", "", err)
	}
	return info.ModTime(), nil
}

// saved brings the file with the date up to date, after a value was computed.
func (it *item) saved() {
	if !it.fresh.Swap(false) {
		return
	}
	ctx := context.Background()
	e, _, err := it.entry(ctx)
	if err != nil || it.readyBeside() != nil {
		return
	}
	if it.s.options.DateFiles {
		day := e.Computed.Local().Format(time.DateOnly)
		_, _ = it.dated.Refresh(ctx, func(context.Context) (string, error) { return day, nil }) // a failure is an event, and is logged
		return
	}
	if text, found, err := it.dated.Peek(ctx); found && err == nil {
		if _, err := time.Parse(time.DateOnly, text); err == nil { // of the value that was there before
			_ = it.dated.ClearCache() // a date that stays is an older one
		}
	}
}

// datedField has the options of the file with the date: it is of the format of the value
// where Python has it.
func (it *item) datedField() diskcache.FieldOptions {
	o := diskcache.FieldOptions{NoMemory: true}
	if it.field.Format != "" {
		o.Format = "json"
	}
	return o
}
