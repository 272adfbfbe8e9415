package mapcache

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// readFile reads what is stored in the file. It changes nothing there: contents that
// nobody can build anew are not to be moved by a look. The error is ErrNotStored, or
// wraps ErrNotLoaded.
//
// A save of another process can be seen when half of it is done, and look like damage. So
// what the first look does not find is looked for again while nobody saves.
func (c *Cache[K, V]) readFile(ctx context.Context) (found map[K]V, err error) {
	defer c.releaseMemory()
	plain := valueless{ctx}
	found, ok, err := c.peek(plain)
	if ok || err != nil {
		return found, err
	}
	looked := false
	_, locked := c.file.Refresh(plain, func(context.Context) (map[K]V, error) {
		looked = true
		found, ok, err = c.peek(plain)
		return nil, ErrNotStored // so that nothing is stored
	})
	switch {
	case !looked:
		return nil, inOurWords(locked)
	case ok || err != nil:
		return found, err
	case ctx.Err() != nil: // which can be why it cannot be read
		return nil, ctx.Err()
	}
	return nil, c.tellMissed(ctx)
}

func (c *Cache[K, V]) peek(ctx context.Context) (map[K]V, bool, error) {
	c.looked = diskcache.Event{}
	found, ok, err := c.file.Peek(ctx)
	return found, ok, inOurWords(err)
}

// valueless is a context for reading contents that cannot be built: a wish for
// younger values (diskcache.WithMaxAge and others) would pass for an empty cache.
type valueless struct{ context.Context }

func (valueless) Value(any) any { return nil }

// tellMissed tells why what is stored was not loaded, and notes it if it is to be set aside
// before a save. It returns ErrNotStored, or an error that wraps ErrNotLoaded.
func (c *Cache[K, V]) tellMissed(ctx context.Context) error {
	e := c.looked
	switch e.Why {
	case diskcache.NotStored, diskcache.ValueGone, diskcache.WasCleared, diskcache.WasEvicted, diskcache.Refreshed, diskcache.TooOld:
		c.setOld(nil)
		c.manager.tell(e)
		return ErrNotStored
	}
	if stale := e.Why == diskcache.InputChanged || e.Why == diskcache.UpstreamChanged; stale && c.opts.Hooks.Build != nil {
		c.setOld(nil) // the builder made it
		c.manager.tell(e)
		return ErrNotStored
	}
	old := c.storedEntry(ctx)
	if e.Why == diskcache.TypeChanged && strings.Contains(e.Reason, "changed from "+old.GoType+" to ") { // not only its fields
		e.Reason = fmt.Sprintf("it is a %s, and the cache a %v", old.GoType, c.file.ResultType())
	}
	files := []string{path.Base(filepath.ToSlash(e.Path))}
	if old.File != "" && old.File != files[0] {
		files = append(files, old.File)
		e.Path = old.Path
	}
	c.unused(&unused{files: files, digest: old.Digest, event: e})
	if e.Why == diskcache.VersionChanged { // as the program asks for
		return ErrNotStored
	}
	return &NotLoadedError{Path: e.Path, Why: e.Why, Reason: e.Reason}
}

// refused tells of contents that Hooks.Validate refused.
func (c *Cache[K, V]) refused(err error) error {
	e := diskcache.Event{
		Kind: diskcache.LookedUp, Tag: c.manager.tag(), Name: c.name,
		Source: diskcache.NotFound, Why: diskcache.Invalid, Reason: err.Error(),
	}
	var files []string
	if c.file != nil && c.opts.Hooks.Load == nil {
		e.Path = c.looked.Path
		files = []string{path.Base(filepath.ToSlash(e.Path))}
	}
	c.unused(&unused{files: files, event: e})
	return &NotLoadedError{Path: e.Path, Why: e.Why, Reason: e.Reason, Err: err}
}

// storedEntry returns what the record of what is stored tells; it is zero where there is none.
func (c *Cache[K, V]) storedEntry(ctx context.Context) diskcache.EntryInfo {
	place, err := c.file.Place()
	if err != nil {
		return diskcache.EntryInfo{}
	}
	e, err := place.Entry(ctx, c.name, "")
	if err != nil || e.State == diskcache.EntryForeign { // of these the look tells the name
		return diskcache.EntryInfo{}
	}
	return e
}

// unused notes and tells of what is stored and not loaded.
func (c *Cache[K, V]) unused(u *unused) {
	c.setOld(u)
	c.manager.tell(u.event)
}

// unusable is why a load refuses what is there, and somebody should know.
var unusable = []diskcache.Reason{
	diskcache.TypeChanged, diskcache.FormatGone, diskcache.Damaged, diskcache.Invalid,
	diskcache.Unreadable, diskcache.NewerRelease,
}

// outdated is why what is there is made anew, as it should be.
var outdated = []diskcache.Reason{diskcache.VersionChanged, diskcache.InputChanged, diskcache.UpstreamChanged}

// NotLoadedError tells why contents that are stored were not loaded. It wraps
// ErrNotLoaded.
type NotLoadedError struct {
	Path   string           // the file; empty with Hooks.Load
	Why    diskcache.Reason // TypeChanged, FormatGone, Damaged, Invalid, Unreadable, NewerRelease, InputChanged or UpstreamChanged
	Reason string           // the same in words
	Err    error            // of Hooks.Validate
}

func (e *NotLoadedError) Error() string {
	what := "what is stored"
	if e.Path != "" {
		what = e.Path
	}
	if e.Why == diskcache.NewerRelease { // which a save would not replace: the reason says what to do
		return fmt.Sprintf("%v: %s (%s)", ErrNotLoaded, e.Reason, what)
	}
	return fmt.Sprintf("%v: %s (%s stays as it is; to begin without it, call Clear)", ErrNotLoaded, e.Reason, what)
}

// Unwrap returns ErrNotLoaded, and what Hooks.Validate returned.
func (e *NotLoadedError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrNotLoaded}
	}
	return []error{ErrNotLoaded, e.Err}
}
