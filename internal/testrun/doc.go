// Package testrun lets a test binary leave nothing behind, however it ends, and keeps
// the go command's log of it short.
//
//	func TestMain(m *testing.M) { os.Exit(testrun.New(m).Run()) }
//
// Folders: a run has a temporary folder of its own, which is the system's for all that
// its tests create and start. On Linux it is in memory where there is room, unless the tests try everything or TMPDIR is set. A second process, of the same program, waits for the end of the first,
// whether it returns, panics, times out or is killed, and then removes the folder. A test that
// leaves something there fails the run.
//
// Processes: tests start them by [Command]. On Linux they are killed when the test binary ends,
// even one that was stopped. On other systems they are left to end by themselves.
//
// Log: for its cache of results the go command has each test binary note which files
// it looks at, and examines all of them after the run, and each time it asks whether it has to run
// again. Tests of a cache look at temporary files a million times, and what a
// temporary file holds never says whether a test has to run again: they are left out.
package testrun
