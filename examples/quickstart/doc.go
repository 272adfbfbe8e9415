// Quickstart analyzes the telemetry of an adaptive-optics system, and shows what
// dataelab does for such a program.
//
//	go run ./examples/quickstart          computes for some seconds
//	go run ./examples/quickstart          computes nothing: all results come from disk
//	go run ./examples/quickstart -change commands
//	                                      changes a raw file, and computes what rests on it
//	go run ./examples/quickstart -restore puts the file back, and does the same
//	go run ./examples/quickstart -help    shows the flags, and what the columns mean
//
// The program carries its data inside, and unpacks them into a folder beside those of
// the results: wavefront-sensor slopes and mirror commands of three tags, files that
// numpy wrote. They are simulated, by the model that testdata/python/make_quickstart.py
// documents. Change them as you like: what is there is used as it is. With -data the
// program reads other folders of the same kind.
//
// # The code to copy
//
// A method that is worth caching has a DiskCacher beside it, and calls it:
//
//	type Slopes struct {
//		snapshot *Snapshot
//		mean     diskcache.DiskCacher[[]float64]
//	}
//
//	func (s *Slopes) Mean(ctx context.Context) ([]float64, error) {
//		return s.mean.Execute(ctx, s.computeMean)
//	}
//
// Objects hold each other as they like, and methods call each other as if that
// were free. One call, when all is built, starts caching for the whole tree:
//
//	a := NewAnalyzer(snapshot)
//	err := dataelab.SetTag(a, "LBTISX20240410_112233")
//
// Files are read with the context of a computation, so that the cache knows which
// results were made of them, and computes again what rests on one that has changed:
//
//	func (s *Slopes) computeMean(ctx context.Context) ([]float64, error) {
//		slopes, err := s.snapshot.Slopes(ctx) // a diskcache.Loader, and in it diskcache.ReadFile
//
// Read analyzer.go for the tree, snapshot.go for its files, then slopes.go, modes.go and
// camera.go for its methods:
//
//	Slopes.Mean          no argument, a slice of numbers
//	Slopes.Lagged        an array of three axes, npy.Array
//	Modes.Power          an argument, which becomes part of the key: Power(256) and
//	                     Power(1024) are two results
//	Modes.Vibration      a struct; calls Modes.Power, which calls Modes.OpenLoop, …
//	Base.Origin          a method of an embedded struct
//	Camera.PSF           long, so that it looks at its context: Ctrl-C stops it
//
// The files without cached methods are plain numerics: spectrum.go, vibration.go,
// turbulence.go, zernike.go and psf.go.
//
// # Good to know
//
//   - Results lie in <tmpdir>/<prefix><tag>, one file for each method and argument;
//     every .npy is opened by np.load as it is.
//   - Ctrl-C ends the computation under way; whatever was finished before is kept.
//     The exit code is 130, as in a shell, and 1 after an error.
//   - A tag names one dataset for good: what is stored for a tag is refused when it was
//     made of the files of another folder, as the records tell; -clear makes room.
//   - What a cached method returns is shared with the cache: read it, do not change it.
//   - Units: slopes in arcsec, wavefronts and commands in nm RMS (Zernike
//     coefficients in Noll's norm), frequencies in Hz, r0 and wavelengths in m.
package main
