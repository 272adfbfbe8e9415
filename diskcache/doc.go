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
//	<tmpdir>/<prefix><tag>/.dataelab/work, locks, aside, invalidated
//
// Values may be deleted at any time, and directories of tags. To delete .dataelab alone makes
// files of another program of all values there.
//
// The record has size and digest of the value's file, which are checked whenever
// it is read, and says what the value is, when and where it was computed, by what
// program, how long that took and for which arguments. A value's file without a
// record was put there by another program, and is valid if it can be decoded as
// the result type. One that is overwritten in place is noticed as an input file is; where it
// keeps its size and its time is set back, on Linux only, and not with the mmap option. A value that contradicts its record is set aside, with the
// reason, and computed again: damage is never an error and never a wrong value.
//
// To put another file in the place of a value, remove value and record first. To write over a
// value in place, as numpy.save does, changes what a cacher with the mmap option
// shows, or ends the program: see [FieldOptions.Mmap].
//
// What is set aside is limited to 100 files, 1 GiB and 90 days for each tag.
//
// Files appear whole or not at all, whatever dies: they are written under
// another name, flushed, and renamed. Options.Durability leaves the flushing out,
// and Options.Store puts something else in place of local files. Locks only save work; where there are none
// (some network file systems), two processes may compute the same value, and the
// one that is last to publish wins.
//
// A computed value that cannot be saved, for a limit, a full disk or want of permission,
// is returned, and an event says why. The stored value that it was to replace, at a
// Refresh or because that was too old, does not come back instead: it is removed. Where it
// cannot be removed either, or is a file of another program, this process does not take
// it any more; others do.
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
// disk, and is noted when the last one is a minute or more ago, as the modification
// time of the record. Never removed are entries that are pinned (the pin option), being
// computed, mapped, or, above 1 MiB, being read; nor files of other programs, which do
// not count either. A value that is not as long as its record says is set aside first.
// If no room can be made, the value is returned and not stored: see [ErrLimit].
// Directories, lock files and a README.txt for people, which hold no data, are not counted.
//
// The promise holds among processes that set the same limits and the same
// Options.Shared. Those without limits count what they save, once there is something to
// count in, and remove nothing: what they save alone is beyond a limit until the next
// save of a process that has it. And users who share and users who do not keep two
// accounts of one directory, which know nothing of each other: each keeps the limit for
// itself. The account is a file, .dataelab/ledger in a tag's directory and
// .dataelab-<user>/ledger in that of all tags. It may be deleted at any time, and is
// made anew by listing all entries, for which others wait. That of a tag without
// entries is removed when room is needed. Where files cannot be locked (some network
// file systems), and for what is being written when the account is lost, limits are
// kept as well as possible.
//
// Each save removes some of what is too old. [PruneAll] looks at everything.
//
// # Sharing
//
// A value in memory is the one that compute returned or a file held, and all
// callers get the same: treat it as read-only. With the copy option in the
// struct tag each caller gets a value of its own, decoded anew.
//
// Arguments stay the caller's own. Where a computation returns part of one, as in
// return x[2:], its caller gets that, and later calls a value read from the file.
//
// # Memory
//
// Values that were computed or read stay in memory, until their cacher gets another tag,
// is cleared or closed, or nobody holds it any more. A limit is set for all of them
// together:
//
//	diskcache.DefaultMemory.SetLimit(8 << 30) // or DATAELAB_MEMORY=8GiB in the environment
//
// Beyond it, values that were not used for long are dropped: from memory only, the next
// call reads them from disk. A value larger than the limit is not kept at all. Options.Memory
// and Cache.Memory give some cachers a [Memory] of their own.
//
// The limit is for what the cache holds. What a caller holds stays in memory as long as he
// holds it, whether it was dropped or not, and Go's own use of memory is greater, see
// GOMEMLIMIT. Sizes are estimated where values are nested. Files shown by the mmap
// option count nothing, as the system drops their pages by itself. A value that could not be
// stored goes after all others: then it has to be computed again.
//
// With the nomemory option in the struct tag, or FuncOptions.NoMemory, nothing is kept in
// memory, and each call reads the disk.
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
// [FuncOptions].Version along. A name belongs to one function. Within a Cache a name that is
// taken is an error; a result of another type is computed again.
//
// # Several programs
//
// Programs may share a directory. An entry belongs to one method of one type of one package,
// or to a function of one package: so programs that import the same package share what it
// computes, and where two have a type, or a function, of one name, neither is given what the
// other stored. It computes, in place of the other one: the reason ([OtherOwner]) says whose
// value stands there. Another directory, prefix or name keeps the two apart.
//
// A package main is known by its import path. In a module such as analysis, whose path has no
// dot in its first element, paths are not unique: there it counts, too, where the source of the
// module lies. Two copies of such a module are two programs, unless the cache was moved or copied
// with the source. With -trimpath the directory of the executable takes the place of the
// source. A function literal belongs to the package that calls [Wrap].
//
// [Function.Batch] does many arguments at once. It computes what is missing, in
// parallel, and can be interrupted and begun again.
//
// # What a value was made of
//
// A computation is given a context, and passes it on to the cached calls that it makes.
// These are noted in its record, with the digest of each value, and so are the input files
// that it declares:
//
//	func (s *Slopes) computeMean(ctx context.Context) ([]float64, error) {
//		dark, err := s.camera.Dark(ctx) // another cached method
//		...
//		content, err := diskcache.ReadFile(ctx, s.path) // or UseFile, OpenFile, DirFS, Loader
//		...
//
// A stored value is valid while all of that is as it was. A file that was touched, but has
// the same content, changes nothing. One that has another content makes what was read from
// it stale, and what stands on that; computed anew, a value that comes out the same changes
// nothing for those who use it. A call whose value is stale computes, and says why:
// [InputChanged], [UpstreamChanged].
//
// Only a computation can ask for what it needs. So a method that is called before those
// that it uses is computed, even if they then come out the same, unless it has the cutoff
// option, see FieldOptions.Cutoff.
//
// Limits may remove an entry that others were made of. They stay valid as long as nothing
// changes of what that was made of. Data that are not on this machine, as their directory
// is not, do not count as changed.
//
// A folder that holds data and cache may be moved or copied: the file that counts is the one
// that the computation would read now. A relative path is looked up from the working
// directory. A file named by a full path, which lay with the cache below a common folder, is
// looked for at the corresponding place first. If there is one at both places, and either has
// changed, the value is computed.
//
// A value in memory is examined again when something that it was made of has changed in this
// program, and every ten seconds, see Options.Recheck and [Recheck]. In between a hit takes some
// nanoseconds, and does not notice that a file has changed, or that another process or
// object has stored another value in its place.
//
// What a computation gets to know in any other way has to be an argument, be decided by the
// tag, or be told by the version: a file that is read by os.ReadFile, say, or a cached call
// with the context of the caller in place of the one that the computation got. Nor is it noted
// that a Peek found nothing: the computation of a value may peek at the value itself, or at one
// that it then asks for, and would be stale as soon as it is stored.
//
// # Invalidation
//
// Values can be wrong for a reason that nothing records: a method had a mistake, an instrument
// was described wrongly. Then invalidate them:
//
//	o := diskcache.Invalidation{Methods: []string{"root.slopes.Slopes.mean"}, Downstream: true, DryRun: true}
//	report, err := place.Invalidate(ctx, o) // or dataelab.Invalidate, of an object tree
//	fmt.Print(report)                       // what would go, and what it would cost to compute it again
//
// Everything, methods, single entries and what was made of input files can be chosen,
// and with it all that was made of it (Downstream) or that it was made of (Upstream). The
// entries go, from disk and memory, and are computed again when they are asked for. Without
// Downstream, what was made of them stays, and is valid again where they come out the same.
// To clear them (ClearCache) says nothing of that kind: they are forgotten, and what was made
// of them stays valid.
//
// A computation that is under way meanwhile, in any process, and is of what was invalidated or
// has read one of the files, goes to its caller and is not stored. One that has used a wrong
// value is stored, and stale. A call that begins after Invalidate has returned computes anew;
// values in the memory of other processes are noticed within Options.Recheck. See [Invalidate].
//
// What was invalidated is listed in .dataelab/invalidated, at most 1,000 lines, which limits
// do not count. Processes whose clocks differ by more than five minutes may trust a value
// that was made of a wrong one, if that is gone and nobody has computed it again. Where files
// cannot be locked, of two processes that invalidate at the same moment one may not reach
// the computations that are under way. And an archive or another place may hold the wrong
// values still: to import or to copy them brings them back.
//
// # Settings
//
// A [Setting] is a declared value that computations use and that is neither an argument nor
// decided by the tag: configuration. It is a field beside the caches of the methods, or is
// declared for the functions of a cache by [Cache.Declare]:
//
//	type Modes struct {
//		gain  diskcache.Setting[float64] // root.modes.Modes.gain
//		power diskcache.DiskCacher[*mat.Dense]
//	}
//
//	m.gain.Set(0.5)
//	gain := m.gain.Use(ctx) // in the computation, with the context that it was given
//
// The record tells which settings were used, in the computation and in calls made inside, and
// the value is valid while they are what they were. There is one file for each method and
// argument list, whatever the settings are: what is wanted for several values in turn is
// better an argument.
//
// # Keeping entries
//
// A [Place] is where entries lie together, of one tag or of one [Cache]. It lists them,
// with what they are, for which arguments and by whom they were computed
// ([Place.Entries]), and checks their values ([Place.Verify]). [Places] tells which tags
// there are.
//
// [CopyEntries] copies entries to another directory, store or tag, and [Export] writes
// them into one zip file, in which other programs can read them. [OpenArchive] opens
// such a file, whoever wrote it, and [Archive.Import] imports it: all of it is checked
// before anything is touched. Entries on their way are compared with their records and
// appear whole or not at all, as if they were computed there; what the destination has
// stays, unless [CopyOptions] say otherwise. Interrupted, by the end of a
// context or of the process, a copy goes on where it is begun again.
//
// A method that was renamed finds what it stored with aka=old_name in its struct tag, or
// [FuncOptions].Aka: the entry is taken, if it is valid in every other respect, and
// has the new name from then on. Where nothing can be written, and where the file
// is one of another program, it is read under its old name each time. A former name
// that is the present name of another method is an error.
//
// # What a context asks for
//
// [WithMaxAge], [WithRefresh] and [WithBypass] return contexts that ask cached calls,
// of methods and functions alike, for values that are younger than what is
// stored. As a computation passes its context on, they ask the calls inside of it
// for the same, also where it was wrapped by others (with a deadline, say).
// Before a program has made the first such context, no call looks for one.
//
// # Why was it computed?
//
// [WithOutcome] returns a context whose calls tell what happened: from memory, from
// disk or computed, and if computed, why, down to the argument in which the nearest
// stored entry differs:
//
//	var o diskcache.Outcome
//	mean, err := s.Mean(diskcache.WithOutcome(ctx, &o))
//	fmt.Println(o) // computed in 2.1 s, as the version changed from "1" to "2"
//
// Options.OnEvent hears of every step of all calls, with a [Reason], and [Stats] counts
// them.
//
// # Concurrency
//
// Execute, Refresh and Peek may be called from any number of goroutines. So may
// SetTag and the other setters, though not two of them at once on one cacher.
package diskcache
