// Package mapcache has caches that are used like maps and saved like files.
//
//	var manager mapcache.Manager // in the user's cache directory; see its fields
//	defer manager.Close(ctx)     // saves what has changed
//
//	stars, err := mapcache.Register(&manager, "stars", mapcache.Options[string, Star]{})
//	...
//	stars.Set("HD 48915", star)
//	star, ok := stars.Get("HD 48915") // also in the next process
//
// A [Cache] has a name in a [Manager]. Its contents come into memory when they are
// first used: from its file, else from [Hooks].Build, else they are empty. They are
// saved by rules, such as [DefaultRules], in the background, and by Save and Close.
//
// # Files
//
//	<Dir>/maps-<Name>/<cache>.<gob|json|csv|...>    the contents
//	<Dir>/maps-<Name>/.dataelab                     records, locks, files set aside
//
// Package diskcache publishes them: whole or not at all, with a digest that is
// checked at load. A file that another program put there is valid if it can be read.
//
// # Several processes
//
// Several processes, or managers, may save one cache. A save that finds a file which is not the one that
// the cache loaded or saved last takes its entries in first: what was set here stays, what
// was deleted here goes, and all else is as in that file, in memory too. An entry
// that was changed on both sides keeps the value of the cache that saves last. [Manager].OnEvent, or
// the log, gets an event for each (Merged and Conflict). Between saves a cache does not see what others
// do; Reload does. A file that others deleted is saved anew, with all contents. Rebuild,
// and [Options].Contents, replace whatever is stored. With Hooks.Load or Save nothing is
// merged: there the last save wins.
//
// # What cannot be loaded
//
// A file can be there and be of no use: it holds another type, is damaged, in another
// format, of a newer release, not readable, or refused by [Hooks].Validate. A cache with
// [Hooks].Build builds its contents anew then. One without has no other source, so
// it touches nothing: Load returns a [*NotLoadedError], which wraps [ErrNotLoaded] and
// tells why, Err keeps it, and nothing is saved, until the program says that it does
// without what is stored:
//
//	if err := stars.Load(ctx); errors.Is(err, mapcache.ErrNotLoaded) {
//		stars.Clear() // begins empty; the next save sets the file aside
//	}
//
// Invalidate, Rebuild and DeleteSaved say so too, and delete the file. Another
// [Options].Version asks for new contents: there is no error, and they are built, or begin
// empty. In all these cases [Manager].OnEvent, or the log, is told why; and a save that takes
// the place of what was not loaded moves it to .dataelab/aside first.
//
// What [Hooks].Build uses with the context that it gets, such as diskcache.ReadFile and
// cached methods, is recorded with what it built. Once that has changed, the next load
// builds anew, and sets nothing aside; contents in memory stay what they are. A save of contents that were
// changed since by Set, Update or Delete records nothing: they are the program's own.
//
// # Saving by rules
//
// [Rule]{Changes: n, Within: t} says: n unsaved changes, or more, are saved within t of
// the first of them. A save that is due runs on
// a goroutine of its own, while others read and write: it stores the contents of one
// instant, of which it makes a copy: as of every map in Go, of what values point to there is
// one only. Each cache has one save under way at most. One that fails is told ([Manager].OnEvent, or the
// log), kept ([Cache.Err]), and tried again: its changes count as unsaved as before.
//
// A program that is killed loses, by each of its rules, fewer than n changes, or none
// older than t; and what changed while a save was under way, or in the pause after it,
// which is as long as the save was.
//
// # Caches that depend on others
//
// [Options].Dependents, or [Cache.AddDependents], names caches whose contents are made
// from those of this one. A change by Set, Update, Delete or Clear does not reach them:
// call Invalidate or Rebuild of each dependent then. What is done to a cache by
// Invalidate, Rebuild, Reload, Save or DeleteSaved is done to its dependents too, to
// theirs, and so on: first to the cache itself, and to each other one once, after all
// that it depends on. Ties go by name. Where dependents form a circle, it is cut at the
// cache that was reached first. Names that are not registered are passed over until they
// are. [Alone] leaves dependents out.
//
// # Concurrency
//
// All methods may be called from any number of goroutines. What must not be done is
// to change a value after Set or Get, where it holds pointers, slices or maps: it is
// shared with the cache and with a save under way. Set another one instead. A change in place,
// while nobody else uses the cache, is stored by Save with [Forced].
//
// Hooks run on the goroutine whose call needs them, or on that of a save in the
// background. A hook must not use the contents of its own cache while these are
// loaded or built: that would wait for itself. A hook that uses a second cache,
// which could in turn need the first, calls its Load with the context it was given
// before: a circle is [ErrCircle] then, and not a wait without end. So is a Close in a hook,
// with that context, for the cache of the hook: all others are saved, and a Close
// later, outside of it, saves that one. A hook that uses another context waits for itself,
// and the log says so after five seconds.
package mapcache
