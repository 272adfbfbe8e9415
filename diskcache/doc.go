// Package diskcache keeps the results of methods in memory and in files.
//
// A [DiskCacher] is the cache of one method. Most programs hold their cachers in
// a tree of structs and let dataelab.SetTag name them all; one cacher alone works
// too:
//
//	var mean diskcache.DiskCacher[[]float64]
//	if err := mean.SetTag("LBTISX20240410_112233", "root.Slopes.mean"); err != nil {
//		return err
//	}
//	v, err := mean.Execute(ctx, computeMean) // computes, or reads root.Slopes.mean.npy
//
// Functions are kept as well, without objects and tags: see below.
//
// # Files
//
//	<tmpdir>/<prefix><tag>/<name>[-<key of the arguments>].<npy|gob|...>   the values
//	<tmpdir>/<prefix><tag>/.dataelab/<name>[-<key>].json                   one record per value
//	<tmpdir>/<prefix><tag>/.dataelab/work, locks, aside
//
// The record has size and digest of the value's file, which are checked whenever
// it is read, and says what the value is, when and where it was computed, by what
// program, how long that took and for which arguments. A value's file without a
// record was put there by another program, and is good if it can be decoded as
// the result type. A value that contradicts its record is set aside, with the
// reason, and computed again: damage is never an error and never a wrong value.
//
// What is set aside is limited to 100 files, 1 GiB and 90 days for each tag.
//
// Files appear whole or not at all, whatever dies: they are written under
// another name, flushed, and renamed. Options.Durability leaves the flushing out,
// and Options.Store puts something else in place of local files. Locks only save work; where there are none
// (some network file systems), two processes may compute the same value, and the
// one that is last to publish wins.
//
// # Limits
//
// Options.Limits bounds what all tags take together, Options.TagLimits what each
// takes, and Cache.Limits the results of functions:
//
//	err := dataelab.SetOptions(a, diskcache.Options{Limits: diskcache.Limits{Bytes: 50e9, Age: 90 * 24 * time.Hour}})
//
// Room is made before a value is written, so the limits hold at any time, for all
// processes together. What was used least recently goes first; a use is any hit on
// disk, and is noted when the last one is a minute or more ago, as the
// modification time of the record. Never removed are entries
// that are pinned (the pin option), being computed, mapped, or, above 1 MiB, being
// read; nor files of other programs, which do not count either. If no room can be made,
// the value is returned and not stored: see [ErrLimit]. Directories and lock files,
// which hold no data, are not counted.
//
// One program with limits is enough for a directory: those without count what
// they save, once there is something to count in, and remove nothing. The account is a file,
// .dataelab/ledger in a tag's directory and .dataelab-<user>/ledger in that of all
// tags. It may be deleted at any time, and is made anew by listing all entries, for
// which others wait. Where files cannot be locked (some network file systems), and for
// what is being written when the account is lost, limits are kept as well as possible.
//
// Each save removes some of what is too old. [PruneAll] looks at everything.
//
// # Sharing
//
// A value in memory is the one that compute returned or a file held, and all
// callers get the same: treat it as read-only. With the copy option in the
// struct tag each caller gets a value of its own, decoded anew.
//
// # Functions
//
// A [Cache] keeps the results of functions in one directory, and [Wrap] puts it
// before a function:
//
//	var cache diskcache.Cache // in the user's cache directory; see its fields
//
//	var fit = diskcache.Wrap(&cache, "fit", fitModel) // func(context.Context, Params) (Model, error)
//
//	model, err := fit.Call(ctx, Params{Degree: 3}) // computes, or reads fit-<key>.gob
//
// The files are <dir>/<function>-<key of the argument>.<npy|gob|...>, or
// <dir>/<function>.<npy|gob|...> for a function without argument; their records lie in
// <dir>/.dataelab. Nothing else differs from above. What decides the result must be in
// the argument: a struct, where more than one thing does. Its fields tagged
// `cache:"-"` do not count. A changed function is not noticed: change
// [FuncOptions].Version along. And a name belongs to one function, in all programs that
// share a directory: of two functions of one name, result type and argument type
// each would get the other's results. Within a Cache a name that is taken is
// an error; a result of another type is computed again.
//
// [Function.Batch] does many arguments at once. It computes what is missing, in
// parallel, and can be interrupted and begun again.
//
// # What a context asks for
//
// [WithMaxAge], [WithRefresh] and [WithBypass] return contexts that ask cached calls,
// of methods and functions alike, for values that are younger than what is
// stored. As a computation passes its context on, they ask the calls inside of it
// for the same, also where it was wrapped by others (with a deadline, say).
// Before a program has made the first such context, no call looks for one.
//
// # Concurrency
//
// Execute, Refresh and Peek may be called from any number of goroutines. So may
// SetTag and the other setters, though not two of them at once on one cacher.
package diskcache
