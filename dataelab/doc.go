// Package dataelab caches the methods of a tree of analysis objects under the
// name of one dataset, its tag.
//
// An analysis struct holds one [diskcache.DiskCacher] per expensive method:
//
//	type Slopes struct {
//		frames *Frames
//		mean   diskcache.DiskCacher[[]float64]
//		power  diskcache.DiskCacher[*mat.Dense] `cache:"psd,version=2"`
//	}
//
//	func (s *Slopes) Mean(ctx context.Context) ([]float64, error) {
//		return s.mean.Execute(ctx, s.computeMean)
//	}
//
//	func (s *Slopes) Power(ctx context.Context, segment int) (*mat.Dense, error) {
//		return diskcache.Execute1(ctx, &s.power, s.computePower, segment)
//	}
//
// [SetTag] starts caching for an object and all it holds:
//
//	a := &Analyzer{slopes: &Slopes{frames: frames}}
//	err := dataelab.SetTag(a, "LBTISX20240410_112233")
//	mean, err := a.slopes.Mean(ctx) // computed once
//
// The mean lies in /tmp/cacheLBTISX20240410_112233/root.slopes.Slopes.mean.npy,
// where numpy.load opens it. [SetTmpdir] and [SetPrefix] choose another place.
//
// # What results are made of
//
// A computation is given a context. Cached methods that it calls with that are noted, and so
// are input files, if it reads them by [diskcache.ReadFile] or its like:
//
//	func (s *Slopes) computeMean(ctx context.Context) ([]float64, error) {
//		dark, err := s.camera.Dark(ctx)
//		...
//		content, err := diskcache.ReadFile(ctx, s.path)
//		...
//
// Once one of them has changed, the mean is computed anew. [Graph] shows what was made of what.
// See package diskcache, also for what is not noticed.
//
// # Settings
//
// Configuration that methods use, and that neither their arguments nor the tag decide, is
// declared in the same way, as a [diskcache.Setting]:
//
//	type Slopes struct {
//		clip diskcache.Setting[float64] // root.slopes.Slopes.clip
//		mean diskcache.DiskCacher[[]float64]
//	}
//
// What was computed with s.clip.Use(ctx) is computed anew when the setting has another
// value, in this process or the next one. [Settings] lists them.
//
// # Several roots
//
// Names begin with the word root and say nothing of which object that is. So two roots of one
// type that have one tag and one directory share their results, as they should where a
// program makes its analyzer twice. If their plain fields differ, their results may, too: then
// the log warns when the second one is tagged. Make what decides results a Setting, set
// another prefix for one of them, or hold both in one struct, in which they have names. A
// field that decides no result is tagged `cache:"-"`. Fields are read when a tree is tagged for
// the first time; what pointers, slices and maps lead to is not compared, nor are roots
// of other processes.
//
// # The walk
//
// SetTag, and all functions here that take a root, find the cachers so, and the settings
// in the same way:
//
//  1. The walk starts at root, whose path is "root". It follows struct fields,
//     exported or not, pointers, interfaces, slices, arrays and map values.
//  2. A named field adds ".field" to the path. An embedded struct adds nothing:
//     it is inheritance, its methods belong to the same instance. Elements of
//     slices and arrays add ".0", ".1"; values of maps add ".key", in the order of
//     the keys, where bytes other than letters, digits, "_" and "-" become %XX.
//  3. A cacher is stored as <path>.<Type>.<method>. Type is the struct type that
//     declares the field; method is the field's name, or the name in its cache
//     tag. A setting has such a name as well, and no other options. Elements of
//     a slice or map of cachers add ".0" or ".key" to that. An instance of a
//     generic type has its type arguments, without packages, in its name, as in
//     Pair[int,Frame]; a type without a name is "struct".
//  4. Each object is visited once, by type and address. Of two paths to it, the
//     one with fewer steps wins, then the alphabetically first.
//  5. Types from which no cacher and no setting can be reached are not entered, so a slice of
//     numbers costs nothing, however long. What a type can reach is worked out
//     once. Types of the standard library are not entered either; so a field
//     of type error, io.Reader or context.Context is not followed, while one of
//     type any, or of an interface of yours, is.
//  6. No user code runs: no method and no accessor.
//  7. Two cachers with one name, also if only case tells them apart, are an error, and
//     so are two settings, or one of each. So are a cacher or setting that has no address, in a struct value inside a map or an
//     interface; one that has no name, as it is too deep or below a map key that
//     is no string, number or bool; a result type that no format stores
//     without loss; and a setting of a type of which no two values can be compared. On error nothing is tagged.
//  8. Setting a tag again moves all cachers to it: memory forgets, files stay.
//
// A walk reads the objects without locks: do not change the tree meanwhile.
// Calls of cached methods may go on.
//
// # Logging
//
// Results that could not be stored and files that were damaged are reported on
// the standard error; [SetLogfile] sends them, and more, to a file. [LogEvents] does
// the same for functions. [Stats] counts what was computed, loaded and saved, and why;
// [diskcache.WithOutcome] tells it of a single call.
package dataelab
